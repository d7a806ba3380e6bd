"""X-ray images as files: grey, of 8 or 16 bits, and nothing that could be taken for one by mistake."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from cvlib.data.decoding import LARGEST_IMAGE
from cvlib.data.files import read_bytes
from cvlib.data.findings import bad_file

SMALLEST = 64
"""Px; a side shorter than that cannot show a stack of plates."""
CLIPPED = 0.1
"""Percent of a 16-bit image's pixels that go black, and as many white: dead pixels must not set the scale."""
TINT = 2
"""Grey levels by which the channels of a grey image may differ: JPEG rounds each on its own."""

_FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
_DEEP = ("I;16", "I;16B", "I;16L", "I")


def read_xray(path: Path, shown: str | None = None) -> np.ndarray:
    """An X-ray as 8-bit grey.

    8-bit grey stays as it is. A 16-bit image is scaled linearly so that its percentiles ``CLIPPED`` and 100 -
    ``CLIPPED`` become 0 and 255, values beyond them clipped: two such images do not share one scale of grey.

    Parameters
    ----------
    path
        A PNG, JPEG, BMP or TIFF file, of a TIFF the first page. Where it has colours, they may differ by
        ``TINT`` levels at most; green is taken. The orientation that a camera notes in a JPEG is not applied.
    shown
        How messages call the file; its path where not given.

    Returns
    -------
    (H, W) uint8, sides at least ``SMALLEST`` px.

    Raises
    ------
    DataError
        The file is missing, empty, damaged or not such an image; it is too small or too large, coloured, or
        all one grey.
    """
    shown = shown or str(path)
    pixels = _decode(read_bytes(path, shown), shown)
    if pixels.ndim == 3:
        if int((pixels.max(axis=2) - pixels.min(axis=2)).max()) > TINT:
            raise bad_file(shown, "a colour image, expected grey; save the X-ray as grey PNG")
        pixels = np.ascontiguousarray(pixels[..., 1])
    deep = pixels.dtype != np.uint8
    low, high = np.percentile(pixels, (CLIPPED, 100 - CLIPPED)) if deep else (pixels.min(), pixels.max())
    if low == high:
        what = {0: "black", 65535 if deep else 255: "white"}.get(int(low), "one grey")
        raise bad_file(shown, f"all {what}, expected an X-ray; export it again or remove it with its points")
    if not deep:
        return pixels
    return np.rint((pixels.clip(low, high) - low) * (255 / (high - low))).astype(np.uint8)


def xray_size(path: Path, shown: str | None = None) -> tuple[int, int]:
    """Height and width of an X-ray in px, from the file's head alone; DataError as :func:`read_xray`."""
    shown = shown or str(path)
    try:
        with path.open("rb") as file:
            image = _open(file, shown)
            return image.height, image.width
    except OSError:
        image = _open(io.BytesIO(read_bytes(path, shown)), shown)  # says why it cannot be read
        return image.height, image.width


def _open(file: IO[bytes], shown: str) -> Image.Image:
    """The head of an image file, its size checked."""
    expected = "a PNG, JPEG, BMP or TIFF image"
    if not file.read(1):
        raise bad_file(shown, f"0 bytes, expected {expected}; copy or export the file again")
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata are of no interest
            image = Image.open(file, formats=_FORMATS)
        large = image.width * image.height > LARGEST_IMAGE
    except Image.DecompressionBombError:
        large = True
    except Exception as error:  # Pillow raises whatever its formats' parsers meet
        raise bad_file(shown, f"not an image, expected {expected}; replace it by one") from error
    if large:
        message = f"more than {LARGEST_IMAGE // 1_000_000} million pixels, refused; crop or scale the image"
        raise bad_file(shown, message)
    if min(image.size) < SMALLEST:
        message = f"{image.width} x {image.height} px, expected at least {SMALLEST} a side"
        raise bad_file(shown, f"{message}; export the X-ray at full size or remove it")
    return image


def _decode(content: bytes, shown: str) -> np.ndarray:
    """Pixels as stored: (H, W) uint8 or 16-bit, or (H, W, 3) uint8."""
    image = _open(io.BytesIO(content), shown)
    if image.mode not in ("L", "RGB", *_DEEP):
        message = f"colour mode {image.mode}, expected grey of 8 or 16 bits; save the X-ray as grey PNG"
        raise bad_file(shown, message)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.array(image)
    except Exception as error:  # as in _open
        why = " ".join(str(error).split()) or type(error).__name__
        message = f"damaged or cut off ({why}); copy or export the file again"
        raise bad_file(shown, message) from error
