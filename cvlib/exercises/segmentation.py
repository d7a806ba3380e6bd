"""Exercises of the chapter on segmentation."""

from __future__ import annotations

import numpy as np

from cvlib.exercises.checking import Exercise

TP, FP, FN = np.array([90, 1, 0]), np.array([10, 3, 0]), np.array([0, 6, 0])
"""Pixels of one class in three images: large and found, small and missed, none to be found."""


def per_image(tp: np.ndarray = TP, fp: np.ndarray = FP, fn: np.ndarray = FN) -> np.ndarray:
    """Dice of each image; 1 where there is nothing and nothing was found."""
    size = 2 * tp + fp + fn
    return np.where(size == 0, 1.0, 2 * tp / np.maximum(size, 1))


def mean_iou(dice: np.ndarray) -> float:
    """Mean IoU of images whose Dice are known."""
    return float(np.mean(dice / (2 - dice)))


def mean_first(dice: np.ndarray) -> float:
    """The IoU that belongs to the mean Dice."""
    return float(np.mean(dice) / (2 - np.mean(dice)))


def masks() -> list[tuple[np.ndarray]]:
    """Masks of ten and of four images, in which three classes are from common to rare."""
    generator = np.random.default_rng(0)
    made = []
    for images in (10, 4):
        truth = generator.random((images, 8, 8, 3)) < [0.3, 0.1, 0.05]
        truth[: images // 2, ..., 1] = False
        truth[1:, ..., 2] = False
        made.append((truth,))
    return made


def absent(truth: np.ndarray) -> np.ndarray:
    """Share of images without each class."""
    return 1 - truth.any(axis=(1, 2)).mean(axis=0)


EXERCISES = {
    "mean-dice": Exercise(
        solution=lambda: per_image().mean(),
        mistakes={
            "this looks pooled over the images, not per image: take the Dice of each image, then the mean": (
                lambda: 2 * TP.sum() / (2 * TP + FP + FN).sum()
            ),
            "the empty image counts as 0 here: nothing was to be found, and nothing was found": (
                lambda: per_image()[:2].sum() / 3
            ),
            "the empty image is left out here: the exercise counts it as 1": lambda: per_image()[:2].mean(),
            "this is the IoU, which counts the overlap once: Dice counts it twice": (
                lambda: np.mean([90 / 100, 1 / 10, 1])
            ),
        },
    ),
    "mean-iou": Exercise(
        solution=mean_iou,
        inputs=lambda: [(np.array([0.0, 1.0]),), (np.array([0.6, 0.6]),), (np.array([0.2, 0.5, 0.9]),)],
        mistakes={
            "you converted the mean, but the conversion is curved: convert each image, then take the mean": (
                mean_first
            ),
            "this turns an IoU into a Dice; you want the other way round": (
                lambda dice: np.mean(2 * dice / (1 + dice))
            ),
            "this is the mean Dice: nothing is converted": np.mean,
            "this gives one IoU for each image: their mean is asked for": lambda dice: dice / (2 - dice),
        },
    ),
    "never-finds": Exercise(
        solution=absent,
        inputs=masks,
        mistakes={
            "this is the share of images that show the class: in these the model finds nothing of it": (
                lambda truth: truth.any(axis=(1, 2)).mean(axis=0)
            ),
            "this is the share of pixels without the class: the score is one number for each image first": (
                lambda truth: 1 - truth.mean(axis=(0, 1, 2))
            ),
            "this is the pooled Dice, which is 0 for a model that finds nothing: score each image": (
                lambda truth: np.zeros(truth.shape[-1])
            ),
            "this looks at all classes at once: an image can be empty for one class and not for another": (
                lambda truth: 1 - truth.any(axis=(1, 2, 3)).mean()
            ),
        },
    ),
}
