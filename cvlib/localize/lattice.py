"""Where the ends of a stack would be, judged by all of them: tells a gross error from a crooked plate."""

from __future__ import annotations

import numpy as np

FEWEST = 6
"""With fewer points there is no telling which one is wrong."""

ASTRAY = 0.6
"""Pitches by which a point may be off its place across the stack; on simulated X-rays 99 of 100 true ends are
within 4 px, some .4 of a pitch."""

_LEAST_PX, _ROUNDS = 1.5, 15


def expected(points: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Places on two parallel straight lines, evenly spaced, that fit most of the points: (K, 2) px.

    Fitted by weighted least squares, again and again with weights that fall with the distance (Geman and
    McClure's), so that some points far off do not matter.

    Parameters
    ----------
    points
        (K, 2) px in the order of the stack; NaN where there is none.
    positive
        (K,) bool.

    Returns
    -------
    NaN everywhere if fewer than ``FEWEST`` points are known.

    Examples
    --------
    >>> points = np.array([[0, 8 * k] for k in range(7)], float)
    >>> points[3] = 40, 9
    >>> expected(points, np.zeros(7, bool))[3].round(1).tolist()
    [0.0, 24.0]
    """
    known = np.isfinite(points).all(axis=1)
    if known.sum() < FEWEST:
        return np.full(np.shape(points), np.nan)
    rank = np.arange(len(points)) - len(points) / 2
    basis = np.stack([np.ones(len(points)), rank, np.asarray(positive, float)], axis=1)
    given, weight = np.where(known[:, None], points, 0), known.astype(float)
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)[:, None]
        places = basis @ np.linalg.lstsq(basis * root, given * root, rcond=None)[0]
        off = np.linalg.norm(given - places, axis=1)
        scale = 2 * max(float(np.median(off[known])), _LEAST_PX)
        weight = known / (1 + (off / scale) ** 2) ** 2
    return np.asarray(places)


def astray(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Which points (K,) cannot be of their own plates: too far off across the stack.

    Along the plates nothing is judged. A plate that ends far from where its neighbours do may be a bad one,
    and that is what is looked for.

    >>> places = np.array([[0.0, 8 * k] for k in range(3)])
    >>> astray(places + [[30, 0], [0, 6], [0, 2]], places).tolist()
    [False, True, False]
    """
    steps = np.diff(places, axis=0)
    pitch = float(np.abs(steps[:, 1]).mean()) if len(steps) else np.nan
    far = np.abs(points[:, 1] - places[:, 1]) > ASTRAY * pitch
    return np.asarray(far & np.isfinite(points).all(axis=1))
