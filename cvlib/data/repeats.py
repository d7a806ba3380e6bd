"""The audit of a data set for repeated frames: identical images, alike ones, overlapping ones, and groups.

Paper 1 (Methods, Duplicate Removal and Hashmap Filtering) takes repeated images out before anything is
trained, but frames of video also overlap without being the same. Here stand side by side what a hash of the
pixels finds, what a perceptual hash finds, and what correlation at all shifts finds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from tqdm import tqdm

from cvlib.data import duplicates
from cvlib.data.dataset import Dataset
from cvlib.data.files import read_bytes
from cvlib.data.hashes import near, phash, phash_files
from cvlib.data.image_folder import ImageFolder
from cvlib.errors import DataError

BITS = 8
"""Bits of 64 in which the perceptual hashes of two images may differ for them to count as alike."""

MOST_COMPARED = 10_000
"""Images that are correlated with each other: the memory for it grows with the square, to about 3 GB."""


class PairScores(NamedTuple):
    """How well found pairs or groups agree with known clips.

    Attributes
    ----------
    found, true, right
        Pairs found, pairs of images of one clip, and pairs found that are of one clip.
    """

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are of one clip; NaN where none was found."""
        return self.right / self.found if self.found else np.nan

    @property
    def recall(self) -> float:
        """Share of the pairs of one clip that were found; NaN where there are none."""
        return self.right / self.true if self.true else np.nan


@dataclass(frozen=True, eq=False)
class Repeats:
    """What :func:`find` found.

    Attributes
    ----------
    names
        (N,) of the images.
    hashes
        (N,) uint64, perceptual, see ``cvlib.data.hashes.phash``.
    identical
        A row per image that is a copy: ``second``, and ``first``, the first image with the same pixels.
    alike
        A row per pair whose perceptual hashes differ in few bits: ``first``, ``second``, ``bits``.
    compared
        A row per pair that correlates by ``kept`` or more, as ``cvlib.data.duplicates.overlaps`` gives it.
    least
        Correlation from which a pair counts as overlapping.
    groups
        (N,) int: equal for images that show one sample as far as was found.
    """

    names: np.ndarray
    hashes: np.ndarray
    identical: pd.DataFrame
    alike: pd.DataFrame
    compared: pd.DataFrame
    least: float
    groups: np.ndarray

    @property
    def overlapping(self) -> pd.DataFrame:
        """The pairs that overlap, best first."""
        return self.compared[self.compared["score"] >= self.least].sort_values("score", ascending=False)

    def largest(self) -> list[np.ndarray]:
        """Positions of the images of each group of two or more, the largest group first."""
        order = np.argsort(self.groups, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(self.groups[order])) + 1)
        return sorted((part for part in parts if len(part) > 1), key=len, reverse=True)

    def score_against(self, clips: Sequence | np.ndarray | pd.Series) -> dict[str, PairScores]:
        """How well what was found agrees with known clips, pair by pair.

        Parameters
        ----------
        clips
            (N,) equal for images of one sample.

        Returns
        -------
        By what was found: ``alike``, ``overlapping`` and ``groups``.

        Examples
        --------
        >>> from cvlib.data.simulated import Simulated
        >>> data = Simulated(images=20, seed=1)
        >>> scores = find(data).score_against(data.frames["clip"])
        >>> scores["groups"].precision, scores["groups"].recall
        (1.0, 1.0)
        """
        member = pd.factorize(np.asarray(clips))[0]
        if len(member) != len(self.names):
            raise DataError(
                f"{len(member)} clips for {len(self.names)} images, expected one each; pass theirs"
            )
        true = _pairs_within(member)
        joint = pd.factorize(pd.Series(list(zip(member, self.groups, strict=True))))[0]
        scores = {"groups": PairScores(_pairs_within(self.groups), true, _pairs_within(joint))}
        for name, table in (("alike", self.alike), ("overlapping", self.overlapping)):
            right = member[table["first"]] == member[table["second"]]
            scores[name] = PairScores(len(table), true, int(np.count_nonzero(right)))
        return {name: scores[name] for name in ("alike", "overlapping", "groups")}


