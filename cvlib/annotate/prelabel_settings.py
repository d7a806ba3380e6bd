"""The settings of first labels: what they mean, from a file, or fitted on labelled images.

The chain is the classical baseline's (``cvlib.baseline``). One step is added to it: smoothing of the image
beforehand, 0 unless told, since it raises the score where the surface is rough. On 24 held-out photographs of
CrackForest, Dice of cracks rose from .34 to .51 (by .10 to .25 in resamples); on simulated and magnetic-tile
images the mean fell by .01. A fit chooses it on its own images. Morphology of the mask was tried too and left
out (closing, opening, median, filling of holes, each with settings fitted to it): what helped CrackForest,
closing, did not help it on top of this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cvlib import baseline
from cvlib.baseline import AUTHORS, Thresholds
from cvlib.data.channels import Channels
from cvlib.data.coatingvision import CoatingVision
from cvlib.data.dataset import Dataset
from cvlib.data.files import read_bytes
from cvlib.data.findings import bad_file
from cvlib.errors import UserError
from cvlib.measure import masks

SETTINGS: dict[str, str] = {
    "smoothing": "pixels, 0 to 20; of a Gaussian filter before all else, for rough surfaces; 0: none",
    "method": "background: contrast with what is around; smooth: grey values, smoothed over 3 x 3",
    "polarity": "bright or dark: what defects are against what is around them",
    "threshold": "0 to 255; a pixel whose contrast, or grey value, is above it is defect",
    "foreign": "0 to 255; a pixel darker than this is foreign matter, 0 finds none",
    "least_area": "pixels; smaller components are noise",
    "patch": "pixels, odd; side of the square in which delamination is looked for",
    "patch_fill": "0 to 1; share of defect in that square above which the coating is off",
    "elongation": "area in widths squared from which a component is long, a crack; a disc has 0.8",
    "pinhole_least": "pixels; least area of a pinhole; what is smaller is a piece of a faint crack",
    "pinhole_most": "pixels; largest area of a pinhole; what is larger is unclassified",
}
"""The settings in a line each; ``cvlib.baseline.Thresholds`` says more."""

SMOOTHINGS = (0.0, 1.0)
"""Standard deviations, px, that a fit tries."""

FITTED = 60
"""Images that settings are fitted on, at most: evenly spread over all and over those of each class."""


@dataclass(frozen=True)
class Settings:
    """All choices of the labeller: those of the baseline, and smoothing before it.

    Attributes
    ----------
    thresholds
        Of the baseline.
    smoothing
        Standard deviation of a Gaussian filter, px, 0 to 20.

    Raises
    ------
    UserError
        The smoothing is out of range.

    >>> Settings.from_json({"threshold": 90, "smoothing": 1}).smoothing
    1
    """

    thresholds: Thresholds = AUTHORS
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if type(self.smoothing) not in (int, float) or not 0 <= self.smoothing <= 20:
            message = f"smoothing is {self.smoothing!r}, expected 0 to 20 pixels"
            raise UserError(f"prelabel: {message}; change that setting")

    def to_json(self) -> dict[str, Any]:
        """As one object of plain values, by the names of ``SETTINGS``."""
        return {"smoothing": self.smoothing, **asdict(self.thresholds)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Settings:
        """Of any of ``SETTINGS``, the others as the authors have them; UserError for unknown or bad ones."""
        unknown = sorted(told.keys() - SETTINGS.keys())
        if unknown:
            message = f"setting {unknown[0]!r} is unknown, expected {', '.join(SETTINGS)}"
            raise UserError(f"prelabel: {message}; correct it")
        smoothing = told.get("smoothing", 0.0)
        return cls(Thresholds(**{name: told[name] for name in told if name != "smoothing"}), smoothing)


DEFAULT = Settings()
"""The authors' values, no smoothing."""


def smoothed(image: np.ndarray, sigma: float) -> np.ndarray:
    """An image through a Gaussian filter of that standard deviation, px; as it is for 0."""
    return cv2.GaussianBlur(image, (0, 0), sigma) if sigma else image


def predict(image: np.ndarray, settings: Settings = DEFAULT) -> np.ndarray:
    """The mask alone: (H, W, 4) bool; as :func:`cvlib.annotate.prelabels.label_image`."""
    return baseline.predict(smoothed(image, settings.smoothing), settings.thresholds)


def read_settings(path: Path) -> Settings:
    """Settings from a JSON file: an object of any of ``SETTINGS``, or ``prelabels.json`` of earlier masks.

    Raises
    ------
    UserError
        The file cannot be read, is no such object, or a setting is unknown or out of range.
    """
    try:
        told = json.loads(read_bytes(path))
    except ValueError as error:
        raise bad_file(str(path), "not JSON, expected an object of settings; correct it") from error
    told = told.get("settings", told) if isinstance(told, dict) else told
    if not isinstance(told, dict):
        raise bad_file(str(path), 'expected an object of settings such as {"threshold": 90}; correct it')
    try:
        return Settings.from_json(told)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def fit_folder(folder: Path, channels: Channels = "auto") -> tuple[Settings, int]:
    """Settings fitted on a folder of labelled images in the paper's format, and on how many of them.

    Of more than ``FITTED`` images as many are taken, see :func:`spread`.

    Raises
    ------
    DataError
        The folder is not in that format, or none of its masks holds a defect.
    """
    data = CoatingVision(folder, channels)
    labels = data.labels().to_numpy(bool)
    if not labels.any():
        raise bad_file(str(folder), "no image of it shows a defect; label some that do")
    chosen = spread(np.arange(len(data)), labels)
    return fit_on(data, chosen), len(chosen)


def fit_on(data: Dataset, positions: Sequence[int] | np.ndarray) -> Settings:
    """The settings with the highest mean Dice on some images: see ``cvlib.baseline.fit``, for each smoothing.

    ValueError where they show no defect.
    """
    pairs = [(data.image(int(at)), data.mask(int(at))) for at in positions]
    tried = []
    for sigma in SMOOTHINGS:
        found = baseline.fit((smoothed(image, sigma), mask) for image, mask in pairs)
        tried.append(Settings(found, sigma))
    return max(tried, key=lambda settings: _mean_dice(pairs, settings))  # of equals the first


def _mean_dice(pairs: Sequence[tuple[np.ndarray, np.ndarray]], settings: Settings) -> float:
    counted = (
        masks.count(predict(image, settings).transpose(2, 0, 1), mask.transpose(2, 0, 1))
        for image, mask in pairs
    )
    return masks.mean_over_classes(masks.score(masks.Counts.join(counted)))


def spread(positions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """``FITTED`` of these positions or fewer, in order: evenly spread over each class and over all.

    Parameters
    ----------
    positions
        (K,) int.
    labels
        (N, 4) bool: which classes each image of the data set shows.

    >>> len(spread(np.arange(1000), np.zeros((1000, 4), bool)))
    60
    """
    share = FITTED // (labels.shape[1] + 1)
    chosen = np.unique(np.concatenate([_evenly(positions[shown], share) for shown in labels[positions].T]))
    others = np.setdiff1d(positions, chosen)
    return np.union1d(chosen, _evenly(others, FITTED - len(chosen)))


def _evenly(values: np.ndarray, count: int) -> np.ndarray:
    places = np.linspace(0, len(values) - 1, min(count, len(values)))
    return values[places.round().astype(int)]
