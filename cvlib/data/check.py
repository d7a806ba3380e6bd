"""Goes through every file of a data set once and tells all that is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cvlib.data.annotations import Labels, read_yolo
from cvlib.data.catalogue import describe, open_dataset, path_of
from cvlib.data.channels import (
    POSITIONS,
    Channels,
    Order,
    choose_order,
    looked_at,
    set_everywhere,
    set_somewhere,
)
from cvlib.data.coatingvision import CoatingVision, frames_of, scan_labels
from cvlib.data.dataset import Dataset
from cvlib.data.files import image_size, read_image, read_mask_png, refuse_size
from cvlib.data.findings import BadFile, Finding
from cvlib.data.layout import Layout, Records, by_number, find_layout
from cvlib.data.manifest import read_manifest
from cvlib.defects import CLASSES
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
    only differs from the paper, or labels that contradict the masks, is a warning, one for all files it
    concerns.

    Raises
    ------
    DataError
        The name is unknown. What is wrong with files is returned, not raised.

    >>> [str(finding) for finding in check("path:nowhere")]
    ['nowhere: no such file or folder; check the path']
    """
    if isinstance(data, str):
        if describe(data).name in ("path:DIR", "coatingvision"):
            return _check_folder(path_of(data), channels, progress)
        try:
            data = open_dataset(data)
        except BadFile as error:
            return list(error.findings)
        except DataError as error:
            place, _, message = str(error).partition(": ")
            return [Finding(place, None, message)]
    if isinstance(data, CoatingVision):
        return _check_folder(data.root, data.channels, progress)
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


@dataclass
class _Pass:
    """What one pass over a folder in CoatingVision's format has met so far.

    Attributes
    ----------
    sizes
        Height and width by file, None where its head is bad; hard links to one file are one file.
    present
        Which channels of a mask, as stored, hold a defect: (4,) bool by name; None where it is unreadable.
    opaque
        Number of masks whose alpha is 255 in every pixel.
    """

    layout: Layout
    bar: tqdm
    findings: list[Finding]
    sizes: dict[object, tuple[int, int] | None] = field(default_factory=dict)
    present: dict[str, np.ndarray | None] = field(default_factory=dict)
    opaque: int = 0

    def warn(self, file: str, message: str) -> None:
        self.findings.append(Finding(file, None, message, "warning"))


def _check_folder(root: Path, channels: Channels, progress: bool) -> list[Finding]:
    findings: list[Finding] = []
    with _collected(findings):
        layout = find_layout(root)
        with tqdm(total=_files(layout), desc="check", unit="file", disable=None if progress else True) as bar:
            _check_layout(_Pass(layout, bar, findings), channels)
    return findings


def _check_layout(done: _Pass, channels: Channels) -> None:
    layout, stated = done.layout, False
    order: Order | None = None if channels == "auto" else channels
    with _collected(done.findings):
        stated = True  # by a manifest, even if a bad one
        manifest = read_manifest(layout.base)
        stated = manifest is not None
        order = order or (manifest.channels if manifest else None)
    with _collected(done.findings):
        frames_of(layout)
    if layout.segmentation:
        _check_segmentation(done, layout.segmentation)
        _warn_of_sizes(done, "segmentation/images")
    if done.opaque:
        message = f"alpha is 255 in every pixel of {done.opaque} of {len(done.present)} masks: unclassified "
        message += "defect everywhere; make sure that no image editor filled it"
        done.warn("segmentation/masks", message)
    if order is None and not stated and layout.segmentation:
        order = _order(done)
    if layout.classification:
        _check_classification(done, layout.classification, order)
    if layout.detection:
        _check_detection(done, layout.detection)
    if not layout.segmentation:
        _warn_of_sizes(done, f"{'classification' if layout.classification else 'detection'}/images")