def find(
    dataset: Dataset,
    bits: int = BITS,
    least: float = duplicates.LEAST,
    overlapping: bool = True,
    kept: float | None = None,
    progress: bool = False,
) -> Repeats:
    """Look for repeated and overlapping images.

    Groups join overlapping images (``cvlib.data.duplicates.groups_from``) and identical ones. Without the
    search for overlaps they join identical and alike ones, and a few false pairs can chain many images.

    Parameters
    ----------
    dataset
        Images; their annotations play no part.
    bits
        In how many of 64 bits perceptual hashes of alike images may differ.
    least
        Correlation from which images overlap.
    overlapping
        Whether to look for overlaps, the part that takes time and memory. Without it, images of an
        ``ImageFolder`` are identical where their files are, and else, as with it, where their pixels are.
    kept
        Correlation from which a pair is kept in ``compared``; ``least`` unless told. -1 keeps all that looked
        likely, a third of all pairs where images look much alike.
    progress
        Whether to show a bar.

    Raises
    ------
    DataError
        An image cannot be read, there is only one, or more than ``MOST_COMPARED`` are to be correlated.
    """
    _refuse_number(dataset.title, len(dataset), overlapping)
    if overlapping:
        noted = _Noted(dataset)
        lowest = least if kept is None else min(kept, least)
        compared = duplicates.overlaps(noted, lowest, progress)
        digests, hashes = noted.digests, np.array(noted.hashes, np.uint64)
    else:
        compared = pd.DataFrame(columns=["first", "second", "shift_px", "overlap", "score"], dtype=float)
        digests, hashes = _hashes_alone(dataset, progress)
    pairs, differing = near(hashes, bits)
    alike = pd.DataFrame(pairs, columns=["first", "second"]).assign(bits=differing)
    identical = _copies(digests)
    if overlapping:
        groups = duplicates.groups_from(compared[compared["score"] >= least], len(dataset))
        groups = _joined(groups, identical)
    else:
        groups = _joined(np.arange(len(dataset)), pd.concat([identical, alike[["first", "second"]]]))
    names = dataset.frames["name"].to_numpy(str)
    return Repeats(names, hashes, identical, alike, compared, least, groups)


class _Noted(Dataset):
    """Hands on the images of a data set in order and notes their hashes: each is read once for all uses."""

    def __init__(self, whole: Dataset) -> None:
        self.whole, self.frames = whole, whole.frames
        self.name, self.title, self.origin = whole.name, whole.title, whole.origin
        self.digests: list[bytes] = []
        self.hashes: list[int] = []

    def image(self, index: int) -> np.ndarray:
        image = self.whole.image(index)
        self.digests.append(_digest(image))
        self.hashes.append(int(phash([image])[0]))
        return image

    def mask(self, index: int) -> np.ndarray:
        return self.whole.mask(index)

    def fingerprint(self) -> str:
        return self.whole.fingerprint()


def _refuse_number(title: str, images: int, overlapping: bool) -> None:
    if images < 2:
        message = f"{title}: {images} image, expected at least 2 to compare"
        raise DataError(f"{message}; add images or name another folder")
    if overlapping and images > MOST_COMPARED:
        message = (
            f"{title}: {images:,} images, expected at most {MOST_COMPARED:,} to be correlated with each other"
        )
        raise DataError(f"{message}; take a part of them, or hashes alone (--no-overlaps)")


def _hashes_alone(dataset: Dataset, progress: bool) -> tuple[list[bytes], np.ndarray]:
    places = tqdm(range(len(dataset)), desc="reading", unit="image", disable=None if progress else True)
    if isinstance(dataset, ImageFolder):
        digests, hashes = [], []
        for at in places:
            digests.append(hashlib.sha256(read_bytes(dataset.paths[at])).digest())
            hashes.append(phash_files([dataset.paths[at]])[0])
        return digests, np.array(hashes, np.uint64)
    images = (dataset.image(at) for at in places)
    pairs = [(_digest(image), phash([image])[0]) for image in images]
    return [digest for digest, _ in pairs], np.array([each for _, each in pairs], np.uint64)


def _digest(image: np.ndarray) -> bytes:
    """Of the pixels: a file that was copied has the same, and one saved again without loss."""
    return hashlib.sha256(str(image.shape).encode() + np.ascontiguousarray(image).tobytes()).digest()


def _copies(digests: Sequence[bytes]) -> pd.DataFrame:
    content = pd.factorize(pd.Series(digests, dtype=object))[0]
    _, original = np.unique(content, return_index=True)
    first, second = original[content], np.arange(len(content))
    copies = first != second
    return pd.DataFrame({"first": first[copies], "second": second[copies]})


def _joined(groups: np.ndarray, pairs: pd.DataFrame) -> np.ndarray:
    """Groups with those joined that a pair links, counted in the order of the images."""
    ends = groups[pairs["first"].to_numpy(int)], groups[pairs["second"].to_numpy(int)]
    count = int(groups.max()) + 1
    links = coo_array((np.ones(len(pairs)), ends), shape=(count, count))
    _, whole = connected_components(links, directed=False)
    return pd.factorize(whole[groups])[0]


def _pairs_within(member: np.ndarray) -> int:
    sizes = np.bincount(member)
    return int((sizes * (sizes - 1) // 2).sum())
