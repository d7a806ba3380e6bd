"""Localization runs from X-rays to stored heatmaps and scores."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cvlib import cli
from cvlib.data.xrays import View, Xrays, write_xrays
from cvlib.errors import UserError
from cvlib.localize import network, scoring
from cvlib.localize.heatmap import encode
from cvlib.localize.module import Localizer
from cvlib.localize.roi import Roi
from cvlib.localize.scoring import HEATMAPS, Scored
from cvlib.localize.study import Study, open_data
from cvlib.profiles import Localization
from cvlib.runs import Run
from cvlib.simulate.cell import Scene, plan
from cvlib.simulate.xray import draw
from cvlib.training import fitting

MODEL = "hrnet_w18_small"

SMALL = ["images=0", "height=64", "width=96", "epochs=2", "steps=2", "batch=2"]
"""Overrides that make ``trial`` a second's."""


def silent(_: str) -> None:
    """Nobody listens."""


def trial(data: Xrays, *overrides: str) -> Study:
    return Study(data, "trial", [*SMALL, *overrides])


@pytest.fixture(scope="module")
def trained(xrays: Xrays, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """With errors of 2 px put into its labels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CVLIB_RUNS", str(tmp_path_factory.mktemp("runs")))
        return trial(xrays, "noise_px=2").run(MODEL, say=silent)


@pytest.fixture
def uneven(tmp_path: Path) -> Xrays:
    """Ten views of three cells; the second lacks a positive plate. Scale is unknown."""
    views = plan(images=10, seed=1, scene=Scene(poles=7))
    removed = [index // 4 % 2 for index in range(len(views))]
    write_xrays(
        tmp_path / "own",
        (
            View(
                f"own_{index}", draw(view), view.points[~view.positive], view.points[view.positive][less:],
                view.cell, np.nan,
            )
            for index, (view, less) in enumerate(zip(views, removed, strict=True))
        ),
        {},
    )  # fmt: skip
    return Xrays(tmp_path / "own")


@pytest.mark.parametrize("images", [0, 15])
def test_no_cell_is_on_both_sides(xrays: Xrays, images: int) -> None:
    own = trial(xrays, f"images={images}")
    cells = {part: set(own.data.frames["cell"].iloc[at]) for part, at in own.positions("groups").items()}
    assert all(cells.values()) and sum(map(len, cells.values())) == 6
    assert len(set.union(*cells.values())) == 6


def test_the_same_run_in_another_place_has_the_same_scores(trained: Run, xrays: Xrays, store: Path) -> None:
    again = trial(xrays, "noise_px=2").run(MODEL, say=silent)
    assert (again.id, again.metrics) == (trained.id, trained.metrics)
    assert again.folder != trained.folder
    assert again.path(HEATMAPS).read_bytes() == trained.path(HEATMAPS).read_bytes()
    other = trial(xrays, "noise_px=2").settings(MODEL, seed=1)
    assert other.id != trained.id


def test_a_run_is_found_again_and_not_trained_again(
    trained: Run, xrays: Xrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CVLIB_RUNS", str(trained.folder.parent))
    monkeypatch.delattr(Xrays, "image")
    monkeypatch.setattr(fitting, "fit", lambda *_, **__: pytest.fail("trained again"))
    assert trial(xrays, "noise_px=2").run(MODEL, say=pytest.fail).id == trained.id


def test_a_stopped_training_ends_as_an_unbroken_one(
    trained: Run, xrays: Xrays, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: Localizer, *_: object) -> None:
        if self.current_epoch == 1:
            raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(Localizer, "on_train_batch_start", die)
        with pytest.raises(InterruptedError):
            trial(xrays, "noise_px=2").run(MODEL, say=silent)
    resumed = trial(xrays, "noise_px=2").run(MODEL, say=silent)
    assert resumed.environment["attempts"] == 2
    assert resumed.log.equals(trained.log) and resumed.metrics == trained.metrics
    first, second = (torch.load(run.path(fitting.WEIGHTS), weights_only=True) for run in (trained, resumed))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_errors_put_into_labels_leave_the_truth_clean(trained: Run, xrays: Xrays) -> None:
    own = trial(xrays, "noise_px=2")
    for part, scored in scoring.load(trained).items():
        positions = own.positions("groups")[part]
        assert scored.names.tolist() == xrays.frames["name"].iloc[positions].tolist()
        assert np.array_equal(scored.positions, positions)
        for place, at in enumerate(positions):
            points, positive = xrays.poles(at)
            assert np.array_equal(scored.truth[place], points)
            assert np.array_equal(scored.positive[place], positive)
        assert 1.5 < (scored.labels - scored.truth).std() < 2.5
    assert scoring.summary(scoring.load(trained)["test"])["dark"] == trained.metrics["dark"]


def test_labels_to_learn_from_have_the_errors_that_are_asked_for(xrays: Xrays) -> None:
    without, noisy, again = (trial(xrays, f"noise_px={px}") for px in (0, 2, 2))
    errors = [noisy.annotated(at).points - xrays.poles(at)[0] for at in range(len(xrays))]
    assert 1.8 < np.std(errors) < 2.2 and abs(np.mean(errors)) < 0.3
    assert np.array_equal(noisy.annotated(5).points, again.annotated(5).points)
    assert np.array_equal(without.annotated(5).points, xrays.poles(5)[0])


@pytest.mark.slow
def test_a_network_learns_where_plates_end(xrays: Xrays, store: Path) -> None:
    run = trial(xrays, "height=96", "width=128", "epochs=3", "steps=60", "batch=8").run(MODEL, say=silent)
    assert run.metrics["best"]["validation_fit"] > 0.4
    tested = scoring.load(run)["test"]
    assert np.median(np.linalg.norm(tested.predicted("dark")[0] - tested.truth, axis=2)) < 4


def test_what_changes_the_numbers_changes_the_run(xrays: Xrays, store: Path) -> None:
    own = trial(xrays)
    settings = [
        own.settings(MODEL),
        own.settings(MODEL, "random"),
        own.settings(MODEL, seed=1),
        own.settings("hrnet_w18"),
        trial(xrays, "noise_px=1").settings(MODEL),
        trial(xrays, "poles=0").settings(MODEL),
        trial(xrays.take(range(20))).settings(MODEL),
    ]
    assert len({each.id for each in settings}) == len(settings)


def test_another_number_of_plates_is_refused_by_the_name_of_the_image(uneven: Xrays, store: Path) -> None:
    with pytest.raises(UserError) as told:
        trial(uneven, "poles=7").run(MODEL, say=silent)
    assert "image own_4 has 6 plate ends, expected 7 in each; give poles=6, or poles=0" in str(told.value)
    assert "\n" not in str(told.value) and not store.exists()


def test_any_number_of_plates_is_counted_by_polarity(uneven: Xrays, store: Path) -> None:
    run = trial(uneven, "poles=0").run(MODEL, say=silent)
    tested = scoring.load(run)["test"]
    assert tested.heatmaps.shape[1:] == (2, 16, 24)
    for (negative, positive), at in zip(tested.ends(), tested.positions, strict=True):
        assert np.array_equal(negative, uneven.negative(at))
        assert np.array_equal(positive, uneven.positive(at))
    assert 0 <= run.metrics["any number"]["both_counts_right"] <= 1


def test_regions_that_miss_the_plates_are_refused_in_a_line(
    xrays: Xrays, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def astray(self: Study, at: int) -> object:
        own = self.regions[at]
        return replace(own, found=own.found._replace(roi=Roi(0, 0, 30, 20)))

    monkeypatch.setattr(Study, "annotated", astray)
    with pytest.raises(
        UserError, match="no region of interest of a training image holds all plate ends"
    ) as told:
        trial(xrays).run(MODEL, say=silent)
    assert "\n" not in str(told.value)


def test_demanded_weights_that_cannot_be_had_stop_before_anything_is_trained(
    xrays: Xrays, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "trouble_with", lambda _: "out of reach")
    with pytest.raises(UserError, match=f"weights of {MODEL}: out of reach; or go on with weights=random"):
        trial(xrays, "weights=imagenet").run(MODEL, say=silent)
    assert not store.exists()
    assert trial(xrays, "weights=auto").settings(MODEL).options["weights"] == "random"


def made(count: int = 5, noise: float = 0.0, poles: int = 13) -> Scored:
    """What a network would have stored that errs by so many px."""
    views, random, size = plan(images=count, seed=2), np.random.default_rng(0), (256, 384)
    rois = [Roi(*view.points.min(axis=0) - 30.3, *view.points.max(axis=0) + 40.4) for view in views]
    truth = np.stack([view.points for view in views])
    guess = truth + random.normal(0, noise, truth.shape)
    each = [encode(roi.to_input(points, size), size, 1.2) for roi, points in zip(rois, guess, strict=True)]
    both = [np.stack([maps[~view.positive].max(axis=0), maps[view.positive].max(axis=0)])
            for maps, view in zip(each, views, strict=True)]  # fmt: skip
    return Scored(
        names=np.array([view.name for view in views]),
        positions=np.arange(count),
        groups=np.arange(count) // 4,
        um_per_px=np.full(count, np.nan),
        rois=np.array(rois),
        truth=truth,
        labels=truth + 1,
        positive=np.stack([view.positive for view in views]),
        heatmaps=np.stack(each if poles else both).astype(np.float16),
        size=np.array(size),
        sigma=1.2,
    )


def test_heatmaps_drawn_at_the_ends_are_read_at_the_ends() -> None:
    points, confidence = made().predicted("dark")
    np.testing.assert_allclose(points, made().truth, atol=0.05)
    assert (confidence > 0.8).all()
    for found, true in zip(made(poles=0).found("dark"), made().ends(), strict=True):
        for own, expected in zip(found, true, strict=True):
            np.testing.assert_allclose(own, expected, atol=0.5)


def test_scores_of_a_perfect_network_and_of_one_with_errors() -> None:
    perfect = scoring.summary(made())["dark"]
    assert perfect["nme"] < 0.02 and perfect["pck0.5"] == perfect["pcs0.5"] == 1
    assert scoring.summary(made(poles=0)) == {"any number": {"both_counts_right": 1.0}}
    tested = made(count=40, noise=1)
    off = scoring.summary(tested)["dark"]
    assert off["nme"] == pytest.approx(100 * np.sqrt(np.pi / 2) * (1 / tested.reference).mean(), rel=0.06)
    assert off["pcs0.5"] <= off["pck0.5"] <= off["pck1.0"] <= 1


def test_a_heatmap_without_a_peak_is_a_missing_point() -> None:
    tested = made()
    tested.heatmaps[0, 3] = 0
    points, confidence = tested.predicted("dark")
    assert np.argwhere(np.isnan(points[..., 0])).tolist() == [[0, 3]] and confidence[0, 3] == 0
    told = scoring.summary(tested)["dark"]
    assert told["missing"] == pytest.approx(1 / 65)
    assert told["nme"] == pytest.approx(100 / 65, abs=0.02)  # as far off as the region is wide
    assert told["pcs1.0"] == 4 / 5


def test_all_that_is_stored_is_read_back(trained: Run, tmp_path: Path) -> None:
    parts = {"validation": made(3), "test": made(5, noise=1)}
    scoring.save(parts, tmp_path)
    read = scoring.load(replace(trained, folder=tmp_path))
    assert [*read] == [*parts]
    for part, scored in parts.items():
        assert len(read[part]) == len(scored)
        for field in fields(Scored):
            stored, written = (getattr(each, field.name) for each in (read[part], scored))
            np.testing.assert_array_equal(stored, written)
            assert np.asarray(stored).dtype == np.asarray(written).dtype


def flipped(content: bytes) -> bytes:
    """The first byte of the first array's compressed content is another."""
    start = 30 + content[26] + 256 * content[27] + content[28] + 256 * content[29]
    return content[:start] + b"\xff" + content[start + 1 :]


def another(_: bytes) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, names=np.zeros(3))
    return buffer.getvalue()


