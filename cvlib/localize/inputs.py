"""What corrections are given: images, points and polarity, checked in one place."""

from __future__ import annotations

import numpy as np

from cvlib.errors import DataError
from cvlib.localize.corners import refuse_other_than_grey


def checked(
    points: np.ndarray, positive: np.ndarray, image: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Points (K, 2) as a float64 copy and polarity (K,) as bool.

    Raises
    ------
    DataError
        They are of other shapes, or there is an image and it is not (H, W) uint8.

    Examples
    --------
    >>> checked([[1, 2]], [1])
    (array([[1., 2.]]), array([ True]))
    """
    if image is not None:
        refuse_other_than_grey(image)
    points, positive = np.array(points, np.float64), np.asarray(positive, bool)
    if points.shape != (*positive.shape, 2) or positive.ndim != 1:
        raise DataError(
            f"points of shape {points.shape} and polarity of shape {positive.shape}: expected (K, 2) and "
            "(K,); give x, y and polarity of each plate"
        )
    return points, positive


def inside(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N,) bool: which of (N, 2) points are numbers and lie in the image.

    >>> inside(np.zeros((4, 5)), np.array([[0, 3], [4.1, 3], [np.nan, 1]])).tolist()
    [True, False, False]
    """
    height, width = image.shape
    result: np.ndarray = np.equal(points, np.clip(points, 0, [width - 1, height - 1])).all(axis=1)
    return result
