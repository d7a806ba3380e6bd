"""Trained networks at work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cvlib import profiles
from cvlib.localize import network
from cvlib.localize.module import Localizer, heatmaps
from cvlib.localize.regions import Region
from cvlib.localize.scoring import Scored
from cvlib.runs import Run
from cvlib.training import fitting
from cvlib.training.study import device


def loaded(run: Run) -> Localizer:
    """The network of a run, in evaluation mode; UserError if its weights are damaged."""
    profile = profiles.Localization.model_validate(dict(run.settings.options))
    built = network.build(run.settings.model, profile.poles or 2)
    fitting.load(built, run.path(fitting.WEIGHTS))
    return Localizer(built, profile, [], [], run.settings.seed).eval().to(device())


def predict(
    module: Localizer,
    regions: Sequence[Region],
    labels: Sequence[np.ndarray],
    frames: pd.DataFrame,
    groups: np.ndarray,
) -> Scored:
    """What a network makes of the regions of N images.

    Parameters
    ----------
    module
        In evaluation mode.
    regions
        With the true ends.
    labels
        (K, 2) each: the ends as annotated.
    frames
        A row per image: ``name`` and ``um_per_px``; its index is their place in the data set.
    groups
        (N,) which of them show one cell.
    """
    most = max(len(own.points) for own in regions)
    profile = module.profile
    return Scored(
        names=frames["name"].to_numpy(str),
        positions=frames.index.to_numpy(),
        groups=groups,
        um_per_px=frames["um_per_px"].to_numpy(np.float64),
        rois=np.array([own.roi for own in regions], np.float64),
        truth=_filled([own.points for own in regions], most),
        labels=_filled(labels, most),
        positive=np.stack([np.pad(own.positive, (0, most - len(own.positive))) for own in regions]),
        heatmaps=heatmaps(module, regions).astype(np.float16),
        size=np.array([profile.height, profile.width]),
        sigma=profile.sigma,
    )


def _filled(points: Sequence[np.ndarray], most: int) -> np.ndarray:
    """(N, most, 2), NaN where an image has fewer."""
    filled = np.full((len(points), most, 2), np.nan)
    for row, own in zip(filled, points, strict=True):
        row[: len(own)] = own
    return filled
