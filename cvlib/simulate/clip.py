"""One clip of a simulated data set: its process parameters, its frames, and what lies where in its strip."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from cvlib.defects import CLASSES

HEIGHT, WIDTH = 480, 640
"""Pixels of one image (paper 1, Data Records)."""

UM_PER_PIXEL = 5.0
"""Micrometres per pixel: our choice, the paper states no scale."""

GAPS_UM = (600, 700, 800, 900, 1000, 1100)
"""Coating gaps, micrometres."""

WATER_SHARES = (0.25, 0.50, 0.75)
"""Water in the water / isopropyl alcohol solvent: 1:3, 1:1 and 3:1."""


@dataclass(frozen=True)
class Defect:
    """One local defect: what it is, where it lies, and the seed of its shape.

    ``x``, ``y`` is its centre in the strip and ``size`` the radius of a circle of equal area (of a fibre:
    half its length); ``left`` and ``right`` bound what can be seen of it. All in pixels.
    """

    kind: str
    seed: int
    size: float
    x: float
    y: float
    left: float
    right: float

    @property
    def channel(self) -> int:
        """Position of the class in ``cvlib.defects.CLASSES``."""
        return CLASSES.index(self.kind) if self.kind in CLASSES else CLASSES.index("unclassified")


@dataclass(frozen=True)
class Clip:
    """One sample that moves along x under a still camera, filmed in overlapping frames.

    Frame k shows the columns ``k * displacement_px`` to ``k * displacement_px + WIDTH`` of the sample.

    Attributes
    ----------
    number, first, frames
        Position of the clip; position of its first image in the data set; number of its images.
    displacement_px, blur_px
        Movement from frame to frame, 10 to 60 % of the width; length of the motion blur.
    gap_um, water_share
        Coating gap (micrometres) and water in the solvent (0 to 1).
    crack_density
        0 (a few single cracks) to 1 (a dense network).
    crack_frames
        First frame with surface cracks, and one past the last: equal where the clip has none.
    defects
        The local defects of the other classes.
    seed
        Seed of the data set; with ``number`` it fixes every random choice in the drawing.
    """

    number: int
    first: int
    frames: int
    displacement_px: int
    blur_px: int
    gap_um: int
    water_share: float
    crack_density: float
    crack_frames: tuple[int, int]
    defects: tuple[Defect, ...]
    seed: int

    @property
    def strip_width(self) -> int:
        """Columns of the sample that some frame shows."""
        return WIDTH + (self.frames - 1) * self.displacement_px

    @property
    def risk(self) -> float:
        """0 (smallest gap, least water) to 1 (largest gap, most water)."""
        gap = (self.gap_um - GAPS_UM[0]) / (GAPS_UM[-1] - GAPS_UM[0])
        water = (self.water_share - WATER_SHARES[0]) / (WATER_SHARES[-1] - WATER_SHARES[0])
        return (gap + water) / 2

    def showing(self, left: float, right: float) -> frozenset[int]:
        """The frames in which columns ``left`` to ``right`` of the strip can be seen, at least in part."""
        start = max(0, floor((left - WIDTH) / self.displacement_px) + 1)
        stop = min(self.frames, ceil(right / self.displacement_px))
        return frozenset(range(start, stop))

    def labels(self) -> np.ndarray:
        """Which frames show which class: (frames, 4) bool, the same as any(mask pixel) of the drawn masks."""
        shown = np.zeros((self.frames, len(CLASSES)), bool)
        shown[slice(*self.crack_frames), 0] = True
        for defect in self.defects:
            shown[list(self.showing(defect.left, defect.right)), defect.channel] = True
        return shown
