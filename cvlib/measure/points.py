"""Errors of keypoints: NME, PCK and PCS (paper 2 eqs 7-9), errors in micrometres, gains over a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from cvlib.measure.counts import divided, refuse_name
from cvlib.measure.intervals import Interval, group_sums, resampled_sums
from cvlib.measure.ratios import groups_that_differ, interval_if_finite, quantile_interval, ratio_intervals

Missing = Literal["infinite", "reference"]
"""What a missing prediction counts as in a mean of errors.

``infinite``, the default, makes the mean infinite. Eq. 7 knows no missing points, any finite number would be
an invention, and an infinite mean cannot be overlooked. ``reference`` counts it as off by the reference
distance, 100 %: finite, and some hundred times a usual error. PCK and PCS need no such choice: a missing
point is a failure."""

PERCENTS = (0.5, 1.0)
"""Thresholds of Table 1, in percent of the reference distance."""


@dataclass(frozen=True, eq=False)
class Errors:
    """How far K predicted keypoints of each of N samples are off; made by ``errors``.

    Attributes
    ----------
    distances
        (N, K) float64 px; infinite where a prediction is missing, NaN where a sample has no such keypoint.
    relative
        The same in percent of the reference distance.
    reference
        (N,) float64 px.
    present
        (N, K) bool: which keypoints the samples have.
    """

    distances: np.ndarray
    relative: np.ndarray
    reference: np.ndarray
    present: np.ndarray

    def __len__(self) -> int:
        return len(self.distances)

    @property
    def missing(self) -> float:
        """Share of keypoints without a prediction, 0 to 1."""
        return float(np.isinf(self.distances).sum() / self.present.sum())

    @property
    def worst(self) -> np.ndarray:
        """The largest relative error of each sample: (N,) percent."""
        return np.where(self.present, self.relative, -np.inf).max(axis=1)


def errors(
    predicted: np.ndarray, truth: np.ndarray, reference: np.ndarray | float, present: np.ndarray | None = None
) -> Errors:
    """Distances between predicted and true keypoints.

    Parameters
    ----------
    predicted
        (N, K, 2) px; NaN where there is no prediction.
    truth
        (N, K, 2) px; samples with fewer keypoints are filled up with anything.
    reference
        Reference distance in px, of all samples or (N,); in paper 2 the diagonal of the region of interest.
    present
        (N, K) bool: which keypoints are not filling. By default all.

    Raises
    ------
    ValueError
        If shapes disagree, a true keypoint is not finite, a prediction is infinite, a reference distance is
        not positive, or a sample has no keypoint.

    Examples
    --------
    >>> found = errors(np.array([[[3.0, 4.0], [np.nan, 0.0]]]), np.zeros((1, 2, 2)), 500.0)
    >>> found.distances.tolist(), found.relative.tolist(), found.missing
    ([[5.0, inf]], [[1.0, inf]], 0.5)
    """
    predicted, truth = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    if truth.ndim != 3 or truth.shape[2] != 2 or predicted.shape != truth.shape:
        raise ValueError(f"expected two arrays (N, K, 2), but got {predicted.shape} and {truth.shape}")
    present = np.ones(truth.shape[:2], bool) if present is None else np.asarray(present)
    if present.shape != truth.shape[:2] or present.dtype != np.bool_:
        raise ValueError(
            f"expected a bool array {truth.shape[:2]} as present, but got {present.shape} {present.dtype}"
        )
    if len(truth) == 0 or not present.any(axis=1).all():
        raise ValueError("expected at least one keypoint in each sample, but got none")
    if not np.isfinite(truth[present]).all():
        raise ValueError("expected finite true keypoints, but got NaN or infinity")
    if np.isinf(predicted[present]).any():
        raise ValueError("expected predictions to be finite, or NaN where missing, but got infinity")
    reference = _per_sample(reference, len(truth), "reference distance")
    steps = np.where(present[..., None], predicted - np.where(present[..., None], truth, 0), 0)
    distances = np.hypot(steps[..., 0], steps[..., 1])
    distances[np.isnan(distances)] = np.inf
    distances[~present] = np.nan
    return Errors(distances, 100 * distances / reference[:, None], reference, present)


def nme(errors: Errors, missing: Missing = "infinite") -> float:
    """Normalized mean error in percent of the reference distance, over all keypoints of all samples (eq. 7).

    Examples
    --------
    >>> found = errors(np.array([[[3.0, 4.0], [np.nan, 0.0]]]), np.zeros((1, 2, 2)), 500.0)
    >>> nme(found), nme(found, missing="reference")
    (inf, 50.5)
    """
    return float(_counted(errors.relative, 100.0, missing)[errors.present].mean())


def pck(errors: Errors, percent: float) -> float:
    """Share of keypoints within a threshold in percent of the reference distance, 0 to 1 (eq. 8).

    >>> pck(errors(np.array([[[3.0, 4.0], [np.nan, 0.0]]]), np.zeros((1, 2, 2)), 500.0), 1.0)
    0.5
    """
    return float((errors.relative <= percent).sum() / errors.present.sum())


def pcs(errors: Errors, percent: float) -> float:
    """Share of samples whose largest error is less than or equal to a threshold in percent (eq. 9), 0 to 1.

    Where all samples have as many keypoints it cannot exceed ``pck`` at the same threshold.

    >>> pcs(errors(np.array([[[3.0, 4.0], [np.nan, 0.0]]]), np.zeros((1, 2, 2)), 500.0), 1.0)
    0.0
    """
    return float((errors.worst <= percent).mean())


def scores(
    errors: Errors,
    groups: np.ndarray,
    seed: int = 0,
    percents: Sequence[float] = PERCENTS,
    missing: Missing = "infinite",
) -> dict[str, Interval]:
    """NME in percent, PCK and PCS as shares at each threshold, with intervals over groups.

    Parameters
    ----------
    errors
        Of N samples.
    groups
        (N,) anything sortable, such as cells; equal entries are resampled together.
    seed
        Of the resampling.
    percents
        Thresholds in percent of the reference distance.
    missing
        What a missing prediction counts as in NME.

    Returns
    -------
    dict
        Keys as in Table 1: ``NME``, ``PCK0.5``, ``PCK1.0``, ``PCS0.5``, ``PCS1.0``. Bounds are NaN where
        fewer than ``cvlib.measure.intervals.FEWEST`` groups bear on a score, or where NME is infinite.

    Raises
    ------
    ValueError
        If there is not one group per sample.

    Examples
    --------
    >>> found = errors(np.full((20, 2, 2), [0.0, 3.0]), np.zeros((20, 2, 2)), np.arange(201, 601, 20))
    >>> {name: round(each.value, 2) for name, each in scores(found, np.arange(20)).items()}
    {'NME': 0.85, 'PCK0.5': 0.0, 'PCK1.0': 0.75, 'PCS0.5': 0.0, 'PCS1.0': 0.75}
    """
    above, below = _terms(errors, percents, missing)
    _refuse_other_length(errors, groups)
    bearing = groups_that_differ(above[:, 1:], below[:, 1:], groups)
    bearing = np.concatenate([[len(np.unique(groups))], bearing])
    return dict(zip(_names(percents), ratio_intervals(above, below, groups, bearing, seed), strict=True))


class Gain(NamedTuple):
    """How much better a score became; above 0 is better, of NME too.

    Attributes
    ----------
    absolute
        In the unit of the score: percentage points of NME, shares of PCK and PCS.
    relative
        In percent of the baseline's score, as the last row of Table 1; NaN where that is 0 or infinite.
    """

    absolute: Interval
    relative: Interval


def difference(
    baseline: Errors,
    corrected: Errors,
    groups: np.ndarray,
    seed: int = 0,
    percents: Sequence[float] = PERCENTS,
    missing: Missing = "infinite",
) -> dict[str, Gain]:
    """Gains of a corrected over a baseline prediction of the same samples, with paired intervals over groups.

    Parameters
    ----------
    baseline, corrected
        Of the same samples in the same order, by the same reference distances: a larger region of interest
        would flatter every score.
    groups, seed, percents, missing
        As ``scores`` takes them.

    Returns
    -------
    dict
        Keys as of ``scores``. Bounds are NaN where the two differ in fewer than
        ``cvlib.measure.intervals.FEWEST`` groups.

    Raises
    ------
    ValueError
        If the samples, keypoints or reference distances differ, or there is not one group per sample.

    Examples
    --------
    >>> truth, before = np.zeros((20, 2, 2)), np.full((20, 2, 2), [0.0, 3.0])
    >>> gains = difference(errors(before, truth, 400), errors(before / 2, truth, 400), np.arange(20))
    >>> gains["NME"].absolute.value, gains["NME"].relative.value
    (0.375, 50.0)
    """
    _refuse_other_length(baseline, groups)
    if not np.array_equal(baseline.present, corrected.present):
        raise ValueError("expected errors of the same samples and keypoints, but they differ")
    if not np.array_equal(baseline.reference, corrected.reference):
        raise ValueError("expected the same reference distances for both predictions, but they differ")
    above, below = _terms(baseline, percents, missing)
    sums = np.stack([above, _terms(corrected, percents, missing)[0], below], axis=1)
    sign = np.where(np.arange(above.shape[1]) == 0, -1, 1)  # NME, the first, is better when lower

    def gains(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        before, after = sums[..., 0, :] / sums[..., 2, :], sums[..., 1, :] / sums[..., 2, :]
        return sign * (after - before), divided(100 * sign * (after - before), before)

    with np.errstate(invalid="ignore"):  # where NME is infinite
        values, drawn = gains(sums.sum(axis=0)), gains(resampled_sums(sums, groups, seed))
        by_group = group_sums(sums, groups)
    differ = np.count_nonzero(by_group[:, 0] != by_group[:, 1], axis=0)
    absolute, relative = (
        [interval_if_finite(*each) for each in zip(value, estimates.T, differ.tolist(), strict=True)]
        for value, estimates in zip(values, drawn, strict=True)
    )
    return {name: Gain(*both) for name, *both in zip(_names(percents), absolute, relative, strict=True)}


class Micrometres(NamedTuple):
    """Errors of all keypoints in micrometres: mean, median, and the 95th percentile."""

    mean: Interval
    median: Interval
    percentile95: Interval


def in_um(
    errors: Errors,
    um_per_px: np.ndarray | float,
    groups: np.ndarray,
    seed: int = 0,
    missing: Missing = "infinite",
) -> Micrometres:
    """Errors of keypoints in micrometres, with intervals over groups.

    Parameters
    ----------
    errors
        Of N samples.
    um_per_px
        Size of a pixel in micrometres, of all samples or (N,).
    groups, seed, missing
        As ``scores`` takes them.

    Raises
    ------
    ValueError
        If a pixel size is not positive, or there is not one group per sample.

    Examples
    --------
    >>> found = errors(np.full((20, 2, 2), [0.0, 3.0]), np.zeros((20, 2, 2)), 400)
    >>> [each.value for each in in_um(found, 20.0, np.arange(20))]
    [60.0, 60.0, 60.0]
    """
    _refuse_other_length(errors, groups)
    size = _per_sample(um_per_px, len(errors), "pixel size")
    lengths = _counted(errors.distances, errors.reference[:, None], missing) * size[:, None]
    sums = np.where(errors.present, lengths, 0).sum(axis=1, keepdims=True)
    number = errors.present.sum(axis=1, keepdims=True)
    mean = ratio_intervals(sums, number, groups, np.array([len(np.unique(groups))]), seed)[0]
    pooled, member = lengths[errors.present], np.repeat(groups, number[:, 0])
    return Micrometres(mean, *(quantile_interval(pooled, member, share, seed) for share in (0.5, 0.95)))


def _terms(errors: Errors, percents: Sequence[float], missing: Missing) -> tuple[np.ndarray, np.ndarray]:
    """What each sample adds to numerator and denominator of NME, PCK and PCS, each (N, 1 + 2 P)."""
    relative = np.where(errors.present, _counted(errors.relative, 100.0, missing), 0)
    hits = [(errors.relative <= percent).sum(axis=1) for percent in percents]
    right = [errors.worst <= percent for percent in percents]
    number = errors.present.sum(axis=1)
    above = [relative.sum(axis=1), *hits, *right]
    below = [number, *(number for _ in percents), *(np.ones(len(errors)) for _ in percents)]
    return np.stack(above, axis=1).astype(np.float64), np.stack(below, axis=1).astype(np.float64)


def _names(percents: Sequence[float]) -> list[str]:
    return ["NME", *(f"{name}{float(percent)}" for name in ("PCK", "PCS") for percent in percents)]


def _counted(values: np.ndarray, reference: np.ndarray | float, missing: Missing) -> np.ndarray:
    refuse_name("missing", missing, get_args(Missing))
    return np.where(np.isinf(values), reference, values) if missing == "reference" else values


def _per_sample(values: np.ndarray | float, samples: int, what: str) -> np.ndarray:
    given = np.asarray(values, np.float64)
    if given.shape not in ((), (samples,)) or not (np.isfinite(given) & (given > 0)).all():
        raise ValueError(f"expected a positive {what}, or {samples} of them, but got {values}")
    return np.broadcast_to(given, (samples,))


def _refuse_other_length(errors: Errors, groups: np.ndarray) -> None:
    if len(groups) != len(errors):
        raise ValueError(f"expected one group per sample, but got {len(errors)} and {len(groups)}")
