"""A folder of one's own: small, of odd sizes, with one format alone, or without one of the classes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from cvlib.data import Simulated, check, facts_of, open_dataset, write
from cvlib.data.dataset import Known
from cvlib.errors import DataError
from cvlib.export.coco import write_coco
from cvlib.export.croissant import write_croissant
from cvlib.export.yolo import write_yolo_folder
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


def alone(kind: str, folder: Path, images: int = 16) -> Path:
    """A folder with one of the paper's three formats, and which images are of one sample."""
    write(Simulated(images=images, seed=3), folder / "all", progress=False)
    place = folder / "mine"
    shutil.move(folder / "all" / kind, place / kind)
    shutil.move(folder / "all" / "frames.csv", place)
    return place


KINDS: dict[str, Known] = {"segmentation": "masks", "detection": "boxes", "classification": "labels"}


@pytest.mark.parametrize(("kind", "below"), [(kind, below) for kind in KINDS for below in ("", kind)])
def test_a_folder_with_one_of_the_three_formats_is_read_and_says_what_it_lacks(
    tmp_path: Path, kind: str, below: str
) -> None:
    place, whole = alone(kind, tmp_path), Simulated(images=16, seed=3)
    assert [finding for finding in check(f"path:{place}", "RGBA") if finding.severity == "error"] == []
    facts = dict(facts_of(f"path:{place}", "RGBA"))
    assert facts["known"] == ("boxes, labels, masks" if kind == "segmentation" else KINDS[kind])
    assert ("channels" in facts) == (kind == "segmentation")
    data = open_dataset(f"path:{place / below}", channels="RGBA")
    assert data.frames["clip"].tolist() == whole.frames["clip"].tolist()
    assert data.image(3).shape == whole.image(3).shape
    reads: dict[Known, Callable[[], object]] = {
        "masks": lambda: np.testing.assert_array_equal(data.mask(3), whole.mask(3)),
        "boxes": lambda: np.testing.assert_allclose(data.boxes(3), whole.boxes(3), atol=1e-6),
        "labels": lambda: np.testing.assert_array_equal(data.labels(), whole.labels()),
    }
    for known, read in reads.items():
        if kind == "segmentation" or known == KINDS[kind]:
            read()
        else:
            with pytest.raises(DataError, match=f"^folder .*: no {known}.*does without: {kind}$"):
                read()


def test_two_formats_together_serve_both(tmp_path: Path) -> None:
    place = alone("detection", tmp_path)
    shutil.move(tmp_path / "all" / "classification", place)
    data, whole = open_dataset(f"path:{place}"), Simulated(images=16, seed=3)
    np.testing.assert_array_equal(data.labels(), whole.labels())
    np.testing.assert_allclose(data.boxes(5), whole.boxes(5), atol=1e-6)
    with pytest.raises(DataError, match=r"no masks; .* does without: classification, detection$"):
        data.mask(0)


def test_boxes_alone_change_with_the_content(tmp_path: Path) -> None:
    place = alone("detection", tmp_path)
    before = open_dataset(f"path:{place}").fingerprint()
    (place / "detection/labels/image_00003.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    assert open_dataset(f"path:{place}").fingerprint() != before


def test_boxes_alone_become_coco_and_yolo_but_not_croissant(tmp_path: Path) -> None:
    data, whole = open_dataset(f"path:{alone('detection', tmp_path)}"), Simulated(images=16, seed=3)
    write_coco(data, tmp_path / "coco", "all", progress=False)
    assert [path.name for path in (tmp_path / "coco/annotations").iterdir()] == ["detection_all.json"]
    content = json.loads((tmp_path / "coco/annotations/detection_all.json").read_text())
    assert len(content["annotations"]) == sum(len(whole.boxes(at)) for at in range(16)) > 0
    write_yolo_folder(data, tmp_path / "yolo", "random", progress=False)
    assert len([*(tmp_path / "yolo/labels").rglob("*.txt")]) == 16
    with pytest.raises(DataError, match="no masks"):
        write_croissant(data, tmp_path / "croissant", progress=False)
    assert not (tmp_path / "croissant").exists()


@pytest.mark.slow
def test_the_chapter_on_detection_runs_on_boxes_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "runs"))
    place, to = alone("detection", tmp_path, images=120), tmp_path / "executed.ipynb"
    cvlib("run", "detection", "-p", f"dataset=path:{place}", "-p", "profile=trial", "--to", str(to))
    text = to.read_text("utf-8")
    assert "folder mine" in text
    assert "thresholding, which is fitted to masks, is left out" in text


@pytest.mark.slow
def test_classification_learns_from_labels_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "runs"))
    place = alone("classification", tmp_path, images=120)
    write(Simulated(images=120, seed=3), tmp_path / "whole", progress=False)
    alone_and_whole = [
        cvlib("train", "classification", "features", "--dataset", f"path:{each}").rpartition("features")[2]
        for each in (place, tmp_path / "whole")
    ]
    assert alone_and_whole[0] == alone_and_whole[1] != ""


def cvlib(*words: str) -> str:
    """What a command prints."""
    answer = subprocess.run([sys.executable, "-m", "cvlib", *words], check=True, capture_output=True)
    return answer.stdout.decode()


def test_a_few_masks_do_not_tell_the_channel_order_and_the_message_says_what_to_pass(tmp_path: Path) -> None:
    for kind, name, shape in (("images", "a.jpg", (120, 160, 3)), ("masks", "a.png", (120, 160, 4))):
        folder = tmp_path / "segmentation" / kind
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / name), np.zeros(shape, np.uint8))
    with pytest.raises(DataError, match=r"1 masks, expected at least 50 .*for a chapter -p channels=RGBA"):
        open_dataset(f"path:{tmp_path}")
    data = open_dataset(f"path:{tmp_path}", channels="RGBA")
    assert len(data) == 1
