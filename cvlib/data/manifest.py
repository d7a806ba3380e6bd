"""What a folder says about itself: ``manifest.json`` and ``frames.csv`` at its root."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from cvlib.data.channels import Order
from cvlib.data.dataset import Dataset, Origin
from cvlib.data.files import reason, write_bytes
from cvlib.data.findings import Finding, bad_file
from cvlib.defects import CLASSES, TITLES

MANIFEST = "manifest.json"
FRAMES = "frames.csv"
VERSION = 1


class Manifest(BaseModel):
    """The manifest of a folder in CoatingVision's format.

    Attributes
    ----------
    format_version
        1; a reader refuses a newer one.
    channels
        Channel order of the masks, see ``cvlib.data.channels``.
    origin, title, class_titles, licence, settings
        As ``cvlib.data.Dataset`` has them.
    remarks
        Its ``lasting_remarks``.
    source, fingerprint, images
        What was written: name, SHA-256 and number of images of the data set.
    """

    model_config = ConfigDict(strict=True, extra="ignore")

    format_version: int
    channels: Order
    origin: Origin = "unknown"
    title: str = ""
    class_titles: dict[str, str] = TITLES
    licence: str = ""
    remarks: list[str] = []
    settings: dict[str, int | float | str] = {}
    source: str = ""
    fingerprint: str = ""
    images: int = 0


def manifest_of(dataset: Dataset) -> Manifest:
    """The manifest of a data set written by this package."""
    return Manifest(
        format_version=VERSION,
        channels="RGBA",
        origin=dataset.origin,
        title=dataset.title,
        class_titles=dict(dataset.class_titles),
        licence=dataset.licence,
        remarks=list(dataset.lasting_remarks),
        settings=dict(dataset.settings),
        source=dataset.name,
        fingerprint=dataset.fingerprint(),
        images=len(dataset),
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json`` into a folder."""
    write_bytes(folder / MANIFEST, (manifest.model_dump_json(indent=2) + "\n").encode())


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in a folder, or None where there is none.

    Raises
    ------
    DataError
        It is unreadable, not JSON, lacks a field, or was written by a newer version.
    """
    content = _content(folder, MANIFEST)
    if content is None:
        return None
    repair = "correct it, or remove it and pass the channel order"
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise bad_file(MANIFEST, f"{place + ': ' if place else ''}{first['msg']}; {repair}") from error
    if manifest.format_version > VERSION:
        message = f"format_version {manifest.format_version}, expected {VERSION}; update this program"
        raise bad_file(MANIFEST, message)
    if set(manifest.class_titles) != set(CLASSES):
        raise bad_file(MANIFEST, f"class_titles must name {', '.join(CLASSES)}; {repair}")
    return manifest


def write_frames(folder: Path, frames: pd.DataFrame) -> None:
    """Write ``frames.csv`` into a folder; numbers as their shortest text that reads back the same."""
    write_bytes(folder / FRAMES, frames.to_csv(index=False, lineterminator="\n").encode())


def scan_frames(folder: Path) -> tuple[pd.DataFrame, list[Finding]] | None:
    """The table of frames in a folder and what is wrong with its lines, or None where there is none.

    A line is wrong that has no ``name`` or no ``clip``, or names an image for the second time.

    Raises
    ------
    DataError
        It is unreadable, not a table, or lacks ``name`` or ``clip``.
    """
    content = _content(folder, FRAMES)
    if content is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # lines longer than the first
            table = pd.read_csv(io.BytesIO(content), index_col=False, converters={"name": str})
    except (ValueError, pd.errors.ParserWarning) as error:  # no table, or not UTF-8
        message = f"not a table ({' '.join(str(error).split())}); correct or remove it"
        raise bad_file(FRAMES, message) from error
    missing = [column for column in ("name", "clip") if column not in table]
    if missing:
        raise bad_file(FRAMES, f"no column {', '.join(missing)}; correct or remove the file", 1)
    repairs = {"name": "write the image's name", "clip": "number each moving sample"}
    findings = []
    table["name"] = table["name"].fillna("")
    for column, repair in repairs.items():
        for place in np.flatnonzero(table[column].isna() | (table[column] == "")):
            findings.append(Finding(FRAMES, int(place) + 2, f"no {column}; {repair}, or remove the file"))
    for place in np.flatnonzero(table["name"].duplicated() & (table["name"] != "")):
        message = f"{table['name'].iloc[place][:60]} for the second time; keep one line per image"
        findings.append(Finding(FRAMES, int(place) + 2, message))
    return table, findings


def _content(folder: Path, name: str) -> bytes | None:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise bad_file(name, reason(error)) from error
