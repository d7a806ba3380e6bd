"""Images and masks on disk, and what can be wrong with their colour modes, values and sizes."""

from __future__ import annotations

import errno
import io
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image

from cvlib.data.decoding import decode, open_image
from cvlib.data.findings import bad_file
from cvlib.defects import CLASSES

JPEG_QUALITY = 92
_PNG_SETTINGS = (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE, cv2.IMWRITE_PNG_COMPRESSION, 3)
"""Masks are flat: filters save little space, and undoing them is most of a reader's work."""


def read_image(path: Path, shown: str | None = None) -> np.ndarray:
    """An image as the paper stores them: three colour channels (paper 1, Data Records).

    Parameters
    ----------
    path
        A JPEG or PNG file, colour or grey; grey is repeated in the three channels.
    shown
        How messages call the file; its path where not given.

    Returns
    -------
    (H, W, 3) uint8, RGB.

    Raises
    ------
    DataError
        The file is missing, unreadable, cut off, not an image, too large, or has an alpha channel or palette.
    """
    shown = shown or str(path)
    content = read_bytes(path, shown)
    image = open_image(content, shown)
    if image.mode not in ("RGB", "L"):
        message = f"colour mode {image.mode}, expected RGB or grey; save the image as an 8-bit RGB JPEG"
        raise bad_file(shown, message)
    to_rgb = cv2.COLOR_RGBA2RGB if image.mode == "RGB" else cv2.COLOR_GRAY2RGB
    return cv2.cvtColor(decode(image, content, shown), to_rgb)


def read_mask_png(path: Path, shown: str | None = None) -> np.ndarray:
    """A mask as stored, one channel per defect class (paper 1, Data Records, Defect Segmentation).

    Alpha is data like the other channels: nothing is dropped, multiplied or reordered.

    Parameters
    ----------
    path
        A PNG file with 4 channels; values 0 and 1 (the paper's text) or 0 and 255 (the authors' code).
    shown
        How messages call the file; its path where not given.

    Returns
    -------
    (H, W, 4) uint8 with the values of the file, in the order an RGBA reader sees them.

    Raises
    ------
    DataError
        As ``read_image``; also for a channel count other than 4, and for other or mixed values.
    """
    shown = shown or str(path)
    content = read_bytes(path, shown)
    image = open_image(content, shown)
    if image.mode != "RGBA":
        count = len(image.getbands())
        found = f"{count} channel" if count == 1 else f"{count} channels"
        message = f"{found}, expected {len(CLASSES)} (RGBA, one per defect class)"
        raise bad_file(shown, f"{message}; write the mask as a 4-channel PNG")
    mask = decode(image, content, shown)
    _refuse_values(mask, shown)
    return mask


def read_grey_png(path: Path, shown: str | None = None) -> np.ndarray:
    """A PNG of one channel, any values: (H, W) uint8; DataError as ``read_image``, or for other channels."""
    shown = shown or str(path)
    content = read_bytes(path, shown)
    image = open_image(content, shown)
    if image.mode != "L":
        raise bad_file(shown, f"colour mode {image.mode}, expected 8-bit grey; download the file again")
    return decode(image, content, shown)[..., 0]


def image_size(path: Path, shown: str | None = None) -> tuple[int, int]:
    """Height and width of an image in pixels, from the file's head alone."""
    shown = shown or str(path)
    image = open_image(read_bytes(path, shown), shown)
    return image.height, image.width


def refuse_size(mask: tuple[int, int], image: tuple[int, int], shown: str) -> None:
    """Raise DataError where a mask's height and width are not its image's."""
    if mask != image:
        message = f"mask of {mask[0]} x {mask[1]} pixels, its image has {image[0]} x {image[1]}"
        raise bad_file(shown, f"{message}; export the mask at the image's size")


def write_image(path: Path, image: np.ndarray) -> None:
    """Write (H, W, 3) uint8 RGB as a JPEG of quality 92; the file appears whole or not at all."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY)
    write_bytes(path, buffer.getvalue())


def write_mask_png(path: Path, mask: np.ndarray) -> None:
    """Write a (H, W, 4) bool mask as an RGBA PNG of 0 and 255; the file appears whole or not at all."""
    stored = cv2.cvtColor(mask.astype(np.uint8) * 255, cv2.COLOR_RGBA2BGRA)  # as OpenCV takes RGBA
    _, content = cv2.imencode(".png", stored, _PNG_SETTINGS)
    write_bytes(path, content.tobytes())


def write_bytes(path: Path, content: bytes) -> None:
    """Write under a temporary name in the same folder, then rename: a reader never meets half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as stored ones are written: four decimals, the same bytes on every system."""
    return table.to_csv(index=False, float_format="%.4f", lineterminator="\n").encode()


def json_bytes(values: object) -> bytes:
    """Values as stored ones are written."""
    return f"{json.dumps(values, indent=2)}\n".encode()


def read_bytes(path: Path, shown: str | None = None) -> bytes:
    """The content of a file, or DataError saying why it cannot be read."""
    shown = shown or str(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise bad_file(shown, reason(error)) from error


def reason(error: OSError) -> str:
    """What the system says about a file or folder, and what to do about it."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; check the path"
    if isinstance(error, PermissionError):
        return "permission denied; make it readable for your user"
    if isinstance(error, IsADirectoryError):
        return "a folder, expected a file; move it away"
    if isinstance(error, NotADirectoryError):
        return "a file, expected a folder; check the path"
    return f"cannot be read ({error.strerror or error}); check the disk and the path"


def reason_unwritten(error: OSError) -> str:
    """What the system says where something could not be written, and what to do about it."""
    if isinstance(error, FileNotFoundError):
        return "a folder above it has gone; make it or name another place"
    if isinstance(error, PermissionError):
        return "permission denied; name a place that your user may write to"
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        return "a file stands in the way; move it away or name another place"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"cannot be written ({error.strerror}); make room or name a place on another disk"
    return f"cannot be written ({error.strerror or error}); check the disk and the path"


def _refuse_values(mask: np.ndarray, shown: str) -> None:
    signed = mask.view(np.int8)  # 255 reads as -1: two fast passes tell {0, 255} and {0, 1} from the rest
    low, high = signed.min(), signed.max()
    if low >= -1 and high <= 1 and high - low < 2:
        return
    other = [int(value) for value in np.unique(mask) if value not in (0, 1, 255)]
    if other:
        values = ", ".join(map(str, other[:5])) + (f" and {len(other) - 5} more" if len(other) > 5 else "")
        message = f"pixel values {values}, expected only 0 and 255 (or only 0 and 1)"
        raise bad_file(shown, f"{message}; write the mask without smoothing or resizing")
    message = "pixel values 1 and 255 mixed, expected only 0 and 255 (or only 0 and 1)"
    raise bad_file(shown, f"{message}; write the mask with one value for defects")