def _check_segmentation(done: _Pass, records: Records) -> None:
    done.findings += records.findings
    for name in sorted(records.images.keys() | records.notes.keys(), key=by_number):
        size = _check_image(done, records.images[name]) if name in records.images else None
        if name not in records.notes:
            continue
        done.bar.update()
        done.present[name] = None
        shown = done.layout.shown(records.notes[name])
        with _collected(done.findings):
            mask = read_mask_png(records.notes[name], shown)
            done.present[name] = set_somewhere(mask)
            done.opaque += bool(set_everywhere(mask)[3])
            if size:
                refuse_size((mask.shape[0], mask.shape[1]), size, shown)


def _check_image(done: _Pass, path: Path) -> tuple[int, int] | None:
    """Height and width of an image, None where its head is bad."""
    done.bar.update()
    file = _identity(path)
    if file not in done.sizes:
        done.sizes[file] = None
        with _collected(done.findings):
            shown = done.layout.shown(path)
            done.sizes[file] = image_size(path, shown)  # what the reader holds masks against
            read_image(path, shown)
    return done.sizes[file]


def _order(done: _Pass) -> Order | None:
    masks = list(done.present.values())
    looked = [mask for place in looked_at(len(masks)) if (mask := masks[place]) is not None]
    if looked:
        with _collected(done.findings):
            return choose_order(np.array(looked))[0]
    return None


def _check_classification(done: _Pass, records: Records, order: Order | None) -> None:
    done.findings += records.findings
    for name in sorted(records.images, key=by_number):
        _check_image(done, records.images[name])
    done.bar.update(len(records.tables))
    if not records.tables:
        return
    labels, findings = scan_labels(done.layout)
    done.findings += findings
    elsewhere = labels.keys() & done.layout.main.images.keys()
    missing = sorted(elsewhere - records.images.keys(), key=by_number)
    if missing and records.images:  # else the folder's own finding says it all
        message = f"no image for {len(missing)} lines of the CSV file, such as {missing[0]}; add the images"
        done.findings.append(Finding("classification/images", None, f"{message} or remove the lines"))
    if order:
        _warn_of_contradictions(done, labels, order)


def _warn_of_contradictions(done: _Pass, labels: Labels, order: Order) -> None:
    both = [
        (label, mask[list(POSITIONS[order])])
        for name, label in labels.items()
        if label and (mask := done.present.get(name)) is not None
    ]
    labelled, masked = np.array(both, bool).reshape(-1, 2, len(CLASSES)).swapaxes(0, 1)
    counts = zip(CLASSES, (labelled & ~masked).sum(axis=0), (masked & ~labelled).sum(axis=0), strict=True)
    for name, only_labelled, only_masked in counts:
        if only_labelled or only_masked:
            message = f"{name} is 1 for {only_labelled} images whose mask has none and 0 for {only_masked} "
            message += f"whose mask has some, of {len(both)}; correct the labels or the masks"
            done.warn("classification/labels", message)


def _check_detection(done: _Pass, records: Records) -> None:
    done.findings += records.findings
    for name in sorted(records.images.keys() | records.notes.keys(), key=by_number):
        if name in records.images:
            _check_image(done, records.images[name])
        if name in records.notes:
            done.bar.update()
            shown = done.layout.shown(records.notes[name])
            if name not in records.images and records.images:  # else the folder's own finding says it all
                message = f"no image {name}.jpg in detection/images; add the image or remove the text file"
                done.findings.append(Finding(shown, None, message))
            with _collected(done.findings):
                read_yolo(records.notes[name], shown)
    without = len(records.images.keys() - records.notes.keys())
    if without and records.notes:
        message = f"no text file for {without} of {len(records.images)} images, taken as without boxes"
        done.warn("detection/labels", f"{message}; add empty files if that is so")


def _warn_of_sizes(done: _Pass, folder: str) -> None:
    sizes = Counter(size for size in done.sizes.values() if size)
    other = {size: count for size, count in sizes.items() if size != PAPER_SIZE}
    if other:
        height, width = max(other, key=lambda size: other[size])
        message = f"{sum(other.values())} of {sizes.total()} images are not 480 x 640 pixels (most of them "
        message += f"{height} x {width}), as the paper's are; nothing to do if that is meant"
        done.warn(folder, message)


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
