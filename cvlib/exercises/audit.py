"""Exercises of the chapter on what the printed numbers say of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from math import comb, floor

from cvlib.audit import classification, electrode
from cvlib.audit.bounds import Bounds
from cvlib.exercises.checking import Exercise
from cvlib.measure.implied import implied_share

PRECISION, RECALL = Bounds.around("0.75"), Bounds.around("0.60")


def _pair(bounds: Bounds) -> tuple[float, float]:
    return float(bounds.low), float(bounds.high)


def _f1(precision: float, recall: float) -> float:
    return 2 / (1 / precision + 1 / recall)


TWO_FOLDS = {"precision": (0.5 + 1) / 2, "recall": (1 + 0.2) / 2, "accuracy": (0.5 + 0.6) / 2}
"""Means over two folds: all ten called positive, and one positive of five found."""


def _share(precision: float, recall: float, accuracy: float) -> float:
    """Of positives, also for numbers that no images can have."""
    return (1 - accuracy) / (1 - recall + recall * (1 / precision - 1))


def sizes(printed: Sequence[str], most: int) -> list[int]:
    """Numbers of images of which every printed number can be a share."""
    return classification.sizes([Bounds.around(each) for each in printed], most)


def _any_size(printed: Sequence[str], most: int) -> list[int]:
    return sorted({images for each in printed for images in sizes([each], most)})


def _sizes_if(
    fits: Callable[[str, int, int], bool],
) -> Callable[[Sequence[str], int], list[int]]:
    """Sizes by a rule on a printed number, a whole number of hits, and a number of images."""

    def found(printed: Sequence[str], most: int) -> list[int]:
        return [
            images
            for images in range(1, most + 1)
            if all(any(fits(each, hits, images) for hits in range(images + 1)) for each in printed)
        ]

    return found


def _exact(printed: str, hits: int, images: int) -> bool:
    bounds = Bounds.around(printed)
    return hits * 2 == (bounds.low + bounds.high) * images


def _cut_off(printed: str, hits: int, images: int) -> bool:
    unit = 10 ** len(printed.partition(".")[2])
    return floor(hits * unit / images) == round(float(printed) * unit)


def _labels(pcs_below_pck: bool, rising: bool) -> int:
    """How many orders of six numbers satisfy the inequalities chosen."""
    orders = [(order[:3], order[3:]) for order in permutations(range(6))]
    return sum(
        (not pcs_below_pck or all(low < high for low, high in zip(pcs, pck, strict=True)))
        and (not rising or (pck == tuple(sorted(pck)) and pcs == tuple(sorted(pcs))))
        for pck, pcs in orders
    )


def _labellings() -> int:
    names = [f"{measure}{place}" for measure in ("pck", "pcs") for place in range(3)]
    return len(electrode.labellings([{name: Bounds.exactly(place) for place, name in enumerate(names)}]))


EXERCISES = {
    "rounding": Exercise(
        solution=lambda: _pair(classification.harmonic_mean(PRECISION, RECALL)),
        mistakes={
            "this is wider than need be: in 2 P R / (P + R) each number stands twice, and cannot be low "
            "above and high below at once": lambda: _pair(2 * PRECISION * RECALL / (PRECISION + RECALL)),
            "you went a whole unit of the last digit to either side: rounding hides half a unit": (
                lambda: (_f1(0.74, 0.59), _f1(0.76, 0.61))
            ),
            "you took rounding for cutting off: 0.75 stands for numbers a little below, too": (
                lambda: (_f1(0.75, 0.60), _f1(0.76, 0.61))
            ),
            "this is the F1 of the printed values alone: go to what they may have been before rounding": (
                lambda: (_f1(0.75, 0.60), _f1(0.75, 0.60))
            ),
        },
    ),
    "means": Exercise(
        solution=lambda: implied_share(**TWO_FOLDS),
        mistakes={
            "this is the share in each fold, and of all counts together: asked is what the means imply": (
                lambda: 0.5
            ),
            "this is the share of negatives": lambda: 1 - implied_share(**TWO_FOLDS),
            "where only one of five positives is found, five images are right already: accuracy counts the "
            "negatives, too": lambda: _share(**TWO_FOLDS | {"accuracy": (0.5 + 0.1) / 2}),
            "a model that raises no false alarm has a precision of 1, whatever it misses": (
                lambda: _share(**TWO_FOLDS | {"precision": (0.5 + 0.2) / 2})
            ),
        },
    ),
    "granularity": Exercise(
        solution=sizes,
        mistakes={
            "one number that fits is enough here: all are of the same images, so all must fit": _any_size,
            "only shares that are exactly as printed count here: printed numbers are rounded": _sizes_if(
                _exact
            ),
            "you cut off digits: printed numbers are rounded, so they may be a little too high": (
                _sizes_if(_cut_off)
            ),
        },
        inputs=lambda: [(["0.33", "0.71"], 40), (["0.917", "0.833", "0.958"], 110)],
    ),
    "labels": Exercise(
        solution=_labellings,
        mistakes={
            "you asked of both to rise with the threshold: PCS must not exceed PCK, either": (
                lambda: _labels(pcs_below_pck=False, rising=True)
            ),
            "you asked PCS not to exceed PCK: both must rise with the threshold, too": (
                lambda: _labels(pcs_below_pck=True, rising=False)
            ),
            "these are all the ways to order six numbers: most break one of the inequalities": (
                lambda: _labels(pcs_below_pck=False, rising=False)
            ),
            "this is the number for another number of thresholds: there are three here": lambda: (
                comb(8, 4) // 5
            ),
        },
    ),
}
