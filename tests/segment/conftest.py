"""A data set so small that a network is trained on it in a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib.data import Dataset
from cvlib.data.cache import Cache, cached
from cvlib.defects import CLASSES

SMALL = ["height=32", "width=32", "epochs=3", "steps=2", "batch=2", "images=0"]
"""Overrides that make ``quick`` quicker."""


class Squares(Dataset):
    """Dark noise with bright squares, three images in each of ten clips; no image shows ``unclassified``."""

    name = "squares"
    title = "squares"
    origin = "unknown"

    def __init__(self, images: int = 30, height: int = 48, width: int = 80) -> None:
        numbers = np.arange(images)
        self.shape = (height, width)
        self.frames = pd.DataFrame({"name": [f"image_{each:02d}" for each in numbers], "clip": numbers // 3})

    def mask(self, index: int) -> np.ndarray:
        """One to three classes, each a square."""
        random = np.random.default_rng(index // 3)
        mask = np.zeros((*self.shape, len(CLASSES)), bool)
        for channel in range(1 + index // 3 % 3):
            top, left = random.integers([self.shape[0] - 12, self.shape[1] - 12])
            mask[top : top + 12, left : left + 12, channel] = True
        return mask

    def image(self, index: int) -> np.ndarray:
        """Grey 60 with noise, 100 brighter per class."""
        noise = np.random.default_rng(index).integers(0, 40, (*self.shape, 3))
        bright = self.mask(index) @ np.array([100, 120, 140, 160])
        return np.clip(noise + 30 + bright[..., None], 0, 255).astype(np.uint8)

    def fingerprint(self) -> str:
        """Of the size."""
        return f"{len(self):04d}{self.shape[0]:04d}{self.shape[1]:04d}" + "0" * 52


@pytest.fixture
def squares() -> Squares:
    """Ten clips of three images."""
    return Squares()


@pytest.fixture
def cache(squares: Squares, tmp_path: Path) -> Cache:
    """Of the squares."""
    return cached(squares, tmp_path / "decoded", progress=False)


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of a test stay in its folder."""
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"
