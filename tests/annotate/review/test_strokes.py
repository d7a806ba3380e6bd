"""Discs and lines against their definitions, a path against a brush put down at every step."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib.annotate.review.strokes import Point, disc, line, paint

coordinates = st.tuples(st.integers(-30, 90), st.integers(-30, 70))


@pytest.mark.parametrize("diameter", range(1, 51))
def test_a_disc_holds_the_pixels_whose_centres_lie_in_the_circle(diameter: int) -> None:
    centres = np.arange(diameter) + 0.5  # halves are exact in floating point
    radius = diameter / 2
    expected = np.hypot.outer(centres - radius, centres - radius) <= radius
    found = disc(diameter)
    np.testing.assert_array_equal(found, expected)
    assert found.any(axis=0).all() and found.any(axis=1).all(), "as wide and as high as it says"
    assert found.sum() == pytest.approx(np.pi * radius**2, abs=4 * radius**0.7 + 1)


@given(coordinates, coordinates)
def test_a_line_stays_within_half_a_pixel_of_the_straight_one(start: Point, end: Point) -> None:
    found = np.array(list(line(start, end)))
    assert tuple(found[0]) == start and tuple(found[-1]) == end
    delta = np.subtract(end, start)
    steps = np.abs(delta).max()
    assert len(found) == steps + 1
    assert np.abs(np.diff(found, axis=0)).max(initial=0) <= 1
    straight = start + np.outer(np.arange(steps + 1), delta / max(steps, 1))
    assert np.abs(found - straight).max() <= 0.5 + 1e-9


@given(
    st.lists(coordinates, min_size=1, max_size=4),
    st.integers(1, 50),
    st.integers(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_a_path_sets_what_the_brush_covers_and_nothing_else(
    points: list[Point], diameter: int, value: int, seed: int
) -> None:
    before = np.random.default_rng(seed).integers(0, 2, (40, 60), dtype=np.uint8)
    centres = {step for a, b in pairwise(points) for step in line(a, b)} | {points[0]}
    rows, columns = np.mgrid[:40, :60]
    covered = np.zeros((40, 60), bool)
    for x, y in centres:  # the middle of the brush, in half pixels
        middle_x, middle_y = 2 * (x - diameter // 2) + diameter, 2 * (y - diameter // 2) + diameter
        covered |= (2 * columns + 1 - middle_x) ** 2 + (2 * rows + 1 - middle_y) ** 2 <= diameter**2
    after = before.copy()
    paint(after, points, diameter, value)
    np.testing.assert_array_equal(after, np.where(covered, value, before))
