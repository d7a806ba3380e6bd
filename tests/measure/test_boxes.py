"""Which detections hit, compared with pycocotools and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as peer

from cvlib.measure.boxes import COCO_THRESHOLDS, Boxes, Matched, iou, match
from tests.measure.detections import judged, made

NUMBERS = st.one_of(st.integers(0, 30).map(float), st.floats(0.01, 700))
BOXES = st.integers(0, 6).flatmap(lambda number: arrays(np.float64, (number, 4), elements=NUMBERS))
SEEDS = st.integers(0, 2**32 - 1)


def boxes_of(*rows: tuple[float, ...], image: int = 0, crowd: tuple[int, ...] = ()) -> Boxes:
    """Boxes of one class on one image, each left, top, width, height and perhaps a score."""
    table = np.array(rows, float)
    where = np.full(len(rows), image)
    scores = table[:, 4] if table.shape[1] == 5 else None
    return Boxes(where, 0 * where, table[:, :4], scores, np.isin(np.arange(len(rows)), crowd))


def hits_of(detections: Boxes, truths: Boxes, threshold: float = 0.5) -> tuple[list[bool], list[bool]]:
    found = match(detections, truths, 1, 1, [threshold])[0]
    return found.hit[0].tolist(), found.ignored[0].tolist()


@given(BOXES, BOXES, st.data())
def test_overlaps_are_the_peers(detected: np.ndarray, true: np.ndarray, data: st.DataObject) -> None:
    crowd = data.draw(arrays(bool, len(true)))
    expected = np.reshape(peer.iou(detected, true, crowd.astype(np.uint8)), (len(detected), len(true)))
    np.testing.assert_allclose(iou(detected, true, crowd), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("threshold", COCO_THRESHOLDS)
def test_an_overlap_of_just_the_threshold_hits(threshold: float) -> None:
    height = round(20 * threshold)
    for less, hit in ((0, True), (1e-6, False)):
        found = match(boxes_of((0, 0, 20, height - less, 0.5)), boxes_of((0, 0, 20, 20)), 1, 1)[0]
        expected = judged(boxes_of((0, 0, 20, height - less, 0.5)), boxes_of((0, 0, 20, 20)), 1, 1)
        assert np.array_equal(found.hit, expected.evalImgs[0]["dtMatches"] > 0)
        assert found.hit[found.row(threshold), 0] == hit


def assert_as_the_peer(detections: Boxes, truths: Boxes, images: int, classes: int, most: int = 100) -> None:
    found = match(detections, truths, images, classes, most=most)
    peers = judged(detections, truths, images, classes, most=most).evalImgs
    for number, matched in enumerate(found):
        told = [each for each in peers[number * images : (number + 1) * images] if each is not None]
        ids = np.array([place for each in told for place in each["dtIds"]], int)
        order = np.argsort(-detections.scores[ids - 1], kind="stable")  # type: ignore[index]
        empty = np.zeros((len(COCO_THRESHOLDS), 0))
        hit, ignored = (
            np.concatenate([empty, *(each[name] for each in told)], axis=1)[:, order].astype(bool)
            for name in ("dtMatches", "dtIgnore")
        )
        assert np.array_equal(matched.images, detections.images[ids - 1][order])
        assert np.array_equal(matched.scores, detections.scores[ids - 1][order])  # type: ignore[index]
        assert np.array_equal(matched.hit, hit & ~ignored)
        assert np.array_equal(matched.ignored, ignored)
        counted = {each["image_id"]: np.count_nonzero(each["gtIgnore"] == 0) for each in told}
        assert matched.truths.tolist() == [counted.get(image, 0) for image in range(images)]


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.integers(1, 6), st.integers(1, 3), st.sampled_from([1, 4, 12]), st.sampled_from([1, 3, 100]))
def test_every_detection_is_judged_as_by_the_peer(
    seed: int, images: int, classes: int, per_image: int, most: int
) -> None:
    detections, truths = made(seed, images, classes, per_image)
    assert_as_the_peer(detections, truths, images, classes, most)


def test_of_more_than_a_hundred_detections_the_surest_count() -> None:
    detections, truths = made(0, images=3, classes=1, most=300)
    assert np.bincount(detections.images).max() > 100
    assert_as_the_peer(detections, truths, images=3, classes=1)
    assert max(np.bincount(match(detections, truths, 3, 1)[0].images)) == 100


def test_without_any_box_there_is_nothing_to_match() -> None:
    none = Boxes(np.zeros(0, int), np.zeros(0, int), np.zeros((0, 4)), np.zeros(0))
    truths, detections = boxes_of((0, 0, 9, 9)), boxes_of((0, 0, 9, 9, 0.5))
    for found, true, expected in ((none, none, (0, 0)), (none, truths, (0, 1)), (detections, none, (1, 0))):
        matched = match(found, true, images=2, classes=2)
        assert [(len(each.scores), each.truths.sum()) for each in matched] == [expected, (0, 0)]
        assert not any(each.hit.any() or each.ignored.any() for each in matched)
        assert [each.truths.shape for each in matched] == [(2,), (2,)]
    assert [each.truths.shape for each in match(none, none, images=0, classes=1)] == [(0,)]
    assert match(none, none, images=3, classes=0) == []


def test_a_truth_is_found_once_and_by_the_surest() -> None:
    truth = boxes_of((0, 0, 10, 10))
    worse, better = (0, 0, 10, 8, 0.9), (0, 0, 10, 10, 0.4)
    assert hits_of(boxes_of(better, worse, better), truth) == ([True, False, False], [False] * 3)
    first = match(boxes_of(better, worse, better), truth, 1, 1, [0.5])[0]
    assert first.scores.tolist() == [0.9, 0.4, 0.4]


def test_a_detection_takes_the_best_of_what_is_left() -> None:
    truths = boxes_of((0, 0, 10, 10), (0, 0, 10, 8))
    both = boxes_of((0, 0, 10, 8, 0.9), (0, 0, 10, 8, 0.8), (0, 0, 10, 8, 0.7))
    assert hits_of(both, truths) == ([True, True, False], [False] * 3)
    # The first takes the lower truth, its best; what is left overlaps the second too little.
    assert hits_of(boxes_of((0, 0, 10, 8, 0.9), (0, 0, 10, 7, 0.8)), truths, 0.75) == (
        [True, False],
        [False, False],
    )


def test_of_equal_overlaps_the_later_truth_is_taken() -> None:
    truths = boxes_of((0, 0, 10, 10), (4, 0, 10, 10))
    between, first, second = (2, 0, 10, 10, 0.9), (0, 0, 10, 10, 0.5), (4, 0, 10, 10, 0.5)
    assert hits_of(boxes_of(between, first), truths, 0.6)[0] == [True, True]
    assert hits_of(boxes_of(between, second), truths, 0.6)[0] == [True, False]


def test_a_crowd_excuses_any_number_but_ordinary_truths_come_first() -> None:
    truths = boxes_of((0, 0, 10, 10), (0, 0, 100, 100), crowd=(1,))
    inside = [(0, 0, 10, 9, 0.9), (0, 0, 10, 10, 0.8), (50, 50, 5, 5, 0.7), (95, 0, 20, 5, 0.6)]
    assert hits_of(boxes_of(*inside), truths) == ([True, False, False, False], [False, True, True, False])


def test_classes_and_images_do_not_mix() -> None:
    box = np.array([[0, 0, 9, 9.0]])
    truth = Boxes(np.array([1]), np.array([1]), box)
    for image, number, hit in ((1, 1, True), (0, 1, False), (1, 0, False)):
        found = match(Boxes(np.array([image]), np.array([number]), box, np.array([0.5])), truth, 2, 2)
        assert found[number].hit.all() == hit
        assert [len(each.scores) for each in found] == [number == 0, number == 1]


@given(SEEDS)
def test_how_boxes_of_different_images_are_interleaved_does_not_matter(seed: int) -> None:
    detections, truths = made(seed)
    expected = match(detections, truths, 4, 2)
    order = np.lexsort((np.arange(len(detections)), -detections.images))  # the last image first
    parts = (detections.images, detections.classes, detections.boxes, detections.scores)
    found = match(Boxes(*(part[order] for part in parts)), truths, 4, 2)  # type: ignore[index]
    for ours, theirs in zip(found, expected, strict=True):
        for name in ("images", "scores", "hit", "ignored", "truths"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name))


def test_smaller_types_are_taken_and_nothing_is_changed() -> None:
    detections, truths = made(3, images=200)
    before = [each.copy() for boxes in (detections, truths) for each in (boxes.images, boxes.boxes)]
    light = replace(
        detections,
        images=detections.images.astype(np.uint8),
        classes=detections.classes.astype(np.uint8),
        boxes=detections.boxes.astype(np.float32),
        scores=detections.scores.astype(np.float32),  # type: ignore[union-attr]
    )
    for ours, theirs in zip(match(light, truths, 200, 2), match(detections, truths, 200, 2), strict=True):
        assert np.array_equal(ours.images, theirs.images)
        assert np.array_equal(ours.hit, theirs.hit)
        assert ours.scores.dtype == np.float64
    after = [each for boxes in (detections, truths) for each in (boxes.images, boxes.boxes)]
    assert all(np.array_equal(*pair) for pair in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"boxes": np.zeros((2, 3))}, r"\(M, 4\).*\(2, 3\)"),
        ({"images": np.zeros(3, int)}, r"images \(2,\)"),
        ({"classes": np.zeros((2, 1), int)}, r"classes \(2,\)"),
        ({"scores": np.zeros(1)}, r"scores \(2,\)"),
        ({"crowd": np.zeros(1, bool)}, r"crowd \(2,\)"),
        ({"images": np.zeros(2)}, "images as integers from 0.*float64"),
        ({"classes": np.array([0, -1])}, "classes as integers from 0.*-1"),
        ({"boxes": np.array([[0, 0, 1, 1], [0, 0, -1, 1.0]])}, "negative size"),
        ({"boxes": np.array([[0, 0, 1, 1], [0, np.nan, 1, 1.0]])}, "NaN"),
        ({"scores": np.array([0.5, np.nan])}, "finite scores"),
        ({"crowd": np.array([0, 1])}, "crowd as bool.*int"),
    ],
)
def test_what_are_no_boxes_is_refused(change: dict[str, np.ndarray], message: str) -> None:
    good = Boxes(np.array([0, 1]), np.array([0, 0]), np.ones((2, 4)), np.array([0.5, 0.6]), np.zeros(2, bool))
    with pytest.raises(ValueError, match=message):
        replace(good, **change)


def test_what_cannot_be_matched_is_refused() -> None:
    truths, detections = boxes_of((0, 0, 9, 9)), boxes_of((0, 0, 9, 9, 0.5))
    with pytest.raises(ValueError, match="with scores"):
        match(truths, truths, 1, 1)
    with pytest.raises(ValueError, match=r"detections on 1 images.*up to 1 and 0"):
        match(boxes_of((0, 0, 9, 9, 0.5), image=1), truths, 1, 1)
    with pytest.raises(ValueError, match="truths on 1 images"):
        match(detections, boxes_of((0, 0, 9, 9), image=4), 1, 1)
    for thresholds in ([], [0.5, 1.1], [0.0], [np.nan]):
        with pytest.raises(ValueError, match="above 0 and up to 1"):
            match(detections, truths, 1, 1, thresholds)


def test_only_thresholds_matched_by_can_be_asked_for() -> None:
    found: Matched = match(boxes_of((0, 0, 9, 9, 0.5)), boxes_of((0, 0, 9, 9)), 1, 1)[0]
    assert [found.row(each) for each in (0.5, 0.75, 0.9, 0.95)] == [0, 5, 8, 9]
    with pytest.raises(ValueError, match=r"0\.55.*not by 0\.52.*match by it"):
        found.row(0.52)


def test_a_threshold_of_1_asks_for_the_same_box() -> None:
    odd = (6.3, 5.4, 5.6, 9.3)
    assert iou(np.array([odd]), np.array([odd])).item() < 1  # by rounding
    assert hits_of(boxes_of((*odd, 0.5)), boxes_of(odd), 1)[0] == [True]
    assert hits_of(boxes_of((6.3, 5.4, 5.6, 9.31, 0.5)), boxes_of(odd), 1)[0] == [False]
