"""Average precision of matched boxes by four rules, and its intervals over clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

from cvlib.measure.boxes import Matched
from cvlib.measure.counts import ByClass, groups_with, mean_over_classes, refuse_name
from cvlib.measure.intervals import DRAWS, Interval, interval_of, resampled

Rule = Literal["coco", "ultralytics until 2026-04", "ultralytics since 2026-04", "all points"]

RULES: tuple[Rule, ...] = get_args(Rule)
"""How the area under a curve of precision and recall is taken, see ``average_precision``."""

GRID = np.linspace(0, 1, 101)
"""Recalls at which all rules but ``all points`` read the curve, in pycocotools' very floats."""

TRAPEZOID = np.full(101, 0.01)
TRAPEZOID[[0, -1]] = 0.005
"""What each recall of ``GRID`` weighs under the trapezoidal rule."""

AT_ONCE = 250_000
"""Detections times bootstrap samples held in memory at once: what a processor's cache holds."""


class Curve(NamedTuple):
    """Precision and recall of one class as ever less sure detections are let in (paper 1, Fig. 15).

    Attributes
    ----------
    scores
        (D,) float64, descending, of the detections that count.
    precision
        (D,) float64, share of hits among the detections so far.
    recall
        (D,) float64, share of the truths found so far; NaN for a class without truths.
    """

    scores: np.ndarray
    precision: np.ndarray
    recall: np.ndarray


def curve(matched: Matched, threshold: float = 0.5) -> Curve:
    """Precision and recall of one class at one overlap, detection by detection; jagged, not yet an envelope.

    ValueError if it was not matched by that threshold.
    """
    row = matched.row(threshold)
    counted = ~matched.ignored[row]
    found = np.cumsum(matched.hit[row, counted])
    truths = matched.truths.sum()
    recall = found / truths if truths else np.full(len(found), np.nan)
    return Curve(matched.scores[counted], found / np.arange(1, len(found) + 1), recall)


def average_precision(matched: Matched, rule: Rule = "coco") -> np.ndarray:
    """Area under the curve of precision and recall of one class (paper 1, eq. 4).

    All rules first raise each precision to the highest at any greater recall. ``coco`` is the mean at 101
    recalls (``GRID``) of the precision there, 0 beyond the recall reached. ``ultralytics since 2026-04`` (its
    pull request 24175) integrates the same steps by the trapezoidal rule, and reads each step on its right:
    a perfect detector scores .995. ``ultralytics until 2026-04`` moreover drew a line from the last point
    down to precision 0 at recall 1, an area that no detection earned. ``all points`` is the area under the
    steps, as Pascal VOC took it from 2010 on. They differ most where few truths are found: of three truths
    found one, and nothing else, they say .337, .335, .667 and .333.

    Parameters
    ----------
    matched
        From ``cvlib.measure.boxes.match``, by T thresholds.
    rule
        One of ``RULES``.

    Returns
    -------
    (T,) float64, 0 to 1; NaN for a class without truths, which is absent (pycocotools says -1).

    Raises
    ------
    ValueError
        If the rule is unknown.

    Examples
    --------
    >>> one, none = np.ones((1, 1), bool), np.zeros((1, 1), bool)
    >>> found = Matched(np.array([0]), np.array([0.9]), one, none, np.array([3]), (0.5,))
    >>> [average_precision(found, rule).round(3).item() for rule in RULES]
    [0.337, 0.667, 0.335, 0.333]
    """
    once = np.ones((len(matched.truths), 1))
    return _areas(matched, once, range(len(matched.thresholds)), rule)[:, 0]


def mean_ap(classes: Sequence[Matched], rule: Rule = "coco", threshold: float | None = None) -> float:
    """Mean average precision over the classes that have truths (paper 1, eq. 4, Table 3).

    Parameters
    ----------
    classes
        One for each class, as ``cvlib.measure.boxes.match`` gives them.
    rule
        One of ``RULES``.
    threshold
        Such as .5 for AP@.5; None for the mean over all thresholds matched by, AP@[.5:.95].

    Returns
    -------
    0 to 1; NaN if no class has truths.

    Raises
    ------
    ValueError
        If the rule is unknown, or the threshold is none of those matched by.
    """
    return mean_over_classes(_values(classes, rule, threshold))


