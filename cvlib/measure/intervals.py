"""Intervals that respect how images were taken: whole clips are drawn anew, not frames."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DRAWS = 2000
"""Bootstrap samples behind an interval."""

FEWEST = 5
"""With fewer groups that differ, resampling them says nothing of the spread."""


class Interval(NamedTuple):
    """An estimate with the bounds of its interval; NaN bounds where there are too few groups for one."""

    value: float
    low: float
    high: float


def share_interval(
    hits: np.ndarray, groups: np.ndarray, seed: int = 0, level: float = 0.95, draws: int = DRAWS
) -> Interval:
    """Share of hits with a percentile bootstrap interval over groups.

    Frames of one clip overlap and are not independent, so clips are resampled with all their frames. The
    interval covers the choice of clips, nothing else. It is not given where fewer than ``FEWEST`` groups have
    a hit, or fewer have a miss. Where all hits lie in one group of twenty, and groups are of very different
    size, it covered the truth in 88 of 100 trials rather than 95.

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
    >>> hits = np.arange(40) % 4 == 0
    >>> [round(bound, 2) for bound in share_interval(hits, np.arange(40))]
    [0.25, 0.12, 0.38]
    """
    sizes, member = _members(hits, groups)
    sums = np.bincount(member, weights=hits)
    value = float(np.mean(hits))
    if min(np.count_nonzero(sums > 0), np.count_nonzero(sums < sizes)) < FEWEST:
        return Interval(value, np.nan, np.nan)
    times = resampled(len(sizes), draws, seed)
    return Interval(value, *_middle((times @ sums) / (times @ sizes), level))


def median_interval(
    values: np.ndarray, groups: np.ndarray, seed: int = 0, level: float = 0.95, draws: int = DRAWS
) -> Interval:
    """Median of values with a percentile bootstrap interval over groups.

    Parameters and errors as those of :func:`share_interval`, with (N,) float ``values``; no interval is given
    for fewer than ``FEWEST`` groups.

    Examples
    --------
    >>> median_interval(np.arange(9.0), np.arange(9)).value
    4.0
    """
    sizes, member = _members(values, groups)
    value = float(np.median(values))
    if len(sizes) < FEWEST:
        return Interval(value, np.nan, np.nan)
    order = np.argsort(values, kind="stable")
    below = np.cumsum(resampled(len(sizes), draws, seed)[:, member[order]], axis=1)
    middle = (below >= below[:, -1:] / 2).argmax(axis=1)
    return Interval(value, *_middle(values[order][middle], level))


def resampled(groups: int, draws: int, seed: int) -> np.ndarray:
    """How often each of some groups is drawn in each bootstrap sample: (draws, groups) int."""
    return np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=draws)


def _members(values: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(values) == 0 or len(values) != len(groups):
        raise ValueError(
            f"expected one group per value, but got {len(values)} values and {len(groups)} groups"
        )
    _, member = np.unique(groups, return_inverse=True)
    return np.bincount(member), member


def _middle(estimates: np.ndarray, level: float) -> tuple[float, float]:
    low, high = np.quantile(estimates, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
