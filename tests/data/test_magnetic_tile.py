"""The reader of the magnetic tiles: with made-up files always, with the real ones where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cvlib.data import MagneticTile, check, data_root, open_dataset
from cvlib.data.magnetic_tile import CATEGORIES, tiles
from cvlib.defects import CLASSES
from cvlib.errors import DataError

COUNTS = {"Blowhole": 115, "Break": 85, "Crack": 57, "Fray": 32, "Free": 952, "Uneven": 103}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One photograph per category, 10,000 numbers apart; each mask holds 127, 128 and 255."""
    for place, category in enumerate(CATEGORIES):
        folder = tmp_path / "magnetic-tile" / category / "Imgs"
        folder.mkdir(parents=True)
        Image.new("L", (30, 20), 90).save(folder / f"exp1_num_{place}0001.jpg")
        mask = np.zeros((20, 30), np.uint8)
        mask[0, :3] = 127, 128, 255
        Image.fromarray(mask).save(folder / f"exp1_num_{place}0001.png")
    return tmp_path / "magnetic-tile"


def test_each_category_fills_its_slot(root: Path) -> None:
    data = MagneticTile(root)
    assert data.frames["category"].tolist() == list(CATEGORIES)
    assert data.frames["clip"].is_unique
    for index, slot in enumerate(CATEGORIES.values()):
        filled = {CLASSES[channel]: data.mask(index)[0, :4, channel].tolist() for channel in range(4)}
        expected = [False, True, True, False] if slot else [False] * 4
        assert filled == {name: expected if name == slot else [False] * 4 for name in CLASSES}
        assert data.image(index).shape == (20, 30, 3)


def test_letter_case_of_folders_does_not_matter(root: Path) -> None:
    for category in CATEGORIES:
        (root / category).rename(root / category.lower())
    data = MagneticTile(root)
    assert data.frames["category"].tolist() == list(CATEGORIES)
    assert data.mask(0)[..., CLASSES.index("pinhole")].any()


def test_a_tile_photographed_again_is_one_group_without_its_first_photograph() -> None:
    assert tiles(np.array([86828, 65001, 358149])).tolist() == [1, 0, 2]
    assert tiles(np.array([88149, 86828, 65001])).tolist() == [1, 1, 0]
    assert tiles(np.array([358149, 355732, 53025, 85602, 65001])).tolist() == [2, 2, 0, 1, 0]


def test_it_is_looked_for_in_the_data_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVLIB_DATA", str(root.parent))
    assert len(open_dataset("magnetic-tile")) == 6
    assert check("magnetic-tile") == []
    monkeypatch.setenv("CVLIB_DATA", str(root))
    with pytest.raises(DataError, match=r"no folder .*; get it with cvlib data fetch magnetic-tile"):
        open_dataset("magnetic-tile")
    assert "set CVLIB_DATA" in str(check("magnetic-tile")[0])


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("MT_Crack/Imgs/exp1_num_20001.png", "MT_Crack/Imgs/exp1_num_20001.jpg: no mask beside it"),
        ("MT_Crack/Imgs/exp1_num_20001.jpg", "MT_Crack/Imgs/exp1_num_20001.png: no photograph beside it"),
    ],
)
def test_half_a_pair_is_refused(root: Path, file: str, words: str) -> None:
    (root / file).rename(root / "elsewhere")
    (root / "MT_Crack/Imgs/exp1_num_1.jpg").write_bytes(
        (root / "MT_Free/Imgs/exp1_num_40001.jpg").read_bytes()
    )
    (root / "MT_Crack/Imgs/exp1_num_1.png").write_bytes(
        (root / "MT_Free/Imgs/exp1_num_40001.png").read_bytes()
    )
    with pytest.raises(DataError, match=words):
        MagneticTile(root)


def test_a_bad_mask_is_named_by_reader_and_check(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (10, 10)).save(root / "MT_Break/Imgs/exp1_num_10001.png")
    with pytest.raises(DataError) as caught:
        MagneticTile(root).mask(1)
    assert str(caught.value).startswith(
        "MT_Break/Imgs/exp1_num_10001.png: mask of 10 x 10 pixels, its image has 20"
    )
    monkeypatch.setenv("CVLIB_DATA", str(root.parent))
    assert [str(finding) for finding in check("magnetic-tile")] == [str(caught.value)]


def test_a_missing_category_and_an_unknown_name_are_refused(root: Path) -> None:
    (root / "MT_Free/Imgs/exp1_num_40001.jpg").rename(root / "MT_Free/Imgs/tile.jpg")
    (root / "MT_Free/Imgs/exp1_num_40001.png").rename(root / "MT_Free/Imgs/tile.png")
    with pytest.raises(DataError, match=r"MT_Free/Imgs/tile.jpg: the name is not exp<k>_num_<n>"):
        MagneticTile(root)
    (root / "MT_Free").rename(root / "free")
    with pytest.raises(DataError, match="no folder MT_Free/Imgs in it"):
        MagneticTile(root)


@pytest.fixture(scope="module")
def real() -> MagneticTile:
    folder = data_root() / "magnetic-tile"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: set CVLIB_DATA to the folder that holds magnetic-tile")
    return MagneticTile(folder)


def test_the_real_one_has_all_its_photographs(real: MagneticTile) -> None:
    counts = real.frames["category"].str.removeprefix("MT_").value_counts().to_dict()
    assert counts == COUNTS
    present = real.labels()
    assert present.sum().tolist() == [57, 85 + 32, 115, 103 - 4]  # four uneven tiles have empty masks


def test_one_tile_is_one_group_in_the_real_one(real: MagneticTile) -> None:
    groups = real.frames.set_index("number")["clip"]
    assert groups[[824, 853, 972]].nunique() == 1  # free, blowhole and fray: one tile, three exposures
    assert groups[[85602, 85781, 86828, 88149]].nunique() == 1
    assert groups[[53025, 65001]].nunique() == groups[[355732, 358149]].nunique() == 1
    assert groups[320895] == groups[321452]  # the longest pause within one tile
    assert groups.nunique() == 128 and groups.value_counts().max() == 42
