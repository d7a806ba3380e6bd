"""Plate ends of both polarities in the order of their stack, with a gap where one seems to be missing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cvlib.measure.overhang import X_AXIS

STEEPEST = 0.27
"""Largest slope of plates against the rows that is looked for: some 15 degrees."""

_SLOPES, _MISSING, _ASKEW = 54, 0.1, 3.0


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
    direction = _direction(points, kind) if len(points) > 2 else X_AXIS
    across = points @ np.array([-direction[1], direction[0]])
    order = np.argsort(across, kind="stable")
    points, kind, across = points[order], kind[order], across[order]
    if len(points) < 2:
        return Stack(points, kind, direction, float("inf"), order)
    pitch, steps = _spaced(np.diff(across)[None], np.diff(kind)[None])
    place = np.concatenate([[0], np.cumsum(steps[0].astype(int))])
    filled, source = np.full((place[-1] + 1, 2), np.nan), np.full(place[-1] + 1, -1)
    filled[place], source[place] = points, order
    positive = (np.arange(len(filled)) % 2 == 1) ^ bool(kind[0])
    return Stack(filled, positive, direction, float(pitch[0, 0]), source)


def _spaced(gaps: np.ndarray, differ: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pitch (S, 1) and places from each end to the next (S, K - 1), of S ways to look at K ends.

    Parameters
    ----------
    gaps
        (S, K - 1) px across the stack between ends that follow each other.
    differ
        (S, K - 1) bool: whether the two are of different polarity.
    """
    usual = np.where(differ, gaps, np.nan)
    usual[~differ.any(axis=1)] = gaps[~differ.any(axis=1)] / 2
    pitch = np.nanmedian(usual, axis=1, keepdims=True).clip(1.0)
    odd = 1 + 2 * np.rint((gaps / pitch - 1) / 2).clip(0)
    return pitch, np.where(differ, odd, 2 * np.rint(gaps / pitch / 2).clip(1))


def _direction(points: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Along which few ends are missing and those there are follow each other evenly; best along the rows.

    Long and short plates change places, or come close, where the stack is looked at askew. The line of ends
    says less: of few plates of uneven length it is slanted.
    """
    slopes = np.linspace(-STEEPEST, STEEPEST, 2 * _SLOPES + 1)
    across = points[:, 1] - slopes[:, None] * points[:, 0]
    order = np.argsort(across, axis=1, kind="stable")
    gaps = np.diff(np.take_along_axis(across, order, axis=1), axis=1)
    pitch, steps = _spaced(gaps, np.diff(kind[order], axis=1))
    uneven, missing = np.abs(gaps / pitch - steps).mean(axis=1), (steps - 1).sum(axis=1)
    best = int(np.argmin(uneven + _MISSING * missing + _ASKEW * slopes**2))
    ahead, down = np.diff(points[order[best]], axis=0).T
    even = np.linalg.lstsq(np.stack([ahead, steps[best]], axis=1), down, rcond=None)[0][0]
    between = slopes[1] - slopes[0]
    slope = slopes[best] + np.clip(even - slopes[best], -between / 2, between / 2)
    return np.array([1.0, slope]) / np.hypot(1.0, slope)
