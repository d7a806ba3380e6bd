"""Each way to spoil a folder gives one line naming the file, the same from reader and check."""

from __future__ import annotations

import os
import re
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cvlib.data import BadFile, CoatingVision, check
from cvlib.data.channels import Channels
from cvlib.data.decoding import LARGEST_IMAGE
from cvlib.errors import DataError

IMAGE, MASK = "segmentation/images/image_7.jpg", "segmentation/masks/image_7.png"
CSV, BOXES = "classification/labels/annotations.csv", "detection/labels/image_7.txt"


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()  # break the hard link, or three files are cut at once
    path.write_bytes(content[: len(content) * 2 // 3])


def empty(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.unlink()
    path.write_text("not an image")


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").touch()


def huge(path: Path) -> None:
    """A PNG head that claims 40,000 x 40,000 pixels."""
    head = struct.pack(">IIBBBBB", 40000, 40000, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"0")), (b"IEND", b"")]
    packed = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    path.unlink()
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


def mask_with(*values: int) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        mask = np.asarray(Image.open(path)).copy()
        mask[0, : len(values), 1] = values
        Image.fromarray(mask).save(path)

    return spoil


def saved_as(mode: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        image = Image.open(path).convert(mode)
        path.unlink()
        image.save(path)

    return spoil


def resized(path: Path) -> None:
    Image.open(path).resize((16, 12), Image.Resampling.NEAREST).save(path)


def written(content: str | bytes) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return spoil


def replaced(old: str, new: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new, 1))

    return spoil


def emptied(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()


def as_bitmaps(path: Path) -> None:
    for mask in list(path.iterdir()):
        mask.rename(mask.with_suffix(".bmp"))


BAD: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "image cut off": (IMAGE, cut, "damaged or cut off"),
    "image empty": (IMAGE, empty, "0 bytes"),
    "image is text": (IMAGE, text, "not a JPEG or PNG image"),
    "image is a folder": (IMAGE, to_folder, "a folder, expected a file"),
    "image too large": (IMAGE, huge, f"more than {LARGEST_IMAGE // 1_000_000} million pixels"),
    "image in CMYK": (IMAGE, saved_as("CMYK"), "colour mode CMYK, expected RGB or grey"),
    "image missing": (
        MASK,
        lambda path: (path.parents[1] / "images/image_7.jpg").unlink(),
        "no image image_7",
    ),
    "mask missing": (IMAGE, lambda path: (path.parents[1] / "masks/image_7.png").unlink(), "no mask image_7"),
    "mask cut off": (MASK, cut, "damaged or cut off"),
    "mask empty": (MASK, empty, "0 bytes"),
    "mask is text": (MASK, text, "not a JPEG or PNG image"),
    "mask is a folder": (MASK, to_folder, "a folder, expected a file"),
    "mask too large": (MASK, huge, "million pixels, refused"),
    "mask of 3 channels": (
        MASK,
        saved_as("RGB"),
        "3 channels, expected 4 (RGBA, one per defect class); write the",
    ),
    "mask of 1 channel": (MASK, saved_as("L"), "1 channel, expected 4"),
    "mask with a palette": (MASK, saved_as("P"), "1 channel, expected 4"),
    "mask of other size": (MASK, resized, "mask of 12 x 16 pixels, its image has 24 x 32"),
    "mask value 7": (MASK, mask_with(7), "pixel values 7, expected only 0 and 255"),
    "mask value 128": (MASK, mask_with(128), "pixel values 128, expected only 0 and 255"),
    "mask values mixed": (MASK, mask_with(1, 255), "pixel values 1 and 255 mixed"),
    "mask with many values": (MASK, mask_with(*range(20, 29)), "20, 21, 22, 23, 24 and 4 more"),
    "no such column": (
        CSV,
        replaced("pinhole", "bubble"),
        "line 1: no column pinhole; the first line must be",
    ),
    "no image column": (CSV, replaced("image,", "picture,"), "line 1: no column image;"),
    "label 2": (CSV, replaced("image_7.jpg,0", "image_7.jpg,2"), "line 9: surface_crack is '2', expected 0"),
    "label missing": (
        CSV,
        replaced("image_7.jpg,0", "image_7.jpg,"),
        "line 9: surface_crack is '', expected 0",
    ),
    "label line short": (
        CSV,
        replaced("image_7.jpg,0,0", "image_7.jpg"),
        "line 9: 3 cells, expected at least 5",
    ),
    "label twice": (CSV, replaced("image_7.jpg", "image_6.jpg"), "line 9: image_6 for the second time"),
    "label of no image": (CSV, replaced("image_7.jpg", "image_99.jpg"), "no line for image_7"),
    "label without name": (CSV, replaced("image_7.jpg", ""), "line 9: no image name"),
    "labels not UTF-8": (CSV, written(b"image,\xff\n"), "not UTF-8 text (byte 7)"),
    "labels empty": (CSV, written(""), "line 1: no column image, surface_crack"),
    "labels binary": (CSV, written(b"image\0,\r\n" * 3), "no column"),
    "few fields": (BOXES, written("0 .5 .5 .1 .1\n0 .5 .5 .1\n"), "line 2: 4 fields, expected 5"),
    "not a number": (BOXES, written("0 .5 half .1 .1\n"), "line 1: 'half' is not a number"),
    "NaN": (BOXES, written("0 .5 nan .1 .1\n"), "line 1: 0 .5 nan .1 .1: expected finite numbers"),
    "infinite class": (BOXES, written("inf .5 .5 .1 .1\n"), "expected finite numbers"),
    "in pixels": (BOXES, written("0 320 .5 .1 .1\n"), "line 1: centre x is 320, expected 0 to 1"),
    "negative": (BOXES, written("0 .5 .5 -.1 .1\n"), "line 1: width is -0.1, expected 0 to 1"),
    "unknown class": (
        BOXES,
        written("2 .5 .5 .1 .1\n"),
        "line 1: class 2 is unknown, expected 0 (pinhole), 1",
    ),
    "half a class": (BOXES, written("0.5 .5 .5 .1 .1\n"), "line 1: class 0.5 is unknown"),
    "no width": (BOXES, written("0 .5 .5 0 .1\n"), "line 1: a box without width or height"),
    "box outside": (
        BOXES,
        written("0 .99 .5 .3 .1\n"),
        "line 1: the box reaches from 0.84 to 1.14 in x, expected",
    ),
    "box above": (BOXES, written("1 .5 .01 .1 .1\n"), "line 1: the box reaches from -0.04 to 0.06 in y"),
    "boxes not UTF-8": (BOXES, written(b"\xff\xfe0"), "not UTF-8 text (byte 1)"),
    "boxes a folder": (BOXES, to_folder, "a folder, expected a file"),
    "manifest no JSON": ("manifest.json", written("{"), "Invalid JSON"),
    "manifest without order": ("manifest.json", written('{"format_version": 1}'), "channels: Field required"),
    "manifest of tomorrow": (
        "manifest.json",
        replaced('version": 1', 'version": 2'),
        "format_version 2, expected 1",
    ),
    "frames without clip": ("frames.csv", replaced("clip", "film"), "line 1: no column clip"),
    "frames twice": ("frames.csv", replaced("image_7,", "image_6,"), "line 9: image_6 for the second time"),
    "frames of no image": ("frames.csv", replaced("image_7,", "image_99,"), "no line for image_7"),
    "frames with a long line": ("frames.csv", replaced("image_0,0", "image_0,0,0"), "not a table"),
    "frames with a clip missing": ("frames.csv", replaced("image_7,2", "image_7,"), "line 9: no clip"),
    "frames with a name missing": ("frames.csv", written("clip,name\n0,image_0\n1\n"), "line 3: no name"),
    "manifest a folder": ("manifest.json", to_folder, "a folder, expected a file"),
    "frames empty": ("frames.csv", written(""), "not a table"),
    "frames not UTF-8": ("frames.csv", written(b"name,clip\n\xff,1\n"), "not a table"),
    "masks folder empty": (
        "segmentation/masks",
        emptied,
        "an empty folder",
    ),
    "masks folder missing": (
        "segmentation",
        lambda path: shutil.rmtree(path / "masks"),
        "no folder masks in it",
    ),
    "no masks in the folder": (
        "segmentation/masks",
        as_bitmaps,
        "no .png file in it",
    ),
}


def read_all(folder: Path) -> None:
    data = CoatingVision(folder, "auto")
    data.labels()
    for index in range(len(data)):
        data.image(index)
        data.mask(index)
        data.boxes(index)


@pytest.mark.parametrize("case", BAD)
def test_reader_and_check_say_the_same_in_one_line(folder: Path, case: str) -> None:
    file, spoil, words = BAD[case]
    spoil(folder / file)
    errors = [str(finding) for finding in check(f"path:{folder}") if finding.severity == "error"]
    with pytest.raises(BadFile) as caught:
        read_all(folder)
    message = str(caught.value)
    assert file in message and words in message and "\n" not in message
    assert str(caught.value.findings[0]) in errors
    assert errors[0].startswith(file)


def test_findings_in_what_only_check_reads(folder: Path) -> None:
    cut(folder / "classification/images/image_3.jpg")
    (folder / "detection/images/image_4.jpg").unlink()
    errors = [str(finding) for finding in check(f"path:{folder}") if finding.severity == "error"]
    assert errors[0].startswith("classification/images/image_3.jpg: damaged or cut off")
    assert errors[1].startswith("detection/labels/image_4.txt: no image image_4.jpg")
    assert len(errors) == 2


def test_all_that_is_wrong_is_told_at_once(folder: Path) -> None:
    (folder / BOXES).write_text("0 .5 .5 .1\n\n0 .5 .5 .1 2\n3 .5 .5 .1 .1\n")
    cut(folder / IMAGE)
    cut(folder / MASK)
    errors = [finding for finding in check(f"path:{folder}") if finding.severity == "error"]
    assert [finding.file for finding in errors] == [IMAGE, MASK, BOXES, BOXES, BOXES]
    assert [finding.line for finding in errors] == [None, None, 1, 3, 4]
    with pytest.raises(DataError, match=r"\(and 2 more\)$"):
        CoatingVision(folder).boxes(7)


def test_all_lines_of_tables_are_told_at_once(folder: Path) -> None:
    replaced("image_7.jpg,0", "image_7.jpg,2")(folder / CSV)
    replaced("image_5.jpg,1,0", "image_5.jpg")(folder / CSV)
    replaced("image_3.jpg", "image_99.jpg")(folder / CSV)
    replaced("image_4,1", "image_4,")(folder / "frames.csv")
    replaced("image_5,", "image_6,")(folder / "frames.csv")
    replaced("image_8,", "image_77,")(folder / "frames.csv")
    errors = [str(finding) for finding in check(f"path:{folder}") if finding.severity == "error"]
    assert [error.split(";")[0] for error in errors] == [
        "frames.csv, line 6: no clip",
        "frames.csv, line 8: image_6 for the second time",
        "frames.csv: no line for image_5",
        "frames.csv: no line for image_8",
        "frames.csv: no image image_77",
        f"{CSV}, line 7: 3 cells, expected at least 5",
        f"{CSV}, line 9: surface_crack is '2', expected 0 (absent) or 1 (present)",
        f"{CSV}: no line for image_3",
        f"{CSV}: no image image_99",
    ]


def test_a_table_that_cannot_be_read_does_not_make_lines_missing(folder: Path) -> None:
    (folder / "classification/labels/more.csv").write_text("nothing\n")
    errors = [str(finding) for finding in check(f"path:{folder}") if finding.severity == "error"]
    assert len(errors) == 1 and errors[0].startswith(
        "classification/labels/more.csv, line 1: no column image"
    )


@pytest.mark.parametrize("channels", ["auto", "RGBA"])
def test_labels_that_contradict_the_masks_are_one_warning_for_each_class(
    folder: Path, channels: Channels
) -> None:
    table = folder / CSV
    for number in (0, 2, 3):  # without pinhole
        table.write_text(re.sub(rf"(image_{number}.jpg,.,.,)0", r"\g<1>1", table.read_text()))
    table.write_text(table.read_text().replace("image_5.jpg,1,0,1", "image_5.jpg,0,0,0"))
    findings = [str(one) for one in check(f"path:{folder}", channels) if one.file.startswith("class")]
    ending = "whose mask has some, of 12; correct the labels or the masks"
    assert findings == [
        "classification/labels: surface_crack is 1 for 0 images whose mask has none and 0 for 1 " + ending,
        "classification/labels: pinhole is 1 for 3 images whose mask has none and 0 for 1 " + ending,
    ]


def test_images_missing_beside_their_labels_are_told(folder: Path) -> None:
    for kind in ("classification", "detection"):
        for number in (4, 9):
            (folder / f"{kind}/images/image_{number}.jpg").unlink()
    errors = [str(finding) for finding in check(f"path:{folder}") if finding.severity == "error"]
    assert [error.split(";")[0] for error in errors] == [
        "classification/images: no image for 2 lines of the CSV file, such as image_4",
        "detection/labels/image_4.txt: no image image_4.jpg in detection/images",
        "detection/labels/image_9.txt: no image image_9.jpg in detection/images",
    ]


def test_a_box_may_reach_outside_by_rounding(folder: Path) -> None:
    (folder / BOXES).write_text("0 .96 .5 .09 .1\n")
    assert CoatingVision(folder).boxes(7).tolist() == [[0, 0.96, 0.5, 0.09, 0.1]]


def test_an_unusual_image_size_is_one_warning(folder: Path) -> None:
    warning = check(f"path:{folder}")[0]
    assert warning.severity == "warning"
    assert str(warning).startswith("segmentation/images: 12 of 12 images are not 480 x 640 pixels")


def test_masks_made_opaque_by_an_editor_are_a_warning(folder: Path) -> None:
    for path in (folder / "segmentation/masks").iterdir():
        image = Image.open(path)
        image.putalpha(255)
        image.save(path)
    assert any("alpha is 255 in every pixel of 12 of 12" in str(one) for one in check(f"path:{folder}"))


@pytest.mark.parametrize("missing", ["nowhere", "empty", "file", "wrong"])
def test_a_folder_that_is_none(tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "wrong/photos").mkdir(parents=True)
    expected = {
        "nowhere": "no such file or folder",
        "empty": "an empty folder",
        "file": "a file, expected a folder",
        "wrong": "no records in it; expected segmentation/images/*.jpg and",
    }
    with pytest.raises(DataError, match=re.escape(expected[missing])):
        CoatingVision(tmp_path / missing)
    (finding,) = check(f"path:{tmp_path / missing}")
    assert str(tmp_path / missing) in str(finding) and expected[missing] in str(finding)


def test_two_folders_that_differ_in_case_are_refused(folder: Path) -> None:
    if (folder / "SEGMENTATION").exists():
        pytest.skip("this disk does not tell letter cases apart")
    (folder / "Segmentation").mkdir()
    with pytest.raises(DataError, match="both Segmentation and segmentation in it"):
        CoatingVision(folder)


def test_an_image_in_two_splits_is_refused(tmp_path: Path, folder: Path) -> None:
    for part in ("train", "val"):
        shutil.copytree(folder / "segmentation", tmp_path / "split" / part)
    with pytest.raises(
        DataError, match=r"val/images/image_0.jpg: the name is taken by train/images/image_0.jpg"
    ):
        CoatingVision(tmp_path / "split")


@pytest.mark.parametrize("file", [IMAGE, MASK, BOXES, CSV, "segmentation/masks"])
def test_permission_denied(folder: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the refusal is made up."""

    def refusing(original: Callable[[Path], object]) -> Callable[[Path], object]:
        def act(path: Path) -> object:
            if path == folder / file:
                raise PermissionError(13, "Permission denied", str(path))
            return original(path)

        return act

    for name in ("read_bytes", "iterdir"):
        monkeypatch.setattr(Path, name, refusing(getattr(Path, name)))
    message = f"{file}: permission denied; make it readable for your user"
    assert message in [str(finding) for finding in check(f"path:{folder}")]
    with pytest.raises(DataError, match="permission denied"):
        read_all(folder)


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_dangling_link_and_a_circle_are_bad_files(folder: Path) -> None:
    for file, target in ((IMAGE, "gone.jpg"), (MASK, "image_7.png")):
        (folder / file).unlink()
        (folder / file).symlink_to(target)
    errors = [str(finding) for finding in check(f"path:{folder}") if finding.severity == "error"]
    assert errors[0] == f"{IMAGE}: no such file or folder; check the path"
    assert errors[1].startswith(f"{MASK}: cannot be read (")
