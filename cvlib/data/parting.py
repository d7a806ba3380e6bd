"""The split that every run of the book trains and tests on, for whoever has no run at hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cvlib.data.splits import Kind, Split, split

SEED = 0


class Shares(NamedTuple):
    """Of all images, which part chooses a checkpoint or threshold, and which is tested on."""

    test: float
    validation: float


COATINGS = Shares(0.2, 0.1)
"""Of the tasks of paper 1, see ``cvlib.training.study``."""

XRAYS = Shares(1 / 3, 1 / 6)
"""Of paper 2, see ``cvlib.localize.study``."""


def standard_split(
    frames: pd.DataFrame, kind: Kind, labels: pd.DataFrame, groups: np.ndarray, shares: Shares = COATINGS
) -> Split:
    """The split of a run that takes all images of a data set.

    Parameters
    ----------
    frames, labels
        Of the data set.
    kind
        ``groups``: no clip is on both sides; ``random``: by image.
    groups
        (N,) which images belong together, of coatings ``cvlib.data.duplicates.groups_of``.
    shares
        ``COATINGS`` or ``XRAYS``.

    Raises
    ------
    UserError
        There are fewer groups (images) than parts.

    Examples
    --------
    >>> frames = pd.DataFrame({"name": list("abcdefghij")})
    >>> shown = pd.DataFrame({"pinhole": [True] * 10}, index=frames["name"])
    >>> divided = standard_split(frames, "random", shown, np.arange(10))
    >>> {part: len(names) for part, names in divided.parts.items()}
    {'train': 7, 'validation': 1, 'test': 2}
    """
    return split(frames, kind, SEED, labels, groups, test=shares.test, validation=shares.validation)
