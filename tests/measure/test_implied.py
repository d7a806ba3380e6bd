"""What printed scores imply, by confusion matrices, and by Table 4 of paper 1."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cvlib.measure.counts import Counts
from cvlib.measure.implied import harmonic_mean, implied_accuracy, implied_share, implied_share_bounds
from cvlib.measure.labels import accuracy, f1, precision, recall
from cvlib.papers import claim

ROWS = list(product(("resnet", "convnext", "efficientnet"), ("surface_crack", "delamination", "pinhole")))
SCORES = ("precision", "recall", "f1", "accuracy")
CELLS = st.tuples(st.integers(1, 500), *3 * [st.integers(0, 500)])


def scores_of(cells: tuple[int, ...]) -> tuple[float, float, float, float]:
    """Precision, recall, accuracy and F1 of tp, fp, fn and tn."""
    counts = Counts.from_array(np.array([[cells]]))
    found = [each(counts).item() for each in (precision, recall, accuracy, f1)]
    return found[0], found[1], found[2], found[3]


@given(CELLS)
def test_of_any_confusion_matrix_the_share_and_the_accuracy_are_recovered(cells: tuple[int, ...]) -> None:
    tp, fp, fn, _ = cells
    assume(fp + fn > 0)
    p, r, a, _ = scores_of(cells)
    share = (tp + fn) / sum(cells)
    assert implied_share(p, r, a) == pytest.approx(share)
    assert implied_accuracy(p, r, share) == pytest.approx(a)


@given(CELLS)
def test_eq_5_is_f1_wherever_something_is_found(cells: tuple[int, ...]) -> None:
    p, r, _, expected = scores_of(cells)
    assert harmonic_mean(p, r) == pytest.approx(expected)


def test_eq_5_has_no_value_where_nothing_is_found() -> None:
    assert np.isnan(harmonic_mean(0, 0))
    assert np.isnan(harmonic_mean(np.nan, 0))


@given(CELLS, st.integers(2, 4))
def test_the_bounds_hold_the_share_behind_rounded_scores(cells: tuple[int, ...], digits: int) -> None:
    tp, _, fn, _ = cells
    p, r, a = (round(each, digits) for each in scores_of(cells)[:3])
    half_unit = 0.5 * 10**-digits
    assume(2 * half_unit < min(p, r) < 1 - 2 * half_unit)
    low, high = implied_share_bounds(p, r, a, half_unit)
    assert low - 1e-9 <= (tp + fn) / sum(cells) <= high + 1e-9


@given(st.tuples(*3 * [st.floats(0.02, 0.98)]), st.tuples(*3 * [st.floats(-1, 1)]))
def test_nothing_within_the_box_lies_outside_the_bounds(
    printed: tuple[float, float, float], place: tuple[float, float, float]
) -> None:
    try:
        low, high = implied_share_bounds(*printed, 0.01)
    except ValueError as error:
        low, high = 1, 1
        assert "no images have" in str(error)
    p, r, a = (value + 0.01 * each for value, each in zip(printed, place, strict=True))
    share = (1 - a) / ((1 - r) + r * (1 / p - 1))
    assert low <= share * (1 + 1e-12)
    assert min(share, 1) <= high * (1 + 1e-12)
    assert high <= 1


def test_the_bounds_are_reached_and_close_in_on_the_share() -> None:
    corners = [implied_share(0.8 + p, 0.7 + r, 0.9 + a) for p, r, a in product((-0.01, 0.01), repeat=3)]
    assert implied_share_bounds(0.8, 0.7, 0.9, 0.01) == pytest.approx((min(corners), max(corners)))
    assert implied_share_bounds(0.8, 0.7, 0.9, 0) == pytest.approx([implied_share(0.8, 0.7, 0.9)] * 2)


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


def test_bounds_are_refused_where_rounding_leaves_everything_open() -> None:
    with pytest.raises(ValueError, match="both 1"):
        implied_share_bounds(0.996, 0.999, 0.99, 0.005)
    with pytest.raises(ValueError, match="above 0"):
        implied_share_bounds(0.004, 0.5, 0.5, 0.005)
    with pytest.raises(ValueError, match="no images have"):
        implied_share_bounds(0.9, 0.9, 0.1, 0.005)
    with pytest.raises(ValueError, match="share from 0 to 1"):
        implied_accuracy(0.5, 0.5, 1.1)


def test_averages_over_folds_need_not_obey_it() -> None:
    folds = [scores_of(cells) for cells in ((10, 0, 0, 90), (45, 30, 45, 80))]
    p, r, a, _ = np.mean(folds, axis=0)
    assert pytest.approx(1 / 3) == (10 + 90) / (100 + 200)
    assert abs(implied_share(p, r, a) - 1 / 3) > 0.05


@pytest.mark.parametrize(("architecture", "defect"), ROWS)
def test_table_4_implies_test_images_of_which_nearly_half_show_any_defect(
    architecture: str, defect: str
) -> None:
    p, r, printed_f1, a = (claim(f"p1.table4.{architecture}.{defect}.{each}") for each in SCORES)
    low, high = implied_share_bounds(p.value, r.value, a.value, p.half_unit)
    assert round(implied_share(p.value, r.value, a.value), 3) in np.arange(437, 449) / 1000
    assert 0.4365 < low < high < 0.449
    stated = claim(f"p1.{defect}.share").value / 100
    assert not low <= stated <= high
    assert abs(implied_accuracy(p.value, r.value, stated) - a.value) > 0.05
    assert harmonic_mean(p.value, r.value) == pytest.approx(printed_f1.value, abs=0.00035)


def test_the_accuracy_that_the_stated_shares_would_give_resnet() -> None:
    found = []
    for defect in ("surface_crack", "delamination", "pinhole"):
        p, r = (claim(f"p1.table4.resnet.{defect}.{each}").value for each in ("precision", "recall"))
        found.append(round(implied_accuracy(p, r, claim(f"p1.{defect}.share").value / 100), 3))
    assert found == [0.816, 0.958, 0.884]
