"""Data sets by name, and the simulated one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cvlib.data import (
    SOURCES,
    CoatingVision,
    Simulated,
    Subset,
    check,
    describe,
    facts_of,
    open_dataset,
    state_of,
    write,
)
from cvlib.errors import DataError, UserError
from cvlib.simulate import coating


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("simulate", "did you mean simulated"),
        ("magnetic_tile", "did you mean magnetic-tile"),
        ("x" * 5000, "choose one"),
    ],
)
def test_an_unknown_name_lists_the_known_ones(name: str, guess: str) -> None:
    for look_up in (open_dataset, check, describe):
        with pytest.raises(
            DataError,
            match="magnetic-tile, crack-forest, coatingvision, path:DIR; " + guess,
        ):
            look_up(name)


def test_a_folder_without_path_is_guessed(folder: Path) -> None:
    with pytest.raises(DataError, match=f"did you mean path:{folder}"):
        open_dataset(str(folder))
    with pytest.raises(DataError, match="path: names no folder"):
        open_dataset("path:")
    data = open_dataset(f"path:{folder}")
    assert isinstance(data, CoatingVision) and data.name == f"path:{folder}"


def test_every_source_can_be_described() -> None:
    assert [describe(source.name) for source in SOURCES] == list(SOURCES)
    assert describe("path:here").name == "path:DIR"


def test_the_simulated_one_survives_writing(tmp_path: Path) -> None:
    data = Simulated(images=18, seed=1)
    write(data, tmp_path / "out", progress=False)
    read = CoatingVision(tmp_path / "out")
    assert read.settings == {"images": 18, "seed": 1} and read.origin == "simulated"
    assert read.frames.equals(data.frames) and read.labels().equals(data.labels())
    assert all(np.array_equal(read.mask(index), data.mask(index)) for index in range(18))
    assert check(read) == []


def test_masks_and_labels_do_not_depend_on_the_way(tmp_path: Path) -> None:
    data, other = Simulated(images=20, seed=2), Simulated(images=20, seed=2)
    for index in (19, 0, 7):
        alone = data.mask(index)
        other.image(index)
        assert np.array_equal(alone, other.mask(index))
        assert np.array_equal(alone.any(axis=(0, 1)), data.label(index))
        alone[:] = True  # a copy: nobody else sees it
        assert not data.mask(index).all()


def test_going_through_in_order_draws_each_clip_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    original = coating.draw

    def draw(clip: coating.Clip) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        drawn.append(clip.number)
        return original(clip)

    monkeypatch.setattr(coating, "draw", draw)
    data = Simulated(images=40)
    for index in range(40):
        data.image(index)
        data.mask(index)
    assert drawn == sorted(set(drawn)) == data.frames["clip"].unique().tolist()


def test_the_fingerprint_follows_the_settings() -> None:
    prints = {Simulated(images, seed).fingerprint() for images, seed in ((10, 0), (11, 0), (10, 1), (10, 0))}
    assert len(prints) == 3
    with pytest.raises(UserError):
        open_dataset("simulated", images=0)


@pytest.mark.parametrize("what", ["numpy.__version__", "cv2.__version__"])
def test_the_fingerprint_follows_what_draws(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Simulated(10).fingerprint()
    monkeypatch.setattr(what, "0.0")
    assert Simulated(10).fingerprint() != before


def test_the_fingerprint_follows_the_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Simulated(10).fingerprint()
    (tmp_path / "defects.py").write_text("CLASSES = ()")
    monkeypatch.setattr("cvlib.defects.__file__", str(tmp_path / "defects.py"))
    assert Simulated(10).fingerprint() != before


def test_importing_data_sets_is_light() -> None:
    program = "import sys, cvlib.data; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_folder_tells_its_own_facts(folder: Path) -> None:
    facts = dict(facts_of(f"path:{folder}"))
    assert (facts["images"], facts["clips"], facts["channels"]) == ("12", "4", "RGBA")
    assert (facts["title"], facts["origin"]) == ("fake coatings", "simulated")
    assert facts["remark"] == "Channel order RGBA is stated in manifest.json."
    with pytest.raises(DataError, match="nowhere: no such file or folder"):
        facts_of("path:nowhere")


def test_it_is_told_whether_a_data_set_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVLIB_DATA", str(tmp_path))
    for name in ("magnetic-tile", "crack-forest", "coatingvision"):
        looked_for = f"no, looked for {tmp_path / name}; cvlib data fetch {name}"
        assert looked_for in dict(facts_of(name))["here"] == state_of(describe(name))
        (tmp_path / name).mkdir()
        assert state_of(describe(name)) == f"yes, {tmp_path / name}"


def test_what_was_fetched_is_the_papers_own_data_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVLIB_DATA", str(folder.parent))
    with pytest.raises(DataError, match="get it with cvlib data fetch coatingvision"):
        open_dataset("coatingvision")
    folder.rename(folder.parent / "coatingvision")
    data = open_dataset("coatingvision", channels="RGBA")
    assert (data.name, data.title, data.origin) == ("coatingvision", "CoatingVision", "photographs")
    assert check("coatingvision", channels="RGBA") == check(data)


def test_a_subset_asks_the_whole(folder: Path) -> None:
    whole = CoatingVision(folder)
    part = Subset(whole, [5, 2])
    assert part.frames["name"].tolist() == ["image_5", "image_2"]
    assert part.labels().equals(whole.labels().iloc[[5, 2]])
    assert np.array_equal(part.mask(0), whole.mask(5)) and np.array_equal(part.boxes(1), whole.boxes(2))