def single(_: bytes) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda _: b"no archive", lambda own: own[:-40], flipped, another, single],
    ids=["empty", "text", "cut", "flipped", "another", "single"],
)
def test_damaged_heatmaps_are_named(damage: Callable[[bytes], bytes], trained: Run, tmp_path: Path) -> None:
    folder = tmp_path / trained.id
    folder.mkdir()
    (folder / HEATMAPS).write_bytes(damage(trained.path(HEATMAPS).read_bytes()))
    with pytest.raises(UserError, match=rf"{HEATMAPS}: damaged.*runs prune {trained.id} and train") as told:
        scoring.load(replace(trained, folder=folder))
    assert "\n" not in str(told.value)


def test_missing_heatmaps_are_named(trained: Run, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{HEATMAPS}: missing"):
        scoring.load(replace(trained, folder=tmp_path))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["hrnet_w19"], "'hrnet_w19' is unknown, expected hrnet_w18"),
        ([MODEL, "-p", "height=100"], "not divisible by 32, as the networks need; 96 or 128 would do"),
        ([MODEL, "-p", "noise=1"], "did you mean noise_px"),
        ([MODEL, "--profile", "fast"], "expected trial, quick, standard, paper"),
        ([MODEL, "--dataset", "xrays"], "X-rays 'xrays' are unknown, expected simulated or path:DIR"),
    ],
)
def test_a_mistake_ends_with_one_line(
    words: list[str], expected: str, xrays: Xrays, store: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    dataset = [] if "--dataset" in words else ["--dataset", f"path:{xrays.root}"]
    monkeypatch.setattr(sys, "argv", ["cvlib", "train", "localization", *words, *dataset])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and expected in lines[0]
    assert not store.exists()


def test_a_run_in_words_tells_its_scores(trained: Run) -> None:
    assert scoring.in_words(trained.metrics).endswith("8 test images")
    assert f"dark NME {trained.metrics['dark']['nme']:.3f} %" in scoring.in_words(trained.metrics)


def test_as_many_simulated_images_are_drawn_as_the_profile_takes(store: Path) -> None:
    for poles, expected in ((7, {7}), (0, {7, 9, 11, 13, 15, 17, 19, 21})):
        profile = Localization.find("trial", [f"poles={poles}", "images=5"])
        data = open_data("simulated", profile)
        assert len(data) == 5 and set(data.counts().sum(axis=1)) <= expected
