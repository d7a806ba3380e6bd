"""Heatmaps of points, and the points of heatmaps below the size of a cell (paper 2, section 2.2).

A heatmap has a quarter of the size of the network's input. Decoding to the nearest cell alone errs by up to
half a cell, two pixels of the input, per axis; three ways to do better are here beside it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

STRIDE = 4
"""Pixels of the input per cell of a heatmap, along each axis."""

SIGMA = 1.0
"""Standard deviation of the Gaussian around a point unless told otherwise, in cells."""

FARTHEST = 1.0
"""A refined point farther than this from its cell's centre, in cells per axis, is not trusted."""

Method = Literal["argmax", "quarter", "dark", "soft"]


class Decoded(NamedTuple):
    """Points found in heatmaps, in px of the input, and how high their peaks are.

    ``points`` is (..., K, 2) float64 of x, y, NaN where there is no peak; ``confidence`` is (..., K) float64
    from 0 to 1, 0 where there is no peak.
    """

    points: np.ndarray
    confidence: np.ndarray


def to_cells(points: np.ndarray) -> np.ndarray:
    """Points in cells of the heatmap, from points in px of the input; the inverse of ``to_input``.

    >>> to_cells(np.array([1.5, 9.5])).tolist()
    [0.0, 2.0]
    """
    return (points - (STRIDE - 1) / 2) / STRIDE


def to_input(cells: np.ndarray) -> np.ndarray:
    """Points in px of the input, from points in cells: the centre of cell j lies at 4 j + 1.5."""
    return cells * STRIDE + (STRIDE - 1) / 2


