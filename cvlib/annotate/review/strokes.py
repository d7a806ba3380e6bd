"""What a stroke does to a mask: the rule that the page follows in the browser (``strokes.js``) as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

LARGEST_DIAMETER = 50
"""Pixels; the paper's tool goes from 1 to 50 as well."""

Point = tuple[int, int]


@cache
def disc(diameter: int) -> np.ndarray:
    """The pixels whose centres lie in a circle: (diameter, diameter) bool, read-only.

    Parameters
    ----------
    diameter
        1 to 50 pixels. Integers decide: (2i + 1 - d)² + (2j + 1 - d)² <= d² for column i and row j.

    >>> disc(4).astype(int).tolist()
    [[0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 1, 0]]
    """
    offsets = 2 * np.arange(diameter) + 1 - diameter
    inside: np.ndarray = offsets[:, None] ** 2 + offsets**2 <= diameter**2
    inside.flags.writeable = False
    return inside


def line(start: Point, end: Point) -> Iterator[Point]:
    """The pixels of a line from its start to its end, both included (Bresenham's algorithm in integers).

    >>> list(line((0, 0), (3, 1)))
    [(0, 0), (1, 0), (2, 1), (3, 1)]
    """
    (x, y), (end_x, end_y) = start, end
    across, down = abs(end_x - x), -abs(end_y - y)
    step_x, step_y = (1 if x < end_x else -1), (1 if y < end_y else -1)
    error = across + down
    while True:
        yield x, y
        if (x, y) == end:
            return
        twice = 2 * error
        if twice >= down:
            error += down
            x += step_x
        if twice <= across:
            error += across
            y += step_y


def paint(channel: np.ndarray, points: Sequence[Point], diameter: int, value: int) -> None:
    """Set every pixel of one channel that a round brush covers on its way from point to point; in place.

    Parameters
    ----------
    channel
        (H, W) uint8, changed in place. What lies outside it is left out.
    points
        Columns and rows, at least one point; a single point is one dab.
    diameter
        Of the brush, 1 to 50 pixels; at a point p the brush covers p - d // 2 to p - d // 2 + d - 1.
    value
        1 to draw, 0 to erase.

    >>> channel = np.zeros((3, 6), np.uint8)
    >>> paint(channel, [(1, 1), (4, 1)], 2, 1)
    >>> channel.tolist()
    [[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]]
    """
    brush, half, (height, width) = disc(diameter), diameter // 2, channel.shape
    for start, end in zip(points, points[1:] or points, strict=False):
        for x, y in line(start, end):
            left, top = x - half, y - half
            x0, y0 = max(left, 0), max(top, 0)
            x1, y1 = min(left + diameter, width), min(top + diameter, height)
            if x0 < x1 and y0 < y1:
                channel[y0:y1, x0:x1][brush[y0 - top : y1 - top, x0 - left : x1 - left]] = value
