"""How far negative plates stick out beyond positive ones, plate by plate, and which are out of tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cvlib.measure.counts import groups_with
from cvlib.measure.intervals import Interval
from cvlib.measure.matching import as_points, match
from cvlib.measure.ratios import groups_that_differ, quantile_interval, ratio_intervals

Plates = tuple[np.ndarray, np.ndarray]
"""Tips of the plates of one image: negative (n, 2) and positive (m, 2), x and y in px."""

NONE: Plates = (np.zeros((0, 2)), np.zeros((0, 2)))
"""An image in which nothing was found."""

X_AXIS = np.array([1.0, 0.0])


def overhangs(
    negative: np.ndarray, positive: np.ndarray, direction: np.ndarray = X_AXIS, widest: float = np.inf
) -> np.ndarray:
    """Overhang of each positive plate against its two negative neighbours, along the plates.

    Neighbours are found by position across the stack, so a negative plate that was missed leaves two gaps
    and shifts nothing. Where a negative and the next positive plate are missed together, only ``widest``
    keeps the plates on both sides of the gap from being taken for neighbours.

    Parameters
    ----------
    negative, positive
        (n, 2) and (m, 2) tips in px, in any order.
    direction
        (2,) unit vector along the plates, from their tips inwards: (1, 0) where they come from the right.
    widest
        How far neighbours may be apart across the stack, in px.

    Returns
    -------
    numpy.ndarray
        (m, 2) float64 px against the neighbour before and after, in ascending order across the stack (with
        the x axis as direction: above and below). Positive where the negative plate is the longer one, as it
        should be; NaN where there is no such neighbour.

    Raises
    ------
    ValueError
        If points are not (n, 2) and finite, or the direction is no unit vector.

    Examples
    --------
    >>> negative, positive = np.array([[10, 0], [12, 20], [11, 40]]), np.array([[15, 10], [9, 30]])
    >>> overhangs(negative, positive).tolist()
    [[5.0, 3.0], [-3.0, -2.0]]
    >>> overhangs(negative[[0, 2]], positive).tolist()
    [[5.0, nan], [nan, -2.0]]
    """
    negative, positive = as_points(negative, "negative tips"), as_points(positive, "positive tips")
    direction = directions_of(direction, 1)[0]
    tips, border = np.concatenate([negative, positive]), len(negative)
    across = tips @ np.array([-direction[1], direction[0]])
    order = np.argsort(across, kind="stable")
    found = np.full((len(positive), 2), np.nan)
    before, after = np.concatenate([[-1], order[:-1]]), np.concatenate([order[1:], [-1]])
    for side, neighbour in enumerate((before[: len(order)], after[: len(order)])):
        near = np.abs(across[order] - across[neighbour]) <= widest
        usable = (order >= border) & (neighbour >= 0) & (neighbour < border) & near
        plate, other = order[usable], neighbour[usable]
        found[plate - border, side] = (tips[plate] - tips[other]) @ direction
    return found


def direction_of(negative: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Direction of plates from their tips: square to the line that tips of one polarity form.

    It holds where tips were stacked flush; a stack that leans is taken for one that is tilted.

    Parameters
    ----------
    negative, positive
        (n, 2) and (m, 2) tips in px.

    Returns
    -------
    numpy.ndarray
        (2,) unit vector towards larger x.

    Raises
    ------
    ValueError
        If points are not (n, 2) and finite, or neither polarity has two tips.

    Examples
    --------
    >>> direction_of(np.array([[0.0, 0.0], [3.0, 4.0]]), np.zeros((0, 2))).round(6).tolist()
    [0.8, -0.6]
    """
    pooled = [as_points(negative, "negative tips"), as_points(positive, "positive tips")]
    centred = np.concatenate([tips - tips.mean(axis=0) for tips in pooled if len(tips) > 1] or [NONE[0]])
    if not centred.any():
        raise ValueError("expected two tips of one polarity at least, but got fewer")
    least = np.linalg.eigh(centred.T @ centred)[1][:, 0]
    return least if least[0] >= 0 else -least


class Confusion(NamedTuple):
    """True positive plates by what was predicted of them, numbers of plates.

    Out of tolerance is a plate with one overhang out of it. Unmeasured is one of whose overhangs not all were
    measured, and none found out of tolerance.
    """

    out_found: int
    out_missed: int
    out_unmeasured: int
    good_alarmed: int
    good_passed: int
    good_unmeasured: int


class Tolerance(NamedTuple):
    """Plates out of tolerance, shares 0 to 1.

    Attributes
    ----------
    truth
        Share of true plates out of tolerance.
    predicted
        The same of the predicted plates, as one would report without knowing the truth.
    missed
        Of true plates out of tolerance, share not found to be so, whether passed or unmeasured.
    false_alarms
        Of true plates within tolerance, share found out of it.
    plates
        The numbers behind.
    """

    truth: Interval
    predicted: Interval
    missed: Interval
    false_alarms: Interval
    plates: Confusion


