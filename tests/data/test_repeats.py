"""The audit for repeated frames: hand-made copies, simulated clips, folders, the command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cvlib.data import Dataset, data_root, open_dataset, repeats, write
from cvlib.data.duplicates import groups_from, overlaps
from cvlib.data.filmed import Filmed
from cvlib.data.image_folder import ImageFolder
from cvlib.data.repeats import Repeats, find
from cvlib.errors import DataError, UserError
from tests.data.conftest import FakeDataset
from tests.data.test_commands import run
from tests.data.test_duplicates import Pictures, texture, windows


def pairs_of(found: pd.DataFrame) -> set[tuple[int, int]]:
    return set(zip(found["first"].tolist(), found["second"].tolist(), strict=True))


def within(data: Dataset, reach_px: int) -> set[tuple[int, int]]:
    """Pairs of frames of one sample that are so far apart at most."""
    clip, offset = data.frames["clip"].to_numpy(), data.frames["offset_px"].to_numpy()
    near = (clip[:, None] == clip) & (np.abs(offset[:, None] - offset) <= reach_px)
    return {(int(a), int(b)) for a, b in np.argwhere(np.triu(near, 1))}


SEEDS = [pytest.param(8, 7), *(pytest.param(60, seed, marks=pytest.mark.slow) for seed in range(2))]


@pytest.mark.parametrize(("samples", "seed"), SEEDS)
def test_repeats_are_found_though_shifted_noisy_recoded_and_brighter_or_darker(
    samples: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    offsets = [[200, *(200 + random.integers(-4, 5, 3)).tolist()] for _ in range(samples)]
    data = Filmed(offsets, seed, changed=True)
    found = overlaps(data)
    true = within(data, 8)
    assert len(pairs_of(found) & true) >= 0.99 * len(true)
    scores = repeats_of(data, found).score_against(data.frames["clip"])
    assert scores["groups"].precision >= 0.99 and scores["groups"].recall >= 0.99


@pytest.mark.parametrize(("samples", "seed"), SEEDS)
def test_frames_that_overlap_by_nine_tenths_are_found(samples: int, seed: int) -> None:
    data = Filmed([range(0, 257, 64)] * samples, seed)
    true = within(data, 64)
    found = overlaps(data)
    assert len(true) == 4 * samples
    assert len(pairs_of(found) & true) >= 0.95 * len(true)
    assert pairs_of(found) <= within(data, 448)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_groups_of_as_many_images_as_the_paper_has_are_its_clips(seed: int) -> None:
    data = open_dataset("simulated", seed=seed)
    scores = repeats_of(data, overlaps(data)).score_against(data.frames["clip"])
    assert scores["groups"].precision >= 0.99 and scores["groups"].recall >= 0.95


def repeats_of(data: Dataset, found: pd.DataFrame) -> Repeats:
    none = found[["first", "second"]].iloc[:0]
    groups = groups_from(found, len(data))
    return Repeats(data.frames["name"].to_numpy(str), np.zeros(0, np.uint64), none, none, found, 0.75, groups)


def test_copies_alike_and_overlapping_images_are_told_apart() -> None:
    strip = texture(1, 600)
    first, apart = windows(strip, [0, 100])
    brighter = (first * 1.1).clip(0, 255).astype(np.uint8)
    found = find(Pictures([first, apart, texture(2), first, brighter]))
    assert pairs_of(found.identical) == {(0, 3)}
    assert pairs_of(found.alike) == {(0, 3), (0, 4), (3, 4)}
    assert pairs_of(found.overlapping) == {(0, 1), (0, 3), (0, 4), (1, 3), (1, 4), (3, 4)}
    assert found.overlapping["score"].is_monotonic_decreasing
    assert found.groups.tolist() == [0, 0, 1, 0, 0]
    assert [group.tolist() for group in found.largest()] == [[0, 1, 3, 4]]


def test_copies_of_a_blank_image_are_one_group_and_other_blank_images_are_not() -> None:
    blank = [np.full((240, 320), value, np.uint8) for value in (90, 90, 91)]
    found = find(Pictures([*blank, texture(1)]))
    assert found.overlapping.empty and found.groups.tolist() == [0, 0, 1, 2]


def test_hashes_alone_group_copies_and_need_no_correlation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "MOST_COMPARED", 3)
    pictures = [texture(1), texture(2), (texture(1) * 0.9).astype(np.uint8), texture(2)]
    found = find(Pictures(pictures), overlapping=False)
    assert found.groups.tolist() == [0, 1, 0, 1] and found.overlapping.empty
    with pytest.raises(DataError, match=r"pictures: 4 images, expected at most 3 .*--no-overlaps"):
        find(Pictures(pictures))


@given(st.data())
def test_scores_are_those_of_counting_pairs(data: st.DataObject) -> None:
    images = data.draw(st.integers(2, 12))
    lists = st.lists(st.integers(0, 3), min_size=images, max_size=images)
    clips, groups = np.array(data.draw(lists)), np.array(data.draw(lists))
    every = list(combinations(range(images), 2))
    chosen = data.draw(st.lists(st.sampled_from(every), unique=True))
    table = pd.DataFrame(chosen, columns=["first", "second"], dtype=int).assign(score=0.9)
    found = Repeats(np.array(["a"] * images), np.zeros(images, np.uint64), table, table, table, 0.75, groups)
    scores = found.score_against(clips)
    true = {pair for pair in every if clips[pair[0]] == clips[pair[1]]}
    joined = {pair for pair in every if groups[pair[0]] == groups[pair[1]]}
    for what, expected in (("groups", joined), ("alike", set(chosen)), ("overlapping", set(chosen))):
        assert scores[what] == (len(expected), len(true), len(expected & true))
        if expected and true:
            assert scores[what].precision == len(expected & true) / len(expected)
            assert scores[what].recall == len(expected & true) / len(true)


def test_scores_that_are_0_of_0_are_undefined_and_clips_of_other_images_refused() -> None:
    found = find(Pictures([texture(1), texture(2)]))
    scores = found.score_against([0, 1])["groups"]
    assert np.isnan(scores.precision) and np.isnan(scores.recall)
    with pytest.raises(DataError, match="3 clips for 2 images"):
        found.score_against([0, 1, 1])


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of six images in several formats: a strip, a copy saved again, an image of its own."""
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    first, second, third = windows(texture(1, 600), [0, 80, 160])
    other = texture(2)
    saved: Sequence[tuple[str, np.ndarray]] = [
        ("frame_2.png", second), ("frame_10.bmp", third), ("frame_1.tif", first), ("more/again.JPG", first),
        ("more/frame_1.tif", first), ("other.webp", other), (".hidden/x.png", other),
    ]  # fmt: skip
    for name, picture in saved:
        Image.fromarray(picture).save(folder / name)
    (folder / "notes.txt").write_text("none of these")
    return folder


