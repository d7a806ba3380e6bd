"""Motion blur: what even motion of an image would leave, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cvlib.annotate.motion import Axis, kernel, motion_blur
from cvlib.errors import UserError

LENGTHS = st.floats(0, 12)
IMAGES = hnp.arrays(np.uint8, st.tuples(st.integers(12, 24), st.integers(12, 24), st.just(3)))


def moved(row: np.ndarray, px: float, steps: int = 40) -> np.ndarray:
    """What pixels see while a row moves by ``px``: each is cut into steps, and the window slides."""
    fine = np.repeat(np.pad(row.astype(float), 30, mode="symmetric"), steps)
    window = round(px * steps)
    middles = (np.arange(len(row)) + 30) * steps + steps / 2
    return np.array([fine[round(m - window / 2) : round(m + window / 2)].mean() for m in middles])


@settings(deadline=None, max_examples=30)
@given(st.integers(4, 30), st.integers(0, 2**31))
def test_a_pixel_becomes_the_mean_of_what_moves_past_it(quarters: int, seed: int) -> None:
    row = np.random.default_rng(seed).integers(0, 256, 40).astype(np.uint8)
    px = quarters / 4
    found = motion_blur(row[None], px)[0]
    np.testing.assert_allclose(found, moved(row, px), atol=0.51)


@settings(deadline=None)
@given(LENGTHS)
def test_the_weights_add_up_and_lie_evenly_about_the_middle(px: float) -> None:
    weights = kernel(px)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all() and len(weights) % 2 == 1
    np.testing.assert_allclose(weights, weights[::-1])
    places = np.arange(len(weights)) - len(weights) // 2
    spread = np.sqrt((weights * places**2).sum())
    if px >= 2:
        assert spread == pytest.approx(px / np.sqrt(12), rel=0.25)  # of an even density of that length


@settings(deadline=None, max_examples=40)
@given(IMAGES, LENGTHS, st.sampled_from(["x", "y"]))
def test_no_light_is_lost_and_nothing_is_shifted(image: np.ndarray, px: float, axis: Axis) -> None:
    before = image.copy()
    found = motion_blur(image, px, axis)
    assert found.dtype == np.uint8 and found.shape == image.shape
    assert abs(found.mean() - image.mean()) <= 0.5  # rounding; edges neither add nor take
    turned = motion_blur(image[::-1, ::-1], px, axis)[::-1, ::-1]
    np.testing.assert_allclose(turned, found, atol=1)  # halves are rounded as their sums come out
    np.testing.assert_array_equal(image, before)


@given(IMAGES, LENGTHS)
def test_the_axes_are_each_others_turn(image: np.ndarray, px: float) -> None:
    turned = np.ascontiguousarray(image.swapaxes(0, 1))
    found = motion_blur(turned, px, "y").swapaxes(0, 1)
    # Weights are rounded in the two directions in different ways, so a half may go up or down.
    np.testing.assert_allclose(found, motion_blur(image, px, "x"), atol=1)


@pytest.mark.parametrize("px", [0, 0.4, 1])
def test_motion_within_a_pixel_changes_nothing(px: float) -> None:
    image = np.random.default_rng(0).integers(0, 256, (9, 11, 3)).astype(np.uint8)
    found = motion_blur(image, px)
    np.testing.assert_array_equal(found, image)
    assert not np.shares_memory(found, image)


def test_noise_falls_as_filming_would_not_let_it() -> None:
    noise = np.random.default_rng(0).normal(128, 20, (200, 200)).astype(np.uint8)
    assert motion_blur(noise, 9).std() == pytest.approx(noise.std() / 3, rel=0.05)


@pytest.mark.parametrize("px", [-1, 41, float("nan"), float("inf")])
def test_lengths_that_make_no_sense_are_refused(px: float) -> None:
    with pytest.raises(UserError, match=r"^blur is .* px: expected 0 to 40, .*; choose another length$"):
        motion_blur(np.zeros((50, 40, 3), np.uint8), px)


def test_another_axis_is_refused() -> None:
    with pytest.raises(UserError, match="axis is 'z': expected x or y"):
        motion_blur(np.zeros((5, 5), np.uint8), 2, "z")  # type: ignore[arg-type]
