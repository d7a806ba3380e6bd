"""Scores of segmentation: pixels are counted once, and every score is derived from the counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import cv2
import numpy as np

from cvlib.measure.counts import ByClass as ByClass
from cvlib.measure.counts import Counts as Counts
from cvlib.measure.counts import (
    divided,
    groups_with,
    intervals_by_class,
    ratio,
    refuse_name,
    refuse_other_images,
    terms,
)
from cvlib.measure.counts import mean_over_classes as mean_over_classes
from cvlib.measure.intervals import DRAWS

Rule = Literal["threshold", "argmax"]
Measure = Literal["dice", "iou", "precision", "recall"]
Convention = Literal["pooled", "per image, empties skipped", "per image, empties as 1"]

RULES: tuple[Rule, ...] = get_args(Rule)
"""How probabilities become masks, see ``decide``."""

MEASURES: tuple[Measure, ...] = get_args(Measure)
"""What ``score`` can derive."""

CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
"""How ``score`` makes one number of many images."""


def count(predicted: np.ndarray, truth: np.ndarray) -> Counts:
    """Count pixels, image by image and class by class.

    Images of unequal size are counted one at a time, and joined.

    Parameters
    ----------
    predicted, truth
        (N, C, H, W) bool, or (C, H, W) of one image. Of any memory layout; quickest when contiguous.

    Returns
    -------
    Counts of N images, the same as ``segmentation_models_pytorch.metrics.get_stats(..., mode="multilabel")``.

    Raises
    ------
    ValueError
        If an array is not bool, shapes differ, or there are no classes or no pixels.

    Examples
    --------
    >>> truth = np.zeros((1, 2, 2), bool)
    >>> truth[0, 0] = True
    >>> count(truth.swapaxes(1, 2), truth).to_array().tolist()
    [[[1, 1, 1, 1]]]
    """
    _refuse_pair(predicted, truth)
    height, width = predicted.shape[-2:]
    planes = [
        np.ascontiguousarray(each).view(np.uint8).reshape(-1, height, width) for each in (predicted, truth)
    ]
    sizes = [  # the Hamming norm counts bits that differ, and a bool has one
        (cv2.countNonZero(found), cv2.countNonZero(present), int(cv2.norm(found, present, cv2.NORM_HAMMING)))
        for found, present in zip(*planes, strict=True)
    ]
    found, present, unequal = np.array(sizes, np.int64).reshape(-1, predicted.shape[-3], 3).transpose(2, 0, 1)
    tp = (found + present - unequal) // 2
    return Counts(tp, found - tp, present - tp, height * width - found - present + tp)


def _refuse_pair(predicted: np.ndarray, truth: np.ndarray) -> None:
    if predicted.shape != truth.shape or predicted.ndim not in (3, 4) or 0 in predicted.shape[-3:]:
        raise ValueError(
            f"expected masks of one shape (N, C, H, W) or (C, H, W), but got {predicted.shape} predicted "
            f"and {truth.shape} true"
        )
    if predicted.dtype != bool or truth.dtype != bool:
        raise ValueError(
            f"expected bool masks, but got {predicted.dtype} predicted and {truth.dtype} true; "
            "make probabilities into masks with decide"
        )


def decide(scores: np.ndarray, rule: Rule = "threshold") -> np.ndarray:
    """Make probabilities into masks.

    ``threshold`` takes every class of at least .5 and leaves the truth as it is. ``argmax`` gives each pixel
    its most probable class, the first of equals, and no other. No class is the background, so a pixel without
    any defect becomes class 0, "surface crack". This is how the authors' published notebook makes its table
    by class; it treats the truth the same way, so give the truth to this function too to score like that.

    Parameters
    ----------
    scores
        (C, H, W) or (N, C, H, W) probabilities between 0 and 1, or bool.
    rule
        One of ``RULES``.

    Returns
    -------
    bool, of the same shape.

    Raises
    ------
    ValueError
        If the rule is unknown, or something is not a probability: below 0, above 1, or NaN.

    Examples
    --------
    >>> scores = np.array([0.2, 0.6, 0.7, 0.1]).reshape(4, 1, 1)
    >>> [decide(scores, rule).ravel().tolist() for rule in RULES]
    [[False, True, True, False], [False, False, True, False]]
    >>> decide(np.zeros((4, 1, 1), bool), "argmax").ravel().tolist()
    [True, False, False, False]
    """
    refuse_name("rule", rule, RULES)
    low, high = scores.min(), scores.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(f"expected probabilities between 0 and 1, but got {low} to {high}")
    if rule == "threshold":
        return np.asarray(scores >= 0.5)
    classes = np.arange(scores.shape[-3]).reshape(-1, 1, 1)
    return np.asarray(scores.argmax(axis=-3, keepdims=True) == classes)


def dice(counts: Counts) -> np.ndarray:
    """Dice coefficient of each image and class (paper 1, eq. 2): (N, C) float64, 0 to 1; NaN where 0/0.

    >>> dice(Counts.from_array(np.array([[[1, 1, 0, 2], [0, 0, 0, 4]]]))).round(3).tolist()
    [[0.667, nan]]
    """
    return ratio(counts, "dice")


def iou(counts: Counts) -> np.ndarray:
    """Intersection over union (paper 1, eq. 3), as ``dice`` gives it.

    >>> iou(Counts.from_array(np.array([[[1, 1, 0, 2], [0, 0, 0, 4]]]))).tolist()
    [[0.5, nan]]
    """
    return ratio(counts, "iou")


def precision(counts: Counts) -> np.ndarray:
    """Share of the predicted pixels that are true, as ``dice`` gives it; NaN where none is predicted."""
    return ratio(counts, "precision")


def recall(counts: Counts) -> np.ndarray:
    """Share of the truth's pixels that are predicted, as ``dice`` gives it; NaN where the truth is empty."""
    return ratio(counts, "recall")


