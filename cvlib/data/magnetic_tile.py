"""Photographs of magnetic tiles (Huang et al.): real defects with pixel masks, beside the paper's data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cvlib.data.dataset import Dataset
from cvlib.data.files import image_size, read_bytes, read_grey_png, read_image, refuse_size
from cvlib.data.findings import BadFile, Finding
from cvlib.data.layout import by_number, child, files_in, show
from cvlib.defects import CLASSES

CATEGORIES: dict[str, str | None] = {
    "MT_Blowhole": "pinhole",
    "MT_Break": "delamination",
    "MT_Crack": "surface_crack",
    "MT_Fray": "delamination",
    "MT_Free": None,
    "MT_Uneven": "unclassified",
}
"""The class slot each category is put in, None for no defect. Break and fray only stand in for delamination:
they too are places where the surface is gone, but no coating has come off."""

THRESHOLD = 127
"""Mask values above are defect. All masks that are not empty hold every value between 0 and 255, along the
outlines: they were scaled and smoothed after drawing. Half way puts the outline where it was drawn."""

PAUSE = 600
"""How far apart the numbers of two photographs must be to count as of different tiles.

The names are ``exp<k>_num_<n>``. No number occurs twice: it runs through all categories, and most tiles were
photographed six times in a row, exp1 to exp6, about 20 numbers apart: 198 such rows hold 1,188 photographs.
The other 156 are of tiles with others in between or with exposures missing; three photographs are exp0.
One tile can be Free in one photograph and Blowhole in the next, so a split by image or by category's files
would put it on both sides. Pauses within the photographs of one tile go up to 557. Taking every pause up to
600 as one group also joins tiles photographed soon after each other (72 of 128 groups hold six photographs,
the largest 42): that costs groups, but does not leak."""

PHOTOGRAPHED_AGAIN = ((85602, 86828, 88149), (53025, 65001), (355732, 358149))
"""Numbers of one tile in different groups, which are joined too: found by correlating all photographs with
their shading removed (.83 to .998 for these, below .80 for different tiles) and looking at them."""

_NAME = re.compile(r"exp([0-9]{1,9})_num_([0-9]{1,9})")


class MagneticTile(Dataset):
    """The magnetic-tile data set: 1,344 grey photographs of 103 to 632 pixels a side, 6 categories.

    Y. Huang, C. Qiu and K. Yuan, "Surface defect saliency of magnetic tile", The Visual Computer 36, 85-96
    (2020), doi 10.1007/s00371-018-1588-5. Its authors say "It is welcomed to use our dataset" and ask to cite
    the paper. Not part of this package.

    Parameters
    ----------
    root
        The folder that holds ``MT_Blowhole/Imgs/*.jpg`` and ``*.png`` and so on.

    Attributes
    ----------
    frames
        ``name``, ``clip`` (see ``PAUSE``), ``category`` (such as MT_Blowhole), ``exposure`` and ``number``.

    Raises
    ------
    DataError
        The folder is missing, has no such categories, an image has no mask or the reverse, or a name is not
        of the form ``exp<k>_num_<n>``; later, when a record is read, its file is bad.
    """

    name = "magnetic-tile"
    title = "magnetic tiles (Huang et al.)"
    origin = "photographs"
    licence = "free to use if the paper is cited: Huang, Qiu and Yuan, doi 10.1007/s00371-018-1588-5"
    remarks = (
        "Not coatings: breaks and frays stand in for delamination, uneven places for unclassified defects.",
        "A clip is one tile under several exposures, or neighbours that the file names do not tell apart.",
        "Four masks of MT_Uneven are empty: these images count as without defect.",
    )
    class_titles: Mapping[str, str] = {
        "surface_crack": "crack (MT_Crack)",
        "delamination": "break or fray (MT_Break, MT_Fray)",
        "pinhole": "blowhole (MT_Blowhole)",
        "unclassified": "uneven (MT_Uneven)",
    }

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._images, self._masks, findings = _find(self.root)
        if findings:
            raise BadFile(findings)
        self.frames = self._table()

    def _table(self) -> pd.DataFrame:
        keys = [[int(digits) for digits in _NAME.findall(path.stem)[0]] for path in self._images]
        exposures, numbers = np.array(keys).T
        spelt = {category.lower(): category for category in CATEGORIES}
        table = {
            "name": [path.stem for path in self._images],
            "clip": tiles(numbers),
            "category": [spelt[path.parent.parent.name.lower()] for path in self._images],
            "exposure": exposures,
            "number": numbers,
        }
        return pd.DataFrame(table)

    def image(self, index: int) -> np.ndarray:
        """The photograph at a position: (H, W, 3) uint8, grey repeated; DataError where its file is bad."""
        return read_image(self._images[index], self._shown(self._images[index]))

    def image_file(self, index: int) -> Path:
        """The file of the photograph at a position."""
        return self._images[index]

    def mask(self, index: int) -> np.ndarray:
        """The mask at a position: (H, W, 4) bool; DataError where its file is bad or not the image's size."""
        image, path = self._images[index], self._masks[index]
        grey = read_grey_png(path, self._shown(path))
        height, width = grey.shape
        refuse_size((height, width), image_size(image, self._shown(image)), self._shown(path))
        mask = np.zeros((height, width, len(CLASSES)), bool)
        slot = CATEGORIES[self.frames["category"].iloc[index]]
        if slot:
            mask[..., CLASSES.index(slot)] = grey > THRESHOLD
        return mask

    def fingerprint(self) -> str:
        """A SHA-256 over all files and the table of frames; reads every file once."""
        digest = hashlib.sha256(self.frames.to_csv(index=False).encode())
        for pair in zip(self._images, self._masks, strict=True):
            for path in pair:
                digest.update(hashlib.sha256(read_bytes(path, self._shown(path))).digest())
        return digest.hexdigest()

    def _shown(self, path: Path) -> str:
        return show(path, self.root)


def _find(root: Path) -> tuple[list[Path], list[Path], list[Finding]]:
    """The photographs of all categories, their masks, and what is wrong with how the files lie."""
    images: dict[str, Path] = {}
    masks: dict[str, Path] = {}
    findings: list[Finding] = []
    for category in CATEGORIES:
        folder = child(root, category.lower(), root)
        place = folder and child(folder, "imgs", root)
        if place is None:
            message = f"no folder {category}/Imgs in it; unpack the data set there"
            findings.append(Finding(str(root), None, message))
            continue
        for path in files_in(place, (".jpg", ".png"), root, findings):
            known = images if path.suffix.lower() == ".jpg" else masks
            if path.stem in known:
                message = f"the name is taken by {show(known[path.stem], root)}; keep one of them"
                findings.append(Finding(show(path, root), None, message))
            known.setdefault(path.stem, path)
    findings += [Finding(show(path, root), None, message) for path, message in _unfit(images, masks)]
    return list(images.values()), [masks[name] for name in images if name in masks], findings


def _unfit(images: dict[str, Path], masks: dict[str, Path]) -> Iterator[tuple[Path, str]]:
    for name in sorted(images.keys() | masks.keys(), key=by_number):
        image, mask = images.get(name), masks.get(name)
        beside = image and mask and image.parent == mask.parent
        if image and not beside:
            yield image, "no mask beside it; unpack the data set again"
        if mask and not beside:
            yield mask, "no photograph beside it; unpack the data set again"
        if image and not _NAME.fullmatch(name):
            yield image, "the name is not exp<k>_num_<n>, so its tile is unknown; move the file away"


def tiles(numbers: np.ndarray) -> np.ndarray:
    """Which photographs are of one tile, or of tiles photographed close together in time.

    Parameters
    ----------
    numbers
        (N,) int, the running numbers in the names.

    Returns
    -------
    (N,) int: equal for photographs of one group; counted in the order of the numbers.

    >>> tiles(np.array([3279, 3191, 5874, 53025, 65001])).tolist()
    [0, 0, 1, 2, 2]
    >>> tiles(np.array([86828, 65001, 358149])).tolist()  # without the first number of their tiles
    [1, 0, 2]
    """
    order = np.sort(numbers)
    groups = np.concatenate([[0], np.cumsum(np.diff(order) > PAUSE)])
    for one_tile in PHOTOGRAPHED_AGAIN:
        met = groups[np.isin(order, one_tile)]
        groups[np.isin(groups, met)] = met.min(initial=len(order))
    _, counted = np.unique(groups, return_inverse=True)
    return np.asarray(counted[np.searchsorted(order, numbers)])
