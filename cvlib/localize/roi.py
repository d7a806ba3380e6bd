"""The region of interest: where in a large X-ray the plates end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args

import cv2
import numpy as np
from scipy.ndimage import maximum_filter1d

from cvlib.errors import UserError
from cvlib.localize.corners import Corners, refuse_other_than_grey

Method = Literal["paper", "robust"]

METHODS: tuple[Method, ...] = get_args(Method)

WIDTH_FACTOR = 0.75
"""Lambda of paper 2's eqs 3 and 4: the ROI is 2 lambda times as wide as high."""

CHANGE = 0.15
"""A change of the row sums is significant from this share of the largest on. The paper gives no threshold."""

STEPS = (1, 1)
"""Beta and alpha of eq. 2: rows by which the upper and the lower pointer move. The paper gives neither."""

FAINTEST = 100.0
"""Stripes that are stronger on the right by less than this, grey values times px, may be noise. Of simulated
stacks none had less than some 800; upright, of which 19 in 20 are below it."""

_CELL, _SMOOTH, _LEVELS, _FEWEST, _LEAST = 4, 2.0, (0.5, 0.25, 0.12), 8, 30
_STRIP, _GAP, _MARGIN, _MARGIN_PX = 30, 5, 0.14, 10.0
_CLOSE, _FAINT = 8, 0.3


