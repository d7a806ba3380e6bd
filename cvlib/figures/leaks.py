"""Figures of the chapter on repeated frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cvlib.figures.style import OUTCOMES, SERIES, WIDTH, panels, show_picture
from cvlib.leaks.examples import Pair
from cvlib.measure.intervals import Interval

HASH, CORRELATION = SERIES[1].colour, SERIES[2].colour
"""Of the two ways of comparing images."""

SPLITS = {"groups": SERIES[0], "random": SERIES[1]}


def by_shift(same: pd.DataFrame, other: pd.DataFrame, bits: int, least: float) -> Figure:
    """Bits that differ, and correlation, against the shift between two frames of one sample.

    Parameters
    ----------
    same, other
        Pairs of one sample and of different ones, as :func:`cvlib.leaks.shifts.film` gives them.
    bits, least
        From where pairs count as alike, and as overlapping.
    """
    figure, axes = panels(1, 2, height=3.2)
    _against_shift(axes[0, 0], same, other["bits"], "bits", HASH)
    axes[0, 0].axhline(bits, color="0.2", lw=1, ls="--")
    axes[0, 0].set(ylabel="bits that differ, of 64", ylim=(-1, 50))
    _against_shift(axes[0, 1], same, other["score"].dropna(), "score", CORRELATION)
    axes[0, 1].axhline(least, color="0.2", lw=1, ls="--")
    axes[0, 1].set(ylabel="correlation", ylim=(0, 1.02))
    return figure


def _against_shift(plot: Axes, same: pd.DataFrame, other: pd.Series, column: str, colour: str) -> None:
    low, high = np.quantile(other, [0.005, 0.995])
    plot.axhspan(low, high, color="0.9", lw=0, zorder=0)
    plot.text(1.1, high, "different samples", fontsize="x-small", color="0.45", va="bottom")
    plot.plot(same["shift_px"], same[column], "o", ms=2.5, color=colour, alpha=0.25, mew=0)
    middle = same.groupby((2 * np.log2(same["shift_px"])).round())[["shift_px", column]].median()
    plot.plot(middle["shift_px"], middle[column], color=colour, lw=1.5)
    plot.set(xscale="log", xlabel="shift, px", xlim=(0.9, 500), xticks=[1, 10, 100])
    plot.set_xticklabels(["1", "10", "100"])


def pairs(examples: Sequence[Pair]) -> Figure:
    """Pairs of overlapping images, what both show framed.

    Parameters
    ----------
    examples
        One row each.
    """
    height, width = examples[0].first.shape[:2]
    figure, axes = panels(
        len(examples),
        2,
        height=len(examples) * (0.52 * WIDTH / 2 * height / width + 0.25),
        width=0.58 * WIDTH,
    )
    for row, each in zip(axes, examples, strict=True):
        for plot, image, moved in ((row[0], each.first, each.moved), (row[1], each.second, -each.moved)):
            show_picture(plot, image.mean(axis=2).astype(np.uint8))  # grey takes a third of the space
            left = moved * image.shape[1]
            start, stop = max(0.0, left), min(image.shape[1], image.shape[1] + left)
            frame = (start, 2), stop - start, image.shape[0] - 4
            plot.add_patch(Rectangle(*frame, fill=False, ec=OUTCOMES["missed"], lw=2))
        row[0].set_title(f"moved by {abs(each.shift_px):.0f} px", fontsize="small")
        row[1].set_title(f"correlation {each.score:.2f}; {each.bits} of 64 bits differ", fontsize="small")
    return figure


def memory(table: pd.DataFrame, measures: Mapping[str, str]) -> Figure:
    """What the memoriser scores by split and number of images, a panel per task.

    Parameters
    ----------
    table
        Rows of :func:`cvlib.leaks.memory.gains`.
    measures
        What each task's score is, by task.
    """
    own = table[table["by"] == "correlation"]
    sizes = list(dict.fromkeys(own["images"]))
    figure, axes = panels(1, len(measures), height=0.42 * len(sizes) + 1.6, sharey=True)
    for plot, (task, measure) in zip(axes[0], measures.items(), strict=True):
        for row in own.to_dict("records"):
            place = sizes.index(row["images"]) + (0.13 if row["split"] == "random" else -0.13)
            _dot(plot, place, row[task], row["split"])
        plot.set(xlim=(-0.02, 1.02), xlabel=measure, ylim=(len(sizes) - 0.5, -0.5))
        plot.set_title(task, fontsize="small")
        plot.grid(axis="x", color="0.9")
    axes[0, 0].set_yticks(range(len(sizes)), [f"{each:,} images" for each in sizes], fontsize="small")
    handles = [axes[0, 0].plot([], [], f"{each.marker}-", color=each.colour)[0] for each in SPLITS.values()]
    labels = ["clips kept together", "split by image"]
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize="small")
    return figure


def _dot(plot: Axes, place: float, interval: Interval, kind: str) -> None:
    colour, marker, _ = SPLITS[kind]
    plot.plot([interval.low, interval.high], [place, place], color=colour, lw=2, alpha=0.5)
    plot.plot(interval.value, place, marker, color=colour, ms=6)
