"""The data sets by name."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from cvlib.data.channels import Channels, refuse_channels
from cvlib.data.coatingvision import CoatingVision
from cvlib.data.crack_forest import CrackForest
from cvlib.data.dataset import Dataset
from cvlib.data.magnetic_tile import MagneticTile
from cvlib.data.simulated import Simulated
from cvlib.errors import DataError

ROOT_VARIABLE = "CVLIB_DATA"


@dataclass(frozen=True)
class Source:
    """What there is to know about a data set before opening it."""

    name: str
    title: str
    images: str
    licence: str
    citation: str
    layout: str


SOURCES: tuple[Source, ...] = (
    Source(
        "simulated",
        "simulated coatings with exact masks, drawn when asked for",
        "2,227, or as many as asked for",
        Simulated.licence,
        "this package",
        "nothing on disk",
    ),
    Source(
        "magnetic-tile",
        "photographs of magnetic tiles with blowholes, breaks, cracks, frays and uneven places",
        "1,344",
        MagneticTile.licence,
        'Y. Huang, C. Qiu and K. Yuan, "Surface defect saliency of magnetic tile", '
        "The Visual Computer 36, 85-96 (2020), doi 10.1007/s00371-018-1588-5",
        f"${ROOT_VARIABLE}/magnetic-tile/MT_<category>/Imgs/exp<k>_num_<n>.jpg and .png",
    ),
    Source(
        "crack-forest",
        "photographs of road cracks (CrackForest, CFD)",
        "118 annotated of 155",
        CrackForest.licence,
        'Y. Shi, L. Cui, Z. Qi, F. Meng and Z. Chen, "Automatic road crack detection using random structured '
        'forests", IEEE Trans. Intell. Transp. Syst. 17(12), 3434-3445 (2016); '
        'L. Cui, Z. Qi, Z. Chen, F. Meng and Y. Shi, "Pavement distress detection using random decision '
        'forests", Int. Conf. Data Science, 95-102 (2015)',
        f"${ROOT_VARIABLE}/crack-forest/image/NNN.jpg and groundTruth/NNN.mat",
    ),
    Source(
        "coatingvision",
        "photographs of slot-die coatings: the data set of paper 1",
        "2,227",
        "as its page on figshare says",
        '"A Defect Dataset for Electrode Coating Manufacturing", Scientific Data (2026), '
        "doi 10.1038/s41597-025-06419-1; data: doi 10.6084/m9.figshare.29260121.v1",
        f"${ROOT_VARIABLE}/coatingvision, as path:DIR",
    ),
    Source(
        "path:DIR",
        "a folder of yours in CoatingVision's format",
        "as many as there are",
        "yours to say",
        "yours to say",
        "DIR/segmentation/{images,masks}, DIR/classification/{images,labels}, DIR/detection/{images,labels}; "
        "flat or within train, val and test",
    ),
)
"""The data sets that ``open_dataset`` knows."""

READERS: dict[str, Callable[[Path], Dataset]] = {
    "magnetic-tile": MagneticTile,
    "crack-forest": CrackForest,
}
"""What opens the folder of a data set that has a format of its own."""


def data_root() -> Path:
    """Where data sets are looked for: the folder in CVLIB_DATA, else the user's cache folder."""
    stated = os.environ.get(ROOT_VARIABLE)
    return Path(stated).expanduser() if stated else platformdirs.user_cache_path("cvlib")


def describe(name: str) -> Source:
    """What there is to know about a data set before opening it; DataError for an unknown name.

    >>> describe("magnetic-tile").images
    '1,344'
    """
    for source in SOURCES:
        if name == source.name or (source.name == "path:DIR" and name.startswith("path:")):
            return source
    known = [source.name for source in SOURCES]
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]}?" if near else "choose one of them"
    if _is_folder(Path(name)):
        guess = f"did you mean path:{name}?"
    raise DataError(f"data set {name!r} is unknown, expected {', '.join(known)}; {guess}")


def state_of(source: Source) -> str:
    """Whether a data set can be opened here, and else how it can be had.

    >>> state_of(describe("simulated"))
    'yes, drawn when asked for'
    """
    if source.name == "simulated":
        return "yes, drawn when asked for"
    if source.name == "path:DIR":
        return "wherever you say"
    folder = data_root() / source.name
    if _is_folder(folder):
        return f"yes, {folder}"
    return f"no, looked for {folder}; cvlib data fetch {folder.name}, or set {ROOT_VARIABLE}"


def facts_of(name: str, channels: Channels = "auto") -> list[tuple[str, str]]:
    """What there is to know about a data set, by heading; a folder is opened, and tells of itself.

    Parameters
    ----------
    name, channels
        As ``open_dataset`` takes them. ``path:DIR`` itself stands for folders in general.

    Raises
    ------
    DataError
        The name is unknown, or the folder cannot be opened.
    """
    source = describe(name)
    if source.name != "path:DIR" or name == source.name:
        return [*asdict(source).items(), ("here", state_of(source))]
    data = CoatingVision(path_of(name), channels)
    return [
        ("name", data.name),
        ("title", data.title),
        ("images", f"{len(data):,}"),
        ("clips", f"{data.frames['clip'].nunique():,}"),
        ("origin", data.origin),
        ("licence", data.licence or "nothing known"),
        ("known", ", ".join(sorted(data.known))),
        *([("channels", data.channels)] if "masks" in data.known else []),
        *(("remark", remark) for remark in data.remarks),
    ]


def open_dataset(name: str, images: int = 2227, seed: int = 0, channels: Channels = "auto") -> Dataset:
    """Open a data set by name.

    Parameters
    ----------
    name
        ``simulated``; ``coatingvision``, ``magnetic-tile`` or ``crack-forest`` (looked for in
        ``data_root()``); or ``path:DIR`` for a folder in CoatingVision's format (paper 1, Data Records).
    images, seed
        Number of images and seed; of ``simulated`` only.
    channels
        Order of the mask channels, ``auto``, ``RGBA`` or ``BGRA``; of ``path:DIR`` and
        ``coatingvision`` only, see ``CoatingVision``.

    Raises
    ------
    DataError
        The name is unknown, the data set is not where it is looked for, or it is not in its format.

    >>> len(open_dataset("simulated", images=30))
    30
    """
    refuse_channels(channels)
    source = describe(name)
    if source.name == "simulated":
        return Simulated(images, seed)
    if source.name in READERS:
        return READERS[source.name](_downloaded(source.name))
    data = CoatingVision(path_of(name), channels)
    if source.name == "coatingvision":
        data.name, data.title, data.origin = "coatingvision", "CoatingVision", "photographs"
    return data


def path_of(name: str) -> Path:
    """The folder that ``path:DIR`` names, or ``coatingvision``; DataError where there is none."""
    if name == "coatingvision":
        return _downloaded(name)
    folder = name.removeprefix("path:")
    if not folder:
        raise DataError("path: names no folder, expected path:DIR; write the folder after the colon")
    return Path(folder).expanduser()


def _downloaded(name: str) -> Path:
    folder = data_root() / name
    if not _is_folder(folder):
        message = f"{name}: no folder {folder}; get it with cvlib data fetch {name}"
        raise DataError(f"{message}, or set {ROOT_VARIABLE} to the folder that holds {name}")
    return folder


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder that may not be entered
        return False
