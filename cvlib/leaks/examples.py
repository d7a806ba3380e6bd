"""Overlapping pairs of a data set to look at, picked by rule rather than by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cvlib.data import Dataset
from cvlib.data.hashes import distance
from cvlib.data.repeats import Repeats


class Pair(NamedTuple):
    """Two images that overlap.

    Attributes
    ----------
    first, second
        (H, W, 3) uint8.
    moved
        What is at x of the second is at x + moved of the first, in widths.
    shift_px
        The same in pixels of the first.
    score
        Correlation there.
    bits
        Of 64, in which their perceptual hashes differ.
    """

    first: np.ndarray
    second: np.ndarray
    moved: float
    shift_px: float
    score: float
    bits: int


def examples(dataset: Dataset, found: Repeats, overlaps: Sequence[float] = (0.9, 0.7, 0.5)) -> list[Pair]:
    """For each of some overlaps the found pair that is nearest to it; fewer where they would be the same."""
    table = found.overlapping
    chosen = dict.fromkeys((table["overlap"] - wanted).abs().idxmin() for wanted in overlaps if len(table))
    pairs = []
    for row in table.loc[list(chosen)].to_dict("records"):
        first, second = int(row["first"]), int(row["second"])
        moved = float(np.sign(row["shift_px"]) * (1 - row["overlap"]))
        bits = int(distance(found.hashes[first], found.hashes[second]))
        images = dataset.image(first), dataset.image(second)
        pairs.append(Pair(*images, moved, row["shift_px"], row["score"], bits))
    return pairs
