"""Which images of a data set are scored, and which choose a threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from cvlib.data.annotations import stem
from cvlib.data.files import read_bytes
from cvlib.data.findings import bad_file
from cvlib.data.parting import COATINGS, SEED, Shares, standard_split
from cvlib.data.splits import Kind, Split
from cvlib.errors import UserError

Sizes = Mapping[str, tuple[int, int]]
"""Height and width of images, by name."""

_TOLD = {
    "groups": f"test images of the split that keeps clips together (seed {SEED})",
    "random": f"test images of the split by image (seed {SEED})",
    "all": "all there are",
}


@dataclass(frozen=True, eq=False)
class Chosen:
    """Images of a data set that are scored.

    Attributes
    ----------
    names
        (N,) of all images of the data set.
    groups
        (N,) which images belong together: what intervals resample.
    test
        Positions of those that are scored.
    validation
        Positions of those that may choose a threshold; often none.
    how
        In words, such as "test images of the split by image (seed 0)".
    """

    names: np.ndarray
    groups: np.ndarray
    test: np.ndarray
    validation: np.ndarray
    how: str

    @property
    def wanted(self) -> list[str]:
        """Names of the images that are scored."""
        names: list[str] = self.names[self.test].tolist()
        return names

    @property
    def told(self) -> str:
        """How many images are scored, and why these.

        >>> three = np.arange(3)
        >>> Chosen(np.array(["a", "b", "c"]), three, three[:1], three[:0], _TOLD["random"]).told
        '1 of 3 images: test images of the split by image (seed 0)'
        """
        return f"{len(self.test):,} of {len(self.names):,} images: {self.how}"


def choose(
    way: str,
    frames: pd.DataFrame,
    groups: np.ndarray,
    labels: Callable[[], pd.DataFrame],
    shares: Shares = COATINGS,
) -> Chosen:
    """Choose the images to score.

    Parameters
    ----------
    way
        ``groups`` or ``random`` for the test images of that split, as a run on all images has it; ``all``;
        or a file: the ``split.json`` of a run, or a text file with an image name in each line.
    frames, groups
        Of the data set.
    labels
        Called where a split must be made; gives ``Dataset.labels()``.
    shares
        Of the test and validation images.

    Raises
    ------
    UserError
        The way is unknown, the file cannot be read, or it names an image that the data set does not have.
    """
    names = frames["name"].to_numpy(str)
    if way == "all":
        return Chosen(names, groups, np.arange(len(names)), np.zeros(0, int), _TOLD[way])
    if way in _TOLD:
        divided = standard_split(frames, cast(Kind, way), labels(), groups, shares)
        return _of_split(divided, frames, groups, _TOLD[way])
    path = Path(way)
    if not path.is_file():
        message = f"--split {way}: expected {', '.join(_TOLD)}, or a file that is there"
        raise UserError(f"{message}; for a file give split.json of a run, or a list of image names")
    text = read_bytes(path).decode("utf-8-sig", "replace")
    if path.suffix.lower() == ".json":
        try:
            return _of_split(Split.from_json(text), frames, groups, f"test images of {path.name}")
        except UserError as error:
            raise UserError(f"--split {path}: {error}") from None
    places = _places(text.splitlines(), names, path)
    return Chosen(names, groups, places, np.zeros(0, int), f"those of {path.name}")


def _of_split(divided: Split, frames: pd.DataFrame, groups: np.ndarray, how: str) -> Chosen:
    test, validation = (divided.positions(part, frames) for part in ("test", "validation"))
    if not len(test):
        raise UserError("split: no test image in it, expected one at least; split the data set anew")
    return Chosen(frames["name"].to_numpy(str), groups, test, validation, how)


def _places(lines: list[str], names: np.ndarray, path: Path) -> np.ndarray:
    known = {name: place for place, name in enumerate(names.tolist())}
    places: set[int] = set()
    for line, text in enumerate(lines, 1):
        name = stem(text.strip())
        if not name:
            continue
        if name not in known:
            message = f"the data set has no image {name[:60]}; correct or remove the line"
            raise bad_file(str(path), message, line)
        if known[name] in places:
            raise bad_file(str(path), f"{name[:60]} for the second time; keep one line per image", line)
        places.add(known[name])
    if not places:
        raise bad_file(str(path), "no image name in it; write one in each line")
    return np.array(sorted(places))
