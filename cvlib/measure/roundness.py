"""Roundness of an object (paper 1, eq. 1) under three ways of measuring it."""

from __future__ import annotations

import numpy as np

from cvlib.measure.crofton import crofton_lengths
from cvlib.measure.objects import Objects, find_objects

TINY = 30
"""Objects of fewer pixels are left out of roundness statistics for want of boundary steps."""

ESTIMATORS: dict[str, str] = {
    "roundness": "pixel count and boundary length",
    "polygon_roundness": "OpenCV polygon",
    "crofton_roundness": "pixel count and Crofton perimeter",
}
"""What each column of roundness in a table of objects is measured from."""


def roundness(area: np.ndarray, boundary_length: np.ndarray) -> np.ndarray:
    r"""Roundness :math:`4\pi A / (L + \pi)^2` from pixel count and boundary length.

    With A the number of pixels and L the Vossepoel-Smeulders length of the boundary, this is DIPlib's
    ``Roundness`` and MATLAB's corrected ``Circularity``. About 1 for a disc; for a square of 10 pixels .80
    (turned by 45 degrees) to .87 (along the axes) instead of :math:`\pi/4`.
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


def plain_roundness(area: np.ndarray, perimeter: np.ndarray) -> np.ndarray:
    r"""Roundness :math:`4\pi A / p^2` from an area and a perimeter as they are (paper 1, eq. 1).

    With OpenCV's ``contourArea`` and ``arcLength`` our guess of what paper 1 plots: a polygon through the
    centres of the boundary pixels, its length too great by up to 8 % where the boundary is a staircase. An
    object without an area (a line of pixels) then has roundness 0, a single pixel NaN.

    Parameters
    ----------
    area, perimeter
        (K,) pixels.

    Examples
    --------
    >>> float(plain_roundness(np.array([81.0]), np.array([36.0])).round(3)[0])
    0.785
    """
    with np.errstate(invalid="ignore"):
        return 4 * np.pi * area / perimeter**2


def estimates(objects: Objects, crofton: np.ndarray) -> dict[str, np.ndarray]:
    """Roundness of the same objects by every estimator of ``ESTIMATORS``, (K,) each.

    Parameters
    ----------
    objects, crofton
        What ``find_objects`` and ``crofton_lengths`` say of one mask.
    """
    return {
        "roundness": roundness(objects.area, objects.boundary_length),
        "polygon_roundness": plain_roundness(objects.polygon_area, objects.polygon_length),
        "crofton_roundness": plain_roundness(objects.area, crofton),
    }


def measurable(objects: Objects) -> np.ndarray:
    """Which objects have a roundness worth counting: whole (off the image border) and not tiny. (K,) bool.

    Objects with holes count: their area leaves the holes out, their boundary is the outer one, so a hole
    lowers the roundness.
    """
    return ~objects.touches_border & (objects.area >= TINY)


def roundness_of_discs(radii: np.ndarray, per_radius: int = 30, seed: int = 0) -> dict[str, np.ndarray]:
    """What every estimator says of discs, whose true roundness is 1, at random sub-pixel places.

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
        (R, per_radius) by estimator.
    """
    generator = np.random.default_rng(seed)
    size = int(2 * max(radii)) + 5
    rows, columns = np.mgrid[:size, :size]
    values = {name: np.empty((len(radii), per_radius)) for name in ESTIMATORS}
    for place in np.ndindex(len(radii), per_radius):
        y, x = size / 2 + generator.uniform(-0.5, 0.5, 2)
        disc = (rows - y) ** 2 + (columns - x) ** 2 <= radii[place[0]] ** 2
        for name, value in estimates(find_objects(disc), crofton_lengths(disc)).items():
            values[name][place] = value[0]
    return values
