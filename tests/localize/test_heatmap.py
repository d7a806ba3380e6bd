"""Heatmaps of points, and back."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cvlib.localize.heatmap import STRIDE, Method, decode, encode, to_cells, to_input

SIZE = 128, 160
METHODS: tuple[Method, ...] = get_args(Method)
FINE: tuple[Method, ...] = "dark", "soft"
SIGMAS = st.floats(0.8, 2.5)
X, Y = st.floats(-0.5, SIZE[1] - 0.5), st.floats(-0.5, SIZE[0] - 0.5)

each_method = pytest.mark.parametrize("method", METHODS)
each_fine_method = pytest.mark.parametrize("method", FINE)


def error(point: np.ndarray, method: Method, sigma: float) -> np.ndarray:
    """How far a point's own heatmap leads from it, in cells per axis."""
    return np.abs(decode(encode(point, SIZE, sigma), method, sigma).points - point) / STRIDE


def scattered(count: int, margin: float = 24, seed: int = 0) -> np.ndarray:
    """Points away from the border."""
    width_height = np.array(SIZE[::-1])
    return np.random.default_rng(seed).uniform(margin, width_height - margin, (count, 2))


def test_heatmap_is_the_gaussian_of_the_distance_to_the_point_itself() -> None:
    point, sigma = np.array([33.2, 20.9]), 1.3
    y, x = np.mgrid[: SIZE[0] // 4, : SIZE[1] // 4]
    squared = (4 * x + 1.5 - point[0]) ** 2 + (4 * y + 1.5 - point[1]) ** 2
    found = encode(point, SIZE, sigma)
    assert found.dtype == np.float32
    assert np.allclose(found, np.exp(-squared / (2 * (4 * sigma) ** 2)), atol=1e-6)


def test_first_cell_centre_is_the_mean_of_its_four_pixels() -> None:
    assert to_input(np.array([0.0, 5.0])).tolist() == [np.mean([0, 1, 2, 3]), np.mean([20, 21, 22, 23])]
    assert to_cells(to_input(np.array([0.3, 7.1]))) == pytest.approx([0.3, 7.1])


@pytest.mark.parametrize("point", [(np.nan, 5), (5, np.nan), (-0.6, 5), (5, 127.6), (160, 5), (np.inf, 5)])
@each_method
def test_missing_or_outside_point_gives_zeros_and_zeros_give_no_point(
    point: tuple[float, float], method: Method
) -> None:
    found = encode(np.array([point]), SIZE)
    assert found.shape == (1, 32, 40)
    assert not found.any()
    back = decode(found, method)
    assert np.isnan(back.points).all()
    assert back.confidence.tolist() == [0]


@given(X, Y, SIGMAS)
@example(-0.5, -0.5, 1.0)
@example(159.5, 127.5, 1.0)
@example(3.5, 3.5, 1.0)
def test_highest_cell_is_the_nearest_anywhere_inside(x: float, y: float, sigma: float) -> None:
    assert error(np.array([x, y]), "argmax", sigma).max() <= 0.5 + 1e-3


@given(X, Y, SIGMAS)
@example(-0.5, 50.0, 1.0)
def test_quarter_halves_the_error_but_along_an_axis_at_the_border(x: float, y: float, sigma: float) -> None:
    found = error(np.array([x, y]), "quarter", sigma)
    inner = np.array([3.6 <= x <= SIZE[1] - 4.6, 3.6 <= y <= SIZE[0] - 4.6])
    assert np.all(found <= np.where(inner, 0.25, 0.5) + 1e-3)


@given(X, Y, SIGMAS)
@example(-0.5, -0.5, 1.0)
@example(159.5, 127.5, 2.5)
@example(159.5, 63.5, 0.8)
@example(5.0, 9.0, 2.0)
def test_fine_methods_are_exact_for_gaussians_border_included(x: float, y: float, sigma: float) -> None:
    assert error(np.array([x, y]), "dark", sigma).max() <= 0.02
    assert error(np.array([x, y]), "soft", sigma).max() <= 0.005


@each_method
def test_many_images_at_once_give_what_each_gives_alone(method: Method) -> None:
    points = scattered(12, margin=0).reshape(2, 3, 2, 2)
    points[1, 2, 0] = np.nan
    maps = encode(points, SIZE)
    assert maps.shape == (2, 3, 2, 32, 40)
    together = decode(maps, method)
    assert together.points.shape == (2, 3, 2, 2)
    assert together.confidence.shape == (2, 3, 2)
    for place in np.ndindex(2, 3, 2):
        alone = decode(maps[place], method)
        assert np.array_equal(alone.points, together.points[place], equal_nan=True)
        assert alone.confidence == together.confidence[place]


@each_fine_method
@pytest.mark.parametrize(
    ("distance", "height", "most"),
    [(3, 0.3, 0.2), (3, 0.5, 0.4), (4, 0.5, 0.1), (4, 0.7, 0.15), (5, 0.5, 0.05)],
)
def test_weaker_neighbour_pulls_by_no_more_than_stated(
    method: Method, distance: float, height: float, most: float
) -> None:
    points = scattered(300)
    for angle in np.linspace(0, 2 * np.pi, 9):
        neighbour = points + 4 * distance * np.array([np.cos(angle), np.sin(angle)])
        maps = encode(points, SIZE, 1.0) + height * encode(neighbour, SIZE, 1.0)
        assert np.abs(decode(maps, method, 1.0).points - points).max() <= 4 * most


@each_method
def test_confidence_is_the_height_of_the_peak_up_to_one(method: Method) -> None:
    maps = encode(np.array([81.5, 41.5]), SIZE) * np.array([0.25, 1, 3])[:, None, None]
    found = decode(maps, method)
    assert found.confidence.tolist() == [0.25, 1, 1]
    assert found.points == pytest.approx(np.array([[81.5, 41.5]] * 3))


@each_method
@pytest.mark.parametrize("value", [0.0, 0.4, -1.0, np.nan, np.inf, -np.inf])
def test_map_of_one_value_has_no_peak(value: float, method: Method) -> None:
    found = decode(np.full((2, 8, 9), value, np.float32), method)
    assert np.isnan(found.points).all()
    assert found.confidence.tolist() == [0, 0]


@each_method
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_value_that_is_no_number_spoils_its_map_alone(value: float, method: Method) -> None:
    maps = encode(scattered(3), SIZE)
    clean = decode(maps, method)
    maps[1, 0, 0] = value
    found = decode(maps, method)
    assert np.isnan(found.points[1]).all()
    assert found.confidence[1] == 0
    assert np.array_equal(found.points[[0, 2]], clean.points[[0, 2]])


@each_method
@given(seed=st.integers(0, 10_000), side=st.integers(3, 9))
def test_whatever_the_map_the_point_lies_within_a_cell_of_its_highest(
    method: Method, seed: int, side: int
) -> None:
    generator = np.random.default_rng(seed)
    maps = np.stack([generator.normal(size=(side, 7)), generator.integers(0, 3, (side, 7))])
    found = decode(maps, method)
    highest = [np.unravel_index(each.argmax(), each.shape)[::-1] for each in maps]  # the first, row by row
    assert np.abs(found.points - (4 * np.array(highest) + 1.5)).max() <= 4


@each_fine_method
def test_fine_methods_beat_the_quarter_under_noise(method: Method) -> None:
    points = scattered(400)
    noise = np.random.default_rng(1).normal(0, 0.03, (400, 32, 40))
    maps = encode(points, SIZE) + noise
    errors = [np.hypot(*(decode(maps, each).points - points).T).mean() for each in ("quarter", method)]
    assert errors[1] < 0.25 * errors[0]


@each_fine_method
def test_gaussian_a_quarter_wider_than_in_training_still_decodes(method: Method) -> None:
    points = scattered(300)
    found = decode(encode(points, SIZE, 1.25), method, sigma=1.0).points
    assert np.abs(found - points).max() <= 4 * 0.03


@pytest.mark.parametrize("method", ["quarter", "dark", "soft"])
def test_lone_cell_is_its_own_centre_at_the_border_too(method: Method) -> None:
    for row, column in ((4, 5), (0, 0), (7, 8), (0, 5)):
        single = np.zeros((8, 9))
        single[row, column] = 1
        assert decode(single, method).points == pytest.approx([4 * column + 1.5, 4 * row + 1.5])


def test_quarter_goes_towards_the_higher_neighbour_of_each_axis() -> None:
    heights = np.zeros((5, 5))
    heights[1:4, 1:4] = [[0, 0.2, 0], [0.5, 1, 0.4], [0, 0.3, 0]]
    assert decode(heights, "quarter").points.tolist() == [4 * 1.75 + 1.5, 4 * 2.25 + 1.5]


def test_without_a_maximum_after_smoothing_dark_is_the_quarter() -> None:
    ring = np.zeros((9, 9))
    ring[2:7, 2:7] = 0.99
    ring[3:6, 3:6] = 0
    ring[4, 4:6] = 1, 0.1
    assert decode(ring, "dark").points.tolist() == [4 * 4.25 + 1.5, 4 * 4 + 1.5]


@each_fine_method
def test_step_beyond_a_cell_is_the_quarter_instead(method: Method) -> None:
    ramp = np.zeros((9, 9))
    ramp[:, 5:] = 0.99
    ramp[4, 4] = 1
    assert decode(ramp, method).points.tolist() == [4 * 4.25 + 1.5, 4 * 4 + 1.5]


@pytest.mark.parametrize("size", [(30, 64), (64, 30), (0, 64)])
def test_size_that_is_no_multiple_of_four_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="divisible by 4"):
        encode(np.zeros((1, 2)), size)


