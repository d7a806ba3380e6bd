"""Plate ends located in images without labels: places, sides, doubt, and what the command writes and says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from cvlib import runs
from cvlib.cli import main
from cvlib.errors import DataError, UserError
from cvlib.localize import locate
from cvlib.localize.calibration import Example, calibrate
from cvlib.localize.corners import find_corners
from cvlib.localize.edges import fit_tips
from cvlib.localize.heatmap import encode
from cvlib.localize.locate import SIDES, Locator, Side, default_run, turned, turned_back
from cvlib.localize.regions import Region
from cvlib.localize.stack import stack_of
from cvlib.profiles import Localization
from cvlib.simulate.cell import Scene, View, plan
from cvlib.simulate.xray import draw

PROFILE = Localization.find("quick", ["poles=0", "height=192", "width=192", "sigma=1"])

VIEWS = plan(images=3, seed=3, scene=Scene(poles=11))
PICTURES = [draw(view) for view in VIEWS]

BLIND = Locator(lambda _: np.zeros((1, 2, 48, 48), np.float32), PROFILE, np.array([False, True]), None)

Command = Callable[..., int]
Said = pytest.CaptureFixture[str]


def perfect(points: np.ndarray, positive: np.ndarray, profile: Localization = PROFILE) -> Locator:
    """With a network that knows the ends, in px of the image with tips at the left."""
    polarity = positive if profile.poles else np.array([False, True])

    def maps(own: Region) -> np.ndarray:
        size = profile.height, profile.width
        each = encode(own.roi.to_input(points, size), size, profile.sigma)
        both = [each[positive == which].max(axis=0, initial=0) for which in (False, True)]
        return each[None] if profile.poles else np.stack(both)[None]

    return Locator(maps, profile, polarity, None)


def placed(view: View, tips: Side, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture seen so that plates end on another side, and where its ends then are."""
    width = picture.shape[1]
    x, y = view.points.T
    if tips == "right":
        return cv2.flip(picture, 1), np.stack([width - 1 - x, y], axis=1)
    if tips == "up":
        return cv2.transpose(picture), np.stack([y, x], axis=1)
    if tips == "down":
        return cv2.flip(cv2.transpose(picture), 0), np.stack([y, width - 1 - x], axis=1)
    return picture, view.points


@pytest.mark.parametrize("tips", SIDES)
def test_ends_are_given_in_px_of_the_image_whatever_side_they_are_on(tips: Side) -> None:
    view = VIEWS[0]
    picture, truth = placed(view, tips, PICTURES[0])
    found = perfect(view.points, view.positive).locate(picture, tips)
    np.testing.assert_allclose(found.negative, truth[~view.positive], atol=0.35)
    np.testing.assert_allclose(found.positive, truth[view.positive], atol=0.35)
    assert found.notes == ()


@pytest.mark.parametrize("tips", SIDES)
def test_turning_and_turning_back_is_exact(tips: Side) -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 8)).astype(np.uint8)
    view = turned(image, tips)
    y, x = np.mgrid[: view.shape[0], : view.shape[1]].reshape(2, -1)
    back = turned_back(np.stack([x, y], axis=1).astype(float), tips, image.shape).astype(int)
    assert np.array_equal(image[back[:, 1], back[:, 0]], view[y, x])
    assert len(np.unique(back, axis=0)) == image.size


@pytest.mark.parametrize("given", SIDES)
@pytest.mark.parametrize("real", SIDES)
def test_a_wrong_side_is_named_and_gives_no_points(given: Side, real: Side) -> None:
    view = VIEWS[1]
    locator = perfect(view.points, view.positive)
    picture, _ = placed(view, real, PICTURES[1])
    if given == real:
        assert len(locator.locate(picture, given).negative) == 6
        return
    with pytest.raises(DataError, match=f"give --tips {real}"):
        locator.locate(picture, given)


def test_overhang_is_along_the_plates_however_the_image_is_turned() -> None:
    view = VIEWS[2]
    tip = view.plates.tip
    truth = np.stack([tip[1::2] - tip[:-1:2], tip[1::2] - tip[2::2]], axis=1)
    for tips in SIDES:
        picture, _ = placed(view, tips, PICTURES[2])
        found = perfect(view.points, view.positive).locate(picture, tips)
        # The stack's frame is seen in slight perspective, and its direction is estimated.
        np.testing.assert_allclose(found.overhang, truth, atol=1.5)


