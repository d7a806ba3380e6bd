"""Exercises of the chapter on classification."""

from __future__ import annotations

import numpy as np

from cvlib.exercises.checking import Exercise
from cvlib.measure.calibration import calibration_error, reliability
from cvlib.measure.implied import implied_share

NEVER = {"accuracy": 0.91, "precision": np.nan, "recall": 0.0, "f1": 0.0}
"""Of a model that never predicts a class which 9 of 100 images show."""

TP, FP, FN = np.array([80, 10, 2]), np.array([10, 12, 1]), np.array([20, 5, 8])
"""Images of three classes: common, less common, rare."""


def f1(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """Harmonic mean, eq. 5."""
    return 2 * precision * recall / (precision + recall)


PRECISION, RECALL = TP / (TP + FP), TP / (TP + FN)

SCORES = [(0.8, 0.5, 0.9), (0.6, 0.9, 0.85), (0.95, 0.4, 0.94)]
"""Precision, recall and accuracy."""


def answers(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of 300 images, mostly below one half and often too high, and what the images show."""
    rng = np.random.default_rng(seed)
    probabilities = rng.beta(1, 3, 300)
    return probabilities, rng.random(300) < probabilities ** (1 + seed)


def gaps(probabilities: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share less mean probability of each bin that is not empty, and its images."""
    found = reliability(probabilities, truth, bins=8)
    held = found.images > 0
    return (found.share - found.probability)[held], found.images[held]


def from_middles(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The mistake of taking the middle of a bin for its mean probability."""
    found = reliability(probabilities, truth, bins=8)
    held = found.images > 0
    middles = (found.edges[1:] + found.edges[:-1]) / 2
    return float(np.average(np.abs(found.share - middles)[held], weights=found.images[held]))


EXERCISES = {
    "never": Exercise(
        solution=lambda: NEVER,
        mistakes={
            "nothing was predicted, so precision is 0/0: undefined, and not 0": (
                lambda: NEVER | {"precision": 0.0}
            ),
            "eq. 5 written with counts still has a value where precision has none: there were 9 misses": (
                lambda: NEVER | {"f1": np.nan}
            ),
            "accuracy counts the right answers: saying no is right wherever the class is not shown": (
                lambda: NEVER | {"accuracy": 0.09}
            ),
        },
    ),
    "macro-f1": Exercise(
        solution=lambda: f1(PRECISION, RECALL).mean(),
        mistakes={
            "this looks pooled over the classes (micro): eq. 6 takes each class's F1, then the mean": (
                lambda: 2 * TP.sum() / (2 * TP + FP + FN).sum()
            ),
            "this is the F1 of mean precision and mean recall: eq. 6 takes the mean of the F1": (
                lambda: f1(PRECISION.mean(), RECALL.mean())
            ),
            "classes are weighted by how many images show them: in a macro mean all count alike": (
                lambda: np.average(f1(PRECISION, RECALL), weights=TP + FN)
            ),
            "this is halfway between precision and recall: F1 is their harmonic mean": (
                lambda: ((PRECISION + RECALL) / 2).mean()
            ),
        },
    ),
    "implied-share": Exercise(
        solution=implied_share,
        mistakes={
            "false alarms are counted for each hit here, and misses for each positive image": (
                lambda precision, recall, accuracy: (1 - accuracy) / ((1 - recall) + (1 / precision - 1))
            ),
            "1 - P is the share of false alarms among predictions, not their number for each hit": (
                lambda precision, recall, accuracy: (1 - accuracy) / ((1 - recall) + recall * (1 - precision))
            ),
            "this is the share of images that are called positive: asked is the share that are": (
                lambda precision, recall, accuracy: (
                    implied_share(precision, recall, accuracy) * recall / precision
                )
            ),
            "false alarms are missing: errors are misses and false alarms": (
                lambda precision, recall, accuracy: (1 - accuracy) / (1 - recall)
            ),
        },
        inputs=lambda: SCORES,
    ),
    "calibration": Exercise(
        solution=lambda probabilities, truth: calibration_error(probabilities, truth, bins=8),
        mistakes={
            "every bin counts alike here: one of three images should not weigh as much as one of a hundred": (
                lambda probabilities, truth: np.abs(gaps(probabilities, truth)[0]).mean()
            ),
            "bins that are too high and too low cancel here: take distances without their sign": (
                lambda probabilities, truth: np.average(
                    gaps(probabilities, truth)[0], weights=gaps(probabilities, truth)[1]
                )
            ),
            "the middle of a bin stands for its probabilities here: take their mean": from_middles,
        },
        inputs=lambda: [answers(0), answers(1)],
    ),
}
