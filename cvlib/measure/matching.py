"""Which predicted point stands for which true one."""

from __future__ import annotations

import numpy as np


def as_points(points: np.ndarray, what: str) -> np.ndarray:
    """Points as (n, 2) float64; ValueError for another shape, or if one is not finite."""
    given = np.asarray(points, np.float64)
    if given.ndim != 2 or given.shape[1] != 2:
        raise ValueError(f"expected {what} of shape (n, 2), but got {given.shape}")
    if not np.isfinite(given).all():
        raise ValueError(f"expected finite {what}, but got NaN or infinity")
    return given


def match(predicted: np.ndarray, truth: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of predicted and true points at most ``reach`` apart, each point in one pair at most.

    The Hungarian method finds the pairs of the least total distance, where two points that stay alone cost as
    much as a pair ``reach`` apart. So one missing point does not shift all others by one.

    Parameters
    ----------
    predicted, truth
        (n, 2) and (m, 2) px.
    reach
        The largest distance in px, above 0; less than the distance of neighbouring true points is sensible.

    Returns
    -------
    tuple of numpy.ndarray
        Positions in ``predicted`` and in ``truth``, (pairs,) int each, ascending in ``predicted``.

    Raises
    ------
    ValueError
        If points are not (n, 2) and finite, or reach is not above 0.

    Examples
    --------
    >>> truth = np.array([[0.0, 0.0], [0.0, 10.0], [0.0, 20.0]])
    >>> [pairs.tolist() for pairs in match(truth[1:] + 1, truth, 5)]
    [[0, 1], [1, 2]]
    """
    from scipy.optimize import linear_sum_assignment  # here, since it takes long to import

    predicted, truth = as_points(predicted, "predicted points"), as_points(truth, "true points")
    if not reach > 0:
        raise ValueError(f"expected a reach above 0 px, but got {reach}")
    steps = predicted[:, None] - truth[None]
    distances = np.hypot(steps[..., 0], steps[..., 1])
    rows, columns = linear_sum_assignment(np.minimum(distances, reach))
    near = distances[rows, columns] <= reach
    return rows[near], columns[near]
