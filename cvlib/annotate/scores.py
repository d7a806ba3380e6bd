"""What labels are worth: pixels right and wrong, and what a reviewer had to correct."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.measure import masks
from cvlib.measure.corrections import corrections
from cvlib.measure.counts import ByClass, Counts
from cvlib.measure.intervals import interval_of, resampled_sums
from cvlib.measure.masks import Measure
from cvlib.provenance import ROOT

RESULTS = ROOT / "results"

MEAN = "mean"
SCORES: dict[str, Measure] = {"F1": "dice", "precision": "precision", "recall": "recall"}
"""Of pixels, pooled over the images; F1 of pixels is their Dice."""


@dataclass(frozen=True)
class Corrected:
    """Labels beside the masks that they became.

    Attributes
    ----------
    counts
        Pixels of N images by class; the corrected mask is the truth.
    todo
        (N, 4) objects that were erased or drawn, see :func:`cvlib.measure.corrections.corrections`.
    groups
        (N,) which images show one piece.
    """

    counts: Counts
    todo: np.ndarray
    groups: np.ndarray

    @classmethod
    def of(cls, pairs: Iterable[tuple[np.ndarray, np.ndarray]], groups: np.ndarray) -> Corrected:
        """Of N labels and their true masks, (4, H, W) bool each, and their groups; one pair at a time."""
        counted = [(masks.count(label, truth), corrections(label, truth)) for label, truth in pairs]
        counts, todo = zip(*counted, strict=True)
        return cls(Counts.join(counts), np.array(todo), groups)

    @property
    def wrong(self) -> np.ndarray:
        """Pixels of each image and class that are marked wrongly: (N, 4)."""
        return self.counts.fp + self.counts.fn

    def scores(self) -> dict[str, ByClass]:
        """Each of ``SCORES``, with intervals over groups."""
        return {
            name: masks.score_interval(self.counts, self.groups, measure) for name, measure in SCORES.items()
        }

    def facts(self) -> dict[str, Any]:
        """As a record holds it: value, low and high of each score by class, corrections per image."""
        told: dict[str, Any] = {"images": len(self.todo)}
        for name, found in self.scores().items():
            by_class = zip((*CLASSES, MEAN), (*found.classes, found.mean), strict=True)
            told[name] = {defect: [_told(bound) for bound in interval] for defect, interval in by_class}
        return told | {"objects corrected per image": float(self.todo.sum(axis=1).mean())}


def _told(number: float) -> float | None:
    return None if np.isnan(number) else round(number, 4)


def per_image(values: np.ndarray, groups: np.ndarray) -> ByClass:
    """Means over images of (N, C) values by class, and of their sum over classes, resampling groups."""
    columns = np.column_stack([values, values.sum(axis=1), np.ones(len(values))])
    *sums, images = resampled_sums(columns, groups).T
    count = len(np.unique(groups))
    means = columns.mean(axis=0)
    found = [interval_of(mean, each / images, count) for mean, each in zip(means, sums, strict=False)]
    return ByClass(found[:-1], found[-1])


def stored(dataset: str, file: str, command: str) -> pd.DataFrame:
    """A table of ``results``; UserError, with the command that makes it, where it is not stored."""
    path = RESULTS / dataset / file
    if not path.exists():
        again = shlex.join(["cvlib", "annotate", command, dataset, "--to", str(path.parent)])
        raise UserError(f"{path}: no stored scores for {dataset!r}; get them with {again}")
    return pd.read_csv(path)
