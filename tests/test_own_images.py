"""A folder of one's own: small, of odd sizes, or without one of the classes."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from cvlib.data import open_dataset
from cvlib.errors import DataError
from cvlib.figures import classification
from cvlib.figures.detection import curves
from cvlib.measure.average_precision import Curve


def test_a_class_that_nothing_was_predicted_of_has_no_curve_and_does_no_harm() -> None:
    empty = Curve(np.zeros(0), np.zeros(0), np.zeros(0))
    found = Curve(np.array([0.9, 0.4]), np.array([1.0, 0.5]), np.array([0.5, 0.5]))
    by_class = {"surface_crack": empty, "pinhole": found}
    figure = curves(
        {"net": by_class},
        {"net": {"surface_crack": 0.0, "pinhole": 0.5}},
        {"net": 0.5},
        {"surface_crack": "surface crack", "pinhole": "pinhole"},
    )
    drawn = [line for line in figure.axes[0].lines if len(np.asarray(line.get_xdata()))]
    assert len(drawn) == 3  # the curve, its envelope and its point, of pinhole alone
    assert "surface crack: AP 0.000" in {text.get_text() for text in figure.axes[0].get_legend().texts}  # type: ignore[union-attr]


def test_where_there_is_nothing_to_draw_a_figure_says_why() -> None:
    truth = np.tile([True, False, False, False], (3, 1))
    for figure in (
        classification.curves(truth, {"net": truth.astype(float)}, {}),
        classification.reliability({}, {}, {}),
        classification.mistakes([], []),
    ):
        assert re.match(r"No .*\.$", figure.axes[0].texts[0].get_text())


def test_labels_or_boxes_without_masks_are_refused_in_one_line(tmp_path: Path) -> None:
    for kind, name, text in (
        ("classification", "annotations.csv", "image,surface_crack\na.jpg,1\n"),
        ("detection", "a.txt", "0 0.5 0.5 0.1 0.1\n"),
    ):
        folder = tmp_path / f"{kind}-only" / kind
        (folder / "images").mkdir(parents=True)
        (folder / "labels").mkdir()
        cv2.imwrite(str(folder / "images" / "a.jpg"), np.zeros((120, 160, 3), np.uint8))
        (folder / "labels" / name).write_text(text)
        with pytest.raises(DataError, match=r"no segmentation records in it; expected segmentation/images"):
            open_dataset(f"path:{folder.parent}")


def test_a_few_masks_do_not_tell_the_channel_order_and_the_message_says_what_to_pass(tmp_path: Path) -> None:
    for kind, name, shape in (("images", "a.jpg", (120, 160, 3)), ("masks", "a.png", (120, 160, 4))):
        folder = tmp_path / "segmentation" / kind
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / name), np.zeros(shape, np.uint8))
    with pytest.raises(DataError, match=r"1 masks, expected at least 50 .*for a chapter -p channels=RGBA"):
        open_dataset(f"path:{tmp_path}")
    data = open_dataset(f"path:{tmp_path}", channels="RGBA")
    assert len(data) == 1
