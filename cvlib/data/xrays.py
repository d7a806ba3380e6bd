"""X-rays of cell edges with the end points of their plates: what electrode localization learns and reads."""

from __future__ import annotations

import copy
import hashlib
import io
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError
from tqdm import tqdm

from cvlib.data import pbd5k
from cvlib.data.catalogue import path_of
from cvlib.data.dataset import Origin
from cvlib.data.files import read_bytes
from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.data.layout import by_number, show
from cvlib.data.writing import whole_folder
from cvlib.data.xray_images import read_xray, xray_size
from cvlib.errors import DataError
from cvlib.provenance import code_of, versions_of
from cvlib.simulate.cell import Scene, plan
from cvlib.simulate.xray import draw

VIEWS, ABOUT = "views.csv", "xrays.json"
STEEPEST = 0.2
"""Px per px; plates that run more steeply up or down are not expected."""


class View(NamedTuple):
    """One X-ray to be written.

    Attributes
    ----------
    name
        Unique, without ending.
    image
        (H, W) uint8.
    negative, positive
        (n, 2) and (m, 2) end points, x and y in px.
    cell
        What the image shows; images of one cell share it.
    um_per_px
        Scale, NaN where unknown.
    """

    name: str
    image: np.ndarray
    negative: np.ndarray
    positive: np.ndarray
    cell: int | str
    um_per_px: float


class About(BaseModel):
    """What a folder says of itself in ``xrays.json``; fields as in :class:`Xrays`."""

    model_config = ConfigDict(strict=True, extra="ignore")

    origin: Origin = "unknown"
    title: str = ""
    settings: dict[str, int | float | str] = {}


class Xrays:
    """A folder of X-rays with end points in PBD5K's layout, see ``cvlib.data.pbd5k.find_files``.

    Beside it may lie ``views.csv`` (``name``, ``cell``, ``um_per_px``), which says which images show one cell
    and at what scale, and ``xrays.json`` (``origin``, ``title``, ``settings``).

    Parameters
    ----------
    root
        The folder.

    Attributes
    ----------
    name
        What ``open_xrays`` was asked for, ``path:DIR``.
    title
        How pages call it.
    origin
        ``simulated``, ``photographs``, or ``unknown`` for a folder that does not say.
    settings
        What the images were made with, such as a seed; empty for photographs.
    frames
        One row per image: ``name``, ``cell`` (text), ``um_per_px`` and what else ``views.csv`` has, in its
        order. Where there is none, by number in the name, each image a cell of its own.
    groups
        (N,) int64: number of each image's cell; images of one cell belong together in splits and intervals.
    um_per_px
        (N,) float64: scale, NaN where unknown.

    Raises
    ------
    DataError
        The folder is not in this format; later, when a record is read, its file is bad.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.name = f"path:{root}"
        self._files = pbd5k.find_files(self.root)
        about = _read_about(self.root)
        self.title = about.title or f"folder {self.root.name}"
        self.origin: Origin = about.origin
        self.settings: Mapping[str, int | float | str] = about.settings
        self.frames = _read_views(self.root, list(self._files.images))
        self._names: list[str] = self.frames["name"].tolist()
        self.groups: np.ndarray = pd.factorize(self.frames["cell"])[0].astype(np.int64)
        self.um_per_px: np.ndarray = self.frames["um_per_px"].to_numpy(np.float64)

    def __len__(self) -> int:
        return len(self._names)

    def image(self, index: int) -> np.ndarray:
        """The X-ray at a position: (H, W) uint8, see :func:`cvlib.data.xray_images.read_xray`."""
        path = self._files.images[self._names[index]]
        return read_xray(path, show(path, self.root))

    def negative(self, index: int) -> np.ndarray:
        """End points of the negative plates at a position: (n, 2) float64, x and y in px, top to bottom."""
        return self._points(self._files.negative, index)

    def positive(self, index: int) -> np.ndarray:
        """End points of the positive plates at a position: (m, 2) float64, x and y in px, top to bottom."""
        return self._points(self._files.positive, index)

    def poles(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """All end points at a position: (K, 2) float64 top to bottom, and (K,) bool, True where positive.

        Where there is one more of one kind than of the other they alternate; else they are in order of y, in
        which long and short plates of a tilted stack may change places.

        Raises
        ------
        DataError
            There is one more of one kind, but ends that alternate would not lie one below the other, however
            the plates are tilted (up to ``STEEPEST``).
        """
        negative, positive = self.negative(index), self.positive(index)
        if abs(len(negative) - len(positive)) == 1:
            alternating = np.arange(len(negative) + len(positive)) % 2 == (len(positive) < len(negative))
            points = np.empty((len(alternating), 2))
            points[alternating], points[~alternating] = positive, negative
            self._check_order(points, index)
            return points, alternating
        points = np.concatenate([negative, positive])
        order = np.argsort(points[:, 1], kind="stable")
        return points[order], order >= len(negative)

    def _check_order(self, points: np.ndarray, index: int) -> None:
        right, down = np.diff(points, axis=0, prepend=[[0, -np.inf]]).T
        slopes = np.linspace(-STEEPEST, STEEPEST, 41)[:, None]  # that the plates may have
        room = down - slopes * right
        best = room[room.min(axis=1).argmax()]
        if best.min() <= 0:
            found = f"negative and positive ends do not alternate near y = {points[best.argmin(), 1]:g}"
            todo = "correct the points of both polarities, or remove the image"
            message = f"{found}, expected them in turn from top to bottom; {todo}"
            raise bad_file(show(self._files.images[self._names[index]], self.root), message)

    def counts(self) -> np.ndarray:
        """Negative and positive plates of each image: (N, 2) int64."""
        counts = [(len(self.negative(index)), len(self.positive(index))) for index in range(len(self))]
        return np.array(counts, np.int64).reshape(-1, 2)

    def take(self, positions: Sequence[int]) -> Xrays:
        """The images at some positions, as a data set of their own."""
        some = copy.copy(self)
        some.__dict__.pop("_fingerprint", None)
        some.frames = self.frames.iloc[list(positions)].reset_index(drop=True)
        some._names = some.frames["name"].tolist()
        some.groups, some.um_per_px = self.groups[list(positions)], self.um_per_px[list(positions)]
        some.title = f"{self.title}, {len(some)} of {len(self):,} images"
        return some

    def fingerprint(self) -> str:
        """A SHA-256 over the files of images and points and the table of frames; reads every file once."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256(self.frames.to_csv(index=False).encode())
        for files in (self._files.images, self._files.negative, self._files.positive):
            for name in self._names:
                content = read_bytes(files[name], show(files[name], self.root))
                digest.update(hashlib.sha256(content).digest())
        return digest.hexdigest()

    def _points(self, files: Mapping[str, Path], index: int) -> np.ndarray:
        name = self._names[index]
        size = xray_size(self._files.images[name], show(self._files.images[name], self.root))
        points = pbd5k.read_points(files[name], size, show(files[name], self.root))
        return points[np.argsort(points[:, 1], kind="stable")]