def test_missing_ends_are_told_and_leave_overhangs_empty() -> None:
    view = VIEWS[0]
    kept = np.arange(11) != 4  # a negative one
    found = perfect(view.points[kept], view.positive[kept]).locate(PICTURES[0])
    assert (len(found.negative), len(found.positive)) == (5, 5)
    assert found.notes == (
        "5 negative and 5 positive ends, expected one negative more",
        "1 missing between others",
    )
    assert (
        np.isnan(found.overhang).tolist()
        == [[False, False], [False, True], [True, False]] + [[False, False]] * 2
    )


def test_a_missing_pair_is_told_though_the_counts_fit() -> None:
    view = VIEWS[0]
    kept = ~np.isin(np.arange(11), (4, 5))
    found = perfect(view.points[kept], view.positive[kept]).locate(PICTURES[0])
    assert found.notes == ("2 missing between others",)
    assert np.isnan(found.overhang).sum() == 1


def test_a_network_with_a_heatmap_per_end_gives_the_same() -> None:
    view = VIEWS[0]
    profile = PROFILE.model_copy(update={"poles": 11})
    each = perfect(view.points, view.positive, profile).locate(PICTURES[0])
    np.testing.assert_allclose(each.negative, view.points[~view.positive], atol=0.35)
    assert len(each.positive) == 5


def test_a_picture_at_another_scale_is_doubted() -> None:
    view, large = VIEWS[0], cv2.resize(PICTURES[0], None, fx=3, fy=3)
    found = perfect(3 * view.points + 1, view.positive).locate(large)
    assert any("px apart, expected 5 to 16" in note for note in found.notes)


def test_the_correction_brings_points_to_their_ends_and_large_moves_are_doubted() -> None:
    random, examples = np.random.default_rng(0), []
    for view in plan(images=8, seed=4):
        guess = view.points + random.normal(0, 0.7, view.points.shape)
        picture = draw(view)
        tips = fit_tips(picture, guess, view.positive)
        examples.append(Example(guess, view.points, view.positive, find_corners(picture), tips))
    view = VIEWS[0]
    guess = view.points + random.normal(0, 0.7, view.points.shape)
    guess[4] = view.points[4] + [5, 0]
    plain = perfect(guess, view.positive)
    found = replace(plain, calibration=calibrate(examples)).locate(PICTURES[0])
    off = np.linalg.norm(found.negative - view.points[~view.positive], axis=1)
    before = np.linalg.norm(plain.locate(PICTURES[0]).negative - view.points[~view.positive], axis=1)
    assert before[2] > 4 and off.max() < 1 and off.mean() < before.mean() / 2
    assert (found.negative_confidence < 0.5).tolist() == [False, False, True, False, False, False]
    assert found.notes == ("1 of confidence below 0.5",)


def test_images_without_plates_give_an_error_and_no_points() -> None:
    locator = perfect(VIEWS[0].points, VIEWS[0].positive)
    dot = np.full((480, 640), 128, np.uint8)
    dot[200:204, 300:304] = 0
    noise = np.random.default_rng(0).normal(128, 3, (480, 640)).astype(np.uint8)
    for image in (dot, noise, PICTURES[0][:64, :64]):
        with pytest.raises(DataError, match="no comb of plate ends"):
            locator.locate(image)


@pytest.mark.parametrize("sd", [3, 8, 15])
def test_noise_is_no_reason_to_name_another_side(sd: float) -> None:
    random = np.random.default_rng(1)
    for _ in range(5):
        noise = random.normal(128, sd, (480, 640)).clip(0, 255).astype(np.uint8)
        with pytest.raises(DataError, match=r"no comb of plate ends|0 plate ends found"):
            BLIND.locate(noise)


def test_ends_are_ordered_across_a_tilted_stack() -> None:
    """By y alone, long and short plates of this stack would change places."""
    u, v = np.array([0, 40] * 4 + [0], float), 7.0 * np.arange(9)
    points = np.stack([u * np.cos(0.2) - v * np.sin(0.2), u * np.sin(0.2) + v * np.cos(0.2)], axis=1)
    positive = np.arange(9) % 2 == 1
    assert (np.diff(points[:, 1]) < 0).any()
    shuffled = np.random.default_rng(0).permutation(5)
    stack = stack_of(points[~positive][shuffled], points[positive])
    np.testing.assert_allclose(stack.points, points)
    assert stack.positive.tolist() == positive.tolist()
    assert stack.pitch == pytest.approx(7)


