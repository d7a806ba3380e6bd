"""Which paper channel a mask file holds where: not said by the files, so measured and stated."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from cvlib.data.findings import bad_file
from cvlib.defects import CLASSES
from cvlib.errors import DataError
from cvlib.papers import claim

Order = Literal["RGBA", "BGRA"]
Channels = Literal["auto", "RGBA", "BGRA"]

POSITIONS: dict[str, tuple[int, int, int, int]] = {"RGBA": (0, 1, 2, 3), "BGRA": (2, 1, 0, 3)}
"""Where each class of ``cvlib.defects.CLASSES`` lies in a mask as an RGBA reader sees it.

RGBA: surface crack in red, as the paper counts channels. BGRA: surface crack in blue, which is what OpenCV
writes from an array whose channel 0 is the surface crack.
"""

PUBLISHED = tuple(claim(f"p1.{name}.share").value for name in CLASSES[:3])
"""Percent of images with surface crack, delamination and pinhole (paper 1, Data Records)."""

FARTHEST = 25.0
"""Percentage points by which any of the three shares may differ from the published one."""
MARGIN = 15.0
"""Percentage points by which the other order must be farther away."""
FEWEST = 50
"""Masks looked at, at least: neighbouring frames look alike, so few masks stand for fewer samples still."""
LOOKED_AT = 300
"""Masks looked at, at most: chance moves their shares by 3 points, the orders are 64 points apart."""


def refuse_channels(channels: str) -> None:
    """Raise DataError for anything but ``auto``, ``RGBA`` and ``BGRA``."""
    if channels not in get_args(Channels):
        raise DataError(f"channels={channels}: expected {', '.join(get_args(Channels))}; choose one of them")


def looked_at(count: int) -> list[int]:
    """Positions of the masks that ``auto`` looks at: all, or ``LOOKED_AT`` evenly spaced ones.

    >>> looked_at(3), len(looked_at(2227))
    ([0, 1, 2], 300)
    """
    return [int(place) for place in np.linspace(0, count - 1, min(count, LOOKED_AT)).round()]


def set_somewhere(mask: np.ndarray) -> np.ndarray:
    """Which channels of a mask are not 0 in at least one pixel: (4,) bool.

    Parameters
    ----------
    mask
        (H, W, 4) uint8 or bool. Four bytes are combined as one number: a hundredth of the time of ``any``.

    >>> set_somewhere(np.eye(4, dtype=np.uint8)[None, :2]).tolist()
    [True, True, False, False]
    """
    return np.bitwise_or.reduce(_pixels(mask)).reshape(1).view(np.uint8) != 0


def set_everywhere(mask: np.ndarray) -> np.ndarray:
    """Which channels of a mask, (H, W, 4) uint8 of 0 and one other value, are 0 in no pixel: (4,) bool.

    >>> set_everywhere(np.array([[[1, 0, 0, 1], [0, 1, 0, 1]]], np.uint8)).tolist()
    [False, False, False, True]
    """
    return np.bitwise_and.reduce(_pixels(mask)).reshape(1).view(np.uint8) != 0


def _pixels(mask: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(mask).reshape(-1).view(np.uint32)


def choose_order(present: np.ndarray) -> tuple[Order, str]:
    """The order whose shares of images lie closest to the published ones.

    Parameters
    ----------
    present
        (N, 4) bool: which channels of each mask, red, green, blue and alpha, hold any defect.

    Returns
    -------
    The order, and one sentence that says why.

    Raises
    ------
    DataError
        There are fewer than ``FEWEST`` masks, the nearer order is more than ``FARTHEST`` points from a
        published share, or the other one is not at least ``MARGIN`` points farther.

    >>> masks = np.zeros((100, 4), bool)
    >>> masks[:20, 0] = masks[:10, 1] = masks[:85, 2] = True
    >>> choose_order(masks)[0]
    'BGRA'
    """
    remedy = "pass channels=RGBA (surface crack in red) or channels=BGRA (in blue)"
    remedy += "; on the command line --channels RGBA, for a chapter -p channels=RGBA"
    if len(present) < FEWEST:
        message = f"{len(present)} masks, expected at least {FEWEST} to tell the channel order from them"
        raise bad_file("segmentation/masks", f"{message}; {remedy}")
    shares = 100 * present.mean(axis=0)
    distance = {order: _distance(shares, order) for order in get_args(Order)}
    nearest, other = sorted(get_args(Order), key=lambda order: distance[order])
    seen = ", ".join(f"{share:.0f} %" for share in shares[:3])
    looked = f"red, green and blue are set in {seen} of {len(present)} masks"
    published = ", ".join(f"{share:.0f} %" for share in PUBLISHED)
    far = f"{distance[nearest]:.0f} points from the published {published}, {other} {distance[other]:.0f}"
    if distance[nearest] > FARTHEST or distance[other] - distance[nearest] < MARGIN:
        message = f"{looked}; {nearest} would be {far}: too unclear to tell the channel order"
        raise bad_file("segmentation/masks", f"{message}; {remedy}")
    return nearest, f"Channel order {nearest} chosen: {looked}, which is {far}."


def _distance(shares: np.ndarray, order: str) -> float:
    return float(np.abs(shares[list(POSITIONS[order][:3])] - PUBLISHED).max())