def open_xrays(name: str, store: Path, images: int = 600, seed: int = 0, scene: Scene | None = None) -> Xrays:
    """Open X-rays by name.

    Parameters
    ----------
    name
        ``path:DIR`` for a folder, see :class:`Xrays`, or ``simulated``.
    store
        Folder that simulated ones are kept in: they are drawn once.
    images, seed, scene
        Of the simulated ones, see :func:`cvlib.simulate.cell.plan`.

    Raises
    ------
    DataError
        The name is neither, or the folder is not in its format.
    """
    if name == "simulated":
        folder = _drawn(store, images, seed, scene or Scene())
    elif name.startswith("path:"):
        folder = path_of(name)
    else:
        raise DataError(f"X-rays {name!r} are unknown, expected simulated or path:DIR; is it path:{name}?")
    data = Xrays(folder)
    data.name = name
    return data


def _drawn(store: Path, images: int, seed: int, scene: Scene) -> Path:
    """The folder of simulated X-rays, whose name changes with what draws them."""
    code = code_of(["cvlib.simulate.cell", "cvlib.simulate.xray", "cvlib.data.xrays"])
    told = f"{images} {seed} {scene} {versions_of(['numpy', 'scipy', 'opencv-python-headless'])} {code}"
    folder = store / f"xrays-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
    store.mkdir(parents=True, exist_ok=True)
    with FileLock(store / ".xrays.lock"):
        if not folder.exists():
            simulate_xrays(folder, images, seed, scene, progress=False)
    return folder


def _read_about(root: Path) -> About:
    if not (root / ABOUT).exists():
        return About()
    try:
        return About.model_validate_json(read_bytes(root / ABOUT, ABOUT))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        message = f"{place + ': ' if place else ''}{fault['msg']}; correct or remove the file"
        raise bad_file(ABOUT, message) from error


def _read_views(root: Path, names: list[str]) -> pd.DataFrame:
    """The table of frames, see :class:`Xrays`; DataError where ``views.csv`` is bad."""
    if not (root / VIEWS).exists():
        return pd.DataFrame({"name": names, "cell": names, "um_per_px": np.nan})
    table = _parse_views(read_bytes(root / VIEWS, VIEWS))
    findings = _faulty_lines(table, names)
    if findings:
        raise BadFile(findings)
    return table.assign(um_per_px=table["um_per_px"].astype(float))


