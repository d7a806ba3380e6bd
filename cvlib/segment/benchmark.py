"""Scores of several runs set beside each other (paper 1, Defect Segmentation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cvlib.defects import CLASSES
from cvlib.measure import masks
from cvlib.measure.intervals import Interval
from cvlib.measure.masks import Convention, Measure, Rule
from cvlib.runs import Run
from cvlib.segment.scoring import Scored

MEAN = "mean"
"""Stands beside the names of the classes."""


def scores(
    tests: Mapping[str, Scored], measure: Measure = "dice", seed: int = 0
) -> dict[str, dict[str, Interval]]:
    """Pooled scores by model and class, with intervals over clips.

    Parameters
    ----------
    tests
        By model.
    measure
        One of ``cvlib.measure.masks.MEASURES``.
    seed
        Of the bootstrap.

    Returns
    -------
    By model: an interval for each class, and for their ``mean``.
    """
    rows = {}
    for model, tested in tests.items():
        found = masks.score_interval(tested.counts["threshold"], tested.groups, measure, seed=seed)
        rows[model] = dict(zip((*CLASSES, MEAN), (*found.classes, found.mean), strict=True))
    return rows


def rows(run: Run) -> list[dict[str, Any]]:
    """Dice and IoU of a run as they are stored: a row per measure and class, and one for the mean."""
    tested = Scored.of(run)
    size = {"images": len(tested.names), "groups": len(set(tested.groups.tolist()))}
    found: dict[Measure, dict[str, Interval]] = {
        measure: scores({"": tested}, measure)[""] for measure in ("dice", "iou")
    }
    return [
        {"measure": measure, "class": defect, **interval._asdict(), **size}
        for measure, by_class in found.items()
        for defect, interval in by_class.items()
    ]


def mean_score(scored: Scored, measure: Measure = "dice") -> float:
    """Pooled score on average over the classes that are not absent."""
    return masks.mean_over_classes(masks.score(scored.counts["threshold"], measure))


def mean_interval(scored: Scored, seed: int = 0) -> Interval:
    """Mean pooled Dice with its interval over clips."""
    return scores({"": scored}, seed=seed)[""][MEAN]


def behind_best(tests: Mapping[str, Scored], measure: Measure = "dice", seed: int = 0) -> dict[str, Interval]:
    """How far each model's mean score is behind the best one's, paired over the same clips.

    Returns
    -------
    By model; a tie where the interval includes 0, the best model is not among them.

    Raises
    ------
    ValueError
        If the models were not tested on the same images.
    """
    means = {model: mean_score(each, measure) for model, each in tests.items()}
    best = max(means, key=lambda model: means[model])
    gaps = {}
    for model, tested in tests.items():
        if model != best:
            pair = (tested.counts["threshold"], tests[best].counts["threshold"])
            gaps[model] = masks.difference_interval(*pair, tested.groups, measure, seed=seed).mean
    return gaps


def by_convention(tested: Scored, measure: Measure = "dice") -> pd.DataFrame:
    """The same predictions scored in every way.

    Returns
    -------
    A row per rule and convention (index ``rule``, ``convention``), a column per class; NaN where absent.
    """
    ways: list[tuple[Rule, Convention]] = [(r, c) for r in masks.RULES for c in masks.CONVENTIONS]
    values = [masks.score(tested.counts[rule], measure, convention) for rule, convention in ways]
    index = pd.MultiIndex.from_tuples(ways, names=["rule", "convention"])
    return pd.DataFrame(values, index=index, columns=list(CLASSES))


def spread(runs: Mapping[int, Run], measure: Measure = "dice") -> pd.DataFrame:
    """Pooled scores of one model by training seed: a row per seed, a column per class and ``mean``."""
    rows = {seed: run.metrics[measure] | {MEAN: run.metrics[f"mean_{measure}"]} for seed, run in runs.items()}
    return pd.DataFrame.from_dict(rows, orient="index").replace("absent", np.nan).astype(float)


def worst(tested: Scored, channel: int) -> int | None:
    """Position of the test image that shows a class and is scored lowest on it; None where none shows it.

    Of images with few labelled pixels none counts: a missed speck is not the failure to look at. Those with
    at least the median number do.
    """
    counts = tested.counts["threshold"]
    labelled = (counts.tp + counts.fn)[:, channel]
    if not labelled.any():
        return None
    enough = labelled >= np.median(labelled[labelled > 0])
    values = np.where(enough, masks.dice(counts)[:, channel], np.inf)
    return int(values.argmin())
