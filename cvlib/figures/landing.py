"""Small pictures of the tasks for the first page: simulated images with what is true of them, no model."""

from __future__ import annotations

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cvlib.data import Simulated
from cvlib.defects import CLASSES, COLOURS, DETECTION_CLASSES
from cvlib.figures.corners import POLARITIES
from cvlib.figures.style import overlay, show_picture
from cvlib.measure.objects import Objects, find_objects
from cvlib.measure.roundness import measurable, roundness
from cvlib.simulate import cell, xray

SIZE = (3.2, 2.4)
"""Of a picture, in inches."""


def _frame(rows: int = 1, columns: int = 1) -> tuple[Figure, np.ndarray]:
    figure, axes = plt.subplots(rows, columns, figsize=SIZE, squeeze=False)
    plt.close(figure)
    figure.subplots_adjust(0, 0, 1, 1, wspace=0.03, hspace=0.04)
    return figure, axes


@cache
def _coatings() -> Simulated:
    return Simulated(seed=0)


def segmentation() -> Figure:
    """A coating, its right half under the colours of its mask."""
    data = _coatings()
    image, mask = data.image(1282), data.mask(1282)
    half = image.shape[1] // 2
    picture = np.concatenate([image[:, :half], overlay(image, mask)[:, half:]], axis=1)
    figure, axes = _frame()
    show_picture(axes[0, 0], picture)
    axes[0, 0].axvline(half - 0.5, color="white", lw=1.5)
    return figure


def detection() -> Figure:
    """A coating with the boxes of its pinholes and unclassified defects."""
    data = _coatings()
    image = data.image(366)
    height, width = image.shape[:2]
    figure, axes = _frame()
    show_picture(axes[0, 0], image)
    for number, x, y, w, h in data.boxes(366):
        left, top = (x - w / 2) * width - 4, (y - h / 2) * height - 4
        colour = COLOURS[DETECTION_CLASSES[int(number)]]
        box = Rectangle((left, top), w * width + 8, h * height + 8, fill=False, ec=colour, lw=2)
        axes[0, 0].add_patch(box)
    return figure


def classification() -> Figure:
    """Four coatings, each with a square per class: filled where the image shows the class."""
    data = _coatings()
    figure, axes = _frame(2, 2)
    for plot, index in zip(axes.flat, (424, 2, 68, 121), strict=True):
        image = data.image(index)
        show_picture(plot, image)
        plot.set_aspect("auto")
        _squares(plot, data.label(index))
    return figure


def _squares(plot: Axes, shown: np.ndarray) -> None:
    for place, (defect, present) in enumerate(zip(CLASSES, shown, strict=True)):
        fill = COLOURS[defect] if present else "none"
        corner = (0.05 + 0.14 * place, 0.07)
        square = Rectangle(corner, 0.11, 0.15, transform=plot.transAxes, fc=fill, ec="white", lw=1)
        plot.add_patch(square)


def shapes() -> Figure:
    """Six pinholes from ragged to round, each with its roundness."""
    found = sorted(
        (each for index in (366, 422, 1282) for each in _pinholes(index)), key=lambda each: each[0]
    )
    figure, axes = _frame(2, 3)
    figure.set_facecolor("black")
    ranks = np.linspace(0, len(found) - 1, axes.size).round().astype(int)
    for plot, (value, plane) in zip(axes.flat, (found[rank] for rank in ranks), strict=True):
        show_picture(plot, overlay(np.zeros((*plane.shape[:2], 3), np.uint8), plane, opacity=1))
        plot.text(
            0.5, 0.04, f"{value:.2f}", color="white", ha="center", fontsize=11, transform=plot.transAxes
        )
    return figure


def _pinholes(index: int) -> list[tuple[float, np.ndarray]]:
    """Roundness and cut-out mask of the larger pinholes of a simulated image."""
    mask = _coatings().mask(index) & (np.array(CLASSES) == "pinhole")
    found = find_objects(mask.any(axis=2))
    values = roundness(found.area, found.boundary_length)
    large = np.flatnonzero(measurable(found) & (found.area > 250))
    return [(float(values[each]), _cut(mask, found, each)) for each in large.tolist()]


def _cut(mask: np.ndarray, found: Objects, each: int) -> np.ndarray:
    """The bounding box of an object, within a square half as large again."""
    top, left, height, width = (int(of[each]) for of in (found.y, found.x, found.height, found.width))
    side = int(1.5 * max(height, width))
    rows, columns = (side - height) // 2, (side - width) // 2
    own = mask[top : top + height, left : left + width]
    return np.pad(own, ((rows, rows), (columns, columns), (0, 0)))


def localization() -> Figure:
    """Plate ends in an X-ray, marked by polarity."""
    view = cell.plan(images=1, seed=0)[0]
    figure, axes = _frame()
    show_picture(axes[0, 0], xray.draw(view))
    middle, reach = view.points.mean(axis=0), 0.62 * np.ptp(view.points[:, 1])
    left, top = middle[0] - 1.2 * reach, middle[1] - reach
    axes[0, 0].set(xlim=(left, left + 2 * reach * 4 / 3), ylim=(top + 2 * reach, top))
    for kind, (_, colour) in POLARITIES.items():
        ends = view.points[view.positive == kind]
        axes[0, 0].plot(*ends.T, "o", ms=7, mfc=colour, mec="white", mew=1)
    return figure
