"""Peaks of heatmaps that hold any number of poles: one map per polarity rather than one per pole."""

from __future__ import annotations

import cv2
import numpy as np

from cvlib.localize.heatmap import SIGMA, Decoded, Method, check_maps, refine, to_input

LEAST = 0.25
"""Lowest height of a peak."""

APART = 3.0
"""Peaks whose cells lie closer than this, in cells, are one."""


def peaks(
    heatmaps: np.ndarray,
    least: float = LEAST,
    apart: float = APART,
    method: Method = "dark",
    sigma: float = SIGMA,
) -> list[Decoded]:
    """Local maxima of each heatmap, from the top of the stack to its bottom.

    A peak is a cell lower than none of its eight neighbours and not equal to all of them. It is dropped if it
    lies closer than ``apart`` to a higher one; of equal ones the first stays, row by row from the top. Points
    may lie up to 1.5 cells farther from each other than their cells, so those at least ``apart`` + 1.5 apart
    are never taken for one. A map with a NaN or an infinite value has no peak.

    Parameters
    ----------
    heatmaps
        (P, h, w), at least 3 x 3 cells; in this project P is 2, negative poles before positive ones.
    least
        Lowest height of a peak, above 0.
    apart
        Least distance of the cells that hold two peaks, in cells.
    method, sigma
        As those of :func:`cvlib.localize.heatmap.decode`; so are the errors.

    Returns
    -------
    One per map: (n, 2) points in px of the input, ordered by y, and (n,) heights clipped to 1. Without a peak
    n is 0.

    Raises
    ------
    ValueError
        If ``least`` is not positive, or as ``decode`` does.

    Examples
    --------
    >>> from cvlib.localize.heatmap import encode
    >>> one_each = encode(np.array([[20.0, 50.0], [24.0, 10.0]]), (64, 96))
    >>> negative, positive = peaks(np.stack([one_each.max(axis=0), np.zeros((16, 24))]))
    >>> negative.points.round(1).tolist(), positive.points.shape
    ([[24.0, 10.0], [20.0, 50.0]], (0, 2))
    """
    if not least > 0:
        raise ValueError(f"expected a least height above 0, but got {least}")
    check_maps(heatmaps)
    return [_peaks(each, least, apart, method, sigma) for each in heatmaps]


def _peaks(heatmap: np.ndarray, least: float, apart: float, method: Method, sigma: float) -> Decoded:
    row, column = _maxima(heatmap, least)
    height = heatmap[row, column].astype(np.float64)
    kept = _not_suppressed(np.stack([row, column], axis=-1), height, apart)
    row, column, height = row[kept], column[kept], height[kept]
    cells = refine(heatmap[None], np.zeros_like(row), row, column, method, sigma)
    order = np.argsort(cells[:, 1], kind="stable")
    return Decoded(to_input(cells[order]), np.minimum(height[order], 1))


def _maxima(heatmap: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the cells that may be peaks."""
    if not np.isfinite(heatmap).all():
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    single = heatmap.astype(np.float32)
    around = np.ones((3, 3), np.uint8)
    highest, lowest = cv2.dilate(single, around), cv2.erode(single, around)
    row, column = np.nonzero((single == highest) & (single > lowest) & (single >= least))
    return row, column


def _not_suppressed(cells: np.ndarray, height: np.ndarray, apart: float) -> np.ndarray:
    """Places of the peaks with no higher peak, itself kept, closer than ``apart``."""
    kept: list[int] = []
    for place in np.argsort(-height, kind="stable"):
        if np.all(np.hypot(*(cells[kept] - cells[place]).T) >= apart):
            kept.append(int(place))
    return np.array(kept, np.intp)
