"""A small data set that needs no simulator and no files."""

from __future__ import annotations

import os
import signal

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from cvlib.data import Dataset

# Two threads that wait for each other on busy cores are many times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell's background job ignores Ctrl-C, and so would the commands that tests start and stop by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Elsewhere each run breaks things in new ways; a run that decides over a change must not depend on luck.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


class SmallData(Dataset):
    """Six images of 40 x 60 pixels in three clips; every object is placed by hand."""

    name = "small"
    title = "six small images"
    origin = "simulated"

    def __init__(self) -> None:
        self.frames = pd.DataFrame({"name": [f"image_{n}" for n in range(6)], "clip": [0, 0, 1, 1, 2, 2]})
        self.masks = np.zeros((6, 40, 60, 4), bool)
        self.masks[:4, 20:22, :, 0] = True  # a crack from border to border in four images
        self.masks[2, 5:15, 5:15, 1] = True  # one delaminated square
        for index in (1, 2):
            self.masks[index, 30:37, 40:47, 2] = True  # the same pinhole, whole, in two images
        self.masks[1, 0:3, 0:3, 2] = True  # and one that the border cuts
        self.masks[1, 10:12, 30:32, 2] = True  # and a tiny one

    def image(self, index: int) -> np.ndarray:
        """Grey, bright where the mask is."""
        grey = np.where(self.masks[index].any(axis=2), 200, 60).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)

    def mask(self, index: int) -> np.ndarray:
        """As drawn."""
        return np.asarray(self.masks[index])

    def fingerprint(self) -> str:
        """Fixed."""
        return "0" * 64


@pytest.fixture
def small_data() -> SmallData:
    """A fresh one for each test."""
    return SmallData()