def ap_interval(
    classes: Sequence[Matched],
    groups: np.ndarray,
    rule: Rule = "coco",
    threshold: float | None = None,
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> ByClass:
    """Average precision of each class, and its mean, with intervals over groups of images.

    Clips are drawn anew with all their images, and the area is taken afresh for every sample, exactly as from
    a data set in which the images of a clip drawn twice stand twice. (Where one image has several detections
    of a class with one score, each stands beside its double.) The intervals cover the choice of clips, not
    that of the training run. Bounds are NaN where fewer than ``cvlib.measure.intervals.FEWEST`` groups have a
    truth of the class, and for the mean where this is so of one of its classes. In trials with 15 to 40
    clips, 95 % intervals covered the truth in 93 of 100, and with single images as groups in 75.

    Parameters
    ----------
    classes, rule, threshold
        As ``mean_ap`` takes them.
    groups
        (N,) anything sortable; equal entries belong together.
    seed
        Of the resampling.
    level
        Coverage aimed at, between 0 and 1.
    draws
        Number of resamples.

    Raises
    ------
    ValueError
        If there is not one group for each image; else as ``mean_ap``.
    """
    bearing = groups_with(_truths(classes), groups)
    drawn = _drawn(classes, groups, rule, threshold, seed, draws)
    return _intervals(_values(classes, rule, threshold), drawn, bearing, level)


def difference_interval(
    a: Sequence[Matched],
    b: Sequence[Matched],
    groups: np.ndarray,
    rule: Rule = "coco",
    threshold: float | None = None,
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> ByClass:
    """How much higher model A scores than model B on the same images, with paired intervals over groups.

    Both are scored on the same resamples, so what makes a clip hard for both does not widen the interval.
    ``Interval.tied`` says whether they may be equal. Bounds are NaN where those of ``ap_interval`` are, and
    where the models never differ.

    Parameters
    ----------
    a, b
        Of the same images and classes, in the same order.
    groups, rule, threshold, seed, level, draws
        As ``ap_interval`` takes them.

    Raises
    ------
    ValueError
        If their truths or the thresholds they were matched by differ; else as ``ap_interval``.
    """
    if not np.array_equal(_truths(a), _truths(b)):
        raise ValueError("expected two models on the same images and classes, but their truths differ")
    if {each.thresholds for each in a} != {each.thresholds for each in b}:
        raise ValueError("expected two models matched by the same thresholds, but they differ")
    bearing = groups_with(_truths(a), groups)
    values = _values(a, rule, threshold) - _values(b, rule, threshold)
    drawn = [_drawn(each, groups, rule, threshold, seed, draws) for each in (a, b)]
    return _intervals(values, drawn[0] - drawn[1], bearing, level)


def _intervals(values: np.ndarray, drawn: np.ndarray, bearing: np.ndarray, level: float) -> ByClass:
    """Intervals of (C,) values and of their mean over present classes, from (draws, C) samples of them."""
    classes = [
        interval_of(value, estimates, int(number), level)
        for value, estimates, number in zip(values, drawn.T, bearing, strict=True)
    ]
    present = bearing > 0
    if not present.any():
        return ByClass(classes, Interval(np.nan, np.nan, np.nan))
    mean = drawn[:, present].mean(axis=1)
    return ByClass(classes, interval_of(values[present].mean(), mean, int(bearing[present].min()), level))


def _truths(classes: Sequence[Matched]) -> np.ndarray:
    """Number of truths on each image: (N, C) int."""
    return np.stack([each.truths for each in classes], axis=1)


def _rows(matched: Matched, threshold: float | None) -> Sequence[int]:
    return range(len(matched.thresholds)) if threshold is None else [matched.row(threshold)]


def _values(classes: Sequence[Matched], rule: Rule, threshold: float | None) -> np.ndarray:
    """(C,) average precisions, of one threshold or the mean over all."""
    return np.array([average_precision(each, rule)[_rows(each, threshold)].mean() for each in classes])


def _drawn(
    classes: Sequence[Matched],
    groups: np.ndarray,
    rule: Rule,
    threshold: float | None,
    seed: int,
    draws: int,
) -> np.ndarray:
    """(draws, C) average precisions of bootstrap samples, of one threshold or the mean over all."""
    names, member = np.unique(groups, return_inverse=True)
    times = resampled(len(names), draws, seed).T[member].astype(np.float64)
    columns = []
    for each in classes:
        rows, step = _rows(each, threshold), max(1, AT_ONCE // (len(each.images) + 1))
        parts = [_areas(each, times[:, at : at + step], rows, rule) for at in range(0, draws, step)]
        columns.append(np.concatenate(parts, axis=1).mean(axis=0))
    return np.stack(columns, axis=1)


def _areas(matched: Matched, times: np.ndarray, rows: Sequence[int], rule: Rule) -> np.ndarray:
    """Average precision of B samples that hold the N images so many ``times``: (N, B) to (rows, B)."""
    refuse_name("rule", rule, RULES)
    truths = matched.truths @ times
    often = times[matched.images]
    seen = np.cumsum(often, axis=0)
    areas = np.empty((len(rows), times.shape[1]))
    for area, row in zip(areas, rows, strict=True):
        ignored = matched.ignored[row, :, None]
        counted = seen - np.cumsum(often * ignored, axis=0) if ignored.any() else seen
        hits = np.flatnonzero(matched.hit[row])
        found = np.cumsum(often[hits], axis=0)
        precision = found / np.maximum(counted[hits], 1)
        # Misses lower the curve and the envelope lifts it again, so that it only steps at hits.
        envelope = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
        recall = found / np.maximum(truths, 1)
        area[:] = np.einsum("hb,hb->b", np.diff(_covered(recall, rule), axis=0, prepend=0), envelope)
        if rule == "ultralytics until 2026-04" and len(hits):
            area += _unearned(recall[-1], found[-1] / np.maximum(counted[-1], 1))
    return np.where(truths > 0, areas, np.nan)


def _covered(recall: np.ndarray, rule: Rule) -> np.ndarray:
    """How much of the axis of recall a rule has integrated over up to some recall, 0 to 1."""
    if rule == "all points":
        return recall
    if rule == "coco":
        return np.searchsorted(GRID, recall, "right") / len(GRID)
    return np.append(0, np.cumsum(TRAPEZOID))[np.searchsorted(GRID, recall, "left")]


def _unearned(recall: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Area under the line from the last point of a curve down to precision 0 at recall 1."""
    beyond = np.append(np.cumsum((TRAPEZOID * (1 - GRID))[::-1])[::-1], 0)
    area = precision * beyond[np.searchsorted(GRID, recall, "left")]
    return np.divide(area, 1 - recall, out=np.zeros_like(area), where=recall < 1)
