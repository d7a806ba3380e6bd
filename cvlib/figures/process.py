"""Figures of the chapter on coating and imaging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Polygon, Rectangle

from cvlib.data import Dataset
from cvlib.defects import CLASSES, COLOURS
from cvlib.figures.style import WIDTH, in_lines, panels, show_picture
from cvlib.papers import claim
from cvlib.process import PARAMETERS

INK, METAL, SUBSTRATE, LIGHT = "#3a3a3a", "#9aa5b1", "#efefe6", "#f2c14e"


def printed(id: str) -> str:
    """A published number with its unit.

    >>> printed("p1.drying.oven")
    '4 min'
    """
    return f"{claim(id).printed} {claim(id).unit}"


def coating_line() -> Figure:
    """From slurry to sheet: the steps of making an electrode, with the paper's settings (paper 1, Fig. 1)."""
    figure, axes = panels(1, 1, height=2.9)
    plot = axes[0, 0]
    plot.set(xlim=(0, 16), ylim=(-2.3, 4.4), aspect="equal")
    plot.set_axis_off()
    _mixer(plot)
    plot.add_patch(Rectangle((3.2, 0), 12.6, 0.18, color=SUBSTRATE, ec=INK, lw=0.8))
    plot.add_patch(Rectangle((4.9, 0.18), 10.9, 0.16, color=INK))
    plot.add_patch(
        Polygon([(4.3, 2.2), (5.5, 2.2), (5.5, 1.1), (5.0, 0.45), (4.8, 0.45), (4.3, 1.1)], color=METAL)
    )
    plot.add_patch(FancyArrowPatch((2.6, 1.9), (4.3, 1.9), arrowstyle="-|>", mutation_scale=12, color=INK))
    for x in (7.0, 7.7, 8.4):
        plot.add_patch(FancyArrowPatch((x, 0.6), (x, 1.7), arrowstyle="-|>", mutation_scale=9, color=METAL))
    plot.add_patch(Rectangle((9.7, -0.25), 2.6, 1.5, fill=False, ec=INK, lw=1.5))
    plot.text(11.0, 0.8, printed("p1.drying.temperature"), ha="center", fontsize="small")
    for y in (0.95, -0.65):
        plot.add_patch(Circle((14.2, y), 0.6, color=METAL))
    gaps = f"{claim('p1.gap.smallest').printed} to {printed('p1.gap.largest')}"
    for x, name, setting in (
        (1.4, "mix", "carbon, water,\nIPA, Nafion"),
        (4.9, "coat", f"gap {gaps}\n{printed('p1.speed')}"),
        (7.7, "dry in air", printed("p1.drying.air")),
        (11.0, "dry in oven", printed("p1.drying.oven")),
        (14.2, "compact", "between rolls"),
    ):
        plot.text(x, 3.5, name, ha="center", weight="bold", fontsize="small")
        plot.text(x, -1.45, setting, ha="center", va="top", fontsize="x-small")
    return figure


def _mixer(plot: Axes) -> None:
    plot.add_patch(
        Polygon([(0.3, 2.6), (0.3, 0.6), (0.8, 0.1), (2.1, 0.1), (2.6, 0.6), (2.6, 2.6)], color=METAL)
    )
    plot.add_patch(Rectangle((0.45, 0.6), 2.0, 1.4, color=INK))
    plot.plot([1.45, 1.45], [1.0, 3.1], color="white", lw=2)
    plot.plot([0.9, 2.0], [1.0, 1.0], color="white", lw=2)


