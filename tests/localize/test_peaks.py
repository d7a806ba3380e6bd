"""Any number of poles in a heatmap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cvlib.localize.heatmap import decode, encode
from cvlib.localize.peaks import peaks

SIZE = 128, 160


def drawn(points: np.ndarray, heights: np.ndarray | float = 1.0) -> np.ndarray:
    """One map of Gaussians of sigma 1: the higher one counts in each cell, as in training."""
    maps = encode(points.reshape(-1, 2), SIZE, 1.0) * np.reshape(heights, (-1, 1, 1))
    return maps.max(axis=0, initial=0)


def comb(count: int, gap: float) -> np.ndarray:
    """Poles ``gap`` cells below each other, at changing x."""
    return np.stack([60 + 7.3 * np.sin(np.arange(count)), 6.2 + 4 * gap * np.arange(count)], axis=-1)


@given(
    st.lists(st.tuples(st.floats(0, 159), st.floats(0, 127)), max_size=12),
    st.floats(3, 6),
    st.integers(0, 1000),
)
def test_finds_exactly_the_gaussians_that_stand_apart(
    candidates: list[tuple[float, float]], apart: float, seed: int
) -> None:
    points = np.zeros((0, 2))
    for each in np.array(candidates).reshape(-1, 2):
        if np.all(np.linalg.norm(points - each, axis=1) >= 4 * (apart + 1.5)):
            points = np.append(points, each[None], axis=0)
    heights = np.random.default_rng(seed).uniform(0.5, 1, len(points))
    (found,) = peaks(drawn(points, heights)[None], apart=apart)
    assert found.points.shape == points.shape
    assert np.all(np.diff(found.points[:, 1]) >= 0)
    distances = np.linalg.norm(found.points[:, None] - points, axis=2)
    inner = np.all((points >= 3.6) & (points <= (SIZE[1] - 4.6, SIZE[0] - 4.6)), axis=1)
    nearest = distances.min(axis=0, initial=np.inf)
    assert np.all(nearest <= np.where(inner, 4 * 0.2, 4 * 1.5))  # beside the border a neighbour pulls harder


@given(st.integers(1, 7), st.floats(4.2, 5))
def test_close_poles_of_a_stack_are_all_found_in_its_order(count: int, gap: float) -> None:
    points = comb(count, gap)
    assume(points[-1, 1] < SIZE[0] - 4)
    (found,) = peaks(drawn(points[::-1])[None])
    assert found.points == pytest.approx(points, abs=4 * 0.2)


def test_polarities_keep_apart() -> None:
    negative, positive = comb(4, 6), comb(3, 6) + np.array([30, 12])
    found = peaks(np.stack([drawn(negative), drawn(positive)]))
    assert found[0].points == pytest.approx(negative, abs=0.2)
    assert found[1].points == pytest.approx(positive, abs=0.2)


@pytest.mark.parametrize("value", [0.0, 0.1, 0.9, -1.0, np.nan, np.inf])
def test_map_without_a_peak_gives_empty_arrays(value: float) -> None:
    for found in peaks(np.full((2, 32, 40), value, np.float32)):
        assert found.points.shape == (0, 2)
        assert found.confidence.shape == (0,)


def test_peaks_below_the_least_height_are_left_out() -> None:
    points = comb(3, 8)
    (found,) = peaks(drawn(points, np.array([0.9, 0.3, 0.6]))[None], least=0.5)
    assert found.points == pytest.approx(points[[0, 2]], abs=0.2)
    assert found.confidence == pytest.approx([0.9, 0.6], rel=0.1)


def test_of_peaks_too_close_the_highest_stays() -> None:
    points = comb(3, 5)
    heatmap = drawn(points, np.array([0.7, 0.6, 0.8]))
    (found,) = peaks(heatmap[None], apart=7)
    assert found.points == pytest.approx(points[[0, 2]], abs=0.3)
    (found,) = peaks(heatmap[None], apart=40)
    assert found.points == pytest.approx(points[[2]], abs=0.3)


def test_equal_cells_side_by_side_are_one_peak() -> None:
    heatmap = np.zeros((1, 12, 12))
    heatmap[0, 5, 5:7] = 1
    (found,) = peaks(heatmap)
    assert found.points == pytest.approx(np.array([[23.5, 21.5]]), abs=1)
    assert found.confidence.tolist() == [1]


def test_noise_below_the_least_height_adds_no_peak() -> None:
    points = comb(6, 5)
    noise = np.random.default_rng(0).normal(0, 0.03, (32, 40))
    (found,) = peaks((drawn(points) + noise)[None])
    assert found.points == pytest.approx(points, abs=4 * 0.2)


@pytest.mark.parametrize("method", ["argmax", "quarter", "dark", "soft"])
def test_single_peak_is_what_decoding_finds(method: str) -> None:
    maps = encode(np.array([[81.2, 40.1]]), SIZE)
    (found,) = peaks(maps, method=method)  # type: ignore[arg-type]
    alone = decode(maps, method)  # type: ignore[arg-type]
    assert np.array_equal(found.points, alone.points)
    assert np.array_equal(found.confidence, alone.confidence)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="least height above 0"):
        peaks(np.zeros((2, 8, 8)), least=0)
    with pytest.raises(ValueError, match="3 x 3"):
        peaks(np.zeros((2, 0, 8)))


def test_flank_of_a_wide_peak_is_no_peak() -> None:
    (found,) = peaks(encode(np.array([[80.0, 60.0]]), SIZE, sigma=5.0), sigma=5.0)
    assert found.points == pytest.approx(np.array([[80.0, 60.0]]), abs=0.2)


def test_confidence_belongs_to_its_point_and_is_one_at_most() -> None:
    points = np.array([[81.5, 101.5], [41.5, 61.5], [81.5, 21.5]])
    (found,) = peaks(drawn(points, np.array([0.5, 1.7, 0.75]))[None])
    assert found.points[:, 1] == pytest.approx([21.5, 61.5, 101.5])
    assert found.confidence.tolist() == [0.75, 1, 0.5]
