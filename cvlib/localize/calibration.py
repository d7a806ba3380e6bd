"""What a network, corners and fitted ends are worth for finding one pole, learned on validation images.

Labels are noisy, and their noise must not pass for the measurements'. With n, e and l the network's point,
the fitted end and the label, whose errors have nothing to do with each other, ``mean((n - e) (n - l))`` is
the mean squared error of n alone: such products do not contain the squared noise of labels (F. E. Grubbs, "On
Estimating Precision of Measuring Instruments and Product Variability", JASA 43, 243-264 (1948)).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from cvlib.errors import DataError
from cvlib.localize.corners import LEVELS, Corners
from cvlib.localize.edges import Tips

RADIUS = 7.0
"""Corners further than this from a point are not its own, px: the distance of neighbouring plates."""

FEWEST = 12
"""Corners of an octave and polarity to learn their offset from; with fewer, such corners are not used."""

FACTOR = 1.5, 0.7
"""What fitted ends' own variances are to be multiplied by, on simulated images, and how far to trust that."""

LIMIT = 14.0
"""Squared distance in standard deviations, over x and y, beyond which two measurements are not of the same
place; of normal ones, 1 in 1,000 is so far apart."""

FLOOR_PX = 0.05
"""No measurement is taken to be better than this."""


class Example(NamedTuple):
    """A validation image: (K, 2) points predicted and labelled, (K,) polarity, corners and fitted ends."""

    predicted: np.ndarray
    labelled: np.ndarray
    positive: np.ndarray
    corners: Corners
    tips: Tips


