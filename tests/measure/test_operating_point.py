"""Precision, recall and F1 of boxes at one confidence, how it is chosen, and intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlib.measure.boxes import Boxes, Matched, match
from cvlib.measure.intervals import interval_of, resampled
from cvlib.measure.operating_point import (
    MEASURES,
    OperatingPoint,
    at_confidence,
    best_confidence,
    counts_at,
    point_interval,
)
from tests.measure.detections import by_hand, made

SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(SEEDS, st.sampled_from([0.05, 0.1, 0.2, 0.3, 0.95]), st.sampled_from([0.5, 0.75]))
def test_counts_are_those_of_matching_the_sure_detections_alone(
    seed: int, confidence: float, threshold: float
) -> None:
    detections, truths = made(seed)
    kept = detections.scores >= confidence  # type: ignore[operator]
    parts = (detections.images, detections.classes, detections.boxes, detections.scores)
    alone = match(Boxes(*(part[kept] for part in parts)), truths, 4, 2)  # type: ignore[index]
    found = counts_at(match(detections, truths, 4, 2), confidence, threshold)
    assert found.to_array().shape == (4, 2, 4)
    assert not found.tn.any()
    for number, matched in enumerate(alone):
        row = matched.row(threshold)
        for image in range(4):
            here = matched.images == image
            assert found.tp[image, number] == matched.hit[row, here].sum()
            wrong = ~matched.hit[row] & ~matched.ignored[row]
            assert found.fp[image, number] == wrong[here].sum()
            ordinary = (truths.images == image) & (truths.classes == number) & ~truths.crowd  # type: ignore[operator]
            assert found.truth[image, number] == ordinary.sum()


@pytest.mark.parametrize(
    ("marks", "truths", "confidence", "expected"),
    [
        ("++-+-", 5, 0.25, (3, 1, 2, 0.75, 0.6, 2 / 3)),
        ("++-+-", 5, 0.9, (1, 0, 4, 1, 0.2, 1 / 3)),  # at the score itself it counts
        ("+ooo-", 1, 0, (1, 1, 0, 0.5, 1, 2 / 3)),
        ("--", 3, 0, (0, 2, 3, 0, 0, 0)),
        ("++", 3, 0.95, (0, 0, 3, np.nan, 0, 0)),
        ("++", 3, np.nan, (0, 0, 3, np.nan, 0, 0)),
        ("--", 0, 0, (0, 2, 0, 0, np.nan, 0)),
        ("", 0, 0, (0, 0, 0, np.nan, np.nan, np.nan)),
    ],
)
def test_operating_points_by_hand(
    marks: str, truths: int, confidence: float, expected: tuple[float, ...]
) -> None:
    found = at_confidence(by_hand(marks, truths), confidence)
    assert tuple(found) == pytest.approx(expected, nan_ok=True)
    assert OperatingPoint._fields == ("tp", "fp", "fn", *MEASURES)


def mean_f1(classes: list[Matched], confidence: float) -> float:
    return float(np.mean([at_confidence(each, confidence).f1 for each in classes if each.truths.any()]))


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.booleans(), st.integers(1, 3))
def test_no_confidence_is_better_than_the_best(seed: int, ties: bool, classes: int) -> None:
    found = match(*made(seed, classes=classes, ties=ties), 4, classes)
    best = best_confidence(found)
    tried = np.unique(np.concatenate([each.scores for each in found]))
    tried = np.concatenate([tried, (tried[1:] + tried[:-1]) / 2, [0, 1]])
    reached = [mean_f1(found, each) for each in tried] if any(each.truths.any() for each in found) else [0.0]
    if max(reached) == 0:
        assert np.isnan(best)
    else:
        assert mean_f1(found, best) == pytest.approx(max(reached))
        surer = [each for each, f1 in zip(tried, reached, strict=True) if f1 > max(reached) - 1e-12]
        assert best == max(surer)


def test_the_confidence_is_chosen_for_all_classes_together() -> None:
    early, late = by_hand("+---", 1, [0.9, 0.8, 0.7, 0.6]), by_hand("++++", 4, [0.9, 0.8, 0.7, 0.6])
    assert best_confidence([early]) == 0.9
    assert best_confidence([late]) == 0.6
    # F1 of the classes at .9: 1 and 2/5; .8: 2/3 and 2/3; .7: 1/2 and 6/7; .6: 2/5 and 1
    assert best_confidence([early, late]) == 0.9
    assert best_confidence([early, late, late]) == 0.6
    absent = by_hand("------", 0)
    assert best_confidence([early, late, late, absent]) == 0.6


def test_without_a_hit_there_is_no_confidence_to_choose() -> None:
    for classes in ([by_hand("---", 2)], [by_hand("", 2)], [by_hand("--", 0)], [by_hand("oo", 1)]):
        assert np.isnan(best_confidence(classes))


@pytest.mark.parametrize("measure", MEASURES)
def test_intervals_are_those_of_resampled_counts(measure: str) -> None:
    detections, truths = made(1, images=24, most=9)
    groups = np.arange(24) // 2
    found = match(detections, truths, 24, 2)
    counts = counts_at(found, 0.3)
    drawn = []
    for times in resampled(12, 60, seed=5):
        tp, fp, fn = (
            np.repeat(part, times[groups], axis=0).sum(axis=0) for part in (counts.tp, counts.fp, counts.fn)
        )
        drawn.append(
            {"precision": tp / (tp + fp), "recall": tp / (tp + fn), "f1": 2 * tp / (2 * tp + fp + fn)}[
                measure
            ]
        )
    intervals = point_interval(found, groups, measure, 0.3, seed=5, draws=60)  # type: ignore[arg-type]
    values = [getattr(at_confidence(each, 0.3), measure) for each in found]
    showing = [len(set(groups[each.truths > 0])) for each in found]
    if measure == "precision":
        detected = [len(set(groups[part > 0])) for part in (counts.tp + counts.fp).T]
        showing = np.minimum(showing, detected).tolist()
    for interval, value, estimates, number in zip(
        intervals.classes, values, np.transpose(drawn), showing, strict=True
    ):
        assert tuple(interval) == pytest.approx(tuple(interval_of(value, estimates, number)))
        assert interval.low < interval.high
    mean = interval_of(float(np.mean(values)), np.mean(drawn, axis=1), min(showing))
    assert tuple(intervals.mean) == pytest.approx(tuple(mean))


def test_a_class_never_detected_has_no_precision_and_is_left_out_of_its_mean_only() -> None:
    detections, truths = made(1, images=24, most=9, classes=1)
    groups = np.arange(24) // 2
    found = match(detections, replace(truths, crowd=None), 24, 1)
    never = replace(
        found[0],
        images=found[0].images[:0],
        scores=found[0].scores[:0],
        hit=found[0].hit[:, :0],
        ignored=found[0].ignored[:, :0],
    )
    intervals = {
        measure: point_interval([found[0], never], groups, measure, 0.3, draws=100) for measure in MEASURES
    }
    assert np.isnan(intervals["precision"].classes[1]).all()
    assert intervals["precision"].mean == intervals["precision"].classes[0]
    assert intervals["recall"].classes[1].value == 0
    assert intervals["recall"].mean.value == pytest.approx(intervals["recall"].classes[0].value / 2)


def test_what_cannot_be_asked_is_refused() -> None:
    found = [by_hand("+-", 2)]
    with pytest.raises(ValueError, match=r"'accuracy'.*'f1'"):
        point_interval(found, np.zeros(1), "accuracy", 0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="1 values and 2 groups"):
        point_interval(found, np.zeros(2), "f1", 0.5)
    for ask in (lambda: at_confidence(found[0], 0.5, 0.75), lambda: best_confidence(found, 0.75)):
        with pytest.raises(ValueError, match=r"not by 0\.75"):
            ask()
