"""Reads folders in the formats of paper 1: CoatingVision itself, and what ``write`` makes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from cvlib.data.annotations import Labels, labels_table, read_yolo, scan_labels_csv
from cvlib.data.channels import (
    POSITIONS,
    Channels,
    Order,
    choose_order,
    looked_at,
    refuse_channels,
    set_somewhere,
)
from cvlib.data.dataset import Dataset, Known
from cvlib.data.files import image_size, read_bytes, read_image, read_mask_png, refuse_size
from cvlib.data.findings import BadFile, Finding
from cvlib.data.layout import Layout, Records, by_number, find_layout, refuse_findings
from cvlib.data.manifest import FRAMES, Manifest, read_manifest, scan_frames

UNGROUPED = (
    "Nothing says which images show the same sample, so each counts as independent: where frames overlap, "
    "intervals are too narrow."
)


class CoatingVision(Dataset):
    """A folder in CoatingVision's format (paper 1, Data Records; the split layout is the authors' code's).

    Parameters
    ----------
    root
        The folder that contains ``segmentation``, ``classification`` or ``detection``, or one of these
        itself. Records lie flat (``segmentation/images``, ``segmentation/masks``) or split
        (``Segmentation/train/images`` ...). Letter case of folders and endings does not matter. Without
        ``segmentation`` there are no masks, and what is made of them has to be there as labels or boxes.
    channels
        Which mask channel holds which class: ``RGBA`` (surface crack in red), ``BGRA`` (in blue), or
        ``auto``: what ``manifest.json`` says, else the order whose shares of images are the published ones.

    Attributes
    ----------
    channels
        ``RGBA`` or ``BGRA``.
    channel_note
        One sentence that says why.
    frames
        ``frames.csv`` where the folder has one. Else one clip per image: the files do not say which images
        are of one moving sample, so look for near-duplicates before splitting. ``frame`` is the number in the
        image's name, -1 without one; ``split`` is there in a split folder.

    Raises
    ------
    DataError
        The folder is missing or not in this format, an image has no mask or a mask no image, ``auto`` cannot
        tell; later, when a record is read, its file is bad.
    """

    def __init__(self, root: Path | str, channels: Channels = "auto") -> None:
        refuse_channels(channels)
        self.root = Path(root)
        self.name = f"path:{root}"
        self._layout = find_layout(self.root)
        refuse_findings(self._layout.main)
        self.known = known_of(self._layout)
        manifest = read_manifest(self._layout.base)
        self._describe(manifest)
        self.frames = frames_of(self._layout)
        self._names: list[str] = self.frames["name"].tolist()
        self.channels, self.channel_note = self._order(channels, manifest)
        ungrouped = [UNGROUPED] if self.frames["clip"].is_unique else []
        said = [self.channel_note] if "masks" in self.known else []
        self.remarks = [*self.lasting_remarks, *said, *ungrouped]

    def _describe(self, manifest: Manifest | None) -> None:
        self.title = f"folder {self.root.name}"
        self.origin = "unknown"
        if manifest:
            self.title, self.origin = manifest.title or self.title, manifest.origin
            self.class_titles, self.licence = manifest.class_titles, manifest.licence
            self.settings = manifest.settings
        self._lasting_remarks = manifest.remarks if manifest else []

    @property
    def lasting_remarks(self) -> Sequence[str]:
        """Those of the manifest: channel order and clips are found out again wherever the images lie."""
        return self._lasting_remarks

    def _order(self, channels: Channels, manifest: Manifest | None) -> tuple[Order, str]:
        if channels != "auto":
            return channels, f"Channel order {channels} was asked for."
        if manifest:
            return manifest.channels, f"Channel order {manifest.channels} is stated in manifest.json."
        if "masks" not in self.known:
            return "RGBA", "There are no masks."
        present = [set_somewhere(self._stored_mask(index)) for index in looked_at(len(self))]
        return choose_order(np.array(present))

    def image(self, index: int) -> np.ndarray:
        """The image at a position: (H, W, 3) uint8, RGB; DataError where its file is bad."""
        path = self.image_file(index)
        return read_image(path, self._layout.shown(path))

    def image_file(self, index: int) -> Path:
        """The file of the image at a position."""
        return self._layout.main.images[self._names[index]]

    def mask(self, index: int) -> np.ndarray:
        """The mask at a position: (H, W, 4) bool; DataError where its file is bad or not the image's size."""
        mask, path = self._stored_mask(index), self.image_file(index)
        height, width = mask.shape[:2]
        shown = self._layout.shown(self._mask_file(index))
        refuse_size((height, width), image_size(path, self._layout.shown(path)), shown)
        defects: np.ndarray = mask[..., POSITIONS[self.channels]] != 0
        return defects

    def _stored_mask(self, index: int) -> np.ndarray:
        path = self._mask_file(index)
        return read_mask_png(path, self._layout.shown(path))

    def _mask_file(self, index: int) -> Path:
        self.need("masks")
        assert self._layout.segmentation is not None
        return self._layout.segmentation.notes[self._names[index]]

    def label(self, index: int) -> np.ndarray:
        """Which classes the image shows: (4,) bool; from the CSV, or from the mask where there is none."""
        self.need("labels")
        if self._table is None:
            return super().label(index)
        row: np.ndarray = self._table.loc[self._names[index]].to_numpy(bool)
        return row

    def labels(self) -> pd.DataFrame:
        """Which classes each image shows: (N, 4) bool; from the CSV, or from the masks where there is none.

        Raises
        ------
        DataError
            The CSV is bad (see ``read_labels_csv``), has no line for an image, or one for no image; or there
            are neither masks nor a CSV.
        """
        self.need("labels")
        return super().labels() if self._table is None else self._table.loc[self._names]

    @cached_property
    def _table(self) -> pd.DataFrame | None:
        records = self._layout.classification
        if records is None or not records.tables:
            return None
        labels, findings = scan_labels(self._layout)
        if findings:
            raise BadFile(findings)
        return labels_table(labels)

    def boxes(self, index: int) -> np.ndarray:
        """Boxes of pinholes and unclassified defects: (K, 5) float64, see ``read_yolo``.

        From the text file in ``detection``; none where the image has no text file there (YOLO's convention
        for background). From the mask where the folder has no ``detection``.
        """
        self.need("boxes")
        records, name = self._layout.detection, self._names[index]
        if records is None or not records.notes:
            return super().boxes(index)
        path = records.notes.get(name)
        return np.zeros((0, 5)) if path is None else read_yolo(path, self._layout.shown(path))

    def fingerprint(self) -> str:
        """A SHA-256 over all files, the table of frames and the channel order; reads every file once."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        layout = self._layout
        digest = hashlib.sha256(f"{self.channels}\n{self.frames.to_csv(index=False)}".encode())
        tables = layout.classification.tables if layout.classification else []
        boxes = layout.detection.notes if layout.detection else {}
        named = [layout.main.images[name] for name in self._names]
        if layout.segmentation:
            named += [layout.segmentation.notes[name] for name in self._names]
        named += [boxes[name] for name in self._names if name in boxes]
        for path in [*named, *tables]:
            shown = layout.shown(path)
            content = hashlib.sha256(read_bytes(path, shown)).hexdigest()
            digest.update(f"{shown} {content}\n".encode())
        return digest.hexdigest()


def known_of(layout: Layout) -> frozenset[Known]:
    """What a folder says of its images: with masks everything, else what it has."""
    if layout.segmentation:
        return Dataset.known
    there: list[Known] = []
    if layout.classification and layout.classification.tables:
        there.append("labels")
    if layout.detection and layout.detection.notes:
        there.append("boxes")
    return frozenset(there)


def scan_labels(layout: Layout) -> tuple[Labels, list[Finding]]:
    """The lines of a folder's CSV files, see ``scan_labels_csv``, and all that is wrong with them.

    Also wrong are an image that has a line in two files, an image that has none, and a line of no image.
    """
    records = layout.classification or Records()
    images = layout.main.images.keys() | records.images.keys()
    labels: Labels = {}
    findings: list[Finding] = []
    unknown: list[Finding] = []
    all_read = True
    for path in records.tables:
        shown = layout.shown(path)
        try:
            lines, found = scan_labels_csv(path, shown)
        except BadFile as error:
            findings += error.findings
            all_read = False
            continue
        findings += found
        for name in sorted(lines, key=by_number):
            if name in labels:
                message = f"{name[:60]} also stands in another CSV file; keep one"
                findings.append(Finding(shown, None, message))
            if name not in images:
                unknown.append(Finding(shown, None, f"no image {name[:60]}; add it or remove its line"))
        labels |= lines
    if all_read:  # else the missing lines may be in the file that cannot be read
        for name in sorted(images - labels.keys(), key=by_number):
            message = f"no line for {name[:60]}; add one with 0 or 1 per class"
            findings.append(Finding(layout.shown(records.tables[-1]), None, message))
    return labels, findings + unknown


def frames_of(layout: Layout) -> pd.DataFrame:
    """The table of frames of a folder, see ``CoatingVision``; DataError where ``frames.csv`` is bad."""
    records = layout.main
    names = sorted(records.images, key=by_number)
    stored = scan_frames(layout.base)
    if stored is not None:
        table, findings = stored
        findings += _unmatched(set(table["name"]) - {""}, records.images.keys() | records.notes.keys())
        if findings:
            raise BadFile(findings)
        return table
    numbers = [int(digits) if (digits := _last_number(name)) else -1 for name in names]
    frames = pd.DataFrame({"name": names, "clip": range(len(names)), "frame": numbers})
    if records.split:
        frames["split"] = [records.split[name] for name in names]
    return frames


def _unmatched(listed: set[str], names: set[str]) -> list[Finding]:
    unlisted, gone = sorted(names - listed, key=by_number), sorted(listed - names, key=by_number)
    messages = [f"no line for {name}; add one, or remove the file" for name in unlisted]
    messages += [f"no image {name[:60]}; remove its line, or add the image" for name in gone]
    return [Finding(FRAMES, None, message) for message in messages]


def _last_number(name: str) -> str:
    """The digits at the end of a name.

    >>> _last_number("image_1405"), _last_number("image")
    ('1405', '')
    """
    return name[len(name.rstrip("0123456789")) :]
