"""Simulated micrographs of slot-die coatings with exact masks, as clips of overlapping frames.

Stands in for CoatingVision (paper 1, Data Records), which cannot be part of this project: 480 x 640 RGB
pictures of Vulcan carbon and Nafion on white PTFE. ``plan`` says what there is, ``draw`` draws it.

What links defects to process parameters here was put in (see ``cvlib.simulate.plan``): finding it again is a
check of the analysis, never evidence for the paper.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cvlib.simulate import camera
from cvlib.simulate.clip import HEIGHT, UM_PER_PIXEL, WIDTH, Clip, Defect
from cvlib.simulate.looks import strip
from cvlib.simulate.plan import SHARES, plan
from cvlib.simulate.scene import generator, scene

__all__ = ["HEIGHT", "SHARES", "UM_PER_PIXEL", "WIDTH", "Clip", "Defect", "draw", "masks", "plan"]


def draw(clip: Clip) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Draw the frames of a clip, one by one; the same clip gives the same bytes.

    Yields
    ------
    image
        (480, 640, 3) uint8, RGB, with uneven light, motion blur and noise.
    mask
        (480, 640, 4) bool, channels in the order of ``cvlib.defects.CLASSES``, without any blur. Columns that
        two frames share hold the same pixels in both.

    Examples
    --------
    >>> image, mask = next(draw(plan(images=1)[0]))
    >>> image.shape, mask.shape, bool(mask[:, :, 0].any())
    ((480, 640, 3), (480, 640, 4), True)
    """
    geometry = scene(clip)
    whole = geometry.masks()
    rng = generator(clip, 3)
    lamps = camera.light(clip.seed, exposure=rng.uniform(0.93, 1.07))
    noise_sd = rng.uniform(3.0, 5.5)
    grey = camera.blurred(strip(clip, geometry), clip.blur_px)
    for frame in range(clip.frames):
        columns = _columns(clip, frame)
        image = camera.photograph(grey[:, columns], lamps, noise_sd, generator(clip, 4 + frame))
        yield image, whole[:, columns].copy()


def masks(clip: Clip) -> Iterator[np.ndarray]:
    """The masks of ``draw`` alone, for statistics of many images: (480, 640, 4) bool, frame by frame.

    >>> next(masks(plan(images=1)[0])).shape
    (480, 640, 4)
    """
    whole = scene(clip).masks()
    for frame in range(clip.frames):
        yield whole[:, _columns(clip, frame)].copy()


def _columns(clip: Clip, frame: int) -> slice:
    left = frame * clip.displacement_px
    return slice(left, left + WIDTH)
