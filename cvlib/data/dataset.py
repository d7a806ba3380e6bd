"""What every data set offers, whatever it is read from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
import pandas as pd

from cvlib.data.channels import set_somewhere
from cvlib.defects import CLASSES, DETECTION_CLASSES, TITLES
from cvlib.errors import DataError

Origin = Literal["simulated", "photographs", "unknown"]

Known = Literal["masks", "boxes", "labels"]
"""What is known about an image: where each class is, where defects are, which classes it shows."""


PLACES: dict[Known, str] = {
    "masks": "segmentation/masks",
    "boxes": "detection/labels",
    "labels": "classification/labels",
}
"""Where a folder in the paper's format has them."""

CHAPTERS: dict[Known, str] = {"masks": "segmentation", "boxes": "detection", "labels": "classification"}
"""The chapter that needs no more than them."""


class Dataset(ABC):
    """Images with one boolean mask channel per defect class, addressed by position.

    A folder may have boxes or labels alone; ``known`` tells.

    Attributes
    ----------
    name
        What ``open_dataset`` was asked for, such as ``simulated`` or ``path:DIR``.
    title
        How pages call it, such as "simulated coatings (seed 0)".
    origin
        ``simulated``, ``photographs``, or ``unknown`` for a folder that does not say.
    class_titles
        What each mask channel holds in this data set, by class name.
    licence
        Under which terms the images may be used; empty where nothing is known.
    settings
        What the images were made with, such as a seed; empty for photographs.
    remarks
        What a reader of its numbers must know, a sentence each.
    lasting_remarks
        Those of them that are true of a copy too, and stored with it; the others are about these very files.
    known
        What is known of each image. What masks show, boxes and labels are made of where there are masks.
    frames
        One row per image: ``name`` (unique, without ending) and ``clip`` (images of one moving sample share
        it; never the same for two independent images), then what else is known, such as ``gap_um``,
        ``water_share``, ``um_per_pixel`` or ``category``.
    """

    name: str
    title: str
    origin: Origin
    class_titles: Mapping[str, str] = TITLES
    licence: str = ""
    settings: Mapping[str, int | float | str] = MappingProxyType({})
    remarks: Sequence[str] = ()
    known: frozenset[Known] = frozenset({"masks", "boxes", "labels"})
    frames: pd.DataFrame

    @property
    def lasting_remarks(self) -> Sequence[str]:
        return self.remarks

    def __len__(self) -> int:
        return len(self.frames)

    def need(self, kind: Known) -> None:
        """Raise DataError where nothing of a kind is known."""
        if kind not in self.known:
            lacking = "no masks" if kind == "masks" else f"no {kind}, nor masks that they could be made of"
            others = ", ".join(sorted(CHAPTERS[each] for each in self.known))
            message = f"put {kind} into {PLACES[kind]}, or take a chapter that does without: {others}"
            raise DataError(f"{self.title}: {lacking}; {message}")

    @abstractmethod
    def image(self, index: int) -> np.ndarray:
        """The image at a position: (H, W, 3) uint8, RGB."""

    def image_file(self, index: int) -> Path | None:
        """The file that the image at a position is read from; None where it is drawn when asked for."""
        return None

    @abstractmethod
    def mask(self, index: int) -> np.ndarray:
        """The mask at a position: (H, W, 4) bool, channels in the order of ``cvlib.defects.CLASSES``."""

    @abstractmethod
    def fingerprint(self) -> str:
        """A SHA-256 that changes whenever an image, a mask or the table of frames does."""

    def label(self, index: int) -> np.ndarray:
        """Which classes the image at a position shows: (4,) bool; here from its mask."""
        return set_somewhere(self.mask(index))

    def labels(self) -> pd.DataFrame:
        """Which classes each image shows (paper 1, Data Records, Defect Classification).

        Returns
        -------
        (N, 4) table of bool: one row per image in the order of ``frames``, its index ``name`` holding the
        image names; one column per class of ``cvlib.defects.CLASSES``.
        """
        rows = [self.label(index) for index in range(len(self))]
        names = pd.Index(self.frames["name"], name="name")
        return pd.DataFrame(
            np.array(rows, bool).reshape(-1, len(CLASSES)), index=names, columns=list(CLASSES)
        )

    def shown(self) -> pd.DataFrame:
        """Which classes each image is known to show, such as splits are balanced for.

        Returns
        -------
        As ``labels``; where boxes alone are known, a column for each class of ``DETECTION_CLASSES``.
        """
        if "labels" in self.known:
            return self.labels()
        classes = np.arange(len(DETECTION_CLASSES))
        rows = [np.isin(classes, self.boxes(index)[:, 0]) for index in range(len(self))]
        names = pd.Index(self.frames["name"], name="name")
        return pd.DataFrame(rows, index=names, columns=list(DETECTION_CLASSES))

    def boxes(self, index: int) -> np.ndarray:
        """Boxes of pinholes and unclassified defects at a position: (K, 5) float64, see ``boxes_of_mask``."""
        return boxes_of_mask(self.mask(index))


def boxes_of_mask(mask: np.ndarray) -> np.ndarray:
    """One box around each connected defect, in YOLO's convention (paper 1, Data Records, Table 2).

    Parameters
    ----------
    mask
        (H, W, 4) bool, channels in the order of ``cvlib.defects.CLASSES``.

    Returns
    -------
    (K, 5) float64: class id (position in ``cvlib.defects.DETECTION_CLASSES``), centre x, centre y, width,
    height. Lengths are shares of the image's width or height, 0 to 1. A box reaches from the left edge of its
    first pixel to the right edge of its last. Pixels that touch at a corner belong to one defect.

    >>> mask = np.zeros((10, 20, 4), bool)
    >>> mask[2:4, 5:10, 2] = True
    >>> boxes_of_mask(mask).tolist()
    [[0.0, 0.375, 0.3, 0.25, 0.2]]
    """
    height, width = mask.shape[:2]
    found = []
    for number, name in enumerate(DETECTION_CLASSES):
        channel = mask[..., CLASSES.index(name)].astype(np.uint8)
        _, _, statistics, _ = cv2.connectedComponentsWithStats(channel, connectivity=8)
        left, top, across, down = statistics[1:, :4].T.astype(float)  # row 0 is the background
        ids = np.full(len(left), float(number))
        columns = (ids, (left + across / 2) / width, (top + down / 2) / height, across / width, down / height)
        found.append(np.column_stack(columns))
    return np.concatenate(found)
