"""F1, precision and recall of the same probabilities: thresholds, averages, and what 0/0 counts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import pandas as pd

from cvlib.classify.scoring import PAPER, Scored
from cvlib.defects import CLASSES
from cvlib.measure import labels
from cvlib.measure.counts import Counts, divided, terms
from cvlib.measure.curves import choose_thresholds

Measure = Literal["f1", "precision", "recall"]
Average = Literal["macro", "micro", "weighted by support", "samples"]

MEASURES: tuple[Measure, ...] = get_args(Measure)

AVERAGES: tuple[Average, ...] = get_args(Average)
"""Over classes, over all answers, over classes by how many images show them, and over images."""

AXES = ("score", "threshold", "average", "undefined", "classes")

THRESHOLDS = (".5", "best on the validation images", "best on these test images")

UNDEFINED = {"left out": np.nan, "0": 0.0, "1": 1.0}
"""What 0/0 counts in a mean; scikit-learn's ``zero_division``."""

SETS = {
    "the three of Table 4": tuple(map(CLASSES.index, PAPER)),
    "all four": tuple(range(len(CLASSES))),
}
"""Which classes are averaged."""

DEFAULT = {
    "score": "f1",
    "threshold": "best on the validation images",
    "average": "macro",
    "undefined": "left out",
    "classes": "the three of Table 4",
}
"""That of the chapter on classification."""

KNOWN: dict[tuple[str, ...], str] = {
    tuple(DEFAULT.values()): "this book's chapter on classification",
    **{
        (score, ".5", average, undefined, "all four"): f"scikit-learn's average='{name}'{how}"
        for score in MEASURES
        for average, name in zip(AVERAGES, ("macro", "micro", "weighted", "samples"), strict=True)
        for undefined, how in {"0": " as it is by default", "1": ", zero_division=1"}.items()
    },
}
"""Who scores like that."""


def table(tests: Mapping[str, Scored]) -> pd.DataFrame:
    """Scores of the same stored probabilities under every convention.

    Parameters
    ----------
    tests
        By model.

    Returns
    -------
    A row per ``score``, ``threshold``, ``average``, ``undefined``, ``classes`` and ``model``, with its
    ``value``, 0 to 1; NaN where nothing is left to average.
    """
    rows = []
    for model, tested in tests.items():
        for threshold, limits in _thresholds(tested).items():
            counts = labels.count(labels.decide(tested.scores, limits), tested.truth).to_array()
            for classes, members in SETS.items():
                own = Counts.from_array(counts[:, members])
                rows += [
                    (measure, threshold, average, undefined, classes, model, value)
                    for measure, average, undefined in itertools.product(MEASURES, AVERAGES, UNDEFINED)
                    for value in [score(own, measure, average, UNDEFINED[undefined])]
                ]
    return pd.DataFrame(rows, columns=[*AXES, "model", "value"])


def _thresholds(tested: Scored) -> dict[str, np.ndarray | float]:
    best = choose_thresholds(tested.scores, tested.truth)
    return dict(zip(THRESHOLDS, (0.5, tested.thresholds, best), strict=True))


def score(
    counts: Counts, measure: Measure = "f1", average: Average = "macro", undefined: float = np.nan
) -> float:
    """One number for N images and C classes.

    The same as ``sklearn.metrics.precision_recall_fscore_support(average=..., zero_division=undefined)``, but
    that with NaN, which leaves 0/0 out, ``macro`` and ``weighted`` leave out absent classes too, as
    :func:`cvlib.measure.labels.macro` does: give scikit-learn the others as ``labels``.

    Parameters
    ----------
    counts
        As ``cvlib.measure.labels.count`` gives them.
    measure, average
        One of ``MEASURES``, of ``AVERAGES``.
    undefined
        What 0/0 counts; NaN leaves it out of the mean.

    Returns
    -------
    0 to 1; NaN where nothing is left to average.

    Examples
    --------
    >>> truth = np.array([[True, True], [False, False]])
    >>> found = labels.count(np.array([[True, False], [False, False]]), truth)
    >>> [round(score(found, "f1", average), 3) for average in AVERAGES]
    [0.5, 0.667, 0.5, 0.667]
    >>> round(score(found, "f1", "samples", undefined=0), 3)  # nothing shown, and nothing predicted
    0.333
    """
    summed = {"micro": (0, 1), "samples": (1,)}.get(average, (0,))
    above, below = (np.atleast_1d(each.sum(axis=summed)) for each in terms(counts, measure))
    values = divided(above, below, undefined)
    weights = np.ones(len(values))
    if average in ("macro", "weighted by support"):
        support = counts.truth.sum(axis=0)
        if average != "macro":
            weights = support.astype(float)
        elif np.isnan(undefined):
            weights = (support > 0).astype(float)
    kept = ~np.isnan(values) & (weights > 0)
    return float(np.average(values[kept], weights=weights[kept])) if kept.any() else np.nan