def camera() -> Figure:
    """Camera, zoom lens and two lamps above a moving sample (paper 1, Fig. 2)."""
    figure, axes = panels(1, 1, height=2.9, width=5.0)
    plot = axes[0, 0]
    plot.set(xlim=(0, 10), ylim=(-0.9, 6), aspect="equal")
    plot.set_axis_off()
    plot.add_patch(Rectangle((1, 0), 8, 0.2, color=SUBSTRATE, ec=INK, lw=0.8))
    plot.add_patch(Rectangle((1.8, 0.2), 6.4, 0.18, color=INK))
    plot.add_patch(Rectangle((4.2, 4.4), 1.6, 1.3, color=METAL))
    plot.add_patch(Rectangle((4.55, 2.6), 0.9, 1.8, color=INK))
    plot.add_patch(Polygon([(4.6, 2.6), (5.4, 2.6), (6.1, 0.38), (3.9, 0.38)], color=LIGHT, alpha=0.25))
    for x, lean in ((1.7, 1), (8.3, -1)):
        plot.add_patch(
            Polygon(
                [(x, 3.4), (x + lean * 0.9, 3.0), (x + lean * 0.6, 2.4), (x - lean * 0.3, 2.8)], color=LIGHT
            )
        )
        plot.add_patch(
            Polygon(
                [(x + lean * 0.75, 2.7), (5 + lean * 1.2, 0.38), (5 - lean * 1.2, 0.38)],
                color=LIGHT,
                alpha=0.2,
            )
        )
    plot.add_patch(
        FancyArrowPatch((3.4, -0.35), (6.6, -0.35), arrowstyle="-|>", mutation_scale=12, color=INK)
    )
    plot.text(5, -0.8, "the sample moves: motion blur", ha="center", fontsize="small")
    plot.text(6.0, 5.0, "camera", fontsize="small")
    plot.text(5.7, 3.4, "zoom lens", fontsize="small")
    plot.text(0.4, 3.6, "LED lamp", fontsize="small")
    plot.text(7.9, 3.6, "LED lamp", fontsize="small")
    return figure


def scale_bars(data: Dataset, positions: Sequence[int], um_per_pixel: float | None) -> Figure:
    """Images with a scale bar of the length the paper uses (paper 1, Fig. 2).

    Parameters
    ----------
    data
        Any data set.
    positions
        Which images.
    um_per_pixel
        Scale; None where it is not known, and then no bar is drawn.
    """
    bar = claim("p1.figure2.short_bar")
    figure, axes = panels(1, len(positions), height=0.8 * WIDTH / len(positions) + 0.2)
    for plot, index in zip(axes[0], positions, strict=True):
        image = data.image(index)
        show_picture(plot, image, title=str(data.frames["name"].iloc[index]))
        if um_per_pixel:
            length, height = 1000 * bar.value / um_per_pixel, image.shape[0]
            plot.plot([20, 20 + length], [height - 25] * 2, color="white", lw=3, solid_capstyle="butt")
            plot.text(
                20 + length / 2,
                height - 38,
                f"{bar.printed} {bar.unit}",
                color="white",
                ha="center",
                fontsize="small",
            )
    return figure


def shares(table: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Share of images with each class against each process parameter, with intervals over clips.

    Parameters
    ----------
    table
        As ``cvlib.process.shares`` gives it; may be empty.
    titles
        Names of the classes.
    """
    figure, axes = panels(1, 2, height=3.2, sharey=True)
    for plot, (column, (name, step, _)) in zip(axes[0], PARAMETERS.items(), strict=True):
        for place, defect in enumerate(CLASSES):
            rows = table[(table["parameter"] == column) & (table["defect"] == defect)]
            settings = rows["setting"].to_numpy(float) + (place - 1.5) * 0.06 * step
            spread = np.stack([rows["value"] - rows["low"], rows["high"] - rows["value"]]).astype(float)
            plot.errorbar(
                settings,
                rows["value"],
                yerr=spread,
                color=COLOURS[defect],
                marker="o",
                ms=4,
                capsize=2,
                label=titles[defect],
            )
        plot.set(xlabel=f"{name} in µm" if column == "gap_um" else f"{name} (share)", ylim=(-0.03, 1.03))
    axes[0, 0].set_ylabel("share of images")
    if table.empty:
        axes[0, 0].text(
            0.5, 0.5, "no process parameters\nin this data set", ha="center", transform=axes[0, 0].transAxes
        )
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, [in_lines(name) for name in names], loc="outside lower center", ncols=4, fontsize="small"
    )
    return figure
