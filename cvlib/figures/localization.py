"""Figures of the chapter on electrode localization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvlib.figures.comparison import Comparison, Side, drawn
from cvlib.figures.corners import POLARITIES
from cvlib.figures.style import ON_DARK, SERIES, panels, show_picture
from cvlib.localize.benchmark import BIAS, OWN, PAPER, Bench, Regime
from cvlib.localize.heatmap import Method, to_cells
from cvlib.localize.roi import Roi
from cvlib.localize.scoring import Scored
from cvlib.measure.intervals import Interval

POLARITY = {kind: colour for kind, (_, colour) in POLARITIES.items()}
"""Negative and positive plates."""

MARKERS: dict[Method, str] = {"argmax": "s", "quarter": "D", "dark": "x", "soft": "+"}

CORRECTIONS = {PAPER: SERIES[1], BIAS: SERIES[3], OWN: SERIES[2]}

ALONE = "HRNet alone"

NAMES = {
    PAPER: "the paper's correction",
    BIAS: "ours: corners without their bias",
    OWN: "ours: corners and edges",
}


def heatmaps(image: np.ndarray, tested: Scored, place: int) -> Figure:
    """A region of interest, its heatmaps laid over each other, and one heatmap with the ways to decode it.

    Parameters
    ----------
    image
        (H, W) uint8, the whole X-ray.
    tested
        Which the image is of.
    place
        Of the image among these.
    """
    figure, axes = panels(1, 3, height=2.6)
    size, roi = (int(tested.size[0]), int(tested.size[1])), Roi(*tested.rois[place])
    maps = tested.heatmaps[place].astype(np.float32)
    show_picture(axes[0, 0], roi.crop(image, size), "region of interest")
    for points, kind in zip(roi.to_input(tested.truth[place], size), tested.positive[place], strict=True):
        axes[0, 0].plot(*points, "o", mfc="none", mec=POLARITY[bool(kind)], ms=5)
    axes[0, 1].imshow(maps.max(axis=0), cmap="magma", vmin=0, vmax=1)
    axes[0, 1].set_title(f"its {len(maps)} heatmaps, the highest of them", fontsize="small")
    _decoded(axes[0, 2], tested, place, len(maps) // 2)
    axes[0, 1].set(xticks=[], yticks=[])
    return figure


def _decoded(axes: Axes, tested: Scored, place: int, pole: int) -> None:
    size, roi = (int(tested.size[0]), int(tested.size[1])), Roi(*tested.rois[place])
    axes.imshow(tested.heatmaps[place, pole].astype(np.float32), cmap="magma", vmin=0, vmax=1)
    truth = to_cells(roi.to_input(tested.truth[place, pole], size))
    axes.plot(*truth, "o", mfc="none", mec="white", ms=11, mew=1.5, label="true end")
    for (method, marker), colour in zip(MARKERS.items(), ON_DARK, strict=False):
        points = tested.predicted(method)[0][place, pole]
        found = to_cells(roi.to_input(points, size))
        axes.plot(*found, marker, color=colour, ms=6, mfc="none", mew=1.5, label=method)
    x, y = truth.round()
    axes.set(xlim=(x - 5.5, x + 5.5), ylim=(y + 4.5, y - 4.5), xticks=[], yticks=[])
    axes.set_title("one of them, by cells", fontsize="small")
    axes.legend(fontsize="x-small", labelcolor="white", loc="lower left", ncols=2, handletextpad=0.2)


def regimes(networks: Sequence[Regime], made_up: Sequence[Regime], published: tuple[float, float]) -> Figure:
    """Gain in NME against the NME it starts from.

    Parameters
    ----------
    networks
        Of trained networks, a dot each.
    made_up
        Of true ends with errors of a known size, a line.
    published
        NME of the paper's baseline and its relative gain, both in percent.
    """
    figure, axes = panels(1, 1, height=3.6)
    plot = axes[0, 0]
    for which, (colour, marker, _) in CORRECTIONS.items():
        for rows, style in ((made_up, "-"), (networks, marker)):
            before = [row.before for row in rows]
            gain = [100 * (1 - row.after[which] / row.before) for row in rows]
            plot.plot(before, gain, style, color=colour, lw=2, ms=6, alpha=0.9)
        plot.plot([], [], f"-{marker}", color=colour, label=NAMES[which])
    plot.plot(*published, "*", color="black", ms=13, label="published")
    plot.axhline(0, color="0.3", lw=1)
    plot.set(
        xlabel="NME of the baseline (% of the ROI's diagonal)",
        ylabel="NME gained (%)",
        ylim=(-100, 100),
        xscale="log",
    )
    plot.set_xticks([0.05, 0.1, 0.2, 0.5, 1.0], ["0.05", "0.1", "0.2", "0.5", "1"])
    plot.grid(color="0.92")
    plot.legend(fontsize="small", loc="lower right")
    return figure


def vectors(bench: Bench, places: Sequence[int], enlarged: float = 8) -> Figure:
    """Errors drawn as arrows from the true ends: alone, after the paper's correction, and after ours.

    Parameters
    ----------
    bench
        Whose images.
    places
        Which of them, a row each.
    enlarged
        How many times longer than they are arrows are drawn.
    """
    ways = {ALONE: bench.baseline, NAMES[PAPER]: bench.paper(), NAMES[OWN]: bench.fused[0]}
    figure, axes = panels(len(places), 3, height=2.2 * len(places) + 0.3)
    for row, place in zip(axes, places, strict=True):
        for plot, (way, points) in zip(row, ways.items(), strict=True):
            _arrows(plot, bench, place, points, enlarged)
            plot.set_title(way if place == places[0] else "", fontsize="small")
    return figure


def before_after(bench: Bench, place: int, enlarged: float = 8) -> Comparison:
    """Errors drawn as arrows from the true ends: of the network alone, and after our correction.

    Parameters
    ----------
    bench
        Whose images.
    place
        Which of them.
    enlarged
        How many times longer than they are arrows are drawn.
    """
    truth = bench.tested.truth[place]
    sides = []
    for way, points in {ALONE: bench.baseline, NAMES[OWN]: bench.fused[0]}.items():
        height, width = np.ptp(_window(truth), axis=0)[::-1]
        figure = Figure(figsize=(4.6, 4.6 * height / width), dpi=120)
        _arrows(figure.add_axes((0, 0, 1, 1)), bench, place, points, enlarged)
        errors = np.linalg.norm(points[place] - truth, axis=1)
        alt = f"X-ray of plate ends with an arrow for each error: {len(truth)} ends, off by"
        alt += f" {np.nanmedian(errors):.1f} px in the median and {np.nanmax(errors):.1f} px at most."
        sides.append(Side(way, alt, drawn(figure)))
    return Comparison(sides)


def _window(truth: np.ndarray) -> np.ndarray:
    """The part of an X-ray around its ends: left and top, right and bottom."""
    return np.array([truth.min(axis=0) - (30, 14), np.add(truth.max(axis=0), (45, 14))])


def _arrows(plot: Axes, bench: Bench, place: int, points: np.ndarray, enlarged: float) -> None:
    truth = bench.tested.truth[place]
    show_picture(plot, bench.tested_pictures.images[place])
    colours = [POLARITY[bool(kind)] for kind in bench.tested.positive[place]]
    error = enlarged * (points[place] - truth)
    plot.scatter(truth[:, 0], truth[:, 1], s=12, facecolors="none", edgecolors=colours, lw=0.8)
    plot.quiver(*truth.T, *error.T, color=colours, angles="xy", scale_units="xy", scale=1, width=0.008)
    (left, top), (right, bottom) = _window(truth)
    plot.set(xlim=(left, right), ylim=(bottom, top))


def scores(rows: Mapping[str, Mapping[str, Mapping[str, Interval]]], titles: Mapping[str, str]) -> Figure:
    """NME, PCK and PCS with their intervals, a panel per measure and a colour per regime.

    Parameters
    ----------
    rows
        By regime, then by row of the table, then by measure.
    titles
        Of the rows.
    """
    measures = ("NME", "PCK0.5", "PCS0.5")
    names = list(next(iter(rows.values())))
    figure, axes = panels(1, len(measures), height=0.32 * len(names) + 1.5, sharey=True)
    for plot, measure in zip(axes[0], measures, strict=True):
        for shift, regime, (colour, marker, _) in zip((-0.12, 0.12), rows, SERIES, strict=False):
            for place, name in enumerate(names):
                value, low, high = rows[regime][name][measure]
                plot.plot([low, high], [place + shift] * 2, color=colour, lw=2, alpha=0.5)
                label = regime if place == 0 else None
                plot.plot(value, place + shift, marker, color=colour, ms=5, label=label)
        plot.set_title(measure + (" (%)" if measure == "NME" else ""), fontsize="small")
        plot.set_xlim(left=0 if measure == "NME" else -0.03, right=None if measure == "NME" else 1.03)
        plot.grid(axis="x", color="0.9")
    axes[0, 0].set_yticks(range(len(names)), [titles[name] for name in names], fontsize="small")
    axes[0, 0].invert_yaxis()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize="small")
    return figure


def overhangs(true: np.ndarray, found: np.ndarray, limits: tuple[float, float], unit: str) -> Figure:
    """Overhang found against the true one, and its error.

    Parameters
    ----------
    true, found
        (M,) of the same plates; NaN where not measured.
    limits
        Of the tolerance.
    unit
        µm or px.
    """
    figure, axes = panels(1, 2, height=3.0)
    both = np.isfinite(true) & np.isfinite(found)
    if not both.any():
        axes[0, 0].set_title("no overhang was measured", fontsize="small")
        return figure
    axes[0, 0].plot(true[both], found[both], ".", ms=2, color="0.3", alpha=0.4)
    low, high = float(true[both].min()), float(true[both].max())
    axes[0, 0].plot([low, high], [low, high], color=CORRECTIONS[OWN].colour, lw=1)
    for limit in limits:
        axes[0, 0].axvline(limit, color="0.6", ls="--", lw=1)
        axes[0, 0].axhline(limit, color="0.6", ls="--", lw=1)
    axes[0, 0].set(xlabel=f"true overhang ({unit})", ylabel=f"found ({unit})")
    error = (found - true)[both]
    most = 60 if unit == "µm" else 3
    axes[0, 1].hist(error.clip(-most, most), bins=np.linspace(-most, most, 31).tolist(), color="0.4")
    axes[0, 1].set(xlabel=f"error ({unit}; larger ones in the last bars)", ylabel="overhangs")
    return figure
