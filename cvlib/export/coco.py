"""Any data set as COCO has it: images, and JSON files of objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cvlib.data import Dataset
from cvlib.data.writing import refuse_names, whole_folder
from cvlib.defects import CLASSES, DETECTION_CLASSES
from cvlib.export.parts import Way, bar, licence_of, parts_of, place_image

CATEGORIES = {name: number for number, name in enumerate(CLASSES, 1)}
"""Category ids by class, of every file."""


def write_coco(
    data: Dataset, folder: Path | str, way: Way = "groups", link: bool = False, progress: bool = True
) -> None:
    """Write ``images`` and, for each part of the data set, two files in ``annotations``.

    ``instances_PART.json`` has an object for each connected piece of a mask, of all four classes: its pixels
    as run lengths, exactly, its box and area. ``detection_PART.json`` has the boxes of pinholes and
    unclassified defects that detection is trained and scored on, which a data set may store by themselves;
    of one that has no masks there are these alone.
    The id of an image is its place in the data set, from 1, in all files.

    Parameters
    ----------
    data
        Gone through once; of each image its own file is copied, or a JPEG written where it has none.
    folder
        To be made; it may exist if it is empty. It appears when all is written, or not at all.
    way
        How to divide, see :func:`cvlib.export.parts.parts_of`.
    link
        Make hard links to the data set's images instead of copies, where the disk can.
    progress
        Show a progress bar on the standard error stream.

    Raises
    ------
    DataError
        The folder has something in it or cannot be made, an image's name does not serve as a file's, or a
        record is bad.
    """
    with whole_folder(folder) as temporary:
        refuse_names(data)
        for name in ("images", "annotations"):
            (temporary / name).mkdir()
        data.need("boxes")
        for part, positions in parts_of(data, way, progress).items():
            contents = {"detection": _head(data, DETECTION_CLASSES)}
            if "masks" in data.known:
                contents["instances"] = _head(data, CLASSES)
            for index in bar(positions, part, progress):
                size, objects = _objects(data, index)
                entry = _image(data, index, place_image(data, index, temporary / "images", link), size)
                for kind, content in contents.items():
                    content["images"].append(entry)
                    _add(content, objects[kind], index + 1)
            for kind, content in contents.items():
                file = temporary / "annotations" / f"{kind}_{part}.json"
                file.write_text(json.dumps(content) + "\n", "utf-8")


def _objects(data: Dataset, index: int) -> tuple[tuple[int, int], dict[str, list[dict[str, Any]]]]:
    """Height and width of an image, and what each file says of it."""
    masked = "masks" in data.known
    shown = data.mask(index) if masked else data.image(index)
    height, width = shown.shape[:2]
    objects = {"detection": [_box(row, height, width) for row in data.boxes(index).tolist()]}
    return (height, width), objects | ({"instances": objects_of(shown)} if masked else {})


def _head(data: Dataset, classes: tuple[str, ...]) -> dict[str, Any]:
    categories = [{"id": CATEGORIES[name], "name": name, "supercategory": "defect"} for name in classes]
    info = {"description": data.title, "version": data.fingerprint(), "remarks": list(data.lasting_remarks)}
    licences = [{"id": 1, "name": licence_of(data), "url": ""}]
    return {"info": info, "licenses": licences, "images": [], "categories": categories, "annotations": []}


def _image(data: Dataset, index: int, file: str, size: tuple[int, int]) -> dict[str, Any]:
    clip = str(data.frames["clip"].iloc[index])
    about = {"id": index + 1, "file_name": file, "height": size[0], "width": size[1]}
    return about | {"license": 1, "clip": clip}


def _add(content: dict[str, Any], objects: list[dict[str, Any]], image: int) -> None:
    for each in objects:
        about = {"id": len(content["annotations"]) + 1, "image_id": image, "iscrowd": 0}
        content["annotations"].append(about | each)


def objects_of(mask: np.ndarray) -> list[dict[str, Any]]:
    """The connected pieces of a mask as COCO's objects; pixels that touch at a corner belong together.

    Parameters
    ----------
    mask
        (H, W, 4) bool, channels in the order of ``cvlib.defects.CLASSES``.

    Returns
    -------
    By object ``category_id``, ``bbox`` (left, top, width, height, px), ``area`` (pixels) and ``segmentation``
    (``size`` and ``counts`` of zeros and ones in turn, column by column).

    Examples
    --------
    >>> mask = np.zeros((3, 4, 4), bool)
    >>> mask[1:, 2, 0] = True
    >>> objects_of(mask)[0]["bbox"], objects_of(mask)[0]["segmentation"]
    ([2, 1, 1, 2], {'size': [3, 4], 'counts': [7, 2, 3]})
    """
    found = []
    for channel, name in enumerate(CLASSES):
        plane = mask[..., channel].astype(np.uint8)
        _, numbers, statistics, _ = cv2.connectedComponentsWithStats(plane, connectivity=8)
        for number, row in enumerate(statistics[1:].tolist(), 1):  # row 0 is the background
            left, top, width, height, area = row
            piece = numbers[top : top + height, left : left + width] == number
            segmentation = {"size": list(plane.shape), "counts": run_lengths(piece, left, top, plane.shape)}
            about = {"category_id": CATEGORIES[name], "bbox": [left, top, width, height], "area": area}
            found.append(about | {"segmentation": segmentation})
    return found


def run_lengths(piece: np.ndarray, left: int, top: int, shape: tuple[int, ...]) -> list[int]:
    """Lengths of runs of zeros and ones in turn, down each column, of a piece within an image.

    Parameters
    ----------
    piece
        (h, w) bool, not empty.
    left, top
        Where it lies.
    shape
        Height and width of the image.

    >>> run_lengths(np.array([[True], [True]]), 0, 0, (2, 2))
    [0, 2, 2]
    """
    across, down = np.nonzero(piece.T)
    places = (left + across) * shape[0] + top + down
    gaps = np.flatnonzero(np.diff(places) > 1)
    starts, ends = places[np.append(0, gaps + 1)], places[np.append(gaps, len(places) - 1)] + 1
    edges = np.concatenate([[0], np.stack([starts, ends], axis=1).ravel(), [shape[0] * shape[1]]])
    counts: list[int] = np.diff(edges).tolist()
    return counts if counts[-1] else counts[:-1]


def _box(row: list[float], height: int, width: int) -> dict[str, Any]:
    number, x, y, across, down = row
    box = [(x - across / 2) * width, (y - down / 2) * height, across * width, down * height]
    category = CATEGORIES[DETECTION_CLASSES[int(number)]]
    return {
        "category_id": category,
        "bbox": [round(each, 3) for each in box],
        "area": round(box[2] * box[3], 3),
    }
