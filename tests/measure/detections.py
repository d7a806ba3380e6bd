"""Boxes that are hard to judge, how pycocotools judges them, and judgements made by hand."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cvlib.measure.boxes import COCO_THRESHOLDS, Boxes, Matched

SIZE = 20
"""Boxes of so many pixels, and less by whole pixels, overlap exactly by COCO's thresholds."""


def made(
    seed: int,
    images: int = 4,
    classes: int = 2,
    most: int = 8,
    crowd_share: float = 0.2,
    ties: bool = True,
) -> tuple[Boxes, Boxes]:
    """Detections and truths, none to ``most`` of each per image, in few places and of few sizes.

    So there are duplicates, equal overlaps and images without any box. With ``ties`` there are few different
    scores, else no two are equal.
    """
    generator = np.random.default_rng(seed)
    pair = []
    for _ in range(2):
        position = np.repeat(np.arange(images), generator.integers(0, most + 1, images))
        number = len(position)
        corners = generator.choice([0, 0, 0, 1, 5, 40], (number, 2))
        sizes = generator.choice([SIZE, SIZE, *range(SIZE // 2, SIZE)], (number, 2))
        order = generator.permutation(number)
        pair.append((position[order], generator.integers(0, classes, number), np.hstack([corners, sizes])))
    number = len(pair[0][0])
    scores = (
        generator.choice([0.1, 0.2, 0.5, 0.9], number) if ties else generator.permutation(number) / number
    )
    detections, truths = ((*each[:2], each[2].astype(float)) for each in pair)
    return Boxes(*detections, scores), Boxes(*truths, crowd=generator.random(len(truths[0])) < crowd_share)


def by_hand(marks: str, truths: int, scores: Sequence[float] | None = None) -> Matched:
    """One class on one image, at an overlap of .5: + is a hit, - a miss, o a detection of a crowd."""
    each = np.array(list(marks), "U1")
    places = np.zeros(len(each), int)
    falling = np.linspace(0.9, 0.1, len(each)) if scores is None else np.array(scores)
    return Matched(places, falling, (each == "+")[None], (each == "o")[None], np.array([truths]), (0.5,))


def judged(
    detections: Boxes,
    truths: Boxes,
    images: int,
    classes: int,
    thresholds: Sequence[float] = COCO_THRESHOLDS,
    most: int = 100,
) -> Any:
    """The peer's evaluation of one range of area, all, and one number of detections."""
    with redirect_stdout(io.StringIO()):
        evaluation = COCOeval(*(_indexed(each, images, classes) for each in (truths, detections)), "bbox")
        evaluation.params.areaRng, evaluation.params.maxDets = [[0, 1e10]], [most]
        evaluation.params.iouThrs = np.array(thresholds)
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def _indexed(boxes: Boxes, images: int, classes: int) -> Any:
    count = len(boxes)
    crowd = np.zeros(count, bool) if boxes.crowd is None else boxes.crowd
    scores = np.zeros(count) if boxes.scores is None else boxes.scores
    found = COCO()
    found.dataset = {
        "images": [{"id": image} for image in range(images)],
        "categories": [{"id": number} for number in range(classes)],
        "annotations": [
            {
                "id": place + 1,  # the peer takes 0 for unmatched
                "image_id": int(boxes.images[place]),
                "category_id": int(boxes.classes[place]),
                "bbox": boxes.boxes[place].tolist(),
                "area": float(boxes.boxes[place, 2:].prod()),
                "iscrowd": int(crowd[place]),
                "score": float(scores[place]),
            }
            for place in range(count)
        ],
    }
    found.createIndex()
    return found
