"""Which detected boxes hit which true ones, as COCO's evaluation decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

COCO_THRESHOLDS: tuple[float, ...] = tuple(np.linspace(0.5, 0.95, 10).tolist())
"""Least overlaps of a hit, .5 to .95 in steps of .05, in pycocotools' very floats."""

MOST = 100
"""Detections per image and class that COCO looks at: those of highest score."""

NEARLY_WHOLE = 1 - 1e-10
"""An overlap that meets even a threshold of 1, as in pycocotools."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """M boxes, detected or true, on N images; an image without any box needs no entry.

    Attributes
    ----------
    images
        (M,) int, positions of their images, 0 to N - 1.
    classes
        (M,) int, positions of their classes, from 0.
    boxes
        (M, 4) float: left, top, width and height in pixels.
    scores
        (M,) float, the higher the surer; None for true boxes.
    crowd
        (M,) bool, true boxes that mark a crowd: a detection there counts neither for nor against. None for no
        such box.

    Raises
    ------
    ValueError
        If shapes do not fit, a position is no integer from 0, a size is negative, or a number is not finite.

    Examples
    --------
    >>> len(Boxes(np.array([0, 0, 2]), np.array([0, 1, 0]), np.array([[0, 0, 9, 9.0]] * 3)))
    3
    """

    images: np.ndarray
    classes: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray | None = None
    crowd: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.boxes.ndim != 2 or self.boxes.shape[1] != 4:
            raise ValueError(f"expected boxes (M, 4), but got {self.boxes.shape}")
        for name in ("images", "classes", "scores", "crowd"):
            values = getattr(self, name)
            if values is not None and values.shape != (len(self),):
                raise ValueError(f"expected {name} ({len(self)},), one for each box, but got {values.shape}")
        for name in ("images", "classes"):
            values = getattr(self, name)
            if not np.issubdtype(values.dtype, np.integer) or (values < 0).any():
                raise ValueError(f"expected {name} as integers from 0, but got {values.dtype} {values[:3]}")
        if not (np.isfinite(self.boxes).all() and (self.boxes[:, 2:] >= 0).all()):
            raise ValueError(
                "expected boxes as left, top, width, height, but some are NaN or of negative size"
            )
        if self.scores is not None and not np.isfinite(self.scores).all():
            raise ValueError("expected finite scores, but some are NaN or infinite")
        if self.crowd is not None and self.crowd.dtype != bool:
            raise ValueError(f"expected crowd as bool, but got {self.crowd.dtype}")

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, eq=False)
class Matched:
    """The D detections of one class on N images, surest first, and whether they hit, by T thresholds.

    Attributes
    ----------
    images
        (D,) int, positions of their images.
    scores
        (D,) float64, descending; of equal ones those of the earlier image come first.
    hit
        (T, D) bool, whether each detection found a truth; a truth is found once.
    ignored
        (T, D) bool, whether each hit nothing but a crowd; such a detection is not counted.
    truths
        (N,) int, number of true boxes on each image, crowds left out.
    thresholds
        T least overlaps of a hit.
    """

    images: np.ndarray
    scores: np.ndarray
    hit: np.ndarray
    ignored: np.ndarray
    truths: np.ndarray
    thresholds: tuple[float, ...]

    def row(self, threshold: float) -> int:
        """Position of a threshold among those matched by; ValueError for another."""
        near = np.isclose(self.thresholds, threshold, rtol=0, atol=1e-9)
        if not near.any():
            raise ValueError(f"matched by overlaps of {self.thresholds}, not by {threshold}; match by it too")
        return int(near.argmax())


def iou(detected: np.ndarray, true: np.ndarray, crowd: np.ndarray | None = None) -> np.ndarray:
    """Intersection over union of every detected box with every true one.

    Over the area of the detection instead where the true one is a crowd. The same as
    ``pycocotools.mask.iou``, but for boxes too small for their area to be more than 0 (NaN there, 0 here).

    Parameters
    ----------
    detected
        (D, 4) float: left, top, width and height in pixels.
    true
        (G, 4), likewise.
    crowd
        (G,) bool; None for no crowd.

    Returns
    -------
    (D, G) float64, 0 to 1.

    Examples
    --------
    >>> one, two = np.array([[0, 0, 4, 4.0]]), np.array([[2, 0, 4, 4.0], [9, 9, 4, 4.0]])
    >>> iou(one, two).round(3).tolist(), iou(one, two, np.array([True, True])).tolist()
    ([[0.333, 0.0]], [[0.5, 0.0]])
    """
    crowd = np.zeros(len(true), bool) if crowd is None else crowd
    return _overlaps(np.asarray(detected)[:, None], np.asarray(true)[None], crowd)


def _overlaps(detected: np.ndarray, true: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """Overlaps of boxes (..., 4) that broadcast; the order of operations is pycocotools', to the last bit."""
    left, top, width, height = np.moveaxis(detected.astype(np.float64, copy=False), -1, 0)
    true_left, true_top, true_width, true_height = np.moveaxis(true.astype(np.float64, copy=False), -1, 0)
    across = np.minimum(width + left, true_width + true_left) - np.maximum(left, true_left)
    down = np.minimum(height + top, true_height + true_top) - np.maximum(top, true_top)
    common = np.maximum(across, 0) * np.maximum(down, 0)
    area = width * height
    whole = np.where(crowd, area, area + true_width * true_height - common)
    return np.divide(common, whole, out=np.zeros(common.shape), where=common > 0)


