"""What hashes and correlation see of a frame that has moved, on simulated samples, where it is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cvlib.data import repeats
from cvlib.data.duplicates import LEAST
from cvlib.data.filmed import Filmed
from cvlib.data.hashes import distance
from cvlib.data.repeats import Repeats
from cvlib.measure.intervals import Interval, share_interval
from cvlib.simulate.coating import WIDTH

OFFSETS = (0, 1, 3, 7, 15, 31, 64, 96, 128, 192, 256, 320, 384, 448)
"""Left edges of the frames of each sample, px: their differences go from 1 to 448."""

CASES = {
    "saved again, shifted by 4 px at most": (-1, 4),
    "overlap 95 % or more": (0, 32),
    "overlap 90 to 95 %": (32, 64),
    "overlap 75 to 90 %": (64, 160),
    "overlap 50 to 75 %": (160, 320),
    "overlap 30 to 50 %": (320, 448),
}
"""Pairs of frames by shift, px: above the first number, up to the second. The first case is of changed
copies, the others are of frames that differ in shift and noise alone."""


NONE = Interval(np.nan, np.nan, np.nan)
"""Of a case without pairs."""


class Trial(NamedTuple):
    """All pairs of frames of all samples.

    Attributes
    ----------
    same
        A row per pair of one sample: ``clip``, ``shift_px``, ``bits`` (of 64 that differ), ``score``
        (correlation where the finder put them; NaN where it saw no likeness), ``identical`` (same pixels).
    other
        The same of pairs of different samples.
    """

    same: pd.DataFrame
    other: pd.DataFrame


def film(samples: int = 12, seed: int = 0) -> Trial:
    """Frames at ``OFFSETS`` of each sample, light standing still, noise of its own in each."""
    return _trial(Filmed([OFFSETS] * samples, seed))


def copies(samples: int = 12, seed: int = 0) -> Trial:
    """A frame and three changed copies of it, each sample: shifted by up to 4 px, see ``Filmed``."""
    rng = np.random.default_rng([seed, 6])
    offsets = [[200, *(200 + rng.integers(-4, 5, 3)).tolist()] for _ in range(samples)]
    return _trial(Filmed(offsets, seed, changed=True))


def recall(
    moved: pd.DataFrame, copied: pd.DataFrame, bits: int = repeats.BITS, least: float = LEAST, seed: int = 0
) -> dict[str, dict[str, Interval | int]]:
    """Share of pairs of one sample that each way finds.

    Parameters
    ----------
    moved, copied
        ``same`` of :func:`film` and of :func:`copies`.
    bits, least
        From which hashes count as alike, and correlated pairs as overlapping.
    seed
        Of the intervals, which are over samples.

    Returns
    -------
    By case: ``pairs``, and the share found by ``same pixels``, ``perceptual hash`` and ``correlation``; NaN
    where there are no pairs.
    """
    rows: dict[str, dict[str, Interval | int]] = {}
    for case, (above, most) in CASES.items():
        table = copied[copied["of_first"]] if above < 0 else moved
        own = table[table["shift_px"].between(above, most, inclusive="right")]
        ways = {
            "same pixels": own["identical"],
            "perceptual hash": own["bits"] <= bits,
            "correlation": own["score"] >= least,
        }
        clips = own["clip"].to_numpy()
        rows[case] = {"pairs": len(own)} | {
            way: share_interval(hits.to_numpy(bool), clips, seed) if len(own) else NONE
            for way, hits in ways.items()
        }
    return rows


def _trial(data: Filmed) -> Trial:
    found = repeats.find(data, kept=-1)
    table = _all_pairs(data, found)
    one = table["clip"] == table.pop("other_clip")
    return Trial(table[one].reset_index(drop=True), table[~one].reset_index(drop=True))


def _all_pairs(data: Filmed, found: Repeats) -> pd.DataFrame:
    first, second = np.triu_indices(len(data), 1)
    clip, offset = data.frames["clip"].to_numpy(), data.frames["offset_px"].to_numpy()
    score = np.full((len(data), len(data)), np.nan)
    score[found.compared["first"], found.compared["second"]] = found.compared["score"]
    same = np.zeros_like(score, bool)
    same[found.identical["first"], found.identical["second"]] = True
    starts = np.flatnonzero(np.diff(clip, prepend=-1))
    return pd.DataFrame(
        {
            "clip": clip[first],
            "other_clip": clip[second],
            "shift_px": np.abs(offset[second] - offset[first]),
            "overlap": 1 - np.abs(offset[second] - offset[first]) / WIDTH,
            "bits": distance(found.hashes[first], found.hashes[second]),
            "score": score[first, second],
            "identical": same[first, second],
            "of_first": np.isin(first, starts),
        }
    )
