"""Figures of the chapter on corners and the region of interest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cvlib.figures.style import SERIES, WIDTH, panels, show_picture
from cvlib.localize.corners import LEVELS, SCALE, Corners
from cvlib.localize.roi import Method, Roi, row_profile

POLARITIES = {False: ("negative", SERIES[2].colour), True: ("positive", SERIES[1].colour)}
"""Name and colour of each kind of plate, by whether it is positive."""

REGIONS: dict[Method, str] = {"paper": SERIES[1].colour, "robust": SERIES[2].colour}
"""Colour of each method's region of interest."""


def examples(
    images: Sequence[np.ndarray], points: Sequence[np.ndarray], positives: Sequence[np.ndarray]
) -> Figure:
    """X-rays (above) with a close-up of their plate ends (below), a column each.

    Parameters
    ----------
    images, points, positives
        (H, W) uint8, (K, 2) px and (K,) bool of each.
    """
    figure, axes = panels(2, len(images), height=3.9)
    for column, image, ends, positive in zip(axes.T, images, points, positives, strict=True):
        show_picture(column[0], image)
        show_picture(column[1], image)
        middle, reach = ends.mean(axis=0), 0.75 * max(np.ptp(ends, axis=0).max(), 30)
        column[0].add_patch(
            Rectangle(tuple(middle - reach), 2 * reach, 2 * reach, fill=False, ec="w", lw=0.8)
        )
        column[1].set(
            xlim=(middle[0] - reach, middle[0] + reach), ylim=(middle[1] + reach, middle[1] - reach)
        )
        for kind, (_, colour) in POLARITIES.items():
            column[1].plot(*ends[positive == kind].T, **_end(kind, colour))
    _polarity_legend(figure)
    return figure


def _end(positive: bool, colour: str) -> dict[str, Any]:
    """A full dot at the end of a negative plate, a hollow one at that of a positive plate."""
    return {"marker": "o", "ls": "", "ms": 4, "mec": colour, "mfc": "white" if positive else colour}


def _polarity_legend(figure: Figure) -> None:
    handles = [
        figure.axes[0].plot([], [], label=f"end of a {name} plate", **_end(kind, colour))[0]
        for kind, (name, colour) in POLARITIES.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize="small")


def corners(image: np.ndarray, found: Mapping[int, Mapping[int, Corners]]) -> Figure:
    """An X-ray with its corners, coloured by octave.

    Parameters
    ----------
    image
        (H, W) uint8.
    found
        By ``fastThreshold`` (rows), then by N (columns).
    """
    columns = len(next(iter(found.values())))
    across = 0.88 * WIDTH / columns  # the rest is for the scale of colours
    tall = len(found) * (across * image.shape[0] / image.shape[1] + 0.3)
    figure, axes = panels(len(found), columns, height=tall)
    for row, (threshold, by_count) in zip(axes, found.items(), strict=True):
        for plot, (count, own) in zip(row, by_count.items(), strict=True):
            title = f"threshold {threshold}, N = {count}: {len(own.points)} found"
            show_picture(plot, image // 2 + 127, title)  # paler, so that dots show
            x, y = own.points.T
            dots = plot.scatter(
                x, y, c=own.octave, s=3, cmap="plasma", vmin=-0.5, vmax=LEVELS - 0.5, linewidths=0
            )
    figure.colorbar(dots, ax=axes, label="octave", ticks=range(LEVELS), shrink=0.8)
    return figure


def offsets(medians: pd.DataFrame) -> Figure:
    """Where corners lie from plate ends: along the plate (left) and across it (right), by octave.

    Parameters
    ----------
    medians
        From :func:`cvlib.localize.survey.offset_medians`.
    """
    figure, (axes,) = panels(1, 2, height=3.4)
    titles = {"along": "along the plate, inwards (px)", "across": "across the plate, downwards (px)"}
    for plot, (name, title) in zip(axes, titles.items(), strict=True):
        plot.axhline(0, color="0.75", lw=1, zorder=0)
        for place, (kind, (polarity, colour)) in enumerate(POLARITIES.items()):
            own = medians[medians["positive"] == kind]
            side = 0.12 * (2 * place - 1)
            _intervals(plot, own, name, side, colour, "o", f"{polarity}, shift removed")
            _intervals(plot, own, f"raw_{name}", side, colour, "x", f"{polarity}, as OpenCV gives it")
        plot.set(xlabel="octave", xticks=range(LEVELS))
        plot.set_title(title, fontsize="small")
    first = [each.value for each in medians[medians["octave"] == 0]["along"]]
    octaves = np.arange(LEVELS)
    label = f"in proportion to {SCALE}$^\\mathrm{{octave}}$"
    if first:
        axes[0].plot(octaves, np.mean(first) * SCALE**octaves, color="0.6", lw=1, zorder=0, label=label)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize="small")
    return figure


def _intervals(
    plot: Axes, medians: pd.DataFrame, name: str, side: float, colour: str, marker: str, label: str
) -> None:
    value, low, high = np.array([tuple(each) for each in medians[name]], np.float64).reshape(-1, 3).T
    bars = np.nan_to_num([value - low, high - value])
    where = medians["octave"] + side
    plot.errorbar(where, value, yerr=bars, fmt=marker, color=colour, ms=4.5, lw=1.2, label=label)


def profiles(
    images: Sequence[np.ndarray],
    corners: Sequence[Corners],
    found: Sequence[Mapping[Method, Roi]],
    change: float,
) -> Figure:
    """X-rays with their regions of interest, and what the method ``paper`` reads its bounds from.

    Parameters
    ----------
    images
        (H, W) uint8, a row each.
    corners
        Of each image; their centre is marked.
    found
        Regions of each image by method.
    change
        What share of the largest change of the row sums is significant.
    """
    figure, axes = panels(
        len(images), 3, height=2.7 * len(images) + 0.4, sharey="row", width_ratios=[1.6, 1, 1]
    )
    for (picture, sums, changes), image, own, regions in zip(axes, images, corners, found, strict=True):
        show_picture(picture, image)
        picture.set(aspect="auto", xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
        for method, roi in regions.items():
            box = Rectangle((roi.left, roi.top), roi.width, roi.height, fill=False, ec=REGIONS[method], lw=2)
            picture.add_patch(box)
        picture.plot(*own.points.mean(axis=0), "+", color="white", ms=13, mew=4)
        picture.plot(*own.points.mean(axis=0), "+", color=SERIES[0].colour, ms=12, mew=2)
        _profile(sums, changes, image, change)
        for plot in (sums, changes):
            for bound in (regions["paper"].top, regions["paper"].bottom):
                plot.axhline(bound, color=REGIONS["paper"], lw=1.4, ls="--")
    axes[0, 1].set_title("sum of grey values of each row", fontsize="small")
    axes[0, 2].set_title("its change, and what counts", fontsize="small")
    handles = [axes[0, 0].plot([], [], color=colour, lw=2, label=name)[0] for name, colour in REGIONS.items()]
    handles += axes[0, 0].plot(
        [], [], "+", color=SERIES[0].colour, ms=10, mew=2, label="centre of all corners"
    )
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize="small")
    return figure


def _profile(sums: Axes, changes: Axes, image: np.ndarray, change: float) -> None:
    profile, steps = row_profile(image)
    rows = np.arange(len(profile))
    sums.plot(profile / 1000, rows, color="0.3", lw=1)
    changes.plot(steps / 1000, rows, color="0.3", lw=1)
    changes.axvline(change * steps.max() / 1000, color="0.6", lw=1, ls=":")
    sums.set(xlabel="thousands")
    changes.set(xlabel="thousands")
