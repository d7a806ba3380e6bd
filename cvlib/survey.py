"""One pass over a data set: which defects each image shows, and every object with its measures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from cvlib.data import Dataset
from cvlib.defects import CLASSES
from cvlib.measure.objects import Objects, find_objects
from cvlib.measure.roundness import measurable, polygon_roundness, roundness


class Survey(NamedTuple):
    """What a data set holds.

    Attributes
    ----------
    presence
        (N, 4) DataFrame of bool, one row per image named as in ``Dataset.frames``, one column per class:
        whether the mask has a pixel of it.
    objects
        One row per 8-connected object: ``image``, ``defect``, bounding box ``x y width height`` and ``area``
        in pixels, ``holes``, ``touches_border``, ``roundness``, ``polygon_roundness``, ``measurable``.
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
            found = find_objects(mask[:, :, channel])
            parts.append((index, int(channel), found))
    names = dataset.frames["name"]
    return Survey(pd.DataFrame(presence, index=pd.Index(names), columns=list(CLASSES)), _table(names, parts))


def _table(names: pd.Series, parts: list[tuple[int, int, Objects]]) -> pd.DataFrame:
    def joined(field: str) -> np.ndarray:
        return np.concatenate([np.zeros(0), *(getattr(found, field) for _, _, found in parts)])

    counts = [len(found.area) for _, _, found in parts]
    objects = Objects(*(joined(field) for field in Objects._fields))
    table = pd.DataFrame(
        {
            "image": names.to_numpy()[np.repeat([index for index, _, _ in parts], counts).astype(int)],
            "defect": np.array(CLASSES)[np.repeat([channel for _, channel, _ in parts], counts).astype(int)],
        }
    )
    for field in ("x", "y", "width", "height", "area", "holes"):
        table[field] = getattr(objects, field).astype(np.int64)
    table["touches_border"] = objects.touches_border.astype(bool)
    table["roundness"] = roundness(objects.area, objects.boundary_length)
    table["polygon_roundness"] = polygon_roundness(objects.polygon_area, objects.polygon_length)
    table["measurable"] = measurable(objects._replace(touches_border=table["touches_border"].to_numpy()))
    return table


def examples(presence: pd.DataFrame, count: int, seed: int = 0) -> list[int]:
    """Positions of images to show: the one with the most classes, then one for each class in turn.

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
    for channel in range(count - 1):
        free = np.setdiff1d(np.arange(len(flags)), chosen)
        showing = free[flags[free, channel % flags.shape[1]]]
        candidates = showing if len(showing) else free
        if len(candidates):
            chosen.append(int(generator.choice(candidates)))
    return chosen
