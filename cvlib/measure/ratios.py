"""Intervals over groups of ratios of sums and of quantiles."""

from __future__ import annotations

import numpy as np

from cvlib.measure.counts import divided, groups_with
from cvlib.measure.intervals import DRAWS, Interval, interval_of, resampled, resampled_sums


def ratio_intervals(
    above: np.ndarray,
    below: np.ndarray,
    groups: np.ndarray,
    bearing: np.ndarray,
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> list[Interval]:
    """Intervals of S ratios, each of a sum over images to another sum over the same images.

    Parameters
    ----------
    above, below
        (N, S) float: what each image adds to numerators and denominators.
    groups
        (N,) anything sortable; equal entries are resampled together.
    bearing
        (S,) int: number of groups that bear on each ratio, such as ``groups_that_differ`` gives of shares.
    seed, level, draws
        As ``cvlib.measure.intervals.share_interval`` takes them.

    Returns
    -------
    list of Interval
        All NaN where 0/0; bounds NaN for too few bearing groups and where sums are infinite.

    Raises
    ------
    ValueError
        If there are no images, or not one group for each.

    Examples
    --------
    >>> ones = np.ones((40, 1))
    >>> hits = (np.arange(40.0) % 4 == 0)[:, None]
    >>> found = ratio_intervals(hits, ones, np.arange(40), groups_that_differ(hits, ones, np.arange(40)))
    >>> [round(bound, 2) for bound in found[0]]
    [0.25, 0.1, 0.4]
    """
    stacked = np.stack([above, below], axis=1).astype(np.float64)
    with np.errstate(invalid="ignore"):  # infinite sums are dealt with in interval_if_finite
        drawn = resampled_sums(stacked, groups, seed, draws)
    values, estimates = divided(*stacked.sum(axis=0)), divided(drawn[:, 0], drawn[:, 1])
    return [
        interval_if_finite(value, column, int(number), level)
        for value, column, number in zip(values, estimates.T, bearing, strict=True)
    ]


def groups_that_differ(above: np.ndarray, below: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Groups that bear on a share, hits ``above`` of trials ``below``, both (N, S): (S,) int.

    The fewer of the groups with a hit and the groups with a miss: where either is rare, it decides the
    spread.

    >>> groups_that_differ(np.array([[1], [2], [0]]), np.array([[2], [2], [2]]), np.arange(3)).tolist()
    [2]
    """
    return np.minimum(groups_with(above, groups), groups_with(np.subtract(below, above, dtype=float), groups))


def quantile_interval(
    values: np.ndarray,
    groups: np.ndarray,
    share: float,
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> Interval:
    """The least of the values that at least a share of them does not exceed, with its interval over groups.

    Unlike interpolated quantiles this one heeds infinite values properly: it is infinite only if more than
    ``1 - share`` of the values are.

    Parameters
    ----------
    values, groups
        (M,) float, not NaN, and as many groups.
    share
        Above 0, up to 1; 0.5 for the median.
    seed, level, draws
        As ``cvlib.measure.intervals.share_interval`` takes them.

    Returns
    -------
    Interval, NaN without values.

    Examples
    --------
    >>> quantile_interval(np.array([3.0, 1.0, np.inf, 2.0]), np.arange(4), 0.75)
    Interval(value=3.0, low=nan, high=nan)
    """
    if len(values) == 0:
        return Interval(np.nan, np.nan, np.nan)
    names, member = np.unique(groups, return_inverse=True)
    order = np.argsort(values, kind="stable")
    ordered, member = values[order], member[order]

    def quantile(times: np.ndarray) -> float:
        below = np.cumsum(times[member])
        return float(ordered[np.searchsorted(below, share * below[-1] * (1 - 1e-12))])

    value = quantile(np.ones(len(names), np.int64))
    # One draw at a time: all at once would take draws x values numbers.
    estimates = np.array([quantile(times) for times in resampled(len(names), draws, seed)])
    return interval_if_finite(value, estimates, len(names), level)


def interval_if_finite(value: float, estimates: np.ndarray, bearing: int, level: float = 0.95) -> Interval:
    """``interval_of``, but without bounds where the value is not finite or bootstrap samples are infinite."""
    if not np.isfinite(value) or np.isinf(estimates).any():
        return Interval(float(value), np.nan, np.nan)
    return interval_of(value, estimates, bearing, level)
