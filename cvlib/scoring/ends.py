"""Predicted plate ends beside the true ones, as Table 1 of paper 2 scores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cvlib.data.xrays import Xrays
from cvlib.localize.corners import find_corners
from cvlib.localize.roi import find_roi
from cvlib.measure.intervals import Interval, share_interval
from cvlib.measure.matching import match
from cvlib.measure.overhang import NONE, Plates
from cvlib.measure.points import Errors, Missing, errors, pck
from cvlib.scoring.images import Chosen
from cvlib.scoring.mistakes import better_reading

CORNERS = 512
"""Corner points that the region of interest is found by, as in ``cvlib.localize.regions``."""

MISSING: Missing = "reference"
"""An end that is not predicted counts as off by the reference distance, 100 %."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The true ends of N images.

    Attributes
    ----------
    points, positive
        By image, (K, 2) px from top to bottom and (K,) bool.
    reference
        (N,) px, the diagonal of each region of interest.
    """

    points: list[np.ndarray]
    positive: list[np.ndarray]
    reference: np.ndarray

    @classmethod
    def of(cls, data: Xrays, places: np.ndarray) -> Truth:
        """Of some images of a data set; the regions are found by the robust method."""
        poles = [data.poles(int(at)) for at in places]
        images = (data.image(int(at)) for at in places)
        diagonals = [find_roi(image, find_corners(image, CORNERS)).roi.diagonal for image in images]
        return cls([each[0] for each in poles], [each[1] for each in poles], np.array(diagonals))


def paired(
    predicted: Plates, points: np.ndarray, positive: np.ndarray, reach: float
) -> tuple[np.ndarray, int]:
    """Which prediction stands for each true end of one image.

    Where there are as many of a polarity as there should be, the k-th stands for the k-th. Else each stands
    for the nearest true end by the Hungarian method, and true ends without one are missing.

    Parameters
    ----------
    predicted
        Negative and positive ends, in order.
    points, positive
        The true ones: (K, 2) and (K,) bool, in order.
    reach
        The largest distance of a pair where the numbers differ, px.

    Returns
    -------
    (K, 2) px, NaN where missing; and how many predictions stand for nothing.

    Examples
    --------
    >>> truth, kinds = np.array([[5.0, 0.0], [9.0, 5.0], [5.0, 10.0]]), np.array([False, True, False])
    >>> found, more = paired((np.array([[6.0, 10.0]]), np.array([[9.0, 6.0]])), truth, kinds, 50)
    >>> found.tolist(), more
    ([[nan, nan], [9.0, 6.0], [6.0, 10.0]], 0)
    """
    found, more = np.full(points.shape, np.nan), 0
    for which, own in enumerate(predicted):
        places = np.flatnonzero(positive == bool(which))
        if len(own) == len(places):
            found[places] = own
            continue
        ours, theirs = match(own, points[places], reach)
        found[places[theirs]] = own[ours]
        more += len(own) - len(ours)
    return found, more


def scored_ends(
    found: Mapping[str, Plates], truth: Truth, chosen: Chosen, seed: int = 0
) -> tuple[Errors, list[str]]:
    """Errors of predicted ends, ready for the measures.

    Parameters
    ----------
    found
        By image name; an image without any end needs no entry.
    truth
        Of the images to be scored, in their order.
    chosen
        Those images.
    seed
        Of the interval in the remarks.

    Returns
    -------
    Errors in px and in percent of the diagonal of each image's region of interest, and remarks.
    """
    predicted = [found.get(name, NONE) for name in chosen.wanted]
    own, more = _errors(predicted, truth)
    right = np.array([_right(*each) for each in zip(predicted, truth.positive, strict=True)])
    both = share_interval(right, chosen.groups[chosen.test], seed)
    remarks = [f"Both numbers of ends are right in {_share(both)} of the images."]
    if own.missing:
        remarks.append(f"Missing: {own.missing:.1%} of the true ends; each counts as off by 100 %.")
    if more:
        remarks.append(f"{more:,} predicted ends stand for no true one; these measures do not count them.")
    others = {
        "the polarities exchanged": [(each[1], each[0]) for each in predicted],
        "x and y exchanged": [(each[0][:, ::-1], each[1][:, ::-1]) for each in predicted],
    }
    shares = {name: pck(_errors(each, truth)[0], 1.0) for name, each in others.items()}
    return own, remarks + better_reading(pck(own, 1.0), shares, "PCK1.0")


def _share(share: Interval) -> str:
    bounds = "no interval" if np.isnan(share.low) else f"{share.low:.2f}, {share.high:.2f}"
    return f"{share.value:.3f} [{bounds}]"


def _right(predicted: Plates, positive: np.ndarray) -> bool:
    return [len(each) for each in predicted] == [np.count_nonzero(~positive), np.count_nonzero(positive)]


def _errors(predicted: list[Plates], truth: Truth) -> tuple[Errors, int]:
    most = max(map(len, truth.points))
    aligned = np.full((len(predicted), most, 2), np.nan)
    true, present, more = aligned.copy(), np.zeros(aligned.shape[:2], bool), 0
    rows = zip(predicted, truth.points, truth.positive, truth.reference, strict=True)
    for at, (own, points, positive, reach) in enumerate(rows):
        count = len(points)
        aligned[at, :count], extra = paired(own, points, positive, float(reach))
        true[at, :count], present[at, :count] = points, True
        more += extra
    return errors(aligned, true, truth.reference, present), more
