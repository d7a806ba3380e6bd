"""Rounds on a folder under review: what networks may touch, what they say, and in which order to go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cvlib import runs
from cvlib.annotate import check, rounds
from cvlib.annotate.ensemble import members
from cvlib.annotate.review import Workspace, reviewed_names
from cvlib.annotate.review.log import Line
from cvlib.annotate.review.messages import Conflict, Drawn
from cvlib.annotate.reviewed import ReviewedStudy
from cvlib.annotate.scores import Corrected
from cvlib.cli.command import cvlib
from cvlib.data.channels import Order
from cvlib.data.files import read_mask_png, write_image, write_mask_png
from cvlib.defects import CLASSES
from cvlib.errors import DataError, UserError
from tests.annotate.review.conftest import TAB, Tab
from tests.data.test_duplicates import texture
from tests.segment.conftest import SMALL, Squares

OVERRIDES = [*SMALL, "epochs=1"]


@pytest.fixture(autouse=True, scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(runs.STORE_VARIABLE, str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture(autouse=True)
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two networks in place of three, to save time, but where a test wants them all."""
    if "all_members" not in request.fixturenames:
        for module in (rounds, check):
            monkeypatch.setattr(module, "members", lambda profile: members(profile)[:2])


@pytest.fixture
def all_members() -> None:
    """Three networks."""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Eighteen images of six clips with right labels, but that those of clip 1 miss all pinholes."""
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    data = Squares(18)
    for number, name in enumerate(data.frames["name"]):
        write_image(images / f"{name}.jpg", data.image(number))
        mask = data.mask(number)
        if 3 <= number < 6:
            mask[..., 1] = False
        write_mask_png(masks / f"{name}.png", mask)
    data.frames.to_csv(tmp_path / "frames.csv", index=False)
    return images, masks


def review(folders: tuple[Path, Path], numbers: list[int], right: bool = True) -> None:
    """Draw and save the true masks of some images, or save the labels as they are."""
    data = Squares(18)
    workspace = Workspace(*folders, by="anna", channels="RGBA")
    for number in numbers:
        tab = Tab(workspace, number)
        if right:
            redraw(tab, data.mask(number).transpose(2, 0, 1))
        tab.save()
        if right:
            assert np.array_equal(workspace.planes(number), data.mask(number).transpose(2, 0, 1))
    workspace.close()


def redraw(tab: Tab, truth: np.ndarray) -> None:
    """Strokes of one pixel along the rows until the mask is the true one."""
    for defect, shown, wanted in zip(CLASSES, tab.shown() > 0, truth, strict=True):
        for value, wrong in ((1, wanted & ~shown), (0, shown & ~wanted)):
            for y in np.flatnonzero(wrong.any(axis=1)):
                ends = np.flatnonzero(np.diff(np.pad(wrong[y], 1).astype(int))).reshape(-1, 2)
                for left, right in ends.tolist():
                    line = (left, int(y)), (right - 1, int(y))
                    tab.draw(*line, defect=defect, value=value, diameter=1)


def go(folders: tuple[Path, Path], anyway: bool = True) -> rounds.Round:
    workspace = Workspace(*folders, by="anna", channels="RGBA")
    try:
        return rounds.next_round(workspace, "quick", OVERRIDES, anyway=anyway, say=lambda text: None)
    finally:
        workspace.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


def test_a_round_labels_what_nobody_touched_and_keeps_what_it_replaced(folders: tuple[Path, Path]) -> None:
    review(folders, [0, 4, 8])
    before = contents(folders[1])
    done = go(folders)
    after = contents(folders[1])
    assert (done.number, done.reviewed, done.labelled, done.waiting) == (1, 3, 15, 0)
    changed = {name for name in before if before[name] != after[name]}
    assert changed and not changed & {"image_00.png", "image_04.png", "image_08.png"}
    for name in changed:
        kept = folders[1] / "review/versions" / name.replace(".png", ".1.png")
        assert kept.read_bytes() == before[name]
        assert read_mask_png(folders[1] / name).shape == (48, 80, 4)
    assert reviewed_names(folders[1]) == {"image_00", "image_04", "image_08"}


def test_the_queue_begins_with_an_image_of_every_clip(folders: tuple[Path, Path]) -> None:
    review(folders, [0, 4, 8])
    order = pd.read_csv(go(folders).order or "")
    assert len(order) == 15 and order["disagreement"].mean() == pytest.approx(1, abs=1e-3)
    clips = order["image"].str.removeprefix("image_").astype(int) // 3
    assert clips.head(6).nunique() == 6
    assert order["disagreement"].head(6).is_monotonic_decreasing
    workspace = Workspace(*folders, by="anna", order=folders[1] / "review/rounds/1.csv")
    assert [item.name for item in workspace.items][:15] == order["image"].tolist()
    workspace.close()


def test_the_labels_of_before_are_scored_on_what_was_reviewed_since(folders: tuple[Path, Path]) -> None:
    review(folders, [0, 3, 8])  # a pinhole-free label of clip 1 was corrected
    first = go(folders)
    assert first.corrected is not None and first.order is not None
    truth = Squares(18).mask(3)
    assert first.corrected.counts.fn.sum() == truth[..., 1].sum()
    assert first.corrected.counts.fp.sum() == 0
    assert first.corrected.todo.sum() == 1
    assert go(folders).corrected is None
    review(folders, [12], right=False)
    third = go(folders)
    assert third.number == 3 and third.reviewed == 4
    assert third.corrected is not None and third.corrected.todo.tolist() == [[0, 0, 0, 0]]
    record = json.loads((folders[1] / "review/rounds/3.json").read_text())
    assert record["labels of before"]["images"] == 1 and len(record["networks"]) == 2


def test_a_label_that_did_not_exist_was_empty(folders: tuple[Path, Path]) -> None:
    (folders[1] / "image_03.png").unlink()
    review(folders, [0, 3, 8])
    corrected = go(folders).corrected
    assert corrected is not None
    assert corrected.counts.fn.sum() == Squares(18).mask(3).sum()


def test_strokes_that_are_not_saved_are_left_alone(folders: tuple[Path, Path]) -> None:
    review(folders, [0, 4, 8])
    workspace = Workspace(*folders, by="anna", channels="RGBA")
    stroke = {"defect": "pinhole", "diameter": 3, "value": 1, "points": [(20, 10)]}
    line = Line.model_validate({"n": 1, "session": TAB, "op": "stroke", "stroke": stroke})
    workspace.draw(15, Drawn(base=workspace.item(15)["base"], lines=[line]))
    workspace.close()
    before = (folders[1] / "image_15.png").read_bytes()
    done = go(folders)
    assert (done.labelled, done.waiting) == (14, 1)
    assert (folders[1] / "image_15.png").read_bytes() == before
    workspace = Workspace(*folders, by="anna", channels="RGBA")
    for number in (0, 15):
        with pytest.raises(Conflict, match="left as it is"):
            workspace.relabel(number, np.zeros((4, 48, 80), bool))
    assert len(workspace.item(15)["lines"]) == 1
    workspace.close()


@pytest.mark.parametrize("order", ["RGBA", "BGRA"])
def test_labels_keep_the_order_and_the_values_of_the_folder(folders: tuple[Path, Path], order: Order) -> None:
    for path in folders[1].glob("*.png"):
        mask = read_mask_png(path) > 0
        write_mask_png(path, mask if order == "RGBA" else mask[..., [2, 1, 0, 3]])
    workspace = Workspace(*folders, by="anna", channels=order)
    wanted = np.zeros((4, 48, 80), bool)
    wanted[0, 3, 4] = True
    workspace.relabel(5, wanted)
    assert np.array_equal(workspace.planes(5), wanted)
    workspace.close()
    stored = read_mask_png(folders[1] / "image_05.png")
    assert stored[3, 4].tolist() == ([255, 0, 0, 0] if order == "RGBA" else [0, 0, 255, 0])


def test_the_same_reviews_give_the_same_networks(folders: tuple[Path, Path]) -> None:
    review(folders, [0, 4, 8])
    first, labels = go(folders), contents(folders[1])
    assert [run.id for run in go(folders).runs] == [run.id for run in first.runs]
    assert contents(folders[1]) == labels
    review(folders, [12])
    assert not {run.id for run in go(folders).runs} & {run.id for run in first.runs}


def test_overlapping_images_are_one_piece_where_nothing_is_said_of_clips(tmp_path: Path) -> None:
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    for number, left in enumerate((0, 60, 120)):
        write_image(images / f"image_{number}.jpg", _grey(texture(1, 800)[:, left : left + 640]))
    write_image(images / "image_3.jpg", _grey(texture(2, 640)))
    workspace = Workspace(images, masks, by="anna")
    clips = rounds.Shown(workspace).frames["clip"].tolist()
    workspace.close()
    assert clips[0] == clips[1] == clips[2] != clips[3]


def _grey(picture: np.ndarray) -> np.ndarray:
    return np.repeat(picture[..., None], 3, axis=2)


def test_labels_are_not_replaced_by_worse_ones_unless_asked_for(folders: tuple[Path, Path]) -> None:
    review(folders, [0, 4, 8])
    before = contents(folders[1])
    done = go(folders, anyway=False)
    assert done.worse and done.labelled == 0 and done.order is not None
    assert contents(folders[1]) == before
    assert len(pd.read_csv(done.order)) == 15
    assert go(folders).labelled == 15 and contents(folders[1]) != before


def test_a_record_that_was_moved_away_does_not_cost_another(folders: tuple[Path, Path]) -> None:
    review(folders, [0, 4, 8])
    for _ in range(2):
        go(folders)
    second = (folders[1] / "review/rounds/2.json").read_bytes()
    (folders[1] / "review/rounds/1.json").rename(folders[1] / "kept.json")
    assert go(folders).number == 3
    assert (folders[1] / "review/rounds/2.json").read_bytes() == second


def test_with_every_image_reviewed_there_is_no_queue(folders: tuple[Path, Path]) -> None:
    review(folders, list(range(18)))
    done = go(folders)
    assert (done.labelled, done.order) == (0, None)
    assert not (folders[1] / "review/rounds/1.csv").exists()


def test_a_damaged_mask_is_told_before_anything_is_trained(folders: tuple[Path, Path]) -> None:
    review(folders, [1, 5, 10])
    content = (folders[1] / "image_17.png").read_bytes()
    (folders[1] / "image_17.png").write_bytes(content[: len(content) // 2])
    before, known = contents(folders[1]), runs.identifiers()
    with pytest.raises(DataError, match=r"image_17\.png"):
        go(folders)
    assert contents(folders[1]) == before and runs.identifiers() == known


def test_all_that_was_reviewed_is_learnt_from_whatever_the_profile_takes() -> None:
    few = [*OVERRIDES, "images=6"]
    assert len(ReviewedStudy(Squares(18), "quick", few).data) == 18


def test_cross_validation_labels_every_image_once_and_never_its_own_clip() -> None:
    data = Squares(18)
    told: list[str] = []
    groups = data.frames["clip"].to_numpy()
    found = check.cross_validated(data, groups, 3, overrides=OVERRIDES, say=told.append)
    assert isinstance(found, Corrected) and len(found.todo) == 18
    assert sorted(found.groups.tolist()) == groups.tolist()
    assert sum("12 images to learn from, 6 to label" in line for line in told) == 3
    for few, folds in ((groups, 7), (groups // 2, 2), (groups // 3, 2)):
        with pytest.raises(UserError, match=f"too few for {folds} folds"):
            check.cross_validated(data, few, folds, overrides=OVERRIDES)


def command(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(cvlib, [str(word) for word in words], standalone_mode=False)
    if isinstance(result.exception, UserError):
        return 2, str(result.exception)
    assert result.exception is None, result.exception
    return 0, result.output


def test_a_round_says_what_was_done_and_how_to_go_on(folders: tuple[Path, Path], all_members: None) -> None:
    review(folders, [0, 4, 8, 12])
    options = [word for each in OVERRIDES for word in ("-p", each)]
    _, output = command("annotate", "round", *folders, "--anyway", *options)
    record = json.loads((folders[1] / "review/rounds/1.json").read_text())
    assert list(record["networks"]) == members("quick")
    assert "on 4 images reviewed since" in output
    assert "round 1: learnt from 4 images, labelled 14" in output
    assert f"cvlib review {folders[0]} {folders[1]} --order {folders[1] / 'review/rounds/1.csv'}" in output


def test_the_command_checks_by_cross_validation(folders: tuple[Path, Path]) -> None:
    review(folders, [0, 4, 8, 12])
    before = contents(folders[1])
    options = [word for each in OVERRIDES for word in ("-p", each)]
    _, output = command("annotate", "check", *folders, "--folds", 3, *options)
    assert "cross-validated on 4 reviewed images, 3 folds" in output
    assert "F1 of pixels, mean " in output and "unclassified absent" in output
    assert contents(folders[1]) == before


def test_what_cannot_be_done_is_one_line(folders: tuple[Path, Path], tmp_path: Path) -> None:
    assert command("annotate", "round", *folders, "--channels", "RGBA") == (
        2,
        f"{folders[1]}: no mask is reviewed; review some with cvlib review {folders[0]} {folders[1]} "
        "--channels RGBA",
    )
    review(folders, [0, 1])
    code, told = command("annotate", "round", *folders)
    assert code == 2 and "all reviewed images show one piece of coating" in told
    code, told = command("annotate", "check", *folders)
    assert code == 2 and "all reviewed images show one piece of coating" in told
    review(folders, [4])
    code, told = command("annotate", "check", *folders)
    assert code == 2 and "2 groups of images, too few for 3 folds" in told
    code, told = command("annotate", "round", *folders, "--profile", "fast")
    assert code == 2 and "profile 'fast' is unknown" in told
    (folders[1] / "review/rounds").mkdir()
    (folders[1] / "review/rounds/1.json").write_text("{}")
    code, told = command("annotate", "round", *folders)
    assert code == 2 and "1.json: not what a round wrote" in told
    with pytest.raises(DataError, match="in use by another"):
        other = Workspace(*folders, by="anna", channels="RGBA")
        try:
            Workspace(*folders, by="berta")
        finally:
            other.close()
