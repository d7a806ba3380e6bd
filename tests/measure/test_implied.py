"""What printed scores imply, by confusion matrices, and by Table 4 of paper 1."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cvlib.measure.counts import Counts
from cvlib.measure.implied import implied_share
from cvlib.measure.labels import accuracy, precision, recall
from cvlib.papers import claim

ROWS = list(product(("resnet", "convnext", "efficientnet"), ("surface_crack", "delamination", "pinhole")))
SCORES = ("precision", "recall", "accuracy")
CELLS = st.tuples(st.integers(1, 500), *3 * [st.integers(0, 500)])


def scores_of(cells: tuple[int, ...]) -> tuple[float, float, float]:
    """Precision, recall and accuracy of tp, fp, fn and tn."""
    counts = Counts.from_array(np.array([[cells]]))
    found = [each(counts).item() for each in (precision, recall, accuracy)]
    return found[0], found[1], found[2]


@given(CELLS)
def test_of_any_confusion_matrix_the_share_is_recovered(cells: tuple[int, ...]) -> None:
    tp, fp, fn, _ = cells
    assume(fp + fn > 0)
    assert implied_share(*scores_of(cells)) == pytest.approx((tp + fn) / sum(cells))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ((1, 1, 1), "both 1"),
        ((0, 0.5, 0.5), "above 0"),
        ((0.5, 0, 0.5), "above 0"),
        ((0.5, 1.2, 0.5), "at most 1"),
        ((0.5, 0.5, -0.1), "accuracy from 0 to 1"),
        ((np.nan, 0.5, 0.5), "above 0"),
        ((0.9, 0.9, 0.1), "no images have"),
        ((0.1, 0.9, 0.0), "no images have"),  # more false alarms than negatives
    ],
)
def test_scores_that_imply_no_share_are_refused(scores: tuple[float, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        implied_share(*scores)


def test_averages_over_folds_need_not_obey_it() -> None:
    folds = [scores_of(cells) for cells in ((10, 0, 0, 90), (45, 30, 45, 80))]
    means = np.mean(folds, axis=0)
    assert pytest.approx(1 / 3) == (10 + 90) / (100 + 200)
    assert abs(implied_share(*means) - 1 / 3) > 0.05


@pytest.mark.parametrize(("architecture", "defect"), ROWS)
def test_table_4_implies_test_images_of_which_nearly_half_show_any_defect(
    architecture: str, defect: str
) -> None:
    scores = (claim(f"p1.table4.{architecture}.{defect}.{each}").value for each in SCORES)
    assert 0.437 <= round(implied_share(*scores), 3) < 0.449
