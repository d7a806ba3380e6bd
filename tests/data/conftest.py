"""A tiny data set, and folders written from it to spoil."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib.data import Dataset, write
from cvlib.data.dataset import Origin

HEIGHT, WIDTH = 24, 32


class FakeDataset(Dataset):
    """Images of 24 x 32 pixels; 7 of 8 show a surface crack, 1 of 11 delamination, 1 of 4 a pinhole."""

    name = "fake"
    title = "fake coatings"
    origin: Origin = "simulated"
    licence = "none"

    def __init__(self, images: int = 24, fail_at: int = -1) -> None:
        self.fail_at = fail_at
        self.settings = {"seed": 7}
        names = [f"image_{number}" for number in range(images)]
        clips = [number // 3 for number in range(images)]
        self.frames = pd.DataFrame({"name": names, "clip": clips, "gap_um": 600, "water_share": 0.1})

    def image(self, index: int) -> np.ndarray:
        if index == self.fail_at:
            raise RuntimeError("no more images")
        return np.random.default_rng(index).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)

    def mask(self, index: int) -> np.ndarray:
        mask = np.zeros((HEIGHT, WIDTH, 4), bool)
        mask[3:5, 2:30, 0] = index % 8 != 7
        mask[10:20, 5:15, 1] = index % 11 == 1
        mask[4 + index % 5 : 8 + index % 5, 6:10, 2] = index % 4 == 1
        mask[15:16, 20:30, 3] = index % 10 == 2
        return mask

    def fingerprint(self) -> str:
        return "fake"


@pytest.fixture
def fake() -> Callable[..., FakeDataset]:
    return FakeDataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound folder with 12 images, to be spoilt."""
    path = tmp_path / "coatings"
    write(FakeDataset(12), path, progress=False)
    return path
