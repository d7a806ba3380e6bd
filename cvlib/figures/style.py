"""One look for all figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from cvlib.defects import CLASSES, COLOURS

OUTCOMES = {"hit": "#56B4E9", "false alarm": "#E69F00", "missed": "#F0E442"}
"""True positives, false positives and false negatives: bright, since they are laid over dark pictures."""


class Series(NamedTuple):
    """How a line or a row of dots is drawn that stands for no class."""

    colour: str
    marker: str
    line: str


SERIES = (
    Series("#000000", "o", "-"),
    Series("#882255", "s", "--"),
    Series("#332288", "^", "-."),
    Series("#6E6E6E", "D", ":"),
)
"""Models, methods and splits: dark on white, and no colour of a class even to those who see fewer."""

ON_DARK = (OUTCOMES["hit"], "#FFFFFF", OUTCOMES["missed"], OUTCOMES["false alarm"], "#999999")
"""What stands for no class, on black."""

SHADES = "Greys"
"""Colour map of tables in which darker is more."""

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
            "axes.prop_cycle": cycler(color=[each.colour for each in SERIES]),
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


def nothing_to_draw(reason: str) -> Figure:
    """A figure in place of one that these data do not give, which says why."""
    figure, axes = panels(1, 1, height=0.8)
    axes[0, 0].axis("off")
    axes[0, 0].text(0.5, 0.5, reason, ha="center", va="center")
    return figure


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


def overlay(image: np.ndarray, mask: np.ndarray, opacity: float = 0.8) -> np.ndarray:
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
