"""One look for all figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from cvlib.defects import CLASSES, COLOURS

OUTCOMES = {"hit": "#56B4E9", "false alarm": "#E69F00", "missed": "#F0E442"}
"""True positives, false positives and false negatives: colours that no class has."""

WIDTH = 8.0
"""Width of a full-width figure in inches."""


def set_style() -> None:
    """Set matplotlib's defaults for every figure drawn from now on."""
    sns.set_theme(
        context="notebook",
        style="ticks",
        font_scale=0.9,
        rc={
            "figure.dpi": 120,
            "savefig.dpi": 120,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": "medium",
            "legend.frameon": False,
        },
    )


def panels(
    rows: int, columns: int, height: float, width: float = WIDTH, **options: Any
) -> tuple[Figure, np.ndarray]:
    """A figure with (rows, columns) axes; pyplot forgets it at once, so a notebook shows it once."""
    figure, axes = plt.subplots(
        rows, columns, figsize=(width, height), layout="constrained", squeeze=False, **options
    )
    plt.close(figure)
    return figure, axes


def show_picture(axes: Axes, picture: np.ndarray, title: str = "") -> None:
    """Draw a picture without ticks or frame."""
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize="small")
    for spine in axes.spines.values():
        spine.set_visible(False)


def in_lines(title: str) -> str:
    """A class title with its remark in parentheses on a line of its own, for narrow panels.

    >>> in_lines("crack (MT_Crack)")
    'crack\\n(MT_Crack)'
    """
    return title.replace(" (", "\n(").replace(", ", ",\n")


def overlay(image: np.ndarray, mask: np.ndarray, opacity: float = 0.75) -> np.ndarray:
    """Lay the class colours of a mask over an image.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    mask
        (H, W, 4) bool.
    opacity
        Of the colours, 0 to 1.

    Returns
    -------
    numpy.ndarray
        (H, W, 3) uint8; where classes overlap, the later one shows.
    """
    picture = image.astype(float)
    for channel, defect in enumerate(CLASSES):
        colour = 255 * np.array(to_rgb(COLOURS[defect]))
        inside = mask[:, :, channel]
        picture[inside] = (1 - opacity) * picture[inside] + opacity * colour
    return picture.round().astype(np.uint8)


def class_legend(figure: Figure, titles: Mapping[str, str]) -> None:
    """A legend of the class colours below the panels."""
    handles = [Patch(color=COLOURS[defect], label=titles[defect]) for defect in CLASSES]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize="small")


def outcome_legend(figure: Figure) -> None:
    """A legend of hits, false alarms and misses below the panels."""
    handles = [Patch(color=colour, label=what) for what, colour in OUTCOMES.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize="small")
