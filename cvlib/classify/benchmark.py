"""Classification runs beside each other, from their stored scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cvlib.classify.scoring import PAPER, Scored, paper_counts
from cvlib.defects import CLASSES
from cvlib.measure import labels
from cvlib.measure.calibration import Reliability, calibration_error, reliability
from cvlib.measure.counts import Counts
from cvlib.measure.intervals import Interval
from cvlib.measure.labels import Measure
from cvlib.runs import Run

MEAN = "mean"
"""Stands beside the names of the classes: over the three of the paper's Table 4."""

ABSENT = Interval(np.nan, np.nan, np.nan)
"""Of a class that no test image shows: neither precision, recall nor F1 says anything."""


def scores(
    tests: Mapping[str, Scored], measure: Measure = "f1", seed: int = 0
) -> dict[str, dict[str, Interval]]:
    """Scores by model and class at the thresholds of the validation images, with intervals over clips.

    Parameters
    ----------
    tests
        By model.
    measure
        One of ``cvlib.measure.labels.MEASURES``.
    seed
        Of the bootstrap.

    Returns
    -------
    By model: an interval for each class, and for the ``mean`` over the paper's three.
    """
    return {model: _scores(tested.counts, tested.groups, measure, seed) for model, tested in tests.items()}


def constant(tested: Scored, measure: Measure = "f1", seed: int = 0) -> dict[str, Interval]:
    """What always saying yes to every class scores on the same images, as ``scores`` has it."""
    return _scores(labels.constant(tested.truth), tested.groups, measure, seed)


def _scores(counts: Counts, groups: np.ndarray, measure: Measure, seed: int) -> dict[str, Interval]:
    found = labels.score_interval(counts, groups, measure, seed=seed).classes
    present = np.asarray(counts.truth.any(axis=0)) | (measure == "accuracy")
    by_class = [each if shown else ABSENT for each, shown in zip(found, present, strict=True)]
    mean = labels.score_interval(paper_counts(counts), groups, measure, seed=seed).mean
    return dict(zip((*CLASSES, MEAN), (*by_class, mean), strict=True))


def rows(run: Run) -> list[dict[str, Any]]:
    """The scores of a run as they are stored: a row per measure and class, and one for the mean."""
    tested = Scored.of(run)
    size = {"images": len(tested.names), "groups": len(set(tested.groups.tolist()))}
    return [
        {"measure": measure, "class": defect, **interval._asdict(), **size}
        for measure in labels.MEASURES
        for defect, interval in scores({"": tested}, measure)[""].items()
    ]


def behind_best(tests: Mapping[str, Scored], seed: int = 0) -> dict[str, Interval]:
    """How far each model's macro F1 is behind the best one's, paired over the same clips.

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
    counts = {model: paper_counts(each.counts) for model, each in tests.items()}
    means = {model: labels.macro(each) for model, each in counts.items()}
    best = max(means, key=lambda model: means[model])
    return {
        model: labels.difference_interval(own, counts[best], tests[model].groups, seed=seed).mean
        for model, own in counts.items()
        if model != best
    }


def above_constant(tests: Mapping[str, Scored], seed: int = 0) -> dict[str, Interval]:
    """How far each model's macro F1 is above that of always saying yes, paired over the same clips."""
    found = {}
    for model, tested in tests.items():
        always = paper_counts(labels.constant(tested.truth))
        pair = (paper_counts(tested.counts), always)
        found[model] = labels.difference_interval(*pair, tested.groups, seed=seed).mean
    return found


def by_threshold(tested: Scored) -> pd.DataFrame:
    """F1 of the same probabilities with thresholds chosen in different ways.

    Returns
    -------
    A row per way, a column per class and ``mean`` (over the paper's three).
    """
    from cvlib.measure.curves import choose_thresholds

    ways: dict[str, np.ndarray | float] = {
        "highest F1 on the validation images (used here)": tested.thresholds,
        "0.5": 0.5,
        "highest F1 on these test images": choose_thresholds(tested.scores, tested.truth),
    }
    table = {}
    for way, thresholds in ways.items():
        counts = labels.count(labels.decide(tested.scores, thresholds), tested.truth)
        values = np.where(tested.truth.any(axis=0), labels.f1(counts), np.nan)
        means = labels.macro(paper_counts(counts))
        table[way] = dict(zip((*CLASSES, MEAN), (*values.tolist(), means), strict=True))
    return pd.DataFrame.from_dict(table, orient="index")


def calibration(tested: Scored, bins: int = 8) -> tuple[dict[str, Reliability], dict[str, float]]:
    """Reliability and expected calibration error of each class that occurs, in bins of equal width."""
    columns = {name: (tested.scores[:, at], tested.truth[:, at]) for at, name in enumerate(CLASSES)}
    shown = {name: pair for name, pair in columns.items() if pair[1].any()}
    found = {name: reliability(*pair, bins=bins) for name, pair in shown.items()}
    return found, {name: calibration_error(*pair, bins=bins) for name, pair in shown.items()}


def spread(runs: Mapping[int, Run]) -> pd.DataFrame:
    """F1 of one model by training seed: a row per seed, a column per class and ``mean``."""
    rows = {seed: run.metrics["f1"] | {MEAN: run.metrics["macro_f1"]} for seed, run in runs.items()}
    return pd.DataFrame.from_dict(rows, orient="index").replace("absent", np.nan).astype(float)


def mistaken(tested: Scored, count: int = 4) -> list[int]:
    """Places of the test images that are most surely wrong about a class of Table 4, one of each kind first.

    How surely is the distance of the probability from its threshold. Misses and false alarms of each class
    take turns.
    """
    kinds = []
    for channel in range(len(PAPER)):
        distance = np.abs(tested.scores[:, channel] - tested.thresholds[channel])
        for wrong in (~tested.predicted & tested.truth, tested.predicted & ~tested.truth):
            own = np.flatnonzero(wrong[:, channel])
            kinds.append(own[np.argsort(-distance[own], kind="stable")].tolist())
    turns = [place for turn in range(count) for kind in kinds for place in kind[turn : turn + 1]]
    return list(dict.fromkeys(turns))[:count]
