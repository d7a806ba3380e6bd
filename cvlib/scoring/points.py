"""Predicted plate ends: a CSV, or folders of NumPy files as PBD5K has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.data.layout import child
from cvlib.data.pbd5k import IMAGE_ENDINGS, NEGATIVE, POSITIVE, read_points
from cvlib.measure.overhang import Plates
from cvlib.scoring.files import by_image, lines_of, matched
from cvlib.scoring.images import Chosen, Sizes

OUTSIDE = 0.02
"""How far a predicted point may lie outside its image, as a share of the side: networks do err a little."""

MISSING = "save an empty array where no end was found, or score fewer images with --split"

COLUMNS = {"image": ("image", "name"), "polarity": ("polarity",), "x": ("x", "x_px"), "y": ("y", "y_px")}
"""What a CSV must have, and what each column may be called."""

_POLARITIES = {"negative": 0, "neg": 0, "positive": 1, "pos": 1}


def read_ends_csv(path: Path, sizes: Sizes, chosen: Chosen) -> tuple[dict[str, Plates], list[str]]:
    """The plate ends of a CSV, such as ``cvlib locate`` writes.

    Parameters
    ----------
    path
        One line per end: ``image``, ``polarity`` (negative or positive), ``x`` and ``y`` (or ``x_px`` and
        ``y_px``) in px of the image, pixel centres at whole numbers; ``number`` may say the order within a
        polarity; where not all ends of it have one, they count from top to bottom. Other columns are left
        alone.
    sizes
        Of the images to be scored.
    chosen
        The images to be scored.

    Returns
    -------
    Negative (n, 2) and positive (m, 2) ends by image name, in order, and remarks.

    Raises
    ------
    DataError
        A column is missing, or a line is no such end, stands twice or belongs to no image; all are listed.
    """
    header, lines = lines_of(path)
    columns = _columns(header, path.name)
    found: dict[str, tuple[list, list]] = {}
    findings: list[Finding] = []
    seen: set[tuple[str, ...]] = set()
    for line, row in lines:
        cells = {key: row[at].strip() if at < len(row) else "" for key, at in columns.items()}
        problem = _problem(cells, sizes) or _repeated(cells, seen)
        if problem:
            findings.append(Finding(path.name, line, problem))
            continue
        x, y = float(cells["x"]), float(cells["y"])
        own = found.setdefault(_name(cells["image"]), ([], []))
        own[_POLARITIES[cells["polarity"].lower()]].append((float(cells["number"] or "nan"), x, y))
    if findings:
        raise BadFile(findings)
    _refuse_shares(path, [point[1:] for own in found.values() for ends in own for point in ends])
    remarks = matched({name: path.name for name in found}, chosen, "", path.name)
    return {name: (_in_order(own[0]), _in_order(own[1])) for name, own in found.items()}, remarks


def _columns(header: list[str], shown: str) -> dict[str, int]:
    given = [title.strip().lower() for title in header]
    places = {key: [given.index(one) for one in spelt if one in given] for key, spelt in COLUMNS.items()}
    missing = ", ".join(key for key, at in places.items() if not at)
    if missing:
        message = (
            f"no column {missing}; the first line must be image,polarity,number,x,y (number may be left out)"
        )
        raise bad_file(shown, message, 1)
    number = given.index("number") if "number" in given else len(header)
    return {key: at[0] for key, at in places.items()} | {"number": number}


def _problem(cells: Mapping[str, str], sizes: Sizes) -> str:
    if not cells["image"]:
        return "no image name; write one or remove the line"
    if cells["polarity"].lower() not in _POLARITIES:
        return f"polarity is {cells['polarity'][:20]!r}, expected negative or positive; correct the cell"
    for key in ("x", "y", *(["number"] if cells["number"] else [])):
        try:
            value = float(cells[key])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            told = f"{key} is {cells[key][:20]!r}, expected a finite number"
            return f"{told}; correct it, or remove the line where no end was found"
    return _outside(float(cells["x"]), float(cells["y"]), sizes.get(_name(cells["image"])))


def _repeated(cells: Mapping[str, str], seen: set[tuple[str, ...]]) -> str:
    whose = (_name(cells["image"]), cells["polarity"].lower()[:3])
    keys: list[tuple[str, ...]] = [("place", *whose, cells["x"], cells["y"])]
    keys += [("number", *whose, cells["number"])] if cells["number"] else []
    again = next((key for key in keys if key in seen), None)
    seen.update(keys)
    if again is None:
        return ""
    if again[0] == "place":
        return "the same end twice; remove one"
    return f"number {cells['number'][:20]} of this polarity for the second time; number them anew"


def _outside(x: float, y: float, size: tuple[int, int] | None) -> str:
    if size is None:
        return ""
    height, width = size
    if -OUTSIDE * width <= x <= (1 + OUTSIDE) * width and -OUTSIDE * height <= y <= (1 + OUTSIDE) * height:
        return ""
    where = f"x = {x:g}, y = {y:g} lies outside its image of {width} x {height} px"
    return f"{where}; give px of the whole image, x before y"


def _in_order(ends: list[tuple[float, float, float]]) -> np.ndarray:
    """By number where all have one, else from top to bottom: (n, 2)."""
    table = np.array(ends, float).reshape(-1, 3)
    key = table[:, 2] if np.isnan(table[:, 0]).any() else table[:, 0]
    return table[np.argsort(key, kind="stable"), 1:]


def _name(cell: str) -> str:
    path = PurePosixPath(cell.replace("\\", "/"))
    return path.stem if path.suffix.lower() in IMAGE_ENDINGS else path.name


def _refuse_shares(path: Path, points: list[tuple[float, ...]]) -> None:
    if points and max(max(point) for point in points) <= 1:
        message = "no coordinate is above 1: these look like shares of the image, expected pixels"
        raise bad_file(path.name, f"{message}; multiply by the image's width and height")


def read_ends_folder(folder: Path, sizes: Sizes, chosen: Chosen) -> tuple[dict[str, Plates], list[str]]:
    """The plate ends in folders ``neg_location`` and ``pos_location``, a NumPy file per image.

    Parameters
    ----------
    folder
        Holds both, each with ``NAME.npy`` or ``all/NAME.npy``, see ``cvlib.data.pbd5k.read_points``. The
        order within a polarity is taken from top to bottom.
    sizes, chosen
        As :func:`read_ends_csv` takes them.

    Returns
    -------
    As there.

    Raises
    ------
    DataError
        A folder or file is missing, belongs to no image or is no such array; all are listed.
    """
    found: list[dict[str, np.ndarray]] = []
    for kind in (NEGATIVE, POSITIVE):
        place = child(folder, kind, folder)
        if place is None:
            message = f"no folder {kind} in it; name the folder that holds {NEGATIVE} and {POSITIVE}"
            raise bad_file(str(folder), message)
        files, remarks = by_image(child(place, "all", folder) or place, (".npy",), chosen, MISSING)
        findings: list[Finding] = []
        read = {
            name: _read(files[name], f"{kind}/{name}.npy", sizes[name], findings) for name in chosen.wanted
        }
        if findings:
            raise BadFile(findings)
        found.append(read)
    _refuse_shares(
        folder, [tuple(point) for own in found for ends in own.values() for point in ends.tolist()]
    )
    return {name: (found[0][name], found[1][name]) for name in chosen.wanted}, remarks


def _read(path: Path, shown: str, size: tuple[int, int], findings: list[Finding]) -> np.ndarray:
    try:
        points = read_points(path, shown=shown)
    except BadFile as error:
        findings += error.findings
        return np.zeros((0, 2))
    problems = [_outside(x, y, size) for x, y in points.tolist()]
    findings += [Finding(shown, None, f"point {at + 1}: {each}") for at, each in enumerate(problems) if each]
    return points[np.argsort(points[:, 1], kind="stable")]
