"""Multi-label classification: images are counted by class, and every score is derived (paper 1, eqs. 5-6).

Curves and thresholds, which need scores rather than labels, are in ``cvlib.measure.curves``; what printed
scores imply of the images is in ``cvlib.measure.implied``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

from cvlib.measure.counts import (
    ByClass,
    Counts,
    divided,
    groups_with,
    intervals_by_class,
    mean_over_classes,
    ratio,
    refuse_name,
    refuse_other_images,
    terms,
)
from cvlib.measure.intervals import DRAWS

Measure = Literal["precision", "recall", "f1", "accuracy"]
Undefined = Literal["left out", "as 0"]
Reason = Literal["absent", "nothing predicted"]

MEASURES: tuple[Measure, ...] = get_args(Measure)
"""What ``score`` can derive, in the order of Table 4 of paper 1."""


def count(predicted: np.ndarray, truth: np.ndarray) -> Counts:
    """Count images, class by class.

    Parameters
    ----------
    predicted, truth
        (N, C) bool.

    Returns
    -------
    Counts (N, C): for each image and class, one of the four is 1 and the others are 0.

    Raises
    ------
    ValueError
        If an array is not bool or not two-dimensional, or shapes differ.

    Examples
    --------
    >>> count(np.array([[True, False]]), np.array([[True, True]])).to_array().tolist()
    [[[1, 0, 0, 0], [0, 0, 1, 0]]]
    """
    _refuse_pair(predicted, truth)
    cells = predicted & truth, predicted & ~truth, ~predicted & truth, ~predicted & ~truth
    return Counts(*(cell.astype(np.int64) for cell in cells))


def decide(scores: np.ndarray, thresholds: np.ndarray | float = 0.5) -> np.ndarray:
    """Predict every class whose score is at least its threshold.

    Parameters
    ----------
    scores
        (N, C) float, such as probabilities.
    thresholds
        One for all classes, or (C,).

    Returns
    -------
    (N, C) bool.

    Raises
    ------
    ValueError
        If a score or a threshold is NaN, or shapes do not fit.

    Examples
    --------
    >>> decide(np.array([[0.5, 0.5], [0.4, 0.9]]), np.array([0.5, 0.6])).tolist()
    [[True, False], [False, True]]
    """
    least = np.asarray(thresholds, np.float64)
    if scores.ndim != 2 or least.shape not in ((), scores.shape[1:]):
        raise ValueError(
            f"expected scores (N, C) and one threshold or (C,), but got {scores.shape} and {least.shape}"
        )
    if np.isnan(scores).any() or np.isnan(least).any():
        raise ValueError("expected scores and thresholds without NaN, but some are NaN")
    return np.asarray(scores >= least)


def precision(counts: Counts) -> np.ndarray:
    """Share of the images predicted to show a class that do: (C,) float64; NaN where none is predicted."""
    return score(counts, "precision")


def recall(counts: Counts) -> np.ndarray:
    """Share of the images that show a class that are predicted to: (C,) float64; NaN where it is absent."""
    return score(counts, "recall")


def f1(counts: Counts) -> np.ndarray:
    """F1 of each class from its counts, 2 tp / (2 tp + fp + fn): (C,) float64; NaN where the three are 0.

    Where something is found this is eq. 5 of paper 1, the harmonic mean of precision and recall. That is 0/0
    where both are 0, and undefined where one of them is: nothing is predicted, or the class is absent. F1
    from counts is 0 in these cases, since all there was to find was missed or all that was predicted is
    wrong, and undefined only where there is neither truth nor prediction.
    """
    return score(counts, "f1")


def accuracy(counts: Counts) -> np.ndarray:
    """Share of the images that are right about a class, showing it or not: (C,); NaN without images."""
    return score(counts, "accuracy")


def score(counts: Counts, measure: Measure = "f1") -> np.ndarray:
    """One number by class over all images: ``precision``, ``recall``, ``f1`` or ``accuracy``.

    Parameters
    ----------
    counts
        Of N images and C classes.
    measure
        One of ``MEASURES``.

    Returns
    -------
    (C,) float64 between 0 and 1; NaN where undefined, see ``why_undefined``. Never 0 for want of a number:
    ``sklearn.metrics.precision_recall_fscore_support`` gives the same with ``zero_division=nan``.

    Raises
    ------
    ValueError
        If the measure is unknown.

    Examples
    --------
    >>> counts = Counts.from_array(np.array([[[3, 1, 2, 4], [0, 0, 2, 8]]]))  # the second never predicted
    >>> [score(counts, each).round(2).tolist() for each in MEASURES]
    [[0.75, nan], [0.6, 0.0], [0.67, 0.0], [0.7, 0.8]]
    """
    refuse_name("measure", measure, MEASURES)
    return np.asarray(ratio(counts.sum(), measure)[0])


def why_undefined(counts: Counts, measure: Measure = "f1") -> list[Reason | None]:
    """Why ``score`` is NaN, by class: the class is absent from the truth, or it is nowhere predicted.

    ``absent`` where it is both; None where the score is defined.

    >>> why_undefined(Counts.from_array(np.array([[[3, 1, 2, 4], [0, 0, 2, 8], [0, 0, 0, 10]]])), "precision")
    [None, 'nothing predicted', 'absent']
    """
    images = counts.truth.sum(axis=0)
    return [
        None if not np.isnan(value) else "nothing predicted" if showing else "absent"
        for value, showing in zip(score(counts, measure), images, strict=True)
    ]


def macro(counts: Counts, measure: Measure = "f1", undefined: Undefined = "left out") -> float:
    """Mean of a score over the classes that occur in the truth (paper 1, eq. 6).

    Eq. 6 prints i as the upper limit of its sum, where N, the number of classes, is meant. Absent classes
    are left out. Of the others, F1, recall and accuracy are always defined. Precision is not where nothing
    is predicted: such a class is ``left out`` too, which flatters a model that never dares, or counts
    ``as 0``. Of printed scores, take ``mean_over_classes``.

    Returns
    -------
    0 to 1; NaN where no class remains.

    Raises
    ------
    ValueError
        If the measure, or what to do with what is undefined, is unknown.

    Examples
    --------
    >>> counts = Counts.from_array(np.array([[[3, 1, 2, 4], [0, 0, 2, 8], [0, 0, 0, 10]]]))
    >>> [macro(counts, "precision", each) for each in ("left out", "as 0")]
    [0.75, 0.375]
    """
    refuse_name("undefined", undefined, get_args(Undefined))
    values = score(counts, measure)[counts.truth.any(axis=0)]
    return mean_over_classes(np.nan_to_num(values) if undefined == "as 0" else values)


def score_interval(
    counts: Counts,
    groups: np.ndarray,
    measure: Measure = "f1",
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> ByClass:
    """The scores of ``score`` with intervals over groups: clips are drawn anew with all their images.

    The intervals cover the choice of clips, not that of the training run. Bounds are NaN where fewer than
    ``cvlib.measure.intervals.FEWEST`` groups bear on the score. For recall and F1, these are the groups that
    have the class; for accuracy, the groups that have it or the groups that lack it in some image, whichever
    are fewer; for precision, these or the groups where it is predicted. The mean is ``macro``'s with
    undefined classes left out; its bounds are NaN where those of one of its classes must be.

    In trials with 30 to 60 clips, of which two in five or nine in ten carried the class, 95 % intervals of
    all four measures covered the truth in 93 to 96 of 100. Those of F1 with single images as groups covered
    it in 64 and in 91.

    Parameters
    ----------
    counts
        Of N images and C classes.
    groups
        (N,) anything sortable; equal entries belong together.
    measure
        One of ``MEASURES``.
    seed
        Of the resampling.
    level
        Coverage aimed at, between 0 and 1.
    draws
        Number of resamples.

    Raises
    ------
    ValueError
        If there are no images, not one group for each, or the measure is unknown.

    Examples
    --------
    >>> truth = np.arange(40)[:, None] % 2 == 0
    >>> counts = count(truth & (np.arange(40)[:, None] % 4 == 0), truth)
    >>> [round(bound, 2) for bound in score_interval(counts, np.arange(40), "recall").classes[0]]
    [0.5, 0.26, 0.75]
    """
    return _intervals([counts], groups, measure, seed, level, draws)


def difference_interval(
    counts_a: Counts,
    counts_b: Counts,
    groups: np.ndarray,
    measure: Measure = "f1",
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> ByClass:
    """How much higher model A scores than model B on the same images, with paired intervals over groups.

    ``Interval.tied`` says whether they may be equal. Take ``constant`` as model B to see whether a model is
    better than always saying yes. Bounds are NaN where those of ``score_interval`` are for A or B.

    Parameters
    ----------
    counts_a, counts_b
        Of the same images and classes, in the same order.
    groups, measure, seed, level, draws
        As ``score_interval`` takes them.

    Raises
    ------
    ValueError
        If their shapes or truths differ; else as ``score_interval``.

    Examples
    --------
    >>> truth = np.arange(40)[:, None] % 2 == 0
    >>> difference_interval(count(truth, truth), constant(truth), np.arange(40), "accuracy").classes[0].value
    0.5
    """
    refuse_other_images(counts_a, counts_b)
    return _intervals([counts_a, counts_b], groups, measure, seed, level, draws)


def _intervals(
    models: Sequence[Counts], groups: np.ndarray, measure: Measure, seed: int, level: float, draws: int
) -> ByClass:
    refuse_name("measure", measure, MEASURES)
    columns = [np.stack(terms(counts, measure), axis=-1).astype(np.float64) for counts in models]
    bearing = np.min([_bearing(counts, groups, measure) for counts in models], axis=0)
    return intervals_by_class(columns, _score_of, models[0].truth, groups, bearing, seed, level, draws)


def _score_of(sums: np.ndarray) -> np.ndarray:
    return divided(sums[..., 0], sums[..., 1])


def _bearing(counts: Counts, groups: np.ndarray, measure: Measure) -> np.ndarray:
    """Number of groups that bear on the score of each class: (C,)."""
    rests_on = [counts.truth]
    if measure in ("precision", "accuracy"):
        rests_on.append(counts.fp + counts.tn)
    if measure == "precision":
        rests_on.append(counts.tp + counts.fp)
    return np.asarray(np.min([groups_with(each, groups) for each in rests_on], axis=0))


class CoOccurrence(NamedTuple):
    """Errors about one class on images that show another, each (C, C) int64: row shown, column judged.

    Attributes
    ----------
    false_alarms
        Images that show class i where class j is predicted and not there.
    lacking
        Images that show class i and not class j: of so many.
    misses
        Images that show classes i and j where j is not predicted; on the diagonal, all misses of a class.
    showing
        Images that show classes i and j: of so many.
    """

    false_alarms: np.ndarray
    lacking: np.ndarray
    misses: np.ndarray
    showing: np.ndarray


def co_occurrence_errors(predicted: np.ndarray, truth: np.ndarray) -> CoOccurrence:
    """How often each class is wrongly predicted, or missed, on images that show another class.

    With several labels to an image there is no one confusion matrix of classes: a wrong label replaces none.
    ``false_alarms / lacking`` compared down a column tells whether a class is taken for another, and
    ``misses / showing`` whether one hides another. Images that show nothing are in no row.

    Parameters
    ----------
    predicted, truth
        (N, C) bool.

    Raises
    ------
    ValueError
        As ``count``.

    Examples
    --------
    >>> truth = np.array([[True, False], [True, True], [True, True]])
    >>> found = co_occurrence_errors(np.array([[True, True], [True, False], [True, True]]), truth)
    >>> found.false_alarms.tolist(), found.misses.tolist()
    ([[0, 1], [0, 0]], [[0, 1], [0, 1]])
    """
    _refuse_pair(predicted, truth)
    shown = truth.astype(np.int64)
    return CoOccurrence(
        shown.T @ (predicted & ~truth), shown.T @ ~truth, shown.T @ (truth & ~predicted), shown.T @ shown
    )


class Combination(NamedTuple):
    """What is predicted for the images that show just these classes.

    Attributes
    ----------
    classes
        Positions of the classes shown, rising; empty for images that show none.
    images
        Number of images that show these and no others.
    exact
        Number of them for which just these are predicted.
    instead
        What is most often predicted instead, as ``classes``; None where all are exact.
    instead_images
        For how many of them.
    """

    classes: tuple[int, ...]
    images: int
    exact: int
    instead: tuple[int, ...] | None
    instead_images: int


def combinations(predicted: np.ndarray, truth: np.ndarray) -> list[Combination]:
    """Each combination of classes that images show, with what is predicted for it, the most frequent first.

    Of equally frequent ones the first in the order of positions comes first. Parameters and errors as of
    ``co_occurrence_errors``.

    >>> truth = np.array([[True, True], [True, True], [True, False]])
    >>> for each in combinations(np.array([[True, True], [True, False], [True, False]]), truth):
    ...     print(*each)
    (0, 1) 2 1 (0,) 1
    (0,) 1 1 None 0
    """
    _refuse_pair(predicted, truth)
    told: defaultdict[tuple[int, ...], Counter[tuple[int, ...]]] = defaultdict(Counter)
    for found, shown in zip(predicted, truth, strict=True):
        told[_positions(shown)][_positions(found)] += 1
    rows = []
    for classes, answers in told.items():
        wrong = [(-images, found) for found, images in answers.items() if found != classes]
        images, instead = min(wrong, default=(0, None))
        rows.append(Combination(classes, answers.total(), answers[classes], instead, -images))
    return sorted(rows, key=lambda row: (-row.images, row.classes))


def _positions(labels: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(labels).tolist())


def constant(truth: np.ndarray, measure: Literal["f1", "accuracy"] = "f1") -> Counts:
    """Counts of the best answer that does not look at the image.

    By F1 that is yes for every class: its recall is 1 and its precision is the share of images that show the
    class, while always no finds nothing. By accuracy it is what most of these images have, yes where there
    are as many of each. A model is worth something where it is better, see ``difference_interval``.

    Parameters
    ----------
    truth
        (N, C) bool.
    measure
        What the answer is best by.

    Raises
    ------
    ValueError
        If the truth is not (N, C) bool, or the measure is unknown.

    Examples
    --------
    >>> truth = np.array([[True], [False], [False], [False]])
    >>> f1(constant(truth)).item(), accuracy(constant(truth, "accuracy")).item()
    (0.4, 0.75)
    """
    refuse_name("measure", measure, ("f1", "accuracy"))
    _refuse_pair(truth, truth)
    yes = 2 * truth.sum(axis=0) >= len(truth) if measure == "accuracy" else True
    return count(np.full(truth.shape, yes), truth)


def _refuse_pair(predicted: np.ndarray, truth: np.ndarray) -> None:
    if predicted.shape != truth.shape or predicted.ndim != 2:
        raise ValueError(
            f"expected labels of one shape (N, C), but got {predicted.shape} predicted and {truth.shape} true"
        )
    if predicted.dtype != bool or truth.dtype != bool:
        raise ValueError(
            f"expected bool labels, but got {predicted.dtype} predicted and {truth.dtype} true; "
            "make scores into labels with decide"
        )
