"""Decoded images on disk, as training reads them: any part of any image, many times over."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from filelock import FileLock
from tqdm import tqdm

from cvlib.data.dataset import Dataset
from cvlib.data.files import reason_unwritten
from cvlib.defects import CLASSES
from cvlib.errors import DataError

ENTRIES = "entries.npz"
PLACES = 64
LAYOUT = 1
"""Counts up when the files change, so that older ones are not read as these."""

_BITS = np.left_shift(1, np.arange(len(CLASSES))).astype(np.uint8)


class Cache:
    """Images and masks of a data set, decoded once and mapped into memory.

    A mask takes one byte per pixel, one bit per class: bit k is channel k. Of a data set without masks there
    are images and sizes alone.

    Attributes
    ----------
    sizes
        (N, 2) int: height and width of each image.
    labels
        (N, 4) bool: which classes each mask shows.
    places
        (N, 4, 64) int32: labelled pixels of each class, evenly spread over all of them, as positions in the
        flat image; -1 where the mask does not show the class.

    See :func:`cached` for how one is made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with np.load(folder / ENTRIES) as entries:
            self.sizes, self.places = entries["sizes"], entries["places"]
        self.labels = self.places[..., 0] >= 0
        self._starts = np.concatenate([[0], np.cumsum(self.sizes.prod(axis=1))])
        self._pixels = np.memmap(folder / "pixels.bin", np.uint8, "r", shape=(self._starts[-1], 3))
        if (folder / "bits.bin").stat().st_size:
            self._bits = np.memmap(folder / "bits.bin", np.uint8, "r", shape=(self._starts[-1],))

    def __reduce__(self) -> tuple[type[Cache], tuple[Path]]:
        """Pickled by its place: loader processes map the same files."""
        return Cache, (self.folder,)

    def __len__(self) -> int:
        return len(self.sizes)

    def image(self, index: int) -> np.ndarray:
        """The image at a position: (H, W, 3) uint8, RGB, read-only."""
        return self._pixels[self._starts[index] : self._starts[index + 1]].reshape(*self.sizes[index], 3)

    def bits(self, index: int) -> np.ndarray:
        """The mask at a position: (H, W) uint8, bit k set where class k is, read-only."""
        return self._bits[self._starts[index] : self._starts[index + 1]].reshape(self.sizes[index])

    def mask(self, index: int) -> np.ndarray:
        """The mask at a position: (4, H, W) bool."""
        return (self.bits(index) & _BITS[:, None, None]) > 0


def pack(mask: np.ndarray) -> np.ndarray:
    """A mask in one byte per pixel.

    Parameters
    ----------
    mask
        (H, W, 4) bool, channels in the order of ``cvlib.defects.CLASSES``.

    Returns
    -------
    (H, W) uint8: bit k set where class k is.

    >>> pack(np.array([[[True, False, True, False]]])).tolist()
    [[5]]
    """
    return np.packbits(mask, axis=-1, bitorder="little")[..., 0]


def cached(data: Dataset, folder: Path, progress: bool = True) -> Cache:
    """The cache of a data set below a folder; made if it is not there.

    Parameters
    ----------
    data
        Gone through once, in order.
    folder
        Holds one cache per content, named by its fingerprint.
    progress
        Show a progress bar on the standard error stream.

    Raises
    ------
    DataError
        The folder cannot be written, or a record of the data set is bad.
    """
    place = folder / f"{data.fingerprint()[:16]}-{LAYOUT}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_suffix(".lock")):  # one process decodes, others wait
            if not place.exists():
                _make(data, place, progress)
    except OSError as error:
        raise DataError(f"{place}: {reason_unwritten(error)}") from error
    return Cache(place)


def _make(data: Dataset, place: Path, progress: bool) -> None:
    partial = place.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by a process that was killed
    try:
        partial.mkdir()
        _write(data, partial, progress)
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write(data: Dataset, folder: Path, progress: bool) -> None:
    sizes, places, masked = [], [], "masks" in data.known
    with (folder / "pixels.bin").open("wb") as pixels, (folder / "bits.bin").open("wb") as bits:
        for index in tqdm(range(len(data)), "decoding", disable=not progress, leave=False):
            image = data.image(index)
            pixels.write(image.tobytes())
            sizes.append(image.shape[:2])
            if masked:
                mask = data.mask(index)
                bits.write(pack(mask).tobytes())
                places.append([_spread(channel) for channel in mask.transpose(2, 0, 1)])
    spread = np.array(places, np.int32).reshape(-1, len(CLASSES), PLACES)
    np.savez(folder / ENTRIES, sizes=np.array(sizes), places=spread)


def _spread(channel: np.ndarray) -> np.ndarray:
    """``PLACES`` of the labelled pixels of (H, W) bool, evenly spread; -1 where there are none."""
    inside = np.flatnonzero(channel)
    if not len(inside):
        return np.full(PLACES, -1)
    return inside[np.linspace(0, len(inside) - 1, PLACES).round().astype(int)]
