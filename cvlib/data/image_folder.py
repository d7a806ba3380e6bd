"""Any folder of images as a data set without annotations: what is looked through for repeated frames."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from cvlib.data.coatingvision import frames_of
from cvlib.data.dataset import Dataset
from cvlib.data.decoding import LARGEST_IMAGE
from cvlib.data.files import read_bytes, reason
from cvlib.data.findings import bad_file
from cvlib.data.layout import Layout, by_number, find_layout, show
from cvlib.defects import CLASSES
from cvlib.errors import DataError

ENDINGS = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""Of the files that count as images, in any letter case."""


class ImageFolder(Dataset):
    """The images of a folder and of all folders in it; hidden ones are left out.

    In a folder with the paper's records (``segmentation/images`` and ``masks``) they are those of the
    segmentation, or of the first task it has: masks and copies for other tasks are no images of their own.

    Attributes
    ----------
    paths
        Of the image files, in the order of ``frames``.
    frames
        ``name`` (path within the folder, with its ending) and ``clip`` (from ``frames.csv`` of a folder with
        the paper's records; else one per image, as nothing is known).

    Raises
    ------
    DataError
        The folder is missing, cannot be read or holds no image; later, when it is read, a file is bad.
    """

    origin = "unknown"

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.name, self.title = f"path:{root}", f"folder {self.root.name}"
        layout = _records(self.root)
        if layout is None:
            self.paths = _images_in(self.root)
            names = [show(path, self.root) for path in self.paths]
            self.frames = pd.DataFrame({"name": names, "clip": range(len(names))})
        else:
            self.frames = frames_of(layout)
            self.paths = [layout.main.images[name] for name in self.frames["name"]]
            self.frames["name"] = [show(path, self.root) for path in self.paths]

    def image(self, index: int) -> np.ndarray:
        """The image at a position: (H, W, 3) uint8, RGB; DataError where its file is bad."""
        return read_rgb(self.paths[index], self.frames["name"].iloc[index])

    def mask(self, index: int) -> np.ndarray:
        """Nothing is known of defects: (H, W, 4) bool, nowhere true."""
        return np.zeros((*self.image(index).shape[:2], len(CLASSES)), bool)

    def fingerprint(self) -> str:
        """A SHA-256 over names and contents of all files."""
        digest = hashlib.sha256()
        for name, path in zip(self.frames["name"], self.paths, strict=True):
            digest.update(f"{name} {hashlib.sha256(read_bytes(path, name)).hexdigest()}\n".encode())
        return digest.hexdigest()


def read_rgb(path: Path, shown: str | None = None) -> np.ndarray:
    """An image file of any of ``ENDINGS``: (H, W, 3) uint8, RGB; what is transparent shows as it is stored.

    Parameters
    ----------
    path
        Of several pictures in one file the first counts.
    shown
        How messages call the file; its path where not given.

    Raises
    ------
    DataError
        The file cannot be read, is cut off, is no image, or is too large.
    """
    with _opened(path, shown) as image:
        return np.asarray(image.convert("RGB"))


def read_grey(path: Path, least: int, shown: str | None = None) -> np.ndarray:
    """An image file in grey, (H, W) uint8; a JPEG perhaps scaled down, to ``least`` pixels a side or more.

    Scaled down by an eighth, a JPEG decodes about twice as fast. Errors as :func:`read_rgb`.
    """
    with _opened(path, shown) as image:
        image.draft("L", (least, least))
        return np.asarray(image.convert("L"))


@contextmanager
def _opened(path: Path, shown: str | None) -> Iterator[Image.Image]:
    shown = shown or str(path)
    content = read_bytes(path, shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata are of no interest
            with Image.open(io.BytesIO(content)) as image:
                _refuse(image)
                image.decodermaxblock = len(content)  # in one go
                yield image
    except Exception as error:  # Pillow raises whatever its formats' parsers meet
        told = str(error) if isinstance(error, ValueError) else "not an image, damaged or cut off"
        raise bad_file(shown, f"{told}; replace it or take it out of the folder") from error


def _refuse(image: Image.Image) -> None:
    if image.width * image.height > LARGEST_IMAGE:
        raise ValueError(f"more than {LARGEST_IMAGE // 1_000_000} million pixels, scale it down")
    if image.mode[0] in "IF":
        raise ValueError(f"more than 8 bits per channel (mode {image.mode}), expected 8; convert it")


def _records(root: Path) -> Layout | None:
    """The paper's records in a folder, or None where there are none."""
    try:
        return find_layout(root)
    except DataError:
        return None


def _images_in(root: Path) -> list[Path]:
    found: list[Path] = []
    try:
        if not root.is_dir():
            next(root.iterdir(), None)  # raises what is wrong with it
        for folder, inside, files in os.walk(root, onerror=_raise):
            inside[:] = [name for name in inside if not name.startswith(".")]
            found += [Path(folder, name) for name in files if _is_image(name)]
    except OSError as error:
        raise bad_file(str(error.filename or root), reason(error)) from error
    if not found:
        endings = ", ".join(ENDINGS)
        raise bad_file(
            str(root), f"no image in it, expected files {endings}; name the folder that holds them"
        )
    return sorted(found, key=lambda path: by_number(show(path, root)))


def _is_image(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith(ENDINGS)


def _raise(error: OSError) -> None:
    raise error