def encode(points: np.ndarray, size: tuple[int, int], sigma: float = SIGMA) -> np.ndarray:
    """One heatmap per point: a Gaussian of height 1 around the point itself, not around its cell.

    Parameters
    ----------
    points
        (..., K, 2) x, y in px of the input. A point that is NaN or lies outside gives a map of zeros.
    size
        Height and width of the input in px, both divisible by 4.
    sigma
        Standard deviation in cells.

    Returns
    -------
    (..., K, height / 4, width / 4) float32. A cell whose centre is not the point stays below 1.

    Raises
    ------
    ValueError
        If the size cannot be divided, sigma is not positive or points are not (..., 2).

    Examples
    --------
    >>> encode(np.array([[5.5, 1.5]]), (8, 12)).astype(float).round(2).tolist()
    [[[0.61, 1.0, 0.61], [0.37, 0.61, 0.37]]]
    """
    points = np.asarray(points, np.float64)
    if points.shape[-1:] != (2,):
        raise ValueError(f"expected points (..., 2), but got {points.shape}")
    if min(size) < STRIDE or any(side % STRIDE for side in size):
        raise ValueError(f"expected a height and width divisible by {STRIDE}, but got {size}")
    _check_sigma(sigma)
    height, width = size
    inside = np.all((points >= -0.5) & (points <= (width - 0.5, height - 0.5)), axis=-1)
    x, y = np.moveaxis(to_cells(np.where(inside[..., None], points, 0)), -1, 0)
    rows, columns = (
        np.exp(-((np.arange(side // STRIDE) - place[..., None]) ** 2) / (2 * sigma**2)).astype(np.float32)
        for side, place in ((height, y), (width, x))
    )
    return (rows * inside[..., None])[..., :, None] * columns[..., None, :]


def decode(heatmaps: np.ndarray, method: Method = "dark", sigma: float = SIGMA) -> Decoded:
    """The point of each heatmap's highest cell, refined below the size of a cell.

    Of cells of equal height the first counts, row by row from the top. A map whose values are all the same,
    nowhere above 0, or somewhere NaN or infinite has no peak. Methods are explained at :func:`refine`.

    Parameters
    ----------
    heatmaps
        (..., K, h, w), at least 3 x 3 cells.
    method
        "argmax", "quarter", "dark" or "soft".
    sigma
        Standard deviation of the Gaussians the network was trained on, in cells ("dark" and "soft").

    Returns
    -------
    Points in px of the input, and the height of each peak, clipped to 1.

    Raises
    ------
    ValueError
        If the method is unknown, the maps are too small or sigma is not positive.

    Examples
    --------
    >>> found = decode(encode(np.array([[21.0, 14.0], [np.nan, 14.0]]), (32, 64)))
    >>> found.points.round(2).tolist(), found.confidence.round(2).tolist()
    ([[21.0, 14.0], [nan, nan]], [0.98, 0.0])
    >>> decode(encode(np.array([[21.0, 14.0]]), (32, 64)), "argmax").points.tolist()
    [[21.5, 13.5]]
    """
    maps = np.asarray(heatmaps)
    check_maps(maps)
    flat = maps.reshape(int(np.prod(maps.shape[:-2])), *maps.shape[-2:])
    values = flat.reshape(len(flat), maps.shape[-2] * maps.shape[-1])
    highest = values.argmax(axis=1)
    height = values[np.arange(len(flat)), highest].astype(np.float64)  # NaN if any value is
    low = values.min(axis=1)
    which = np.flatnonzero(np.isfinite(height) & np.isfinite(low) & (height > 0) & (low < height))
    points = np.full((len(flat), 2), np.nan)
    confidence = np.zeros(len(flat))
    row, column = np.divmod(highest[which], maps.shape[-1])
    points[which] = to_input(refine(flat, which, row, column, method, sigma))
    confidence[which] = np.minimum(height[which], 1)
    return Decoded(points.reshape(*maps.shape[:-2], 2), confidence.reshape(maps.shape[:-2]))


def refine(
    maps: np.ndarray,
    which: np.ndarray,
    row: np.ndarray,
    column: np.ndarray,
    method: Method = "dark",
    sigma: float = SIGMA,
) -> np.ndarray:
    """Where peaks lie below the size of a cell, given the cells that hold them.

    - "argmax": the cell's centre.
    - "quarter": a quarter of a cell towards the higher neighbour, per axis; none along an axis where the cell
      touches the border, or its neighbours are equal. The baseline of HRNet (K. Sun et al., "Deep
      High-Resolution Representation Learning for Human Pose Estimation", CVPR 2019).
    - "dark": the map is smoothed by the Gaussian of training; one Newton step on its logarithm leads to the
      maximum (F. Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose Estimation",
      CVPR 2020). The paper scales the smoothed map back to its former maximum, which changes neither the
      logarithm's gradient nor its Hessian, so this does not. At a border less is smoothed, so that no kernel
      reaches outside.
    - "soft": local soft-argmax, the centre of mass of squared heights in a window of 2 sigma around the
      cell. The window cuts a Gaussian's tails unevenly, at a border the more so; the point is the one whose
      Gaussian has this centre of mass in the same cells.

    A neighbouring peak pulls both. "soft" leaves out of its window what rises again on the way from the cell
    outwards. Where either ends farther than ``FARTHEST`` from the cell's centre, or finds no maximum,
    "quarter" is taken instead. A neighbour half as high, 3, 4 or 5 sigma away, still pulls by up to 0.4, 0.1
    and 0.05 sigma; "dark" by up to a cell where its cell touches the border. Given a smaller sigma than
    that of training, "dark" smooths less, is pulled less and heeds noise more.

    Parameters
    ----------
    maps
        (M, h, w), at least 3 x 3 cells.
    which, row, column
        (n,) int: the map and the cell of each peak. Its height there must be positive and finite.
    method, sigma
        As those of :func:`decode`, errors too.

    Returns
    -------
    (n, 2) float64 of x, y in cells.
    """
    if method not in get_args(Method):
        raise ValueError(f"expected a method of {', '.join(get_args(Method))}, but got {method!r}")
    _check_sigma(sigma)
    cells = np.stack([column, row], axis=-1)
    if method == "argmax":
        return cells.astype(np.float64)
    offset = _quarter(*_windows(maps, which, cells, 1))
    if method != "quarter":
        finer = _dark(maps, which, cells, sigma) if method == "dark" else _soft(maps, which, cells, sigma)
        trusted = np.all(np.abs(finer) <= FARTHEST, axis=-1, keepdims=True)  # NaN is not
        offset = np.where(trusted, finer, offset)
    return cells + offset


def check_maps(maps: np.ndarray) -> None:
    """ValueError unless the last two axes make heatmaps that can be decoded."""
    if maps.ndim < 2 or min(maps.shape[-2:]) < 3:
        raise ValueError(f"expected heatmaps (..., h, w) of at least 3 x 3 cells, but got {maps.shape}")


def _windows(
    maps: np.ndarray, which: np.ndarray, cells: np.ndarray, radius: int
) -> tuple[np.ndarray, np.ndarray]:
    """Heights around cells, 0 outside the map and 1 at the cell, and which of them lie inside."""
    height, width = maps.shape[-2:]
    reach = np.arange(-radius, radius + 1)
    rows = (cells[:, 1:] + reach)[:, :, None]
    columns = (cells[:, :1] + reach)[:, None, :]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    values = maps[which[:, None, None], rows.clip(0, height - 1), columns.clip(0, width - 1)]
    window = np.where(inside, values, 0).astype(np.float64)
    return window / window[:, radius, radius, None, None], inside


def _falling(window: np.ndarray) -> np.ndarray:
    """Each height, or the lowest in the rectangle between it and the middle if that is lower."""
    middle = window.shape[-1] // 2
    for _ in range(2):  # along x, then along y
        before = np.minimum.accumulate(window[..., middle::-1], axis=-1)[..., :0:-1]
        after = np.minimum.accumulate(window[..., middle:], axis=-1)
        window = np.concatenate([before, after], axis=-1).swapaxes(-1, -2)
    return window


def _quarter(window: np.ndarray, inside: np.ndarray) -> np.ndarray:
    both = np.stack([inside[:, 1, 0] & inside[:, 1, 2], inside[:, 0, 1] & inside[:, 2, 1]], axis=-1)
    before, after = window[:, [1, 0], [0, 1]], window[:, [1, 2], [2, 1]]
    return np.where(both, 0.25 * ((after > before) * 1.0 - (after < before)), 0)


def _dark(maps: np.ndarray, which: np.ndarray, cells: np.ndarray, sigma: float) -> np.ndarray:
    reach = int(np.ceil(3 * sigma))
    window, _ = _windows(maps, which, cells, reach + 1)
    height, width = maps.shape[-2:]
    smooth_x, middle_x = _smoothing(cells[:, 0], width, reach, sigma)
    smooth_y, middle_y = _smoothing(cells[:, 1], height, reach, sigma)
    smooth = smooth_y @ window.clip(0) @ smooth_x.swapaxes(-1, -2)
    log = np.log(smooth.clip(1e-10))
    dx, dy = (log[:, 1, 2] - log[:, 1, 0]) / 2, (log[:, 2, 1] - log[:, 0, 1]) / 2
    dxx = log[:, 1, 2] - 2 * log[:, 1, 1] + log[:, 1, 0]
    dyy = log[:, 2, 1] - 2 * log[:, 1, 1] + log[:, 0, 1]
    dxy = (log[:, 2, 2] - log[:, 2, 0] - log[:, 0, 2] + log[:, 0, 0]) / 4
    determinant = dxx * dyy - dxy**2
    maximum = (dxx < 0) & (determinant > 1e-12)
    step = np.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy]) / np.where(maximum, determinant, np.nan)
    return np.stack([middle_x, middle_y], axis=-1) + step.T


def _smoothing(cell: np.ndarray, side: int, reach: int, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Kernels for three cells in a row, over a window around ``cell``, and how far off the middle one is.

    It is off by one where the cell touches the border. All three kernels are cut to the same number of cells
    on both sides, since a kernel that the border cuts on one side would move the maximum.
    """
    middle = cell.clip(1, side - 2)
    cut = np.minimum(middle - 1, side - 2 - middle).clip(None, reach)
    three = (middle - cell)[:, None] + np.arange(-1, 2)
    distance = np.abs(np.arange(-reach - 1, reach + 2) - three[:, :, None])
    return np.exp(-(distance**2) / (2 * sigma**2)) * (distance <= cut[:, None, None]), middle - cell


def _soft(maps: np.ndarray, which: np.ndarray, cells: np.ndarray, sigma: float) -> np.ndarray:
    reach = int(np.ceil(2 * sigma))
    window, inside = _windows(maps, which, cells, reach)
    kept = inside & (window <= _falling(window))
    narrow = sigma / np.sqrt(2)  # of a squared Gaussian
    offset = np.zeros((len(cells), 2))
    observed, _ = _moments(window.clip(0) ** 2 * kept)
    for _ in range(4):  # Newton's method: a centre of mass moves with its Gaussian by variance / narrow^2
        distance = np.arange(-reach, reach + 1) - offset[:, :, None]
        gauss = np.exp(-(distance**2) / (2 * narrow**2))
        mean, variance = _moments(gauss[:, 1, :, None] * gauss[:, 0, None, :] * kept)
        step = (observed - mean) * narrow**2 / variance.clip(0.05 * narrow**2)
        offset = (offset + step).clip(-2 * FARTHEST, 2 * FARTHEST)
    return offset


def _moments(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of x and y around a window's middle: twice (n, 2)."""
    place = np.arange(weights.shape[-1]) - weights.shape[-1] // 2
    along = (
        np.stack([weights.sum(axis=1), weights.sum(axis=2)], axis=1) / weights.sum(axis=(1, 2))[:, None, None]
    )
    mean = along @ place
    return mean, along @ place**2 - mean**2


def _check_sigma(sigma: float) -> None:
    if not sigma > 0:
        raise ValueError(f"expected a positive sigma in cells, but got {sigma}")
