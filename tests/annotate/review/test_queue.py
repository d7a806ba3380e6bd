"""What there is to review: pairs, order, and one line for each way in which folders can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cvlib.annotate.review import Workspace, scan
from cvlib.errors import DataError


def test_images_by_number_with_masks_or_without(images: Path, masks: Path) -> None:
    (images / "image_5.jpg").rename(images / "image_10.jpg")
    (masks / "image_1.png").rename(masks / "image_1.PNG")
    items = scan(images, masks)
    assert [item.name for item in items] == [*(f"image_{n}" for n in range(5)), "image_10"]
    assert [item.mask.exists() for item in items] == [True] * 5 + [False]
    assert {(item.height, item.width) for item in items} == {(40, 60)}


def test_images_come_as_the_file_has_them_and_others_last(images: Path, masks: Path, tmp_path: Path) -> None:
    order = tmp_path / "order.csv"
    order.write_text("image,round,disagreement\nimage_4,1,.2\nimage_2.jpg,1,.9\nimage_0,1,0\nother,1,7\n")
    items = scan(images, masks, order)
    assert [item.name for item in items] == [f"image_{n}" for n in (4, 2, 0, 1, 3, 5)]
    assert [item.uncertainty for item in items] == [0.2, 0.9, 0, None, None, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image,entropy\nimage_0,1\n", "no column disagreement"),
        ("image,disagreement\nimage_0,high\n", "line 2: disagreement high"),
        ("image,disagreement\nimage_0,nan\n", "line 2: disagreement nan"),
        ("image,disagreement\nimage_0\n", "line 2: disagreement None"),
        ("image,disagreement\nimage_0,1\nimage_0,2\n", "line 3: image_0 a second time"),
        ("image,disagreement\nphoto,1\n", "names none of the images"),
        ("", "no column disagreement and image"),
        ("image,disagreement\n\udcff\n", "not a CSV table in UTF-8"),
        (None, "no such file"),
    ],
)
def test_an_order_that_is_none(
    images: Path, masks: Path, tmp_path: Path, text: str | None, expected: str
) -> None:
    order = tmp_path / "order.csv"
    if text is not None:
        order.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=expected) as error:
        scan(images, masks, order)
    assert "\n" not in str(error.value)


def test_what_is_wrong_with_a_folder_is_one_line(images: Path, masks: Path, tmp_path: Path) -> None:
    def said(pictures: Path, drawn: Path) -> str:
        with pytest.raises(DataError) as error:
            Workspace(pictures, drawn, "anna")
        assert "\n" not in str(error.value)
        return str(error.value)

    empty = tmp_path / "empty"
    empty.mkdir()
    assert "nowhere: no such file or folder" in said(tmp_path / "nowhere", masks)
    assert "nowhere: no such file or folder" in said(images, tmp_path / "nowhere")
    assert "no .jpg or .jpeg or .png file" in said(empty, masks)
    assert "images' own folder" in said(images, images)
    (masks / "review").write_text("a file in the way")
    assert "review: a file stands in the way" in said(images, masks)
    (masks / "review").unlink()
    (images / "image_2.png").write_bytes((masks / "image_2.png").read_bytes())
    assert "the name is taken by image_2.jpg" in said(images, masks)


def test_a_file_that_cannot_be_used_is_named(images: Path, masks: Path) -> None:
    Image.fromarray(np.zeros((41, 60, 4), np.uint8)).save(masks / "image_3.png")
    with pytest.raises(DataError, match=r"image_3.png: mask of 41 x 60 pixels, its image has 40 x 60"):
        scan(images, masks)
    (masks / "image_3.png").write_bytes(b"none")
    with pytest.raises(DataError, match=r"image_3.png: not a JPEG or PNG image"):
        scan(images, masks)
    (images / "image_1.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"image_1.jpg: 0 bytes, expected an image.*\(and 1 more\)"):
        scan(images, masks)


def test_a_mask_whose_damage_lies_deeper_is_told_when_it_is_opened(images: Path, masks: Path) -> None:
    content = (masks / "image_4.png").read_bytes()
    (masks / "image_4.png").write_bytes(content[:-20])
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(masks / "image_5.png")
    workspace = Workspace(images, masks, "anna")
    with pytest.raises(DataError, match=r"image_4.png: damaged or cut off"):
        workspace.item(4)
    with pytest.raises(DataError, match=r"image_5.png: 3 channels, expected 4"):
        workspace.item(5)
    assert workspace.item(3)["name"] == "image_3"
    workspace.close()


@pytest.mark.parametrize("kind", ["image", "mask", "review"])
def test_links_out_of_the_folders_are_refused(images: Path, masks: Path, tmp_path: Path, kind: str) -> None:
    outside = tmp_path / "outside"
    if kind == "review":
        outside.mkdir()
        (masks / "review").symlink_to(outside)
    else:
        path = images / "image_0.jpg" if kind == "image" else masks / "image_0.png"
        path.rename(outside)
        path.symlink_to(outside)
    with pytest.raises(DataError, match="a link out of"):
        Workspace(images, masks, "anna")
    assert outside.is_file() or not list(outside.iterdir())


def test_a_link_that_appears_later_is_refused_as_well(images: Path, masks: Path, tmp_path: Path) -> None:
    workspace = Workspace(images, masks, "anna")
    for path in (images / "image_0.jpg", masks / "image_0.png"):
        path.rename(tmp_path / path.name)
        path.symlink_to(tmp_path / path.name)
    (masks / "review/image_1.jsonl").symlink_to(tmp_path / "elsewhere")
    for read, index in ((workspace.image, 0), (workspace.mask, 0), (workspace.item, 1)):
        with pytest.raises(DataError, match="a link out of"):
            read(index)
    workspace.close()


def test_an_order_of_channels_against_the_manifest_is_refused(images: Path, masks: Path) -> None:
    with pytest.raises(DataError, match=r"--channels BGRA, but .*manifest.json said RGBA"):
        Workspace(images, masks, "anna", channels="BGRA")
    Workspace(images, masks, "anna", channels="RGBA").close()


def test_few_masks_do_not_tell_their_channel_order(images: Path, masks: Path) -> None:
    (masks.parents[1] / "manifest.json").unlink()
    with pytest.raises(DataError, match="add --channels RGBA") as error:
        Workspace(images, masks, "anna")
    assert "\n" not in str(error.value)
    workspace = Workspace(images, masks, "anna", channels="RGBA")
    workspace.close()
