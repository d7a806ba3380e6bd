"""Figures of the chapter on roundness."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvlib.data import Dataset
from cvlib.defects import CLASSES
from cvlib.figures.style import SERIES, overlay, panels, show_picture
from cvlib.measure.roundness import ESTIMATORS

COLOURS: dict[str, str] = {
    "roundness": SERIES[1].colour,
    "polygon_roundness": SERIES[2].colour,
    "crofton_roundness": SERIES[0].colour,
}
"""Colour of each estimator of ``cvlib.measure.roundness.ESTIMATORS``."""


def gallery(data: Dataset, objects: pd.DataFrame, columns: int = 8, margin: int = 12) -> Figure:
    """Close-ups of objects from ragged to round, each above its mask (paper 1, Fig. 6).

    Parameters
    ----------
    data
        The data set the objects come from.
    objects
        Rows of the object table; those at evenly spaced ranks of roundness are shown.
    columns
        How many to show.
    margin
        Pixels around the bounding box.
    """
    ranks = np.linspace(0, len(objects) - 1, min(columns, len(objects))).round().astype(int)
    chosen = objects.sort_values("roundness").iloc[ranks]
    position = {name: index for index, name in enumerate(data.frames["name"])}
    figure, axes = panels(2, max(1, len(chosen)), height=2.5)
    if chosen.empty:
        show_picture(axes[0, 0], np.full((1, 1), 255), "no object to show")
        axes[1, 0].set_axis_off()
    for column, (_, item) in enumerate(chosen.iterrows()):
        index = position[item["image"]]
        own = np.array(CLASSES) == item["defect"]
        image, mask = data.image(index), data.mask(index) & own
        side = max(item["width"], item["height"]) // 2 + margin
        top, left = item["y"] + item["height"] // 2 - side, item["x"] + item["width"] // 2 - side
        picture = _window(image, top, left, 2 * side)
        show_picture(axes[0, column], picture, f"{item['roundness']:.2f}")
        show_picture(axes[1, column], overlay(picture, _window(mask, top, left, 2 * side), opacity=1))
    return figure


def _window(array: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """A square out of an image or mask; what lies beyond its border is black."""
    padded = np.pad(array, ((side, side), (side, side), (0, 0)))
    return padded[top + side : top + 2 * side, left + side : left + 2 * side]


def histogram(objects: pd.DataFrame, title: str) -> Figure:
    """Roundness of measurable objects under every estimator (paper 1, Fig. 8).

    Parameters
    ----------
    objects
        Rows of the object table to show; only measurable ones are counted.
    title
        Above the plot.
    """
    figure, axes = panels(1, 1, height=3.0, width=6.4)
    _draw_histogram(axes[0, 0], objects, title)
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    return figure


def compare(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Histograms of several data sets side by side, on one scale of roundness."""
    figure, axes = panels(1, len(tables), height=3.0, sharex=True)
    for plot, (title, objects) in zip(axes[0], tables.items(), strict=True):
        _draw_histogram(plot, objects, title)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3, fontsize="small")
    return figure


def _draw_histogram(plot: Axes, objects: pd.DataFrame, title: str) -> None:
    counted = objects[objects["measurable"]]
    edges = np.arange(0, 1.25, 0.04).tolist()
    for column, name in ESTIMATORS.items():
        colour = COLOURS[column]
        plot.hist(counted[column], bins=edges, histtype="step", color=colour, lw=1.5, label=name)
        if len(counted):
            plot.axvline(counted[column].median(), color=colour, ls="--", lw=1)
    plot.set(xlabel="roundness", ylabel="objects", title=f"{title}\n{len(counted):,} objects")


def discs(radii: np.ndarray, values: Mapping[str, np.ndarray]) -> Figure:
    """What each estimator says of discs, whose roundness is 1: median and middle 90 %.

    Parameters
    ----------
    radii
        (R,) in pixels.
    values
        As ``cvlib.measure.roundness.roundness_of_discs`` gives them: (R, discs) by estimator.
    """
    figure, axes = panels(1, 1, height=3.0, width=6.4)
    plot = axes[0, 0]
    for column, name in ESTIMATORS.items():
        colour = COLOURS[column]
        low, middle, high = np.quantile(values[column], [0.05, 0.5, 0.95], axis=1)
        plot.plot(radii, middle, color=colour, label=name)
        plot.fill_between(radii, low, high, color=colour, alpha=0.25, lw=0)
    plot.axhline(1, color="black", lw=1, ls=":")
    plot.set(xlabel="radius in px", ylabel="roundness of a disc")
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    return figure