class Overhang(NamedTuple):
    """Errors of overhang, over all overhangs measured on matched plates.

    Attributes
    ----------
    mean, median
        Of the absolute error in micrometres.
    coverage
        Share of true overhangs that were measured, 0 to 1.
    tolerance
        None where no tolerance was given.
    """

    mean: Interval
    median: Interval
    coverage: Interval
    tolerance: Tolerance | None


def overhang_errors(
    predictions: Sequence[Plates],
    truths: Sequence[Plates],
    groups: np.ndarray,
    reach: float,
    um_per_px: np.ndarray | float,
    direction: np.ndarray = X_AXIS,
    widest: float = np.inf,
    tolerance: tuple[float, float] | None = None,
    seed: int = 0,
) -> Overhang:
    """Errors of the overhangs of N images; what ``cvlib.measure.plates.corrected`` gives as its last part.

    Parameters and errors as there.
    """
    directions = directions_of(direction, len(truths))
    sizes = np.broadcast_to(np.asarray(um_per_px, np.float64), (len(truths),))
    if not (np.isfinite(sizes) & (sizes > 0)).all():
        raise ValueError(f"expected positive pixel sizes, but got {um_per_px}")
    true, measured, alone = [], [], []
    for found, real, along, size in zip(predictions, truths, directions, sizes, strict=True):
        true.append(overhangs(*real, along, widest) * size)
        alone.append(overhangs(*found, along, widest) * size)
        matched, plates = match(found[1], real[1], reach)
        measured.append(np.full_like(true[-1], np.nan))
        measured[-1][plates] = alone[-1][matched]
    off = [np.abs(a - b) for a, b in zip(measured, true, strict=True)]
    number = np.array([[np.isfinite(each).sum()] for each in off])
    exist = np.array([[np.isfinite(each).sum()] for each in true])
    total = np.array([[np.nansum(each)] for each in off])
    mean = ratio_intervals(total, number, groups, groups_with(number, groups), seed)[0]
    coverage = ratio_intervals(number, exist, groups, groups_that_differ(number, exist, groups), seed)[0]
    pooled = np.concatenate(off)
    kept = np.isfinite(pooled)
    member = np.repeat(np.repeat(groups, [len(each) for each in off])[:, None], 2, axis=1)
    median = quantile_interval(pooled[kept], member[kept], 0.5, seed)
    outside = None if tolerance is None else _tolerance(true, measured, alone, groups, tolerance, seed)
    return Overhang(mean, median, coverage, outside)


def _tolerance(
    true: list[np.ndarray],
    measured: list[np.ndarray],
    alone: list[np.ndarray],
    groups: np.ndarray,
    bounds: tuple[float, float],
    seed: int,
) -> Tolerance:
    low, high = bounds
    if not low <= high:
        raise ValueError(f"expected a tolerance (low, high), but got {bounds}")

    def out(each: np.ndarray) -> np.ndarray:
        return np.any((each < low) | (each > high), axis=1)

    rows = []
    for real, found, reported in zip(true, measured, alone, strict=True):
        judged = np.isfinite(real).any(axis=1)
        bad, alarm = out(real)[judged], out(found)[judged]
        whole = (np.isfinite(found) | np.isnan(real)).all(axis=1)[judged] & ~alarm
        cells = [state & answer for state in (bad, ~bad) for answer in (alarm, whole, ~alarm & ~whole)]
        counts = [np.count_nonzero(cell) for cell in cells]
        rows.append([*counts, np.count_nonzero(out(reported)), np.isfinite(reported).any(axis=1).sum()])
    numbers = np.array(rows)
    out_plates, good = numbers[:, :3].sum(axis=1), numbers[:, 3:6].sum(axis=1)
    above = np.stack([out_plates, numbers[:, 6], numbers[:, 1:3].sum(axis=1), numbers[:, 3]], axis=1)
    below = np.stack([out_plates + good, numbers[:, 7], out_plates, good], axis=1)
    truth, predicted, missed, false_alarms = ratio_intervals(
        above, below, groups, groups_that_differ(above, below, groups), seed
    )
    plates = Confusion(*numbers[:, :6].sum(axis=0).tolist())
    return Tolerance(truth, predicted, missed, false_alarms, plates)


def directions_of(direction: np.ndarray, images: int) -> np.ndarray:
    """Unit vectors (images, 2) from one (2,) or as many; ValueError for anything else."""
    given = np.asarray(direction, np.float64)
    if given.shape not in ((2,), (images, 2)) or not np.allclose(np.linalg.norm(given, axis=-1), 1):
        raise ValueError(
            f"expected a unit vector (2,) or ({images}, 2), but got {given.shape} of length "
            f"{np.linalg.norm(given, axis=-1)}"
        )
    return np.broadcast_to(given, (images, 2))
