"""Figures of the chapter on classification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvlib.defects import CLASSES, COLOURS
from cvlib.figures.style import SERIES, SHADES, in_lines, nothing_to_draw, panels, show_picture
from cvlib.measure.calibration import Reliability
from cvlib.measure.curves import average_precision, precision_recall_curve, roc_auc, roc_curve
from cvlib.measure.labels import CoOccurrence

BEHIND = {"fc": "white", "ec": "none", "alpha": 0.7, "pad": 0.5}
"""Of texts that lie over curves."""

LINES = tuple(each.line for each in SERIES)
"""By model, in the order given."""


def curves(truth: np.ndarray, scores: Mapping[str, np.ndarray], class_titles: Mapping[str, str]) -> Figure:
    """Precision against recall (above) and ROC (below) of every model, a column per class that occurs.

    Parameters
    ----------
    truth
        (N, 4) bool.
    scores
        (N, 4) probabilities by title of the model.
    class_titles
        Of the classes.
    """
    shown = [channel for channel in range(len(CLASSES)) if 0 < truth[:, channel].sum() < len(truth)]
    if not shown:
        return nothing_to_draw("No class is on some of the test images and not on others.")
    figure, axes = panels(2, len(shown), height=5.2, sharex="row", sharey="row")
    for column, channel in enumerate(shown):
        own = truth[:, channel]
        for line, (model, values) in zip(LINES, scores.items(), strict=False):
            colour = COLOURS[CLASSES[channel]]
            _precision_recall(axes[0, column], values[:, channel], own, colour, line, model)
            _roc(axes[1, column], values[:, channel], own, colour, line, model)
        axes[0, column].axhline(own.mean(), color="0.75", lw=1, zorder=0)
        axes[1, column].plot([0, 1], [0, 1], color="0.75", lw=1, zorder=0)
        axes[0, column].set_title(in_lines(class_titles[CLASSES[channel]]), fontsize="small")
        axes[0, column].set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall")
        axes[1, column].set(xlim=(-0.02, 1), ylim=(0, 1.02), xlabel="false positive rate")
    axes[0, 0].set_ylabel("precision")
    axes[1, 0].set_ylabel("recall")
    for place, model in enumerate(scores):
        axes[0, 0].plot([], [], color="0.3", ls=LINES[place % len(LINES)], label=model)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    ours = [place for place, label in enumerate(labels) if label in scores]
    figure.legend(
        [handles[place] for place in ours],
        [labels[place] for place in ours],
        loc="outside lower center",
        ncols=2,
        fontsize="small",
    )
    return figure


def _precision_recall(
    plot: Axes, scores: np.ndarray, truth: np.ndarray, colour: str, line: str, model: str
) -> None:
    found = precision_recall_curve(scores, truth)
    recall, precision = np.append(0, found.recall), np.append(found.precision[:1], found.precision)
    area = f"AP {average_precision(scores, truth):.2f}"
    plot.step(recall, precision, where="pre", color=colour, ls=line, label=f"_{model}", lw=1.4)
    _area(plot, area, line)


def _roc(plot: Axes, scores: np.ndarray, truth: np.ndarray, colour: str, line: str, model: str) -> None:
    found = roc_curve(scores, truth)
    plot.plot(found.false_positive_rate, found.recall, color=colour, ls=line, label=f"_{model}", lw=1.4)
    _area(plot, f"AUC {roc_auc(scores, truth):.2f}", line)


def _area(plot: Axes, text: str, line: str) -> None:
    """The area of a curve, in a list at the lower left."""
    place = LINES.index(line)
    plot.text(
        0.05,
        0.35 - 0.1 * place,
        text,
        transform=plot.transAxes,
        fontsize="x-small",
        bbox=BEHIND,
    )


def reliability(
    by_class: Mapping[str, Reliability], errors: Mapping[str, float], class_titles: Mapping[str, str]
) -> Figure:
    """Predicted probability against the share that shows the class, a panel per class.

    Parameters
    ----------
    by_class
        As :func:`cvlib.measure.calibration.reliability` gives it.
    errors
        Expected calibration error of each class.
    class_titles
        Of the classes.
    """
    if not by_class:
        return nothing_to_draw("No class is on any test image.")
    figure, axes = panels(1, len(by_class), height=2.7, sharex=True, sharey=True)
    for plot, (defect, found) in zip(axes[0], by_class.items(), strict=True):
        sizes = 15 + 200 * found.images / found.images.sum()
        plot.plot([0, 1], [0, 1], color="0.75", lw=1, zorder=0)
        plot.plot(found.probability, found.share, color=COLOURS[defect], lw=1)
        plot.scatter(found.probability, found.share, s=sizes, color=COLOURS[defect], alpha=0.8)
        title = f"{in_lines(class_titles[defect])}\nECE {errors[defect]:.3f}"
        plot.set_title(title, fontsize="small")
        plot.set(xlim=(-0.03, 1.03), ylim=(-0.05, 1.05), xlabel="probability", box_aspect=1)
    axes[0, 0].set_ylabel("share that shows it")
    return figure


def co_occurrence(found: CoOccurrence, class_titles: Mapping[str, str]) -> Figure:
    """Which classes are wrongly predicted, and which missed, on images that show another one.

    Parameters
    ----------
    found
        As :func:`cvlib.measure.labels.co_occurrence_errors` gives it.
    class_titles
        Of the classes.
    """
    names = [in_lines(class_titles[defect]) for defect in CLASSES]
    figure, axes = panels(1, 2, height=3.6, sharey=True)
    parts = ((found.false_alarms, found.lacking, "false alarms"), (found.misses, found.showing, "misses"))
    for plot, (wrong, of, title) in zip(axes[0], parts, strict=True):
        shares = np.divide(wrong, of, out=np.full(wrong.shape, np.nan), where=of > 0)
        texts = np.array([[f"{a}/{b}" if b else "-" for a, b in zip(*row, strict=True)]
                          for row in zip(wrong, of, strict=True)])  # fmt: skip
        shown = np.nan_to_num(shares)
        sns.heatmap(shown, vmin=0, vmax=1, cmap=SHADES, annot=texts, fmt="", ax=plot, cbar=False)
        plot.set_xticks(np.arange(len(CLASSES)) + 0.5, names, rotation=30, ha="right", fontsize="small")
        plot.set_yticks(np.arange(len(CLASSES)) + 0.5, names, rotation=0, fontsize="small")
        plot.set_xlabel("class judged")
        plot.set_title(title, fontsize="small")
    axes[0, 0].set_ylabel("images that show")
    return figure


def mistakes(images: Sequence[np.ndarray], texts: Sequence[str]) -> Figure:
    """Test images with what they show and what was predicted.

    Parameters
    ----------
    images
        (H, W, 3) uint8 each.
    texts
        Below each.
    """
    if not images:
        return nothing_to_draw("No answer is wrong.")
    figure, axes = panels(1, len(images), height=2.9)
    for plot, image, text in zip(axes[0], images, texts, strict=True):
        show_picture(plot, image)
        lines = [fill(line, 30) for line in text.splitlines()]
        plot.set_xlabel("\n".join(lines), fontsize="x-small")
    return figure
