"""The connected objects of one binary mask: extent, area, outline lengths, holes."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

EVEN_STEP, ODD_STEP, CORNER = 0.980, 1.406, -0.091
"""Weights of straight steps, diagonal steps and corners (Vossepoel and Smeulders 1982)."""


class Objects(NamedTuple):
    """Objects of one mask, one entry per object in every array; lengths in pixels, areas in pixels.

    Attributes
    ----------
    x
        Leftmost pixel column, int.
    y
        Topmost pixel row, int.
    width
        Extent in pixel columns, int.
    height
        Extent in pixel rows, int.
    area
        Number of pixels, holes left out, int.
    boundary_length
        Vossepoel-Smeulders length of the chain code through the centres of the outer boundary pixels.
        The perimeter of the object is this plus pi: the chain runs half a pixel inside the edge.
    polygon_area
        Area of the polygon through the same pixel centres, as ``cv2.contourArea`` gives it; holes are filled.
    polygon_length
        Length of that polygon, as ``cv2.arcLength`` gives it.
    holes
        Number of holes, int.
    touches_border
        Whether a pixel lies on the border of the image, so that the object may go on outside it.
    """

    x: np.ndarray
    y: np.ndarray
    width: np.ndarray
    height: np.ndarray
    area: np.ndarray
    boundary_length: np.ndarray
    polygon_area: np.ndarray
    polygon_length: np.ndarray
    holes: np.ndarray
    touches_border: np.ndarray


def find_objects(mask: np.ndarray) -> Objects:
    """Measure every 8-connected object of a mask.

    Parameters
    ----------
    mask
        (H, W) bool or uint8; everything but 0 belongs to an object.

    Raises
    ------
    ValueError
        If the mask is not two-dimensional or neither bool nor uint8.

    Examples
    --------
    >>> mask = np.zeros((8, 8), bool)
    >>> mask[2:5, 1:6] = True
    >>> found = find_objects(mask)
    >>> found.area.tolist(), found.width.tolist(), found.height.tolist()
    ([15], [5], [3])
    """
    contours, hierarchy = cv2.findContours(as_pixels(mask), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return _NONE
    corners = np.array([len(contour) for contour in contours])
    steps, odd, polygon_area, left, top, right, bottom = _sums(np.concatenate(contours)[:, 0], corners)
    parent = np.asarray(hierarchy)[0, :, 3]
    inner = (parent >= 0).nonzero()[0]
    outer = (parent < 0).nonzero()[0] if len(inner) else slice(None)
    # By Pick's theorem a closed chain of S steps through lattice points around the area A has A + S/2 + 1
    # points on and inside it and A - S/2 + 1 strictly inside: counting pixels takes no labelling.
    area = polygon_area + steps / 2 + 1
    if len(inner):
        hole_area = polygon_area[inner] - steps[inner] / 2 + 1
        area = area - np.bincount(parent[inner], hole_area, len(contours))
    holes = np.bincount(parent[inner], minlength=len(contours))
    straight = steps - odd
    height, width = mask.shape
    return Objects(
        x=left[outer],
        y=top[outer],
        width=(right - left + 1)[outer],
        height=(bottom - top + 1)[outer],
        area=area[outer].astype(np.int64),
        boundary_length=(EVEN_STEP * straight + ODD_STEP * odd + CORNER * corners * (steps > 0))[outer],
        polygon_area=polygon_area[outer],
        polygon_length=(straight + np.sqrt(2) * odd)[outer],
        holes=holes[outer],
        touches_border=((left == 0) | (top == 0) | (right == width - 1) | (bottom == height - 1))[outer],
    )


_NONE = Objects(*(np.zeros(0, kind) for kind in (*[np.int64] * 5, *[float] * 3, np.int64, bool)))


def as_pixels(mask: np.ndarray) -> np.ndarray:
    """A mask as OpenCV wants it, uint8 without gaps; ValueError if it is not (H, W), bool or uint8."""
    if mask.ndim != 2 or mask.dtype not in (np.bool_, np.uint8):
        raise ValueError(f"expected a mask of shape (H, W), bool or uint8, but got {mask.shape} {mask.dtype}")
    return np.ascontiguousarray(mask).view(np.uint8)


def _sums(points: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, ...]:
    """Steps, odd steps, enclosed area and extents (left, top, right, bottom) of closed contours, (K,) each.

    ``points`` (N, 2) holds the corners of all contours behind each other, ``counts`` (K,) how many each has.
    Between two corners a contour runs straight, so the longer extent is its number of steps and the shorter
    one, zero or the same, its number of odd steps.
    """
    ends = counts.cumsum()
    starts = ends - counts
    following = np.arange(1, len(points) + 1)
    following[ends - 1] = starts
    columns = np.empty((5, len(points)), np.int64)
    steps, odd, doubled, x, y = columns
    x[:], y[:] = points.T
    next_x, next_y = x[following], y[following]
    across, down = np.abs(next_x - x), np.abs(next_y - y)
    np.maximum(across, down, out=steps)
    np.minimum(across, down, out=odd)
    doubled[:] = x * next_y - next_x * y
    sums = np.add.reduceat(columns[:3], starts, axis=1)
    low = np.minimum.reduceat(columns[3:], starts, axis=1)
    high = np.maximum.reduceat(columns[3:], starts, axis=1)
    return sums[0], sums[1], np.abs(sums[2]) / 2, *low, *high