def _parse_views(content: bytes) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # lines longer than the first
            table = pd.read_csv(
                io.BytesIO(content),
                index_col=False,
                dtype={"name": str, "cell": str},  # cell 007 is not cell 7
                keep_default_na=False,  # nor is NA a missing one
                na_values={"um_per_px": ["", "nan", "NaN"]},
            )
    except (ValueError, pd.errors.ParserWarning) as error:  # no table, or not UTF-8
        message = f"not a table ({' '.join(str(error).split())}); correct or remove it"
        raise bad_file(VIEWS, message) from error
    missing = [column for column in ("name", "cell") if column not in table]
    if missing:
        message = f"no column {', '.join(missing)}, expected name, cell and um_per_px"
        raise bad_file(VIEWS, f"{message}; correct or remove the file", 1)
    if "um_per_px" not in table:
        table["um_per_px"] = np.nan
    return table.fillna({"name": "", "cell": ""})


def _faulty_lines(table: pd.DataFrame, names: list[str]) -> list[Finding]:
    blank = (table["name"] == "") | (table["cell"] == "")
    scale = pd.to_numeric(table["um_per_px"], errors="coerce")
    unscaled = table["um_per_px"].notna() & ~((scale > 0) & np.isfinite(scale))
    faults: list[tuple[pd.Series, str]] = [
        (blank, "no name or no cell; write both, or remove the file"),
        (~blank & ~table["name"].isin(names), "no such image in img; remove the line, or add the image"),
        (~blank & table["name"].duplicated(), "an image for the second time; keep one line per image"),
        (unscaled, "um_per_px is no positive number; write the scale in µm, or nothing where unknown"),
    ]
    findings = [Finding(VIEWS, int(row) + 2, text) for bad, text in faults for row in np.flatnonzero(bad)]
    for name in sorted(set(names) - set(table["name"]), key=by_number):
        findings.append(Finding(VIEWS, None, f"no line for {name}; add one, or remove the file"))
    return findings


def write_xrays(
    folder: Path | str,
    views: Iterable[View | tuple[str, np.ndarray, np.ndarray, np.ndarray, int | str, float]],
    settings: Mapping[str, int | float | str],
    origin: Origin = "simulated",
    title: str = "",
) -> None:
    """Write X-rays with end points as :class:`Xrays` reads them; the same views give the same bytes.

    Parameters
    ----------
    folder
        The folder to make; it may exist if it is empty. It appears when all is written, or not at all.
    views
        See :class:`View`; gone through once, in order, so memory stays flat.
    settings, origin, title
        As :class:`Xrays` has them, written to ``xrays.json``.

    Raises
    ------
    DataError
        There are no views or one is bad, the folder has something in it or cannot be made, the disk is full.
    """
    rows = []
    with whole_folder(folder) as temporary:
        for view in (View(*each) for each in views):
            pbd5k.write_record(temporary, view.name, view.image, view.negative, view.positive)
            rows.append((view.name, view.cell, view.um_per_px))
        if not rows:
            raise DataError(f"{folder}: no X-rays to write, expected at least one; ask for more")
        table = pd.DataFrame(rows, columns=["name", "cell", "um_per_px"])
        (temporary / VIEWS).write_bytes(table.to_csv(index=False, lineterminator="\n").encode())
        about = About(origin=origin, title=title, settings=dict(settings))
        (temporary / ABOUT).write_bytes((about.model_dump_json(indent=2) + "\n").encode())


def simulate_xrays(
    folder: Path | str, images: int = 3000, seed: int = 0, scene: Scene | None = None, progress: bool = True
) -> None:
    """Draw X-rays (see :func:`cvlib.simulate.cell.plan`) and write them as a folder.

    Raises
    ------
    UserError
        A number is not what it should be, or the folder cannot be made.
    """
    scene = scene or Scene()
    planned = plan(images, seed, scene)
    shown = tqdm(planned, desc="draw", unit="image", disable=None if progress else True)
    views = (
        View(
            each.name,
            draw(each),
            each.points[~each.positive],
            each.points[each.positive],
            each.cell,
            each.um_per_px,
        )
        for each in shown
    )
    plates = f"{scene.poles} plates" if scene.poles else "any number of plates"
    title = f"simulated X-rays (seed {seed}, {plates})"
    told: dict[str, int | float | str] = {
        "images": images,
        "seed": seed,
        "poles": scene.poles,
        "distractors": str(scene.distractors),
    }
    write_xrays(folder, views, told, title=title)
