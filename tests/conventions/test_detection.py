"""Conventions of detection against pycocotools, by hand, and against the chapter's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlib.conventions import detection
from cvlib.conventions.detection import ELEVEN, MEAN, POOLED, eleven_points
from cvlib.defects import DETECTION_CLASSES
from cvlib.detect import benchmark
from cvlib.detect.scoring import Scored
from cvlib.measure.boxes import Boxes
from tests.measure.detections import by_hand, judged, made

RANDOM = st.integers(0, 10_000)
FEW = settings(max_examples=25, deadline=None)


def scored(seed: int, images: int = 6) -> Scored:
    found, truths = made(seed, images, classes=2, crowd_share=0, ties=False)
    names = np.array([f"image_{each}" for each in range(images)])
    return Scored(names, np.arange(images), replace(truths, crowd=None), found, 0.5)


@FEW
@given(RANDOM)
def test_boxes_as_one_class_score_as_by_pycocotools_without_categories(seed: int) -> None:
    tested = scored(seed)
    frame = detection.table({"net": tested}).set_index([*detection.AXES, "model"])["value"]
    found, truths = (
        Boxes(each.images, 0 * each.classes, each.boxes, each.scores)
        for each in (tested.detections, tested.truths)
    )
    precision = judged(found, truths, 6, 1).eval["precision"]  # thresholds, recalls, 1, 1, 1
    at = precision.mean(axis=1).ravel()
    expected = {".5": at[0], ".75": at[5], ".5:.95": at.mean()}
    for overlap, value in expected.items():
        if len(tested.truths):
            assert frame["coco", overlap, POOLED, "net"] == pytest.approx(value, abs=1e-12)


@FEW
@given(RANDOM)
def test_the_chapters_own_numbers_are_among_the_conventions(seed: int) -> None:
    tested = scored(seed)
    frame = detection.table({"net": tested}).set_index([*detection.AXES, "model"])["value"]
    rules = benchmark.by_rule({"net": tested})
    for measure, overlap in (("map50", ".5"), ("map50_95", ".5:.95")):
        own = [frame[rule, overlap, MEAN, "net"] for rule in rules.index]
        np.testing.assert_array_equal(own, rules["net", measure])
    for name, area in benchmark.areas(tested).items():
        np.testing.assert_equal(frame["coco", ".5", name, "net"], area)
    points = detection.points({"net": tested}).set_index([*detection.POINT_AXES, "model"])["value"]
    ways = benchmark.by_operating_point(tested).to_dict()
    for score in ("precision", "recall", "f1"):
        for way, value in ways[score].items():
            np.testing.assert_equal(points[score, str(way), MEAN, "net"], value)


def test_eleven_points_by_hand() -> None:
    # Precision 1 up to recall 1/2, six of the recalls; then 2/3 up to 1, the other five.
    assert eleven_points(by_hand("+-+", truths=2)).item() == pytest.approx((6 + 5 * 2 / 3) / 11)
    assert eleven_points(by_hand("+++", truths=3)).item() == 1
    assert eleven_points(by_hand("---", truths=3)).item() == 0
    assert np.isnan(eleven_points(by_hand("--", truths=0)).item())


@pytest.mark.parametrize("found", range(11))
def test_a_recall_of_some_tenths_reaches_so_many_points(found: int) -> None:
    assert eleven_points(by_hand("+" * found, truths=10)).item() == pytest.approx(
        (found + 1) / 11 if found else 0
    )


@given(st.text("+-", min_size=1, max_size=40), st.integers(0, 20))
def test_eleven_points_are_near_the_area_under_the_steps(marks: str, missed: int) -> None:
    matched = by_hand(marks, marks.count("+") + missed)
    area = detection.average_precision(matched, "all points").item()
    eleven = detection.average_precision(matched, ELEVEN).item()
    if np.isnan(area):
        assert np.isnan(eleven)
    else:  # each point stands for a tenth of the axis, on either side of it
        assert abs(eleven - area) <= 0.1 + 1e-9


def test_a_box_of_the_wrong_class_hits_only_where_classes_are_one() -> None:
    place, box = np.array([0]), np.array([[0, 0, 20, 20.0]])
    wrong = Boxes(place, np.array([1]), box, np.array([0.9]))
    tested = Scored(np.array(["a"]), place, Boxes(place, np.array([0]), box), wrong, 0.5)
    frame = detection.table({"net": tested}).set_index([*detection.AXES, "model"])["value"]
    assert frame["coco", ".5", POOLED, "net"] == 1
    assert frame["coco", ".5", MEAN, "net"] == 0
    assert np.isnan(frame["coco", ".5", DETECTION_CLASSES[1], "net"])


def test_points_pooled_over_classes_by_hand() -> None:
    """Class 0: two truths, one found. Class 1: one truth, found, and two false alarms."""
    boxes = np.array([[0, 0, 20, 20], [100, 0, 20, 20], [0, 100, 20, 20], [200, 0, 9, 9], [300, 0, 9, 9.0]])
    truths = Boxes(np.zeros(3, int), np.array([0, 0, 1]), boxes[:3])
    found = Boxes(np.zeros(4, int), np.array([0, 1, 1, 1]), boxes[[0, 2, 3, 4]], np.full(4, 0.9))
    tested = Scored(np.array(["a"]), np.array([0]), truths, found, 0.5)
    points = detection.points({"net": tested}).set_index([*detection.POINT_AXES, "model"])["value"]
    used = detection.POINT_DEFAULT["confidence"]
    assert points["precision", used, MEAN, "net"] == pytest.approx((1 + 1 / 3) / 2)
    assert points["precision", used, "classes pooled", "net"] == pytest.approx(2 / 4)
    assert points["recall", used, MEAN, "net"] == pytest.approx((1 / 2 + 1) / 2)
    assert points["recall", used, "classes pooled", "net"] == pytest.approx(2 / 3)
    assert points["f1", used, "classes pooled", "net"] == pytest.approx(4 / 7)


def test_every_model_is_scored_by_every_convention_once() -> None:
    frame = detection.table({"one": scored(1), "two": scored(2)})
    assert len(frame) == 2 * 5 * 3 * 4
    assert not frame.duplicated([*detection.AXES, "model"]).any()
    assert set(detection.KNOWN) <= set(frame[[*detection.AXES]].itertuples(index=False, name=None))
    points = detection.points({"one": scored(1)})
    assert tuple(detection.POINT_DEFAULT.values()) in set(
        points[[*detection.POINT_AXES]].itertuples(index=False, name=None)
    )
