"""Predictions of many images put right: by paper 2's correction, and by the project's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from cvlib.data.xrays import Xrays
from cvlib.localize.calibration import Calibration, Example, calibrate
from cvlib.localize.corners import Corners, find_corners
from cvlib.localize.descriptors import Learned, fit_learned, patches
from cvlib.localize.edges import fit_tips
from cvlib.localize.fusion import debias, fuse
from cvlib.localize.refine import Settings, correct
from cvlib.localize.regions import CORNERS


class Pictures:
    """Some images of a data set and their corners, each looked at once.

    Parameters
    ----------
    images
        (H, W) uint8 each.
    """

    def __init__(self, images: Sequence[np.ndarray]) -> None:
        self.images = list(images)
        self.corners: Callable[[int], list[Corners]] = cache(self._corners)

    @classmethod
    def of(cls, data: Xrays, positions: np.ndarray) -> Pictures:
        """The images of a data set at these positions."""
        return cls([data.image(int(at)) for at in positions])

    def _corners(self, count: int) -> list[Corners]:
        return [find_corners(image, count) for image in self.images]


def paper(
    pictures: Pictures,
    predicted: np.ndarray,
    positive: np.ndarray,
    count: int = CORNERS,
    settings: Settings | None = None,
    learned: Learned | None = None,
) -> np.ndarray:
    """Paper 2's correction (section 2.3) of N images: (N, K, 2) px.

    Parameters
    ----------
    pictures
        N images.
    predicted, positive
        (N, K, 2) px and (N, K) bool.
    count
        How many corners are looked for in each image.
    settings, learned
        As :func:`cvlib.localize.refine.correct` takes them.
    """
    rows = zip(pictures.images, predicted, positive, pictures.corners(count), strict=True)
    return np.stack([correct(*row, settings, learned).points for row in rows])


def learned_from(pictures: Pictures, labels: np.ndarray) -> Learned:
    """The learned descriptor, fitted to the patches at labelled ends (N, K, 2) of validation images."""
    side = Settings().patch
    return fit_learned(
        np.concatenate([patches(*pair, side) for pair in zip(pictures.images, labels, strict=True)])
    )


def calibrated(
    pictures: Pictures,
    predicted: Sequence[np.ndarray] | np.ndarray,
    labels: Sequence[np.ndarray] | np.ndarray,
    positive: Sequence[np.ndarray] | np.ndarray,
) -> Calibration:
    """What network, corners and fitted ends are worth, learned on N validation images of a network.

    Each image may show another number of ends. DataError if they show too few.
    """
    rows = zip(pictures.images, predicted, labels, positive, pictures.corners(CORNERS), strict=True)
    return calibrate(
        [
            Example(points, label, kind, corners, fit_tips(image, points, kind))
            for image, points, label, kind, corners in rows
        ]
    )


def own(
    pictures: Pictures, predicted: np.ndarray, positive: np.ndarray, calibration: Calibration
) -> tuple[np.ndarray, np.ndarray]:
    """The project's correction, mode ``fused``: (N, K, 2) px and (N, K) confidence."""
    rows = zip(pictures.images, predicted, positive, pictures.corners(CORNERS), strict=True)
    found = [fuse(*row, calibration) for row in rows]
    return np.stack([each.points for each in found]), np.stack([each.confidence for each in found])


def without_bias(
    pictures: Pictures, predicted: np.ndarray, positive: np.ndarray, calibration: Calibration
) -> np.ndarray:
    """The project's correction by corners alone, mode ``bias``: (N, K, 2) px."""
    rows = zip(predicted, positive, pictures.corners(CORNERS), strict=True)
    return np.stack([debias(*row, calibration).points for row in rows])
