"""Figures of the chapter on conventions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import fill

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvlib.conventions.swing import ANY
from cvlib.figures.style import SHADES, in_lines, panels


def heat(
    table: pd.DataFrame,
    default: Sequence[str] = (),
    top: float = 1.0,
    lower_is_better: bool = False,
    digits: int = 2,
) -> Figure:
    """Scores by convention, a row each, and model, a column each.

    The darker a cell, the higher its score. The best score of a row is bold and underlined, so a change of
    the order shows as a step. Options of the first choice stand at the right; options that make no difference
    are not named.

    Parameters
    ----------
    table
        As :func:`cvlib.conventions.swing.by_convention` or :func:`cvlib.conventions.swing.distinct` gives it.
        With a choice above the models, its options stand below, and each has a best score of its own.
    default
        Label of the row that is printed bold.
    top
        Score of the darkest colour.
    lower_is_better
        As of errors.
    digits
        Of the scores, behind the point.
    """
    values = table.to_numpy(float)
    labels = [tuple(map(str, each)) for each in table.index]
    blocks = [each[0] if isinstance(each, tuple) else "" for each in table.columns]
    figure, axes = panels(1, 1, height=1.2 + 0.225 * len(table), dpi=100)  # much text makes large files
    plot = axes[0, 0]
    texts = np.array([[_text(value, digits) for value in row] for row in values])
    shown = np.clip(np.nan_to_num(values, posinf=top), 0, top)
    options = {"annot_kws": {"fontsize": 8}, "linewidths": 0.5, "cbar": False}
    sns.heatmap(shown, vmin=0, vmax=1.15 * top, cmap=SHADES, annot=texts, fmt="", ax=plot, **options)
    _emphasise(plot, values, blocks, lower_is_better)
    _name_rows(plot, labels, tuple(default))
    _name_columns(plot, table, blocks)
    return figure


def _text(value: float, digits: int) -> str:
    if np.isnan(value):
        return "-"
    return "∞" if np.isinf(value) else f"{value:.{digits}f}"


def _emphasise(plot: Axes, values: np.ndarray, blocks: Sequence[str], lower_is_better: bool) -> None:
    """Print the best of each row, of each block, bold and with a line below, unless all are equal."""
    signed = np.where(np.isnan(values), -np.inf, -values if lower_is_better else values).round(9)
    columns = np.array(blocks)
    for row, column in np.ndindex(values.shape):
        rivals = signed[row, (columns == columns[column]) & np.isfinite(signed[row])]
        if signed[row, column] in rivals and signed[row, column] == rivals.max() > rivals.min():
            text = plot.texts[row * values.shape[1] + column]
            text.set_fontweight("bold")
            edges = [column + 0.28, column + 0.72]
            plot.plot(edges, [row + 0.88] * 2, color=text.get_color(), lw=1, solid_capstyle="butt")


def _name_rows(plot: Axes, labels: Sequence[tuple[str, ...]], default: tuple[str, ...]) -> None:
    places = np.arange(len(labels)) + 0.5
    several = len(labels[0]) > 1
    plot.set_yticks(places, [_joined(each[several:]) for each in labels], rotation=0, fontsize=8)
    for tick, each in zip(plot.get_yticklabels(), labels, strict=True):
        tick.set_fontweight("bold" if each == default else "normal")
    plot.tick_params(length=0)
    plot.set_ylabel("")
    if several:
        runs = _runs([each[0] for each in labels])
        for _, begin, _ in runs[1:]:
            plot.axhline(begin, color="black", lw=1)
        beside = plot.secondary_yaxis("right")
        beside.set_yticks(
            [(begin + end) / 2 for _, begin, end in runs], [fill(name, 18) for name, *_ in runs]
        )
        beside.tick_params(length=0, labelsize=8, labelrotation=270)
        beside.spines[:].set_visible(False)
        for tick in beside.get_yticklabels():
            tick.set_verticalalignment("center")


def _joined(options: Sequence[str]) -> str:
    return ", ".join(option for option in options if option != ANY)


def _name_columns(plot: Axes, table: pd.DataFrame, blocks: Sequence[str]) -> None:
    models = [each[-1] if isinstance(each, tuple) else each for each in table.columns]
    places = np.arange(len(models)) + 0.5
    plot.xaxis.tick_top()
    plot.set_xticks(places, [in_lines(str(each)) for each in models], fontsize=8, rotation=0)
    if len(models) > 4:
        plot.set_xticks(places, [str(each) for each in models], fontsize=8, rotation=25, ha="left")
    plot.tick_params(length=0)
    plot.set_xlabel("")
    if any(blocks):
        runs = _runs(blocks)
        for _, begin, _ in runs[1:]:
            plot.axvline(begin, color="black", lw=1)
        below = plot.secondary_xaxis("bottom")
        below.set_xticks([(begin + end) / 2 for _, begin, end in runs], [name for name, *_ in runs])
        below.tick_params(length=0, labelsize=8)
        below.spines[:].set_visible(False)


def _runs(names: Sequence[str]) -> list[tuple[str, int, int]]:
    """Each name that stands several times in a row: where it begins and ends."""
    found, begin = [], 0
    for name, same in groupby(names):
        end = begin + len([*same])
        found.append((name, begin, end))
        begin = end
    return found
