"""Slopes with intervals over clips."""

from __future__ import annotations

import numpy as np
import pytest

from cvlib.measure.trends import slopes


def clips(generator: np.random.Generator, count: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design, noise and clip of each frame: two settings per clip, noise shared by its frames."""
    sizes = generator.integers(5, 15, count)
    settings = generator.random((count, 2))
    shared = generator.normal(0, 0.3, count)
    clip = np.repeat(np.arange(count), sizes)
    return settings[clip], shared[clip] + generator.normal(0, 0.1, len(clip)), clip


def test_equals_least_squares() -> None:
    design, noise, clip = clips(np.random.default_rng(0))
    response = design @ [2.0, -1.0] + noise
    found = slopes(design, response, clip)
    expected = np.linalg.lstsq(np.column_stack([np.ones(len(design)), design]), response, rcond=None)[0]
    assert [each.value for each in found] == pytest.approx(expected[1:])


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered = np.zeros(2)
    for trial in range(200):
        design, noise, clip = clips(np.random.default_rng(trial))
        found = slopes(design, design @ [0.5, 0.0] + noise, clip, seed=trial, draws=300)
        covered += [each.low <= truth <= each.high for each, truth in zip(found, [0.5, 0.0], strict=True)]
    assert (covered / 200 >= 0.89).all() and (covered / 200 <= 0.99).all()


def test_units_change_the_slope_and_nothing_else() -> None:
    design, noise, clip = clips(np.random.default_rng(2))
    response = design @ [1.0, 1.0] + noise
    fine = slopes(design, response, clip)[0]
    coarse = slopes(design * [1000, 1], response, clip)[0]
    assert [1000 * bound for bound in coarse] == pytest.approx(list(fine))


@pytest.mark.parametrize("design", [np.ones((6, 1)), np.column_stack([np.arange(6), 2 * np.arange(6)])])
def test_variables_that_do_not_vary_alone_are_refused(design: np.ndarray) -> None:
    with pytest.raises(ValueError, match="independently"):
        slopes(design, np.arange(6.0), np.arange(6))


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="equal lengths"):
        slopes(np.ones((5, 1)), np.ones(4), np.ones(5))
