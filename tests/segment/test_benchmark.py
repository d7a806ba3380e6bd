"""Runs set beside each other, on counts made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cvlib.defects import CLASSES
from cvlib.measure.masks import Counts
from cvlib.segment import benchmark, report
from cvlib.segment.benchmark import MEAN
from cvlib.segment.scoring import Scored
from cvlib.training.report import in_digits

CLIPS = np.repeat(np.arange(12), 3)


def scored(hits: float, seed: int = 0) -> Scored:
    """36 images of 12 clips that show three classes; each labelled pixel is found with a chance."""
    random = np.random.default_rng(seed)
    labelled = np.random.default_rng(99).integers(50, 100, (len(CLIPS), 4))
    labelled[:, 3] = 0
    tp = random.binomial(labelled, hits)
    fn = labelled - tp
    array = np.stack([tp, fn // 2, fn, 10_000 - labelled - fn // 2], axis=-1)
    counts = Counts.from_array(array)
    names = np.array([f"image_{each}" for each in range(len(CLIPS))])
    return Scored(names, CLIPS, {"threshold": counts, "argmax": counts})


def test_the_better_model_is_ahead_and_an_equal_one_ties() -> None:
    tests = {"good": scored(0.9), "as good": scored(0.9, seed=1), "bad": scored(0.5)}
    gaps = benchmark.behind_best(tests)
    assert set(gaps) <= {"good", "as good", "bad"}
    assert len(gaps) == 2
    assert not gaps["bad"].tied
    assert gaps["bad"].value < -0.2
    assert next(gap for model, gap in gaps.items() if model != "bad").tied


def test_an_absent_class_is_called_absent_and_left_out_of_the_mean() -> None:
    table = benchmark.scores({"good": scored(0.9)})["good"]
    assert math.isnan(table["unclassified"].value)
    assert table[MEAN].value == pytest.approx(np.mean([table[each].value for each in CLASSES[:3]]))
    assert in_digits(table["unclassified"]) == "absent"


def test_different_test_images_are_not_compared() -> None:
    good = scored(0.9)
    fewer = Scored(good.names[:30], CLIPS[:30], {rule: each[:30] for rule, each in good.counts.items()})
    with pytest.raises(ValueError, match="same images"):
        benchmark.behind_best({"good": good, "fewer": fewer})


def test_the_worst_image_is_one_that_shows_the_class_well() -> None:
    array = np.zeros((4, 4, 4), int)
    array[:, :, 3] = 1000
    array[:, 0] = [[90, 0, 10, 900], [50, 0, 50, 900], [0, 0, 1, 999], [0, 0, 0, 1000]]
    found = Scored(np.array(list("abcd")), np.arange(4), {"threshold": Counts.from_array(array)})
    assert benchmark.worst(found, 0) == 1
    assert benchmark.worst(found, 1) is None


def test_tables_name_stand_ins_and_what_is_not_in_the_source() -> None:
    tests = {"unet-resnet18": scored(0.9), "opencv": scored(0.5)}
    table = report.overall(tests, "quick").set_index("model")
    assert table.loc["U-Net, resnet18", "in the paper"] == "U-Net, resnet50"
    assert table.loc["U-Net, resnet18", "published"] == "not in the source"
    assert table.loc["U-Net, resnet18", "behind the best [95 %]"] == "the best"
    assert table.loc["thresholding (OpenCV)", "in the paper"] == "not in it"
