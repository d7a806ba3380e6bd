"""Exercises of the chapter on detection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cvlib.exercises.checking import Exercise
from cvlib.measure import average_precision as areas
from cvlib.measure.boxes import Matched


def in_pixels(line: str, height: int, width: int) -> tuple[float, float, float, float]:
    """Left, top, width and height of a line of a YOLO file."""
    x, y, w, h = map(float, line.split()[1:])
    return (x - w / 2) * width, (y - h / 2) * height, w * width, h * height


def centre_as_corner(line: str, height: int, width: int) -> tuple[float, float, float, float]:
    """The mistake of taking YOLO's centre for the corner."""
    left, top, across, down = in_pixels(line, height, width)
    return left + across / 2, top + down / 2, across, down


def corners(line: str, height: int, width: int) -> tuple[float, float, float, float]:
    """The mistake of giving the lower right corner instead of the size."""
    left, top, across, down = in_pixels(line, height, width)
    return left, top, left + across, top + down


OVERLAPS = [
    (np.array([[0.6, 0.0], [0.9, 0.0], [0.0, 0.7]]), np.array([0.9, 0.3, 0.8])),
    (np.array([[0.6], [0.7], [0.2]]), np.array([0.3, 0.9, 0.8])),
    (np.array([[0.8, 0.6], [0.9, 0.7]]), np.array([0.5, 0.9])),
]


def hits(overlaps: np.ndarray, order: np.ndarray, open_only: bool = True) -> np.ndarray:
    """Which detections hit when they choose in some order, among the truths still open or among all."""
    hit, taken = np.zeros(len(overlaps), bool), np.zeros(overlaps.shape[1], bool)
    for detection in order:
        best = int(np.where(taken & open_only, -1, overlaps[detection]).argmax())
        if overlaps[detection, best] >= 0.5 and not taken[best]:
            hit[detection] = taken[best] = True
    return hit


RANKED = [
    (np.array([True]), 3),
    (np.array([True, False, True, True, False]), 7),
    (np.array([False, True, True]), 3),
    (np.array([False, False]), 2),
]


def coco(hit: np.ndarray, truths: int, rule: areas.Rule = "coco") -> float:
    """Average precision by the package."""
    rows = hit[None], np.zeros((1, len(hit)), bool)
    found = Matched(np.zeros(len(hit), int), -np.arange(len(hit)), *rows, np.array([truths]), (0.5,))
    return float(areas.average_precision(found, rule)[0])


def read_at(hit: np.ndarray, recall: np.ndarray, points: int, read: Callable[..., float]) -> float:
    """Mean over some recalls of what is read off the precisions at each recall or beyond."""
    precision = np.cumsum(hit) / np.arange(1, len(hit) + 1)
    later = [precision[recall >= at] for at in np.linspace(0, 1, points)]
    return float(np.mean([read(each) if len(each) else 0.0 for each in later]))


def curve_read(hit: np.ndarray, truths: int, points: int, read: Callable[..., float]) -> float:
    """The same with recalls as they are."""
    return read_at(hit, np.cumsum(hit) / truths, points, read)


def detections(seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Confidences of 60 detections, whether each hits, and how many true boxes there are."""
    rng = np.random.default_rng(seed)
    scores = rng.random(60)
    return scores, rng.random(60) < scores, 40


def f1(scores: np.ndarray, hit: np.ndarray, truths: int, confidence: float) -> float:
    """F1 of the detections of some confidence or more."""
    kept = scores >= confidence
    return float(2 * (hit & kept).sum() / (kept.sum() + truths))


def best(scores: np.ndarray, hit: np.ndarray, truths: int) -> float:
    """The confidence with the highest F1."""
    return max(map(float, scores), key=lambda confidence: f1(scores, hit, truths, confidence))


VALIDATION, TEST = detections(1), detections(2)

EXERCISES = {
    "pixels": Exercise(
        solution=in_pixels,
        mistakes={
            "your boxes are too far right and down: YOLO gives the centre, asked for is the corner": (
                centre_as_corner
            ),
            "height and width of the image are exchanged: x and w are shares of the width": (
                lambda line, height, width: in_pixels(line, width, height)
            ),
            "these are two corners: after left and top come width and height": corners,
        },
        inputs=lambda: [("0 0.5 0.25 0.1 0.2", 480, 640), ("1 0.9 0.8 0.05 0.3", 480, 640)],
    ),
    "hits": Exercise(
        solution=lambda overlaps, scores: hits(overlaps, np.argsort(-scores)),
        mistakes={
            "a true box is hit twice here: the second detection of it is a false alarm": (
                lambda overlaps, scores: (overlaps >= 0.5).any(axis=1)
            ),
            "detections choose in the order of the file here: the surest chooses first": (
                lambda overlaps, scores: hits(overlaps, np.arange(len(scores)))
            ),
            "whoever overlaps most chooses first here: the order is that of confidence": (
                lambda overlaps, scores: hits(overlaps, np.argsort(-overlaps.max(axis=1)))
            ),
            "a detection gives up when its best box is taken: by COCO's rule it looks among those left": (
                lambda overlaps, scores: hits(overlaps, np.argsort(-scores), open_only=False)
            ),
        },
        inputs=lambda: OVERLAPS,
    ),
    "average-precision": Exercise(
        solution=coco,
        mistakes={
            "this is the area under all steps, as Pascal VOC took it: COCO reads 101 recalls": (
                lambda hit, truths: coco(hit, truths, "all points")
            ),
            "precision is read where the recall is reached: take the highest there or at any higher recall": (
                lambda hit, truths: curve_read(hit, truths, 101, lambda later: later[0])
            ),
            "this reads 11 recalls, as Pascal VOC did until 2009: COCO reads 101": (
                lambda hit, truths: curve_read(hit, truths, 11, np.max)
            ),
            "recall reaches 1 here whatever was missed: divide by all true boxes, not by those found": (
                lambda hit, truths: read_at(hit, np.cumsum(hit) / max(hit.sum(), 1), 101, np.max)
            ),
        },
        inputs=lambda: RANKED,
    ),
    "confidence": Exercise(
        solution=lambda: f1(*TEST, best(*VALIDATION)),
        mistakes={
            "the confidence was chosen on the test images: it fits their noise, and the score is too good": (
                lambda: f1(*TEST, best(*TEST))
            ),
            "this is the score on the validation images, on which the confidence was chosen": (
                lambda: f1(*VALIDATION, best(*VALIDATION))
            ),
            "this reads the test images at .5: choose the confidence on the validation images": (
                lambda: f1(*TEST, 0.5)
            ),
        },
    ),
}
