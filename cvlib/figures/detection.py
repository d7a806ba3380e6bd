"""Figures of the chapter on detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cvlib.defects import COLOURS, DETECTION_CLASSES
from cvlib.detect.pictures import Outcome
from cvlib.figures.comparison import Comparison, Side
from cvlib.figures.style import OUTCOMES, WIDTH, outcome_legend, panels, show_picture
from cvlib.measure.average_precision import Curve


def curves(
    by_model: Mapping[str, Mapping[str, Curve]],
    areas: Mapping[str, Mapping[str, float]],
    confidences: Mapping[str, float],
    class_titles: Mapping[str, str],
) -> Figure:
    """Precision and recall of each class, a panel per model (paper 1, Fig. 15).

    Parameters
    ----------
    by_model
        By title of the model, then by class.
    areas
        AP of each curve.
    confidences
        By title of the model: where precision and recall are quoted, a dot on each curve.
    class_titles
        Of the classes.
    """
    figure, axes = panels(1, len(by_model), height=3.2, sharey=True)
    for plot, (model, own) in zip(axes[0], by_model.items(), strict=True):
        for defect, curve in own.items():
            _curve(plot, curve, confidences[model], COLOURS[defect])
            label = f"{class_titles[defect]}: AP {areas[model][defect]:.3f}"
            plot.plot([], [], color=COLOURS[defect], label=label)
        plot.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall", box_aspect=1)
        plot.set_title(model, fontsize="small")
        plot.legend(fontsize="x-small", loc="lower left")
    axes[0, 0].set_ylabel("precision")
    return figure


def _curve(plot: Axes, curve: Curve, confidence: float, colour: str) -> None:
    """The curve itself, its envelope, which the area is taken of, and the point at a confidence."""
    if not len(curve.recall):
        return  # nothing of this class was predicted, so there is no curve
    plot.plot(curve.recall, curve.precision, color=colour, lw=0.8, alpha=0.6)
    envelope = np.maximum.accumulate(curve.precision[::-1])[::-1]
    recall = np.concatenate([[0.0], curve.recall, curve.recall[-1:]])
    plot.step(recall, np.concatenate([envelope[:1], envelope, [0.0]]), where="pre", color=colour, lw=2)
    sure = np.count_nonzero(curve.scores >= confidence)
    if sure:
        plot.plot(curve.recall[sure - 1], curve.precision[sure - 1], "o", color=colour, ms=7, mec="white")


def outcomes(rows: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Test images with their hits, false alarms and misses, a row per title.

    Parameters
    ----------
    rows
        Images and boxes by title of the row, as :mod:`cvlib.detect.pictures` picks them.
    """
    columns = max(len(each) for each in rows.values())
    height, width = next(iter(rows.values()))[0].image.shape[:2]
    tall = len(rows) * (WIDTH / columns * height / width + 0.3) + 0.4
    figure, axes = panels(len(rows), columns, height=tall)
    for axis in axes.flat:
        axis.axis("off")
    for row, (title, shown) in zip(axes, rows.items(), strict=True):
        for place, (plot, each) in enumerate(zip(row, shown, strict=False)):
            plot.axis("on")
            show_picture(plot, each.image, title if place == 0 else "")
            kinds = (each.hits, each.false_alarms, each.missed)
            for colour, boxes in zip(OUTCOMES.values(), kinds, strict=True):
                _draw(plot, boxes, colour)
    outcome_legend(figure)
    return figure


def toggled(shown: Outcome) -> Comparison:
    """One test image, its hits, false alarms and misses to be switched on and off.

    Parameters
    ----------
    shown
        As :mod:`cvlib.detect.pictures` picks it.
    """
    height, width = shown.image.shape[:2]
    kinds = dict(zip(OUTCOMES, (shown.hits, shown.false_alarms, shown.missed), strict=True))
    told = ", ".join(f"{title} {len(boxes)}" for title, boxes in kinds.items())
    layers = {title: _frames(boxes, height, width) for title, boxes in kinds.items()}
    alt = f"Test image with framed defects: {told}."
    return Comparison([Side("", alt, shown.image, layers)], OUTCOMES)


def _frames(boxes: np.ndarray, height: int, width: int, thick: int = 2) -> np.ndarray:
    """Frames around boxes, outside of them: (H, W) bool."""
    frames = np.zeros((height, width), bool)
    for _, left, top, across, down in boxes.round().astype(int):
        inner = np.zeros_like(frames)
        inner[max(top, 0) : top + down, max(left, 0) : left + across] = True
        rows, columns = (
            slice(max(0, at - thick), at + size + thick) for at, size in ((top, down), (left, across))
        )
        frames[rows, columns] |= ~inner[rows, columns]
    return frames


def _draw(plot: Axes, boxes: np.ndarray, colour: str) -> None:
    for number, left, top, width, height in boxes:
        line = "-" if DETECTION_CLASSES[int(number)] == "pinhole" else "--"
        corner = (left - 0.5, top - 0.5)
        plot.add_patch(Rectangle(corner, width, height, fill=False, ec=colour, lw=1.6, ls=line))
