"""A data set so easy that a detector learns it in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib.data import Dataset
from cvlib.data.cache import Cache, cached
from cvlib.defects import CLASSES, DETECTION_CLASSES
from cvlib.detect.crops import in_pixels

SMALL = ["height=64", "width=64", "epochs=3", "steps=2", "batch=2", "images=0"]
"""Overrides that make ``quick`` quicker."""

SIDES = (10, 20)
"""Of a pinhole's and an unclassified defect's square, px."""


class Squares(Dataset):
    """Dark noise with bright squares that do not touch, three images in each of ten clips.

    Small ones are pinholes, large ones unclassified; every fifth clip shows none, the others both.
    """

    name = "squares"
    title = "squares"
    origin = "unknown"

    def __init__(
        self, images: int = 30, height: int = 72, width: int = 96, kinds: tuple[int, ...] = (0, 1)
    ) -> None:
        numbers = np.arange(images)
        self.shape, self.kinds = (height, width), kinds
        self.frames = pd.DataFrame({"name": [f"image_{each:02d}" for each in numbers], "clip": numbers // 3})

    def mask(self, index: int) -> np.ndarray:
        """At most one square in each cell of 24 by 24 px."""
        random = np.random.default_rng(index)
        mask = np.zeros((*self.shape, len(CLASSES)), bool)
        cells = [(row, column) for row in range(self.shape[0] // 24) for column in range(self.shape[1] // 24)]
        chosen = random.permutation(cells)[: 0 if index // 3 % 5 == 4 else 4]
        for number, cell in enumerate(chosen):
            kind = self.kinds[number % len(self.kinds)]
            top, left = 24 * cell + random.integers(0, 24 - SIDES[kind], 2)
            channel = CLASSES.index(DETECTION_CLASSES[kind])
            mask[top : top + SIDES[kind], left : left + SIDES[kind], channel] = True
        return mask

    def image(self, index: int) -> np.ndarray:
        """Grey 30 to 70, and 130 brighter where there is a square."""
        noise = np.random.default_rng(index).integers(30, 70, (*self.shape, 3))
        return (noise + 130 * self.mask(index).any(axis=2, keepdims=True)).astype(np.uint8)

    def fingerprint(self) -> str:
        """Of the size and the kinds."""
        return (
            f"{len(self):04d}{self.shape[0]:04d}{self.shape[1]:04d}{sum(self.kinds)}{len(self.kinds)}"
            + "0" * 50
        )


def pixel_boxes(data: Dataset) -> list[np.ndarray]:
    """Boxes of every image."""
    return [in_pixels(data.boxes(at), *data.mask(at).shape[:2]) for at in range(len(data))]


@pytest.fixture
def squares() -> Squares:
    """Ten clips of three images."""
    return Squares()


@pytest.fixture
def cache(squares: Squares, tmp_path: Path) -> Cache:
    """Of the squares."""
    return cached(squares, tmp_path / "decoded", progress=False)


@pytest.fixture
def boxes(squares: Squares) -> list[np.ndarray]:
    """Of the squares, in pixels."""
    return pixel_boxes(squares)


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of a test stay in its folder."""
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"
