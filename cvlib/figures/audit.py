"""Figures of the chapter on the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from cvlib.audit.bounds import Bounds
from cvlib.audit.classification import Row
from cvlib.audit.electrode import SETTINGS, THRESHOLDS, Labelling, Shares
from cvlib.defects import COLOURS
from cvlib.figures.style import SERIES, panels


def shares(rows: Sequence[Row]) -> Figure:
    """Share of positives that each row of Table 4 implies: beside the stated one, and near by.

    Parameters
    ----------
    rows
        From :func:`cvlib.audit.classification.rows`.
    """
    figure, axes = panels(1, 2, height=0.3 * len(rows) + 1.3, sharey=True, width_ratios=[3, 2])
    for place, row in enumerate(rows):
        low, high = float(row.implied.low), float(row.implied.high)
        for plot in axes[0]:
            plot.plot([low, high], [place, place], color=COLOURS[row.defect], lw=4, solid_capstyle="butt")
        axes[0, 0].plot(row.implied.middle, place, "o", color=COLOURS[row.defect], ms=7)
        drawn = [float(row.test.low), float(row.test.high)]
        axes[0, 0].fill_between(drawn, place - 0.35, place + 0.35, color="0.85", lw=0)
        axes[0, 0].plot([row.stated.middle] * 2, [place - 0.35, place + 0.35], color="black", lw=2.5)
    axes[0, 0].plot([], [], color="black", lw=2.5, label="stated of all images")
    axes[0, 0].plot([], [], color="0.85", lw=6, label="of a random fifth of them")
    axes[0, 0].plot([], [], "o", color="0.4", label="implied by precision, recall and accuracy")
    axes[0, 0].set_yticks(range(len(rows)), [row.about for row in rows], fontsize="small")
    axes[0, 0].invert_yaxis()
    axes[0, 0].set(xlim=(0, 1), xlabel="share of positive images")
    axes[0, 0].xaxis.set_major_formatter(PercentFormatter(1))
    axes[0, 1].set(xlabel="the same, near by")
    axes[0, 1].margins(x=0.15)
    axes[0, 1].xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    return figure


def f1(rows: Sequence[Row]) -> Figure:
    """How far the printed F1 of Table 4 are from those that precision and recall give.

    Parameters
    ----------
    rows
        From :func:`cvlib.audit.classification.rows`.
    """
    figure, axes = panels(1, 1, height=0.3 * len(rows) + 1.3)
    plot = axes[0, 0]
    unit = 2 * rows[0].f1.half_unit
    plot.axvspan(-0.5, 0.5, color="0.88", label="what rounds to the printed F1")
    for place, row in enumerate(rows):
        apart = (row.harmonic - Bounds.exactly(row.f1)) / Bounds.exactly(unit)
        ends = [float(apart.low), float(apart.high)]
        plot.plot(ends, [place, place], color=COLOURS[row.defect], lw=5, solid_capstyle="butt")
    plot.plot([], [], color="0.4", lw=5, label="given by what rounds to precision and recall")
    plot.set_yticks(range(len(rows)), [row.about for row in rows], fontsize="small")
    plot.invert_yaxis()
    plot.set(xlabel="F1 by precision and recall, less the printed F1, in units of its last digit")
    figure.legend(loc="outside lower center", ncols=2, fontsize="small")
    return figure


def columns(shares: Shares, labellings: Sequence[Labelling]) -> Figure:
    """PCK and PCS of paper 2's Table 1 against the threshold, a panel for each way to label its columns.

    Parameters
    ----------
    shares
        From :func:`cvlib.audit.electrode.shares`.
    labellings
        Such as :data:`cvlib.audit.electrode.AS_PRINTED` and those of ``cvlib.audit.electrode.labellings``.
    """
    figure, axes = panels(1, len(labellings), height=3.6, sharey=True)
    for plot, labelling in zip(axes[0], labellings, strict=True):
        for (setting, row), series in zip(shares.items(), SERIES, strict=True):
            _lines(plot, row, labelling, series.colour, SETTINGS[setting])
        plot.set_title(labelling.title, fontsize="small")
        plot.set(xlim=(-0.15, 1.15), ylim=(0, 1.02), xlabel="threshold in percent")
        plot.set_xticks(np.arange(len(THRESHOLDS)), THRESHOLDS.values())
    axes[0, 0].plot([], [], color="0.3", marker="o", ms=5, label="PCK")
    axes[0, 0].plot([], [], color="0.3", marker="s", ms=5, ls="--", mfc="white", label="PCS")
    axes[0, 0].set_ylabel("share within the threshold")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize="small")
    return figure


def _lines(plot: Axes, row: Mapping[str, Bounds], labelling: Labelling, colour: str, setting: str) -> None:
    """PCK, a full line, and PCS, a broken one, of one setting."""
    pck, pcs = (
        [row[labelling.meaning[f"{measure}{end}"]].middle for end in THRESHOLDS] for measure in ("pck", "pcs")
    )
    plot.plot(pck, color=colour, marker="o", ms=5)
    plot.plot(pcs, color=colour, marker="s", ms=5, ls="--", mfc="white")
    plot.plot([], [], color=colour, lw=4, label=setting)
