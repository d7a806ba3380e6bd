"""Corners against plate ends that are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cvlib.errors import DataError
from cvlib.localize.corners import FAST_THRESHOLD, LEVELS, Corners, find_corners
from cvlib.simulate.cell import View, plan
from cvlib.simulate.xray import draw


@cache
def views() -> list[tuple[View, np.ndarray]]:
    """One of each of 20 cells; wires and bars may lie across their plates."""
    return [(view, draw(view)) for view in plan(images=80, seed=21)[::4]]


def distances(count: int, threshold: int = FAST_THRESHOLD) -> np.ndarray:
    """From each plate end to the nearest corner, px."""
    found = []
    for view, image in views():
        corners = find_corners(image, count, threshold)
        found.append(np.linalg.norm(view.points[:, None] - corners.points, axis=2).min(axis=1))
    return np.concatenate(found)


def test_nearly_every_plate_end_has_a_corner() -> None:
    assert np.mean(distances(512) < 3) > 0.98


def test_more_corners_leave_fewer_ends_without_one() -> None:
    shares = [np.mean(distances(count) < 3) for count in (64, 128, 512)]
    assert shares == sorted(set(shares))


def test_opencvs_own_threshold_misses_ends_that_ours_finds() -> None:
    assert np.mean(distances(512, threshold=20) < 3) < np.mean(distances(512) < 3) - 0.05


@pytest.mark.parametrize("count", [1, 40, 300])
def test_no_more_corners_than_asked_for_the_strongest_first(count: int) -> None:
    corners = find_corners(views()[0][1], count)
    assert 0 < len(corners.points) <= count
    assert (np.diff(corners.response) <= 0).all()


def test_corners_are_the_same_every_time_and_leave_the_image_alone() -> None:
    image = views()[1][1]
    before = image.copy()
    for one, other in zip(find_corners(image), find_corners(image), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(image, before)


def test_corners_lie_in_the_image_and_come_from_the_pyramid() -> None:
    for _, image in views()[:4]:
        corners = find_corners(image)
        x, y = corners.points.T
        assert (x >= 0).all() and (x <= 639).all() and (y >= 0).all() and (y <= 479).all()
        assert set(corners.octave) <= set(range(LEVELS))


def test_a_shifted_image_shifts_the_corners_of_its_own_size() -> None:
    """Coarser copies are sampled at other places then."""
    image = np.full((300, 400), 150, np.uint8)
    image[100:200, 150:250] = views()[2][1][:100, :100] // 2
    moved = np.roll(image, (24, -31), axis=(0, 1))
    one, other = (find_corners(each, 2000) for each in (image, moved))
    expected = {tuple(point) for point in one.points[one.octave == 0] + [-31, 24]}
    assert expected == {tuple(point) for point in other.points[other.octave == 0]}


def test_a_part_of_an_image_that_is_no_copy_gives_the_same_corners() -> None:
    image = views()[0][1]
    part = image[40:400:2, 30:500:2]
    for one, other in zip(find_corners(part), find_corners(part.copy()), strict=True):
        np.testing.assert_array_equal(one, other)


def test_within_keeps_the_border_and_all_columns_in_step() -> None:
    points = np.array([[0, 0], [5, 5], [10, 5], [10.1, 5], [3, 9]], np.float64)
    number = np.arange(5)
    inside = Corners(points, number, number * 1.0, number * 2.0).within(0, 0, 10, 8)
    assert inside.octave.tolist() == [0, 1, 2]
    assert inside.points.tolist() == points[:3].tolist()
    assert inside.angle.tolist() == [0, 2, 4]


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_image_of_one_grey_has_no_corners(grey: int) -> None:
    corners = find_corners(np.full((200, 300), grey, np.uint8))
    assert corners.points.shape == (0, 2)
    assert [len(column) for column in corners] == [0, 0, 0, 0]


@pytest.mark.parametrize("shape", [(1, 1), (16, 400), (17, 17), (40, 40)])
def test_small_images_are_no_error(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    corners = find_corners(noise)
    assert corners.points.shape[1] == 2
    assert (corners.points <= np.array(shape[::-1]) - 1).all()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((60, 80, 3), np.uint8),
        np.zeros((60, 80, 1), np.uint8),
        np.zeros((60, 80), np.float32),
        np.zeros((60, 80), np.uint16),
        np.zeros((60, 80), bool),
        np.zeros(60, np.uint8),
    ],
    ids=["colour", "one channel", "float", "16 bits", "mask", "row"],
)
def test_other_arrays_are_refused_with_what_was_found(image: np.ndarray) -> None:
    with pytest.raises(
        DataError, match=rf"shape \({image.shape[0]},.*{image.dtype}: expected \(H, W\) uint8"
    ):
        find_corners(image)
