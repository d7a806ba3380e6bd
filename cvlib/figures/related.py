"""Figures of the chapter on related data sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cvlib.figures.style import SERIES, panels
from cvlib.papers import RelatedDataset, claim

OFFSETS = {"DeepCrack": (-6, 4, "right"), "Volker": (0, 8, "center"), "GAPS 384": (4, -11, "left")}
"""Where the names of crowded points go, in points from the marker; else to its upper right."""

MARKERS = {"Segmentation": "o", "Classification": "^", "Object detection": "s"}


def sizes(rows: Sequence[RelatedDataset]) -> Figure:
    """Number of images against pixels of an image by industry, CoatingVision as a star (Table 1).

    Industries have the colours of the other figures' series; when these are used up, the marks are hollow.

    Parameters
    ----------
    rows
        Rows of Table 1; of a data set for several tasks, the marker is that of the first of ``MARKERS``.
    """
    industries = sorted({row.industry for row in rows})
    marks: list[dict[str, Any]] = [
        {"color": each.colour, "mfc": face or each.colour} for face in ("", "white") for each in SERIES
    ]
    looks = dict(zip(industries, marks, strict=False))
    figure, axes = panels(1, 1, height=4.4)
    plot = axes[0, 0]
    for row in rows:
        marker = next(mark for task, mark in MARKERS.items() if task in row.tasks)
        plot.plot(row.pixels / 1e6, row.images, marker, ms=7, **looks[row.industry])
        x, y, side = OFFSETS.get(row.name, (6, 4, "left"))
        place = (row.pixels / 1e6, row.images)
        plot.annotate(row.name, place, (x, y), textcoords="offset points", ha=side, fontsize="x-small")
    pixels = claim("p1.height").value * claim("p1.width").value / 1e6
    plot.plot(pixels, claim("p1.images").value, "*", color="black", ms=15)
    plot.annotate(
        "CoatingVision",
        (pixels, claim("p1.images").value),
        (10, -3),
        textcoords="offset points",
        weight="bold",
    )
    plot.set(xscale="log", yscale="log", xlabel="pixels of one image in millions", ylabel="images")
    handles = [Line2D([], [], marker="o", ls="", label=name, **look) for name, look in looks.items()]
    handles += [Line2D([], [], marker=mark, ls="", color="0.7", label=task) for task, mark in MARKERS.items()]
    figure.legend(handles=handles, loc="outside right upper", fontsize="small")
    return figure
