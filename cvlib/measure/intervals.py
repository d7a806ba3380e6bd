"""Intervals that respect how images were taken: whole clips are drawn anew, not frames."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DRAWS = 2000


class Interval(NamedTuple):
    """An estimate with the bounds of its interval."""

    value: float
    low: float
    high: float


def share_interval(
    hits: np.ndarray, groups: np.ndarray, seed: int = 0, level: float = 0.95, draws: int = DRAWS
) -> Interval:
    """Share of hits with a percentile bootstrap interval over groups.

    Frames of one clip overlap and are not independent, so clips are resampled with all their frames. The
    interval covers the choice of clips, nothing else.

    Parameters
    ----------
    hits
        (N,) bool.
    groups
        (N,) anything sortable; equal entries belong together.
    seed
        Of the resampling.
    level
        Coverage aimed at, between 0 and 1.
    draws
        Number of resamples.

    Raises
    ------
    ValueError
        If the arrays are empty or of different lengths.

    Examples
    --------
    >>> share_interval(np.array([True, True, False, False]), np.array([0, 0, 1, 1]))
    Interval(value=0.5, low=0.0, high=1.0)
    """
    if len(hits) == 0 or len(hits) != len(groups):
        raise ValueError(f"expected one group per image, but got {len(hits)} hits and {len(groups)} groups")
    _, member = np.unique(groups, return_inverse=True)
    sizes = np.bincount(member)
    sums = np.bincount(member, weights=hits)
    times = resampled(len(sizes), draws, seed)
    shares = (times @ sums) / (times @ sizes)
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(np.mean(hits)), float(low), float(high))


def resampled(groups: int, draws: int, seed: int) -> np.ndarray:
    """How often each of some groups is drawn in each bootstrap sample: (draws, groups) int."""
    return np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=draws)
