"""Decodes JPEG and PNG with Pillow straight into an array; what is damaged is worded here."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from cvlib.data.findings import bad_file

LARGEST_IMAGE = 50_000_000
"""Pixels; more is refused, since a small file can claim any size and fill the memory."""

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_MEMORY = {"L": "L", "RGB": "RGBX", "RGBA": "RGBA"}
"""How Pillow holds each colour mode in memory: RGB with a fourth byte that means nothing."""


def open_image(content: bytes, shown: str) -> ImageFile:
    """The head of a JPEG or PNG file: mode and size; nothing is decoded yet.

    Parameters
    ----------
    content
        The file's bytes.
    shown
        How messages call the file.

    Raises
    ------
    DataError
        There is nothing in it, it is neither JPEG nor PNG, or it has more than ``LARGEST_IMAGE`` pixels.
    """
    if not content:
        raise bad_file(shown, "0 bytes, expected an image; copy or download the file again")
    kinds: dict[bytes, type[ImageFile]] = {_JPEG: JpegImageFile, _PNG: PngImageFile}
    try:
        kind = next(kinds[start] for start in kinds if content.startswith(start))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata are of no interest
            image = kind(io.BytesIO(content))
    except Exception as error:  # Pillow raises whatever its formats' parsers meet
        raise bad_file(shown, "not a JPEG or PNG image; replace it by one") from error
    if image.width * image.height > LARGEST_IMAGE:
        message = f"more than {LARGEST_IMAGE // 1_000_000} million pixels, refused; scale the image down"
        raise bad_file(shown, message)
    return image


def decode(image: ImageFile, content: bytes, shown: str) -> np.ndarray:
    """The pixels of an opened image, in the memory that Pillow decoded them into.

    Copying them out of Pillow's own memory, as ``numpy.asarray(image)`` does, costs a sixth of the decoding;
    a file of the wrong mode should be refused before.

    Parameters
    ----------
    image
        What ``open_image`` made of the content, of mode L, RGB or RGBA.
    content, shown
        As for ``open_image``.

    Returns
    -------
    uint8: (H, W, 1) for mode L, (H, W, 4) for RGBA, and for RGB too, where the fourth channel means nothing.

    Raises
    ------
    DataError
        The file is cut off or damaged.
    """
    memory = _MEMORY[image.mode]
    reserve = np.empty if image.format == "JPEG" else np.zeros  # a PNG may hold fewer rows than it says
    pixels = reserve((image.height, image.width, len(memory)), np.uint8)
    image.im = Image.frombuffer(memory, image.size, pixels, "raw", memory, 0, 1).im
    if image.format == "JPEG" and image.mode == "RGB":  # libjpeg can write the fourth byte itself
        image.tile = [tile._replace(args=(memory, "")) for tile in image.tile]
    image.decodermaxblock = len(content)  # in one go
    try:
        if not image.tile:  # Pillow would take the memory it was given for pixels it has decoded before
            raise ValueError("no pixels in it")
        if image.format == "PNG":
            _refuse_broken_chunks(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.load()
    except Exception as error:  # as in open_image
        message = f"damaged or cut off ({_one_line(error)}); copy or download the file again"
        raise bad_file(shown, message) from error
    return pixels


def _refuse_broken_chunks(content: bytes) -> None:
    """Compare the checksum of every chunk of a PNG: Pillow skips those of the pixels."""
    place, kind = len(_PNG), b""
    while kind != b"IEND":
        if place + 12 > len(content):
            raise ValueError("the end is missing")
        length, kind = struct.unpack_from(">I4s", content, place)
        end = place + 8 + length
        if end + 4 > len(content):
            raise ValueError("the end is missing")
        if zlib.crc32(memoryview(content)[place + 4 : end]) != int.from_bytes(content[end : end + 4], "big"):
            raise ValueError(f"wrong checksum at byte {place + 1}")
        place = end + 4


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
