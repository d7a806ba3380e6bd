"""A model that has learnt nothing and remembers everything: it answers with the most similar training image.

What it scores under a split by image, and does not under one that keeps clips together, can be had from
repeated and overlapping frames by memory alone.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd

from cvlib import tasks
from cvlib.classify.scoring import Scored as ScoredLabels
from cvlib.data import Dataset
from cvlib.data.duplicates import _COLUMNS as CELLS
from cvlib.data.duplicates import LEAST
from cvlib.data.hashes import distance
from cvlib.data.repeats import Repeats
from cvlib.data.splits import Kind, split
from cvlib.defects import CLASSES
from cvlib.detect.crops import in_pixels
from cvlib.detect.scoring import Found, joined
from cvlib.detect.scoring import Scored as ScoredBoxes
from cvlib.measure import masks
from cvlib.measure.counts import Counts
from cvlib.measure.intervals import Interval
from cvlib.segment.scoring import Scored as ScoredMasks
from cvlib.training.plan import Task
from cvlib.training.study import SPLIT_SEED, TEST, VALIDATION, evenly

TASKS: tuple[Task, ...] = ("segmentation", "detection", "classification")

KINDS: tuple[Kind, ...] = ("groups", "random")

_ROWS_SLACK = 4


class Nearest(NamedTuple):
    """The training image that each of K test images is most like.

    Attributes
    ----------
    place
        (K,) int, its position in the data set; -1 where none is like it at all.
    moved
        (K,) float: what is at x of the test image is at x + moved of it, in widths.
    score
        (K,) float, 0 to 1: how surely.
    """

    place: np.ndarray
    moved: np.ndarray
    score: np.ndarray


def nearest(compared: pd.DataFrame, train: np.ndarray, test: np.ndarray) -> Nearest:
    """By correlation at the best shift.

    Parameters
    ----------
    compared
        Pairs as ``cvlib.data.duplicates.overlaps`` gives them, below its threshold too.
    train, test
        Positions of the images.

    Examples
    --------
    >>> pairs = pd.DataFrame({"first": [0, 0], "second": [1, 2], "shift_px": [64.0, 320.0],
    ...                       "overlap": [0.9, 0.5], "score": [0.9, 0.8]})
    >>> found = nearest(pairs, train=np.array([0]), test=np.array([2, 3]))
    >>> found.place.tolist(), found.moved.tolist(), found.score.tolist()
    ([0, -1], [0.5, 0.0], [0.8, 0.0])
    """
    share = np.sign(compared["shift_px"]) * (1 - compared["overlap"])
    forward = compared.assign(mine=compared["second"], theirs=compared["first"], moved=share)
    back = compared.assign(mine=compared["first"], theirs=compared["second"], moved=-share)
    both = pd.concat([forward, back])[["mine", "theirs", "moved", "score"]]
    both = both[both["mine"].isin(test) & both["theirs"].isin(train)]
    best = both.sort_values("score", ascending=False, kind="stable").drop_duplicates("mine").set_index("mine")
    best = best.reindex(test)
    place = best["theirs"].fillna(-1).to_numpy(int)
    return Nearest(
        place, best["moved"].fillna(0).to_numpy(float), best["score"].fillna(0).clip(0, 1).to_numpy(float)
    )


def nearest_by_hash(hashes: np.ndarray, train: np.ndarray, test: np.ndarray) -> Nearest:
    """By perceptual hash, nothing moved; the score is the share of bits that agree."""
    bits = distance(hashes[test][:, None], hashes[train][None])
    return Nearest(train[bits.argmin(axis=1)], np.zeros(len(test)), 1 - bits.min(axis=1) / 64)


class Tested(NamedTuple):
    """What a memoriser answered, as the benchmarks of the three tasks keep it."""

    segmentation: ScoredMasks
    detection: ScoredBoxes
    classification: ScoredLabels

    def means(self, seed: int = 0) -> dict[Task, Interval]:
        """Mean pooled Dice, mAP@.5 and macro F1, with intervals over groups."""
        return {task: mean_interval(task, getattr(self, task), seed) for task in TASKS}


def mean_interval(task: Task, scored: object, seed: int = 0) -> Interval:
    """The mean score that a task's chapter puts first, with its interval over groups."""
    benchmark = tasks.module(task, "benchmark")
    found: Interval = benchmark.scores({"": scored}, seed=seed)[""][benchmark.MEAN]
    return found


def answer(
    dataset: Dataset, test: np.ndarray, found: Nearest, groups: np.ndarray, least: float = LEAST
) -> Tested:
    """Copy the annotations of the nearest training images, moved to where they belong.

    Where the two images overlap, their shift is made exact to a pixel by matching the images themselves. Of
    what lies beyond the training image nothing is predicted; labels are copied as they are.

    Parameters
    ----------
    dataset
        With annotations.
    test
        (K,) positions of the images to answer for.
    found
        Their nearest training images.
    groups
        (N,) of all images: what intervals resample.
    least
        Score from which two images overlap.
    """
    counted, boxes, true, labels = [], [], [], []
    for position, place, moved, score in zip(test, *found, strict=True):
        mask = dataset.mask(position)
        across, down = round(moved * mask.shape[1]), 0
        if score >= least:
            across, down = _exact(dataset.image(position), dataset.image(place), across)
        copied = _copied(dataset, place, across, down, score, mask.shape)
        counted.append(masks.count(_channels(copied.mask), _channels(mask)))
        boxes.append(copied.boxes)
        true.append(_boxes(dataset.boxes(position), mask.shape, 0.0))
        labels.append(copied.label)
    names, own = dataset.frames["name"].to_numpy(str)[test], groups[test]
    shown = np.array([dataset.label(position) for position in test], bool).reshape(-1, len(CLASSES))
    scores = np.array(labels, float).reshape(-1, len(CLASSES))
    return Tested(
        ScoredMasks(names, own, {"threshold": Counts.join(counted)}),
        ScoredBoxes(names, own, joined(true, scored=False), joined(boxes), confidence=0.5),
        ScoredLabels(names, own, shown, scores, np.full(len(CLASSES), 0.5)),
    )


