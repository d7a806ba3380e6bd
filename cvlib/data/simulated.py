"""The simulated coatings as a data set: what the book shows where nobody has put photographs."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import pandas as pd

import cvlib.defects
import cvlib.simulate
from cvlib.data.dataset import Dataset
from cvlib.defects import CLASSES
from cvlib.simulate import coating

_KEPT_CLIPS = 2
_Frame = TypeVar("_Frame")


class Simulated(Dataset):
    """Simulated coatings in the size and with the shares of defects of CoatingVision (paper 1, Data Records).

    Images are drawn when asked for, a clip at a time; the last two clips stay in memory, so going through
    the positions in order draws each clip once.

    Parameters
    ----------
    images
        Number of images, at least 1.
    seed
        Not negative. The same seed gives the same images.

    Attributes
    ----------
    frames
        ``name`` (image_00000 ...), ``clip``, ``frame`` (within the clip), ``offset_px`` (from the left
        edge of the clip's sample), ``gap_um`` (coating gap), ``water_share`` (of the solvent, 0 to 1),
        ``um_per_pixel``, ``displacement_px`` (between frames) and ``blur_px``.

    Raises
    ------
    UserError
        ``images`` or ``seed`` is out of range.

    >>> data = Simulated(images=20, seed=1)
    >>> data.image(19).shape, data.mask(19).shape
    ((480, 640, 3), (480, 640, 4))
    """

    name = "simulated"
    origin = "simulated"
    licence = "made by this package, see its licence"
    remarks = (
        "Drawn by code. Put in: the published share of images with each defect (of unclassified ones our own "
        "choice), more defects with larger coating gap and more water, mostly irregular pinholes. Finding "
        "these again checks the analysis; it is no evidence for the paper.",
        "The scale of 5 µm per pixel is our choice; the paper gives none.",
    )

    def __init__(self, images: int = 2227, seed: int = 0) -> None:
        self._clips = coating.plan(images, seed)
        self.settings = {"images": images, "seed": seed}
        self.title = f"simulated coatings (seed {seed})"
        self.frames = pd.DataFrame(
            [_row(clip, frame) for clip in self._clips for frame in range(clip.frames)]
        )
        self._places = [(clip, frame) for clip in self._clips for frame in range(clip.frames)]
        self._drawn: OrderedDict[int, list[tuple[np.ndarray, np.ndarray]]] = OrderedDict()
        self._masks: OrderedDict[int, list[np.ndarray]] = OrderedDict()

    def image(self, index: int) -> np.ndarray:
        """The image at a position: (480, 640, 3) uint8, RGB."""
        clip, frame = self._places[index]
        if clip.number not in self._drawn:
            _keep(self._drawn, clip.number, list(coating.draw(clip)))
        return self._drawn[clip.number][frame][0].copy()

    def mask(self, index: int) -> np.ndarray:
        """The mask at a position: (480, 640, 4) bool; costs half its image where that is not drawn yet."""
        clip, frame = self._places[index]
        if clip.number in self._drawn:
            return self._drawn[clip.number][frame][1].copy()
        if clip.number not in self._masks:
            _keep(self._masks, clip.number, list(coating.masks(clip)))
        return self._masks[clip.number][frame].copy()

    def label(self, index: int) -> np.ndarray:
        """Which classes the image at a position shows: (4,) bool; from the plan, nothing is drawn."""
        clip, frame = self._places[index]
        return np.asarray(clip.labels()[frame])

    def labels(self) -> pd.DataFrame:
        """Which classes each image shows: (N, 4) bool; from the plan, nothing is drawn."""
        rows = np.concatenate([clip.labels() for clip in self._clips])
        return pd.DataFrame(rows, index=pd.Index(self.frames["name"], name="name"), columns=list(CLASSES))

    def fingerprint(self) -> str:
        """A SHA-256 over the settings, the simulator's source files and the versions of NumPy and OpenCV.

        Together they fix every pixel on one kind of computer; another processor may round differently.
        """
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256(f"{sorted(self.settings.items())}\n".encode())
        digest.update(f"numpy {np.__version__} opencv {cv2.__version__}\n".encode())
        sources = sorted(Path(cvlib.simulate.__path__[0]).glob("*.py"))
        for path in [*sources, Path(cvlib.defects.__file__)]:
            digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        return digest.hexdigest()


def _row(clip: coating.Clip, frame: int) -> dict[str, int | float | str]:
    return {
        "name": f"image_{clip.first + frame:05d}",
        "clip": clip.number,
        "frame": frame,
        "offset_px": frame * clip.displacement_px,
        "gap_um": clip.gap_um,
        "water_share": clip.water_share,
        "um_per_pixel": coating.UM_PER_PIXEL,
        "displacement_px": clip.displacement_px,
        "blur_px": clip.blur_px,
    }


def _keep(kept: OrderedDict[int, list[_Frame]], number: int, frames: list[_Frame]) -> None:
    kept[number] = frames
    if len(kept) > _KEPT_CLIPS:
        kept.popitem(last=False)
