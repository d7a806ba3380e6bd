"""Perceptual hashes: 64 bits of what an image shows, nearly the same for copies of it.

Baseline of the search for repeated frames, since paper 1 (Methods, Duplicate Removal and Hashmap Filtering)
speaks of a "hashmap-based filtering method". A hash finds an image that was saved again; it does not find a
frame that is shifted, see ``cvlib.data.duplicates``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from cvlib.data.image_folder import read_grey
from cvlib.errors import DataError

SIDE, LOW = 32, 8
"""Side of the picture that is transformed, and of the block of low frequencies that is kept."""

MOST_PAIRS = 10_000_000
"""Pairs that are listed: about 600 MB. Where there are more, most images are the same picture, or blank."""

_ROWS, _COLUMNS = 16, 8192
"""Hashes compared at a time: few enough for the cache of a processor."""


def phash(images: np.ndarray | Iterable[np.ndarray]) -> np.ndarray:
    """Perceptual hash (pHash) of images: signs of their lowest frequencies against the median.

    Grey, scaled to 32 x 32 by area, two-dimensional discrete cosine transform (type II), the 8 x 8 lowest
    frequencies, a bit for each that is above their median: the definition of ``imagehash.phash``. That scales
    with Pillow's Lanczos filter, so a few bits differ; those of a given 32 x 32 picture are the same
    (:func:`bits_of`).

    Parameters
    ----------
    images
        (N, H, W, 3) or (N, H, W) uint8, RGB or grey, or as many arrays of different sizes.

    Returns
    -------
    (N,) uint64; the lowest frequency in the highest bit.

    Raises
    ------
    DataError
        An array is not an image, or has no pixels.

    Examples
    --------
    >>> y, x = np.mgrid[:48, :64]
    >>> image = np.uint8(120 + 60 * np.sin(x / 9) * np.cos(y / 7) + x)
    >>> first, second = phash([image, (image * 0.8).astype(np.uint8)])
    >>> bool(distance(first, second) <= 4)
    True
    """
    small = [_small(_grey(image, place)) for place, image in enumerate(images)]
    return _packed(bits_of(np.array(small).reshape(-1, SIDE, SIDE)))


def phash_files(paths: Sequence[Path]) -> np.ndarray:
    """Perceptual hashes of image files: (N,) uint64.

    A JPEG is decoded at as little as an eighth of its size: faster, and at most a few bits away from
    :func:`phash` of the whole image (half a bit on average in simulated images).

    Parameters
    ----------
    paths
        Files in any format that Pillow reads; of several pictures in one file the first counts.

    Raises
    ------
    DataError
        A file cannot be read, or is not an image; the file is named.
    """
    small = [_small(read_grey(path, least=SIDE)) for path in paths]
    return _packed(bits_of(np.array(small).reshape(-1, SIDE, SIDE)))


def bits_of(small: np.ndarray) -> np.ndarray:
    """The 64 bits of 32 x 32 grey pictures.

    Parameters
    ----------
    small
        (N, 32, 32) of any real type.

    Returns
    -------
    (N, 8, 8) bool: rows by frequency along y, columns by frequency along x.

    >>> bits_of(np.arange(1024).reshape(1, 32, 32))[0, 0].tolist()
    [True, False, False, False, False, False, False, False]
    """
    low = _COSINES @ small.astype(np.float64) @ _COSINES.T
    # Sums of cosines that ought to cancel leave rounding errors, whose signs would be bits.
    low[np.abs(low) < 1e-9 * np.abs(low[:, :1, :1])] = 0
    middle = np.median(low.reshape(len(low), LOW * LOW), axis=1)
    bits: np.ndarray = low > middle[:, None, None]
    return bits


def distance(first: np.ndarray | int, second: np.ndarray | int) -> np.ndarray:
    """Number of bits in which hashes differ: uint8 of the shape that both broadcast to.

    >>> distance(np.array([0b1011, 0], np.uint64), np.uint64(0b0001)).tolist()
    [2, 1]
    """
    return np.bitwise_count(np.asarray(first, np.uint64) ^ np.asarray(second, np.uint64))


def near(hashes: np.ndarray, most: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of hashes that differ in few bits.

    Every pair is compared, none is missed. Memory is 60 bytes per pair found, beside less than 10 MB.

    Parameters
    ----------
    hashes
        (N,) uint64.
    most
        Bits in which a pair may differ, 0 to 64.

    Returns
    -------
    pairs
        (M, 2) int: positions, the first below the second, in ascending order.
    bits
        (M,) uint8: in how many they differ.

    Raises
    ------
    DataError
        There are more than ``MOST_PAIRS`` such pairs.

    Examples
    --------
    >>> pairs, bits = near(np.array([0, 0b111, 0b1111, 1 << 63], np.uint64), most=1)
    >>> pairs.tolist(), bits.tolist()
    ([[0, 3], [1, 2]], [1, 1])
    """
    hashes = np.asarray(hashes, np.uint64)
    count, found, pairs = len(hashes), [np.zeros(0, np.int64)], 0
    for top in range(0, count, _ROWS):
        block = hashes[top : top + _ROWS, None]
        for left in range(top, count, _COLUMNS):
            bits = np.bitwise_count(block ^ hashes[None, left : left + _COLUMNS])
            close = np.flatnonzero(bits <= most)
            if len(close):
                row, column = np.divmod(close, bits.shape[1])
                later = column + left > row + top
                found.append((row[later] + top) * count + column[later] + left)
                pairs += len(found[-1])
        if pairs > MOST_PAIRS:
            message = f"more than {MOST_PAIRS:,} pairs of hashes differ in {most} bits at most"
            raise DataError(f"{message}, expected fewer; ask for fewer bits, or take out what is blank")
    first, second = np.divmod(np.sort(np.concatenate(found)), max(count, 1))
    return np.column_stack([first, second]), distance(hashes[first], hashes[second])


def _grey(image: np.ndarray, place: int) -> np.ndarray:
    if (
        image.dtype != np.uint8
        or image.size == 0
        or image.ndim not in (2, 3)
        or image.shape[2:] not in ((), (3,))
    ):
        found = f"{image.dtype} of shape {image.shape}"
        raise DataError(f"image {place}: {found}, expected uint8 (H, W, 3) or (H, W); convert it")
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image


def _small(grey: np.ndarray) -> np.ndarray:
    return cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _packed(bits: np.ndarray) -> np.ndarray:
    return np.packbits(bits.reshape(-1, LOW * LOW), axis=1).view(">u8").astype(np.uint64).ravel()


_COSINES = np.cos(np.pi / SIDE * np.outer(np.arange(LOW), np.arange(SIDE) + 0.5))
