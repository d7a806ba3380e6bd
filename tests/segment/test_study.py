"""Runs on a small data set, from settings to scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib import runs
from cvlib.data.files import read_mask_png
from cvlib.data.splits import Split
from cvlib.errors import UserError
from cvlib.measure import masks
from cvlib.segment import network
from cvlib.segment.scoring import Scored
from cvlib.segment.study import Study
from tests.segment.conftest import SMALL, Squares

MODEL = "linknet-resnet18"


def silent(_: str) -> None:
    """Say nothing."""


def quick(data: Squares, *overrides: str) -> Study:
    return Study(data, "quick", [*SMALL, "epochs=1", *overrides])


def test_the_same_run_in_another_place_has_the_same_metrics(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longer = ("epochs=2", "steps=12", "lr=1e-2")
    first = quick(squares, *longer).run(MODEL, say=silent)
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "elsewhere"))
    second = quick(squares, *longer).run(MODEL, say=silent)
    assert first.folder != second.folder
    assert first.id == second.id
    assert first.metrics == second.metrics
    assert first.log.equals(second.log)
    assert first.metrics["mean_dice"] > 0


def test_a_run_is_trained_once(squares: Squares, monkeypatch: pytest.MonkeyPatch) -> None:
    first = quick(squares).run(MODEL, say=silent)
    monkeypatch.delattr(Squares, "image")
    monkeypatch.delattr(Squares, "mask")
    assert quick(squares).run(MODEL, say=silent).metrics == first.metrics


def test_what_changes_the_numbers_changes_the_run(squares: Squares) -> None:
    study = quick(squares)
    settings = [
        study.settings(MODEL),
        study.settings(MODEL, "random"),
        study.settings(MODEL, seed=1),
        study.settings("unet-resnet18"),
        study.settings("opencv"),
        quick(squares, "lr=5e-4").settings(MODEL),
        quick(Squares(height=64)).settings(MODEL),
    ]
    assert len({each.id for each in settings}) == len(settings)


def test_counts_are_those_of_the_stored_predictions_on_the_test_images(squares: Squares) -> None:
    run = quick(squares).run(MODEL, say=silent)
    tested = Scored.of(run)
    split = Split.from_json(run.path("split.json").read_text())
    assert tested.names.tolist() == list(split.parts["test"])
    for place, name in enumerate(tested.names):
        truth = squares.mask(int(name[-2:])).transpose(2, 0, 1)
        found = read_mask_png(run.path(f"predictions/{name}.png")).transpose(2, 0, 1) > 0
        counted = tested.counts["threshold"][place : place + 1]
        assert np.array_equal(masks.count(found, truth).to_array(), counted.to_array())
    assert np.array_equal(tested.groups, [int(name[-2:]) // 3 for name in tested.names])


def test_no_clip_is_on_both_sides_of_a_run(squares: Squares) -> None:
    run = quick(squares).run(MODEL, say=silent)
    parts = Split.from_json(run.path("split.json").read_text()).parts
    clips = [{int(name[-2:]) // 3 for name in names} for names in parts.values()]
    assert sum(map(len, clips)) == 10


def test_a_class_that_never_occurs_is_absent_not_zero(squares: Squares) -> None:
    run = quick(squares).run(MODEL, say=silent)
    assert run.metrics["dice"]["unclassified"] == "absent"
    others = [run.metrics["dice"][each] for each in ("surface_crack", "delamination", "pinhole")]
    assert run.metrics["mean_dice"] == pytest.approx(np.mean(others))


def test_the_classical_baseline_takes_part(squares: Squares) -> None:
    run = quick(squares).run("opencv", say=silent)
    assert 0 < run.metrics["mean_dice"] <= 1
    assert run.metrics["thresholds"]["polarity"] == "bright"


def test_a_profile_that_takes_fewer_images_spreads_them(squares: Squares) -> None:
    study = Study(squares, "quick", ["images=10"])
    assert study.data.frames["name"].tolist()[:2] == ["image_00", "image_03"]
    assert study.data.frames["clip"].nunique() == 10


def test_a_data_set_whose_masks_are_empty_is_refused_and_leaves_nothing(
    squares: Squares, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Squares, "mask", lambda self, _: np.zeros((*self.shape, 4), bool))
    with pytest.raises(UserError, match="squares: no image shows a defect"):
        quick(squares).run(MODEL, say=silent)
    assert not store.exists()


def test_demanded_weights_that_cannot_be_had_stop_before_anything_is_trained(
    squares: Squares, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "trouble_with_weights", lambda _: "out of reach")
    with pytest.raises(UserError, match="resnet18: out of reach; or go on with weights=random or auto"):
        quick(squares, "weights=imagenet").run(MODEL, say=silent)
    assert not store.exists()
    run = quick(squares, "weights=auto").run(MODEL, say=silent)
    assert run.metrics["start"] == "random"
    assert run.settings.options["weights"] == "random"


def test_a_run_is_never_called_paper_where_it_started_from_random_weights(
    squares: Squares, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "trouble_with_weights", lambda _: "out of reach")
    named = Study(squares, "paper", ["weights=random"]).settings("unet-resnet50").profile
    assert named == "paper (weights=random)"


def test_stored_counts_that_are_damaged_are_refused_by_name(squares: Squares) -> None:
    run = quick(squares).run(MODEL, say=silent)
    path = run.path("counts.npz")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match=rf"counts.npz: damaged.*cvlib runs prune {run.id}"):
        Scored.of(runs.load(run.id))


def test_the_log_of_a_run_has_what_fig_14_draws(squares: Squares) -> None:
    log = quick(squares).run(MODEL, say=silent).log
    assert isinstance(log, pd.DataFrame)
    assert {"epoch", "train_loss", "validation_loss", "validation_iou"} <= set(log.columns)
