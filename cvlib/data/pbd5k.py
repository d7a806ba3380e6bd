"""PBD5K's format: X-rays of battery cells with the end points of the plates, one array per polarity."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cvlib.data.files import read_bytes
from cvlib.data.findings import BadFile, Finding, bad_file, one_line
from cvlib.data.layout import by_number, child, files_in, show
from cvlib.data.writing import whole_folder
from cvlib.errors import DataError

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
IMAGES, NEGATIVE, POSITIVE = "img", "neg_location", "pos_location"
OUTSIDE = 0.5
"""Px by which a point may lie outside the image: a whole number counted from 1 is no mistake."""

_PNG_SETTINGS = (cv2.IMWRITE_PNG_COMPRESSION, 1)
"""X-rays are noisy: more effort takes longer and saves little."""
_SAVE = "save it with numpy.save(file, numpy.array(points, float))"

Record = tuple[str, np.ndarray, np.ndarray, np.ndarray]
"""Name without ending, image (H, W) uint8, negative (n, 2) and positive (m, 2) points, x and y in px."""


@dataclass(frozen=True)
class Files:
    """The files of a PBD5K folder by image name, which each of the three has in natural order."""

    images: dict[str, Path]
    negative: dict[str, Path]
    positive: dict[str, Path]


def find_files(root: Path) -> Files:
    """Find the files of a PBD5K folder without opening them.

    Parameters
    ----------
    root
        The folder that holds ``img/NAME.png`` (or JPEG, BMP, TIFF), ``neg_location/all/NAME.npy`` and
        ``pos_location/all/NAME.npy``; ``all`` may be left out. Any letter case.

    Raises
    ------
    DataError
        A folder is missing, unreadable or empty, or an image lacks its points or points their image.
    """
    findings: list[Finding] = []
    images = _by_name(_folder(root, IMAGES), IMAGE_ENDINGS, root, findings)
    points = []
    for kind in (NEGATIVE, POSITIVE):
        folder = _folder(root, kind)
        folder = child(folder, "all", root) or folder
        found = _by_name(folder, (".npy",), root, findings)
        points.append(found)
        for name in images.keys() - found.keys() if found else ():
            message = f"no points {show(folder, root)}/{name}.npy; add them or remove the image"
            findings.append(Finding(show(images[name], root), None, message))
        for name in found.keys() - images.keys() if images else ():
            message = f"no image {name}.png; add the image or remove the points"
            findings.append(Finding(show(found[name], root), None, message))
    if findings:
        raise BadFile(sorted(findings, key=lambda each: by_number(each.file)))
    return Files(images, *points)


def _folder(root: Path, name: str) -> Path:
    found = child(root, name, root)
    if found is None:
        message = f"no folder {name} in it; name the folder that holds {IMAGES}, {NEGATIVE} and {POSITIVE}"
        raise bad_file(str(root), message)
    return found


def _by_name(folder: Path, endings: tuple[str, ...], root: Path, findings: list[Finding]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for path in files_in(folder, endings, root, findings):
        if path.stem in named:
            message = f"the name is taken by {show(named[path.stem], root)}; give each image its own"
            findings.append(Finding(show(path, root), None, message))
        named.setdefault(path.stem, path)
    return named


def read_points(path: Path, size: tuple[int, int] | None = None, shown: str | None = None) -> np.ndarray:
    """The end points of one polarity of one image.

    Parameters
    ----------
    path
        A NumPy file of whole or decimal numbers, one row of x and y in px per point; pixel centres lie at
        whole numbers. Pickled objects are refused unread: they can run code.
    size
        Height and width of the image in px, to check the points against; None leaves that out.
    shown
        How messages call the file; its path where not given.

    Returns
    -------
    (n, 2) float64 in the order of the file; (0, 2) where an empty list was saved.

    Raises
    ------
    DataError
        The file is missing, damaged, cut off or no array of numbers; its shape is not (n, 2); a value is not
        finite; a point lies more than ``OUTSIDE`` px outside the image, that is below -1 or beyond its width
        or height.
    """
    shown = shown or str(path)
    content = read_bytes(path, shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # files of old versions of NumPy
            points = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except Exception as error:  # NumPy raises whatever its parser meets
        if "Object arrays" in str(error):
            message = f"holds pickled Python objects, expected numbers of shape (n, 2); {_SAVE}"
        else:
            why = " ".join(str(error).split())
            message = f"damaged, cut off or no NumPy array ({why}); copy it again, or {_SAVE}"
        raise bad_file(shown, message) from error
    return check_points(points, size, shown)


def check_points(points: np.ndarray, size: tuple[int, int] | None, shown: str) -> np.ndarray:
    """Points as (n, 2) float64; DataError as :func:`read_points` has it.

    >>> check_points(np.array([[3, 4]]), (480, 640), "a.npy")
    array([[3., 4.]])
    """
    if points.dtype.kind not in "iuf":
        raise bad_file(shown, f"values of type {points.dtype}, expected numbers; {_SAVE}")
    if points.shape == (0,):  # what numpy.save makes of an empty list
        points = points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise bad_file(shown, f"shape {points.shape}, expected (n, 2) for x and y in px; {_SAVE}")
    points = points.astype(np.float64)
    for row in np.flatnonzero(~np.isfinite(points).all(axis=1)):
        raise bad_file(shown, f"point {row + 1} is not finite, expected x and y in px; correct or remove it")
    if size is not None:
        limit = np.array(size[::-1]) - 0.5 + OUTSIDE
        for row in np.flatnonzero(((points < -0.5 - OUTSIDE) | (points > limit)).any(axis=1)):
            x, y = points[row]
            message = f"point {row + 1} at x = {x:g}, y = {y:g} lies outside its image"
            repair = "correct it, and check that x comes before y"
            raise bad_file(shown, f"{message} of {size[1]} x {size[0]} px; {repair}")
    return points


def write(folder: Path | str, records: Iterable[Record]) -> None:
    """Write X-rays with their points in PBD5K's layout.

    Parameters
    ----------
    folder
        The folder to make; it may exist if it is empty. It appears when all is written, or not at all.
    records
        See ``Record``; gone through once, in order.

    Raises
    ------
    DataError
        The folder has something in it or cannot be made, the disk is full, or a record is bad.
    """
    with whole_folder(folder) as temporary:
        for record in records:
            write_record(temporary, *record)


def write_record(
    folder: Path, name: str, image: np.ndarray, negative: np.ndarray, positive: np.ndarray
) -> None:
    """Write one X-ray into a folder that is being made; the same record gives the same bytes.

    Raises
    ------
    DataError
        The name is taken or cannot be a file's, the image is not (H, W) uint8, or points are bad.
    """
    shown = one_line(f"image {name!r}")
    if not re.fullmatch(r"[^./\\:*?\"<>|\s][^/\\:*?\"<>|\n]*", name):
        raise DataError(f"{shown}: the name cannot be a file's; rename the image")
    if image.dtype != np.uint8 or image.ndim != 2 or not image.size:
        message = f"{image.dtype} of shape {image.shape}, expected uint8 of shape (height, width)"
        raise DataError(f"{shown}: {message}; convert it to 8-bit grey")
    path = folder / IMAGES / f"{name}.png"
    if path.exists():
        raise DataError(f"{shown}: the name is taken by another image; give each its own")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", image, _PNG_SETTINGS)[1].tobytes())
    height, width = image.shape
    for kind, points in ((NEGATIVE, negative), (POSITIVE, positive)):
        place = folder / kind / "all"
        place.mkdir(parents=True, exist_ok=True)
        np.save(place / f"{name}.npy", check_points(points, (height, width), f"{shown}, {kind}"))
