"""What is written is read back: by every layout, encoding and channel order that exists."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cvlib.data import BadFile, CoatingVision, Dataset, Subset, boxes_of_mask, check, write
from cvlib.data.channels import choose_order
from cvlib.data.coatingvision import UNGROUPED
from cvlib.data.files import read_mask_png, write_mask_png
from cvlib.errors import DataError

MakeFake = Callable[..., Dataset]


def same_masks(one: Dataset, other: Dataset) -> bool:
    return all(np.array_equal(one.mask(index), other.mask(index)) for index in range(len(one)))


def test_all_that_is_written_is_read_back(fake: MakeFake, folder: Path) -> None:
    data, read = fake(12), CoatingVision(folder)
    assert same_masks(data, read)
    assert read.frames.equals(data.frames)
    assert read.labels().equals(data.labels())
    assert (read.title, read.origin, read.licence) == (data.title, data.origin, data.licence)
    assert read.settings == data.settings and read.class_titles == data.class_titles
    for index in range(len(data)):
        np.testing.assert_allclose(read.boxes(index), data.boxes(index), atol=1e-6)
        assert read.image(index).shape == data.image(index).shape
    assert {finding.severity for finding in check(read)} == {"warning"}  # not 480 x 640


def test_images_survive_up_to_jpeg_losses(tmp_path: Path, fake: MakeFake) -> None:
    data = fake(1)
    smooth = cv2.GaussianBlur(data.image(0), (0, 0), 4)
    data.image = lambda index: smooth  # type: ignore[method-assign]
    write(data, tmp_path / "out", progress=False)
    assert np.abs(CoatingVision(tmp_path / "out").image(0).astype(int) - smooth).mean() < 3


def test_each_image_is_stored_once(folder: Path) -> None:
    kinds = ("segmentation", "classification", "detection")
    files = [folder / kind / "images" / "image_0.jpg" for kind in kinds]
    assert len({path.stat().st_ino for path in files}) == 1


def test_the_same_data_set_gives_the_same_bytes(tmp_path: Path, fake: MakeFake, folder: Path) -> None:
    write(fake(12), tmp_path / "again", progress=False)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert len(files) == 12 * 5 + 3
    assert all((folder / path).read_bytes() == (tmp_path / "again" / path).read_bytes() for path in files)
    assert CoatingVision(folder).fingerprint() == CoatingVision(tmp_path / "again").fingerprint()


@pytest.mark.parametrize("file", ["segmentation/masks/image_3.png", "frames.csv"])
def test_the_fingerprint_tells_another_mask_or_table(folder: Path, file: str) -> None:
    before = CoatingVision(folder).fingerprint()
    if file == "frames.csv":
        (folder / file).write_text((folder / file).read_text().replace("600", "700"))
    else:
        write_mask_png(folder / file, np.ones((24, 32, 4), bool))
    assert CoatingVision(folder).fingerprint() != before


def test_alpha_is_data_and_transparent_pixels_keep_their_colours(tmp_path: Path) -> None:
    mask = np.random.default_rng(0).random((24, 32, 4)) < 0.5
    mask[:12, :, 3] = False
    write_mask_png(tmp_path / "mask.png", mask)
    assert np.array_equal(read_mask_png(tmp_path / "mask.png"), mask * np.uint8(255))


def test_0_and_1_reads_as_0_and_255(fake: MakeFake, folder: Path) -> None:
    for path in (folder / "segmentation/masks").iterdir():
        Image.fromarray(np.asarray(Image.open(path)) // 255).save(path)
    assert same_masks(fake(12), CoatingVision(folder))
    assert not [finding for finding in check(f"path:{folder}") if finding.severity == "error"]


def to_split(folder: Path) -> None:
    """Move every fourth image to val."""
    for kind, notes in (("segmentation", "masks"), ("classification", "labels"), ("detection", "labels")):
        for part in ("train", "val"):
            for inner in ("images", notes):
                (folder / kind / part / inner).mkdir(parents=True)
        for inner in ("images", notes):
            for path in sorted((folder / kind / inner).iterdir()):
                number = path.stem.removeprefix("image_")
                part = "val" if number.isdigit() and int(number) % 4 == 0 else "train"
                path.rename(folder / kind / part / inner / path.name)
            (folder / kind / inner).rmdir()
    table = folder / "classification/train/labels/annotations.csv"
    shutil.copy(table, folder / "classification/val/labels/annotations.csv")
    head, *lines = table.read_text().splitlines()
    for part in ("train", "val"):
        names = {path.name for path in (folder / "classification" / part / "images").iterdir()}
        mine = [line for line in lines if line.split(",")[0] in names]
        (folder / f"classification/{part}/labels/annotations.csv").write_text("\n".join([head, *mine]))


def test_a_split_folder_reads_as_a_flat_one(fake: MakeFake, folder: Path) -> None:
    to_split(folder)
    data, read = fake(12), CoatingVision(folder)
    assert same_masks(data, read)
    assert read.labels().equals(data.labels())
    assert not [finding for finding in check(f"path:{folder}") if finding.severity == "error"]
    (folder / "frames.csv").unlink()
    assert CoatingVision(folder).frames["split"].tolist() == ["val", "train", "train", "train"] * 3


def test_letter_case_does_not_matter(fake: MakeFake, folder: Path) -> None:
    for path in sorted(folder.rglob("*"), key=lambda path: -len(path.parts)):
        if path.suffix in (".jpg", ".png", ".txt", ".csv") and path.parent != folder:
            path.rename(path.with_suffix(path.suffix.upper()))
        elif path.is_dir():
            path.rename(path.with_name(path.name.capitalize()))
    assert same_masks(fake(12), CoatingVision(folder))
    assert CoatingVision(folder).labels().equals(fake(12).labels())


def test_the_segmentation_folder_itself_will_do(fake: MakeFake, folder: Path) -> None:
    assert same_masks(fake(12), CoatingVision(folder / "segmentation"))
    assert CoatingVision(folder / "segmentation").title == "fake coatings"


def test_a_bare_folder_of_images_and_masks_will_do(tmp_path: Path, fake: MakeFake, folder: Path) -> None:
    bare = (folder / "segmentation").rename(tmp_path / "bare")
    read = CoatingVision(bare, "RGBA")
    assert same_masks(fake(12), read)
    assert read.labels().equals(fake(12).labels())  # from the masks
    assert np.array_equal(read.boxes(1), fake(12).boxes(1))
    assert read.origin == "unknown"
    assert read.frames["clip"].is_unique and read.frames["frame"].tolist() == list(range(12))


def test_an_image_without_text_file_has_no_boxes(folder: Path) -> None:
    (folder / "detection/labels/image_1.txt").unlink()
    assert CoatingVision(folder).boxes(1).shape == (0, 5)
    findings = check(f"path:{folder}")
    assert any("no text file for 1 of 12 images" in str(finding) for finding in findings)


def as_opencv_writes(folder: Path) -> None:
    """Let OpenCV write the masks with the surface crack in its channel 0, blue."""
    for path in (folder / "segmentation/masks").iterdir():
        cv2.imwrite(str(path), np.asarray(Image.open(path)))


@pytest.mark.parametrize("order", ["RGBA", "BGRA"])
def test_auto_finds_the_order(tmp_path: Path, fake: MakeFake, order: str) -> None:
    write(fake(88), tmp_path / "out", progress=False)
    (tmp_path / "out/manifest.json").unlink()
    if order == "BGRA":
        as_opencv_writes(tmp_path / "out")
    read = CoatingVision(tmp_path / "out")
    assert read.channels == order
    assert f"Channel order {order} chosen: red, green and blue are set in " in read.channel_note
    assert same_masks(fake(88), read)


def test_the_manifest_wins_over_what_the_masks_look_like(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"channels": "BGRA"}))
    assert CoatingVision(folder).channels == "BGRA"
    assert CoatingVision(folder, "RGBA").channels == "RGBA"


def test_masks_that_look_like_neither_order_are_refused(fake: MakeFake, folder: Path) -> None:
    (folder / "manifest.json").unlink()
    for path in (folder / "segmentation/masks").iterdir():
        write_mask_png(path, np.ones((24, 32, 4), bool))
    with pytest.raises(
        DataError, match=r"12 masks, expected at least 50 .*pass channels=RGBA .*BGRA"
    ) as caught:
        CoatingVision(folder)
    assert str(caught.value) in [str(one) for one in check(f"path:{folder}") if one.severity == "error"]
    assert not any("pass channels=RGBA" in str(finding) for finding in check(f"path:{folder}", "BGRA"))
    with pytest.raises(DataError, match=r"set in 100 %, 100 %, 100 % of 50 masks.* too unclear"):
        choose_order(np.ones((50, 4), bool))


def test_a_few_masks_are_not_enough_to_tell_the_order() -> None:
    present = np.zeros((50, 4), bool)
    present[:42, 0] = present[:5, 1] = present[:10, 2] = True
    assert choose_order(present)[0] == "RGBA"
    with pytest.raises(DataError, match="49 masks, expected at least 50 to tell the channel order from them"):
        choose_order(present[1:])


def test_shares_half_way_between_the_orders_are_refused() -> None:
    present = np.zeros((100, 4), bool)
    present[:55, 0] = present[:9, 1] = present[:55, 2] = True
    with pytest.raises(DataError, match="too unclear"):
        choose_order(present)


def test_an_unknown_order_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="channels=RGB: expected auto, RGBA, BGRA"):
        CoatingVision(folder, "RGB")  # type: ignore[arg-type]


def test_remarks_about_files_are_not_stored_with_a_copy(tmp_path: Path, folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    changes = {"channels": "BGRA", "remarks": ["Taken at night."]}
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))
    (folder / "frames.csv").unlink()
    data: Dataset = CoatingVision(folder)
    stated = "Channel order {} is stated in manifest.json."
    assert data.remarks == ["Taken at night.", stated.format("BGRA"), UNGROUPED]
    for turn in ("once", "twice"):
        write(Subset(data, range(12)), tmp_path / turn, progress=False)
        data = CoatingVision(tmp_path / turn)
        assert data.remarks == ["Taken at night.", stated.format("RGBA"), UNGROUPED]


def test_a_file_is_no_folder_to_write_to(tmp_path: Path, fake: MakeFake) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"file: a file, expected a folder that does not exist yet"):
        write(fake(3), tmp_path / "file", progress=False)
    with pytest.raises(DataError, match=r"file/out: a file stands in the way; move it away"):
        write(fake(3), tmp_path / "file/out", progress=False)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, r"cannot be written \(No space left on device\); make room"),
        (errno.EACCES, "permission denied; name a place that your user may write to"),
        (errno.EIO, r"cannot be written \(Input/output error\)"),
    ],
)
def test_what_fails_in_writing_is_worded_so(
    tmp_path: Path, fake: MakeFake, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(path: Path, content: bytes) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(DataError, match=f"out: {words}"):
        write(fake(3), tmp_path / "out", progress=False)


@pytest.mark.skipif(os.name != "posix", reason="a process cannot be asked for elsewhere")
def test_what_killed_writers_left_is_swept(tmp_path: Path, fake: MakeFake) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    here = platform.node()
    swept = [f".out.{here}.{ended.pid}.part", f".out.{here}.{os.getpid()}.part"]
    kept = [f".out.{here}.{os.getppid()}.part", f".other.{here}.{ended.pid}.part", f".out.x{here}.1.part"]
    for name in swept + kept:
        (tmp_path / name / "segmentation").mkdir(parents=True)
    write(fake(3), tmp_path / "out", progress=False)
    assert {path.name for path in tmp_path.iterdir()} == {*kept, "out"}


def test_nothing_is_overwritten(fake: MakeFake, folder: Path) -> None:
    with pytest.raises(DataError, match="exists and is not empty"):
        write(fake(3), folder, progress=False)
    assert len(CoatingVision(folder)) == 12


def test_an_empty_folder_may_be_there(tmp_path: Path, fake: MakeFake) -> None:
    (tmp_path / "out").mkdir()
    write(fake(3), tmp_path / "out", progress=False)
    assert len(CoatingVision(tmp_path / "out")) == 3


def test_nothing_is_left_of_a_failure_half_way(tmp_path: Path, fake: MakeFake) -> None:
    with pytest.raises(RuntimeError):
        write(fake(6, fail_at=4), tmp_path / "out", progress=False)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, fake: MakeFake) -> None:
    data = fake(2)
    data.frames["name"] = ["a", "../b"]
    with pytest.raises(DataError, match="cannot be a file's name"):
        write(data, tmp_path / "out", progress=False)
    data.frames["name"] = ["a", "a"]
    with pytest.raises(DataError, match="two images are called a"):
        write(data, tmp_path / "out", progress=False)


def test_boxes_touching_at_a_corner_are_one_and_orders_are_kept() -> None:
    mask = np.zeros((10, 10, 4), bool)
    mask[1, 1, 2] = mask[2, 2, 2] = mask[8, 8, 3] = True
    np.testing.assert_allclose(boxes_of_mask(mask), [[0, 0.2, 0.2, 0.2, 0.2], [1, 0.85, 0.85, 0.1, 0.1]])
    assert boxes_of_mask(np.zeros((4, 4, 4), bool)).shape == (0, 5)


def test_a_bad_file_travels_between_processes(folder: Path) -> None:
    import pickle

    (folder / "segmentation/masks/image_1.png").unlink()
    with pytest.raises(BadFile) as caught:
        CoatingVision(folder)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
