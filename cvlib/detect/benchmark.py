"""Detection runs beside each other, from their stored boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from cvlib.defects import DETECTION_CLASSES
from cvlib.detect.scoring import Scored
from cvlib.measure import average_precision as ap
from cvlib.measure.boxes import Matched
from cvlib.measure.counts import mean_over_classes
from cvlib.measure.intervals import Interval
from cvlib.measure.operating_point import at_confidence, best_confidence, point_interval
from cvlib.runs import Run

MEAN = "mean"
"""Stands beside the names of the classes."""

Measure = Literal["map50", "map50_95", "precision", "recall"]

MEASURES: tuple[Measure, ...] = get_args(Measure)
"""The columns of the paper's Table 3."""

THRESHOLDS: Mapping[Measure, float | None] = {"map50": 0.5, "map50_95": None}
"""Least overlap of a hit; None for the mean over all ten."""


def scores(
    tests: Mapping[str, Scored], measure: Measure = "map50", seed: int = 0
) -> dict[str, dict[str, Interval]]:
    """Scores by model and class, with intervals over clips.

    Average precision is COCO's. Precision and recall are read at the confidence with the highest mean F1 on
    the validation images, at an overlap of .5.

    Parameters
    ----------
    tests
        By model.
    measure
        One of ``MEASURES``.
    seed
        Of the bootstrap.

    Returns
    -------
    By model: an interval for each class, and for their ``mean``.
    """
    rows = {}
    for model, tested in tests.items():
        if measure in ("precision", "recall"):
            found = point_interval(tested.matched, tested.groups, measure, tested.confidence, seed=seed)
        else:
            found = ap.ap_interval(tested.matched, tested.groups, threshold=THRESHOLDS[measure], seed=seed)
        rows[model] = dict(zip((*DETECTION_CLASSES, MEAN), (*found.classes, found.mean), strict=True))
    return rows


def rows(run: Run) -> list[dict[str, Any]]:
    """The scores of a run as they are stored: a row per measure and class, and one for the mean."""
    tested = Scored.of(run)
    size = {"images": len(tested.names), "groups": len(set(tested.groups.tolist()))}
    found: dict[Measure, dict[str, Interval]] = {
        measure: scores({"": tested}, measure)[""] for measure in MEASURES
    }
    return [
        {"measure": measure, "class": defect, **interval._asdict(), **size}
        for measure, by_class in found.items()
        for defect, interval in by_class.items()
    ]


def behind_best(tests: Mapping[str, Scored], seed: int = 0) -> dict[str, Interval]:
    """How far each model's mAP@.5 is behind the best one's, paired over the same clips.

    Returns
    -------
    By model; a tie where the interval includes 0, the best model is not among them.

    Raises
    ------
    ValueError
        If the models were not tested on the same images.
    """
    if len({tuple(each.names.tolist()) for each in tests.values()}) > 1:
        raise ValueError("expected models tested on the same images; compare those of one split")
    means = {model: ap.mean_ap(each.matched, threshold=0.5) for model, each in tests.items()}
    best = max(means, key=lambda model: means[model])
    return {
        model: ap.difference_interval(
            each.matched, tests[best].matched, each.groups, threshold=0.5, seed=seed
        ).mean
        for model, each in tests.items()
        if model != best
    }


def by_rule(tests: Mapping[str, Scored]) -> pd.DataFrame:
    """The same detections under every rule for the area under the curve.

    Returns
    -------
    A row per rule, a column per model and measure (``map50``, ``map50_95``).
    """
    return pd.DataFrame(
        {
            (model, measure): [ap.mean_ap(each.matched, rule, threshold) for rule in ap.RULES]
            for model, each in tests.items()
            for measure, threshold in THRESHOLDS.items()
        },
        index=list(ap.RULES),
    )


def by_operating_point(tested: Scored) -> pd.DataFrame:
    """Mean precision and recall of the same detections at confidences chosen in different ways.

    Returns
    -------
    A row per way: ``confidence``, ``precision``, ``recall``, ``f1``, means over the classes with truths.
    """
    ways = {
        "highest mean F1 on the validation images (used here)": tested.confidence,
        "highest mean F1 on these test images": best_confidence(tested.matched),
        "0.25, Ultralytics' default when it predicts": 0.25,
        "0.05, torchvision's default for Faster R-CNN": 0.05,
    }
    return pd.DataFrame({way: _point(tested.matched, at) for way, at in ways.items()}).T


def _point(matched: Sequence[Matched], confidence: float) -> dict[str, float]:
    points = [at_confidence(each, confidence) for each in matched if each.truths.any()]
    means = {name: mean_over_classes(np.array([getattr(each, name) for each in points])) for name in _READ}
    return {"confidence": confidence, **means}


_READ = ("precision", "recall", "f1")


def curves(tested: Scored, threshold: float = 0.5) -> dict[str, ap.Curve]:
    """Precision and recall of each class that the test images show (paper 1, Fig. 15)."""
    pairs = zip(DETECTION_CLASSES, tested.matched, strict=True)
    return {name: ap.curve(each, threshold) for name, each in pairs if each.truths.any()}


def areas(tested: Scored) -> dict[str, float]:
    """AP@.5 of each class, COCO's rule; NaN for an absent one."""
    pairs = zip(DETECTION_CLASSES, tested.matched, strict=True)
    return {name: float(ap.average_precision(each)[each.row(0.5)]) for name, each in pairs}


def spread(runs: Mapping[int, Run]) -> pd.DataFrame:
    """AP@.5 of one model by training seed: a row per seed, a column per class and ``mean``."""
    rows = {seed: run.metrics["ap50"] | {MEAN: run.metrics["map50"]} for seed, run in runs.items()}
    return pd.DataFrame.from_dict(rows, orient="index").replace("absent", np.nan).astype(float)