def test_a_folder_of_any_images(pictures: Path) -> None:
    data = ImageFolder(pictures)
    names = ["frame_1.tif", "frame_2.png", "frame_10.bmp", "more/again.JPG", "more/frame_1.tif", "other.webp"]
    assert data.frames["name"].tolist() == names and data.frames["clip"].is_unique
    assert data.image(0).shape == (240, 320, 3) and not data.mask(0).any()
    before = data.fingerprint()
    Image.fromarray(texture(3)).save(pictures / "other.webp")
    assert ImageFolder(pictures).fingerprint() != before


def test_a_folder_in_the_papers_layout_gives_its_images_once_and_no_masks(folder: Path) -> None:
    data = ImageFolder(folder)
    assert len(data) == 12 and data.frames["name"].str.startswith("segmentation/images/").all()
    assert data.frames["clip"].tolist() == open_dataset(f"path:{folder}").frames["clip"].tolist()


def test_the_command_reports_and_ends_with_0(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    to = pictures.parent / "groups.csv"
    assert run(monkeypatch, "data", "duplicates", str(pictures), "--to", str(to)) == 0
    out = capsys.readouterr().out
    assert f"path:{pictures}: 6 images\n" in out
    assert "identical: 1 image with the pixels of an earlier one\n" in out
    assert "5: frame_1.tif, frame_2.png, frame_10.bmp, more/again.JPG, more/frame_1.tif\n" in out
    table = pd.read_csv(to)
    assert table.columns.tolist() == ["image", "group"] and table["group"].tolist() == [0, 0, 0, 0, 0, 1]
    assert sorted(path.name for path in to.parent.iterdir()) == ["groups.csv", "pictures"]


def test_the_command_in_json_and_with_hashes_alone(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "data", "duplicates", f"path:{pictures}", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["images"] == 6 and [len(group) for group in answer["groups"]] == [5]
    assert answer["identical"] == [{"first": "frame_1.tif", "second": "more/frame_1.tif"}]
    assert {"first", "second", "shift_px", "overlap", "score"} == answer["overlapping"][0].keys()
    assert run(monkeypatch, "data", "duplicates", str(pictures), "--no-overlaps", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["groups"] == [["frame_1.tif", "more/again.JPG", "more/frame_1.tif"]]
    assert answer["overlapping"] == []


def test_the_command_holds_known_clips_against_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(open_dataset("simulated", images=20, seed=1), tmp_path / "coatings", progress=False)
    assert run(monkeypatch, "data", "duplicates", f"path:{tmp_path / 'coatings'}") == 0
    out = capsys.readouterr().out
    assert "groups against the known clips: 100.0% of the pairs right, 100.0% of" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{}/nowhere"], "nowhere: no such file or folder"),
        (["path:{}/nowhere"], "nowhere: no such file or folder"),
        (["simulatd"], "did you mean simulated?"),
        (["{}/empty"], "empty: no image in it"),
        (["{}/pictures/frame_2.png"], "frame_2.png: a file, expected a folder"),
        (["{}/one"], "1 image, expected at least 2"),
        (["{}/broken"], "broken.png: not an image"),
        (["{}/broken", "--no-overlaps"], "broken.png: not an image"),
        (["{}/pictures", "--to", "{}/no/groups.csv"], "no folder"),
    ],
)
def test_mistakes_end_with_one_line(
    words: list[str],
    message: str,
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("empty", "one", "broken"):
        (tmp_path / name).mkdir()
        if name != "empty":
            Image.fromarray(texture(1)).save(tmp_path / name / "a.png")
    (tmp_path / "broken" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    before = sorted(tmp_path.rglob("*"))
    assert run(monkeypatch, "data", "duplicates", *(word.format(tmp_path) for word in words)) == 2
    out, err = capsys.readouterr()
    assert message in err and err.count("\n") == 1 and not out
    assert sorted(tmp_path.rglob("*")) == before


def test_an_offset_beyond_the_sample_is_refused() -> None:
    with pytest.raises(UserError, match="offset 449 px: expected 0 to 448"):
        Filmed([[0, 449]])


def test_frames_of_a_sample_show_the_same_where_they_overlap() -> None:
    data = Filmed([[0, 64, 0]], seed=3)
    first, second, again = (data.image(index).astype(int) for index in range(3))
    assert np.array_equal(data.mask(0)[:, 64:], data.mask(1)[:, :-64])
    assert 1 < np.abs(first - again).mean() < 8  # noise of its own, nothing else
    assert np.abs(first - second).mean() > 1.2 * np.abs(first[:, 64:] - second[:, :-64]).mean()
    assert data.fingerprint() != Filmed([[0, 64, 1]], seed=3).fingerprint()


def test_images_are_read_once(fake: type[FakeDataset], monkeypatch: pytest.MonkeyPatch) -> None:
    data, image = fake(12), fake(12).image
    read: list[int] = []

    def noted(index: int) -> np.ndarray:
        read.append(index)
        return image(index)

    monkeypatch.setattr(data, "image", noted)
    find(data)
    assert read == list(range(12))


@pytest.mark.slow
@pytest.mark.skipif(not (data_root() / "magnetic-tile").is_dir(), reason="no photographs of magnetic tiles")
def test_what_correlates_highly_among_the_tiles_is_one_tile() -> None:
    data = open_dataset("magnetic-tile")
    scores = find(data, least=0.9).score_against(data.frames["clip"])
    assert scores["overlapping"].precision >= 0.95 and scores["overlapping"].found > 1000
