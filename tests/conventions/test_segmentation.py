"""Conventions of segmentation against segmentation_models_pytorch, by hand, and against the chapter's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from segmentation_models_pytorch import metrics as peer

from cvlib.conventions import segmentation
from cvlib.conventions.segmentation import MEAN, POOLED, WEIGHTED
from cvlib.defects import CLASSES
from cvlib.measure.masks import Counts, Measure
from cvlib.segment import benchmark
from cvlib.segment.scoring import Scored

RANDOM = st.integers(0, 10_000)
FEW = settings(max_examples=20, deadline=None)


def made(seed: int, absent: int | None = None) -> Scored:
    """Nine images, many of which show no defect of a class and have none predicted."""
    random = np.random.default_rng(seed)
    rules = {}
    for rule in ("threshold", "argmax"):
        array = random.integers(0, 40, (9, 4, 4)) * (random.random((9, 4, 4)) < 0.6)
        array[0, :, [0, 2]] = 5  # every class occurs and is met
        array[1, :, :3] = 0
        if absent is not None:
            array[:, absent, [0, 2]] = 0
        rules[rule] = Counts.from_array(array)
    names = np.array([f"image_{each}" for each in range(9)])
    return Scored(names, np.arange(9), rules)  # type: ignore[arg-type]


def value(tested: Scored, average: str, classes: str, masks: str = "threshold .5", **named: Any) -> float:
    frame = segmentation.table({"net": tested}, **named).set_index([*segmentation.AXES, "model"])["value"]
    return float(frame[masks, average, classes, "net"])


def by_peer(tested: Scored, measure: str, reduction: str, weights: Any = None, zero: float = 1.0) -> float:
    counts = tested.counts["threshold"]
    four = (torch.from_numpy(each) for each in (counts.tp, counts.fp, counts.fn, counts.tn))
    score = {"dice": peer.f1_score, "iou": peer.iou_score}[measure]
    return float(score(*four, reduction=reduction, class_weights=weights, zero_division=zero))


@pytest.mark.parametrize("measure", ["dice", "iou"])
@FEW
@given(seed=RANDOM)
def test_the_peers_reductions_are_among_the_conventions(measure: Measure, seed: int) -> None:
    tested = made(seed)
    labelled = tested.counts["threshold"].truth.sum(axis=0).astype(float).tolist()
    ones, zeros = "per image, empties as 1", "per image, empties as 0"
    for average, classes, expected in (
        ("pooled", MEAN, by_peer(tested, measure, "macro")),
        ("pooled", POOLED, by_peer(tested, measure, "micro")),
        ("pooled", WEIGHTED, by_peer(tested, measure, "weighted", labelled)),
        (ones, MEAN, by_peer(tested, measure, "macro-imagewise")),
        (ones, POOLED, by_peer(tested, measure, "micro-imagewise")),
        (zeros, MEAN, by_peer(tested, measure, "macro-imagewise", zero=0)),
        (zeros, POOLED, by_peer(tested, measure, "micro-imagewise", zero=0)),
        # The peer takes the mean of what it has weighted already: it divides by the classes once too often.
        (ones, WEIGHTED, 4 * by_peer(tested, measure, "weighted-imagewise", labelled)),
    ):
        assert value(tested, average, classes, measure=measure) == pytest.approx(expected, abs=1e-6)


@FEW
@given(seed=RANDOM, absent=st.sampled_from([None, 3]))
def test_the_chapters_own_numbers_are_among_the_conventions(seed: int, absent: int | None) -> None:
    tested = made(seed, absent)
    frame = segmentation.table({"net": tested}).set_index([*segmentation.AXES, "model"])["value"]
    default = tuple(segmentation.DEFAULT[axis] for axis in segmentation.AXES)
    assert frame[(*default, "net")] == benchmark.mean_score(tested)
    for defect, column in benchmark.by_convention(tested).to_dict().items():
        for (rule, convention), score in column.items():
            masks = "argmax" if rule == "argmax" else "threshold .5"
            np.testing.assert_equal(frame[masks, convention, str(defect), "net"], score)


@FEW
@given(seed=RANDOM)
def test_all_classes_pooled_is_one_ratio_of_sums(seed: int) -> None:
    tested = made(seed)
    tp, fp, fn, _ = tested.counts["threshold"].to_array().sum(axis=(0, 1))
    assert value(tested, "pooled", POOLED) == pytest.approx(2 * tp / (2 * tp + fp + fn))


def test_three_images_by_hand() -> None:
    """Of one class, an image half right, one rightly empty, one missed; the other classes never occur."""
    array = np.zeros((3, 4, 4), int)
    array[:, 0] = [[1, 1, 1, 7], [0, 0, 0, 10], [0, 0, 2, 8]]
    counts = Counts.from_array(array)
    tested = Scored(np.array(list("abc")), np.arange(3), {"threshold": counts, "argmax": counts})
    expected = {
        "pooled": 2 / 6,
        "per image, empties skipped": (0.5 + 0) / 2,
        "per image, empties as 1": (0.5 + 1 + 0) / 3,
        "per image, empties as 0": (0.5 + 0 + 0) / 3,
    }
    for average, score in expected.items():
        for classes in (CLASSES[0], MEAN, WEIGHTED, POOLED):
            assert value(tested, average, classes) == pytest.approx(score)
        assert np.isnan(value(tested, average, CLASSES[1]))


def test_every_model_is_scored_by_every_convention_once() -> None:
    frame = segmentation.table({"one": made(1), "two": made(2)})
    assert len(frame) == 2 * 2 * 4 * 7
    assert not frame.duplicated([*segmentation.AXES, "model"]).any()
    assert set(segmentation.KNOWN) <= set(frame[[*segmentation.AXES]].itertuples(index=False, name=None))
