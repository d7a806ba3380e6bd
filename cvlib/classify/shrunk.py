"""Whole images in a small size on disk, as training reads them: many times over."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from filelock import FileLock
from tqdm import tqdm

from cvlib.data import Dataset
from cvlib.data.files import reason_unwritten
from cvlib.errors import DataError

LAYOUT = 1
"""Counts up when what is stored changes, so that older files are not read as these."""


def shrink(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """An image resized as a whole, its shape kept; what is left of the canvas has its mean colour.

    Parameters
    ----------
    image
        (H, W, 3) uint8; a pixel of the result is the mean of those it covers.
    height, width
        Of the canvas; the image lies in its upper left corner.

    Returns
    -------
    (height, width, 3) uint8.

    >>> shrink(np.full((40, 100, 3), 7, np.uint8), 32, 32).shape
    (32, 32, 3)
    """
    tall, wide = image.shape[:2]
    scale = min(height / tall, width / wide)
    size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = image.mean(axis=(0, 1)).round()
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas[: size[1], : size[0]] = small
    return canvas


def shrunk(data: Dataset, height: int, width: int, folder: Path, progress: bool = False) -> np.ndarray:
    """All images of a data set in a small size; made below a folder if they are not there.

    Parameters
    ----------
    data
        Gone through once, in order.
    height, width
        As :func:`shrink` takes them.
    folder
        Holds one file per content and size.
    progress
        Show a progress bar on the standard error stream.

    Returns
    -------
    (N, height, width, 3) uint8, mapped into memory, read-only.

    Raises
    ------
    DataError
        The folder cannot be written, or an image is bad.
    """
    path = folder / f"{data.fingerprint()[:16]}-{height}x{width}-{LAYOUT}.bin"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # one process makes it, others wait
            if not path.exists():
                _make(data, height, width, path, progress)
    except OSError as error:
        raise DataError(f"{path}: {reason_unwritten(error)}") from error
    return np.memmap(path, np.uint8, "r", shape=(len(data), height, width, 3))


def _make(data: Dataset, height: int, width: int, path: Path, progress: bool) -> None:
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as pixels:
            for index in tqdm(range(len(data)), "shrinking", disable=not progress, leave=False):
                pixels.write(shrink(data.image(index), height, width).tobytes())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