def test_a_network_that_sees_nothing_gives_an_error() -> None:
    with pytest.raises(DataError, match="0 plate ends found"):
        BLIND.locate(PICTURES[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two X-rays of one stack, seen alike."""
    images = tmp_path / "xrays"
    images.mkdir()
    cv2.imwrite(str(images / "x9.png"), PICTURES[0])
    cv2.imwrite(str(images / "x10.png"), PICTURES[0])
    return images


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command with a network that knows the ends; gives its exit status."""
    settings = runs.Settings(task="localization", model="known", profile="quick", dataset="simulated",
                             content="", split={}, seed=0, options={"poles": 0}, versions={})  # fmt: skip
    metrics = {"images": {"test": 1}, "any number": {"both_counts_right": 1.0}}
    known = runs.Run(Path("0123456789abcdef"), settings, metrics, {})
    monkeypatch.setattr(locate, "default_run", lambda: known)
    monkeypatch.setattr(Locator, "of", lambda _: perfect(VIEWS[0].points, VIEWS[0].positive))

    def run(*words: object) -> int:
        monkeypatch.setattr(sys, "argv", ["cvlib", "locate", *map(str, words)])
        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0)
        return 0

    return run


def test_the_table_has_a_row_per_end(folder: Path, command: Command, tmp_path: Path, capsys: Said) -> None:
    out = tmp_path / "ends.csv"
    assert command(folder, "--um-per-pixel", 20, "--csv", out, "--tolerance", "0,5000") == 0
    table, view = pd.read_csv(out), VIEWS[0]
    assert table["image"].unique().tolist() == ["x9.png", "x10.png"]
    one = table[table["image"] == "x9.png"]
    assert one["polarity"].tolist() == ["negative"] * 6 + ["positive"] * 5
    assert one["number"].tolist() == [*range(1, 7), *range(1, 6)]
    order = np.concatenate([np.flatnonzero(~view.positive), np.flatnonzero(view.positive)])
    np.testing.assert_allclose(one[["x_px", "y_px"]], view.points[order], atol=0.35)
    overhang = one[["overhang_previous_um", "overhang_next_um"]].to_numpy()
    tip = view.plates.tip
    np.testing.assert_allclose(overhang[6:, 0], (tip[1::2] - tip[:-1:2]) * 20, atol=30)
    np.testing.assert_allclose(overhang[6:, 1], (tip[1::2] - tip[2::2]) * 20, atol=30)
    assert np.isnan(overhang[:6]).all()
    said = capsys.readouterr().out
    assert "x9.png: 6 negative, 5 positive" in said and "0 of 5 positive plates out of tolerance" in said
    assert "no calibration" in said and f"22 plate ends in {out}" in said


def test_plates_out_of_tolerance_are_counted(
    folder: Path, command: Command, tmp_path: Path, capsys: Said
) -> None:
    found = perfect(VIEWS[0].points, VIEWS[0].positive).locate(PICTURES[0]).overhang * 20
    middle = float(np.median(found))
    out = int((found > middle).any(axis=1).sum())
    words = (folder, "--um-per-pixel", 20, "--csv", tmp_path / "a.csv", "--tolerance", f"0,{middle}")
    assert command(*words) == 0
    assert f"{out} of 5 positive plates out of tolerance" in capsys.readouterr().out


def test_one_bad_image_does_not_stop_the_others(
    folder: Path, command: Command, tmp_path: Path, capsys: Said
) -> None:
    out = tmp_path / "ends.csv"
    (folder / "x1.png").write_bytes(b"")
    cv2.imwrite(str(folder / "x2.png"), cv2.flip(PICTURES[0], 1))
    assert command(folder, "--um-per-pixel", 20, "--csv", out) == 2
    assert pd.read_csv(out)["image"].unique().tolist() == ["x9.png", "x10.png"]
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1].strip() for line in lines[:2]] == ["x1.png", "x2.png"]
    assert "give --tips right" in lines[1]
    assert "no points of 2 of 4 images" in lines[2] and len(lines) == 3


def test_nothing_is_written_where_no_image_is_good(
    folder: Path, command: Command, tmp_path: Path, capsys: Said
) -> None:
    out = tmp_path / "ends.csv"
    out.write_text("former\n")
    for path in folder.iterdir():
        path.write_bytes(b"no image")
    assert command(folder, "--um-per-pixel", 20, "--csv", out) == 2
    assert out.read_text() == "former\n" and "nothing written" in capsys.readouterr().err


