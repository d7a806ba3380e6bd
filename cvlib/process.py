"""Defects against process parameters: coating gap and water in the solvent (paper 1, Methods)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlib.data import Dataset
from cvlib.defects import CLASSES
from cvlib.measure.intervals import Interval, share_interval
from cvlib.measure.trends import slopes
from cvlib.survey import Survey

PARAMETERS: dict[str, tuple[str, float, str]] = {
    "gap_um": ("coating gap", 100.0, "+100 µm"),
    "water_share": ("water in the solvent", 0.25, "+25 % water"),
}
"""Column of the table of frames, its name, and the step to which an effect is quoted."""


def known(data: Dataset) -> bool:
    """Whether a data set says how its samples were coated, with more than one setting of each parameter."""
    return all(column in data.frames and len(data.frames[column].unique()) > 1 for column in PARAMETERS)


def shares(data: Dataset, found: Survey, seed: int = 0) -> pd.DataFrame:
    """Share of images that show each class at each setting, with 95 % intervals over clips.

    Returns
    -------
    pandas.DataFrame
        One row per class, parameter and setting: ``defect``, ``parameter`` (a key of ``PARAMETERS``),
        ``setting``, ``value``, ``low``, ``high``; empty where :func:`known` is false.
    """
    rows = []
    if known(data):
        for column in PARAMETERS:
            for setting, frames in data.frames.groupby(column):
                presence = found.presence.loc[frames["name"]]
                for defect in CLASSES:
                    interval = share_interval(
                        presence[defect].to_numpy(), frames["clip"].to_numpy(), seed=seed
                    )
                    rows.append((defect, column, setting, *interval))
    return pd.DataFrame(rows, columns=["defect", "parameter", "setting", "value", "low", "high"])


def effects(data: Dataset, found: Survey, seed: int = 0) -> dict[str, list[Interval]]:
    """How much the share of images with each class changes per step of each parameter.

    Least squares on both parameters at once, 95 % bootstrap intervals over clips.

    Returns
    -------
    dict
        By class, one interval per entry of ``PARAMETERS``, in shares of 1 per step; empty where
        :func:`known` is false.
    """
    if not known(data):
        return {}
    steps = np.array([step for _, step, _ in PARAMETERS.values()])
    design = data.frames[list(PARAMETERS)].to_numpy(float) / steps
    groups = data.frames["clip"].to_numpy()
    return {
        defect: slopes(design, found.presence[defect].to_numpy(float), groups, seed=seed)
        for defect in CLASSES
    }


def effect_table(data: Dataset, found: dict[str, list[Interval]]) -> pd.DataFrame:
    """Effects as texts, and whether their interval leaves out zero, one row per class and parameter."""
    rows = [
        {
            "defect": data.class_titles[defect],
            "change of": step,
            "share of images [95 %]": f"{100 * value:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]",
            "interval": "above zero" if low > 0 else "below zero" if high < 0 else "includes zero",
        }
        for defect, intervals in found.items()
        for (_, _, step), (value, low, high) in zip(PARAMETERS.values(), intervals, strict=True)
    ]
    return pd.DataFrame(rows or [{"defect": "this data set names no process parameters"}])
