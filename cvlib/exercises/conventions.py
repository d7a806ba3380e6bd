"""Exercises of the chapter on conventions."""

from __future__ import annotations

import numpy as np

from cvlib.exercises.checking import Exercise

COUNTS = [
    (np.array([90, 4, 0, 0, 0, 0]), np.array([10, 3, 0, 5, 2, 0]), np.array([20, 6, 0, 0, 0, 8])),
    (np.array([0, 40, 0]), np.array([0, 20, 0]), np.array([0, 0, 0])),
]
"""Pixels that are hits, false alarms and misses, by image."""


def averages(
    tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, empty: np.ndarray | None = None
) -> tuple[float, float, float, float]:
    """Dice pooled, and per image with empties as 1, as 0 and skipped; empty is where nothing is counted."""
    size = 2 * tp + fp + fn
    empty = size == 0 if empty is None else empty
    dice = np.where(empty, 0, 2 * tp / np.maximum(size, 1))
    pooled = 2 * tp.sum() / size.sum()
    return pooled, np.where(empty, 1, dice).mean(), dice.mean(), dice[~empty].mean()


def with_iou(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> tuple[float, float, float, float]:
    """The mistake of counting the overlap once."""
    size = tp + fp + fn
    iou, empty = tp / np.maximum(size, 1), size == 0
    return tp.sum() / size.sum(), np.where(empty, 1, iou).mean(), iou.mean(), iou[~empty].mean()


def skipped_in_the_sum(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> tuple[float, float, float, float]:
    """The mistake of leaving empties out of the sum and not of the number of images."""
    pooled, one, nought, _ = averages(tp, fp, fn)
    return pooled, one, nought, nought


TP, FP, FN = np.array([900, 60, 5]), np.array([100, 20, 15]), np.array([100, 80, 10])
"""Pixels of three classes over all images."""

ENDS = [
    (np.array([[2.0, 4.0, 3.0], [1.0, 0.5, 1.5], [2.5, 2.0, 6.0]]), np.array([500.0, 250.0, 400.0])),
    (np.array([[1.0, 3.0], [5.0, 4.0]]), np.array([300.0, 600.0])),
]
"""Distances in px of N images by K ends, and the length that each image's are divided by."""

SCORES = [
    (np.array([[0.80, 0.82, 0.79], [0.60, 0.75, 0.70], [0.90, 0.85, 0.95]]), 0),
    (np.array([[0.5, 0.4], [0.3, 0.35], [0.55, 0.65], [0.2, 0.5]]), 2),
]
"""Scores by convention and model, and the row of the default."""


def swing(scores: np.ndarray, default: int) -> tuple[float, float]:
    """How far models are apart by default, and how far the median model moves."""
    return np.ptp(scores[default]), float(np.median(np.ptp(scores, axis=0)))


EXERCISES = {
    "four-averages": Exercise(
        solution=averages,
        mistakes={
            "an image without the class, but with false alarms, is no empty one: its Dice is 0, not 0/0": (
                lambda tp, fp, fn: averages(tp, fp, fn, tp + fn == 0)
            ),
            "an image in which nothing was predicted, but something missed, is no empty one: its Dice is 0": (
                lambda tp, fp, fn: averages(tp, fp, fn, tp + fp == 0)
            ),
            "skipped images are still counted here: divide by the number of those that are left": (
                skipped_in_the_sum
            ),
            "this is the IoU, which counts the overlap once: Dice counts it twice": with_iou,
        },
        inputs=lambda: COUNTS,
    ),
    "weights": Exercise(
        solution=lambda: (2 * TP + FP + FN) / (2 * TP + FP + FN).sum(),
        mistakes={
            "weights by labelled pixels are another convention: false alarms bear on the pooled Dice too": (
                lambda: (TP + FN) / (TP + FN).sum()
            ),
            "weights by the union give the pooled IoU as a mean of IoUs: Dice divides by something else": (
                lambda: (TP + FP + FN) / (TP + FP + FN).sum()
            ),
            "equal weights are those of the mean over classes: pooling lets large classes count more": (
                lambda: np.full(3, 1 / 3)
            ),
            "these are in proportion, but their sum is not 1: divide by it": lambda: 2 * TP + FP + FN,
        },
    ),
    "percent-of-what": Exercise(
        solution=lambda distances, lengths: 100 * (distances / lengths[:, None]).mean(),
        mistakes={
            "this is mean distance by mean length: divide within each image, then take the mean": (
                lambda distances, lengths: 100 * distances.mean() / lengths.mean()
            ),
            "this is a share: NME is in percent here": (
                lambda distances, lengths: (distances / lengths[:, None]).mean()
            ),
            "the first end is divided by the first image's length: the lengths belong to the rows": (
                lambda distances, lengths: 100 * (distances / lengths).mean()
            ),
        },
        inputs=lambda: ENDS,
    ),
    "swing": Exercise(
        solution=swing,
        mistakes={
            "rows and columns are exchanged: a row is a convention, a column a model": (
                lambda scores, default: (
                    np.ptp(scores[:, min(default, scores.shape[1] - 1)]),
                    float(np.median(np.ptp(scores, axis=1))),
                )
            ),
            "the second is of the most moved model: take the median over the models": (
                lambda scores, default: (np.ptp(scores[default]), np.ptp(scores, axis=0).max())
            ),
            "the second is over models and conventions at once: follow one model, then take the median": (
                lambda scores, default: (np.ptp(scores[default]), np.ptp(scores))
            ),
            "these are standard deviations: asked is the highest score less the lowest": (
                lambda scores, default: (scores[default].std(), float(np.median(scores.std(axis=0))))
            ),
        },
        inputs=lambda: SCORES,
    ),
}
