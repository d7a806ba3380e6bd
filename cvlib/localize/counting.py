"""Stacks with any number of plates: what a network and our correction find in images of known truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cvlib.data.xrays import Xrays
from cvlib.errors import DataError
from cvlib.localize.locate import Locator
from cvlib.localize.scoring import REACH_PX, Scored
from cvlib.measure.matching import match
from cvlib.measure.overhang import NONE, direction_of, overhangs
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


def scale(tested: Scored) -> tuple[np.ndarray, str]:
    """Size of a pixel in each image, and its unit: µm, or px where not all are known."""
    if np.isfinite(tested.um_per_px).all():
        return tested.um_per_px, "µm"
    return np.ones(len(tested)), "px"


def along(ends: Sequence[Pair]) -> tuple[np.ndarray, float]:
    """Direction (N, 2) of the plates of each image from their true ends, and how far neighbours may be apart.

    The latter is twice the largest pitch of an image, px.
    """
    directions, pitches = [], []
    for pair in ends:
        way = direction_of(*pair)
        across = np.sort(np.concatenate(pair) @ np.array([-way[1], way[0]]))
        directions.append(way)
        pitches.append(np.median(np.diff(across)))
    return np.stack(directions), 2 * float(max(pitches))


def tolerance(ends: Sequence[Pair], size: np.ndarray) -> tuple[float, float]:
    """A made-up tolerance, to whole tens: it leaves out a tenth of the true overhangs."""
    true = np.concatenate([each.ravel() for each in _overhangs(ends, ends, size)])
    low, high = np.nanpercentile(true, [5, 95]).round(-1)
    return float(low), float(high)


def overhang_pairs(
    found: Sequence[Pair | None], ends: Sequence[Pair], size: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """True and found overhangs of the same plates: twice (M,), NaN where not measured.

    Parameters
    ----------
    found, ends
        Found and true ends of N images; None where nothing was found.
    size
        (N,) of a pixel, see :func:`scale`.
    """
    pairs = []
    given = [NONE if own is None else own for own in found]
    both = zip(given, ends, _overhangs(given, ends, size), _overhangs(ends, ends, size), strict=True)
    for own, true, mine, real in both:
        measured = np.full_like(real, np.nan)
        rows, columns = match(own[1], true[1], REACH_PX)
        measured[columns] = mine[rows]
        pairs.append(np.stack([real.ravel(), measured.ravel()]))
    true_all, found_all = np.concatenate(pairs, axis=1)
    return true_all, found_all


def _overhangs(found: Sequence[Pair], ends: Sequence[Pair], size: np.ndarray) -> list[np.ndarray]:
    """(m, 2) of each image, along the plates as their true ends have it."""
    directions, widest = along(ends)
    rows = zip(found, directions, size, strict=True)
    return [overhangs(*pair, way, widest) * px for pair, way, px in rows]
