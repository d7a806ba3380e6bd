"""Regions of interest: whether they hold what they should, and where their pixels come from."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib.errors import UserError
from cvlib.localize.corners import Corners, find_corners
from cvlib.localize.roi import METHODS, Method, Roi, find_roi, row_profile
from cvlib.simulate.cell import Scene, View, plan
from cvlib.simulate.xray import draw

NONE = Corners(np.zeros((0, 2)), np.zeros(0, int), np.zeros(0), np.zeros(0))


@cache
def views() -> list[tuple[View, np.ndarray, Corners]]:
    """200 views of 50 cells, with bars and wires."""
    drawn = [(view, draw(view)) for view in plan(images=200, seed=21)]
    return [(view, image, find_corners(image)) for view, image in drawn]


def at(*points: tuple[float, float]) -> Corners:
    """Corners at some places."""
    one = np.arange(len(points))
    return Corners(np.array(points, np.float64), one, one * 1.0, one * 1.0)


# Every end inside


def test_regions_hold_every_plate_end_and_little_else() -> None:
    found = [(view.points, find_roi(image, corners)) for view, image, corners in views()]
    whole = [each.roi.contains(points).all() for points, each in found]
    heights = np.array([each.roi.height / np.ptp(points[:, 1]) for points, each in found])
    assert np.mean(whole) >= 0.99
    assert np.mean(heights < 1.6) >= 0.99
    assert {each.how for _, each in found} == {"comb"}


def test_any_number_of_plates_does() -> None:
    whole = []
    for view in plan(images=80, seed=21, scene=Scene(poles=0))[::2]:
        image = draw(view)
        whole.append(find_roi(image, find_corners(image)).roi.contains(view.points).all())
    assert np.mean(whole) >= 0.97


def test_bars_and_wires_fool_the_papers_method_and_not_ours() -> None:
    both: dict[Method, list[bool]] = {method: [] for method in METHODS}
    for view, image, corners in views()[::4]:
        for method, kept in both.items():
            roi = find_roi(image, corners, method).roi
            kept.append(
                bool(roi.contains(view.points).all() and roi.height < 1.6 * np.ptp(view.points[:, 1]))
            )
    assert np.mean(both["paper"]) < 0.5 < np.mean(both["robust"])


def test_noise_added_changes_little() -> None:
    for view, image, _ in views()[:20]:
        noise = np.random.default_rng(1).normal(0, 3, image.shape)
        noisy = np.clip(image + noise, 0, 255).astype(np.uint8)
        assert find_roi(noisy, find_corners(noisy)).roi.contains(view.points).all()


def test_an_upright_stack_is_hardly_ever_taken_for_one_that_lies() -> None:
    """Plates must come from the right."""
    upright = []
    for _, image, _ in views()[::5]:
        turned = np.ascontiguousarray(np.rot90(image))
        upright.append(find_roi(turned, find_corners(turned)))
    assert np.mean([found.how == "whole image" for found in upright]) >= 0.9
    assert np.median([found.score for found in upright]) < 0.1 * min(
        find_roi(image, corners).score for _, image, corners in views()
    )


# Equations 1 to 4


def striped() -> np.ndarray:
    """Rows 40 to 59 are darker: the sums change there and nowhere else."""
    image = np.full((100, 120), 200, np.uint8)
    image[40:60] = 50
    return image


def test_the_papers_bounds_are_where_the_sums_change() -> None:
    corners = at((50, 48), (70, 52))
    found = find_roi(striped(), corners, "paper", width_factor=0.5)
    assert found.how == "bounds"
    assert found.roi == Roi(60 - 0.5 * 21, 39, 60 + 0.5 * 21, 60)


@pytest.mark.parametrize(("steps", "bounds"), [((1, 1), (39, 60)), ((3, 4), (39, 60)), ((8, 7), (40, 100))])
def test_pointers_stop_at_rows_of_their_own_steps_only(
    steps: tuple[int, int], bounds: tuple[int, int]
) -> None:
    roi = find_roi(striped(), at((60, 50)), "paper", steps=steps).roi
    assert (roi.top, roi.bottom) == bounds


def test_what_is_significant_depends_on_the_largest_change() -> None:
    image = striped()
    image[10:12] = 180  # a seventh of the stripe's contrast
    tops = [find_roi(image, at((60, 50)), "paper", change=change).roi.top for change in (0.05, 0.5)]
    assert tops == [9, 39]


def test_without_a_change_on_one_side_the_pointer_stays_where_it_started() -> None:
    assert find_roi(striped(), at((60, 20)), "paper").roi[1::2] == (0, 60)
    assert find_roi(striped(), at((60, 80)), "paper").roi[1::2] == (39, 100)


def test_row_profiles_add_up_grey_values() -> None:
    sums, changes = row_profile(striped())
    assert sums[[0, 39, 40, 99]].tolist() == [24_000, 24_000, 6_000, 24_000]
    assert np.flatnonzero(changes).tolist() == [39, 40, 59, 60]


# What is no X-ray of plates


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("grey", [0, 255])
def test_an_image_of_one_grey_is_its_own_region(method: Method, grey: int) -> None:
    image = np.full((480, 640), grey, np.uint8)
    found = find_roi(image, find_corners(image), method)
    assert found.how == "whole image"
    assert found.roi == Roi(-0.5, -0.5, 639.5, 479.5)


@pytest.mark.parametrize("method", METHODS)
def test_an_image_without_corners_is_its_own_region(method: Method) -> None:
    found = find_roi(views()[0][1], NONE, method)
    assert found.how == "whole image"
    assert found.roi.diagonal == 800


def test_a_tiny_image_is_its_own_region() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (40, 40), np.uint8)
    found = find_roi(noise, find_corners(noise))
    assert found.how == "whole image"
    assert (found.roi.width, found.roi.height) == (40, 40)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(40, 40), (64, 600), (600, 64)])
def test_noise_gives_a_region_of_some_size(method: Method, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(2).integers(0, 256, shape, np.uint8)
    roi = find_roi(noise, find_corners(noise), method).roi
    assert np.isfinite(roi).all()
    assert roi.width > 0 and roi.height > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "best"}, "method 'best': expected paper or robust"),
        ({"change": 0}, "change is 0: expected a share above 0"),
        ({"change": 15}, "change is 15"),
        ({"change": float("nan")}, "change is nan"),
        ({"steps": (0, 1)}, "steps are"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_roi(striped(), at((60, 50)), **options)


# Pixels of a region

SIDE = st.floats(5, 400)
PLACE = st.floats(-50, 400)
SIZE = st.sampled_from([(32, 32), (128, 192), (256, 384)])


@given(PLACE, PLACE, SIDE, SIDE, SIZE, st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=5))
def test_points_go_into_the_input_and_back(
    left: float, top: float, width: float, height: float, size: tuple[int, int], points: list
) -> None:
    roi = Roi(left, top, left + width, top + height)
    there = roi.to_input(np.array(points), size)
    np.testing.assert_allclose(roi.to_image(there, size), points, atol=1e-8)


@given(PLACE, PLACE, SIDE, SIDE, SIZE)
def test_corners_of_a_region_are_corners_of_the_input(
    left: float, top: float, width: float, height: float, size: tuple[int, int]
) -> None:
    roi = Roi(left, top, left + width, top + height)
    mapped = roi.to_input(np.array([[roi.left, roi.top], [roi.right, roi.bottom]]), size)
    np.testing.assert_allclose(mapped, [[-0.5, -0.5], [size[1] - 0.5, size[0] - 0.5]], atol=1e-9)


def test_missing_points_stay_missing() -> None:
    assert np.isnan(Roi(0, 0, 10, 10).to_input(np.full((3, 2), np.nan), (32, 32))).all()


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("roi", [Roi(60.3, 45.2, 180.8, 140.9), Roi(40.5, 40.5, 168.5, 168.5)])
@pytest.mark.parametrize("size", [(64, 64), (128, 128), (192, 256)])
def test_a_crop_shows_what_lies_where_its_pixels_come_from(
    roi: Roi, size: tuple[int, int], axis: int
) -> None:
    """Of an image whose grey value is its own x (or y); OpenCV interpolates at 32nds of a pixel."""
    ramp = np.indices((220, 250))[1 - axis].astype(np.float32)
    y, x = np.indices(size)
    places = roi.to_image(np.stack([x, y], axis=-1).astype(float), size)[..., axis]
    np.testing.assert_allclose(roi.crop(ramp, size), places, atol=0.02)


def test_a_region_of_whole_pixels_at_its_own_size_is_a_slice() -> None:
    image = np.random.default_rng(5).integers(0, 256, (100, 120), np.uint8)
    np.testing.assert_array_equal(Roi(9.5, 19.5, 73.5, 83.5).crop(image, (64, 64)), image[20:84, 10:74])


def test_beyond_the_image_its_border_goes_on() -> None:
    image = np.random.default_rng(5).integers(0, 256, (64, 64), np.uint8)
    crop = Roi(-32.5, -0.5, 31.5, 63.5).crop(image, (64, 64))
    np.testing.assert_array_equal(crop[:, :32], np.repeat(image[:, :1], 32, axis=1))
    np.testing.assert_array_equal(crop[:, 32:], image[:, :32])


def test_scaling_down_averages_and_does_not_pick_pixels() -> None:
    stripes = np.zeros((128, 128), np.uint8)
    stripes[::2] = 200
    crop = Roi(-0.5, -0.5, 127.5, 127.5).crop(stripes, (32, 32))
    assert abs(crop[4:-4].astype(float) - 100).max() < 25


def test_points_on_the_border_of_a_region_are_inside() -> None:
    roi = Roi(10, 20, 40, 60)
    points = np.array([[10, 20], [40, 60], [9.9, 30], [30, 60.1], [25, 40]])
    assert roi.contains(points).tolist() == [True, True, False, False, True]
