"""Curves from the scores of one class over N images, and thresholds chosen by them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cvlib.measure.counts import divided

FALLBACK = 0.5
"""Threshold of a class that has no positive to choose one by."""


class PrecisionRecallCurve(NamedTuple):
    """Precision and recall at each threshold, each (T,) float64.

    Attributes
    ----------
    thresholds
        The distinct scores, falling.
    precision
        Of what scores at least the threshold.
    recall
        Likewise, rising to 1; NaN for a class without a positive.
    """

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray


class RocCurve(NamedTuple):
    """True and false positives at each threshold, each (T + 1,) float64.

    Attributes
    ----------
    thresholds
        Infinity, where nothing is predicted, and the distinct scores, falling.
    false_positive_rate
        Share of the negatives that score at least the threshold; NaN for a class without a negative.
    recall
        Share of the positives that do; NaN for a class without a positive.
    """

    thresholds: np.ndarray
    false_positive_rate: np.ndarray
    recall: np.ndarray


def precision_recall_curve(scores: np.ndarray, truth: np.ndarray) -> PrecisionRecallCurve:
    """Precision and recall of one class at every threshold that makes a difference.

    The points of ``sklearn.metrics.precision_recall_curve``, from the highest threshold on, without the
    (recall 0, precision 1) that it adds and no threshold gives.

    Parameters
    ----------
    scores
        (N,) float.
    truth
        (N,) bool.

    Raises
    ------
    ValueError
        If a score is not finite, the truth is not bool, or shapes differ.

    Examples
    --------
    >>> curve = precision_recall_curve(np.array([0.9, 0.6, 0.6, 0.1]), np.array([True, True, False, True]))
    >>> [each.round(2).tolist() for each in curve]
    [[0.9, 0.6, 0.1], [1.0, 0.67, 0.75], [0.33, 0.67, 1.0]]
    """
    thresholds, tp, predicted = _cumulated(scores, truth)
    return PrecisionRecallCurve(thresholds, divided(tp, predicted), _share(tp, truth))


def average_precision(scores: np.ndarray, truth: np.ndarray) -> float:
    """Area under the steps of ``precision_recall_curve``, as scikit-learn's ``average_precision_score``.

    Each gain in recall counts with the precision that it is reached with; nothing is interpolated, unlike in
    the average precision of boxes. Between 0 and 1; NaN for a class without a positive. Parameters and errors
    as there.

    >>> round(average_precision(np.array([0.9, 0.6, 0.1]), np.array([True, False, True])), 3)
    0.833
    """
    curve = precision_recall_curve(scores, truth)
    if not truth.any():
        return np.nan
    return float(np.sum(np.diff(curve.recall, prepend=0) * curve.precision))


def roc_curve(scores: np.ndarray, truth: np.ndarray) -> RocCurve:
    """False positive rate and recall of one class at every threshold that makes a difference.

    Parameters and errors as of ``precision_recall_curve``.

    >>> curve = roc_curve(np.array([0.9, 0.6, 0.1]), np.array([True, False, True]))
    >>> [each.tolist() for each in curve]
    [[inf, 0.9, 0.6, 0.1], [0.0, 0.0, 1.0, 1.0], [0.0, 0.5, 0.5, 1.0]]
    """
    thresholds, tp, predicted = _cumulated(scores, truth)
    tp, fp = np.append(0, tp), np.append(0, predicted - tp)
    return RocCurve(np.append(np.inf, thresholds), _share(fp, ~truth), _share(tp, truth))


def roc_auc(scores: np.ndarray, truth: np.ndarray) -> float:
    """Area under ``roc_curve``: how often a positive scores higher than a negative, a tie counted half.

    Between 0 and 1; NaN for a class without a positive or without a negative. Parameters and errors as of
    ``precision_recall_curve``.

    >>> roc_auc(np.array([0.9, 0.6, 0.6]), np.array([True, True, False]))
    0.75
    """
    curve = roc_curve(scores, truth)
    return float(np.trapezoid(curve.recall, curve.false_positive_rate)) if len(truth) else np.nan


def choose_thresholds(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """For each class, the threshold with the highest F1 on these images.

    Take images for it that are not scored later, such as the validation images. The threshold lies midway
    between the lowest score that is predicted and the next lower one; where all scores are predicted it is
    the lowest. Of equal F1 the highest threshold is taken, which predicts least. A class without a positive
    gets ``FALLBACK``, .5.

    Parameters
    ----------
    scores
        (N, C) float.
    truth
        (N, C) bool.

    Returns
    -------
    (C,) float64, as ``decide`` takes them.

    Raises
    ------
    ValueError
        If a score is not finite, the truth is not bool, or shapes differ.

    Examples
    --------
    >>> truth = np.array([[True, False], [True, False], [False, False]])
    >>> choose_thresholds(np.array([[0.9, 0.1], [0.3, 0.2], [0.1, 0.3]]), truth).round(3).tolist()
    [0.2, 0.5]
    """
    _refuse_scores(scores, truth, 2)
    columns = zip(scores.T, truth.T, strict=True)
    return np.array([_best_threshold(*column) for column in columns], np.float64)


def _best_threshold(scores: np.ndarray, truth: np.ndarray) -> float:
    if not truth.any():
        return FALLBACK
    distinct, tp, predicted = _cumulated(scores, truth)
    best = (2 * tp / (predicted + truth.sum())).argmax()
    least, *lower = distinct[best : best + 2].tolist()
    middle = least / 2 + lower[0] / 2 if lower else least
    return middle if not lower or middle > lower[0] else least  # neighbours may have no number between them


def _cumulated(scores: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct scores, falling; how many positives, and how many images, score at least as much."""
    _refuse_scores(scores, truth, 1)
    scores = scores.astype(np.float64)
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)[: len(falling)])
    return falling[last], np.cumsum(truth[order])[last], last + 1


def _share(part: np.ndarray, of: np.ndarray) -> np.ndarray:
    return divided(part, np.full(part.shape, of.sum()))


def _refuse_scores(scores: np.ndarray, truth: np.ndarray, dimensions: int) -> None:
    if scores.shape != truth.shape or scores.ndim != dimensions or truth.dtype != bool:
        raise ValueError(
            f"expected scores and a bool truth of one shape, {'(N, C)' if dimensions == 2 else '(N,)'}, but "
            f"got {scores.shape} and {truth.dtype} {truth.shape}"
        )
    if not np.isfinite(scores).all():
        raise ValueError("expected finite scores, but some are NaN or infinite")
