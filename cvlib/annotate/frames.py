"""From a video to a folder of images without repeats: the first step of paper 1's Data Annotation Methods.

The paper says that a "hashmap-based filtering method" took duplicates out. Here these are two filters: the
same pixels, and nearly the same perceptual hash. The first finds next to nothing in video compressed with
loss, where one picture is stored in two ways. Of pairs of simulated frames shifted by 8 pixels the second
calls 99 % alike, by 24 pixels 46 %, by 48 pixels none; of 600 frames of 47 samples it called no two of
different samples alike. It does take frames for alike that show nothing at all. Overlaps of frames that are
farther apart are found by correlation, told by group, and thinned out on demand.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from cvlib.annotate.motion import Axis, motion_blur
from cvlib.annotate.video import Frame, open_source
from cvlib.data.duplicates import groups_from, overlaps
from cvlib.data.files import write_bytes
from cvlib.data.hashes import distance, phash
from cvlib.data.image_folder import ImageFolder
from cvlib.data.manifest import VERSION, Manifest, write_frames, write_manifest
from cvlib.data.repeats import BITS, MOST_COMPARED
from cvlib.data.writing import whole_folder
from cvlib.errors import UserError

Why = Literal["", "identical", "alike", "overlapping"]


@dataclass(frozen=True)
class Choices:
    """What is taken, and what counts as a repeat.

    Attributes
    ----------
    start, every, most
        The first frame, every how manyth from there, how many at most (None: all), before any is dropped.
    blur, axis
        Motion blur put on, px (see ``cvlib.annotate.motion``), and the axis along which the sample moves:
        overlaps are looked for along it.
    bits
        Frames whose perceptual hashes differ in so many of 64 bits or fewer are alike; None: only the same
        pixels are a repeat.
    overlapping
        Whether overlaps are looked for; at most ``cvlib.data.repeats.MOST_COMPARED`` frames can be.
    distinct
        Share of the width (along y: of the height), 0 to 1: of two frames that share more one is dropped.
        None drops none. Overlaps of less than .3 are not seen, see ``cvlib.data.duplicates``.
    sharpest
        Whether ``distinct`` keeps the sharpest, by the variance of the Laplacian, not the first.
    quality
        Of JPEG, 1 to 100; None for PNG, which loses nothing.

    Raises
    ------
    UserError
        A value is out of range, or two contradict each other.
    """

    start: int = 0
    every: int = 1
    most: int | None = None
    blur: float = 0.0
    axis: Axis = "x"
    bits: int | None = BITS
    overlapping: bool = True
    distinct: float | None = None
    sharpest: bool = False
    quality: int | None = None

    def __post_init__(self) -> None:
        counts = {"start": (0, np.inf), "every": (1, np.inf), "most": (1, np.inf), "blur": (0, np.inf)}
        shares = {"bits": (0, 64), "distinct": (0, 1), "quality": (1, 100)}
        for name, (low, high) in (counts | shares).items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                expected = f"at least {low}" if high == np.inf else f"{low} to {high}"
                raise UserError(f"{name} is {value}: expected {expected}; change it")
        if self.axis not in get_args(Axis):
            raise UserError(f"axis is {self.axis!r}: expected x or y; change it")
        if self.distinct is not None and not self.overlapping:
            message = "distinct frames were asked for without a search for overlaps"
            raise UserError(f"{message}; leave out one of them")
        if self.sharpest and self.distinct is None:
            message = "the sharpest were asked for, but which frames overlap too much was not"
            raise UserError(f"{message}; give the share of the width from which one is dropped (--distinct)")

    @property
    def ending(self) -> str:
        """Of the images' names."""
        return ".png" if self.quality is None else ".jpg"


