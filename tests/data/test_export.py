"""What is exported is what other tools read back."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis.extra.numpy import arrays

from cvlib.cli.command import cvlib
from cvlib.data import CoatingVision, Dataset, write
from cvlib.data.annotations import read_yolo
from cvlib.data.files import image_size
from cvlib.defects import CLASSES, DETECTION_CLASSES
from cvlib.errors import DataError, UserError
from cvlib.export.coco import CATEGORIES, objects_of, write_coco
from cvlib.export.croissant import write_croissant
from cvlib.export.yolo import write_yolo_folder
from tests.data.conftest import HEIGHT, WIDTH

MakeFake = Callable[..., Dataset]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cvlib, ["data", "export", *map(str, arguments)])


OLD_ARRAYS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
"""Of pycocotools."""


@OLD_ARRAYS
@given(arrays(bool, (7, 9, 4)))
def test_outlines_are_read_back_by_pycocotools(mask: np.ndarray) -> None:
    from pycocotools import mask as reader

    found = np.zeros_like(mask)
    for each in objects_of(mask):
        coded = reader.frPyObjects(each["segmentation"], *mask.shape[:2])
        piece = reader.decode(coded).astype(bool)
        channel = each["category_id"] - 1
        assert not (found[..., channel] & piece).any()
        found[..., channel] |= piece
        assert reader.area(coded) == each["area"]
        assert reader.toBbox(coded).tolist() == each["bbox"]
    assert np.array_equal(found, mask)


@OLD_ARRAYS
def test_coco_is_read_back(fake: MakeFake, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    data = fake(24)
    write_coco(data, tmp_path / "coco", progress=False)
    seen = []
    for part in ("train", "val", "test"):
        instances = COCO(str(tmp_path / "coco/annotations" / f"instances_{part}.json"))
        detection = COCO(str(tmp_path / "coco/annotations" / f"detection_{part}.json"))
        assert [each["name"] for each in instances.loadCats(instances.getCatIds())] == list(CLASSES)
        assert {each["name"]: each["id"] for each in detection.loadCats(detection.getCatIds())} == {
            name: CATEGORIES[name] for name in DETECTION_CLASSES
        }
        for image in instances.loadImgs(instances.getImgIds()):
            index = data.frames["name"].tolist().index(image["file_name"].removesuffix(".jpg"))
            assert image["id"] == index + 1 and (image["height"], image["width"]) == (HEIGHT, WIDTH)
            found = np.zeros((HEIGHT, WIDTH, 4), bool)
            for each in instances.loadAnns(instances.getAnnIds(imgIds=image["id"])):
                found[..., each["category_id"] - 1] |= instances.annToMask(each).astype(bool)
            assert np.array_equal(found, data.mask(index))
            assert len(detection.getAnnIds(imgIds=image["id"])) == len(data.boxes(index))
            assert image_size(tmp_path / "coco/images" / image["file_name"]) == (HEIGHT, WIDTH)
            seen.append((image["clip"], part, image["id"]))
    assert sorted(each[2] for each in seen) == list(range(1, 25))
    assert len({each[:2] for each in seen}) == len({each[0] for each in seen})  # no clip in two parts


def test_yolo_is_read_back(fake: MakeFake, tmp_path: Path) -> None:
    data = fake(24)
    write_yolo_folder(data, tmp_path / "yolo", progress=False)
    about = yaml.safe_load((tmp_path / "yolo" / "data.yaml").read_text())
    assert about["names"] == {0: "pinhole", 1: "unclassified"} and "path" not in about
    names = data.frames["name"].tolist()
    read = []
    for part in ("train", "val", "test"):
        for path in sorted((tmp_path / "yolo" / about[part]).iterdir()):
            boxes = read_yolo(tmp_path / "yolo" / "labels" / part / f"{path.stem}.txt")
            np.testing.assert_allclose(boxes, data.boxes(names.index(path.stem)), atol=1e-6)
            read.append(path.stem)
    assert sorted(read) == sorted(names)
    with pytest.raises(UserError, match="--split all: YOLO trains on one part"):
        write_yolo_folder(data, tmp_path / "other", "all", progress=False)


@pytest.mark.slow
def test_ultralytics_reads_the_export(
    fake: MakeFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YOLO_OFFLINE", "1")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "settings"))
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ultralytics.data.dataset import YOLODataset
        from ultralytics.data.utils import check_det_dataset

        data = fake(24)
        write_yolo_folder(data, tmp_path / "yolo", progress=False)
        about = check_det_dataset(str(tmp_path / "yolo" / "data.yaml"), autodownload=False)
        read = YOLODataset(img_path=about["train"], data=about, augment=False, imgsz=32)
    names = data.frames["name"].tolist()
    assert about["nc"] == 2
    for label in read.labels:
        expected = data.boxes(names.index(Path(label["im_file"]).stem))
        found = np.concatenate([label["cls"], label["bboxes"]], axis=1)
        np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_croissant_is_read_back(fake: MakeFake, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    logging.getLogger("absl").setLevel(logging.ERROR)
    data = fake(24)
    write_croissant(data, tmp_path / "croissant", progress=False)
    read = mlcroissant.Dataset(str(tmp_path / "croissant" / "croissant.json"))
    assert not read.metadata.issues.errors
    names = data.frames["name"].tolist()
    images = {each["images/name"].decode(): each for each in read.records("images")}
    assert sorted(images) == sorted(names)
    for index, name in enumerate(names):
        record = images[name]
        assert [record[f"images/{defect}"] for defect in CLASSES] == data.label(index).tolist()
        assert record["images/clip"].decode() == str(data.frames["clip"][index])
        assert record["images/image"].size == (WIDTH, HEIGHT)
    masks = {each["masks/image"].decode(): np.array(each["masks/mask"]) for each in read.records("masks")}
    for index, name in enumerate(names):
        bits = masks[name][..., 0, None] >> np.arange(4) & 1
        assert np.array_equal(bits.astype(bool), data.mask(index))
    boxes = list(read.records("boxes"))
    assert len(boxes) == sum(len(data.boxes(index)) for index in range(24))
    assert {each["boxes/defect"].decode() for each in boxes} <= set(DETECTION_CLASSES)
    # What it describes is also a folder in the paper's formats.
    assert CoatingVision(tmp_path / "croissant").labels().equals(data.labels())


def test_files_are_copied_or_linked_as_they_are(folder: Path, tmp_path: Path) -> None:
    for link in (False, True):
        place = tmp_path / f"coco-{link}"
        write_coco(CoatingVision(folder), place, "all", link, progress=False)
        one, other = folder / "segmentation/images/image_3.jpg", place / "images/image_3.jpg"
        assert one.read_bytes() == other.read_bytes()
        assert one.samefile(other) == link
        assert [path.name for path in sorted((place / "annotations").iterdir())] == [
            "detection_all.json",
            "instances_all.json",
        ]


def test_croissant_without_its_package_is_refused(
    fake: MakeFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlcroissant", None)
    with pytest.raises(UserError, match="Croissant needs the package mlcroissant, which is not installed"):
        write_croissant(fake(12), tmp_path / "croissant", progress=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["paper", "coco", "yolo", "croissant"])
def test_a_folder_in_use_is_left_alone(folder: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "in-use").mkdir()
    (tmp_path / "in-use" / "note").write_text("keep")
    error = run(f"path:{folder}", "--format", kind, "--to", tmp_path / "in-use").exception
    assert isinstance(error, DataError) and "exists and is not empty, nothing written" in str(error)
    assert [path.name for path in (tmp_path / "in-use").iterdir()] == ["note"]


def test_a_bad_record_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    (folder / "segmentation/masks/image_9.png").write_bytes(b"no image")
    before = sorted(tmp_path.iterdir())
    error = run(f"path:{folder}", "--format", "coco", "--to", tmp_path / "out").exception
    assert isinstance(error, DataError) and "image_9.png" in str(error)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", ["paper", "croissant"])
def test_links_are_refused_where_images_are_written_anew(folder: Path, tmp_path: Path, kind: str) -> None:
    error = run(f"path:{folder}", "--format", kind, "--link", "--to", tmp_path / "out").exception
    assert isinstance(error, UserError) and f"--link: {kind} writes its images anew" in str(error)


def test_terms_of_photographs_are_told(fake: MakeFake, tmp_path: Path) -> None:
    photographs = fake(12)
    photographs.origin, photographs.licence = "photographs", "cite the paper"
    write(photographs, tmp_path / "tiles", progress=False)
    result = run(f"path:{tmp_path / 'tiles'}", "--format", "coco", "--to", tmp_path / "coco")
    assert "12 images in" in result.output
    assert "These are other people's photographs. Terms: cite the paper" in result.output
    content = json.loads((tmp_path / "coco/annotations/instances_test.json").read_text())
    assert content["licenses"][0]["name"] == "cite the paper"