def match(
    detections: Boxes,
    truths: Boxes,
    images: int,
    classes: int,
    thresholds: Sequence[float] = COCO_THRESHOLDS,
    most: int = MOST,
) -> list[Matched]:
    """Decide, class by class, which detections hit, by COCO's rule (paper 1, eq. 4, Table 3).

    On each image detections choose by descending score, of equal scores the earlier first. Each takes the
    truth it overlaps most, of equal overlaps the later, among those not taken yet that it overlaps by the
    threshold or more; if there is none, a crowd it overlaps so much. Every threshold is matched by itself.

    Parameters
    ----------
    detections
        With scores.
    truths
        Of the same images.
    images, classes
        How many there are, those without any box included.
    thresholds
        Least overlaps of a hit, above 0 and up to 1.
    most
        Detections looked at per image and class, surest first.

    Returns
    -------
    One ``Matched`` for each class.

    Raises
    ------
    ValueError
        If detections have no scores, a position is out of range, or a threshold is.

    Examples
    --------
    >>> truths = Boxes(np.array([0]), np.array([0]), np.array([[0, 0, 9, 9.0]]))
    >>> same, scores = np.array([[0, 0, 9, 9.0], [0, 0, 9, 9]]), np.array([0.3, 0.8])
    >>> twice = Boxes(np.array([0, 0]), np.array([0, 0]), same, scores)
    >>> found = match(twice, truths, images=1, classes=1, thresholds=[0.5])[0]
    >>> found.scores.tolist(), found.hit.tolist()
    ([0.8, 0.3], [[True, False]])
    """
    _refuse(detections, truths, images, classes, thresholds)
    scores = np.asarray(detections.scores, np.float64)
    cells, true_cells = (
        each.classes.astype(np.int64) * images + each.images for each in (detections, truths)
    )  # boxes of one cell share image and class
    order = np.lexsort((-scores, cells))
    order = order[_rank(cells[order]) < most]
    scores, cells = scores[order], cells[order]
    crowd = np.zeros(len(truths), bool) if truths.crowd is None else truths.crowd
    given = tuple(map(float, thresholds))
    limits = np.minimum(given, NEARLY_WHOLE)[:, None]

    ordinary = _pairs(detections.boxes[order], cells, truths.boxes[~crowd], true_cells[~crowd], False)
    hit = _choose(ordinary, limits, cells, int(np.count_nonzero(~crowd)))
    crowded = _pairs(detections.boxes[order], cells, truths.boxes[crowd], true_cells[crowd], True)
    best = np.zeros(len(cells))
    np.maximum.at(best, crowded.detections, crowded.overlaps)
    ignored = (best >= limits) & ~hit

    counts = np.bincount(true_cells[~crowd], minlength=classes * images).reshape(classes, images)
    parts = pairwise(np.searchsorted(cells, images * np.arange(classes + 1)))
    found = []
    for (begin, end), count in zip(parts, counts, strict=True):
        surest = begin + np.argsort(-scores[begin:end], kind="stable")
        on = cells[surest] % images
        found.append(Matched(on, scores[surest], hit[:, surest], ignored[:, surest], count, given))
    return found


