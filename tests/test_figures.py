"""Figures show what they are given."""

from __future__ import annotations

import re

import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cvlib import statistics
from cvlib.data import Dataset
from cvlib.defects import TITLES
from cvlib.figures import records, roundness
from cvlib.figures.style import overlay
from cvlib.measure.roundness import roundness_of_discs
from cvlib.notebooks import ROOT, chapters
from cvlib.survey import survey


def bars(figure: Figure) -> list[float]:
    return [patch.get_width() for patch in figure.axes[0].patches]  # type: ignore[attr-defined]


def test_an_overlay_changes_the_marked_pixels_only() -> None:
    image = np.full((4, 5, 3), 100, np.uint8)
    mask = np.zeros((4, 5, 4), bool)
    mask[1, 2, 2] = True
    picture = overlay(image, mask, opacity=1)
    assert picture[1, 2].tolist() == [0xD5, 0x5E, 0x00]
    assert (np.delete(picture.reshape(-1, 3), 7, axis=0) == 100).all()
    assert (image == 100).all()


def test_prevalence_bars_are_as_long_as_the_shares(small_data: Dataset) -> None:
    shares = statistics.image_shares(small_data, survey(small_data).presence)
    figure = records.prevalence(shares, statistics.published_shares(), TITLES)
    assert bars(figure) == pytest.approx([4 / 6, 1 / 6, 2 / 6, 0])


def test_cooccurrence_counts_images(small_data: Dataset) -> None:
    figure = records.cooccurrence(survey(small_data).presence, TITLES)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[:4] == ["4\n100%", "1\n25%", "2\n50%", "0\n0%"]


def test_yolo_boxes_lie_where_their_lines_say() -> None:
    lines = pd.DataFrame([[0, 0.5, 0.25, 0.2, 0.1]], columns=["class", "x", "y", "w", "h"])
    (box,) = records.yolo_example(lines, height=480, width=640).axes[0].patches
    assert box.get_bbox().bounds == pytest.approx((256, 96, 128, 48))  # type: ignore[attr-defined]


def test_boxes_are_drawn_around_their_pixels(small_data: Dataset) -> None:
    (box,) = records.boxes(small_data, [2]).axes[0].patches
    assert box.get_bbox().bounds == pytest.approx((39.5, 29.5, 7, 7))  # type: ignore[attr-defined]


def test_every_figure_can_be_saved(small_data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = survey(small_data)
    radii = np.array([4.0, 8.0])
    drawn = [
        records.samples(small_data, [0, 2]),
        records.channels(small_data.mask(2), TITLES),
        records.object_sizes(found.objects, None, TITLES),
        roundness.gallery(small_data, found.objects[found.objects["measurable"]]),
        roundness.gallery(small_data, found.objects.iloc[:0]),
        roundness.histogram(found.objects, "small"),
        roundness.compare({"one": found.objects, "none": found.objects.iloc[:0]}),
        roundness.discs(radii, roundness_of_discs(radii, per_radius=5)),
    ]
    for number, figure in enumerate(drawn):
        figure.savefig(tmp_path_factory.getbasetemp() / f"{number}.png")


def figures_of(chapter: str) -> dict[str, tuple[str, str]]:
    """Caption and alt text of each figure that cells of a chapter show, by name."""
    cells = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4).cells
    shown = [cell.metadata["mystnb"] for cell in cells if "figure" in cell.metadata.get("mystnb", {})]
    return {
        each["figure"]["name"]: (each["figure"]["caption"], each.get("image", {}).get("alt", ""))
        for each in shown
    }


@pytest.mark.parametrize("chapter", chapters())
def test_alt_texts_say_what_is_to_be_seen_and_type_no_numbers(chapter: str) -> None:
    told = figures_of(chapter)
    assert told
    for caption, alt in told.values():
        code = re.search(r"Drawn by {py:func}`cvlib\.figures\.([a-z0-9_.]+)`", caption)
        assert code
        # comparisons say what they show themselves, with numbers from the data
        own = code[1] in ("comparison.masks", "detection.toggled", "localization.before_after")
        assert not alt if own else (len(alt) > 40 and alt.endswith(".") and alt not in caption)
        assert not re.search(r"\d\.\d|\d ?%|\d{2}", alt)
