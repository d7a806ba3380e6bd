"""A few images of a data set, as a data set of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cvlib.data.dataset import Dataset


class Subset(Dataset):
    """The images of a data set at some positions, in that order; everything else as it was.

    Parameters
    ----------
    whole
        Where the images come from.
    positions
        Which ones.
    """

    def __init__(self, whole: Dataset, positions: Sequence[int]) -> None:
        self.whole, self.positions = whole, list(positions)
        self.name = whole.name
        self.title = f"{whole.title}, {len(self.positions)} of {len(whole):,} images"
        self.origin = whole.origin
        self.class_titles, self.known = whole.class_titles, whole.known
        self.licence = whole.licence
        self.settings, self.remarks = whole.settings, whole.remarks
        self.frames = whole.frames.iloc[self.positions].reset_index(drop=True)

    @property
    def lasting_remarks(self) -> Sequence[str]:
        """As the whole data set has them."""
        return self.whole.lasting_remarks

    def image(self, index: int) -> np.ndarray:
        """As the whole data set gives it."""
        return self.whole.image(self.positions[index])

    def image_file(self, index: int) -> Path | None:
        """As the whole data set gives it."""
        return self.whole.image_file(self.positions[index])

    def mask(self, index: int) -> np.ndarray:
        """As the whole data set gives it."""
        return self.whole.mask(self.positions[index])

    def label(self, index: int) -> np.ndarray:
        """As the whole data set gives it."""
        return self.whole.label(self.positions[index])

    def boxes(self, index: int) -> np.ndarray:
        """As the whole data set gives them."""
        return self.whole.boxes(self.positions[index])

    def fingerprint(self) -> str:
        """Of the whole data set's fingerprint and the positions."""
        return hashlib.sha256(f"{self.whole.fingerprint()} {self.positions}".encode()).hexdigest()
