"""Writes any data set as a folder in the three record formats of paper 1."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from cvlib.data.annotations import write_labels_csv, write_yolo
from cvlib.data.dataset import Dataset
from cvlib.data.files import reason_unwritten, write_image, write_mask_png
from cvlib.data.manifest import manifest_of, write_frames, write_manifest
from cvlib.defects import CLASSES
from cvlib.errors import DataError

_FOLDERS = (
    "segmentation/images",
    "segmentation/masks",
    "classification/images",
    "classification/labels",
    "detection/images",
    "detection/labels",
)


def write(dataset: Dataset, folder: Path | str, progress: bool = True) -> None:
    """Write a data set as CoatingVision is laid out (paper 1, Data Records), flat.

    ``segmentation/images/*.jpg`` and ``masks/*.png`` (RGBA, 0 and 255, surface crack in red),
    ``classification/images`` and ``labels/annotations.csv``, ``detection/images`` and ``labels/*.txt``, and
    at the root ``manifest.json`` and ``frames.csv``. Each image is stored once: the three image folders share
    it through hard links where the disk has them. The same data set gives the same bytes.

    Parameters
    ----------
    dataset
        Any data set; it is gone through once, in order, so memory stays flat.
    folder
        The folder to make; it may exist if it is empty. It appears when all is written, or not at all.
    progress
        Show a progress bar on the standard error stream.

    Raises
    ------
    DataError
        The folder has something in it or cannot be made, the disk is full, an image's name does not serve as
        a file's name, or a record of the data set is bad.
    """
    folder = Path(folder)
    with whole_folder(folder) as temporary:
        refuse_names(dataset)
        write_records(dataset, temporary, progress)


@contextmanager
def whole_folder(folder: Path | str) -> Iterator[Path]:
    """A temporary folder to write into, which is renamed to the folder asked for when all went well.

    Raises
    ------
    DataError
        The folder has something in it or cannot be made, or the disk is full; nothing is left behind.
    """
    folder = Path(folder)
    refuse_taken(folder)
    start = f".{folder.absolute().name}.{platform.node()}."
    temporary = folder.absolute().with_name(f"{start}{os.getpid()}.part")
    try:
        _sweep(folder.absolute().parent, start)
        temporary.mkdir(parents=True)
        yield temporary
        if folder.exists():
            folder.rmdir()  # empty, as was checked; Windows renames onto nothing that exists
        temporary.rename(folder)
    except OSError as error:
        raise DataError(f"{folder}: {reason_unwritten(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def refuse_taken(folder: Path) -> None:
    """DataError where a folder that is to be made is a file, or has something in it."""
    try:
        if folder.exists() and not folder.is_dir():
            raise DataError(
                f"{folder}: a file, expected a folder that does not exist yet; name another place"
            )
        taken = folder.exists() and any(folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder}: {reason_unwritten(error)}") from error
    if taken:
        raise DataError(
            f"{folder}: exists and is not empty, nothing written; remove it or name another folder"
        )


def _sweep(parent: Path, start: str) -> None:
    """Remove what writers to the same place left when they were killed on this computer."""
    try:
        found = list(parent.iterdir())
    except OSError:  # to be made, or not to be listed
        return
    for path in found:
        number = path.name.removeprefix(start).removesuffix(".part")
        if path.name == f"{start}{number}.part" and number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(path, ignore_errors=True)


def _runs(number: int) -> bool:
    """Whether another process has that number; where the system cannot be asked, yes."""
    if number == os.getpid():  # in a container the next process often has the number of the one before
        return False
    if os.name != "posix":
        return True
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def refuse_names(dataset: Dataset) -> None:
    """DataError where two images share a name, or a name does not serve as a file's."""
    names = dataset.frames["name"]
    for name in names[names.duplicated()]:
        raise DataError(f"{dataset.name}: two images are called {name}; give each its own name")
    for name in names:
        if not re.fullmatch(r"[^./\\:*?\"<>|\s][^/\\:*?\"<>|\n]*", name):
            raise DataError(f"{dataset.name}: {name!r} cannot be a file's name; rename the image")


def write_records(dataset: Dataset, folder: Path, progress: bool) -> None:
    """Write what :func:`write` does into a folder that is being made."""
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True)
    labels = []
    for index in tqdm(range(len(dataset)), desc="write", unit="image", disable=None if progress else True):
        name = dataset.frames["name"].iloc[index]
        _write_image_once(dataset, index, folder, f"{name}.jpg")
        write_mask_png(folder / "segmentation/masks" / f"{name}.png", dataset.mask(index))
        write_yolo(folder / "detection/labels" / f"{name}.txt", dataset.boxes(index))
        labels.append(dataset.label(index))
    table = pd.DataFrame(labels, index=pd.Index(dataset.frames["name"], name="name"), columns=list(CLASSES))
    write_labels_csv(folder / "classification/labels/annotations.csv", table)
    write_frames(folder, dataset.frames)
    write_manifest(folder, manifest_of(dataset))


def _write_image_once(dataset: Dataset, index: int, folder: Path, name: str) -> None:
    first = folder / "segmentation/images" / name
    write_image(first, dataset.image(index))
    for records in ("classification", "detection"):
        other = folder / records / "images" / name
        try:
            other.hardlink_to(first)
        except OSError:  # FAT, some network disks
            shutil.copyfile(first, other)