class _Pairs(NamedTuple):
    """Detections and truths, by position, and how much they overlap."""

    detections: np.ndarray
    truths: np.ndarray
    overlaps: np.ndarray


def _pairs(
    boxes: np.ndarray, cells: np.ndarray, true_boxes: np.ndarray, true_cells: np.ndarray, crowd: bool
) -> _Pairs:
    """Every detection with every truth of its cell, by detection, then by truth in the order given."""
    by_cell = np.argsort(true_cells, kind="stable")
    first, end = (np.searchsorted(true_cells[by_cell], cells, side) for side in ("left", "right"))
    number = end - first
    detections = np.repeat(np.arange(len(cells)), number)
    within = np.arange(len(detections)) - np.repeat(np.cumsum(number) - number, number)
    true = by_cell[np.repeat(first, number) + within]
    return _Pairs(detections, true, _overlaps(boxes[detections], true_boxes[true], np.asarray(crowd)))


def _choose(pairs: _Pairs, limits: np.ndarray, cells: np.ndarray, truths: int) -> np.ndarray:
    """Which detections hit, (T, D) bool, when those of each cell choose in their order.

    The first of every cell choose at once, then the second, and so on; those that overlap no truth by the
    lowest limit have no turn. Pairs are sorted so that a detection takes the last that is still open.
    """
    hit, taken = np.zeros((len(limits), len(cells)), bool), np.zeros((len(limits), truths), bool)
    detection, truth, overlap = (each[pairs.overlaps >= limits.min()] for each in pairs)
    choosing, which = np.unique(detection, return_inverse=True)
    turn = _rank(cells[choosing])[which]
    order = np.lexsort((truth, overlap, detection, turn))
    detection, truth, overlap, turn = detection[order], truth[order], overlap[order], turn[order]
    reaches = overlap >= limits
    for begin, end in pairwise(np.searchsorted(turn, np.arange(turn.max(initial=-1) + 2))):
        wanted = truth[begin:end]
        still_open = reaches[:, begin:end] & ~taken[:, wanted]
        starts = np.flatnonzero(np.diff(detection[begin:end], prepend=-1))
        last = np.maximum.reduceat(still_open * np.arange(1, end - begin + 1), starts, axis=1)
        row, place = np.nonzero(last)
        taken[row, wanted[last[row, place] - 1]] = True
        hit[row, detection[begin:end][starts[place]]] = True
    return hit


def _refuse(detections: Boxes, truths: Boxes, images: int, classes: int, thresholds: Sequence[float]) -> None:
    if detections.scores is None:
        raise ValueError("expected detections with scores, but they have none")
    for what, each in (("detections", detections), ("truths", truths)):
        if (each.images >= images).any() or (each.classes >= classes).any():
            raise ValueError(
                f"expected {what} on {images} images and of {classes} classes, "
                f"but got positions up to {each.images.max()} and {each.classes.max()}"
            )
    if not len(thresholds) or not all(0 < threshold <= 1 for threshold in thresholds):
        raise ValueError(f"expected thresholds above 0 and up to 1, but got {thresholds}")


def _rank(ordered: np.ndarray) -> np.ndarray:
    """Position of each entry of a sorted array among its equals."""
    return np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
