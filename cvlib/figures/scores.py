"""Scores of models beside each other, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvlib.defects import COLOURS
from cvlib.figures.style import in_lines, panels
from cvlib.measure.intervals import Interval


def dots(
    table: Mapping[str, Mapping[str, Interval]], titles: Mapping[str, str], class_titles: Mapping[str, str]
) -> Figure:
    """Scores of all models with their intervals, a panel per class and one for the mean.

    Parameters
    ----------
    table
        As the ``benchmark.scores`` of a task gives it: by model, then by class.
    titles, class_titles
        Of the models and of the classes.
    """
    columns = [
        each for each in next(iter(table.values())) if not all(_absent(row[each]) for row in table.values())
    ]
    figure, axes = panels(1, len(columns), height=0.32 * len(table) + 1.3, sharey=True)
    for plot, column in zip(axes[0], columns, strict=True):
        for place, row in enumerate(table.values()):
            _dot(plot, place, row[column], COLOURS.get(column, "0.2"))
        plot.set(xlim=(-0.02, 1), xticks=[0, 0.5, 1])
        plot.set_title(in_lines(class_titles.get(column, "mean of classes")), fontsize="small")
        plot.grid(axis="x", color="0.9")
    axes[0, 0].set_yticks(range(len(table)), [titles[model] for model in table], fontsize="small")
    axes[0, 0].invert_yaxis()
    return figure


def _dot(plot: Axes, place: float, interval: Interval, colour: str) -> None:
    plot.plot([interval.low, interval.high], [place, place], color=colour, lw=2, alpha=0.5)
    plot.plot(interval.value, place, "o", color=colour, ms=6)


def _absent(interval: Interval) -> bool:
    return bool(np.isnan(interval.value))
