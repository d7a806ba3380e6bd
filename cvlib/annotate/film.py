"""A short film of a simulated sample, to take frames out of: what it repeats is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from cvlib.errors import UserError
from cvlib.simulate import coating
from cvlib.simulate.clip import HEIGHT, WIDTH, Clip

STEP_PX, PAUSE = 32, 6
"""By how much the sample moves between two frames, and after how many it stands still for one frame."""

LEAST_PX = 1600
"""By how much it moves in all, at least."""


class Film(NamedTuple):
    """A video and what is in it.

    Attributes
    ----------
    path
        An AVI file of JPEG frames.
    frames
        By kind: ``moved on``, ``standing still`` (new noise) and ``stored twice`` (the same bytes).
    """

    path: Path
    frames: dict[str, int]


def write_film(to: Path, seed: int = 0) -> Film:
    """Film one sample of the simulated coatings.

    The sample moves by ``STEP_PX`` from frame to frame. After every ``PAUSE`` frames it stands still for one:
    the picture is the same but for noise; half of these pauses are a frame that is stored twice.

    Parameters
    ----------
    to
        The folder for ``film.avi``.
    seed
        Of the sample.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    path = to / "film.avi"
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), 25, (WIDTH, HEIGHT)
    )
    if not writer.isOpened():
        raise UserError(f"{path}: OpenCV cannot write a video there; name another folder")
    rng, counted = np.random.default_rng(seed), Counter[str]()
    for number, (image, _) in enumerate(coating.draw(_slow(seed)), start=1):
        shown = {"moved on": image}
        if number % PAUSE == 0:
            still = number % (2 * PAUSE) == 0
            noisy = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
            shown |= {"standing still": noisy} if still else {"stored twice": image}
        for kind, picture in shown.items():
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            counted[kind] += 1
    writer.release()
    return Film(path, dict(counted))


def _slow(seed: int) -> Clip:
    """A sample that is cracked all over, the shortest of some length, filmed at a slower pace."""
    cracked = (clip for clip in coating.plan(seed=seed) if clip.crack_frames == (0, clip.frames))
    long = (clip for clip in cracked if clip.strip_width - WIDTH > LEAST_PX)
    clip = min(long, key=lambda clip: clip.strip_width)
    frames = 1 + (clip.strip_width - WIDTH) // STEP_PX
    return replace(clip, frames=frames, displacement_px=STEP_PX, crack_frames=(0, frames))
