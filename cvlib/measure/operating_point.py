"""Precision, recall and F1 of matched boxes at one confidence, and the confidence to choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

from cvlib.measure.boxes import Matched
from cvlib.measure.counts import (
    ByClass,
    Counts,
    divided,
    groups_with,
    intervals_by_class,
    ratio,
    refuse_name,
    terms,
)
from cvlib.measure.intervals import DRAWS

Measure = Literal["precision", "recall", "f1"]

MEASURES: tuple[Measure, ...] = get_args(Measure)
"""What counts at one confidence tell."""


class OperatingPoint(NamedTuple):
    """What a detector of one class does at one confidence (paper 1, Table 3: precision and recall).

    Attributes
    ----------
    tp
        Detections that hit.
    fp
        Detections that hit nothing.
    fn
        Truths not found.
    precision
        tp / (tp + fp); NaN where nothing is detected.
    recall
        tp / (tp + fn); NaN where there are no truths.
    f1
        2 tp / (2 tp + fp + fn), the harmonic mean of both; NaN where there is nothing of either.
    """

    tp: int
    fp: int
    fn: int
    precision: float
    recall: float
    f1: float


def counts_at(classes: Sequence[Matched], confidence: float, threshold: float = 0.5) -> Counts:
    """Hits, false alarms and misses of every class on each image; boxes have no true negatives, so tn is 0.

    A detection counts if its score is ``confidence`` or more. Less sure ones never change what the surer hit,
    so this equals matching those alone.

    Parameters
    ----------
    classes
        One for each class, as ``cvlib.measure.boxes.match`` gives them.
    confidence
        Least score; nothing counts at NaN, what ``best_confidence`` says where there is none to choose.
    threshold
        Least overlap of a hit.

    Returns
    -------
    Counts of N images and C classes.

    Raises
    ------
    ValueError
        If the threshold is none of those matched by.
    """
    columns = []
    for each in classes:
        row, images = each.row(threshold), len(each.truths)
        sure = (each.scores >= confidence) & ~each.ignored[row]
        hit = each.hit[row]
        tp, fp = (np.bincount(each.images[sure & kind], minlength=images) for kind in (hit, ~hit))
        columns.append(np.stack([tp, fp, each.truths - tp, 0 * tp], axis=1))
    return Counts.from_array(np.stack(columns, axis=1))


def at_confidence(matched: Matched, confidence: float, threshold: float = 0.5) -> OperatingPoint:
    """The counts of one class over all images, and precision, recall and F1 (paper 1, eq. 5) from them.

    Parameters and errors as of ``counts_at``.

    >>> hit, ignored = np.array([[True, False, True]]), np.zeros((1, 3), bool)
    >>> scores, images, truths = np.array([0.9, 0.6, 0.2]), np.array([0, 0, 1]), np.array([1, 1])
    >>> at_confidence(Matched(images, scores, hit, ignored, truths, (0.5,)), 0.6)
    OperatingPoint(tp=1, fp=1, fn=1, precision=0.5, recall=0.5, f1=0.5)
    """
    counts = counts_at([matched], confidence, threshold).sum()
    tp, fp, fn, _ = counts.to_array().ravel().tolist()
    return OperatingPoint(tp, fp, fn, *(ratio(counts, measure).item() for measure in MEASURES))


def best_confidence(classes: Sequence[Matched], threshold: float = 0.5) -> float:
    """The confidence, one for all classes, with the highest mean F1 over the classes that have truths.

    Choose it on validation images and report ``at_confidence`` on others. It is exact: one of the scores
    themselves, the highest of equally good ones. Ultralytics prints precision and recall at a confidence it
    chose on the very images it reports on, where the mean F1, interpolated at 1000 confidences between 0 and
    1 and smoothed over 101 of them, is highest; precision and recall are then interpolated too.

    Parameters
    ----------
    classes
        One for each class, as ``cvlib.measure.boxes.match`` gives them.
    threshold
        Least overlap of a hit.

    Returns
    -------
    A score; NaN where no detection hits.

    Raises
    ------
    ValueError
        If the threshold is none of those matched by.
    """
    present = [each for each in classes if each.truths.any()]
    scores = np.unique(np.concatenate([np.zeros(0), *(each.scores for each in present)]))[::-1]
    total = np.zeros(len(scores))
    for each in present:
        row = each.row(threshold)
        sure = np.searchsorted(-each.scores, -scores, "right")
        hits, counted = (np.append(0, np.cumsum(kind)) for kind in (each.hit[row], ~each.ignored[row]))
        total += 2 * hits[sure] / (counted[sure] + each.truths.sum())
    return float(scores[total.argmax()]) if total.any() else np.nan


def point_interval(
    classes: Sequence[Matched],
    groups: np.ndarray,
    measure: Measure,
    confidence: float,
    threshold: float = 0.5,
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> ByClass:
    """Precision, recall or F1 of each class at one confidence, and the mean, with intervals over groups.

    Clips are drawn anew with all their images; the confidence stays. The mean is over the classes that have
    truths and, for precision, are detected. Bounds are NaN where fewer than
    ``cvlib.measure.intervals.FEWEST`` groups have a truth of the class, or for precision a detection.

    Parameters
    ----------
    classes
        One for each class, as ``cvlib.measure.boxes.match`` gives them.
    groups
        (N,) anything sortable; equal entries belong together.
    measure
        One of ``MEASURES``.
    confidence, threshold
        As ``counts_at`` takes them.
    seed
        Of the resampling.
    level
        Coverage aimed at, between 0 and 1.
    draws
        Number of resamples.

    Raises
    ------
    ValueError
        If there is not one group for each image, the measure is unknown, or the threshold is none of those
        matched by.
    """
    refuse_name("measure", measure, MEASURES)
    counts = counts_at(classes, confidence, threshold)
    rests_on = [counts.truth, counts.tp + counts.fp] if measure == "precision" else [counts.truth]
    bearing = np.min([groups_with(each, groups) for each in rests_on], axis=0)
    columns = [np.stack(terms(counts, measure), axis=-1).astype(np.float64)]
    return intervals_by_class(columns, _quotient, counts.truth, groups, bearing, seed, level, draws)


def _quotient(sums: np.ndarray) -> np.ndarray:
    return divided(sums[..., 0], sums[..., 1])
