"""Exercises of the chapter on coating and imaging."""

from __future__ import annotations

import numpy as np

from cvlib.exercises.checking import Exercise
from cvlib.measure.trends import slopes
from cvlib.papers import claim

SHUTTER_MS, UM_PER_PX = 20.0, 25.0

SHARES = np.array([9, 0, 2, 7, 0, 6]) / 10
"""Of the ten frames of each clip, those with a crack."""

GAP = np.array([600.0, 600, 700, 800, 900, 1000, 1100, 1100])
WATER = np.array([0.0, 0.25, 0.0, 0.25, 0.5, 0.5, 0.5, 0.75])
CRACKED = np.array([0.10, 0.26, 0.13, 0.31, 0.50, 0.54, 0.58, 0.70])


def blur(speed: float) -> float:
    """Px over which a point smears at a speed in µm/ms."""
    return speed * SHUTTER_MS / UM_PER_PX


def speed() -> float:
    """The published speed in µm/ms."""
    return claim("p1.speed").value * 1e6 / 60e3


def slope(*columns: np.ndarray) -> float:
    """Of the share of cracked frames on the first column, all columns fitted at once."""
    return slopes(np.column_stack(columns), CRACKED, np.arange(len(CRACKED)))[0].value


def _through_zero() -> float:
    return float(np.linalg.lstsq(np.column_stack([GAP, WATER]), CRACKED, rcond=None)[0][0])


EXERCISES = {
    "motion-blur": Exercise(
        solution=lambda: blur(speed()),
        mistakes={
            "the speed is per minute, not per second": lambda: blur(60 * speed()),
            "the shutter is open for milliseconds, of which a second has a thousand": (
                lambda: blur(1000 * speed())
            ),
            "this is the way in µm: divide it by the size of a pixel": lambda: blur(speed()) * UM_PER_PX,
            "you multiplied by the size of a pixel: the more µm a pixel stands for, the fewer pixels smear": (
                lambda: speed() * SHUTTER_MS * UM_PER_PX
            ),
        },
    ),
    "standard-error": Exercise(
        solution=lambda: SHARES.std(ddof=1) / np.sqrt(6),
        mistakes={
            "this takes all sixty frames for independent: the clips are": (
                lambda: np.sqrt(SHARES.mean() * (1 - SHARES.mean()) / 60)
            ),
            "this is how much the clips differ: the error of their mean falls with the root of the number": (
                lambda: SHARES.std(ddof=1)
            ),
            "you divided by the root of the number of frames: there are only six clips": (
                lambda: SHARES.std(ddof=1) / np.sqrt(60)
            ),
            "the mean is estimated from the same clips, so this comes out too small": (
                lambda: SHARES.std() / np.sqrt(6)
            ),
        },
    ),
    "gap-effect": Exercise(
        solution=lambda: 1e4 * slope(GAP, WATER),
        mistakes={
            "water is left out: the gap takes the effect of water for its own": lambda: 1e4 * slope(GAP),
            "this is a share per 100 µm, or points per µm: asked are percentage points per 100 µm": (
                lambda: 100 * slope(GAP, WATER)
            ),
            "this is a share per µm: asked are percentage points per 100 µm": lambda: slope(GAP, WATER),
            "the line is forced through 0: give it an intercept": lambda: 1e4 * _through_zero(),
        },
    ),
}
