"""Corner points by oFAST, the detector of ORB."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from cvlib.errors import DataError, UserError

SCALE, LEVELS = 1.2, 8
"""Of ORB's pyramid of images."""

FAST_THRESHOLD = 6
"""Grey values by which a ring of pixels must differ. OpenCV's default of 20 finds so few corners in pictures
of low contrast that N does not bind."""

EDGE = 8
"""Corners closer to the border than this (px) are not looked for. OpenCV's default of 31 is for describing a
corner, which is not asked for here."""


class Corners(NamedTuple):
    """N corner points, the strongest first.

    Attributes
    ----------
    points
        (N, 2) float64, x and y in px of the image.
    octave
        (N,) int, the level of the pyramid that a corner was found at: 0 is the image itself, level n is
        ``SCALE ** n`` times smaller.
    response
        (N,) float64, Harris's measure of strength.
    angle
        (N,) float64, degrees clockwise from the x axis, towards the bright side.
    """

    points: np.ndarray
    octave: np.ndarray
    response: np.ndarray
    angle: np.ndarray

    def within(self, left: float, top: float, right: float, bottom: float) -> Corners:
        """Those in a rectangle, borders included."""
        x, y = self.points.T
        inside = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
        return Corners(*(column[inside] for column in self))


def find_corners(image: np.ndarray, count: int = 512, threshold: int = FAST_THRESHOLD) -> Corners:
    """The N strongest corners of an image (paper 2, section 2.1), fewer where there are not so many.

    Parameters
    ----------
    image
        (H, W) uint8.
    count
        N, at least 1. The paper compares 128, 256 and 512.
    threshold
        Grey values, see ``FAST_THRESHOLD``.

    Raises
    ------
    DataError
        The image is not (H, W) uint8.
    UserError
        The count is below 1.

    Examples
    --------
    >>> from cvlib.simulate.cell import plan
    >>> from cvlib.simulate.xray import draw
    >>> corners = find_corners(draw(plan(images=1)[0]), count=128)
    >>> corners.points.shape
    (128, 2)
    """
    refuse_other_than_grey(image)
    if count < 1:
        raise UserError(f"{count} corners asked for: expected at least 1; ask for more")
    detector = cv2.ORB.create(
        nfeatures=count, scaleFactor=SCALE, nlevels=LEVELS, edgeThreshold=EDGE, fastThreshold=threshold
    )
    found = detector.detect(np.ascontiguousarray(image), None) if min(image.shape) > 2 * EDGE else ()
    rows = np.array([(*k.pt, k.octave, k.response, k.angle) for k in found], np.float64).reshape(-1, 5)
    rows = rows[np.argsort(-rows[:, 3], kind="stable")]
    return Corners(rows[:, :2], rows[:, 2].astype(int), rows[:, 3], rows[:, 4])


def refuse_other_than_grey(image: np.ndarray) -> None:
    """DataError unless an image is (H, W) uint8."""
    if image.ndim != 2 or image.dtype != np.uint8:
        raise DataError(
            f"image of shape {image.shape} and type {image.dtype}: expected (H, W) uint8; "
            "convert it to 8-bit grey values first"
        )
