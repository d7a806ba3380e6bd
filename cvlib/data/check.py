"""Goes through every file of a data set once and tells all that is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cvlib.data.annotations import read_yolo
from cvlib.data.catalogue import describe, open_dataset, path_of
from cvlib.data.channels import Channels, choose_order, looked_at, set_everywhere, set_somewhere
from cvlib.data.coatingvision import CoatingVision, frames_of, read_labels
from cvlib.data.dataset import Dataset
from cvlib.data.files import image_size, read_image, read_mask_png, refuse_size
from cvlib.data.findings import BadFile, Finding
from cvlib.data.layout import Layout, Records, by_number, find_layout
from cvlib.data.manifest import read_manifest
from cvlib.errors import DataError

PAPER_SIZE = (480, 640)
"""Height and width of CoatingVision's images in pixels (paper 1, Data Records)."""


def check(data: str | Dataset, channels: Channels = "auto", progress: bool = False) -> list[Finding]:
    """Read every record of a data set and tell what is wrong, in the words of the reader that would fail.

    Parameters
    ----------
    data
        A data set, or its name as ``open_dataset`` takes it. ``path:DIR`` is checked even where it is too
        damaged to be opened.
    channels
        As ``open_dataset`` takes it; where it is not ``auto``, the channel order is not questioned.
    progress
        Show a progress bar on the standard error stream.

    Returns
    -------
    Findings in the order of the files; empty where all is well. Errors keep records from being read; what
    only differs from the paper is a warning, one for all files it concerns.

    Raises
    ------
    DataError
        The name is unknown. What is wrong with files is returned, not raised.

    >>> [str(finding) for finding in check("path:nowhere")]
    ['nowhere: no such file or folder; check the path']
    """
    if isinstance(data, str):
        if describe(data).name == "path:DIR":
            return _Folder(path_of(data), channels, progress).findings
        try:
            data = open_dataset(data)
        except BadFile as error:
            return list(error.findings)
        except DataError as error:
            place, _, message = str(error).partition(": ")
            return [Finding(place, None, message)]
    if isinstance(data, CoatingVision):
        return _Folder(data.root, data.channels, progress).findings
    return _check_records(data, progress)


def _check_records(data: Dataset, progress: bool) -> list[Finding]:
    findings: list[Finding] = []
    for index in tqdm(range(len(data)), desc="check", unit="image", disable=None if progress else True):
        found: list[Finding] = []
        with _collected(found):
            data.image(index)
        with _collected(found):
            data.mask(index)  # asks for its image's size, so it may find the same again
        findings += dict.fromkeys(found)
    return findings


@contextmanager
def _collected(findings: list[Finding]) -> Iterator[None]:
    try:
        yield
    except BadFile as error:
        findings += error.findings


class _Folder:
    """One pass over a folder in CoatingVision's format; all that is wrong is in ``findings``."""

    def __init__(self, root: Path, channels: Channels, progress: bool) -> None:
        self.findings: list[Finding] = []
        self._met: dict[object, tuple[int, int] | None] = {}
        self._sizes: Counter[tuple[int, int]] = Counter()
        self._opaque = 0
        with _collected(self.findings):
            layout = find_layout(root)
            bar = tqdm(total=_files(layout), desc="check", unit="file", disable=None if progress else True)
            with bar:
                self._layout, self._bar = layout, bar
                self._check(channels)

    def _check(self, channels: Channels) -> None:
        layout, manifest = self._layout, None
        with _collected(self.findings):
            manifest = read_manifest(layout.base)
        with _collected(self.findings):
            frames_of(layout)
        present = self._check_segmentation(layout.segmentation)
        self._warn_of_sizes()
        if self._opaque:
            message = (
                f"alpha is 255 in every pixel of {self._opaque} of {len(present)} masks: unclassified defect"
            )
            self._warn(
                "segmentation/masks", f"{message} everywhere; make sure that no image editor filled it"
            )
        if channels == "auto" and manifest is None:
            self._warn_of_order(present)
        if layout.classification:
            self._check_classification(layout.classification)
        if layout.detection:
            self._check_detection(layout.detection)

    def _check_segmentation(self, records: Records) -> list[np.ndarray]:
        """Which channels, as stored, hold a defect: (4,) bool for each mask that can be read."""
        self.findings += records.findings
        present: list[np.ndarray] = []
        for name in sorted(records.images.keys() | records.notes.keys(), key=by_number):
            size = self._check_image(records.images[name]) if name in records.images else None
            if name not in records.notes:
                continue
            self._bar.update()
            shown = self._layout.shown(records.notes[name])
            with _collected(self.findings):
                mask = read_mask_png(records.notes[name], shown)
                present.append(set_somewhere(mask))
                self._opaque += bool(set_everywhere(mask)[3])
                if size:
                    refuse_size((mask.shape[0], mask.shape[1]), size, shown)
        return present

    def _check_image(self, path: Path) -> tuple[int, int] | None:
        """Height and width of an image, None where its head is bad; hard links to one file are read once."""
        self._bar.update()
        file = _identity(path)
        if file not in self._met:
            self._met[file] = None
            with _collected(self.findings):
                shown = self._layout.shown(path)
                self._met[file] = size = image_size(path, shown)  # what the reader holds masks against
                self._sizes[size] += 1
                read_image(path, shown)
        return self._met[file]

    def _check_classification(self, records: Records) -> None:
        self.findings += records.findings
        for name in sorted(records.images, key=by_number):
            self._check_image(records.images[name])
        self._bar.update(len(records.tables))
        if records.tables:
            with _collected(self.findings):
                read_labels(self._layout)

    def _check_detection(self, records: Records) -> None:
        self.findings += records.findings
        for name in sorted(records.images.keys() | records.notes.keys(), key=by_number):
            if name in records.images:
                self._check_image(records.images[name])
            if name in records.notes:
                self._bar.update()
                shown = self._layout.shown(records.notes[name])
                if name not in records.images:
                    message = f"no image {name}.jpg; add the image or remove the text file"
                    self.findings.append(Finding(shown, None, message))
                with _collected(self.findings):
                    read_yolo(records.notes[name], shown)
        without = len(records.images.keys() - records.notes.keys())
        if without and records.notes:
            message = f"no text file for {without} of {len(records.images)} images, taken as without boxes"
            self._warn("detection/labels", f"{message}; add empty files if that is so")

    def _warn_of_sizes(self) -> None:
        other = {size: count for size, count in self._sizes.items() if size != PAPER_SIZE}
        if other:
            height, width = max(other, key=lambda size: other[size])
            message = (
                f"{sum(other.values())} of {self._sizes.total()} images are not 480 x 640 pixels (most of "
            )
            message += f"them {height} x {width}), as the paper's are; nothing to do if that is meant"
            self._warn("segmentation/images", message)

    def _warn_of_order(self, present: list[np.ndarray]) -> None:
        if not present:
            return
        try:
            choose_order(np.array(present)[looked_at(len(present))])
        except DataError as error:
            self._warn("segmentation/masks", str(error))

    def _warn(self, file: str, message: str) -> None:
        self.findings.append(Finding(file, None, message, "warning"))


def _identity(path: Path) -> object:
    """Equal for hard links to one file, where the system tells."""
    try:
        status = path.stat()
    except OSError:
        return path  # reading it says what is wrong
    return (status.st_dev, status.st_ino) if status.st_ino else path


def _files(layout: Layout) -> int:
    kinds = [layout.segmentation, layout.classification, layout.detection]
    return sum(len(kind.images) + len(kind.notes) + len(kind.tables) for kind in kinds if kind)
