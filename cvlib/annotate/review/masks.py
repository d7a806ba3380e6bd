"""A mask file as four planes of 0 and 1, one per class, and back into the form the file had."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cvlib.data.channels import POSITIONS, Order
from cvlib.data.files import read_bytes, read_mask_png

_PNG_SETTINGS = (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE, cv2.IMWRITE_PNG_COMPRESSION, 3)


@dataclass(frozen=True)
class MaskFile:
    """What a mask file holds.

    Attributes
    ----------
    pixels
        (H, W, 4) uint8 as an RGBA reader sees them.
    content
        The bytes of the file; empty where there is no file yet.
    """

    pixels: np.ndarray
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the content; empty where there is no file."""
        return sha256(self.content)

    def planes(self, order: Order) -> np.ndarray:
        """Where each class is: (4, H, W) uint8 of 0 and 1, in the order of ``cvlib.defects.CLASSES``."""
        classes = np.moveaxis(self.pixels, 2, 0)[list(POSITIONS[order])]
        return np.ascontiguousarray(classes != 0).view(np.uint8)

    def replaced(self, planes: np.ndarray, order: Order, empty_value: int) -> MaskFile:
        """The mask with other planes, in the file's own values and channel order.

        A file in which nothing changes keeps its very bytes.

        Parameters
        ----------
        planes
            (4, H, W) uint8 of 0 and 1, as ``planes`` gives them.
        order
            Which channel of the file holds which class.
        empty_value
            1 or 255: what stands for a defect where the file itself holds none and so does not say.
        """
        value = int(self.pixels.max()) or empty_value
        pixels = np.empty_like(self.pixels)
        pixels[..., list(POSITIONS[order])] = np.moveaxis(planes, 0, 2) * np.uint8(value)
        if self.content and np.array_equal(pixels, self.pixels):
            return self
        _, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), _PNG_SETTINGS)
        return MaskFile(pixels, encoded.tobytes())


def load_mask(path: Path, size: tuple[int, int], shown: str) -> MaskFile:
    """Read a mask file; an empty mask of its image's size (height, width) where there is none yet.

    Raises
    ------
    DataError
        The file is not a mask, see ``cvlib.data.files.read_mask_png``.
    """
    while path.exists():
        content = read_bytes(path, shown)
        pixels = read_mask_png(path, shown)
        if path.exists() and read_bytes(path, shown) == content:  # else somebody replaced it between the two
            return MaskFile(pixels, content)
    return MaskFile(np.zeros((*size, 4), np.uint8), b"")


def sha256(content: bytes) -> str:
    """Hexadecimal; empty for no content, as of a file that is not there.

    >>> sha256(b""), sha256(b"mask")[:8]
    ('', '48bf9b4f')
    """
    return hashlib.sha256(content).hexdigest() if content else ""


def sha256_of(path: Path, shown: str) -> str:
    """Of a file's content; empty where there is no file."""
    return sha256(read_bytes(path, shown)) if path.exists() else ""
