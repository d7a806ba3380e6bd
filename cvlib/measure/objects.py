"""The connected objects of one binary mask: extent, area, outline lengths, holes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

EVEN_STEP, ODD_STEP, CORNER = 0.980, 1.406, -0.091
"""Weights of Vossepoel and Smeulders (1982) for the length of an 8-connected chain code."""


class Objects(NamedTuple):
    """Objects of one mask, one entry per object in every array; lengths in pixels, areas in pixels.

    Attributes
    ----------
    x, y, width, height
        Bounding box: left and top pixel, extents in pixels, int.
    area
        Number of pixels, holes left out, int.
    boundary_length
        Vossepoel-Smeulders length of the chain code through the centres of the outer boundary pixels.
        The perimeter of the object is this plus pi: the chain runs half a pixel inside the edge.
    polygon_area, polygon_length
        Area and length of the polygon through the same pixel centres, as ``cv2.contourArea`` and
        ``cv2.arcLength`` give them; holes are filled.
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
    if mask.ndim != 2 or mask.dtype not in (np.bool_, np.uint8):
        raise ValueError(f"expected a mask of shape (H, W), bool or uint8, but got {mask.shape} {mask.dtype}")
    pixels = np.ascontiguousarray(mask).view(np.uint8)
    contours, hierarchy = cv2.findContours(pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not contours:
        empty = np.zeros(0)
        count = empty.astype(np.int64)
        return Objects(count, count, count, count, count, empty, empty, empty, count, empty.astype(bool))
    chains = _Chains(contours)
    parent = np.asarray(hierarchy)[0, :, 3].astype(np.int64)
    outer = np.flatnonzero(parent < 0)
    inner = np.flatnonzero(parent >= 0)
    filled = chains.polygon_area + chains.steps / 2 + 1
    hole_area = chains.polygon_area - chains.steps / 2 + 1
    area = filled.copy()
    np.subtract.at(area, parent[inner], hole_area[inner])
    left, top, right, bottom = (extent[outer] for extent in chains.extents)
    height, width = mask.shape
    return Objects(
        x=left,
        y=top,
        width=right - left + 1,
        height=bottom - top + 1,
        area=area[outer].astype(np.int64),
        boundary_length=chains.boundary_length[outer],
        polygon_area=chains.polygon_area[outer],
        polygon_length=chains.polygon_length[outer],
        holes=np.bincount(parent[inner], minlength=len(contours))[outer],
        touches_border=(left == 0) | (top == 0) | (right == width - 1) | (bottom == height - 1),
    )


class _Chains:
    """Sums over the steps of many closed contours at once.

    By Pick's theorem a closed chain through lattice points with S steps around the area A has
    A + S/2 + 1 points on and inside it and A - S/2 + 1 strictly inside: pixel counts need no labelling.
    """

    def __init__(self, contours: Sequence[np.ndarray]) -> None:
        lengths = np.array([len(contour) for contour in contours])
        points = np.concatenate(contours)[:, 0, :].astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        following = np.arange(1, len(points) + 1)
        following[starts + lengths - 1] = starts
        x, y = points.T
        next_x, next_y = x[following], y[following]
        step_x, step_y = next_x - x, next_y - y
        turns = (step_x != step_x[following]) | (step_y != step_y[following])
        odd = step_x * step_y != 0
        moved = (step_x != 0) | (step_y != 0)

        def total(values: np.ndarray) -> np.ndarray:
            return np.add.reduceat(values.astype(np.float64), starts)

        odd_steps = total(odd)
        self.steps = total(moved)
        even_steps = self.steps - odd_steps
        self.boundary_length = EVEN_STEP * even_steps + ODD_STEP * odd_steps + CORNER * total(turns)
        self.polygon_length = even_steps + np.sqrt(2) * odd_steps
        self.polygon_area = np.abs(total(x * next_y - next_x * y)) / 2
        self.extents = (
            np.minimum.reduceat(x, starts),
            np.minimum.reduceat(y, starts),
            np.maximum.reduceat(x, starts),
            np.maximum.reduceat(y, starts),
        )
