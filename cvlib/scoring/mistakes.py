"""Hints at likely mistakes: the same predictions read in another way would fit far better.

Nothing is repaired; whoever made the files decides.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cvlib.data.channels import POSITIONS, Order
from cvlib.defects import CLASSES
from cvlib.measure.counts import divided

MARGIN = 0.2
"""By how much a score must rise for a hint."""

_BITS = np.arange(16)[:, None] >> np.arange(4) & 1


def mistaken_channels(joint: np.ndarray, order: Order = "RGBA") -> list[str]:
    """Hints at mask channels in another order, and at an opaque alpha channel.

    Parameters
    ----------
    joint
        (16, 16) int: pixels by the classes predicted (bit k is class k) and the classes true.
    order
        The masks were read by.

    Returns
    -------
    Sentences, mostly none.

    Examples
    --------
    >>> joint = np.zeros((16, 16), int)
    >>> joint[0, 0], joint[4, 1], joint[1, 4] = 100, 10, 10  # cracks and pinholes exchanged
    >>> print(*mistaken_channels(joint))
    The channels look like BGRA: surface_crack fits channel 2, pinhole fits channel 0; try --order BGRA.
    """
    from scipy.optimize import linear_sum_assignment  # here, since it takes long to import

    hints = []
    if joint[_BITS[:, 3] == 1].sum() > 0.99 * joint.sum() > joint[:, _BITS[:, 3] == 1].sum():
        hints.append(
            "Alpha is set in nearly every pixel: it is the class unclassified; write 0 for none, not opaque."
        )
    common = _BITS.T @ joint @ _BITS
    sizes = joint.sum(axis=1) @ _BITS, joint.sum(axis=0) @ _BITS
    dice = divided(2 * common, sizes[0][:, None] + sizes[1], otherwise=0)
    shown = np.flatnonzero(sizes[1])
    classes, channels = linear_sum_assignment(-dice.T[shown])
    fits = {int(shown[each]): int(at) for each, at in zip(classes, channels, strict=True)}
    better = np.mean([dice[at, each] - dice[each, each] for each, at in fits.items()]) if fits else 0
    moved = {each: at for each, at in fits.items() if at != each and dice[at, each] > dice[each, each]}
    if better < MARGIN or not moved:
        return hints
    other: Order = "BGRA" if order == "RGBA" else "RGBA"
    swapped = all(POSITIONS["BGRA"][each] == at for each, at in moved.items())
    fit = ", ".join(f"{CLASSES[each]} fits channel {at}" for each, at in moved.items())
    if swapped:
        return [*hints, f"The channels look like {other}: {fit}; try --order {other}."]
    return [*hints, f"The channels look mixed up: {fit}; write them in the order {', '.join(CLASSES)}."]


def better_reading(
    score: float, others: Mapping[str, float], measure: str, least: float = MARGIN
) -> list[str]:
    """A hint at the one other reading that fits best, where it fits far better.

    Parameters
    ----------
    score
        Of the files as they were read, the higher the better.
    others
        Scores by what the files would then be, in words.
    measure
        What the scores are.
    least
        By how much the score must rise.

    Examples
    --------
    >>> better_reading(0.1, {"the two classes exchanged": 0.8}, "mAP@.5")
    ['With the two classes exchanged mAP@.5 would be 0.80, not 0.10: check how the files were written.']
    >>> better_reading(0.7, {"the two classes exchanged": 0.8}, "mAP@.5")
    []
    """
    best = max(others, key=lambda name: others[name], default="")
    if not best or not others[best] - score >= least:
        return []
    rest = f"would be {others[best]:.2f}, not {score:.2f}: check how the files were written."
    return [f"With {best} {measure} {rest}"]
