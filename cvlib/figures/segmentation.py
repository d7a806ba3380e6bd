"""Figures of the chapter on segmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from cvlib.defects import CLASSES, COLOURS
from cvlib.figures.style import (
    OUTCOMES,
    SERIES,
    WIDTH,
    class_legend,
    in_lines,
    outcome_legend,
    overlay,
    panels,
    show_picture,
)

CONVENTIONS = {
    ("threshold", "pooled"): "threshold .5, pooled",
    ("threshold", "per image, empties skipped"): "threshold .5, per image, empties skipped",
    ("threshold", "per image, empties as 1"): "threshold .5, per image, empties as 1",
    ("argmax", "pooled"): "argmax, pooled",
    ("argmax", "per image, empties skipped"): "argmax, per image, empties skipped\n(the authors' notebook)",
    ("argmax", "per image, empties as 1"): "argmax, per image, empties as 1",
}


def outcomes(image: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Lay hits, false alarms and misses over an image.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    truth, predicted
        (H, W) bool.

    Returns
    -------
    (H, W, 3) uint8.
    """
    picture = image.astype(float)
    places = (truth & predicted, predicted & ~truth, truth & ~predicted)
    for colour, inside in zip(OUTCOMES.values(), places, strict=True):
        picture[inside] = 0.15 * picture[inside] + 0.85 * 255 * np.array(to_rgb(colour))
    return picture.round().astype(np.uint8)


def overlap(image: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> Figure:
    """What Dice and IoU compare, on one class of one image (paper 1, Fig. 13).

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    truth, predicted
        (H, W) bool.
    """
    both, either = np.count_nonzero(truth & predicted), np.count_nonzero(truth | predicted)
    total = np.count_nonzero(truth) + np.count_nonzero(predicted)
    figure, axes = panels(1, 4, height=2.2)
    show_picture(axes[0, 0], image, "image")
    show_picture(axes[0, 1], 255 * truth.astype(np.uint8), f"A, truth: {truth.sum():,} px")
    show_picture(axes[0, 2], 255 * predicted.astype(np.uint8), f"B, predicted: {predicted.sum():,} px")
    title = f"Dice {2 * both / total:.2f}, IoU {both / either:.2f}" if total else "both empty"
    show_picture(axes[0, 3], outcomes(image, truth, predicted), title)
    outcome_legend(figure)
    return figure


def losses(logs: Mapping[str, pd.DataFrame], titles: Mapping[str, str]) -> Figure:
    """Training and validation loss by epoch, a panel per model (paper 1, Fig. 14).

    Parameters
    ----------
    logs
        By model, with columns ``epoch`` (counted from 0), ``train_loss``, ``validation_loss`` and
        ``validation_iou``.
    titles
        Of the models.
    """
    columns = 3
    rows = -(-len(logs) // columns)
    figure, axes = panels(rows, columns, height=2.2 * rows, sharex=True, sharey=True)
    for plot, (model, log) in zip(axes.flat, logs.items(), strict=False):
        epochs = log["epoch"] + 1
        for part, (colour, marker, line) in zip(("train", "validation"), SERIES, strict=False):
            label = "training" if part == "train" else part
            plot.plot(epochs, log[f"{part}_loss"], color=colour, ls=line, marker=marker, ms=3, label=label)
        best = int(log["validation_iou"].argmax())
        plot.axvline(epochs.iloc[best], color="0.75", lw=1, zorder=0)
        plot.set_title(titles[model], fontsize="small")
    for plot in axes[-1]:
        plot.set_xlabel("epoch")
    for plot in axes[:, 0]:
        plot.set_ylabel("loss")
    axes[0, 0].set_yscale("log")
    axes[0, 0].legend(fontsize="small")
    return figure


def conventions(table: pd.DataFrame, class_titles: Mapping[str, str]) -> Figure:
    """One model's predictions scored in every way.

    Parameters
    ----------
    table
        As :func:`cvlib.segment.benchmark.by_convention` gives it.
    class_titles
        Of the classes.
    """
    figure, axes = panels(1, 1, height=3.4)
    for place, way in enumerate(CONVENTIONS):
        axes[0, 0].axhline(place, color="0.92", lw=1, zorder=0)
        for defect in CLASSES:
            value = table.loc[way, defect]
            axes[0, 0].plot(value, place, "o", color=COLOURS[defect], ms=8, alpha=0.9)
    axes[0, 0].set_yticks(range(len(CONVENTIONS)), [*CONVENTIONS.values()], fontsize="small")
    axes[0, 0].set(xlim=(-0.02, 1.02), xlabel="Dice")
    axes[0, 0].invert_yaxis()
    class_legend(figure, class_titles)
    return figure


def predictions(
    images: Sequence[np.ndarray], masks: Mapping[str, Sequence[np.ndarray]], class_titles: Mapping[str, str]
) -> Figure:
    """Images, their true masks and what models made of them, a row per image.

    Parameters
    ----------
    images
        (H, W, 3) uint8 each.
    masks
        (H, W, 4) bool for each image, by title of the column.
    class_titles
        Of the classes.
    """
    columns = 1 + len(masks)
    height, width = images[0].shape[:2]
    figure, axes = panels(len(images), columns, height=len(images) * WIDTH / columns * height / width + 0.7)
    for row, image in enumerate(images):
        show_picture(axes[row, 0], image, "image" if row == 0 else "")
        for column, (title, shown) in enumerate(masks.items(), start=1):
            show_picture(axes[row, column], overlay(image, shown[row]), in_lines(title) if row == 0 else "")
    class_legend(figure, class_titles)
    return figure


def failures(
    pictures: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]], class_titles: Mapping[str, str]
) -> Figure:
    """For each class, the image it fares worst on: hits, false alarms and misses.

    Parameters
    ----------
    pictures
        By class: image (H, W, 3), truth and prediction (H, W) bool.
    class_titles
        Of the classes.
    """
    figure, axes = panels(2, len(pictures), height=3.6)
    for column, (defect, (image, truth, predicted)) in enumerate(pictures.items()):
        both, total = (
            np.count_nonzero(truth & predicted),
            np.count_nonzero(truth) + np.count_nonzero(predicted),
        )
        show_picture(axes[0, column], image, in_lines(class_titles[defect]))
        show_picture(axes[1, column], outcomes(image, truth, predicted), f"Dice {2 * both / total:.2f}")
    outcome_legend(figure)
    return figure
