"""One pass over a data set: which defects each image shows, and every object with its measures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from cvlib.data import Dataset
from cvlib.defects import CLASSES
from cvlib.measure.crofton import crofton_lengths
from cvlib.measure.objects import Objects, find_objects
from cvlib.measure.roundness import estimates, measurable


class Survey(NamedTuple):
    """What a data set holds.

    Attributes
    ----------
    presence
        (N, 4) DataFrame of bool, one row per image named as in ``Dataset.frames``, one column per class:
        whether the mask has a pixel of it.
    objects
        One row per 8-connected object: ``image``, its ``clip``, ``defect``, box ``x y width height``
        and ``area`` in pixels, ``holes``, ``touches_border``, ``measurable``, roundness by each estimator.
    """

    presence: pd.DataFrame
    objects: pd.DataFrame


def survey(dataset: Dataset, progress: bool = False) -> Survey:
    """Measure every mask of a data set once; memory grows with the number of objects only."""
    presence = np.zeros((len(dataset), len(CLASSES)), bool)
    parts = []
    for index in tqdm(range(len(dataset)), desc="measuring", unit="mask", disable=None if progress else True):
        mask = dataset.mask(index)
        presence[index] = mask.any(axis=(0, 1))
        for channel in np.flatnonzero(presence[index]):
            plane = np.ascontiguousarray(mask[:, :, channel])
            parts.append((index, int(channel), find_objects(plane), crofton_lengths(plane)))
    names = pd.Index(dataset.frames["name"])
    return Survey(pd.DataFrame(presence, index=names, columns=list(CLASSES)), _table(dataset.frames, parts))


def _table(frames: pd.DataFrame, parts: list[tuple[int, int, Objects, np.ndarray]]) -> pd.DataFrame:
    tables = [_part(*part) for part in parts] or [_part(0, 0, *_NOTHING)]
    table = pd.concat(tables, ignore_index=True)
    position = table.pop("image")
    table.insert(0, "image", frames["name"].to_numpy()[position])
    table.insert(1, "clip", frames["clip"].to_numpy()[position])
    return table


_NOTHING = (find_objects(np.zeros((1, 1), bool)), crofton_lengths(np.zeros((1, 1), bool)))


def _part(index: int, channel: int, found: Objects, crofton: np.ndarray) -> pd.DataFrame:
    columns = {field: getattr(found, field) for field in ("x", "y", "width", "height", "area", "holes")}
    return pd.DataFrame(
        {
            "image": np.full(len(found.area), index),
            "defect": CLASSES[channel],
            **columns,
            "touches_border": found.touches_border,
            **estimates(found, crofton),
            "measurable": measurable(found),
        }
    )


def examples(presence: pd.DataFrame, count: int, seed: int = 0) -> list[int]:
    """Positions of images to show: the one with the most classes, then the class shown least.

    Parameters
    ----------
    presence
        (N, classes) bool, at least one row.
    count
        How many positions; fewer if there are fewer images.
    seed
        Of the picking.
    """
    generator = np.random.default_rng(seed)
    flags = presence.to_numpy()
    chosen = [int(flags.sum(axis=1).argmax())]
    while len(chosen) < min(count, len(flags)):
        free = np.setdiff1d(np.arange(len(flags)), chosen)
        # the class shown least so far, of those that a free image has
        rarest = np.where(flags[free].any(axis=0), flags[chosen].sum(axis=0), len(flags)).argmin()
        showing = free[flags[free, rarest]]
        chosen.append(int(generator.choice(showing if len(showing) else free)))
    return chosen
