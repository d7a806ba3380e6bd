"""Exercises of the chapter on annotation."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from cvlib.exercises.checking import Exercise
from cvlib.measure import corrections as package


def opinions() -> list[tuple[np.ndarray]]:
    """Probabilities of three networks, then of five: (M, 2, 3)."""
    three = [
        [[0.95, 0.4, 0.9], [0.6, 0.1, 0.5]],
        [[0.4, 0.55, 0.8], [0.6, 0.2, 0.5]],
        [[0.4, 0.52, 0.7], [0.2, 0.9, 0.5]],
    ]
    five = [*three, [[0.1, 0.3, 0.9], [0.1, 0.1, 0.5]], [[0.1, 0.3, 0.2], [0.3, 0.1, 0.5]]]
    return [(np.array(three),), (np.array(five),)]


def mean_and_vote(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the mean marks, and what more than half of the networks mark."""
    votes = (probabilities >= 0.5).sum(axis=0)
    return probabilities.mean(axis=0) >= 0.5, 2 * votes > len(probabilities)


def labels() -> list[tuple[np.ndarray, np.ndarray]]:
    """Labels and truths: a slanting crack and a hole drawn too small, a blot, strays, no difference."""
    crack, hole = np.zeros((2, 16, 24), bool)
    crack[range(4, 12), range(4, 12)] = True
    hole[6:12, 16:22] = True
    small, blot, strays = crack | hole, crack.copy(), np.zeros_like(hole)
    small[6, 16:] = small[10:, 10:12] = False
    blot[:, 13:] = True
    strays[2, 2] = strays[13, 12] = strays[5:7, 15:17] = True
    return [(small, crack | hole), (blot, crack | hole), (strays, hole), (crack, crack)]


def objects(mask: np.ndarray, neighbours: int = 8) -> list[np.ndarray]:
    """Connected pixels, an array like the mask for each object."""
    number, places = cv2.connectedComponents(mask.astype(np.uint8), connectivity=neighbours)
    return [places == each for each in range(1, number)]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union."""
    return float((one & other).sum() / (one | other).sum())


def covered(one: np.ndarray, other: np.ndarray) -> float:
    """The share of the other that the one covers."""
    return float((one & other).sum() / other.sum())


def to_do(
    drawn: list[np.ndarray], true: list[np.ndarray], like: Callable = overlap, least: float = 0.5
) -> int:
    """Objects without any that is like them by more than the least, of both."""
    alike = np.array([[like(one, other) > least for other in true] for one in drawn], bool)
    alike = alike.reshape(len(drawn), len(true))
    return int((~alike.any(axis=1)).sum() + (~alike.any(axis=0)).sum())


def corrections(labelled: np.ndarray, truth: np.ndarray) -> int:
    """Objects to erase and to draw, by the package."""
    return int(package.corrections(labelled[None], truth[None])[0])


def to_draw(labelled: np.ndarray, truth: np.ndarray) -> int:
    """The mistake of counting objects to draw alone."""
    drawn, true = objects(labelled), objects(truth)
    return (to_do(drawn, true) + len(true) - len(drawn)) // 2


def pool() -> tuple[np.ndarray, np.ndarray]:
    """Objects wrong in the label of each of 200 images, and how much networks disagree about it."""
    rng = np.random.default_rng(7)
    wrong = rng.poisson(rng.gamma(2, 3, 200))
    return wrong, rng.normal(wrong, 2)


def change(kept: slice) -> float:
    """Mean errors of some images, in the order of dispute from the least disputed, less those of all."""
    wrong, disputed = pool()
    return float(wrong[np.argsort(disputed)][kept].mean() - wrong.mean())


EXERCISES = {
    "too-small": Exercise(
        solution=lambda: 6 * np.sqrt(0.5),
        mistakes={
            "areas go with the square of the radius: half the radius is a quarter of the disc": lambda: 3.0,
            "at this radius the Dice is 1/2, which is kinder: the intersection over union is asked for": (
                lambda: 6 / np.sqrt(3)
            ),
            "this is the radius as a share of the true one: it is asked for in pixels": lambda: np.sqrt(0.5),
        },
        tolerance=2e-3,
    ),
    "mean-and-vote": Exercise(
        solution=mean_and_vote,
        mistakes={
            "mean and vote are exchanged: hand in the mask of the mean first": (
                lambda probabilities: mean_and_vote(probabilities)[::-1]
            ),
            "one network is enough here: a vote needs more than half of them": (
                lambda probabilities: (mean_and_vote(probabilities)[0], (probabilities >= 0.5).any(axis=0))
            ),
            "two votes are enough here: of five networks that is no majority": (
                lambda probabilities: (
                    mean_and_vote(probabilities)[0],
                    (probabilities >= 0.5).sum(axis=0) >= 2,
                )
            ),
            "this rounds before it takes the mean, so both are the vote: how sure a network is gets lost": (
                lambda probabilities: (mean_and_vote(probabilities)[1],) * 2
            ),
        },
        inputs=opinions,
    ),
    "corrections": Exercise(
        solution=corrections,
        mistakes={
            "a slanting crack falls into pieces here: pixels that touch at a corner are one object": (
                lambda labelled, truth: to_do(objects(labelled, 4), objects(truth, 4))
            ),
            "a wrong object is to be erased as well: you count only those to be drawn": to_draw,
            "whatever touches a true object is right here: the two must be more alike than that": (
                lambda labelled, truth: to_do(objects(labelled), objects(truth), least=0)
            ),
            "a blot over everything is right here: divide what is shared by what both cover together": (
                lambda labelled, truth: to_do(objects(labelled), objects(truth), covered)
            ),
        },
        inputs=labels,
    ),
    "what-is-left": Exercise(
        solution=lambda: change(slice(150)),
        mistakes={
            "these are the 50 images that were reviewed: the question is about those left": (
                lambda: change(slice(150, None))
            ),
            "the least disputed were reviewed here: the most disputed come first": (
                lambda: change(slice(50, None))
            ),
            "the sign is turned round: take what is left less what was there before": (
                lambda: -change(slice(150))
            ),
        },
    ),
}
