"""The project's own correction: several measurements of one pole, each weighed by how well it is known to do.

Up to three measurements: the network's point; the corner nearest to it, less the offset that corners of its
octave usually have from a tip; the fitted end of the plate. What each is worth is learned on validation
images (:mod:`cvlib.localize.calibration`). Nothing here is from paper 2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cvlib.localize.calibration import LIMIT, RADIUS, Calibration
from cvlib.localize.corners import Corners
from cvlib.localize.edges import fit_tips
from cvlib.localize.inputs import checked, inside
from cvlib.localize.lattice import astray, expected

MOVED = 3.0
"""A point moved farther than so many of its network's usual errors, counted as 1 px at least, is in doubt. Of
2,600 test ends each of a coarse and a fine network, 5 of 9 gross errors are, and 8 in 1,000 good ends."""


class Fused(NamedTuple):
    """K poles put together from their measurements.

    Attributes
    ----------
    points
        (K, 2) float64 px; NaN where nothing was predicted.
    confidence
        (K,) 0 to 1: ``1 / (1 + expected squared error in px²)``; times the share of cases in which the choice
        was right before, where point and fitted end disagree; halved where nothing in the image confirms the
        network's point, or the result is far from it (``MOVED``). 0 where nothing was predicted, or outside
        the image.
    used
        (K, 3) bool: whether the network's point, a corner and the fitted end were taken.
    """

    points: np.ndarray
    confidence: np.ndarray
    used: np.ndarray


def debias(predicted: np.ndarray, positive: np.ndarray, corners: Corners, calibration: Calibration) -> Fused:
    """Mode ``bias``: the network's points and the corners near them, less the corners' usual offset.

    Parameters
    ----------
    predicted
        (K, 2) px, NaN where there is none.
    positive
        (K,) bool.
    corners
        Of the image.
    calibration
        From :func:`cvlib.localize.calibration.calibrate`, for the same network.

    Raises
    ------
    DataError
        Points or polarity are of other shapes.
    """
    predicted, positive = checked(predicted, positive)
    none = np.full_like(predicted, np.nan)
    return _combined(predicted, none, none, positive, corners, calibration)


def fuse(
    image: np.ndarray, predicted: np.ndarray, positive: np.ndarray, corners: Corners, calibration: Calibration
) -> Fused:
    """Mode ``fused``: the network's points, corners less their usual offset, and fitted ends of plates.

    Measurements that agree are averaged, weighed by the inverse of their variances. Where the network's
    point and the fitted end do not, the one counts that was the better in such cases before. A corner counts
    if it agrees with these. Where nothing else is credible the network's point stays, bit for bit. A point
    that cannot be of its own plate, seeing where the others are, is no measurement: the end is then looked
    for where the stack would have it.

    Parameters
    ----------
    image
        (H, W) uint8.
    predicted, positive, corners, calibration
        As of :func:`debias`.

    Raises
    ------
    DataError
        Image, points or polarity are of other shapes or types.

    Examples
    --------
    >>> from cvlib.localize.calibration import Example, calibrate
    >>> from cvlib.localize.corners import find_corners
    >>> from cvlib.simulate.cell import plan
    >>> from cvlib.simulate.xray import draw
    >>> noise, examples = np.random.default_rng(0), []
    >>> for view in plan(images=9):
    ...     image = draw(view)
    ...     guess = view.points + noise.normal(0, 1.5, (13, 2))
    ...     tips = fit_tips(image, guess, view.positive)
    ...     examples.append(Example(guess, view.points, view.positive, find_corners(image), tips))
    >>> calibration = calibrate(examples[:8])
    >>> fused = fuse(image, guess, view.positive, examples[8].corners, calibration)
    >>> bool(np.abs(fused.points - view.points).mean() < 0.3)
    True
    """
    predicted, positive = checked(predicted, positive, image)
    places = expected(predicted, positive)
    stray = astray(predicted, places)
    start = np.where(stray[:, None], places, predicted)
    tips, kind = fit_tips(image, start, positive), positive.astype(int)
    variance = calibration.edge_factor[kind] * (tips.sd**2 + calibration.edge_typical[kind]) / 2
    end = tips.points - calibration.edge_bias[kind]
    found = np.isfinite(end).all(axis=1)
    points = np.where((stray & found)[:, None], np.nan, predicted)
    fused = _combined(points, end, variance, positive, corners, calibration)
    usual = np.sqrt(calibration.network[kind].sum(axis=1))
    moved = np.linalg.norm(fused.points - predicted, axis=1) > MOVED * np.maximum(usual, 1)
    doubt = np.select([stray & ~found, moved], [0.25, 0.5], 1.0) * inside(image, fused.points)
    return fused._replace(confidence=fused.confidence * doubt)


def _combined(
    points: np.ndarray,
    end: np.ndarray,
    end_variance: np.ndarray,
    positive: np.ndarray,
    corners: Corners,
    calibration: Calibration,
) -> Fused:
    """Of (K, 2) points, fitted ends and their variances; either is NaN where there is none."""
    pointed, ended = (np.asarray(np.isfinite(each).all(axis=1)) for each in (points, end))
    known, both = pointed | ended, pointed & ended
    points = np.where(pointed[:, None], points, np.nan)
    kind = positive.astype(int)
    variance = calibration.network[kind]
    apart = ((points - end) ** 2 / (variance + end_variance)).sum(axis=1)
    same, trust = np.asarray(apart <= LIMIT), float(calibration.trust)
    take_point = pointed & (~ended | same | (trust < 0.5))
    take_end = ended & (~pointed | same | (trust >= 0.5))
    weight = np.stack([take_point[:, None] / variance, np.where(take_end[:, None], 1 / end_variance, 0)])
    mean = _mean(np.stack([points, end]), weight)
    spread = 1 / np.where(known[:, None], weight.sum(axis=0), 1)
    corner, corner_variance = _corner_points(mean, spread, kind, corners, calibration)
    take_corner = np.isfinite(corner).all(axis=1)
    weight = np.concatenate([weight, 1 / corner_variance[None]])
    result = _mean(np.stack([points, end, corner]), weight)
    confirmed = take_corner | take_end
    result = np.where(confirmed[:, None], result, points)
    error = (1 / np.where(known[:, None], weight.sum(axis=0), 1)).sum(axis=1)
    certain = np.select([both & ~same, ~confirmed], [max(trust, 1 - trust), 0.5], 1.0)
    used = np.stack([take_point, take_corner, take_end], axis=1)
    return Fused(result, np.where(known, certain / (1 + error), 0), used)


def _mean(points: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(K, 2) weighted mean of (S, K, 2) points; what has no weight may be NaN. NaN without any weight."""
    total = weight.sum(axis=0)
    sums = np.where(weight > 0, weight * points, 0).sum(axis=0)
    mean: np.ndarray = np.where(total > 0, sums / np.where(total > 0, total, 1), np.nan)
    return mean


def _corner_points(
    points: np.ndarray, variance: np.ndarray, kind: np.ndarray, corners: Corners, calibration: Calibration
) -> tuple[np.ndarray, np.ndarray]:
    """(K, 2) the likeliest corner of each point, its offset removed, and its variance; NaN, inf if none."""
    best, own_best = np.full_like(points, np.nan), np.full_like(points, np.inf)
    if not len(corners.points):
        return best, own_best
    each = corners.points - calibration.corner_bias[corners.octave][:, kind].transpose(1, 0, 2)
    own = calibration.corner[corners.octave][:, kind].transpose(1, 0, 2)
    both = own + variance[:, None]
    squared = np.nan_to_num((each - points[:, None]) ** 2, nan=np.inf)
    apart = (squared / both).sum(axis=2)
    usable = (squared.sum(axis=2) <= RADIUS**2) & (apart <= LIMIT) & np.isfinite(own).all(axis=2)
    unlikely = np.where(usable, apart + np.log(both).sum(axis=2), np.inf)
    taken, row = unlikely.argmin(axis=1), np.arange(len(points))
    has = usable[row, taken]
    best[has], own_best[has] = each[row, taken][has], own[row, taken][has]
    return best, own_best
