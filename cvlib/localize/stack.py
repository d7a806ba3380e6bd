"""Plate ends of both polarities in the order of their stack, with a gap where one seems to be missing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cvlib.measure.overhang import X_AXIS, direction_of

STEEPEST = 0.27
"""Slope beyond which a direction is not believed: plates run within some 15 degrees of the rows."""


class Stack(NamedTuple):
    """The K places of a stack, from the top to the bottom.

    Attributes
    ----------
    points
        (K, 2) px; NaN where a plate seems to be missing.
    positive
        (K,) bool; polarities alternate.
    direction
        (2,) unit vector along the plates, from their ends inwards.
    pitch
        From plate to plate across the stack, px; infinite with fewer than two points.
    source
        (K,) int: which of the given ends it is, negative ones counted first; -1 where one is missing.
    """

    points: np.ndarray
    positive: np.ndarray
    direction: np.ndarray
    pitch: float
    source: np.ndarray


def stack_of(negative: np.ndarray, positive: np.ndarray) -> Stack:
    """Order ends across the plates and leave a place for each that is missing between two of them.

    Two neighbours of one polarity have one between them that is missing, or three; two of different polarity
    none, or two: what comes nearest to the usual pitch. What is missing above the first or below the last
    cannot be told.

    Parameters
    ----------
    negative, positive
        (n, 2) and (m, 2) px, in any order, of plates that come from the right.

    Examples
    --------
    >>> negative, positive = np.array([[10, 0], [10, 20], [10, 40]]), np.array([[30, 10], [30, 30]])
    >>> stack = stack_of(negative, positive[:1])
    >>> stack.points.tolist()
    [[10.0, 0.0], [30.0, 10.0], [10.0, 20.0], [nan, nan], [10.0, 40.0]]
    >>> stack.positive.tolist(), stack.source.tolist()
    ([False, True, False, True, False], [0, 3, 1, -1, 2])
    """
    points = np.concatenate([negative, positive]).astype(np.float64)
    kind = np.arange(len(points)) >= len(negative)
    direction = _direction(negative, positive)
    across = points @ np.array([-direction[1], direction[0]])
    order = np.argsort(across, kind="stable")
    points, kind, across = points[order], kind[order], across[order]
    if len(points) < 2:
        return Stack(points, kind, direction, float("inf"), order)
    gaps, differ = np.diff(across), kind[1:] != kind[:-1]
    pitch = max(float(np.median(gaps[differ]) if differ.any() else np.median(gaps) / 2), 1.0)
    steps = np.where(
        differ, 1 + 2 * np.rint((gaps / pitch - 1) / 2).clip(0), 2 * np.rint(gaps / pitch / 2).clip(1)
    )
    place = np.concatenate([[0], np.cumsum(steps.astype(int))])
    filled, source = np.full((place[-1] + 1, 2), np.nan), np.full(place[-1] + 1, -1)
    filled[place], source[place] = points, order
    return Stack(filled, (np.arange(len(filled)) % 2 == 1) ^ bool(kind[0]), direction, pitch, source)


def _direction(negative: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Square to the line of ends, or along the rows where these are too few or give no credible direction."""
    if max(len(negative), len(positive)) < 3:
        return X_AXIS
    direction = direction_of(negative, positive)
    return direction if abs(direction[1]) <= STEEPEST * direction[0] else X_AXIS
