"""Figures of the chapter on annotation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure

from cvlib.annotate import study
from cvlib.annotate.compare import found_early
from cvlib.annotate.loop import DISPUTED, FITTED, NETWORKS, RANDOM, THRESHOLDS
from cvlib.annotate.prelabels import Labelled
from cvlib.annotate.scores import MEAN
from cvlib.figures.style import ON_DARK, SERIES, WIDTH, class_legend, overlay, panels, show_picture

ORDERS = {DISPUTED: SERIES[0], RANDOM: SERIES[1]}


def pictures(shown: Mapping[str, np.ndarray], columns: int = 4) -> Figure:
    """Pictures of one size beside each other.

    Parameters
    ----------
    shown
        (H, W) or (H, W, 3) uint8, by title.
    columns
        In a row.
    """
    rows = -(-len(shown) // columns)
    height, width = next(iter(shown.values())).shape[:2]
    figure, axes = panels(rows, columns, height=rows * (WIDTH / columns * height / width + 0.3))
    for plot in axes.flat[len(shown) :]:
        plot.set_axis_off()
    for plot, (title, picture) in zip(axes.flat, shown.items(), strict=False):
        show_picture(plot, picture, title)
    return figure


def with_masks(
    image: np.ndarray, masks: Mapping[str, np.ndarray], class_titles: Mapping[str, str], columns: int = 4
) -> Figure:
    """An image, and masks of it in class colours.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    masks
        (4, H, W) bool, by title.
    class_titles
        Of the classes.
    columns
        In a row.
    """
    drawn = {title: overlay(image, mask.transpose(1, 2, 0)) for title, mask in masks.items()}
    figure = pictures({"image": image, **drawn}, columns)
    class_legend(figure, class_titles)
    return figure


def steps(image: np.ndarray, found: Labelled, contrast: np.ndarray) -> Figure:
    """How an image gets its first label, up to the components that rules then name.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    found
        As :func:`cvlib.annotate.prelabels.label_image` gives it.
    contrast
        (H, W) uint8: what the threshold is compared with.
    """
    return pictures(
        {
            "image": image,
            "even light": contrast,
            "above the threshold": 255 * (found.defects | found.foreign).astype(np.uint8),
            "components": _coloured(found.labels),
        }
    )


def _coloured(labels: np.ndarray) -> np.ndarray:
    """Components of (H, W) in colours that tell neighbours apart: (H, W, 3) uint8."""
    palette = (255 * to_rgba_array(ON_DARK)[:, :3]).round().astype(np.uint8)
    coloured = palette[labels % len(palette)]
    coloured[labels == 0] = 0
    return coloured


def review_gain(orders: Mapping[str, np.ndarray], todo: np.ndarray) -> Figure:
    """How early in a queue the corrections come.

    Parameters
    ----------
    orders
        (N,) what a queue is ordered by, highest first, by title.
    todo
        (N,) corrections of each image.
    """
    figure, axes = panels(1, 1, height=3.2, width=0.62 * WIDTH)
    plot, shares = axes[0, 0], np.linspace(0, 1, len(todo) + 1)
    best = found_early(todo, todo)
    plot.fill_between(shares, shares, best, color="0.93", lw=0, label="within reach")
    plot.plot([0, 1], [0, 1], color="0.6", lw=1, label="random, expected")
    for (title, order), (colour, _, line) in zip(orders.items(), SERIES, strict=False):
        plot.plot(shares, found_early(order, todo), color=colour, ls=line, lw=2, label=title)
    plot.set(xlabel="share of the images reviewed", ylabel="share of the corrections found")
    plot.set(xlim=(0, 1), ylim=(0, 1.01))
    plot.legend(fontsize="small", loc="lower right")
    return figure


def curves(table: pd.DataFrame) -> Figure:
    """What labels of images that nobody reviewed are worth, against how many were reviewed.

    Parameters
    ----------
    table
        Of :func:`cvlib.annotate.study.table`; of several seeds, a line each.
    """
    figure, axes = panels(1, 3, height=3.3)
    rows = table[(table["than"].fillna("") == "") & (table["class"] == MEAN)]
    for plot, measure in zip(axes[0], ("F1", study.PIXELS, study.TODO), strict=True):
        own = rows[rows["measure"] == measure]
        for seed in own["seed"].unique():
            _lines(plot, own[own["seed"] == seed])
        plot.set(xlabel="images reviewed", xlim=(-6, own["reviewed"].max() + 6))
        plot.set_ylim(bottom=0)
        plot.set_title("F1, mean of classes" if measure == "F1" else measure, fontsize="small")
    axes[0, 0].set_ylim(0, 1)
    handles, titles = axes[0, 0].get_legend_handles_labels()
    named = dict(zip(titles, handles, strict=True))
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=4, fontsize="small")
    return figure


def _lines(plot: Axes, rows: pd.DataFrame) -> None:
    before = rows[rows["labels"] == THRESHOLDS]
    plot.errorbar(
        0, before["value"], _reach(before), fmt="D", color=SERIES[2].colour, ms=5, lw=1, label=THRESHOLDS
    )
    for order, (colour, mark, line) in ORDERS.items():
        own = rows[(rows["order"] == order) & (rows["labels"] == NETWORKS)].sort_values("reviewed")
        place = own["reviewed"] + (1 if order == DISPUTED else -1)
        plot.errorbar(
            place,
            own["value"],
            _reach(own),
            color=colour,
            marker=mark,
            ls=line,
            ms=5,
            lw=1.4,
            label=f"networks, {order}",
        )
    fitted = rows[rows["labels"] == FITTED]
    plot.errorbar(
        fitted["reviewed"],
        fitted["value"],
        _reach(fitted),
        fmt="^",
        color=SERIES[2].colour,
        ms=5,
        lw=1,
        label=FITTED,
    )


def _reach(rows: pd.DataFrame) -> np.ndarray:
    """Lengths of the bars below and above; none where there is no interval."""
    bounds = np.array([rows["value"] - rows["low"], rows["high"] - rows["value"]])
    return np.nan_to_num(bounds).clip(0)
