"""Dice of the same masks: how they are decided, how images are averaged, and how classes are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cvlib.defects import CLASSES
from cvlib.measure import masks
from cvlib.measure.counts import mean_over_classes
from cvlib.measure.masks import Counts, Measure, Rule
from cvlib.segment.scoring import Scored

AXES = ("masks", "average", "classes")

MASKS: dict[str, Rule] = {"threshold .5": "threshold", "argmax": "argmax"}
"""How probabilities become masks, see :func:`cvlib.measure.masks.decide`."""

AVERAGES = (*masks.CONVENTIONS, "per image, empties as 0")
"""How one number is made of many images, see :func:`cvlib.measure.masks.score`."""

MEAN, POOLED, WEIGHTED = "mean over classes", "classes pooled", "weighted by labelled pixels"

OVER = (MEAN, POOLED, WEIGHTED)
"""How one number is made of many classes; beside these the table has every class by itself."""

DEFAULT = {"masks": "threshold .5", "average": "pooled", "classes": MEAN}
"""That of the chapter on segmentation."""

KNOWN = {
    ("threshold .5", "pooled", MEAN): "this book's chapter on segmentation; smp's macro",
    ("threshold .5", "pooled", POOLED): "smp's micro",
    ("threshold .5", "pooled", WEIGHTED): "smp's weighted, given the labelled pixels as weights",
    ("threshold .5", "per image, empties as 1", MEAN): "smp's macro-imagewise as it is by default",
    ("threshold .5", "per image, empties as 1", POOLED): "smp's micro-imagewise as it is by default",
    ("threshold .5", "per image, empties as 0", MEAN): "smp's macro-imagewise, zero_division=0",
    ("threshold .5", "per image, empties as 0", POOLED): "smp's micro-imagewise, zero_division=0",
    ("argmax", "per image, empties skipped", MEAN): "mean of the authors' table by class",
}
"""Who scores like that; smp is segmentation_models_pytorch. Its names hold where every class occurs."""


def table(tests: Mapping[str, Scored], measure: Measure = "dice") -> pd.DataFrame:
    """Scores of the same stored counts under every convention.

    A class that no image shows is absent: NaN by itself, and without a part in either mean over classes.

    Parameters
    ----------
    tests
        By model.
    measure
        One of ``cvlib.measure.masks.MEASURES``.

    Returns
    -------
    A row per ``masks``, ``average``, ``classes`` (``OVER``, then ``cvlib.defects.CLASSES``) and ``model``,
    with its ``value``, 0 to 1.
    """
    rows = [
        (way, average, classes, model, value)
        for model, tested in tests.items()
        for way, rule in MASKS.items()
        for average in AVERAGES
        for classes, value in _by_classes(tested, rule, average, measure).items()
    ]
    return pd.DataFrame(rows, columns=[*AXES, "model", "value"])


def _by_classes(tested: Scored, rule: Rule, average: str, measure: Measure) -> dict[str, float]:
    counts = tested.counts[rule]
    own = _scores(counts, average, measure)
    together = Counts.from_array(counts.to_array().sum(axis=1, keepdims=True))
    pooled = _scores(together, average, measure)
    present, labelled = ~np.isnan(own), counts.truth.sum(axis=0)
    weighted = np.average(own[present], weights=labelled[present]) if present.any() else np.nan
    over = dict(zip(OVER, (mean_over_classes(own), float(pooled[0]), float(weighted)), strict=True))
    return over | dict(zip(CLASSES, own.tolist(), strict=True))


def _scores(counts: Counts, average: str, measure: Measure) -> np.ndarray:
    """(C,) scores under one of ``AVERAGES``."""
    convention = next((each for each in masks.CONVENTIONS if each == average), None)
    if convention:
        return masks.score(counts, measure, convention)
    empty = counts.tp + counts.fp + counts.fn == 0  # counted as 1, each adds a whole image
    return np.asarray(masks.score(counts, measure, "per image, empties as 1") - empty.mean(axis=0))
