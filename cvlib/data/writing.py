"""Writes any data set as a folder in the three record formats of paper 1."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from cvlib.data.annotations import write_labels_csv, write_yolo
from cvlib.data.dataset import Dataset
from cvlib.data.files import reason, write_image, write_mask_png
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
    _refuse_taken(folder)
    _refuse_names(dataset)
    temporary = folder.absolute().with_name(f".{folder.absolute().name}.{os.getpid()}.part")
    try:
        _write_all(dataset, temporary, progress)
        if folder.exists():
            folder.rmdir()  # empty, as was checked; Windows renames onto nothing that exists
        temporary.rename(folder)
    except OSError as error:
        raise DataError(f"{folder}: {reason(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refuse_taken(folder: Path) -> None:
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        raise DataError(f"{folder}: {reason(error)}") from error
    if taken:
        raise DataError(
            f"{folder}: exists and is not empty, nothing written; remove it or name another folder"
        )


def _refuse_names(dataset: Dataset) -> None:
    names = dataset.frames["name"]
    for name in names[names.duplicated()]:
        raise DataError(f"{dataset.name}: two images are called {name}; give each its own name")
    for name in names:
        if not re.fullmatch(r"[^./\\:*?\"<>|\s][^/\\:*?\"<>|\n]*", name):
            raise DataError(f"{dataset.name}: {name!r} cannot be a file's name; rename the image")


def _write_all(dataset: Dataset, folder: Path, progress: bool) -> None:
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
