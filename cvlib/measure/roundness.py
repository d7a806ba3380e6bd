"""Roundness of an object (paper 1, eq. 1) under two ways of measuring it."""

from __future__ import annotations

import numpy as np

from cvlib.measure.objects import Objects, find_objects

TINY = 30
"""Objects of fewer pixels are left out of roundness statistics: too few boundary steps to measure a shape."""


def roundness(area: np.ndarray, boundary_length: np.ndarray) -> np.ndarray:
    r"""Roundness :math:`4\pi A / (L + \pi)^2` from pixel count and boundary length.

    With A the number of pixels and L the Vossepoel-Smeulders length of the boundary, this is DIPlib's
    ``Roundness`` and MATLAB's corrected ``Circularity``. About 1 for a disc, :math:`\pi/4` for a square.
    Not clipped: small discs scatter above 1, where DIPlib answers 1. Source: paper 1, eq. 1.

    Parameters
    ----------
    area, boundary_length
        (K,) pixels, as :func:`cvlib.measure.objects.find_objects` gives them.

    Examples
    --------
    >>> float(roundness(np.array([100.0]), np.array([4 * 9 * 0.98 - 4 * 0.091])).round(3)[0])
    0.868
    """
    return 4 * np.pi * area / (boundary_length + np.pi) ** 2


def polygon_roundness(polygon_area: np.ndarray, polygon_length: np.ndarray) -> np.ndarray:
    """Roundness from OpenCV's ``contourArea`` and ``arcLength``, most likely what paper 1 plots.

    The polygon runs through the centres of the boundary pixels, and diagonal staircases make its length too
    great by up to 8 %. An object without an area (a line of pixels) has roundness 0; a single pixel has
    neither length nor area and gives NaN.

    Parameters
    ----------
    polygon_area, polygon_length
        (K,) pixels, as :func:`cvlib.measure.objects.find_objects` gives them.

    Examples
    --------
    >>> float(polygon_roundness(np.array([81.0]), np.array([36.0])).round(3)[0])
    0.785
    """
    with np.errstate(invalid="ignore"):
        return 4 * np.pi * polygon_area / polygon_length**2


def measurable(objects: Objects) -> np.ndarray:
    """Which objects have a roundness worth counting: whole (off the image border) and not tiny. (K,) bool.

    Objects with holes count: their area leaves the holes out, their boundary is the outer one, so a hole
    lowers the roundness.
    """
    return ~objects.touches_border & (objects.area >= TINY)


def roundness_of_discs(radii: np.ndarray, per_radius: int = 30, seed: int = 0) -> dict[str, np.ndarray]:
    """What both estimators say of discs, whose true roundness is 1, at random sub-pixel places.

    Parameters
    ----------
    radii
        (R,) in pixels, at least 1.
    per_radius
        Discs drawn of each radius.
    seed
        Of their places.

    Returns
    -------
    dict
        ``roundness`` and ``polygon_roundness``: (R, per_radius) each.
    """
    generator = np.random.default_rng(seed)
    size = int(2 * max(radii)) + 5
    rows, columns = np.mgrid[:size, :size]
    values = {name: np.empty((len(radii), per_radius)) for name in ("roundness", "polygon_roundness")}
    for place in np.ndindex(len(radii), per_radius):
        y, x = size / 2 + generator.uniform(-0.5, 0.5, 2)
        found = find_objects((rows - y) ** 2 + (columns - x) ** 2 <= radii[place[0]] ** 2)
        values["roundness"][place] = roundness(found.area, found.boundary_length)[0]
        values["polygon_roundness"][place] = polygon_roundness(found.polygon_area, found.polygon_length)[0]
    return values
