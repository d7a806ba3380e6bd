"""Average precision compared with pycocotools and Ultralytics, by hand, and its intervals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlib.measure.average_precision import (
    RULES,
    Rule,
    ap_interval,
    average_precision,
    curve,
    difference_interval,
    mean_ap,
)
from cvlib.measure.boxes import COCO_THRESHOLDS, Boxes, Matched, match
from cvlib.measure.intervals import interval_of, resampled
from tests.measure.detections import by_hand, judged, made

SEEDS = st.integers(0, 2**32 - 1)
HITS = st.lists(st.booleans(), max_size=40)


def ranked(hits: list[bool], missed: int) -> Matched:
    return by_hand("".join("-+"[hit] for hit in hits), sum(hits) + missed)


def assert_as_the_peer(detections: Boxes, truths: Boxes, images: int, classes: int) -> None:
    found = match(detections, truths, images, classes)
    curves = judged(detections, truths, images, classes).eval["precision"][:, :, :, 0, 0]
    expected = np.where((curves == -1).all(axis=1), np.nan, curves.mean(axis=1)).T
    ours = np.array([average_precision(each) for each in found])
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)
    known = curves[curves > -1]
    assert mean_ap(found) == pytest.approx(known.mean() if len(known) else np.nan, abs=1e-12, nan_ok=True)
    at_half = curves[0][curves[0] > -1]
    expected_half = at_half.mean() if len(at_half) else np.nan
    assert mean_ap(found, threshold=0.5) == pytest.approx(expected_half, abs=1e-12, nan_ok=True)


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.integers(1, 6), st.integers(1, 3), st.sampled_from([1, 4, 12]))
def test_small_cases_score_as_by_pycocotools(seed: int, images: int, classes: int, per_image: int) -> None:
    assert_as_the_peer(*made(seed, images, classes, per_image), images, classes)


@pytest.mark.parametrize("seed", range(3))
def test_many_boxes_score_as_by_pycocotools(seed: int) -> None:
    assert_as_the_peer(*made(seed, images=60, classes=2, most=60, ties=seed > 0), 60, 2)


@pytest.mark.parametrize("truths", [1, 3, 7, 25, 100, 101, 200])
def test_where_recall_falls_just_on_a_point_of_the_grid_pycocotools_is_followed(truths: int) -> None:
    images = np.arange(truths)
    boxes = np.tile([0, 0, 20, 20.0], (truths, 1))
    found = boxes + np.outer(images % 2, [100, 0, 0, 0])  # every other truth is found
    detections = Boxes(images, 0 * images, found, np.linspace(1, 0, truths))
    assert_as_the_peer(detections, Boxes(images, 0 * images, boxes), truths, 1)


def as_ultralytics_writes_it(recall: np.ndarray, precision: np.ndarray, closed: bool) -> float:
    """Its rule in its own terms: a line through all points and two ends, raised, read at 101 recalls.

    ``closed`` tells the version since 2026-04, in which precision falls to 0 at the last recall.
    """
    points = np.concatenate([[0], recall, recall[-1:] if closed else [], [1]])
    heights = np.concatenate([[1], precision, [0] if closed else [], [0]])
    raised = np.maximum.accumulate(heights[::-1])[::-1]
    grid = np.linspace(0, 1, 101)
    return float(np.trapezoid(np.interp(grid, points, raised), grid))


@settings(max_examples=300)
@given(HITS.filter(any), st.integers(0, 60))
def test_ultralytics_rules_are_what_it_writes_before_and_since(hits: list[bool], missed: int) -> None:
    matched = ranked(hits, missed)
    _, precision, recall = curve(matched)
    for rule, closed in (("ultralytics until 2026-04", False), ("ultralytics since 2026-04", True)):
        expected = as_ultralytics_writes_it(recall, precision, closed)
        assert average_precision(matched, rule) == pytest.approx(expected, abs=1e-12)  # type: ignore[arg-type]


ASK_ULTRALYTICS = """
import json, sys
from ultralytics.utils.metrics import compute_ap
print(json.dumps([float(compute_ap(*curve)[0]) for curve in json.load(sys.stdin)]))
"""


@pytest.mark.slow
def test_the_rule_since_2026_is_ultralytics_own(tmp_path: Path) -> None:
    pytest.importorskip("ultralytics")  # asked in a process of its own, since it changes how NumPy prints
    generator = np.random.default_rng(0)
    cases = [
        ranked((generator.random(length) < generator.random()).tolist(), int(generator.integers(1, 60)))
        for length in generator.integers(1, 80, 300)
    ]
    curves = [[points.recall.tolist(), points.precision.tolist()] for points in map(curve, cases)]
    told = subprocess.run(
        [sys.executable, "-c", ASK_ULTRALYTICS],
        input=json.dumps(curves),
        env={**os.environ, "YOLO_OFFLINE": "1", "YOLO_CONFIG_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = [average_precision(case, "ultralytics since 2026-04").item() for case in cases]
    np.testing.assert_allclose(found, json.loads(told.stdout.splitlines()[-1]), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("hits", "truths", "expected"),
    [  # by COCO, by Ultralytics until and since 2026-04, at all points
        ("++", 4, (51 / 101, 0.75, 0.495, 0.5)),  # until: a line from recall .5 to 1 adds a quarter
        ("-+", 2, (51 / 101 / 2, 0.375, 0.495 / 2, 0.25)),
        ("+-+", 2, ((51 + 50 * 2 / 3) / 101, 0.495 + 1 / 3, 0.495 + 1 / 3, 5 / 6)),
        ("+--", 2, (51 / 101, 0.495 + 0.255 / 3, 0.495, 0.5)),  # until: the line starts at precision 1/3
        ("++++", 4, (1, 0.995, 0.995, 1)),
        ("+ooo+", 2, (1, 0.995, 0.995, 1)),
        ("---", 2, (0, 0, 0, 0)),
        ("", 2, (0, 0, 0, 0)),
        ("---", 0, (np.nan,) * 4),
        ("", 0, (np.nan,) * 4),
    ],
)
def test_rules_by_hand(hits: str, truths: int, expected: tuple[float, ...]) -> None:
    found = [average_precision(by_hand(hits, truths), rule) for rule in RULES]
    assert [each.shape for each in found] == [(1,)] * 4
    assert np.concatenate(found).tolist() == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_one_of_three_truths_found_is_worth_what_is_said_of_each_rule() -> None:
    found = [average_precision(by_hand("+", 3), rule).item() for rule in RULES]
    assert [f"{each:.3f}" for each in found] == ["0.337", "0.667", "0.335", "0.333"]


@given(HITS, st.integers(0, 20), st.sampled_from(RULES))
def test_scores_lie_between_0_and_1_and_a_last_miss_never_adds(
    hits: list[bool], missed: int, rule: Rule
) -> None:
    before = average_precision(ranked(hits, missed), rule).item()
    after = average_precision(ranked([*hits, False], missed), rule).item()
    if sum(hits) + missed == 0:
        assert np.isnan([before, after]).all()
    else:
        assert 0 <= after <= before + 1e-12 <= 1 + 2e-12


@settings(deadline=None)
@given(SEEDS, st.sampled_from(RULES))
def test_only_the_order_of_scores_matters(seed: int, rule: Rule) -> None:
    detections, truths = made(seed)
    surer = replace(detections, scores=np.exp(3 * detections.scores) - 7)  # type: ignore[operator]
    for before, after in zip(match(detections, truths, 4, 2), match(surer, truths, 4, 2), strict=True):
        assert np.array_equal(average_precision(before, rule), average_precision(after, rule), equal_nan=True)


def test_the_mean_leaves_out_classes_without_truths() -> None:
    half, absent, all_found = by_hand("-+", 1), by_hand("--", 0), by_hand("+", 1)
    assert mean_ap([half, absent, all_found], "all points") == pytest.approx(0.75)
    assert np.isnan(mean_ap([absent, absent]))


def test_a_curve_has_a_point_for_each_detection_that_counts() -> None:
    scores, precision, recall = curve(by_hand("+-o+-", 4))
    assert scores.tolist() == pytest.approx([0.9, 0.7, 0.3, 0.1])
    assert precision.tolist() == pytest.approx([1, 1 / 2, 2 / 3, 2 / 4])
    assert recall.tolist() == pytest.approx([1 / 4, 1 / 4, 2 / 4, 2 / 4])
    assert [len(part) for part in curve(by_hand("", 4))] == [0, 0, 0]
    assert np.isnan(curve(by_hand("--", 0)).recall).all()


def test_a_curve_is_of_the_threshold_asked_for() -> None:
    truth = Boxes(np.array([0]), np.array([0]), np.array([[0, 0, 20, 20.0]]))
    found = match(replace(truth, boxes=np.array([[0, 0, 20, 14.0]]), scores=np.array([0.5])), truth, 1, 1)
    assert [curve(found[0], each).recall.item() for each in (0.5, 0.7, 0.75)] == [1, 1, 0]
    assert [mean_ap(found, threshold=each) for each in (0.5, 0.7, 0.75)] == [1, 1, 0]
    assert mean_ap(found) == pytest.approx(0.5)


def repeated(boxes: Boxes, images: np.ndarray) -> Boxes:
    """The boxes of a data set made of these images of another, in this order, as often as they occur."""
    chosen = [np.flatnonzero(boxes.images == image) for image in images]
    order = np.concatenate(chosen)
    return Boxes(
        np.repeat(np.arange(len(images)), [len(each) for each in chosen]),
        *(
            None if part is None else part[order]
            for part in (boxes.classes, boxes.boxes, boxes.scores, boxes.crowd)
        ),  # type: ignore[arg-type]
    )


GROUPS = np.array([0, 0, 1, 2, 2, 2, 3, 4, 5, 5, 6, 7])
LEVELS = (0.1, 0.3, 0.6, 0.9, 0.99)


def drawn_anew(model: Boxes, truths: Boxes, draws: int, rule: Rule, threshold: float | None) -> np.ndarray:
    """Average precisions (draws, 2) of data sets of resampled clips, each built and matched by itself."""
    rows = []
    for times in resampled(8, draws, seed=5):
        images = np.repeat(np.arange(len(GROUPS)), times[GROUPS])
        found = match(repeated(model, images), repeated(truths, images), len(images), 2)
        rows.append([mean_ap([each], rule, threshold) for each in found])
    return np.array(rows)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("threshold", [None, 0.5])
def test_intervals_are_those_of_resampled_data_sets(rule: Rule, threshold: float | None) -> None:
    detections, truths = made(1, images=12, most=9, ties=False)
    expected = drawn_anew(detections, truths, 60, rule, threshold)
    found = match(detections, truths, 12, 2)
    values = [mean_ap([each], rule, threshold) for each in found]
    showing = [len(set(GROUPS[each.truths > 0])) for each in found]
    for level in LEVELS:  # as many points of the distribution
        intervals = ap_interval(found, GROUPS, rule, threshold, seed=5, level=level, draws=60)
        for interval, value, drawn, clips in zip(intervals.classes, values, expected.T, showing, strict=True):
            assert tuple(interval) == pytest.approx(tuple(interval_of(value, drawn, clips, level)))
        mean = interval_of(float(np.mean(values)), expected.mean(axis=1), min(showing), level)
        assert tuple(intervals.mean) == pytest.approx(tuple(mean))
        assert mean.low < mean.high


def test_differences_are_paired_over_the_same_resampled_data_sets() -> None:
    a, truths = made(1, images=12, most=9, ties=False)
    b = replace(a, boxes=a.boxes + np.array([1, 0, 0, 0]))
    first, second = (match(each, truths, 12, 2) for each in (a, b))
    drawn = [drawn_anew(each, truths, 60, "coco", None) for each in (a, b)]
    showing = min(len(set(GROUPS[each.truths > 0])) for each in first)
    for level in LEVELS:
        found = difference_interval(first, second, GROUPS, seed=5, level=level, draws=60)
        value = mean_ap(first) - mean_ap(second)
        estimates = (drawn[0] - drawn[1]).mean(axis=1)
        assert tuple(found.mean) == pytest.approx(tuple(interval_of(value, estimates, showing, level)))


def test_a_model_does_not_differ_from_itself() -> None:
    detections, truths = made(1, images=12, most=9)
    found = match(detections, truths, 12, 2)
    for interval in (*(every := difference_interval(found, found, GROUPS, draws=50)).classes, every.mean):
        assert interval.value == 0
        assert interval.tied
        assert np.isnan(interval[1:]).all()


def test_many_draws_are_no_different_from_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    detections, truths = made(2, images=12, most=9)
    found = match(detections, truths, 12, 2)
    at_once = ap_interval(found, GROUPS, draws=100)
    monkeypatch.setattr("cvlib.measure.average_precision.AT_ONCE", 1)
    assert ap_interval(found, GROUPS, draws=100) == at_once


def test_classes_that_few_clips_show_have_no_bounds_and_absent_ones_nothing() -> None:
    ten = np.arange(10)
    boxes = np.tile([0, 0, 20, 20.0], (10, 1))
    truths = Boxes(ten, np.array([0] * 6 + [1] * 4), boxes)
    scores = np.linspace(1, 0, 10)
    moved = boxes + np.where(ten % 3 == 0, 100, 0)[:, None] * [1, 0, 0, 0]
    found = match(Boxes(ten, truths.classes, moved, scores), truths, images=10, classes=3)
    common, rare, absent = ap_interval(found, ten, threshold=0.5, draws=100).classes
    assert 0 <= common.low < common.value < common.high <= 1
    assert rare.value > 0
    assert np.isnan(rare[1:]).all()
    assert np.isnan(absent).all()
    mean = ap_interval(found, ten, threshold=0.5, draws=100).mean
    assert mean.value == pytest.approx((common.value + rare.value) / 2)
    assert np.isnan(mean[1:]).all()
    assert np.isnan(ap_interval(found[2:], ten, draws=100).mean).all()
    assert ap_interval([found[0], found[2]], ten, threshold=0.5, draws=100).mean == common


def clips(generator: np.random.Generator, number: int) -> tuple[Matched, np.ndarray]:
    """One class on clips of 3 to 8 images, and the clip of each image, judged at one overlap.

    Clips differ in how many defects they show (some show none), how many of them are found and how surely,
    and how many false alarms they raise.
    """
    groups = np.repeat(np.arange(number), generator.integers(3, 9, number))
    truths = generator.poisson(generator.gamma(1, 2, number)[groups])
    ease = generator.normal(1, 0.8, number)[groups]
    found = generator.binomial(truths, 1 / (1 + np.exp(-ease)))
    wrong = generator.poisson(generator.gamma(1, 1.5, number)[groups])
    images = np.concatenate([np.repeat(np.arange(len(groups)), each) for each in (found, wrong)])
    hit = np.arange(len(images)) < found.sum()
    scores = generator.normal(np.where(hit, 1 + 0.5 * ease[images], 0), 1)
    order = np.argsort(-scores)
    hit = hit[order][None]
    return Matched(images[order], scores[order], hit, np.zeros_like(hit), truths, (0.5,)), groups


def share_covered(trials: int, draws: int, by_image: bool = False) -> float:
    """How often 95 % intervals over 15 to 40 clips hold the average precision of 20,000."""
    generator = np.random.default_rng(1)
    everywhere = average_precision(clips(generator, 20_000)[0]).item()
    covered = 0
    for trial in range(trials):
        matched, groups = clips(generator, int(generator.integers(15, 41)))
        groups = np.arange(len(groups)) if by_image else groups
        found = ap_interval([matched], groups, seed=trial, draws=draws).classes[0]
        covered += found.low <= everywhere <= found.high
    return covered / trials


def test_intervals_cover_the_truth_and_single_images_as_groups_do_not() -> None:
    covered = share_covered(trials=100, draws=200)
    assert 0.88 <= covered <= 0.99
    assert share_covered(trials=100, draws=200, by_image=True) < covered - 0.05


@pytest.mark.slow
def test_intervals_cover_the_truth_in_95_of_100_trials() -> None:
    assert 0.92 <= share_covered(trials=1000, draws=500) <= 0.97


def test_what_cannot_be_scored_is_refused() -> None:
    found, other = [by_hand("+-", 1)], [by_hand("+-", 2)]
    one = np.zeros(1)
    with pytest.raises(ValueError, match=r"'voc'.*'all points'"):
        average_precision(found[0], "voc")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"not by 0\.75"):
        mean_ap(found, threshold=0.75)
    with pytest.raises(ValueError, match=r"not by 0\.75"):
        ap_interval(found, one, threshold=0.75)
    with pytest.raises(ValueError, match="1 values and 2 groups"):
        ap_interval(found, np.zeros(2))
    with pytest.raises(ValueError, match="truths differ"):
        difference_interval(found, other, one)
    with pytest.raises(ValueError, match="truths differ"):
        difference_interval(found, found * 2, one)
    with pytest.raises(ValueError, match="thresholds"):
        difference_interval(found, [replace(found[0], thresholds=(0.75,))], one)


def test_all_of_cocos_thresholds_are_averaged() -> None:
    detections, truths = made(4)
    found = match(detections, truths, 4, 2)
    each = [mean_ap(found, threshold=threshold) for threshold in COCO_THRESHOLDS]
    assert len(set(each)) > 3
    assert mean_ap(found) == pytest.approx(np.mean(each))
