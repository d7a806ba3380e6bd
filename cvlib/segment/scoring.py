"""Scores a network on whole test images, and keeps what the measures and the figures need."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cvlib.data.cache import Cache
from cvlib.data.files import write_bytes, write_mask_png
from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.measure import masks
from cvlib.measure.masks import Counts, Rule
from cvlib.runs import Run

COUNTS, PREDICTIONS = "counts.npz", "predictions"


@dataclass(frozen=True)
class Scored:
    """What a run made of its test images.

    Attributes
    ----------
    names
        (N,) of the images.
    groups
        (N,) which of them belong together: what intervals resample.
    counts
        Of the N images, by the rule that made probabilities into masks.
    """

    names: np.ndarray
    groups: np.ndarray
    counts: Mapping[Rule, Counts]

    def save(self, folder: Path) -> None:
        """Write ``counts.npz`` into the folder of a run."""
        buffer = io.BytesIO()
        arrays = {str(rule): each.to_array() for rule, each in self.counts.items()}
        np.savez_compressed(buffer, allow_pickle=False, names=self.names, groups=self.groups, **arrays)
        write_bytes(folder / COUNTS, buffer.getvalue())

    @classmethod
    def of(cls, run: Run) -> Scored:
        """What ``save`` wrote; UserError if the file is missing or damaged."""
        path = run.path(COUNTS)
        try:
            with np.load(io.BytesIO(path.read_bytes())) as stored:
                counts = {rule: Counts.from_array(stored[rule]) for rule in masks.RULES}
                return cls(stored["names"], stored["groups"], counts)
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            message = f"{path}: damaged ({error}); drop the run with cvlib runs prune {run.id}"
            raise UserError(f"{message} and train it again") from None


def score_images(
    predict: Callable[[np.ndarray], np.ndarray],
    cache: Cache,
    positions: np.ndarray,
    names: np.ndarray,
    groups: np.ndarray,
    folder: Path,
) -> Scored:
    """Predict images at their own resolution, count pixels under every rule, and store both.

    Leaves ``counts.npz`` and ``predictions/NAME.png``: thresholded masks in the data set's own format.

    Parameters
    ----------
    predict
        Gives (4, H, W) probabilities, or bool, of an (H, W, 3) uint8 image.
    cache, positions
        Hold the images and their masks, and which of them to score.
    names, groups
        Of all images of the cache.
    folder
        Of the run.
    """
    (folder / PREDICTIONS).mkdir(exist_ok=True)
    counts: dict[Rule, list[Counts]] = {rule: [] for rule in masks.RULES}
    for position in positions:
        found, truth = predict(cache.image(position)), cache.mask(position)
        for rule, counted in counts.items():
            counted.append(masks.count(masks.decide(found, rule), masks.decide(truth, rule)))
        path = folder / PREDICTIONS / f"{names[position]}.png"
        write_mask_png(path, masks.decide(found).transpose(1, 2, 0))
    joined = {rule: Counts.join(counted) for rule, counted in counts.items()}
    tested = Scored(names[positions], groups[positions], joined)
    tested.save(folder)
    return tested


def summary(counts: Counts) -> dict[str, Any]:
    """Scores as ``metrics.json`` holds them: pooled over the test images, by class and on average.

    A class that no test image shows is ``absent``, and has no part in the mean.

    >>> counts = Counts.from_array(np.array([[[1, 1, 1, 1], [0, 0, 0, 4], [2, 0, 0, 2], [0, 0, 0, 4]]]))
    >>> summary(counts)["dice"]
    {'surface_crack': 0.5, 'delamination': 'absent', 'pinhole': 1.0, 'unclassified': 'absent'}
    """
    pooled = {measure: masks.score(counts, measure) for measure in masks.MEASURES}
    means = {f"mean_{measure}": masks.mean_over_classes(scores) for measure, scores in pooled.items()}
    return {**means, **{measure: _by_class(scores) for measure, scores in pooled.items()}}


def in_words(metrics: Mapping[str, Any]) -> str:
    """What ``metrics.json`` holds, in a line."""
    scores = (f"{defect} {_shown(score)}" for defect, score in metrics["dice"].items())
    images = metrics["images"]["test"]
    return f"Dice {_shown(metrics['mean_dice'])}: {', '.join(scores)}; pooled over {images} test images"


def _shown(score: float | str | None) -> str:
    return f"{score:.3f}" if isinstance(score, float) else str(score or "absent")


def _by_class(scores: np.ndarray) -> dict[str, float | str]:
    pairs = zip(CLASSES, scores, strict=True)
    return {defect: "absent" if np.isnan(score) else float(score) for defect, score in pairs}