def test_wrong_arguments_are_refused() -> None:
    maps = encode(np.array([[5.0, 5.0]]), (32, 32))
    with pytest.raises(ValueError, match="argmax, quarter, dark, soft, but got 'best'"):
        decode(maps, "best")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="3 x 3"):
        decode(maps[:, :2])
    with pytest.raises(ValueError, match="3 x 3"):
        decode(maps[:, :0])
    with pytest.raises(ValueError, match="positive sigma"):
        decode(maps, sigma=0)
    with pytest.raises(ValueError, match="positive sigma"):
        encode(np.zeros((1, 2)), SIZE, np.nan)
    with pytest.raises(ValueError, match=r"\(\.\.\., 2\)"):
        encode(np.zeros((2, 3)), SIZE)


@each_method
def test_no_map_gives_no_point(method: Method) -> None:
    found = decode(np.zeros((4, 0, 8, 9)), method)
    assert found.points.shape == (4, 0, 2)
    assert found.confidence.shape == (4, 0)


def test_dark_finds_the_middle_of_a_slanted_peak() -> None:
    middle = np.array([7.3, 6.6])
    y, x = np.mgrid[:15, :15]
    apart = np.stack([x, y], axis=-1) - middle
    slanted = np.exp(-np.einsum("...i,ij,...j", apart, [[0.25, 0.15], [0.15, 0.25]], apart))
    assert decode(slanted, "dark").points == pytest.approx(to_input(middle), abs=4 * 0.01)
