"""The geometry of a clip: what lies where in its strip, before light and camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cvlib.simulate import cracks, shapes
from cvlib.simulate.clip import HEIGHT, Clip, Defect

_SHIFT = 4


@dataclass(frozen=True)
class Scene:
    """Coverage of each pixel of the strip, one layer per class: (HEIGHT, clip.strip_width) uint8.

    255 is all of the pixel. More than half covered is what the masks call a defect,
    and the same coverage is blended into the picture.
    """

    crack: np.ndarray
    delamination: np.ndarray
    pinhole: np.ndarray
    unclassified: np.ndarray

    def masks(self) -> np.ndarray:
        """(HEIGHT, clip.strip_width, 4) bool, channels in the order of ``cvlib.defects.CLASSES``."""
        layers = cv2.merge([self.crack, self.delamination, self.pinhole, self.unclassified])
        covered: np.ndarray = layers > 127
        return covered


def generator(clip: Clip, subject: int) -> np.random.Generator:
    """The random numbers of one subject of one clip: the same whatever else is drawn."""
    return np.random.default_rng([clip.seed, 2, clip.number, subject])


def scene(clip: Clip) -> Scene:
    """Draw all coverage layers of a clip."""
    shape = (HEIGHT, clip.strip_width)
    layers = {name: np.zeros(shape, np.uint8) for name in ("delamination", "pinhole", "unclassified")}
    for defect in clip.defects:
        layer = layers.get(defect.kind, layers["unclassified"])
        paint(layer, defect, (0.0, 0.0))
    return Scene(crack=cracks.coverage(clip, generator(clip, 1)), **layers)


def paint(layer: np.ndarray, defect: Defect, corner: tuple[float, float]) -> None:
    """Add the coverage of one defect to a layer that starts at ``corner`` (x, y) of the strip."""
    middle = np.array([defect.x - corner[0], defect.y - corner[1]])
    points = shapes.outline(defect.kind, defect.size, defect.seed) + middle
    fixed = [np.rint(points * 2**_SHIFT).astype(np.int32)]
    if defect.kind == "fibre":
        cv2.polylines(layer, fixed, False, 255, 2, cv2.LINE_AA, _SHIFT)
    else:
        cv2.fillPoly(layer, fixed, 255, cv2.LINE_AA, _SHIFT)
