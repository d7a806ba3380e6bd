"""First labels without any model: step 1 of paper 1's Data Annotation Methods as a labeller of folders.

The chain is the classical baseline's (``cvlib.baseline``): uneven light is removed, a threshold makes a mask,
connected components are measured, and rules on their shape name the class. Here a reader also sees what each
step leaves and which rule decided, and folders become masks in the paper's format.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import ndimage
from tqdm import tqdm

from cvlib import baseline
from cvlib.annotate.prelabel_settings import DEFAULT, Settings, smoothed
from cvlib.baseline import FOREIGN, NOISE, PATCH, Components, Thresholds
from cvlib.data.files import read_image, write_bytes, write_mask_png
from cvlib.data.findings import bad_file
from cvlib.data.layout import IMAGE_ENDINGS, children
from cvlib.data.writing import whole_folder
from cvlib.defects import CLASSES
from cvlib.measure.objects import find_objects
from cvlib.measure.roundness import roundness
from cvlib.provenance import commit

RULES: dict[str, str] = {
    "patch": "more than patch_fill of the square of patch pixels around it is defect: delamination",
    "foreign": "darker than foreign: unclassified",
    "long": "area at least elongation x width squared: surface crack",
    "faint": "not long, and smaller than pinhole_least: a piece of a faint surface crack",
    "round": "not long, pinhole_least to pinhole_most pixels: pinhole",
    "large": "not long, and larger than pinhole_most: unclassified",
}
"""How a component gets its class: the first rule that holds. Those smaller than least_area get none."""

COMPONENTS, RECORD = "components.csv", "prelabels.json"


class Labelled(NamedTuple):
    """The mask of an image, and what each step on the way to it left.

    Attributes
    ----------
    smoothed
        (H, W, 3) uint8: the image after the Gaussian filter. What the threshold is compared with is
        ``cvlib.baseline.contrast`` of it: the image without its uneven light.
    defects, foreign
        (H, W) bool: what the two thresholds find.
    labels
        (H, W) int32: 0 for sound coating, else the number of the component, 1 and up.
    components
        A row per component that is not noise, its number in ``labels`` as the index: ``class``; ``rule``, see
        ``RULES``; ``x`` and ``y`` of the top left corner of its box; ``area``, pixels; ``width`` at the
        widest place, pixels; ``elongation``, area over width squared, which the rules look at;
        ``contour_length``, pixels, as ``cvlib.measure.objects.Objects.boundary_length``; ``roundness``
        (paper 1, eq. 1), as ``cvlib.measure.roundness.roundness``.
    mask
        (H, W, 4) bool, as ``cvlib.annotate.prelabel_settings.predict`` gives it.
    """

    smoothed: np.ndarray
    defects: np.ndarray
    foreign: np.ndarray
    labels: np.ndarray
    components: pd.DataFrame
    mask: np.ndarray


def label_image(image: np.ndarray, settings: Settings = DEFAULT) -> Labelled:
    """Label one image, step by step.

    Parameters
    ----------
    image
        (H, W, 3) uint8, RGB.
    settings
        The authors' values where not given.

    Raises
    ------
    ValueError
        The image is of another shape or type.

    Examples
    --------
    >>> image = np.full((120, 160, 3), 40, np.uint8)
    >>> image[60:63] = 200
    >>> label_image(image).components[["class", "rule", "area"]].to_numpy().tolist()
    [['surface_crack', 'long', 480]]
    """
    chosen = settings.thresholds
    soft = smoothed(image, settings.smoothing)
    defects, foreign = baseline.masks(soft, chosen)
    labels, components = baseline.find_components(defects, foreign, chosen)
    classes = baseline.classify(components, chosen)
    table = _table(labels, components, classes, chosen)
    return Labelled(soft, defects, foreign, labels, table, _mask(labels, classes))


def _table(
    labels: np.ndarray, components: Components, classes: np.ndarray, settings: Thresholds
) -> pd.DataFrame:
    kept = np.flatnonzero(classes != NOISE)
    part, area, width = (column[kept] for column in components)
    x, y, length = _outlines(labels, kept + 1)
    table = {
        "class": np.array(CLASSES)[classes[kept]],
        "rule": _rules(part, area, width, settings),
        "x": x.astype(int),
        "y": y.astype(int),
        "area": area,
        "width": width.round(2),
        "elongation": (area / width**2).round(3),
        "contour_length": length.round(2),
        "roundness": roundness(area, length).round(3),
    }
    return pd.DataFrame(table, kept + 1)


def _mask(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    channels = np.concatenate([[NOISE], classes])[:, None] == np.arange(len(CLASSES))
    flags = np.ascontiguousarray(channels).view(np.uint32)[:, 0]  # four flags looked up as one number
    mask: np.ndarray = np.take(flags, labels).view(bool).reshape(*labels.shape, len(CLASSES))
    return mask


def _rules(part: np.ndarray, area: np.ndarray, width: np.ndarray, settings: Thresholds) -> np.ndarray:
    """Name in ``RULES`` of the rule behind each class that ``baseline.classify`` gave: (K,) str."""
    tests = {
        "patch": part == PATCH,
        "foreign": part == FOREIGN,
        "long": area >= settings.elongation * width**2,
        "faint": area < settings.pinhole_least,
        "round": area <= settings.pinhole_most,
    }
    return np.select(list(tests.values()), list(tests), "large")


def _outlines(labels: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Left and top edge of the box, and length of the contour, of these components: (3, K) float64."""
    boxes = ndimage.find_objects(labels)
    found = np.zeros((len(numbers), 3))
    for row, number in zip(found, numbers, strict=True):
        rows, columns = boxes[number - 1]
        outline = find_objects(labels[rows, columns] == number)
        row[:] = columns.start, rows.start, outline.boundary_length[0]
    return found.T


