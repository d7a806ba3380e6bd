"""Exercises of the chapter on heatmaps and their correction."""

from __future__ import annotations

import numpy as np

from cvlib.exercises.checking import Exercise
from cvlib.localize import heatmap as codec

DISTANCES = np.array([[1.0, 2.0, 0.5, 1.5], [3.0, 1.0, 4.0, 2.0], [0.5, 0.5, 1.0, 6.0]])
"""Px, of four ends in three X-rays."""

REGIONS = np.array([[90.0, 120.0], [300.0, 400.0], [60.0, 80.0]])
"""Width and height of the region of interest of each X-ray, px."""

DIAGONALS = np.hypot(*REGIONS.T)[:, None]

RELATIVE = np.array([[0.2, 0.4, 0.9], [0.3, 1.2, np.nan], [0.8, np.nan, np.nan], [0.1, np.inf, 0.2]])
"""Percent: right, wrong by a little, right with one end, wrong by a missing end."""


def pcs(relative: np.ndarray, percent: float) -> float:
    """Share of samples of which every end is off by the threshold or less."""
    return float(np.mean(np.nanmax(relative, axis=1) <= percent))


def decode(heatmap: np.ndarray) -> np.ndarray:
    """The point x, y of a heatmap, px of the input."""
    return codec.decode(heatmap[None], "quarter").points[0]


def fuse(p: np.ndarray, q: np.ndarray, s_p: float, s_q: float) -> np.ndarray:
    """Mean of two points, weighed by inverse variances; p where there is no q."""
    return np.where(np.isnan(q), p, _weighed(p, q, s_p**-2, s_q**-2))


def _weighed(p: np.ndarray, q: np.ndarray, own: float, corner: float) -> np.ndarray:
    return (own * p + corner * q) / (own + corner)


def _maps() -> list[tuple[np.ndarray]]:
    points = np.array([[21.0, 14.0], [40.2, 9.9], [30.4, 22.6]])
    return [(each,) for each in codec.encode(points, (32, 64))]


def _points() -> list[tuple[np.ndarray, np.ndarray, float, float]]:
    p = np.array([[10.0, 20.0], [30.0, 27.0], [50.0, 34.0]])
    q = np.array([[12.0, 19.0], [np.nan, np.nan], [49.0, 36.0]])
    return [(p, q, 1.0, 2.0), (p, q, 3.0, 1.0)]


EXERCISES = {
    "nme": Exercise(
        solution=lambda: np.mean(100 * DISTANCES / DIAGONALS),
        mistakes={
            "you divided by the image's diagonal, not by that of each region of interest": (
                lambda: np.mean(100 * DISTANCES / np.hypot(480, 640))
            ),
            "this is the mean distance over the mean diagonal: take each distance by its own diagonal, then "
            "the mean": lambda: 100 * DISTANCES.mean() / DIAGONALS.mean(),
            "you divided by the width of each region: its reference distance is the diagonal": (
                lambda: np.mean(100 * DISTANCES / REGIONS[:, :1])
            ),
            "this is a share of the diagonal: NME is in percent": lambda: np.mean(DISTANCES / DIAGONALS),
        },
    ),
    "whole-samples": Exercise(
        solution=pcs,
        mistakes={
            "this is PCK, which counts ends: PCS counts samples": (
                lambda relative, percent: np.sum(relative <= percent) / np.sum(~np.isnan(relative))
            ),
            "ends that a sample does not have (NaN) count as wrong here: leave them out": (
                lambda relative, percent: np.mean((relative <= percent).all(axis=1))
            ),
            "an end that was not found is left out here: it is wrong, and so is its sample": (
                lambda relative, percent: pcs(np.where(np.isinf(relative), np.nan, relative), percent)
            ),
            "a sample counts here if its mean error is small enough: every one of its ends has to be": (
                lambda relative, percent: np.mean(np.nanmean(relative, axis=1) <= percent)
            ),
        },
        inputs=lambda: [(RELATIVE, 1.0), (RELATIVE, 1.25)],
    ),
    "decode": Exercise(
        solution=decode,
        mistakes={
            "x and y are exchanged: the first index of an array is the row, which is y": (
                lambda heatmap: decode(heatmap)[::-1]
            ),
            "this is where the cell begins, 4 j: its centre lies 1.5 px further on": (
                lambda heatmap: decode(heatmap) - 1.5
            ),
            "these are cells of the heatmap: the point is asked for in px of the input": (
                lambda heatmap: codec.to_cells(decode(heatmap))
            ),
            "this is the centre of the highest cell: move it a quarter of a cell, along each axis": (
                lambda heatmap: codec.decode(heatmap[None], "argmax").points[0]
            ),
        },
        inputs=_maps,
    ),
    "fuse": Exercise(
        solution=fuse,
        mistakes={
            "the weights are exchanged: the point with the smaller error gets the larger one": (
                lambda p, q, s_p, s_q: fuse(p, q, s_q, s_p)
            ),
            "you weighed by inverse standard deviations: other weights give a smaller variance": (
                lambda p, q, s_p, s_q: np.where(np.isnan(q), p, _weighed(p, q, 1 / s_p, 1 / s_q))
            ),
            "this is the plain mean, which takes both points for equally exact": (
                lambda p, q, s_p, s_q: np.where(np.isnan(q), p, (p + q) / 2)
            ),
            "where there is no corner the result is NaN here: the predicted point stays": (
                lambda p, q, s_p, s_q: _weighed(p, q, s_p**-2, s_q**-2)
            ),
        },
        inputs=_points,
    ),
}
