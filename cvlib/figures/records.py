"""Figures of the chapter on data records and statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from cvlib.data import Dataset
from cvlib.defects import CLASSES, COLOURS, DETECTION_CLASSES
from cvlib.figures.style import SHADES, WIDTH, class_legend, in_lines, overlay, panels, show_picture
from cvlib.measure.intervals import Interval


def samples(data: Dataset, positions: Sequence[int]) -> Figure:
    """Images above their masks laid over them (paper 1, Fig. 5).

    Parameters
    ----------
    data
        Any data set.
    positions
        Which images, one column each.
    """
    figure, axes = panels(2, len(positions), height=1.55 * WIDTH / len(positions) + 0.5)
    for column, index in enumerate(positions):
        image = data.image(index)
        show_picture(axes[0, column], image, title=str(data.frames["name"].iloc[index]))
        show_picture(axes[1, column], overlay(image, data.mask(index)))
    class_legend(figure, data.class_titles)
    return figure


def channels(mask: np.ndarray, titles: Mapping[str, str]) -> Figure:
    """The four channels of one mask file, each in its own panel (paper 1, Defect Segmentation).

    Parameters
    ----------
    mask
        (H, W, 4) bool or uint8.
    titles
        What each channel holds.
    """
    figure, axes = panels(1, 4, height=2.2)
    for channel, defect in enumerate(CLASSES):
        title = f"channel {channel}:\n{in_lines(titles[defect])}"
        show_picture(axes[0, channel], 255 * (mask[:, :, channel] > 0).astype(np.uint8), title)
    return figure


def yolo_example(lines: pd.DataFrame, height: int, width: int, image: np.ndarray | None = None) -> Figure:
    """What the numbers of a YOLO line mean, drawn to scale (paper 1, Fig. 10 and Table 2).

    Parameters
    ----------
    lines
        One row per box: ``class``, ``x``, ``y``, ``w``, ``h``, the last four as shares of the image.
    height, width
        Size of the image in pixels.
    image
        (height, width, 3) uint8 to draw on; else an empty frame.
    """
    figure, axes = panels(1, 1, height=4.0, width=5.4)
    plot = axes[0, 0]
    if image is not None:
        plot.imshow(image, extent=(0, width, height, 0))
    plot.set(xlim=(0, width), ylim=(height, 0), aspect="equal", xlabel="column in px", ylabel="row in px")
    for line in lines.itertuples():
        defect = DETECTION_CLASSES[int(line[1])]
        x, y, w, h = (float(value) for value in line[2:6])
        corner = ((x - w / 2) * width, (y - h / 2) * height)
        plot.add_patch(Rectangle(corner, w * width, h * height, fill=False, color=COLOURS[defect], lw=2))
        plot.plot(x * width, y * height, "+", color=COLOURS[defect])
        size = f"{w * width:.1f} px wide, {h * height:.1f} px high"
        text = f"{int(line[1])} = {defect}\ncentre ({x:.3f}, {y:.3f})\n{size}"
        plot.annotate(
            text,
            (corner[0] + w * width + 14, y * height),
            va="center",
            fontsize="small",
            bbox={"fc": "white", "ec": COLOURS[defect], "alpha": 0.85},
        )
    return figure


def boxes(data: Dataset, positions: Sequence[int]) -> Figure:
    """Images with the boxes of their detection records (paper 1, Fig. 12)."""
    figure, axes = panels(1, len(positions), height=0.82 * WIDTH / len(positions) + 0.3)
    for plot, index in zip(axes[0], positions, strict=True):
        image = data.image(index)
        height, width = image.shape[:2]
        show_picture(plot, image, title=str(data.frames["name"].iloc[index]))
        for number, x, y, w, h in data.boxes(index):
            corner = ((x - w / 2) * width - 0.5, (y - h / 2) * height - 0.5)
            colour = COLOURS[DETECTION_CLASSES[int(number)]]
            plot.add_patch(Rectangle(corner, w * width, h * height, fill=False, color=colour, lw=1.5))
    return figure


def prevalence(
    shares: Mapping[str, Interval], published: Mapping[str, float], titles: Mapping[str, str]
) -> Figure:
    """Share of images that show each class, with its interval, beside the published share.

    Parameters
    ----------
    shares
        By class, as shares of 1.
    published
        By class, as shares of 1; classes without a published share are left out.
    titles
        Names to show.
    """
    figure, axes = panels(1, 1, height=2.6, width=6.4)
    plot = axes[0, 0]
    for place, defect in enumerate(CLASSES):
        value, low, high = shares[defect]
        plot.barh(place, value, color=COLOURS[defect], height=0.55)
        plot.errorbar(value, place, xerr=[[value - low], [high - value]], color="black", capsize=3, lw=1)
        if defect in published:
            plot.plot([published[defect]] * 2, [place - 0.38, place + 0.38], color="black", lw=2.5)
    plot.plot([], [], color="black", lw=2.5, label="published, paper 1")
    plot.errorbar([], [], xerr=[], color="black", capsize=3, lw=1, label="95 % interval over clips")
    plot.set_yticks(range(len(CLASSES)), [titles[defect] for defect in CLASSES])
    plot.invert_yaxis()
    plot.xaxis.set_major_formatter(PercentFormatter(1))
    plot.set(xlabel="share of images", xlim=(0, 1))
    figure.legend(loc="outside lower center", ncols=2, fontsize="small")
    return figure


def cooccurrence(presence: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """How often classes are seen in one image: counts, and shares of the row's images.

    Parameters
    ----------
    presence
        (N, 4) bool, one column per class.
    titles
        Names to show.
    """
    counts = presence.T.astype(int) @ presence.astype(int)
    own = np.diag(counts).reshape(-1, 1)
    shares = counts / np.maximum(own, 1)
    texts = [
        [f"{count}\n{share:.0%}" for count, share in zip(*row, strict=True)]
        for row in zip(counts.to_numpy(), shares.to_numpy(), strict=True)
    ]
    names = [in_lines(titles[defect]) for defect in CLASSES]
    figure, axes = panels(1, 1, height=3.6, width=6.2)
    sns.heatmap(
        shares,
        annot=np.array(texts),
        fmt="",
        cmap=SHADES,
        vmin=0,
        vmax=1,
        ax=axes[0, 0],
        xticklabels=names,
        yticklabels=names,
        cbar_kws={"label": "share of the row's images"},
    )
    axes[0, 0].set(xlabel="also shows", ylabel="images with")
    axes[0, 0].tick_params(axis="both", rotation=0, labelsize="small")
    return figure


def object_sizes(objects: pd.DataFrame, um_per_pixel: float | None, titles: Mapping[str, str]) -> Figure:
    """Equivalent diameters of all objects by class, on a logarithmic axis.

    Parameters
    ----------
    objects
        As ``cvlib.survey.survey`` gives them.
    um_per_pixel
        Scale of the images; None where it is not known, and then the axis is in pixels.
    titles
        Names to show.
    """
    diameter = 2 * np.sqrt(objects["area"] / np.pi) * (um_per_pixel or 1)
    frame = pd.DataFrame({"diameter": diameter, "defect": objects["defect"]})
    unit = "µm" if um_per_pixel else "px"
    figure, axes = panels(1, 4, height=2.6, sharex=True)
    smallest, largest = (diameter.min(), diameter.max()) if len(diameter) else (1, 10)
    edges = np.geomspace(0.9 * smallest, 1.1 * largest, 30).tolist()
    for plot, defect in zip(axes[0], CLASSES, strict=True):
        sizes = frame.loc[frame["defect"] == defect, "diameter"]
        plot.hist(sizes, bins=edges, color=COLOURS[defect])
        plot.set(
            xscale="log",
            xlabel=f"diameter in {unit}",
            title=f"{in_lines(titles[defect])}\n{len(sizes):,} objects",
        )
    axes[0, 0].set_ylabel("objects")
    return figure
