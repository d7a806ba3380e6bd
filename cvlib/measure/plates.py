"""Plates of a battery cell, any number of them: counts, places of tips and overhang.

Measured twice: as the published scoring of the PBD5K data set does (X. Zhao et al., "Towards Automatic Power
Battery Detection", CVPR 2024, arXiv 2312.02528; code at github.com/Xiaoqi-Zhao-DLUT/X-ray-PBD), and without
its blind spots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cvlib.measure.counts import groups_with
from cvlib.measure.intervals import Interval
from cvlib.measure.matching import as_points, match
from cvlib.measure.overhang import NONE, X_AXIS, Overhang, Plates, overhang_errors
from cvlib.measure.ratios import groups_that_differ, ratio_intervals


class Published(NamedTuple):
    """Scores of the published code; NaN where no image qualifies.

    Attributes
    ----------
    images
        Number scored.
    negative_count_mae, positive_count_mae
        Mean absolute error of the number of plates.
    negative_count_accuracy, positive_count_accuracy, both_count_accuracy
        Share of images with the right number of plates, 0 to 1.
    negative_location, positive_location
        Mean over images with the right number of the mean distance between tips, px; divided by the area of
        the image if so asked.
    overhang
        Mean over images with both numbers right, one negative plate more than positive ones, of the mean
        absolute error of overhang, in the same unit.
    """

    images: int
    negative_count_mae: float
    positive_count_mae: float
    negative_count_accuracy: float
    positive_count_accuracy: float
    both_count_accuracy: float
    negative_location: float
    positive_location: float
    overhang: float


def published(
    predictions: Sequence[Plates | None],
    truths: Sequence[Plates],
    shape: np.ndarray | tuple[int, int] | None = None,
    area: bool = False,
) -> Published:
    """Scores as the published code computes them, with its blind spots.

    Images without a prediction are left out. Places and overhangs are measured only in images with the right
    number of plates. Predicted tips are sorted by y, true ones are not: if those are in another order, tips
    of different plates are compared. Overhang is a distance in x, without sign, whatever the tilt. An image
    that rightly has no plate makes the location NaN.

    Parameters
    ----------
    predictions
        Of N images, negative (n, 2) and positive (m, 2) tips in px; None where there is no prediction.
    truths
        As many.
    shape
        Height and width of the images in px, of all or (N, 2); needed for ``area``.
    area
        Whether to divide distances by the area of the image, as a later version of the code does. That makes
        them smaller in larger images, by more than their size.

    Raises
    ------
    ValueError
        If points are not (n, 2) and finite, there are not as many predictions as truths, or no shape is given
        for ``area``.

    Examples
    --------
    >>> truth = np.array([[10, 0], [12, 20]]), np.array([[15, 10]])
    >>> found = published([(truth[0] + [[3, 4]], truth[1])], [truth])
    >>> found.negative_location, found.positive_location, found.overhang
    (5.0, 0.0, 3.0)
    """
    found, real = _checked(predictions, truths)
    areas = np.ones(len(real)) if not area else _areas(shape, len(real))
    off: list[list[int]] = []
    places: tuple[list[float], list[float]] = ([], [])
    gaps: list[float] = []
    for predicted, true, size, given in zip(found, real, areas, predictions, strict=True):
        if given is None:
            continue
        ordered = [tips[np.argsort(tips[:, 1], kind="stable")] for tips in predicted]
        wrong = [len(a) - len(b) for a, b in zip(ordered, true, strict=True)]
        off.append(wrong)
        for side in (0, 1):
            if wrong[side] == 0:
                places[side].append(_mean(np.hypot(*(ordered[side] - true[side]).T)) / size)
        if wrong == [0, 0] and len(ordered[1]) + 1 == len(ordered[0]):
            gaps.append(_mean(np.abs(_gaps(*ordered) - _gaps(*true))) / size)
    errors = np.abs(np.reshape(off, (-1, 2)))
    return Published(
        images=len(errors),
        negative_count_mae=_mean(errors[:, 0]),
        positive_count_mae=_mean(errors[:, 1]),
        negative_count_accuracy=_mean(errors[:, 0] == 0),
        positive_count_accuracy=_mean(errors[:, 1] == 0),
        both_count_accuracy=_mean((errors == 0).all(axis=1)),
        negative_location=_mean(np.array(places[0])),
        positive_location=_mean(np.array(places[1])),
        overhang=_mean(np.array(gaps)),
    )


class Polarity(NamedTuple):
    """Scores of the plates of one polarity.

    Attributes
    ----------
    count_mae
        Mean absolute error of the number of plates.
    count_accuracy
        Share of images with the right number, 0 to 1.
    location
        Mean distance in px between matched tips, of all images.
    recall
        Share of true tips that were matched, 0 to 1.
    precision
        Share of predicted tips that were matched, 0 to 1.
    """

    count_mae: Interval
    count_accuracy: Interval
    location: Interval
    recall: Interval
    precision: Interval


class Corrected(NamedTuple):
    """Scores of all images; each an interval over groups. A location means little without its recall."""

    negative: Polarity
    positive: Polarity
    both_count_accuracy: Interval
    overhang: Overhang


def corrected(
    predictions: Sequence[Plates | None],
    truths: Sequence[Plates],
    groups: np.ndarray,
    reach: float,
    um_per_px: np.ndarray | float,
    direction: np.ndarray = X_AXIS,
    widest: float = np.inf,
    tolerance: tuple[float, float] | None = None,
    seed: int = 0,
) -> Corrected:
    """Scores that leave out no image and depend on no order of points.

    An image without a prediction counts as one in which nothing was found. Tips are matched to the nearest
    true ones by the Hungarian method, so locations are measured in images with a wrong number of plates as
    well. Overhang is measured along the plates and has a sign.

    Parameters
    ----------
    predictions
        Of N images, negative (n, 2) and positive (m, 2) tips in px; None where there is no prediction.
    truths
        As many.
    groups
        (N,) anything sortable, such as cells; equal entries are resampled together.
    reach
        How far a prediction may be from the true tip it stands for, px.
    um_per_px
        Size of a pixel in micrometres, of all images or (N,).
    direction
        Unit vector along the plates from tips inwards, of all images or (N, 2); see
        ``cvlib.measure.overhang.direction_of``. Truth and prediction are measured along the same.
    widest
        How far neighbouring plates may be apart across the stack, px.
    tolerance
        Least and greatest overhang in micrometres of a good plate.
    seed
        Of the resampling.

    Raises
    ------
    ValueError
        If points are not (n, 2) and finite, there are not as many predictions, truths and groups, or a
        parameter is out of its range.

    Examples
    --------
    >>> truth = np.array([[10, 0], [12, 20]]), np.array([[15, 10]])
    >>> found = corrected([(truth[0][:1], truth[1] + [[2, 0]]), None], [truth, truth], np.arange(2), 5, 20.0)
    >>> found.positive.location.value, found.positive.recall.value, found.overhang.mean.value
    (2.0, 0.5, 40.0)
    """
    found, real = _checked(predictions, truths)
    if len(groups) != len(real):
        raise ValueError(f"expected one group per image, but got {len(real)} and {len(groups)}")
    negative, positive = (
        _polarity([each[side] for each in found], [each[side] for each in real], groups, reach, seed)
        for side in (0, 1)
    )
    right = [[len(a[0]) == len(b[0]) and len(a[1]) == len(b[1])] for a, b in zip(found, real, strict=True)]
    both, ones = np.array(right), np.ones((len(real), 1))
    accuracy = ratio_intervals(both, ones, groups, groups_that_differ(both, ones, groups), seed)[0]
    overhang = overhang_errors(found, real, groups, reach, um_per_px, direction, widest, tolerance, seed)
    return Corrected(negative, positive, accuracy, overhang)


def _polarity(
    found: list[np.ndarray], real: list[np.ndarray], groups: np.ndarray, reach: float, seed: int
) -> Polarity:
    above, below = [], []
    for predicted, true in zip(found, real, strict=True):
        rows, columns = match(predicted, true, reach)
        distance = np.hypot(*(predicted[rows] - true[columns]).T).sum()
        wrong = abs(len(predicted) - len(true))
        above.append([wrong, wrong == 0, distance, len(rows), len(rows)])
        below.append([1, 1, len(rows), len(true), len(predicted)])
    sums, numbers = np.array(above, np.float64), np.array(below, np.float64)
    # Of a mean of lengths or counts, the groups that add to it; of a share, those with a hit or with a miss.
    adding = groups_with(np.stack([sums[:, 0], numbers[:, 2]], axis=1), groups)
    bearing = groups_that_differ(sums[:, [1, 3, 4]], numbers[:, [1, 3, 4]], groups)
    order = [adding[0], bearing[0], adding[1], bearing[1], bearing[2]]
    return Polarity(*ratio_intervals(sums, numbers, groups, np.array(order), seed))


def _checked(
    predictions: Sequence[Plates | None], truths: Sequence[Plates]
) -> tuple[list[Plates], list[Plates]]:
    if len(predictions) != len(truths) or len(truths) == 0:
        raise ValueError(f"expected as many predictions as truths, but got {len(predictions)}, {len(truths)}")
    found = [NONE if each is None else _plates(each, "predicted") for each in predictions]
    return found, [_plates(each, "true") for each in truths]


def _plates(given: Plates, whose: str) -> Plates:
    negative, positive = given
    return as_points(negative, f"{whose} negative tips"), as_points(positive, f"{whose} positive tips")


def _areas(shape: np.ndarray | tuple[int, int] | None, images: int) -> np.ndarray:
    if shape is None or np.shape(shape) not in ((2,), (images, 2)):
        raise ValueError(f"expected height and width (2,) or ({images}, 2) to divide by, but got {shape}")
    return np.broadcast_to(np.asarray(shape, np.float64), (images, 2)).prod(axis=1)


def _gaps(negative: np.ndarray, positive: np.ndarray) -> np.ndarray:
    return np.abs(np.stack([negative[:-1, 0], negative[1:, 0]]) - positive[:, 0])


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else np.nan
