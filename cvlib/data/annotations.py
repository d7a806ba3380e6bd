"""Image labels (CSV) and boxes (YOLO text) on disk. All that can be wrong with them is worded here."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from cvlib.data.files import read_bytes, write_bytes
from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.defects import CLASSES, DETECTION_CLASSES

NAME_COLUMN = "image"
NAME_COLUMNS = ("image", "imagename", "imagefile", "imageid", "filename", "file", "name")
"""What the column of image names may be called; ``CLASS_COLUMNS`` likewise, both as ``plain`` writes them."""
CLASS_COLUMNS = {
    "surface_crack": ("surfacecrack", "crack"),
    "delamination": ("delamination", "delaminationcrack"),
    "pinhole": ("pinhole",),
    "unclassified": ("unclassified", "unclassifieddefect"),
}
Labels = dict[str, list[bool] | None]
"""Which classes an image shows, by its name; None where its line is wrong."""
OUTSIDE = 0.01
"""How far a box may reach outside its image, as a share: rounding to two decimals moves an edge by .0075."""
_TRUTH = {"0": False, "0.0": False, "1": True, "1.0": True}


def plain(column: str) -> str:
    """A column name without case, spaces, underscores, hyphens and a plural's s.

    >>> plain("Surface Cracks"), plain("delamination_crack"), plain("file-name")
    ('surfacecrack', 'delaminationcrack', 'filename')
    """
    return "".join(letter for letter in column.lower() if letter.isalnum()).removesuffix("s")


def read_labels_csv(path: Path, shown: str | None = None) -> pd.DataFrame:
    """Which classes each image shows (paper 1, Data Records, Defect Classification).

    Parameters
    ----------
    path
        A comma-separated UTF-8 file with one line per image. One column names the image (``image``,
        ``image name``, ``image id``, ``image file``, ``filename``, ``file`` or ``name``; with or without a
        folder and an ending) and one column per class holds 0 or 1 (also 0.0 or 1.0). Column names may be in
        any case, with spaces, underscores or hyphens, in the singular or plural: ``Surface Cracks`` or
        ``crack``, ``delamination crack``, ``pinholes``, ``unclassified defects``. Other columns are ignored.
    shown
        How messages call the file; its path where not given.

    Returns
    -------
    (N, 4) table of bool in the order of the file: index ``name`` (image names without ending), one column
    per class of ``cvlib.defects.CLASSES``.

    Raises
    ------
    DataError
        The file is missing, unreadable or not UTF-8, lacks a column, has a label other than 0 or 1, or names
        an image twice.
    """
    labels, findings = scan_labels_csv(path, shown)
    if findings:
        raise BadFile(findings)
    return labels_table(labels)


def scan_labels_csv(path: Path, shown: str | None = None) -> tuple[Labels, list[Finding]]:
    """As ``read_labels_csv``, but lines that are wrong are returned as findings.

    Raises
    ------
    DataError
        No line can be read: the file is missing, unreadable, not UTF-8, no table, or lacks a column.
    """
    shown = shown or str(path)
    rows = csv.reader(io.StringIO(text_of(path, shown), newline=""))
    try:
        columns = columns_of(next(rows, []), shown)
        return _labels(((rows.line_num, row) for row in rows), columns, shown)
    except csv.Error as error:
        message = f"not a comma-separated table ({error}); save it as CSV"
        raise bad_file(shown, message, rows.line_num) from error


def labels_table(labels: Labels) -> pd.DataFrame:
    """Labels that are all known as the table that ``read_labels_csv`` returns."""
    values = np.array(list(labels.values()), bool).reshape(-1, len(CLASSES))
    return pd.DataFrame(values, index=pd.Index(list(labels), name="name", dtype=str), columns=list(CLASSES))


def columns_of(header: list[str], shown: str) -> list[int]:
    """Positions of the image name and the classes in a first line; DataError where one is missing."""
    known = [plain(column) for column in header]
    wanted = {NAME_COLUMN: NAME_COLUMNS, **CLASS_COLUMNS}
    places = {name: [known.index(one) for one in spelt if one in known] for name, spelt in wanted.items()}
    missing = ", ".join(name for name, found in places.items() if not found)
    if missing:
        message = f"no column {missing}; the first line must be {','.join((NAME_COLUMN, *CLASSES))}"
        raise bad_file(shown, message, 1)
    return [found[0] for found in places.values()]


def _labels(
    rows: Iterable[tuple[int, list[str]]], columns: list[int], shown: str
) -> tuple[Labels, list[Finding]]:
    table: Labels = {}
    findings = []
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(columns):
            message = f"{len(row)} cells, expected at least {max(columns) + 1}; complete the line"
            findings.append(Finding(shown, line, message))
            name = stem(row[columns[0]].strip()) if len(row) > columns[0] else ""
            if name:
                table.setdefault(name, None)
            continue
        name, *cells = [row[column].strip() for column in columns]
        name = stem(name)
        if not name:
            findings.append(Finding(shown, line, "no image name; write one or remove the line"))
        elif name in table:
            findings.append(Finding(shown, line, f"{name[:60]} for the second time; keep one line per image"))
        for title, cell in zip(CLASSES, cells, strict=True):
            if cell not in _TRUTH:
                message = f"{title} is {cell[:20]!r}, expected 0 (absent) or 1 (present); correct the cell"
                findings.append(Finding(shown, line, message))
        if name:
            known = all(cell in _TRUTH for cell in cells)
            table[name] = [_TRUTH[cell] for cell in cells] if known else None
    return table, findings


def stem(name: str) -> str:
    """The name of an image without folder and image ending.

    >>> stem("images/image_7.JPG"), stem("image_7"), stem("run.1_frame_2")
    ('image_7', 'image_7', 'run.1_frame_2')
    """
    path = PurePosixPath(name.replace("\\", "/"))
    return path.stem if path.suffix.lower() in (".jpg", ".jpeg", ".png") else path.name


def read_yolo(path: Path, shown: str | None = None) -> np.ndarray:
    """The boxes of one image (paper 1, Data Records, Pinhole Detection and Table 2).

    Parameters
    ----------
    path
        A text file with one box a line: class id, centre x, centre y, width, height, separated by spaces.
        Empty for an image without boxes.
    shown
        How messages call the file; its path where not given.

    Returns
    -------
    (K, 5) float64: class id (position in ``cvlib.defects.DETECTION_CLASSES``), then the box as shares of the
    image's width and height, 0 to 1.

    Raises
    ------
    DataError
        The file is missing, unreadable or not UTF-8, or a line has other than 5 fields, something that is
        not a number, an unknown class id, a share outside 0 to 1, a box without width or height, or one that
        reaches outside the image by more than ``OUTSIDE``.
    """
    shown = shown or str(path)
    boxes: list[list[float]] = []
    findings = []
    for line, content in enumerate(text_of(path, shown).splitlines(), 1):
        fields = content.split()
        if not fields:
            continue
        problem = box_problem(fields)
        if problem:
            findings.append(Finding(shown, line, problem))
        else:
            boxes.append([float(field) for field in fields])
    if findings:
        raise BadFile(findings)
    return np.array(boxes, float).reshape(-1, 5)


def box_problem(fields: list[str]) -> str:
    """What is wrong with the five fields of a line that ``read_yolo`` reads; empty where nothing is.

    >>> box_problem("0 320 240 16 16".split())
    "centre x is 320, expected 0 to 1; divide pixels by the image's width or height"
    """
    if len(fields) != 5:
        return f"{len(fields)} fields, expected 5 (class, centre x and y, width, height); correct the line"
    numbers = []
    for field in fields:
        try:
            numbers.append(float(field))
        except ValueError:
            return f"{field[:20]!r} is not a number; write five numbers separated by spaces"
    if not all(math.isfinite(number) for number in numbers):
        return f"{' '.join(fields)[:60]}: expected finite numbers; correct or remove the line"
    if numbers[0] not in range(len(DETECTION_CLASSES)):
        known = ", ".join(f"{number} ({name})" for number, name in enumerate(DETECTION_CLASSES))
        return f"class {fields[0][:20]} is unknown, expected {known}; correct or remove the line"
    for title, number in zip(("centre x", "centre y", "width", "height"), numbers[1:], strict=True):
        if not 0 <= number <= 1:
            return f"{title} is {number:g}, expected 0 to 1; divide pixels by the image's width or height"
    if 0 in numbers[3:]:
        return "a box without width or height; remove the line"
    for title, centre, length in (("x", numbers[1], numbers[3]), ("y", numbers[2], numbers[4])):
        low, high = centre - length / 2, centre + length / 2
        if low < -OUTSIDE or high > 1 + OUTSIDE:
            return (
                f"the box reaches from {low:g} to {high:g} in {title}, expected 0 to 1; cut it at the border"
            )
    return ""


def write_labels_csv(path: Path, labels: pd.DataFrame, ending: str = ".jpg") -> None:
    """Write a table as ``read_labels_csv`` returns it: image names get the ending, labels become 0 and 1."""
    table = labels.loc[:, list(CLASSES)].astype(int)
    table.index = pd.Index([f"{name}{ending}" for name in labels.index], name=NAME_COLUMN)
    write_bytes(path, table.to_csv(lineterminator="\n").encode())


def write_yolo(path: Path, boxes: np.ndarray) -> None:
    """Write boxes as ``read_yolo`` returns them, six decimals each; none gives an empty file."""
    lines = [f"{int(box[0])} " + " ".join(f"{share:.6f}" for share in box[1:]) + "\n" for box in boxes]
    write_bytes(path, "".join(lines).encode())


def text_of(path: Path, shown: str) -> str:
    """A text file; DataError where it cannot be read or is not UTF-8."""
    try:
        return read_bytes(path, shown).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"not UTF-8 text (byte {error.start + 1}); save it as UTF-8"
        raise bad_file(shown, message) from error
