"""A review: strokes, saves and versions; two tabs; masks that others change; work cut off anywhere."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cvlib.annotate.review import Workspace, durable, reviewed_names
from cvlib.annotate.review.log import Log
from cvlib.annotate.review.messages import ChangedOnDisk, Conflict, Resolved
from cvlib.data import CoatingVision
from cvlib.defects import COLOURS
from cvlib.errors import DataError, UserError
from tests.annotate.review.conftest import HEIGHT, OTHER_TAB, WIDTH, Tab, pixels_of, saves_of


def test_a_stroke_and_a_save_change_one_class_where_it_was_drawn(workspace: Workspace, masks: Path) -> None:
    before = pixels_of(masks / "image_3.png")
    tab = Tab(workspace, 3)
    tab.draw((20, 10))
    np.testing.assert_array_equal(pixels_of(masks / "image_3.png"), before)
    assert tab.save()["changed"] == {"pinhole": {"added": 9, "removed": 0}}
    expected = before.copy()
    expected[9:12, 19:22, 2] = 255
    np.testing.assert_array_equal(pixels_of(masks / "image_3.png"), expected)


def test_every_earlier_mask_is_kept_and_every_save_has_its_record(workspace: Workspace, masks: Path) -> None:
    path = masks / "image_2.png"
    tab, seen = Tab(workspace, 2), [path.read_bytes()]
    for column in (3, 30, 50):
        tab.draw((column, 35), defect="delamination", diameter=4)
        tab.save()
        seen.append(path.read_bytes())
    assert len(set(seen)) == 4
    kept = [(masks / f"review/versions/image_2.{n}.png").read_bytes() for n in (1, 2, 3)]
    assert kept == seen[:3]
    records = saves_of(masks, "image_2")
    assert [record["earlier"] for record in records] == [f"image_2.{n}.png" for n in (1, 2, 3)]
    assert [record["changed"] for record in records] == [{"delamination": {"added": 12, "removed": 0}}] * 3
    assert {(record["by"], record["strokes"]) for record in records} == {("anna", 1)}
    assert [record["after"] for record in records[:2]] == [record["before"] for record in records[1:]]


def test_reading_the_folder_as_a_data_set_does_not_mind_the_review(workspace: Workspace, masks: Path) -> None:
    tab = Tab(workspace, 0)
    tab.draw((20, 10))
    tab.save()
    data = CoatingVision(masks.parents[1])
    assert len(data) == 6 and data.mask(0)[10, 20, 2]


def test_the_page_is_told_to_paint_in_the_colours_of_the_book(workspace: Workspace) -> None:
    told = {each["name"]: each["colour"] for each in workspace.queue()["classes"]}
    assert told == COLOURS


def test_nothing_to_change_is_a_record_and_leaves_the_file_alone(workspace: Workspace, masks: Path) -> None:
    before = (masks / "image_1.png").read_bytes(), (masks / "image_1.png").stat().st_mtime_ns
    tab = Tab(workspace, 1)
    tab.save()
    tab.save()
    assert ((masks / "image_1.png").read_bytes(), (masks / "image_1.png").stat().st_mtime_ns) == before
    assert reviewed_names(masks) == {"image_1"}
    assert sorted(path.name for path in (masks / "review").rglob("image_*")) == ["image_1.jsonl"]
    assert [image["reviewed"] for image in workspace.queue()["images"]] == [False, True, *[False] * 4]


def test_strokes_that_undo_each_other_leave_the_file_alone(workspace: Workspace, masks: Path) -> None:
    before = (masks / "image_1.png").read_bytes()
    tab = Tab(workspace, 1)
    tab.draw((5, 5))
    tab.draw((5, 5), value=0)
    tab.save()
    tab.draw((50, 15))  # on the same file as before, and as many lines: yet another save
    tab.draw((51, 15))
    assert tab.save()["changed"] == {"pinhole": {"added": 12, "removed": 0}}
    assert (masks / "image_1.png").read_bytes() != before
    kept = list((masks / "review/versions").iterdir())
    assert [path.read_bytes() for path in kept] == [before], "one copy of each version"


def test_a_mask_that_is_not_there_yet_is_made_by_saving(images: Path, masks: Path) -> None:
    for path in masks.iterdir():
        path.unlink()
    (masks.parents[1] / "manifest.json").unlink()
    workspace = Workspace(images, masks, "anna")
    first, second = Tab(workspace, 0), Tab(workspace, 1)
    assert first.item["new"]
    first.save()
    second.draw((0, 0), defect="unclassified", diameter=2)
    second.save()
    workspace.close()
    assert not pixels_of(masks / "image_0.png").any()
    after = pixels_of(masks / "image_1.png")
    assert after.shape == (HEIGHT, WIDTH, 4) and after[0, 0].tolist() == [0, 0, 0, 255]
    assert np.count_nonzero(after) == 1  # p - d // 2 to p - d // 2 + d - 1 from the corner: one pixel of four
    Workspace(images, masks, "anna").close()  # two masks tell no channel order; the records do


def test_unsaved_strokes_are_there_after_a_restart(images: Path, masks: Path) -> None:
    workspace = Workspace(images, masks, "anna")
    tab = Tab(workspace, 4)
    tab.draw((20, 10))
    tab.draw((30, 20), defect="delamination")
    tab.undo()
    shown = tab.shown()
    workspace.close()
    workspace = Workspace(images, masks, "bert")
    assert [image["unsaved"] for image in workspace.queue()["images"]] == [*[False] * 4, True, False]
    again = Tab(workspace, 4, OTHER_TAB)
    np.testing.assert_array_equal(again.shown(), shown)
    again.save()
    workspace.close()
    assert pixels_of(masks / "image_4.png")[10, 20].tolist() == [0, 0, 255, 0]


@pytest.mark.parametrize("value", [1, 255])
def test_values_and_channel_order_stay_as_they_are(images: Path, masks: Path, value: int) -> None:
    (masks.parents[1] / "manifest.json").unlink()
    for path in masks.glob("*.png"):
        stored = pixels_of(path)[..., [2, 1, 0, 3]] // 255 * np.uint8(value)
        Image.fromarray(stored).save(path)
    before = pixels_of(masks / "image_3.png")
    workspace = Workspace(images, masks, "anna", channels="BGRA")
    np.testing.assert_array_equal(Tab(workspace, 3).shown()[0], before[..., 2] // value)
    for index in (3, 5):  # image_5's own mask is empty and does not say what stands for a defect
        tab = Tab(workspace, index)
        tab.draw((20, 30), defect="surface_crack", diameter=1)
        tab.save()
    workspace.close()
    expected = before.copy()
    expected[30, 20, 2] = value
    np.testing.assert_array_equal(pixels_of(masks / "image_3.png"), expected)
    assert pixels_of(masks / "image_5.png")[30, 20].tolist() == [0, 0, value, 0]
    Workspace(images, masks, "anna").close()  # the records say BGRA
    with pytest.raises(DataError, match="earlier reviews here said BGRA"):
        Workspace(images, masks, "anna", channels="RGBA")


def test_two_tabs_the_second_is_told_and_nothing_acknowledged_is_lost(workspace: Workspace) -> None:
    first, second = Tab(workspace, 0), Tab(workspace, 0, OTHER_TAB)
    first.draw((10, 5))
    with pytest.raises(Conflict, match="another tab"):
        second.draw((50, 35))
    second.load()
    second.draw((50, 35))
    with pytest.raises(Conflict, match="another tab"):
        first.undo()
    with pytest.raises(Conflict, match="another tab"):
        first.save()
    first.load()
    assert first.shown()[2, 5, 10] and first.shown()[2, 35, 50]
    first.save()
    with pytest.raises(Conflict, match="saved or changed elsewhere"):
        second.draw((20, 20))


def test_lines_sent_again_count_once(workspace: Workspace, masks: Path) -> None:
    tab = Tab(workspace, 0)
    sent = tab.drawn("undo")
    assert workspace.draw(0, sent) == workspace.draw(0, sent) == 1
    assert len(workspace.item(0)["lines"]) == 1
    tab.lines = 1
    tab.draw((9, 9))
    saved = tab.saved()
    assert workspace.save(0, saved) == workspace.save(0, saved)
    assert len(saves_of(masks, "image_0")) == 1


def test_a_page_that_shows_something_else_may_not_save(workspace: Workspace, masks: Path) -> None:
    before = (masks / "image_0.png").read_bytes()
    tab = Tab(workspace, 0)
    tab.draw((20, 10))
    saved = tab.saved()
    saved.checksums[1] ^= 1
    with pytest.raises(Conflict, match="another delamination mask than its strokes give; nothing saved"):
        workspace.save(0, saved)
    assert (masks / "image_0.png").read_bytes() == before and not saves_of(masks, "image_0")


def test_a_stroke_far_outside_is_refused(workspace: Workspace) -> None:
    tab = Tab(workspace, 0)
    tab.draw((-WIDTH, 2 * HEIGHT - 1), (5, 5))
    with pytest.raises(DataError, match="far outside"):
        tab.draw((5, 5), (2 * WIDTH, 5))


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("choice", ["replay", "beside"])
def test_a_mask_changed_on_disk_meanwhile_is_not_overwritten(
    images: Path, masks: Path, choice: str, restart: bool
) -> None:
    path = masks / "image_0.png"
    before = pixels_of(path)
    workspace = Workspace(images, masks, "anna")
    tab = Tab(workspace, 0)
    tab.draw((20, 10))
    changed = before.copy()
    changed[30:35, 30:35, 1] = 255
    Image.fromarray(changed).save(path)
    if restart:
        workspace.close()
        workspace = Workspace(images, masks, "anna")
        tab = Tab(workspace, 0)
        assert tab.item["changed"]
    with pytest.raises(ChangedOnDisk, match="nothing saved, your strokes are kept"):
        tab.save()
    np.testing.assert_array_equal(pixels_of(path), changed)
    said = workspace.resolve(0, Resolved.model_validate({"choice": choice}))
    tab.load()
    mine = before.copy()
    mine[9:12, 19:22, 2] = 255
    if choice == "beside":
        assert "review/beside/image_0.1.png" in said
        np.testing.assert_array_equal(pixels_of(masks / "review/beside/image_0.1.png"), mine)
        np.testing.assert_array_equal(pixels_of(path), changed)
        assert tab.lines == 0
    else:
        tab.save()
        np.testing.assert_array_equal(pixels_of(path), np.maximum(changed, mine))
        np.testing.assert_array_equal(pixels_of(masks / "review/versions/image_0.1.png"), before)
        np.testing.assert_array_equal(pixels_of(masks / "review/versions/image_0.2.png"), changed)
    workspace.close()


def test_a_mask_that_went_away_meanwhile_is_noticed_too(workspace: Workspace, masks: Path) -> None:
    before = pixels_of(masks / "image_0.png")
    tab = Tab(workspace, 0)
    tab.draw((20, 10))
    (masks / "image_0.png").unlink()
    with pytest.raises(ChangedOnDisk):
        tab.save()
    workspace.resolve(0, Resolved(choice="beside"))
    before[9:12, 19:22, 2] = 255
    np.testing.assert_array_equal(pixels_of(masks / "review/beside/image_0.1.png"), before)


def test_one_process_at_a_time(workspace: Workspace, images: Path, masks: Path) -> None:
    with pytest.raises(UserError, match="in use by another"):
        Workspace(images, masks, "bert")


class Killed(BaseException):
    """In place of the power cut."""


def fail(monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
    """Let the n-th step that reaches the disk fail."""
    steps = 0

    def failing(function: Callable[..., None]) -> Callable[..., None]:
        def step(*words: object, **options: object) -> None:
            nonlocal steps
            steps += 1
            if steps == at:
                raise error
            function(*words, **options)

        return step

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(Path, "replace", failing(Path.replace))
    if isinstance(error, Killed):  # each stands for a moment between two steps, at which no disk refuses
        monkeypatch.setattr(Path, "unlink", failing(Path.unlink))
        monkeypatch.setattr(Log, "append", failing(Log.append))


@pytest.mark.parametrize("fresh", [False, True])
def test_killed_at_any_step_of_a_save_the_old_mask_or_the_new_is_there(
    images: Path, masks: Path, fresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step, until a save goes through; each time the review is taken up and brought to its end."""
    path, spare = masks / "image_0.png", masks.with_name("spare")
    if fresh:
        path.unlink()
    shutil.copytree(masks, spare)
    outcomes = []
    for kill in range(1, 40):
        shutil.rmtree(masks)
        shutil.copytree(spare, masks)
        before = path.read_bytes() if path.exists() else b""
        workspace = Workspace(images, masks, "anna")
        tab = Tab(workspace, 0)
        tab.draw((20, 10))
        saved, shown = tab.saved(), tab.shown()
        try:
            with monkeypatch.context() as patches:
                fail(patches, kill, Killed())
                workspace.save(0, saved)
            break
        except Killed:
            workspace.close()
        left = path.read_bytes() if path.exists() else b""
        workspace = Workspace(images, masks, "anna")
        again = Tab(workspace, 0)
        np.testing.assert_array_equal(again.shown(), shown)
        is_saved = reviewed_names(masks) == {"image_0"}
        assert is_saved == (left != before), "a record if and only if there is a new mask"
        assert again.lines == (0 if is_saved else 1)
        assert workspace.save(0, saved)["changed"] == {"pinhole": {"added": 9, "removed": 0}}, "sent again"
        np.testing.assert_array_equal(pixels_of(path)[..., 2] // 255, shown[2])
        assert len(saves_of(masks, "image_0")) == 1
        kept = masks / "review/versions/image_0.1.png"
        assert (kept.read_bytes() if kept.exists() else b"") == before
        assert not list(masks.rglob("*.part"))
        workspace.close()
        outcomes.append(is_saved)
    workspace.close()
    assert len(outcomes) > 6 and outcomes == sorted(outcomes) and len(set(outcomes)) == 2


def test_a_save_of_nothing_cut_off_takes_no_earlier_save_along(
    images: Path, masks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = masks / "image_0.png"
    for kill in range(1, 40):
        shutil.rmtree(masks / "review", ignore_errors=True)
        path.unlink(missing_ok=True)
        workspace = Workspace(images, masks, "anna")
        Tab(workspace, 0).save()
        path.unlink()  # by somebody else; the same empty mask is saved anew
        saved = Tab(workspace, 0).saved()
        try:
            with monkeypatch.context() as patches:
                fail(patches, kill, Killed())
                workspace.save(0, saved)
        except Killed:
            pass
        else:
            break
        workspace.close()
        workspace = Workspace(images, masks, "anna")
        assert len(saves_of(masks, "image_0")) == 1 + path.exists()
        workspace.close()
    workspace.close()
    assert kill > 6 and len(saves_of(masks, "image_0")) == 2


def test_a_full_disk_leaves_the_mask_and_its_strokes_as_they_were(
    images: Path, masks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever in a save it is found to be full; with or without a restart a second try succeeds."""
    path, spare, steps = masks / "image_0.png", masks.with_name("spare"), 0
    shutil.copytree(masks, spare)
    for at in range(1, 20):
        for restart in (False, True):
            shutil.rmtree(masks)
            shutil.copytree(spare, masks)
            before = path.read_bytes()
            workspace = Workspace(images, masks, "anna")
            tab = Tab(workspace, 0)
            tab.draw((20, 10))
            saved = tab.saved()
            try:
                with monkeypatch.context() as patches:
                    fail(patches, at, OSError(28, "No space left on device"))
                    workspace.save(0, saved)
                workspace.close()
                assert steps > 2
                return
            except DataError as error:
                assert "No space left on device" in str(error)
            steps += 1
            if restart:
                workspace.close()
                workspace = Workspace(images, masks, "anna")
            left = [path.name for path in (masks / "review").rglob(".*") if path.name != ".lock"]
            assert not left, "nothing half-written"
            if path.read_bytes() == before:
                assert reviewed_names(masks) == set() and len(workspace.item(0)["lines"]) == 1
            workspace.save(0, saved)
            assert pixels_of(path)[10, 20, 2] == 255 and len(saves_of(masks, "image_0")) == 1
            workspace.close()


def test_a_mask_changed_in_the_moment_of_saving_is_not_overwritten(
    workspace: Workspace, masks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = masks / "image_0.png", (masks / "image_1.png").read_bytes()
    tab = Tab(workspace, 0)
    tab.draw((20, 10))

    def meanwhile(*words: object, **options: object) -> None:
        path.write_bytes(other)
        durable.write_durably(*words, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patches:
        patches.setattr("cvlib.annotate.review.versions.write_durably", meanwhile)
        with pytest.raises(ChangedOnDisk):
            tab.save()
    assert path.read_bytes() == other and reviewed_names(masks) == set()
    assert workspace.item(0)["changed"] and len(workspace.item(0)["lines"]) == 1


def test_who_puts_an_earlier_version_back_keeps_the_record(images: Path, masks: Path) -> None:
    workspace = Workspace(images, masks, "anna")
    tab = Tab(workspace, 0)
    tab.draw((20, 10))
    tab.save()
    workspace.close()
    shutil.copy(masks / "review/versions/image_0.1.png", masks / "image_0.png")
    workspace = Workspace(images, masks, "anna")
    tab = Tab(workspace, 0)
    assert (tab.lines, tab.item["changed"], len(saves_of(masks, "image_0"))) == (0, False, 1)
    assert not tab.shown()[2, 10, 20]
    workspace.close()


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("planted", [".image_0.png", ".image_0.part", "image_0.jsonl", ".lock", ".part"])
def test_links_planted_in_the_review_folder_lead_nothing_out(
    images: Path, masks: Path, tmp_path: Path, planted: str, there: bool
) -> None:
    precious = tmp_path / "precious"
    if there:
        precious.write_bytes(b"precious")
    (masks / "review").mkdir()
    (masks / "review" / planted).symlink_to(precious)
    try:
        workspace = Workspace(images, masks, "anna")
        tab = Tab(workspace, 0)
        tab.draw((20, 10))
        tab.save()
        workspace.close()
    except DataError as error:
        assert "a link out of" in str(error)
    assert precious.exists() == there and (not there or precious.read_bytes() == b"precious")


def test_the_mask_keeps_its_permissions(workspace: Workspace, masks: Path) -> None:
    (masks / "image_0.png").chmod(0o640)
    tab = Tab(workspace, 0)
    tab.draw((20, 10))
    tab.save()
    assert (masks / "image_0.png").stat().st_mode & 0o777 == 0o640


def test_strokes_are_not_drawn_on_another_copy(workspace: Workspace, masks: Path) -> None:
    tab = Tab(workspace, 0)
    tab.draw((20, 10))
    other = (masks / "image_1.png").read_bytes()
    (masks / "image_0.png").write_bytes(other)
    (masks / "review/versions/image_0.1.png").write_bytes(other)
    with pytest.raises(DataError, match=r"image_0.1.png: not the mask that strokes were drawn on"):
        workspace.item(0)


def test_nothing_is_written_after_the_review_is_closed(images: Path, masks: Path) -> None:
    workspace = Workspace(images, masks, "anna")
    drawn = Tab(workspace, 0).drawn("undo")
    workspace.close()
    workspace.close()
    late = threading.Thread(target=workspace.draw, args=(0, drawn), daemon=True)
    late.start()
    late.join(0.2)
    assert late.is_alive() and not (masks / "review/image_0.jsonl").exists()
