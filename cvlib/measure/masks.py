"""Scores of segmentation: pixels are counted once, and every score is derived from the counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import cv2
import numpy as np

from cvlib.measure.intervals import DRAWS, Interval, group_sums, interval_of, resampled_sums

Rule = Literal["threshold", "argmax"]
Measure = Literal["dice", "iou", "precision", "recall"]
Convention = Literal["pooled", "per image, empties skipped", "per image, empties as 1"]

RULES: tuple[Rule, ...] = get_args(Rule)
"""How probabilities become masks, see ``decide``."""

MEASURES: tuple[Measure, ...] = get_args(Measure)
"""What ``score`` can derive."""

CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
"""How ``score`` makes one number of many images."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Pixels of N images and C classes, each (N, C) int64.

    Attributes
    ----------
    tp
        Predicted and in the truth.
    fp
        Predicted, not in the truth.
    fn
        Not predicted, in the truth.
    tn
        Neither.

    Raises
    ------
    ValueError
        If the four are not two-dimensional and of one shape.
    """

    tp: np.ndarray
    fp: np.ndarray
    fn: np.ndarray
    tn: np.ndarray

    def __post_init__(self) -> None:
        shapes = [each.shape for each in (self.tp, self.fp, self.fn, self.tn)]
        if self.tp.ndim != 2 or len(set(shapes)) > 1:
            raise ValueError(f"expected four arrays (N, C) of one shape, but got {shapes}")

    def __len__(self) -> int:
        return len(self.tp)

    def __getitem__(self, positions: np.ndarray | slice) -> Counts:
        """The counts of some images: positions, a slice, or (N,) bool."""
        return Counts(self.tp[positions], self.fp[positions], self.fn[positions], self.tn[positions])

    def sum(self) -> Counts:
        """The counts of all images together: (1, C)."""
        return Counts.from_array(self.to_array().sum(axis=0, keepdims=True))

    def to_array(self) -> np.ndarray:
        """(N, C, 4) int64: true positives, false positives, false negatives, true negatives."""
        return np.stack([self.tp, self.fp, self.fn, self.tn], axis=-1)

    @classmethod
    def from_array(cls, array: np.ndarray) -> Counts:
        """What ``to_array`` gave; ValueError for another shape."""
        if array.ndim != 3 or array.shape[2] != 4:
            raise ValueError(f"expected counts (N, C, 4), but got an array {array.shape}")
        return cls(*np.moveaxis(array.astype(np.int64), -1, 0))

    @classmethod
    def join(cls, parts: Iterable[Counts]) -> Counts:
        """Counts one after another; ValueError for none, or for different numbers of classes.

        >>> one = Counts.from_array(np.ones((1, 4, 4)))
        >>> len(Counts.join([one, one]))
        2
        """
        return cls.from_array(np.concatenate([part.to_array() for part in parts]))


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
    _refuse_name("rule", rule, RULES)
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
    return _divided(*_terms(counts, "dice"), np.nan)


def iou(counts: Counts) -> np.ndarray:
    """Intersection over union (paper 1, eq. 3), as ``dice`` gives it.

    >>> iou(Counts.from_array(np.array([[[1, 1, 0, 2], [0, 0, 0, 4]]]))).tolist()
    [[0.5, nan]]
    """
    return _divided(*_terms(counts, "iou"), np.nan)


def precision(counts: Counts) -> np.ndarray:
    """Share of the predicted pixels that are true, as ``dice`` gives it; NaN where none is predicted."""
    return _divided(*_terms(counts, "precision"), np.nan)


def recall(counts: Counts) -> np.ndarray:
    """Share of the truth's pixels that are predicted, as ``dice`` gives it; NaN where the truth is empty."""
    return _divided(*_terms(counts, "recall"), np.nan)


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


def mean_over_classes(scores: np.ndarray) -> float:
    """Mean of (C,) scores by class, absent ones left out; NaN where all are absent.

    >>> mean_over_classes(np.array([0.25, 0.75, np.nan]))
    0.5
    """
    present = scores[~np.isnan(scores)]
    return float(present.mean()) if len(present) else np.nan


class ByClass(NamedTuple):
    """Intervals of a score.

    Attributes
    ----------
    classes
        One for each class, in the order of the channels; all NaN for an absent one.
    mean
        Of the mean over the classes that are not absent.
    """

    classes: list[Interval]
    mean: Interval


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
    columns = _columns(counts, measure, convention)
    drawn = _score_of(resampled_sums(columns, groups, seed, draws))
    return _by_class(score(counts, measure, convention), drawn, _carrying(counts, groups), level)


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
    if counts_a.tp.shape != counts_b.tp.shape:
        raise ValueError(
            f"expected counts of the same images and classes, but got {counts_a.tp.shape} and "
            f"{counts_b.tp.shape}"
        )
    if not np.array_equal(counts_a.tp + counts_a.fn, counts_b.tp + counts_b.fn):
        raise ValueError("expected counts of the same images in the same order, but their truths differ")
    pair = [_columns(counts, measure, convention) for counts in (counts_a, counts_b)]
    drawn = _score_of(resampled_sums(np.stack(pair, axis=1), groups, seed, draws))
    value = score(counts_a, measure, convention) - score(counts_b, measure, convention)
    return _by_class(value, drawn[:, 0] - drawn[:, 1], _carrying(counts_a, groups), level)


def _by_class(values: np.ndarray, drawn: np.ndarray, carrying: np.ndarray, level: float) -> ByClass:
    classes = [
        interval_of(value, estimates, int(groups), level)
        for value, estimates, groups in zip(values, drawn.T, carrying, strict=True)
    ]
    present = carrying > 0
    if not present.any():
        return ByClass(classes, Interval(np.nan, np.nan, np.nan))
    mean = drawn[:, present].mean(axis=1)
    return ByClass(classes, interval_of(mean_over_classes(values), mean, int(carrying[present].min()), level))


def _carrying(counts: Counts, groups: np.ndarray) -> np.ndarray:
    """Number of groups whose truth shows each class: (C,)."""
    return np.count_nonzero(group_sums(counts.tp + counts.fn, groups), axis=0)


def _columns(counts: Counts, measure: Measure, convention: Convention) -> np.ndarray:
    """What each image adds to numerator, denominator and size of the truth: (N, C, 3) float64."""
    _refuse_name("measure", measure, MEASURES)
    _refuse_name("convention", convention, CONVENTIONS)
    above, below = _terms(counts, measure)
    truth = counts.tp + counts.fn
    if convention != "pooled":
        filled = truth + counts.fp > 0
        above, below = _divided(above, below, 0), filled
        if convention == "per image, empties as 1":
            above, below = np.where(filled, above, 1), np.ones_like(filled)
    return np.stack([above, below, truth], axis=-1).astype(np.float64)


def _score_of(sums: np.ndarray) -> np.ndarray:
    """Scores from sums of ``_columns`` over images: (..., 3) to (...)."""
    above, below, truth = np.moveaxis(sums, -1, 0)
    return np.where(truth > 0, _divided(above, below, 0), np.nan)


def _terms(counts: Counts, measure: Measure) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator of a measure."""
    tp, fp, fn = counts.tp, counts.fp, counts.fn
    return {
        "dice": (2 * tp, 2 * tp + fp + fn),
        "iou": (tp, tp + fp + fn),
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
    }[measure]


def _divided(above: np.ndarray, below: np.ndarray, otherwise: float) -> np.ndarray:
    return np.divide(above, below, out=np.full(above.shape, otherwise, np.float64), where=below != 0)


def _refuse_name(what: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise ValueError(f"{what} {name!r} is unknown, expected one of {known}")