class Summary(NamedTuple):
    """How many images were labelled, and how many components of each class they show."""

    images: int
    components: dict[str, int]


def prelabel(
    images: Path, to: Path, settings: Settings = DEFAULT, chosen: str = "as given", progress: bool = True
) -> Summary:
    """Label the images of a folder.

    Written are a 4-channel PNG mask per image (0 and 255, surface crack in red), named as the image is;
    ``components.csv``: ``image`` and the columns of ``Labelled.components``; ``prelabels.json``: the
    settings. The same images and settings give the same bytes. Images are handled as many at a time as there
    are cores.

    Parameters
    ----------
    images
        Folder of JPEG or PNG images, of any sizes.
    to
        The folder to make; it may exist if it is empty. It appears when all is written, or not at all.
    settings
        The authors' values where not given.
    chosen
        How they were chosen, for the record.
    progress
        Show a progress bar on the standard error stream.

    Raises
    ------
    DataError
        The folder holds no image or two of one name, an image is bad, or there is nowhere to write.
    """
    paths = _images_in(images)
    with whole_folder(to) as temporary:
        table = _label_all(paths, temporary, settings, progress)
        write_bytes(temporary / COMPONENTS, table.to_csv(index=False, lineterminator="\n").encode())
        facts = {"settings": settings.to_json(), "chosen": chosen, "images": len(paths), "code": commit()}
        write_bytes(temporary / RECORD, (json.dumps(facts, indent=2) + "\n").encode())
    return Summary(len(paths), {name: int((table["class"] == name).sum()) for name in CLASSES})


def _images_in(folder: Path) -> list[Path]:
    paths = [path for path in children(folder, folder) if path.suffix.lower() in IMAGE_ENDINGS]
    if not paths:
        message = f"no {' or '.join(IMAGE_ENDINGS)} file in it; name the folder of the images"
        raise bad_file(str(folder), message)
    named: dict[str, Path] = {}
    for path in paths:
        other = named.setdefault(path.stem, path)
        if other != path:
            raise bad_file(str(path), f"the name is taken by {other.name}; give each image its own")
    return paths


def _label_all(paths: Sequence[Path], to: Path, settings: Settings, progress: bool) -> pd.DataFrame:
    """Write the masks; the components of all images, in their order."""

    def one(path: Path) -> pd.DataFrame:
        found = label_image(read_image(path), settings)
        write_mask_png(to / f"{path.stem}.png", found.mask)
        found.components.insert(0, "image", path.stem)
        return found.components

    # OpenCV lets other threads run; all have ended when the pool is left, whatever went wrong.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(one, paths)
        bar = tqdm(done, "prelabel", len(paths), unit="image", disable=None if progress else True)
        return pd.concat(bar, ignore_index=True)
