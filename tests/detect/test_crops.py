"""Which crops a detector learns from, and with which boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib import profiles
from cvlib.data import boxes_of_mask
from cvlib.data.cache import Cache, cached
from cvlib.detect.crops import LEAST, Crops, cut, filled, in_pixels
from tests.detect.conftest import SIDES, SMALL, Squares, pixel_boxes

PROFILE = profiles.Detection.find("quick", [*SMALL, "focus=0", "steps=20"])
FOCUSED = profiles.Detection.find("quick", [*SMALL, "focus=1", "steps=150"])
Drawn = list[tuple[np.ndarray, np.ndarray]]


def crops(
    cache: Cache,
    boxes: list[np.ndarray],
    profile: profiles.Detection = PROFILE,
    seed: int = 0,
    epoch: int = 0,
) -> Crops:
    return Crops(cache, boxes, np.arange(len(cache)), profile, seed, epoch)


def same(one: Drawn, other: Drawn) -> bool:
    pairs = zip(one, other, strict=True)
    return all(np.array_equal(a, b) for each in pairs for a, b in zip(*each, strict=True))


def test_a_crop_is_a_piece_of_an_image_with_the_boxes_that_lie_there(
    squares: Squares, cache: Cache, boxes: list[np.ndarray]
) -> None:
    drawn = crops(cache, boxes)
    for number in range(len(drawn)):
        image, found = drawn[number]
        whole = squares.image(int(drawn.order[number]))
        [(top, left)] = [
            (top, left)
            for top in range(72 - 64 + 1)
            for left in range(96 - 64 + 1)
            if np.array_equal(whole[top : top + 64, left : left + 64], image)
        ]
        piece = squares.mask(int(drawn.order[number]))[top : top + 64, left : left + 64]
        there = in_pixels(boxes_of_mask(piece), 64, 64)
        kept = [row for row in there if row[3] * row[4] >= LEAST * SIDES[int(row[0])] ** 2]
        assert sorted(found.tolist()) == sorted(np.array(kept).tolist())


def test_every_box_of_a_crop_is_bright_within_and_dark_around(cache: Cache, boxes: list[np.ndarray]) -> None:
    seen = 0
    for image, found in list(crops(cache, boxes, FOCUSED)):
        bright = image[..., 0] > 100
        for left, top, width, height in found[:, 1:].astype(int):
            assert bright[top : top + height, left : left + width].all()
            around = bright[max(0, top - 1) : top + height + 1, max(0, left - 1) : left + width + 1]
            assert around.sum() == width * height
            seen += 1
    assert seen > 300


def test_seed_and_epoch_decide_the_crops(cache: Cache, boxes: list[np.ndarray]) -> None:
    once = list(crops(cache, boxes))
    assert same(once, list(crops(cache, boxes)))
    assert same(once[::-1], [crops(cache, boxes)[number] for number in reversed(range(len(once)))])
    assert not same(once, list(crops(cache, boxes, epoch=1)))
    assert not same(once, list(crops(cache, boxes, seed=1)))


def test_there_are_as_many_crops_as_steps_need_and_no_more(cache: Cache, boxes: list[np.ndarray]) -> None:
    assert len(crops(cache, boxes)) == 20 * 2
    once = crops(cache, boxes, PROFILE.model_copy(update={"steps": 0}))
    assert sorted(once.order) == list(range(30))


def test_unfocused_crops_show_background_too(cache: Cache, boxes: list[np.ndarray]) -> None:
    empty = [image for image, found in list(crops(cache, boxes)) if not len(found)]
    assert empty
    assert not any((image > 100).sum() > LEAST * 3 * SIDES[1] ** 2 for image in empty)


def test_focused_crops_hold_a_box_whole_and_each_class_as_often(
    cache: Cache, boxes: list[np.ndarray]
) -> None:
    few = [each if at < 3 else each[each[:, 0] == 0] for at, each in enumerate(boxes)]
    drawn = list(crops(cache, few, FOCUSED))
    whole = [found[found[:, 3] == np.array(SIDES)[found[:, 0].astype(int)], 0] for _, found in drawn]
    assert all(len(kinds) for kinds in whole)
    rare = np.mean([1 in kinds for kinds in whole])
    assert 0.4 < rare < 0.7  # on one image in ten


def test_a_crop_of_a_large_image_is_placed_over_one_of_its_boxes_or_anywhere(tmp_path: Path) -> None:
    cache = cached(Squares(images=3, height=240, width=480), tmp_path, progress=False)
    boxes = [
        np.array([[0, 20, 20, 10, 10], [0, 35, 20, 10, 10], [0, 20, 35, 10, 10], [1, 440, 200, 20, 20.0]])
    ] * 3
    shown = [set(found[:, 0]) for _, found in crops(cache, boxes, FOCUSED)]
    assert all(len(kinds) == 1 for kinds in shown)
    assert 0.4 < np.mean([1 in kinds for kinds in shown]) < 0.6
    anywhere = crops(cache, boxes, FOCUSED.model_copy(update={"focus": 0}))
    assert np.mean([len(found) > 0 for _, found in anywhere]) < 0.3
    assert all(len(found) for _, found in Crops.fixed(cache, boxes, np.arange(3), PROFILE))


def test_a_share_of_the_crops_is_focused(tmp_path: Path) -> None:
    one = Squares(images=30, kinds=(0,))
    boxes = [np.zeros((0, 5))] * 29 + [np.array([[0, 40, 40, 10, 10.0]])]
    half = FOCUSED.model_copy(update={"focus": 0.5})
    drawn = list(crops(cached(one, tmp_path, progress=False), boxes, half))
    assert 0.4 < np.mean([len(found) for _, found in drawn]) < 0.6


@pytest.mark.parametrize("kinds", [(0,), (1,)])
def test_a_class_that_never_occurs_is_not_looked_for(kinds: tuple[int], tmp_path: Path) -> None:
    data = Squares(kinds=kinds)
    drawn = list(crops(cached(data, tmp_path, progress=False), pixel_boxes(data), FOCUSED))
    assert {kind for _, found in drawn for kind in found[:, 0]} == set(kinds)


def test_images_without_any_box_give_background(cache: Cache) -> None:
    drawn = list(crops(cache, [np.zeros((0, 5))] * 30, FOCUSED))
    assert {found.shape for _, found in drawn} == {(0, 5)}


def test_validation_takes_every_image_once_over_a_box_of_its_own_always_the_same(
    cache: Cache, boxes: list[np.ndarray]
) -> None:
    drawn = Crops.fixed(cache, boxes, np.arange(30), PROFILE)
    assert sorted(drawn.order) == list(range(30))
    for number, position in enumerate(drawn.order):
        assert bool(len(drawn[number][1])) == bool(len(boxes[position]))
    assert same(list(drawn), list(Crops.fixed(cache, boxes, np.arange(30), FOCUSED)))


@pytest.mark.parametrize(("height", "width"), [(48, 48), (48, 96), (72, 48)])
def test_images_smaller_than_a_crop_are_filled_up_and_nothing_is_shown_twice(
    height: int, width: int, tmp_path: Path
) -> None:
    data = Squares(height=height, width=width)
    boxes = pixel_boxes(data)
    drawn = crops(cached(data, tmp_path, progress=False), boxes, FOCUSED)
    for number in range(len(drawn)):
        image, found = drawn[number]
        assert image.shape == (64, 64, 3)
        assert len(found) <= 4
        outside = np.vstack([image[height:].reshape(-1, 3), image[:, width:].reshape(-1, 3)])
        assert len(np.unique(outside, axis=0)) == 1
        assert (found[:, 1] + found[:, 3] <= width).all()
        assert (found[:, 2] + found[:, 4] <= height).all()


def test_a_box_larger_than_a_crop_stays_with_a_crop_within_it(tmp_path: Path) -> None:
    data = Squares(images=3, height=240, width=480)
    boxes = [np.array([[1, 20, 10, 400, 200.0]])] * 3
    for _, found in list(crops(cached(data, tmp_path, progress=False), boxes, FOCUSED)):
        assert found.tolist() == [[1, 0, 0, 64, 64]]


def test_slivers_are_dropped_at_the_share_that_is_stated() -> None:
    size, corner = np.array([64, 64]), np.array([100, 200])
    shown = np.arange(1, 11)
    boxes = np.array([[0, 200 + 64 - each, 120, 10, 10.0] for each in shown])
    assert cut(boxes, corner, size)[:, 3].tolist() == shown[shown >= 10 * LEAST].tolist()
    beside = np.array([[0, 190, 120, 10, 10.0], [0, 264, 120, 10, 10], [0, 210, 164, 10, 10]])
    assert len(cut(beside, corner, size)) == 0


rows = st.tuples(st.integers(0, 1), *[st.floats(0, 500)] * 2, *[st.floats(0.5, 300)] * 2)


@given(st.lists(rows, max_size=8), st.tuples(st.integers(0, 300), st.integers(0, 300)))
def test_cut_boxes_lie_in_the_crop_and_in_their_boxes(
    rows: list[tuple[float, ...]], corner: tuple[int, int]
) -> None:
    boxes, size = np.array(rows).reshape(-1, 5), np.array([64, 96])
    found = cut(boxes, np.array(corner), size)
    start, end = found[:, 1:3], found[:, 1:3] + found[:, 3:5]
    assert (found[:, 3:5] > 0).all()
    assert (start >= 0).all()
    assert (end <= size[::-1] + 1e-9).all()
    for row, first, last in zip(found, start + corner[::-1], end + corner[::-1], strict=True):
        inside = (boxes[:, 1:3] <= first + 1e-9) & (boxes[:, 1:3] + boxes[:, 3:5] >= last - 1e-9)
        assert (inside.all(axis=1) & (boxes[:, 0] == row[0])).any()


@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 99))
def test_pixels_are_what_shares_were_made_of(height: int, width: int, seed: int) -> None:
    mask = np.zeros((height, width, 4), bool)
    draw = np.random.default_rng(seed)
    top, left = draw.integers(height), draw.integers(width)
    down, across = draw.integers(1, height - top + 1), draw.integers(1, width - left + 1)
    mask[top : top + down, left : left + across, 3] = True
    found = in_pixels(boxes_of_mask(mask), height, width)
    assert np.allclose(found, np.array([[1, left, top, across, down]]), atol=1e-9)


def test_what_fits_is_not_copied_and_colours_are_the_mean() -> None:
    image = np.array([[[0, 10, 20], [100, 30, 20]]], np.uint8)
    assert filled(image, np.array([1, 2])) is image
    assert filled(image, np.array([2, 3]))[1, 2].tolist() == [50, 20, 20]
