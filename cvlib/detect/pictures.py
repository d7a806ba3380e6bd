"""Test images with what is there and what was found, picked by rule rather than by hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cvlib.defects import DETECTION_CLASSES
from cvlib.detect.scoring import Scored
from cvlib.detect.study import Study
from cvlib.measure.boxes import Boxes, iou


class Outcome(NamedTuple):
    """A test image and its boxes, (K, 5) each: class, left, top, width, height in pixels."""

    image: np.ndarray
    hits: np.ndarray
    false_alarms: np.ndarray
    missed: np.ndarray


def examples(study: Study, tested: Scored, count: int = 3) -> list[Outcome]:
    """The test images with the most boxes: of each class in turn."""
    per_class = np.stack([each.truths for each in tested.matched])
    ranked = np.argsort(-per_class, axis=1, kind="stable").T.ravel()
    shown = [int(place) for place in dict.fromkeys(ranked.tolist()) if per_class[:, place].any()]
    return [outcome(study, tested, place) for place in shown[:count]]


def failures(study: Study, tested: Scored, count: int = 3) -> list[Outcome]:
    """The test images with the most misses and false alarms together, at the run's confidence."""
    wrong = np.zeros(len(tested.names), int)
    for each in tested.matched:
        sure, hit = each.scores >= tested.confidence, each.hit[each.row(0.5)]
        wrong += each.truths - np.bincount(each.images[sure & hit], minlength=len(wrong))
        wrong += np.bincount(each.images[sure & ~hit], minlength=len(wrong))
    worst = np.argsort(-wrong, kind="stable")[:count]
    return [outcome(study, tested, int(place)) for place in worst if wrong[place]]


def outcome(study: Study, tested: Scored, place: int) -> Outcome:
    """Hits, false alarms and misses on the test image at a place, at the run's confidence and overlap .5."""
    names = study.data.frames["name"].astype(str).tolist()
    image = study.data.image(names.index(str(tested.names[place])))
    parts = [_of_class(tested, number, place) for number in range(len(DETECTION_CLASSES))]
    return Outcome(image, *(np.concatenate(each) for each in zip(*parts, strict=True)))


def _of_class(tested: Scored, number: int, place: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Detections of a class that hit on an image, those that do not, and the truths that none hit."""
    truths, found = (_own(boxes, number, place) for boxes in (tested.truths, tested.detections))
    scores = np.asarray(found.scores)
    surest = np.argsort(-scores, kind="stable")[: np.count_nonzero(scores >= tested.confidence)]
    hit, missed = np.zeros(len(surest), bool), np.ones(len(truths), bool)
    for row, overlaps in enumerate(iou(found.boxes[surest], truths.boxes)):
        left = np.where(missed, overlaps, 0)[::-1]
        best = len(left) - 1 - int(left.argmax()) if len(left) else 0
        if left.max(initial=0) >= 0.5:
            hit[row], missed[best] = True, False
    boxes = found.boxes[surest]
    return tuple(
        np.column_stack([np.full(len(each), number), each])
        for each in (boxes[hit], boxes[~hit], truths.boxes[missed])
    )  # type: ignore[return-value]


def _own(boxes: Boxes, number: int, place: int) -> Boxes:
    own = (boxes.images == place) & (boxes.classes == number)
    scores = None if boxes.scores is None else boxes.scores[own]
    return Boxes(boxes.images[own], boxes.classes[own], boxes.boxes[own], scores)
