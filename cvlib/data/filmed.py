"""Frames of simulated samples at places of one's choice: what a finder of duplicates can be tried on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd

from cvlib.data.dataset import Dataset
from cvlib.data.simulated import Simulated
from cvlib.errors import UserError
from cvlib.simulate import camera, coating
from cvlib.simulate.looks import strip
from cvlib.simulate.scene import generator, scene

_MOST_FRAMES = 16

REACH_PX = 448
"""Every simulated sample is at least this much wider than a frame."""


class _Sample(NamedTuple):
    """The sample drawn last: in even light, its masks, the light, the noise of the camera."""

    number: int
    grey: np.ndarray
    masks: np.ndarray
    lamps: np.ndarray
    noise_sd: float


class Filmed(Dataset):
    """Frames of simulated samples, each cut where it is told: the truth about repeats and overlaps is known.

    The light stands still and every frame has noise of its own, as in ``cvlib.simulate.coating.draw``.

    Parameters
    ----------
    offsets
        For each sample the left edges of its frames, px from the left edge of the sample, 0 to ``REACH_PX``.
    seed
        Of the samples and of the changes; not negative.
    changed
        Change every frame of a sample but its first, as copying and recoding do: up to 2 px up or down,
        .8 to 1.2 times as bright, noise of standard deviation 0 to 6, JPEG of quality 50 to 95.

    Attributes
    ----------
    frames
        ``name``, ``clip`` and ``offset_px``; ``drop_px``, ``brightness``, ``noise_sd`` and ``quality`` of the
        changes (quality 0 for none).

    Raises
    ------
    UserError
        An offset is out of range.

    Examples
    --------
    >>> data = Filmed([[0, 3], [0, 64]], seed=1)
    >>> data.frames["clip"].tolist(), data.image(3).shape
    ([0, 0, 1, 1], (480, 640, 3))
    """

    name = "filmed"
    origin = "simulated"

    def __init__(self, offsets: Sequence[Sequence[int]], seed: int = 0, changed: bool = False) -> None:
        wrong = [each for frames in offsets for each in frames if not 0 <= each <= REACH_PX]
        if wrong:
            raise UserError(f"offset {wrong[0]} px: expected 0 to {REACH_PX}; choose offsets within it")
        self._clips = coating.plan(_MOST_FRAMES * (len(offsets) + 1), seed)
        self.settings = {"seed": seed}
        self.title = f"frames of {len(offsets)} simulated samples (seed {seed})"
        rng = np.random.default_rng([seed, 5])
        rows = [
            {"clip": clip, "offset_px": int(offset), **_change(rng, changed and place > 0)}
            for clip, frames in enumerate(offsets)
            for place, offset in enumerate(frames)
        ]
        self.frames = pd.DataFrame(rows)
        self.frames.insert(0, "name", [f"image_{number:05d}" for number in range(len(rows))])
        self._drawn: _Sample | None = None

    def image(self, index: int) -> np.ndarray:
        """The image at a position: (480, 640, 3) uint8, RGB; in order, each sample is drawn once."""
        row = self.frames.iloc[index]
        clip = self._clips[row["clip"]]
        sample = self._sample(row["clip"])
        own = generator(clip, 10_000 + index)  # noise of its own, though the place may be the same
        seen = np.ascontiguousarray(_cut(sample.grey, row))
        return _changed(camera.photograph(seen, sample.lamps, sample.noise_sd, own), row, own)

    def mask(self, index: int) -> np.ndarray:
        """The mask at a position: (480, 640, 4) bool."""
        row = self.frames.iloc[index]
        return _cut(self._sample(row["clip"]).masks, row).copy()

    def fingerprint(self) -> str:
        """A SHA-256 over the table of frames, the seed and the simulator's source files."""
        told = f"{self.frames.to_csv(index=False)}{Simulated(1, int(self.settings['seed'])).fingerprint()}"
        return hashlib.sha256(told.encode()).hexdigest()

    def _sample(self, number: int) -> _Sample:
        if self._drawn is None or self._drawn.number != number:
            clip = self._clips[number]
            geometry, rng = scene(clip), generator(clip, 3)
            lamps = camera.light(clip.seed, exposure=rng.uniform(0.93, 1.07))
            grey = camera.blurred(strip(clip, geometry), clip.blur_px)
            self._drawn = _Sample(number, grey, geometry.masks(), lamps, rng.uniform(3.0, 5.5))
        return self._drawn


def _cut(whole: np.ndarray, row: pd.Series) -> np.ndarray:
    """What a frame shows of a sample; rows pushed out at the top come in at the bottom."""
    left = row["offset_px"]
    shown: np.ndarray = np.roll(whole[:, left : left + coating.WIDTH], row["drop_px"], axis=0)
    return shown


def _change(rng: np.random.Generator, changed: bool) -> dict[str, int | float]:
    if not changed:
        return {"drop_px": 0, "brightness": 1.0, "noise_sd": 0.0, "quality": 0}
    return {
        "drop_px": int(rng.integers(-2, 3)),
        "brightness": float(rng.uniform(0.8, 1.2)),
        "noise_sd": float(rng.uniform(0, 6)),
        "quality": int(rng.integers(50, 96)),
    }


def _changed(picture: np.ndarray, row: pd.Series, rng: np.random.Generator) -> np.ndarray:
    if not row["quality"]:
        return picture
    noise = row["noise_sd"] * rng.standard_normal(picture.shape, np.float32)
    noisy = picture * np.float32(row["brightness"]) + noise
    rounded = np.clip(noisy, 0, 255).round().astype(np.uint8)
    _, code = cv2.imencode(".jpg", rounded, [cv2.IMWRITE_JPEG_QUALITY, int(row["quality"])])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))
