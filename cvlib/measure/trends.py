"""How strongly a response follows what it may depend on, with intervals over clips."""

from __future__ import annotations

import numpy as np

from cvlib.measure.intervals import DRAWS, FEWEST, Interval, resampled


def slopes(
    design: np.ndarray,
    response: np.ndarray,
    groups: np.ndarray,
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> list[Interval]:
    """Least-squares slopes of a response, with percentile bootstrap intervals over groups.

    Parameters
    ----------
    design
        (N, P), one column per explanatory variable; an intercept is added.
    response
        (N,); of a 0/1 response the slopes are differences of shares.
    groups
        (N,) anything sortable; equal entries are resampled together.
    seed
        Of the resampling.
    level
        Coverage aimed at, between 0 and 1.
    draws
        Number of resamples.

    Returns
    -------
    list of Interval
        One per column of the design, in units of the response per unit of the variable; bounds are NaN for
        fewer groups than ``cvlib.measure.intervals.FEWEST`` or a response that never varies.

    Raises
    ------
    ValueError
        If lengths differ, or the variables do not vary independently of each other.

    Examples
    --------
    >>> x = np.arange(10.0).reshape(-1, 1)
    >>> [tuple(round(bound, 6) for bound in each) for each in slopes(x, 3 * x[:, 0] + 1, np.arange(10))]
    [(3.0, 3.0, 3.0)]
    """
    if not len(design) == len(response) == len(groups) > 0:
        raise ValueError(f"expected equal lengths, but got {len(design)}, {len(response)} and {len(groups)}")
    # Centred, so that the sums of squares stay well scaled whatever the units.
    centred = np.column_stack([np.ones(len(design)), design - design.mean(axis=0)])
    if np.linalg.matrix_rank(centred) < centred.shape[1]:
        raise ValueError("the explanatory variables do not vary independently of each other")
    _, member = np.unique(groups, return_inverse=True)
    squares = _sums(centred[:, :, None] * centred[:, None, :], member)
    products = _sums(centred * response[:, None], member)
    whole = np.linalg.solve(squares.sum(axis=0), products.sum(axis=0))
    if len(squares) < FEWEST or np.ptp(response) == 0:
        return [Interval(float(value), np.nan, np.nan) for value in whole[1:]]
    times = resampled(len(squares), draws, seed)
    drawn_squares = np.tensordot(times, squares, axes=1)
    drawn_products = np.tensordot(times, products, axes=1)
    # A resample in which a variable happens not to vary has no slope; the pseudo-inverse gives it 0.
    drawn = np.einsum("dij,dj->di", np.linalg.pinv(drawn_squares, hermitian=True), drawn_products)
    low, high = np.quantile(drawn[:, 1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return [Interval(*map(float, bounds)) for bounds in zip(whole[1:], low, high, strict=True)]


def _sums(values: np.ndarray, member: np.ndarray) -> np.ndarray:
    totals = np.zeros((member.max() + 1, *values.shape[1:]))
    np.add.at(totals, member, values)
    return totals
