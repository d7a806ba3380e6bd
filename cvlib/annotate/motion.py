"""Motion blur for stills: what paper 1 gets by filming moving samples, put on afterwards."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from cvlib.errors import UserError

Axis = Literal["x", "y"]


def motion_blur(image: np.ndarray, px: float, axis: Axis = "x") -> np.ndarray:
    """Blur an image as if the sample had moved evenly by ``px`` while the shutter was open.

    Paper 1 (Motion Blur Simulation and Image Extraction) films moving samples to have blur in its images.
    Here every pixel becomes the mean over the length ``px`` centred on it. Nothing is shifted, and the mean
    of the image stays as it is: beyond an edge lies the mirror image of what lies before it. A length of one
    pixel or less changes nothing: a pixel itself is as wide.

    Filming differs. A camera adds its noise after the blur: here the noise of the still is averaged too, its
    standard deviation falls by the square root of ``px``. Light adds up before the camera's tone curve, here
    grey values are averaged after it, so bright streaks come out darker. Speed is even and along one axis:
    no jolts, no rolling shutter. A video codec leaves its own marks.

    Parameters
    ----------
    image
        (H, W, 3) or (H, W) uint8.
    px
        Length of the motion, at least 0, at most the image's size along the axis.
    axis
        ``x`` along the rows, ``y`` along the columns.

    Returns
    -------
    uint8, of the same shape.

    Raises
    ------
    UserError
        The length is negative, not finite or greater than the image; or another axis.

    Examples
    --------
    >>> line = np.zeros((1, 7), np.uint8)
    >>> line[0, 3] = 240
    >>> motion_blur(line, 3).tolist(), motion_blur(line, 2).tolist()
    ([[0, 0, 80, 80, 80, 0, 0]], [[0, 0, 60, 120, 60, 0, 0]])
    """
    if axis not in ("x", "y"):
        raise UserError(f"axis is {axis!r}: expected x or y; choose the one the sample moves along")
    size = image.shape[1 if axis == "x" else 0]
    if not 0 <= px <= size:
        raise UserError(f"blur is {px:g} px: expected 0 to {size}, the image's size; choose another length")
    if px <= 1:
        return image.copy()
    along, across = kernel(px), np.ones(1)
    rows, columns = (along, across) if axis == "x" else (across, along)
    blurred: np.ndarray = cv2.sepFilter2D(image, -1, rows, columns, borderType=cv2.BORDER_REFLECT)
    return blurred


def kernel(px: float) -> np.ndarray:
    """How much of a window of ``px`` pixels, centred on a pixel, each pixel around covers: (K,) float64.

    K is odd and the sum 1; a length of one pixel or less covers the pixel itself alone.

    >>> kernel(2.5).tolist()
    [0.3, 0.4, 0.3]
    """
    length = max(px, 1.0)
    arms = int(np.ceil((length - 1) / 2))
    weights = np.ones(2 * arms + 1)
    if arms:
        weights[[0, -1]] = (length - (2 * arms - 1)) / 2
    return weights / length
