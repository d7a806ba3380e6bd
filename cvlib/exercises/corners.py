"""Exercises of the chapter on X-rays, corners and the region of interest."""

from __future__ import annotations

from functools import cache

import numpy as np

from cvlib.exercises.checking import Exercise
from cvlib.localize.corners import SCALE, find_corners
from cvlib.simulate.cell import plan
from cvlib.simulate.xray import draw

REGIONS = np.array([[-0.5, -0.5, 639.5, 479.5], [200.0, 150.0, 290.0, 270.0], [210.0, 180.0, 270.0, 260.0]])
"""Left, top, right and bottom, px."""

SIZES = REGIONS[:, 2:] - REGIONS[:, :2]

NEAR_PX, RUN = 3, 9


@cache
def steps() -> np.ndarray:
    """From each plate end of one X-ray to each corner: (ends, corners, 2) px."""
    view = plan(images=1)[0]
    return find_corners(draw(view), count=64).points - view.points[:, None]


def apart() -> np.ndarray:
    """Distance of each plate end from each corner: (ends, corners) px."""
    return np.linalg.norm(steps(), axis=2)


def is_corner(ring: np.ndarray, centre: int, threshold: int) -> bool:
    """Whether nine in a row of a ring of 16 are brighter, or darker, than its centre."""
    difference = ring.astype(int) - centre
    return any(longest(beyond) >= RUN for beyond in (difference > threshold, difference < -threshold))


def longest(beyond: np.ndarray, closed: bool = True) -> int:
    """The most in a row that are true, past the end of a closed ring too."""
    run = most = 0
    for each in np.tile(beyond, 1 + closed):
        run = run + 1 if each else 0
        most = max(most, run)
    return most


def _open(ring: np.ndarray, centre: int, threshold: int) -> bool:
    difference = ring.astype(int) - centre
    both = (difference > threshold, difference < -threshold)
    return any(longest(beyond, closed=False) >= RUN for beyond in both)


def _anywhere(ring: np.ndarray, centre: int, threshold: int) -> bool:
    difference = ring.astype(int) - centre
    return bool(max(np.sum(difference > threshold), np.sum(difference < -threshold)) >= RUN)


def _wrapped(ring: np.ndarray, centre: int, threshold: int) -> bool:
    return any(
        longest(each > threshold) >= RUN for each in (ring - np.uint8(centre), np.uint8(centre) - ring)
    )


def _rings() -> list[tuple[np.ndarray, int, int]]:
    """Around a grey value of 100 at a threshold of 10."""
    differences = {
        "nine brighter": [20] * 9 + [0] * 7,
        "nine darker past the end": [-30] * 4 + [0] * 7 + [-30] * 5,
        "eight brighter": [20] * 8 + [0] * 8,
        "ten brighter, five in a row at most": ([20] * 5 + [0] * 3) * 2,
        "five brighter, then five darker": [20] * 5 + [-20] * 5 + [0] * 6,
        "nine as far off as the threshold": [10] * 9 + [0] * 7,
        "nine a little darker": [-5] * 9 + [0] * 7,
    }
    return [((100 + np.array(each)).astype(np.uint8), 100, 10) for each in differences.values()]


def place(pixel: np.ndarray, level: int) -> np.ndarray:
    """Where a pixel of a level of the pyramid lies in the picture."""
    return (pixel + 0.5) * SCALE**level - 0.5


EXERCISES = {
    "let-pass": Exercise(
        solution=lambda: 0.005 * np.hypot(*SIZES.T),
        mistakes={
            "right and bottom are edges: the width is right less left, the height bottom less top": (
                lambda: 0.005 * np.hypot(*REGIONS[:, 2:].T)
            ),
            "half a percent is a share of 0.005, not 0.5": lambda: 0.5 * np.hypot(*SIZES.T),
            "this is a share of the width: the reference distance is the diagonal": (
                lambda: 0.005 * SIZES[:, 0]
            ),
            "width and height are added here: the diagonal is shorter than both sides together": (
                lambda: 0.005 * SIZES.sum(axis=1)
            ),
        },
    ),
    "ends-with-a-corner": Exercise(
        solution=lambda: np.mean(apart().min(axis=1) <= NEAR_PX),
        mistakes={
            "this is the share of corners that have an end near: asked is the share of ends": (
                lambda: np.mean(apart().min(axis=0) <= NEAR_PX)
            ),
            "this is the share of pairs of an end and a corner: one corner near it is enough for an end": (
                lambda: np.mean(apart() <= NEAR_PX)
            ),
            "these are squares of distances: take the root before you compare": (
                lambda: np.mean((apart() ** 2).min(axis=1) <= NEAR_PX)
            ),
        },
    ),
    "ring": Exercise(
        solution=is_corner,
        mistakes={
            "the ring is closed: a run may pass from the last of the 16 pixels to the first": _open,
            "nine pixels anywhere on the ring count here: they have to be nine in a row": _anywhere,
            "brighter and darker pixels make up one run here: all nine are brighter, or all are darker": (
                lambda ring, centre, threshold: longest(abs(ring.astype(int) - centre) > threshold) >= RUN
            ),
            "uint8 has no numbers below 0: a pixel darker by 5 differs by 251; make the grey values int "
            "first": _wrapped,
        },
        inputs=_rings,
    ),
    "pyramid": Exercise(
        solution=place,
        mistakes={
            "the scale alone takes the pixel's number to its upper left part: take its centre there": (
                lambda pixel, level: pixel * SCALE**level
            ),
            "half a pixel is added and not taken off again: the picture's pixels have their centres at whole "
            "numbers, too": lambda pixel, level: (pixel + 0.5) * SCALE**level,
            "this goes from the picture to the level: its pixels are larger than the picture's": (
                lambda pixel, level: (pixel + 0.5) / SCALE**level - 0.5
            ),
            "the scale is 1.2 to the power of the level, not times it": (
                lambda pixel, level: (pixel + 0.5) * SCALE * level - 0.5
            ),
        },
        inputs=lambda: [(np.array([10.0, 20.0]), 0), (np.array([[37.0, 51.0], [0.0, 8.0]]), 3)],
    ),
}