class Extracted(NamedTuple):
    """What :func:`extract` did.

    Attributes
    ----------
    table
        A row per frame taken: ``name`` of its image, ``clip`` (the same for images that overlap), ``frame``,
        ``seconds``, ``source``, ``sharpness``, ``why`` it was dropped (empty where it was kept), ``like``
        (which kept or earlier image it repeats).
    pairs
        Overlapping pairs among what the hash filter left, as ``cvlib.data.duplicates.overlaps`` gives them.
    note
        What went wrong with the source, in a sentence; mostly empty.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    note: str

    def dropped(self, why: Why) -> int:
        """How many frames were dropped for that reason; with ``""``, how many were kept."""
        return int((self.table["why"] == why).sum())


def extract(path: Path, to: Path, choices: Choices | None = None, progress: bool = True) -> Extracted:
    """Take frames out of a video, or stills out of a folder, and drop repeats.

    Written are ``images/image_NNNNNN.png``, the number being the frame's (of stills, the place in the folder,
    from 0; ``source`` keeps the name); ``frames.csv``, a line per image (``clip`` tells which overlap);
    ``dropped.csv``, a line per frame that was dropped, and why; and ``manifest.json``. With masks of the same
    names beside them, in ``masks``, the folder opens as path:DIR.

    Frames are read one at a time. A frame is dropped as ``identical`` to an earlier one with the same
    pixels, as ``alike`` to a kept one by its perceptual hash, and with ``choices.distinct`` as
    ``overlapping`` with a kept one. Memory does not grow with the size of frames: of each kept one
    a thumbnail of 80 x 60 cells is compared.

    Parameters
    ----------
    path
        A video, or a folder of images.
    to
        The folder to make; it may exist if it is empty. It appears when all is written, or not at all.
    choices
        See :class:`Choices`; their defaults where not given.
    progress
        Show a progress bar on the standard error stream.

    Raises
    ------
    DataError
        There is nothing to read, or nowhere to write.
    UserError
        The blur is longer than the frames, or more frames than can be correlated are left.
    """
    choices = choices or Choices()
    source = open_source(path)
    with whole_folder(to) as temporary:
        images = temporary / "images"
        images.mkdir()
        wanted = islice(source.frames(choices.start, choices.every), choices.most)
        seen = tqdm(wanted, desc="frames", unit="frame", disable=None if progress else True)
        table = pd.DataFrame(_filtered(seen, images, choices))
        pairs = _grouped(table, images, choices, progress)
        if choices.distinct is not None:
            _thin(table, pairs, choices.distinct, choices.sharpest)
        for name in table.loc[table["why"] == "overlapping", "name"]:
            (images / f"{name}{choices.ending}").unlink()
        _write_tables(temporary, table, source.title, choices)
    return Extracted(table, pairs, source.note)


def _filtered(frames: Iterable[Frame], images: Path, choices: Choices) -> Iterator[dict[str, object]]:
    """A row per frame; those that the hash filter leaves are written."""
    first: dict[bytes, str] = {}
    kept: list[str] = []
    hashes = np.empty(0, np.uint64)
    for frame in frames:
        name = f"image_{frame.number:06d}"
        image = motion_blur(frame.image, choices.blur, choices.axis) if choices.blur else frame.image
        digest, own = _digest(image), phash([image])[0]
        why, like = _repeat(first.setdefault(digest, name), name, distance(hashes, own), kept, choices.bits)
        if not why:
            kept.append(name)
            hashes = np.append(hashes, own)
            if choices.overlapping and len(kept) > MOST_COMPARED:
                message = f"more than {MOST_COMPARED:,} frames are left to look for overlaps"
                raise UserError(f"{message}; take fewer (--every, --most), or --no-overlaps")
            write_bytes(images / f"{name}{choices.ending}", _encoded(image, choices))
        told = {"name": name, "clip": -1, "frame": frame.number, "seconds": round(frame.seconds, 4)}
        yield {**told, "source": frame.source, "sharpness": _sharpness(image), "why": why, "like": like}


def _repeat(first: str, name: str, bits: np.ndarray, kept: list[str], most: int | None) -> tuple[Why, str]:
    """Whether a frame repeats another by its pixels or by its hash, and which."""
    if first != name:
        return "identical", first
    if most is not None and len(bits) and bits.min() <= most:
        return "alike", kept[int(bits.argmin())]
    return "", ""


def _digest(image: np.ndarray) -> bytes:
    return hashlib.sha256(str(image.shape).encode() + np.ascontiguousarray(image).tobytes()).digest()


def _sharpness(image: np.ndarray) -> float:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return round(float(cv2.Laplacian(grey, cv2.CV_32F).var()), 2)


def _encoded(image: np.ndarray, choices: Choices) -> bytes:
    settings = () if choices.quality is None else (cv2.IMWRITE_JPEG_QUALITY, choices.quality)
    return cv2.imencode(choices.ending, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), settings)[1].tobytes()


class _AlongX(ImageFolder):
    """Images turned so that samples that move along y move along x, as the finder of overlaps expects."""

    def image(self, index: int) -> np.ndarray:
        return np.ascontiguousarray(super().image(index).swapaxes(0, 1))


def _grouped(table: pd.DataFrame, images: Path, choices: Choices, progress: bool) -> pd.DataFrame:
    """Fill in the clips: overlapping frames share one, and repeats have that of what they repeat."""
    kept = np.flatnonzero(table["why"] == "")
    groups = np.arange(len(kept))
    pairs = pd.DataFrame(columns=["first", "second", "shift_px", "overlap", "score"])
    if choices.overlapping and len(kept) > 1:
        folder = ImageFolder(images) if choices.axis == "x" else _AlongX(images)
        pairs = overlaps(folder, progress=progress)
        groups = groups_from(pairs, len(kept))
        pairs = pairs.assign(first=kept[pairs["first"]], second=kept[pairs["second"]])
    clips = dict(zip(table["name"].iloc[kept], groups.tolist(), strict=True))
    for name, like in zip(table["name"], table["like"], strict=True):
        clips.setdefault(name, clips.get(like, -1))  # what a frame repeats stands before it
    table["clip"] = table["name"].map(clips)
    return pairs


def _thin(table: pd.DataFrame, pairs: pd.DataFrame, share: float, sharpest: bool) -> None:
    """Keep frames one by one, the first or the sharpest first, and drop what overlaps a kept one too much."""
    clip = table["clip"].to_numpy()
    near: dict[int, list[int]] = defaultdict(list)
    for first, second in pairs.loc[pairs["overlap"] > share, ["first", "second"]].to_numpy(int).tolist():
        if clip[first] == clip[second]:  # else a pair that the groups as a whole contradict
            near[first].append(second)
            near[second].append(first)
    left = table[table["why"] == ""]
    rank = -left["sharpness"] if sharpest else left["frame"]
    kept: set[int] = set()
    for place in rank.sort_values(kind="stable").index:
        like = next((other for other in near[place] if other in kept), None)
        if like is None:
            kept.add(place)
        else:
            table.loc[place, ["why", "like"]] = ["overlapping", table["name"].iloc[like]]


def _write_tables(folder: Path, table: pd.DataFrame, title: str, choices: Choices) -> None:
    kept = table[table["why"] == ""].drop(columns=["why", "like"])
    write_frames(folder, kept)
    dropped = table[table["why"] != ""].to_csv(index=False, lineterminator="\n")
    write_bytes(folder / "dropped.csv", dropped.encode())
    told = {name: value for name, value in asdict(choices).items() if value is not None}
    told |= {name: int(value) for name, value in told.items() if isinstance(value, bool)}
    remarks = [f"Motion blur of {choices.blur:g} px was put on along {choices.axis}."] if choices.blur else []
    write_manifest(
        folder,
        Manifest(
            format_version=VERSION,
            channels="RGBA",
            title=f"frames of {title}",
            remarks=remarks,
            settings=told,
            source=title,
            images=len(kept),
        ),
    )
