"""Errors of the same plate ends: what they are divided by, what a missing end counts, what is averaged."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cvlib.data.xrays import Xrays
from cvlib.localize.scoring import Scored
from cvlib.measure.points import PERCENTS, Errors, errors

AXES = ("score", "divided by", "missing", "mean over")

NME = "NME"
"""In percent; the lower the better, unlike the shares."""

SCORES = {NME: np.inf, **{f"{name}{each}": each for name in ("PCK", "PCS") for each in PERCENTS}}
"""Those of paper 2, eqs 7 to 9, with their thresholds in percent."""

ROI, IMAGE, PITCH, BOX = (
    "diagonal of the region of interest",
    "diagonal of the image",
    "mean spacing of plates of one polarity",
    "diagonal of the box around the true ends",
)

REFERENCES = (ROI, IMAGE, PITCH, BOX)
"""What a distance is divided by."""

MISSING = ("off by the reference", "infinitely far", "left out")
"""What an end without a prediction counts as."""

MEANS = ("ends", "images")
"""Whether every end counts the same, or every image."""

DEFAULT = {"score": NME, "divided by": ROI, "missing": MISSING[0], "mean over": "ends"}
"""That of the chapter on localization."""

KNOWN = {
    (
        score,
        ROI,
        MISSING[0],
        "ends",
    ): "this book's chapter on localization; the paper, which knows no missing ends"
    for score in SCORES
}
"""Who scores like that."""


class Located(NamedTuple):
    """Test images and the ends predicted in them.

    Attributes
    ----------
    images
        As a run stores them.
    points
        (N, K, 2) px, NaN where there is no prediction.
    """

    images: Scored
    points: np.ndarray


def table(tests: Mapping[str, Located], diagonals: np.ndarray) -> pd.DataFrame:
    """Scores of the same points under every convention.

    PCS is about whole images, so for it both means are the same; an image all of whose ends are left out
    counts nowhere.

    Parameters
    ----------
    tests
        By model.
    diagonals
        (N,) px, of the whole images; see :func:`diagonals_of`.

    Returns
    -------
    A row per ``score``, ``divided by``, ``missing``, ``mean over`` and ``model``, with its ``value``: NME in
    percent, PCK and PCS as shares.
    """
    rows = []
    for model, (images, points) in tests.items():
        for name, reference in references(images, diagonals).items():
            whole = errors(points, images.truth, reference)
            for score, missing, over in itertools.product(SCORES, MISSING, MEANS):
                value = _score(whole, score, missing, over)
                rows.append((score, name, missing, over, model, value))
    return pd.DataFrame(rows, columns=[*AXES, "model", "value"])


def diagonals_of(data: Xrays, positions: np.ndarray) -> np.ndarray:
    """(N,) px: the diagonals of some images."""
    return np.array([np.hypot(*data.image(int(at)).shape[:2]) for at in positions])


def references(images: Scored, diagonals: np.ndarray) -> dict[str, np.ndarray]:
    """(N,) px each: what distances in each image are divided by, by ``REFERENCES``."""
    spans = np.ptp(images.truth, axis=1)
    pitches = [pitch(ends, kind) for ends, kind in zip(images.truth, images.positive, strict=True)]
    values = (images.reference, diagonals, np.array(pitches), np.hypot(*spans.T))
    return dict(zip(REFERENCES, values, strict=True))


def pitch(ends: np.ndarray, positive: np.ndarray) -> float:
    """Mean distance in px between neighbouring true ends of one polarity, over both polarities.

    Parameters
    ----------
    ends
        (K, 2) px, two or more of a polarity.
    positive
        (K,) bool.

    >>> pitch(np.array([[0, 0], [9, 1], [3, 4], [9, 7.0]]), np.array([False, True, False, True]))
    5.5
    """
    steps = []
    for kind in (False, True):
        own = ends[positive == kind]
        own = own[np.argsort(own[:, 1], kind="stable")]
        steps += np.hypot(*np.diff(own, axis=0).T).tolist()
    return float(np.mean(steps))


def _score(found: Errors, score: str, missing: str, over: str) -> float:
    values, counted = found.relative, found.present
    if missing == "left out":
        counted = counted & np.isfinite(values)
    elif missing == "off by the reference":
        values = np.where(np.isinf(values), 100.0, values)
    counted, values = counted[counted.any(axis=1)], values[counted.any(axis=1)]
    if not len(values):
        return np.nan
    if score != NME:
        values = values <= SCORES[score]
    if score.startswith("PCS"):
        values = (values | ~counted).all(axis=1, keepdims=True)
        counted = np.ones_like(values)
    if over == "ends":
        return float(values[counted].mean())
    sums = np.where(counted, values, 0).sum(axis=1, dtype=float)
    return float((sums / counted.sum(axis=1)).mean())