def test_a_table_that_is_there_is_replaced_and_that_is_said(
    folder: Path, command: Command, tmp_path: Path, capsys: Said
) -> None:
    out = tmp_path / "ends.csv"
    out.write_text("former\n")
    assert command(folder / "x9.png", "--um-per-pixel", 20, "--csv", out) == 0
    assert len(pd.read_csv(out)) == 11 and "in place of the file" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["ends.csv"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--um-per-pixel: not given"),
        (["--um-per-pixel", "0"], "above 0"),
        (["--um-per-pixel", "-3"], "above 0"),
        (["--um-per-pixel", "nan"], "above 0"),
        (["--um-per-pixel", "inf"], "above 0"),
        (["--um-per-pixel", "20um"], "above 0"),
        (["--um-per-pixel", "20", "--tolerance", "300"], "the least and the greatest"),
        (["--um-per-pixel", "20", "--tolerance", "700,300"], "the least and the greatest"),
        (["--um-per-pixel", "20", "--tolerance", "a,b"], "the least and the greatest"),
        (["--um-per-pixel", "20", "--tolerance", "nan,5"], "the least and the greatest"),
    ],
)
def test_bad_options_are_refused_in_a_line(
    folder: Path, command: Command, tmp_path: Path, capsys: Said, words: list[str], said: str
) -> None:
    assert command(folder, "--csv", tmp_path / "ends.csv", *words) == 2
    line = capsys.readouterr().err
    assert said in line and len(line.splitlines()) == 1
    assert not (tmp_path / "ends.csv").exists()


def test_places_that_cannot_be_are_refused_in_a_line(
    folder: Path, command: Command, tmp_path: Path, capsys: Said
) -> None:
    (tmp_path / "empty").mkdir()
    scale = ["--um-per-pixel", "20", "--csv"]
    for words in (
        [tmp_path / "empty", *scale, tmp_path / "ends.csv"],
        [tmp_path / "nowhere", *scale, tmp_path / "ends.csv"],
        [folder, *scale, tmp_path / "nowhere" / "ends.csv"],
        [folder, *scale, tmp_path],
        [folder, *scale, folder / "x9.png"],
    ):
        assert command(*words) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def stored(task: str, profile: str, date: str, poles: int = 0) -> runs.Run:
    """A finished run in the store, without anything that a training leaves."""
    settings = runs.Settings(task=task, model="m", profile=profile, dataset="simulated", content="", split={},
                             seed=0, options={"poles": poles}, versions={"date": date})  # fmt: skip
    folder = runs.store() / settings.id
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(settings.to_json())
    (folder / "metrics.json").write_text("{}")
    (folder / "environment.json").write_text(json.dumps({"date": date}))
    return runs.load(settings.id)


def test_the_newest_run_for_any_number_is_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path))
    with pytest.raises(UserError, match="cvlib train localization hrnet_w18_small -p poles=0"):
        default_run()
    stored("localization", "quick (poles=0)", "2026-01-01")
    newer = stored("localization", "quick (poles=0)", "2026-01-02")
    stored("localization", "trial (poles=0)", "2026-01-03")
    stored("localization", "quick", "2026-01-04", poles=13)
    damaged = stored("segmentation", "quick", "2026-01-05")
    (damaged.folder / "metrics.json").write_text("")
    assert default_run().id == newer.id


def test_a_run_of_another_task_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path))
    with pytest.raises(UserError, match="a segmentation run, expected localization"):
        Locator.of(stored("segmentation", "quick", "2026-01-01"))


@pytest.mark.parametrize("poles", [5, 7, 13, 21])
def test_a_stack_is_ordered_with_a_gap_where_a_plate_is_missing(poles: int) -> None:
    random = np.random.default_rng(poles)
    for view in plan(images=60, seed=90, scene=Scene(poles=poles)):
        points = view.points + random.normal(0, 0.4, view.points.shape)
        lost = int(random.integers(1, poles - 1))
        for kept in (np.full(poles, True), np.arange(poles) != lost):
            stack = stack_of(points[kept & ~view.positive], points[kept & view.positive])
            found = np.isfinite(stack.points[:, 0])
            assert found.tolist() == kept.tolist(), (view.name, lost)
            np.testing.assert_array_equal(stack.points[found], points[kept])