def score(counts: Counts, measure: Measure = "dice", convention: Convention = "pooled") -> np.ndarray:
    """One number by class for many images, by a named convention.

    ``pooled`` sums the counts over all images first. ``per image, empties skipped`` is the mean over the
    images where truth or prediction is non-empty; ``per image, empties as 1`` is the mean over all images,
    where an image with both empty counts 1. Precision with nothing predicted, and recall with nothing to
    find, count 0 unless both are empty, so that all measures speak of the same images.

    A class that never occurs in the truth is absent: NaN by every measure and convention, and nothing else
    is NaN. The peers differ: segmentation_models_pytorch gives such a class 0 or 1, as ``zero_division``
    says, and its ``imagewise`` reductions give an empty image the same.

    Parameters
    ----------
    counts
        Of N images and C classes.
    measure
        One of ``MEASURES``.
    convention
        One of ``CONVENTIONS``.

    Returns
    -------
    (C,) float64 between 0 and 1.

    Raises
    ------
    ValueError
        If the measure or the convention is unknown.

    Examples
    --------
    >>> found = np.array([[[8, 2, 2, 0]], [[0, 0, 2, 10]], [[0, 0, 0, 12]]])  # good, missed, rightly empty
    >>> [score(Counts.from_array(found), "dice", each).round(3).item() for each in CONVENTIONS]
    [0.727, 0.4, 0.6]
    """
    return _score_of(_columns(counts, measure, convention).sum(axis=0))


def score_interval(
    counts: Counts,
    groups: np.ndarray,
    measure: Measure = "dice",
    convention: Convention = "pooled",
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> ByClass:
    """The scores of ``score`` with intervals over groups: clips are drawn anew with all their frames.

    The intervals cover the choice of clips, not that of the training run. Bounds are NaN where fewer than
    ``cvlib.measure.intervals.FEWEST`` groups carry the class, and for the mean where this is so of one of
    its classes. In trials with 10, 20 and 40 clips, of which all or 60 % carried the class, 95 % intervals of
    pooled Dice covered the truth in 92 to 97 of 100, and with single frames as groups in about 40.

    Parameters
    ----------
    counts
        Of N images and C classes.
    groups
        (N,) anything sortable; equal entries belong together.
    measure, convention
        As ``score`` takes them.
    seed
        Of the resampling.
    level
        Coverage aimed at, between 0 and 1.
    draws
        Number of resamples.

    Raises
    ------
    ValueError
        If there are no images, not one group for each, or the measure or convention is unknown.

    Examples
    --------
    >>> clips = np.arange(8) // 2  # four clips are too few for bounds
    >>> score_interval(Counts.from_array(np.full((8, 1, 4), 5)), clips).classes
    [Interval(value=0.5, low=nan, high=nan)]
    """
    return _intervals([counts], groups, measure, convention, seed, level, draws)


def difference_interval(
    counts_a: Counts,
    counts_b: Counts,
    groups: np.ndarray,
    measure: Measure = "dice",
    convention: Convention = "pooled",
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> ByClass:
    """How much higher model A scores than model B on the same images, with paired intervals over groups.

    Both are scored on the same resamples, so what makes a clip hard for both does not widen the interval.
    ``Interval.tied`` says whether they may be equal. Bounds are NaN where those of ``score_interval`` are.

    Parameters
    ----------
    counts_a, counts_b
        Of the same images and classes, in the same order.
    groups, measure, convention, seed, level, draws
        As ``score_interval`` takes them.

    Raises
    ------
    ValueError
        If their shapes or truths differ; else as ``score_interval``.

    Examples
    --------
    >>> a, b = (Counts.from_array(np.tile(each, (8, 1, 1))) for each in ([6, 2, 2, 0], [4, 4, 4, 0]))
    >>> difference_interval(a, b, np.arange(8)).classes[0].value
    0.25
    """
    refuse_other_images(counts_a, counts_b)
    return _intervals([counts_a, counts_b], groups, measure, convention, seed, level, draws)


def _intervals(
    models: Sequence[Counts],
    groups: np.ndarray,
    measure: Measure,
    convention: Convention,
    seed: int,
    level: float,
    draws: int,
) -> ByClass:
    columns = [_columns(counts, measure, convention) for counts in models]
    truth = models[0].truth
    carrying = groups_with(truth, groups)
    return intervals_by_class(columns, _score_of, truth, groups, carrying, seed, level, draws)


def _columns(counts: Counts, measure: Measure, convention: Convention) -> np.ndarray:
    """What each image adds to numerator, denominator and size of the truth: (N, C, 3) float64."""
    refuse_name("measure", measure, MEASURES)
    refuse_name("convention", convention, CONVENTIONS)
    above, below = terms(counts, measure)
    truth = counts.truth
    if convention != "pooled":
        filled = truth + counts.fp > 0
        above, below = divided(above, below, 0), filled
        if convention == "per image, empties as 1":
            above, below = np.where(filled, above, 1), np.ones_like(filled)
    return np.stack([above, below, truth], axis=-1).astype(np.float64)


def _score_of(sums: np.ndarray) -> np.ndarray:
    """Scores from sums of ``_columns`` over images: (..., 3) to (...)."""
    above, below, truth = np.moveaxis(sums, -1, 0)
    return np.where(truth > 0, divided(above, below, 0), np.nan)