@dataclass(frozen=True)
class Calibration:
    """What the measurements are worth. The last two axes are polarity (negative, positive) and x, y.

    Attributes
    ----------
    network
        (2, 2) mean squared error of the network's points, px².
    edge_bias, edge_factor
        (2, 2) px, and what the fit's own variances are to be multiplied by.
    edge_typical
        (2, 2) median of the fit's own variances, px².
    corner_bias, corner
        (LEVELS, 2, 2) px, and px²; infinite where too few corners were seen.
    trust
        () share of cases in which the fitted end was nearer to the label than the network's point, of those
        where the two were not of the same place.
    """

    network: np.ndarray
    edge_bias: np.ndarray
    edge_factor: np.ndarray
    edge_typical: np.ndarray
    corner_bias: np.ndarray
    corner: np.ndarray
    trust: np.ndarray

    def to_json(self) -> str:
        """As JSON; infinite numbers become null."""
        lists = {f.name: _nulls(getattr(self, f.name).tolist()) for f in fields(self)}
        return json.dumps(lists, indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """From what :meth:`to_json` gave.

        Raises
        ------
        DataError
            The text is something else.
        """
        shapes = {"corner_bias": (LEVELS, 2, 2), "corner": (LEVELS, 2, 2), "trust": ()}
        try:
            read = {k: np.array(v, np.float64) for k, v in json.loads(text).items()}
            found = cls(**{k: np.where(np.isnan(v), np.inf, v) for k, v in read.items()})
        except (ValueError, TypeError, AttributeError) as problem:
            raise DataError(
                f"calibration: {problem}; expected Calibration.to_json's; calibrate again"
            ) from None
        for f in fields(cls):
            shape, wanted = getattr(found, f.name).shape, shapes.get(f.name, (2, 2))
            if shape != wanted:
                raise DataError(f"calibration: {f.name} of shape {shape}, expected {wanted}; calibrate again")
        return found


def calibrate(examples: Sequence[Example]) -> Calibration:
    """Learn what the measurements are worth, from validation images of one network.

    Parameters
    ----------
    examples
        Some tens of images or more, of cells that the network was not trained on. Poles without a prediction
        or label (NaN) or fitted end are left out.

    Raises
    ------
    DataError
        One polarity has fewer than ``FEWEST`` usable poles.
    """
    parts = [(x.predicted, x.labelled, x.tips.points, x.tips.sd, x.positive[:, None]) for x in examples]
    table = np.concatenate([np.column_stack(part) for part in parts]) if parts else np.zeros((0, 9))
    table = table[np.isfinite(table).all(axis=1)].astype(np.float64)
    kinds = []
    for polarity, name in enumerate(("negative", "positive")):
        rows = table[table[:, 8] == polarity]
        if len(rows) < FEWEST:
            raise DataError(
                f"{len(rows)} {name} poles with prediction, label and fitted end: expected at least {FEWEST} "
                "to calibrate on; use more validation images"
            )
        kinds.append(_one_polarity(*np.split(rows[:, :8], 4, axis=1)))
    network, bias, factor, typical, nearer = (np.stack(rows) for rows in zip(*kinds, strict=True))
    corner_bias, corner = _corners(examples, bias)
    trust = (nearer[:, 0].sum() + 0.5) / (nearer[:, 1].sum() + 1)
    return Calibration(network, bias, factor, typical, corner_bias, corner, np.array(trust))


def _one_polarity(
    n: np.ndarray, label: np.ndarray, e: np.ndarray, sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Network's squared error; bias, factor and typical variance of fitted ends; how often they disagree.

    The last is two numbers: the poles where the two are not of the same place and the end is nearer to the
    label, and all where they are not.

    Only the split of ``mean((n - e) ** 2)`` between the two depends on labels. The noisier these are, the
    more the split follows the fit's own standard deviations.
    """
    bias = _certain_median(e - label)
    e = e - bias
    kept = _regular(n - e) & _regular(e - label)
    typical = np.median(sd[kept] ** 2, axis=0)
    own = (sd**2 + typical) / 2
    products = ((e - n) * (e - label))[kept] / own[kept].mean(axis=0)
    noise = products.var(axis=0) / len(products)
    believed, doubt = FACTOR
    factor = (products.mean(axis=0) / noise + believed / doubt**2) / (1 / noise + 1 / doubt**2)
    factor = np.clip(factor, 0.5, 6)
    both = ((n - e)[kept] ** 2).mean(axis=0)
    network = np.maximum(both - factor * own[kept].mean(axis=0), FLOOR_PX**2)
    apart = np.asarray(((n - e) ** 2 / (network + factor * own)).sum(axis=1) > LIMIT)
    nearer = apart & (np.linalg.norm(e - label, axis=1) < np.linalg.norm(n - label, axis=1))
    return network, bias, factor, typical, np.array([nearer.sum(), apart.sum()])


def _corners(examples: Sequence[Example], edge_bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offset and variance of corners by octave and polarity."""
    rows: dict[tuple[int, int], list[np.ndarray]] = {}
    for x in examples:
        kind = x.positive.astype(int)
        end = x.tips.points - edge_bias[kind]
        for octave in np.unique(x.corners.octave):
            corners = x.corners.points[x.corners.octave == octave]
            apart = np.linalg.norm(corners - x.labelled[:, None], axis=2)
            nearest = np.nan_to_num(apart, nan=np.inf).argmin(axis=1)
            near = np.take_along_axis(apart, nearest[:, None], axis=1)[:, 0] <= RADIUS
            for k in np.flatnonzero(near & np.isfinite(end).all(axis=1)):
                rows.setdefault((int(octave), kind[k]), []).append(
                    np.stack([corners[nearest[k]], end[k], x.labelled[k]])
                )
    bias, variance = np.zeros((LEVELS, 2, 2)), np.full((LEVELS, 2, 2), np.inf)
    for place, found in rows.items():
        corner, end, label = np.stack(found, axis=1)
        if len(corner) < FEWEST:
            continue
        bias[place] = np.median(corner - label, axis=0)
        corner = corner - bias[place]
        kept = _regular(corner - end) & _regular(end - label)
        variance[place] = _squared_error(corner[kept], end[kept], label[kept])
    return bias, variance


def _squared_error(one: np.ndarray, other: np.ndarray, label: np.ndarray) -> np.ndarray:
    """(2,) mean squared error of ``one``, free of the noise of the two others (see the module's text)."""
    raw = ((one - other) * (one - label)).mean(axis=0)
    return np.clip(raw, FLOOR_PX**2, np.maximum(((one - other) ** 2).mean(axis=0), FLOOR_PX**2))


def _certain_median(errors: np.ndarray) -> np.ndarray:
    """(2,) median, or 0 where it may be chance: below three standard errors."""
    middle = np.median(errors, axis=0)
    return np.where(np.abs(middle) > 3 * 1.25 * _spread(errors) / np.sqrt(len(errors)), middle, 0)


def _spread(errors: np.ndarray) -> np.ndarray:
    """(2,) standard deviation of a normal distribution with the same median of absolute deviations."""
    return 1.4826 * np.median(np.abs(errors - np.median(errors, axis=0)), axis=0) + 1e-9


def _regular(errors: np.ndarray) -> np.ndarray:
    """(N,) bool: errors within four standard deviations."""
    regular: np.ndarray = (np.abs(errors - np.median(errors, axis=0)) <= 4 * _spread(errors)).all(axis=1)
    return regular


def _nulls(value: float | list) -> object:
    if isinstance(value, list):
        return [_nulls(v) for v in value]
    return value if np.isfinite(value) else None
