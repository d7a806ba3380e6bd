"""Exercises of the chapter on roundness."""

from __future__ import annotations

import cv2
import numpy as np

from cvlib.exercises.checking import Exercise

FOUR_PI = 4 * np.pi


def shapes() -> list[tuple[np.ndarray]]:
    """A disc, a square along the axes, and a disc with a notch: one object in each mask."""
    rows, columns = np.mgrid[:40, :40]
    disc = (rows - 20.3) ** 2 + (columns - 19.8) ** 2 <= 12**2
    square = (abs(rows - 20) <= 5) & (abs(columns - 20) <= 5)
    notched = disc & ~((abs(rows - 20) <= 2) & (columns > 15))
    return [(shape,) for shape in (disc, square, notched)]


def polygon(mask: np.ndarray, closed: bool = True, all_pixels: bool = False, hull: bool = False) -> float:
    """Roundness of the polygon through the boundary pixels, or with one of the usual slips."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = cv2.convexHull(contours[0]) if hull else contours[0]
    area = mask.sum() if all_pixels else cv2.contourArea(outline)
    return float(FOUR_PI * area / cv2.arcLength(outline, closed) ** 2)


def holes() -> list[tuple[np.ndarray]]:
    """Pinholes of many kinds: large, of exactly 30 pixels, small, cut by the border, joined by a corner."""
    mask = np.zeros((60, 80), bool)
    mask[5:15, 5:15] = True
    mask[20:25, 5:11] = True  # 30 pixels
    mask[20:24, 20:24] = True  # 16 pixels
    mask[30:40, :6] = True
    mask[54:, 30:40] = True
    for column in (40, 60):  # twice two of 25 pixels that touch at a corner
        mask[5:10, column : column + 5] = mask[10:15, column + 5 : column + 10] = True
    return [(mask,), (mask[:, ::-1].copy(),), (mask[4:, 4:],)]


def whole(mask: np.ndarray, least: int = 30, connectivity: int = 8, border: bool = False) -> int:
    """How many objects are large enough and not cut; ``border`` counts those that are cut, too."""
    found = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=connectivity)[2][1:]
    left, top, width, height, area = found.T
    rows, columns = mask.shape
    inside = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows)
    return int(((area >= least) & (inside | border)).sum())


EXERCISES = {
    "formula": Exercise(
        solution=lambda area, perimeter: FOUR_PI * area / perimeter**2,
        inputs=lambda: [(np.pi, 2 * np.pi), (100.0, 40.0), (np.array([8.0, 50.0]), np.array([12.0, 30.0]))],
        mistakes={
            "this is the inverse, which grows as a shape gets more ragged: roundness falls": (
                lambda area, perimeter: perimeter**2 / (FOUR_PI * area)
            ),
            "this still has the unit of a length: a disc twice as large must be as round as before": (
                lambda area, perimeter: FOUR_PI * area / perimeter
            ),
            "a disc does not get 1 here: which constant does its area over its perimeter squared need?": (
                lambda area, perimeter: area / perimeter**2
            ),
        },
    ),
    "polygon": Exercise(
        solution=polygon,
        inputs=shapes,
        mistakes={
            "you left the outline open: its last point is joined to the first": (
                lambda mask: polygon(mask, closed=False)
            ),
            "you mixed two shapes: the area of all pixels, the length of the polygon through their centres": (
                lambda mask: polygon(mask, all_pixels=True)
            ),
            "this is the roundness of the convex hull, which has no notches": (
                lambda mask: polygon(mask, hull=True)
            ),
        },
    ),
    "whole-objects": Exercise(
        solution=whole,
        inputs=holes,
        mistakes={
            "objects on the border are counted: they are cut, and part of their outline is the frame's": (
                lambda mask: whole(mask, border=True)
            ),
            "objects of fewer than 30 pixels are counted": lambda mask: whole(mask, least=0),
            "an object of exactly 30 pixels is left out: only those with fewer are": (
                lambda mask: whole(mask, least=31)
            ),
            "two parts that touch at a corner are one object: you counted with neighbours on four sides": (
                lambda mask: whole(mask, connectivity=4)
            ),
        },
    ),
}