class Roi(NamedTuple):
    """A rectangle in px of the image, as edges: pixel j spans j - .5 to j + .5.

    >>> roi = Roi(10, 20, 40, 60)
    >>> roi.width, roi.height, roi.diagonal
    (30, 40, 50.0)
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Px."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Px."""
        return self.bottom - self.top

    @property
    def diagonal(self) -> float:
        """Px: the reference distance of NME, PCK and PCS."""
        return float(np.hypot(self.width, self.height))

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Which of (N, 2) points lie inside: (N,) bool."""
        x, y = points.T
        inside: np.ndarray = (x >= self.left) & (x <= self.right) & (y >= self.top) & (y <= self.bottom)
        return inside

    def to_input(self, points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Points (..., 2) of the image in px of the ROI resized to (height, width).

        >>> Roi(9.5, 9.5, 19.5, 19.5).to_input(np.array([10.0, 10.0]), (20, 20)).tolist()
        [0.5, 0.5]
        """
        scale = np.array([size[1] / self.width, size[0] / self.height])
        mapped: np.ndarray = (points - [self.left, self.top]) * scale - 0.5
        return mapped

    def to_image(self, points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """The inverse of :meth:`to_input`."""
        scale = np.array([self.width / size[1], self.height / size[0]])
        mapped: np.ndarray = (points + 0.5) * scale + [self.left, self.top]
        return mapped

    def crop(self, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """The ROI of an image (H, W) resized to (height, width); beyond the image its border goes on."""
        across, down = self.width / size[1], self.height / size[0]
        return cut_out(
            image, np.array([[across, 0, self.left + across / 2], [0, down, self.top + down / 2]]), size
        )


def cut_out(image: np.ndarray, into: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """What (height, width) pixels see of an image; beyond the image its border goes on.

    Parameters
    ----------
    image
        (H, W) uint8.
    into
        (2, 3) affine map from px of the result to px of the image.
    size
        Of the result.
    """
    # Where it is scaled down, each pixel averages over those it stands for.
    steps = np.linalg.norm(into[:, :2], axis=0)
    blur = [max((float(step) - 1) / 2, 0.01) for step in steps]
    if max(blur) > 0.1:
        image = cv2.GaussianBlur(image, (0, 0), blur[0], sigmaY=blur[1])
    result: np.ndarray = cv2.warpAffine(
        image,
        into,
        (size[1], size[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return result


class Found(NamedTuple):
    """A region of interest and what it rests on.

    Attributes
    ----------
    roi
        The region.
    how
        ``bounds``: as the paper has it; ``comb``: corners with stripes on their right and none on their left;
        ``whole image``: the fallback where no such place was found. Do not trust the last.
    score
        How much stronger the stripes are on the right, grey values times px; NaN for ``bounds``.
    """

    roi: Roi
    how: Literal["bounds", "comb", "whole image"]
    score: float


def find_roi(
    image: np.ndarray,
    corners: Corners,
    method: Method = "robust",
    width_factor: float = WIDTH_FACTOR,
    change: float = CHANGE,
    steps: tuple[int, int] = STEPS,
) -> Found:
    """The region that the plates end in.

    Parameters
    ----------
    image
        (H, W) uint8, plates running from the right to their ends on the left.
    corners
        Of the image, see :func:`cvlib.localize.corners.find_corners`.
    method
        ``paper``: eqs 1 to 4 as they stand; ``robust``: of all clusters of corners the one with plates on
        its right and none on its left, since casing bars and wires have corners too.
    width_factor
        Lambda of eqs 3 and 4.
    change, steps
        See ``CHANGE`` and ``STEPS``; of the method ``paper`` alone.

    Raises
    ------
    DataError
        The image is not (H, W) uint8.
    UserError
        The method is unknown, ``change`` is not between 0 and 1, or a step is less than 1.

    Examples
    --------
    >>> from cvlib.localize.corners import find_corners
    >>> from cvlib.simulate.cell import plan
    >>> from cvlib.simulate.xray import draw
    >>> view = plan(images=1)[0]
    >>> image = draw(view)
    >>> found = find_roi(image, find_corners(image))
    >>> found.how, bool(found.roi.contains(view.points).all())
    ('comb', True)
    """
    refuse_other_than_grey(image)
    if method not in METHODS:
        raise UserError(f"method {method!r}: expected {' or '.join(METHODS)}; choose one of them")
    if not 0 < change <= 1:
        raise UserError(f"change is {change}: expected a share above 0, at most 1; give another")
    if min(steps) < 1:
        raise UserError(f"steps are {steps}: expected two numbers of rows, at least 1; give others")
    if len(corners.points) == 0:
        return _whole(image)
    if method == "robust":
        return _comb(image, corners, width_factor)
    return _bounds(image, corners, width_factor, change, steps)


def row_profile(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the grey values of each row, and the size of its change from row to row (paper 2, Fig. 1b).

    Parameters
    ----------
    image
        (H, W) uint8.

    Returns
    -------
    Two (H,) float64.

    Examples
    --------
    >>> [each.tolist() for each in row_profile(np.array([[1, 1], [1, 1], [4, 4]], np.uint8))]
    [[2.0, 2.0, 8.0], [0.0, 3.0, 6.0]]
    """
    sums = image.sum(axis=1, dtype=np.float64)
    return sums, np.abs(np.gradient(sums))


def _whole(image: np.ndarray) -> Found:
    height, width = image.shape
    return Found(Roi(-0.5, -0.5, width - 0.5, height - 0.5), "whole image", 0.0)


def _bounds(
    image: np.ndarray, corners: Corners, factor: float, change: float, steps: tuple[int, int]
) -> Found:
    """Paper 2, eqs 1 to 4."""
    x0, y0 = corners.points.mean(axis=0)
    height = len(image)
    _, changes = row_profile(image)
    significant = changes >= change * changes.max()
    down = np.arange(0, min(y0, height - 1) + 1e-9, steps[0]).astype(int)
    up = np.arange(height - steps[1], y0 - 1e-9, -steps[1]).astype(int)
    top = float(next(iter(down[significant[down]]), 0))
    bottom = float(next(iter(up[significant[up]]), height))
    half = factor * (bottom - top)
    return Found(Roi(x0 - half, top, x0 + half, bottom), "bounds", float("nan"))


def _comb(image: np.ndarray, corners: Corners, factor: float) -> Found:
    candidates = [(_contrast(image, cluster), cluster) for cluster in _clusters(image.shape, corners.points)]
    score, best = max(candidates, key=lambda pair: pair[0], default=(0.0, None))
    if best is None or score < FAINTEST:
        return _whole(image)._replace(score=max(score, 0.0))
    low, high = _rows(image, best)
    inside = best[(best[:, 1] >= low) & (best[:, 1] <= high)]
    x0 = float(np.median(inside[:, 0] if len(inside) else best[:, 0]))
    margin = max(_MARGIN * (high - low), _MARGIN_PX)
    top, bottom = low - margin, high + margin
    half = factor * (bottom - top)
    return Found(Roi(x0 - half, top, x0 + half, bottom), "comb", score)


def _rows(image: np.ndarray, cluster: np.ndarray) -> tuple[float, float]:
    """First and last row of the stripes on the right of a cluster, those that follow each other closely.

    Corners alone would do where each plate has some and no wire ends beside them.
    """
    left = int(np.median(cluster[:, 0])) + _STRIP // 2
    profile = image[:, left : left + _STRIP].mean(axis=1)
    change = np.zeros(len(profile))
    change[2:-2] = np.abs(profile[4:] - profile[:-4])
    near = maximum_filter1d(change, 2 * _CLOSE + 1)
    middle = int(np.median(cluster[:, 1]))
    own = slice(max(middle - _STRIP // 2, 0), middle + _STRIP // 2)
    striped = near > _FAINT * np.median(near[own])
    gaps = np.flatnonzero(~striped)
    first = gaps[gaps < middle].max(initial=-1) + 1
    last = gaps[gaps > middle].min(initial=len(profile)) - 1
    low, high = float(first + _CLOSE), float(last - _CLOSE)
    if high - low < np.ptp(cluster[:, 1]) / 2:  # the cluster is between stripes, as where a wire ends
        return float(cluster[:, 1].min()), float(cluster[:, 1].max())
    return low, high


def _clusters(shape: tuple[int, ...], points: np.ndarray) -> Iterator[np.ndarray]:
    """Points that lie close together, at several levels of density."""
    columns, rows = (points / _CELL).astype(int).T
    density = np.zeros((shape[0] // _CELL + 1, shape[1] // _CELL + 1), np.float32)
    np.add.at(density, (rows, columns), 1)
    density = np.asarray(cv2.GaussianBlur(density, (0, 0), _SMOOTH), np.float32)
    for level in _LEVELS:
        count, labels = cv2.connectedComponents((density > level * density.max()).astype(np.uint8))
        member = labels[rows, columns]
        for label in range(1, count):
            cluster = points[member == label]
            if len(cluster) >= _FEWEST and np.ptp(cluster[:, 1]) >= _LEAST:
                yield cluster


def _contrast(image: np.ndarray, cluster: np.ndarray) -> float:
    """How much stronger horizontal stripes are on the right of a cluster than on its left."""
    (left, top), (right, bottom) = cluster.min(axis=0), cluster.max(axis=0)
    after = _stripes(image, right + _GAP, top, bottom)
    before = _stripes(image, left - _GAP - _STRIP, top, bottom)
    return float((after - before) * (bottom - top))


def _stripes(image: np.ndarray, left: float, top: float, bottom: float) -> float:
    """Mean change of grey from row to row, four rows apart, in an upright strip."""
    columns = slice(max(int(left), 0), max(int(left) + _STRIP, 0))
    strip = image[max(int(top), 0) : int(bottom) + 1, columns]
    if strip.shape[1] < _STRIP // 3 or strip.shape[0] < 2 * _CELL:
        return 0.0
    profile = strip.mean(axis=1)
    return float(np.abs(profile[4:] - profile[:-4]).mean())
