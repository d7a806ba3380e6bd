"""Stacks with any number of plates: what a network and our correction find in images of known truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cvlib.data.xrays import Xrays
from cvlib.errors import DataError
from cvlib.localize.locate import Locator
from cvlib.localize.scoring import REACH_PX, Scored
from cvlib.measure.matching import match
from cvlib.measure.overhang import overhangs
from cvlib.runs import Run

Pair = tuple[np.ndarray, np.ndarray]
"""Negative (n, 2) and positive (m, 2) plate ends of one image, px."""


def located(run: Run, data: Xrays, tested: Scored) -> list[Pair | None]:
    """What ``cvlib locate`` finds in each image; None where it finds no stack.

    Parameters
    ----------
    run
        Of a network for any number of plates.
    data
        What it was trained on.
    tested
        Which of its images are meant.
    """
    locator = Locator.of(run)
    found: list[Pair | None] = []
    for at in tested.positions:
        try:
            own = locator.locate(data.image(int(at)))
        except DataError:
            found.append(None)
            continue
        found.append((own.negative, own.positive))
    return found


def tolerance(ends: Sequence[Pair], um_per_px: np.ndarray) -> tuple[float, float]:
    """A made-up tolerance in µm, to whole tens: it leaves out a tenth of the true overhangs."""
    true = np.concatenate([overhangs(*pair).ravel() * um for pair, um in zip(ends, um_per_px, strict=True)])
    low, high = np.nanpercentile(true, [5, 95]).round(-1)
    return float(low), float(high)


def overhang_pairs(
    found: Sequence[Pair | None], ends: Sequence[Pair], um_per_px: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """True and found overhangs in µm of the same plates: twice (M,), NaN where not measured."""
    pairs = []
    for own, true, um in zip(found, ends, um_per_px, strict=True):
        real = overhangs(*true) * um
        measured = np.full_like(real, np.nan)
        if own is not None:
            rows, columns = match(own[1], true[1], REACH_PX)
            measured[columns] = overhangs(*own)[rows] * um
        pairs.append(np.stack([real.ravel(), measured.ravel()]))
    true_um, found_um = np.concatenate(pairs, axis=1)
    return true_um, found_um
