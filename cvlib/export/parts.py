"""What every export needs: which images go where, and their files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from cvlib.data import SOURCES, Dataset
from cvlib.data.duplicates import groups_of
from cvlib.data.files import write_image
from cvlib.data.parting import standard_split
from cvlib.data.splits import PARTS

Way = Literal["groups", "random", "all"]

SHORT = {"train": "train", "validation": "val", "test": "test", "all": "all"}
"""How folders and files call the parts."""


def parts_of(data: Dataset, way: Way, progress: bool = False) -> dict[str, list[int]]:
    """Positions of the images of each part.

    Parameters
    ----------
    data
        To be divided.
    way
        ``groups``: clips stay together; ``random``: by image; ``all``: one part, called so.
    progress
        Show a bar where images must be compared to find out which belong together.

    Returns
    -------
    By ``train``, ``val`` and ``test``, as runs on all images have them; or by ``all``.

    Raises
    ------
    UserError
        There are too few images or groups to divide.
    """
    if way == "all":
        return {"all": list(range(len(data)))}
    divided = standard_split(data.frames, way, data.shown(), groups_of(data, progress))
    return {SHORT[part]: divided.positions(part, data.frames).tolist() for part in PARTS}


def licence_of(data: Dataset) -> str:
    """The terms of a data set as it or the catalogue has them, or that they are not known."""
    listed = next((source.licence for source in SOURCES if source.name == data.name), "")
    return data.licence or listed or "not known here; ask those who made the images"


def bar(positions: list[int], what: str, progress: bool) -> Iterator[int]:
    """Positions one by one, with a bar on the standard error stream."""
    yield from tqdm(positions, desc=what, unit="image", disable=None if progress else True, leave=False)


def place_image(data: Dataset, index: int, folder: Path, link: bool = False) -> str:
    """Put an image into a folder: its own file where it has one, else a JPEG.

    Parameters
    ----------
    data, index
        The image.
    folder
        Where to.
    link
        Make a hard link to the data set's file instead of a copy, where the disk can.

    Returns
    -------
    The name of the file.
    """
    name, source = data.frames["name"].iloc[index], data.image_file(index)
    if source is None:
        write_image(folder / f"{name}.jpg", data.image(index))
        return f"{name}.jpg"
    place = folder / f"{name}{source.suffix.lower()}"
    if link:
        try:
            place.hardlink_to(source)
            return place.name
        except OSError:  # another disk, or one without links
            pass
    shutil.copyfile(source, place)
    return place.name
