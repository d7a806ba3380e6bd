"""What scores of pixels and of image labels share: counts, ratios of counts, their intervals over groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from cvlib.measure.intervals import DRAWS, Interval, group_sums, interval_of, resampled_sums

Ratio = Literal["dice", "f1", "iou", "precision", "recall", "accuracy"]


@dataclass(frozen=True, eq=False)
class Counts:
    """What is right and wrong in N images, by C classes, each (N, C) int64.

    Of masks, the pixels of each image are counted; of labels, each image counts once.

    Attributes
    ----------
    tp
        Predicted and in the truth.
    fp
        Predicted, not in the truth.
    fn
        Not predicted, in the truth.
    tn
        Neither.

    Raises
    ------
    ValueError
        If the four are not two-dimensional and of one shape.
    """

    tp: np.ndarray
    fp: np.ndarray
    fn: np.ndarray
    tn: np.ndarray

    def __post_init__(self) -> None:
        shapes = [each.shape for each in (self.tp, self.fp, self.fn, self.tn)]
        if self.tp.ndim != 2 or len(set(shapes)) > 1:
            raise ValueError(f"expected four arrays (N, C) of one shape, but got {shapes}")

    def __len__(self) -> int:
        return len(self.tp)

    def __getitem__(self, positions: np.ndarray | slice) -> Counts:
        """The counts of some images: positions, a slice, or (N,) bool."""
        return Counts(self.tp[positions], self.fp[positions], self.fn[positions], self.tn[positions])

    @property
    def truth(self) -> np.ndarray:
        """How much of each class each image shows: (N, C) int64."""
        return np.asarray(self.tp + self.fn)

    def sum(self) -> Counts:
        """The counts of all images together: (1, C)."""
        return Counts.from_array(self.to_array().sum(axis=0, keepdims=True))

    def to_array(self) -> np.ndarray:
        """(N, C, 4) int64: true positives, false positives, false negatives, true negatives."""
        return np.stack([self.tp, self.fp, self.fn, self.tn], axis=-1)

    @classmethod
    def from_array(cls, array: np.ndarray) -> Counts:
        """What ``to_array`` gave; ValueError for another shape."""
        if array.ndim != 3 or array.shape[2] != 4:
            raise ValueError(f"expected counts (N, C, 4), but got an array {array.shape}")
        return cls(*np.moveaxis(array.astype(np.int64), -1, 0))

    @classmethod
    def join(cls, parts: Iterable[Counts]) -> Counts:
        """Counts one after another; ValueError for none, or for different numbers of classes.

        >>> one = Counts.from_array(np.ones((1, 4, 4)))
        >>> len(Counts.join([one, one]))
        2
        """
        return cls.from_array(np.concatenate([part.to_array() for part in parts]))


def terms(counts: Counts, name: Ratio) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator of a ratio, image by image and class by class: each (N, C) int64."""
    tp, fp, fn, tn = counts.tp, counts.fp, counts.fn, counts.tn
    return {
        "dice": (2 * tp, 2 * tp + fp + fn),
        "f1": (2 * tp, 2 * tp + fp + fn),
        "iou": (tp, tp + fp + fn),
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "accuracy": (tp + tn, tp + fp + fn + tn),
    }[name]


def ratio(counts: Counts, name: Ratio) -> np.ndarray:
    """A ratio of each image and class: (N, C) float64, 0 to 1; NaN where 0/0.

    >>> ratio(Counts.from_array(np.array([[[1, 1, 0, 2], [0, 0, 0, 4]]])), "dice").round(3).tolist()
    [[0.667, nan]]
    """
    return divided(*terms(counts, name))


def divided(above: np.ndarray, below: np.ndarray, otherwise: float = np.nan) -> np.ndarray:
    """Quotients of equal shape, float64, with a stated value where the denominator is 0.

    >>> divided(np.array([1, 0]), np.array([2, 0])).tolist()
    [0.5, nan]
    """
    return np.divide(above, below, out=np.full(above.shape, otherwise, np.float64), where=below != 0)


def mean_over_classes(scores: np.ndarray) -> float:
    """Mean of (C,) scores by class, absent ones left out; NaN where all are absent.

    >>> mean_over_classes(np.array([0.25, 0.75, np.nan]))
    0.5
    """
    present = scores[~np.isnan(scores)]
    return float(present.mean()) if len(present) else np.nan


class ByClass(NamedTuple):
    """Intervals of a score.

    Attributes
    ----------
    classes
        One for each class, in the order of the counts; all NaN where the score is undefined.
    mean
        Of the mean over the classes that are not absent and whose score is defined.
    """

    classes: list[Interval]
    mean: Interval


def groups_with(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Number of groups in which (N, C) values, none negative, are not all 0: (C,) int.

    >>> groups_with(np.array([[1, 0], [1, 0], [1, 1]]), np.array([0, 0, 1])).tolist()
    [2, 1]
    """
    return np.count_nonzero(group_sums(values, groups), axis=0)


def intervals_by_class(
    columns: Sequence[np.ndarray],
    scores_of: Callable[[np.ndarray], np.ndarray],
    truth: np.ndarray,
    groups: np.ndarray,
    bearing: np.ndarray,
    seed: int = 0,
    level: float = 0.95,
    draws: int = DRAWS,
) -> ByClass:
    """Intervals over groups of scores that derive from sums over images.

    Parameters
    ----------
    columns
        Of one model, or of two whose difference is asked for, the first minus the second: (N, C, K) float64,
        what each image adds to the K sums that a score derives from.
    scores_of
        Makes scores (..., C) of sums (..., C, K), NaN where undefined.
    truth
        (N, C) int: how much of each class each image shows. The mean leaves out absent classes.
    groups
        (N,) anything sortable; equal entries belong together.
    bearing
        (C,) int: number of groups that bear on the score of each class. Fewer than
        ``cvlib.measure.intervals.FEWEST`` leave the bounds NaN.
    seed, level, draws
        As ``cvlib.measure.masks.score_interval`` takes them.

    Raises
    ------
    ValueError
        If there are no images, or not one group for each.
    """

    def compared(sums: np.ndarray) -> np.ndarray:
        return np.asarray(np.subtract.reduce(scores_of(sums), axis=-2))  # of one model, its scores

    stacked = np.stack(columns, axis=1)
    values, drawn = compared(stacked.sum(axis=0)), compared(resampled_sums(stacked, groups, seed, draws))
    classes = [
        interval_of(value, estimates, int(number), level)
        for value, estimates, number in zip(values, drawn.T, bearing, strict=True)
    ]
    kept = truth.any(axis=0) & ~np.isnan(values)
    if not kept.any():
        return ByClass(classes, Interval(np.nan, np.nan, np.nan))
    mean = drawn[:, kept].mean(axis=1)
    return ByClass(
        classes, interval_of(mean_over_classes(values[kept]), mean, int(bearing[kept].min()), level)
    )


def refuse_other_images(counts_a: Counts, counts_b: Counts) -> None:
    """ValueError unless two models were counted on the same images and classes, in the same order."""
    if counts_a.tp.shape != counts_b.tp.shape:
        raise ValueError(
            f"expected counts of the same images and classes, but got {counts_a.tp.shape} and "
            f"{counts_b.tp.shape}"
        )
    if not np.array_equal(counts_a.truth, counts_b.truth):
        raise ValueError("expected counts of the same images in the same order, but their truths differ")


def refuse_name(what: str, name: str, known: tuple[str, ...]) -> None:
    """ValueError for a name that is not among the known ones."""
    if name not in known:
        raise ValueError(f"{what} {name!r} is unknown, expected one of {known}")