def gains(
    dataset: Dataset, found: Repeats, groups: np.ndarray, images: int = 0, seed: int = 0
) -> pd.DataFrame:
    """What memory scores under both splits: those of the networks' runs on as many images.

    Parameters
    ----------
    dataset
        With annotations.
    found
        Its repeats, found with ``kept=-1`` so that all pairs are there.
    groups
        (N,) what the split keeps together.
    images
        Take as many, evenly spread; 0 for all.
    seed
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row per split and way of remembering: ``images``, ``split``, ``by`` (``correlation`` or
        ``perceptual hash``), ``tested``, ``overlapping`` (test images that overlap with a training image, as
        found), and an interval for each task.

    Raises
    ------
    UserError
        There are too few images or groups to be divided.
    """
    taken = evenly(len(dataset), images or len(dataset))
    frames = dataset.frames.iloc[taken]
    labels = dataset.labels().iloc[taken]
    rows = []
    for kind in KINDS:
        divided = split(frames, kind, SPLIT_SEED, labels, groups[taken], TEST, VALIDATION)
        train, test = (taken[divided.positions(part, frames)] for part in ("train", "test"))
        by_correlation = nearest(found.compared, train, test)
        by_hash = nearest_by_hash(found.hashes, train, test)
        ways = {"correlation": (by_correlation, found.least), "perceptual hash": (by_hash, np.inf)}
        about: dict[str, object] = {"images": len(taken), "split": kind, "tested": len(test)}
        about["overlapping"] = int(np.count_nonzero(by_correlation.score >= found.least))
        for way, (near, least) in ways.items():
            means = answer(dataset, test, near, groups, least).means(seed)
            rows.append(about | {"by": way} | {str(task): mean for task, mean in means.items()})
    return pd.DataFrame(rows)


class _Copied(NamedTuple):
    mask: np.ndarray
    boxes: Found
    label: np.ndarray


def _copied(
    dataset: Dataset, place: int, across: int, down: int, score: float, shape: tuple[int, ...]
) -> _Copied:
    """What one training image, moved, says of a test image with a mask of this shape."""
    if place < 0:
        nothing = _boxes(np.zeros((0, 5)), shape, 0.0)
        return _Copied(np.zeros(shape, bool), nothing, np.zeros(len(CLASSES), bool))
    size = shape[1], shape[0]
    theirs = cv2.resize(dataset.mask(place).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    shift = np.array([[1, 0, -across], [0, 1, -down]], np.float32)
    copied = cv2.warpAffine(theirs, shift, size, flags=cv2.INTER_NEAREST).astype(bool)
    return _Copied(copied, _boxes(dataset.boxes(place), shape, score, across, down), dataset.label(place))


def _exact(ours: np.ndarray, theirs: np.ndarray, across: int) -> tuple[int, int]:
    """Shift along x and y in pixels, near a shift along x that is known to a cell of the finder's grid."""
    height, width = ours.shape[:2]
    if theirs.shape != ours.shape:
        theirs = cv2.resize(theirs, (width, height), interpolation=cv2.INTER_AREA)
    own, other = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (ours, theirs))
    slack = -(-width // CELLS) + 1
    left, right = max(0, -across) + slack, min(width, width - across) - slack
    top, bottom = height // 4, height - height // 4
    if right - left < 2 * slack or top < _ROWS_SLACK:
        return across, 0
    searched = other[top - _ROWS_SLACK : bottom + _ROWS_SLACK, left + across - slack : right + across + slack]
    scores = cv2.matchTemplate(searched, own[top:bottom, left:right], cv2.TM_CCOEFF_NORMED)
    _, _, _, (x, y) = cv2.minMaxLoc(scores)
    return across + x - slack, y - _ROWS_SLACK


def _boxes(shares: np.ndarray, shape: tuple[int, ...], score: float, across: int = 0, down: int = 0) -> Found:
    """Boxes in pixels, moved and cut at the edges of the image; gone where nothing is left."""
    height, width = shape[:2]
    known = in_pixels(shares, height, width)
    low = np.clip(known[:, 1:3] - [across, down], 0, [width, height])
    high = np.clip(known[:, 1:3] + known[:, 3:5] - [across, down], 0, [width, height])
    left = (high > low).all(axis=1)
    sizes = np.hstack([low, high - low])[left]
    return Found(known[left, 0].astype(int), np.full(len(sizes), score), sizes)


def _channels(mask: np.ndarray) -> np.ndarray:
    return mask.transpose(2, 0, 1)
