"""Classification runs from data set to stored scores, on squares that are told by brightness."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cvlib import cli, results
from cvlib.classify import benchmark, report
from cvlib.classify.module import Classifier
from cvlib.classify.plan import CLASSICAL
from cvlib.classify.scoring import SCORES, Scored, score_images, summary
from cvlib.classify.study import Study
from cvlib.errors import UserError
from cvlib.training import fitting
from tests.classify.conftest import SMALL
from tests.segment.conftest import Squares

MODEL = "resnet10t"


def silent(_: str) -> None:
    """Nobody listens."""


def quick(data: Squares, *overrides: str) -> Study:
    return Study(data, "quick", [*SMALL, *overrides])


def test_what_is_scored_is_what_the_data_set_holds(squares: Squares) -> None:
    study = quick(squares)
    tested = Scored.of(study.run(CLASSICAL, say=silent))
    positions = study.positions("groups")["test"]
    assert tested.names.tolist() == squares.frames["name"].iloc[positions].tolist()
    assert np.array_equal(tested.truth, squares.labels().to_numpy()[positions])
    assert set(tested.groups) == set(positions // 3)


def test_a_network_learns_what_is_told_by_brightness() -> None:
    run = quick(Squares(90), "steps=15", "epochs=4").run(MODEL, say=silent)
    tested = Scored.of(run)
    assert run.metrics["roc_auc"]["delamination"] > 0.8
    assert run.metrics["macro_f1"] >= run.metrics["macro_f1_constant"]
    assert run.metrics["f1"]["unclassified"] == "absent"
    assert not tested.truth[:, 3].any()


@pytest.mark.parametrize("model", [CLASSICAL, MODEL])
def test_the_same_seed_gives_the_same_scores(
    model: str, squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    for store in ("first", "second"):
        monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / store))
        stored.append(quick(squares).run(model, say=silent).path(SCORES).read_bytes())
    assert stored[0] == stored[1]


def test_a_stopped_training_ends_as_an_unbroken_one(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken = quick(squares).run(MODEL, say=silent).path(fitting.WEIGHTS)

    def die(self: Classifier, *_: object) -> None:
        if self.current_epoch == 2:
            raise InterruptedError

    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "others"))
    with monkeypatch.context() as patch:
        patch.setattr(Classifier, "on_train_batch_start", die)
        with pytest.raises(InterruptedError):
            quick(squares).run(MODEL, say=silent)
    resumed = quick(squares).run(MODEL, say=silent)
    assert resumed.environment["attempts"] == 2
    weights = [torch.load(each, weights_only=True) for each in (unbroken, resumed.path(fitting.WEIGHTS))]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_thresholds_do_not_depend_on_the_test_images(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    truth, names, groups = random.random((60, 4)) < 0.4, np.arange(60).astype(str), np.arange(60) // 3
    parts = {"validation": np.arange(20), "test": np.arange(20, 60)}
    scores = {part: random.random((len(at), 4)) for part, at in parts.items()}
    others = scores | {"test": 1 - scores["test"]}
    found = [score_images(each, truth, parts, names, groups, tmp_path) for each in (scores, others)]
    assert np.array_equal(found[0].thresholds, found[1].thresholds)
    assert np.array_equal(found[1].predicted, (1 - scores["test"]) >= found[1].thresholds)


def test_metrics_of_perfect_scores_and_of_none(tmp_path: Path) -> None:
    truth = np.zeros((40, 4), bool)
    truth[::2, 0], truth[::4, 1], truth[::5, 2] = True, True, True
    parts, names = {"validation": np.arange(20), "test": np.arange(20, 40)}, np.arange(40).astype(str)
    perfect = {part: truth[at].astype(float) for part, at in parts.items()}
    found = summary(score_images(perfect, truth, parts, names, names, tmp_path))
    assert found["macro_f1"] == found["accuracy"]["pinhole"] == found["roc_auc"]["surface_crack"] == 1
    assert found["f1"]["unclassified"] == found["recall"]["unclassified"] == "absent"
    nothing = perfect | {"test": np.zeros((20, 4))}
    found = summary(score_images(nothing, truth, parts, names, names, tmp_path))
    assert found["precision"]["pinhole"] == "nothing predicted"
    assert found["recall"]["pinhole"] == found["macro_f1"] == 0


def test_damaged_scores_are_named(squares: Squares) -> None:
    run = quick(squares).run(CLASSICAL, say=silent)
    for damage in (b"", b"no archive", run.path(SCORES).read_bytes()[:-40]):
        run.path(SCORES).write_bytes(damage)
        with pytest.raises(UserError, match=rf"{SCORES}: damaged.*runs prune {run.id} and train it again"):
            Scored.of(run)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["resnet5"], "did you mean resnet50"),
        (["resnet18", "-p", "height=100"], "not divisible by 32, as the networks need; 96 or 128 would do"),
        (["resnet18", "-p", "pool=max"], "Input should be 'avg' or 'avgmax'"),
        (["resnet18", "-p", "balance=2"], "less than or equal to 1"),
        (["resnet18", "--profile", "fast"], "expected trial, quick, standard, paper"),
        (["resnet18", "--seeds", "x"], "seeds 'x': expected whole numbers"),
    ],
)
def test_a_mistake_ends_with_one_line(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    from cvlib.data import write

    write(Squares(6), tmp_path / "data", progress=False)
    dataset = ["--dataset", f"path:{tmp_path / 'data'}"]
    monkeypatch.setattr(sys, "argv", ["cvlib", "train", "classification", *words, *dataset])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and expected in lines[0]


def test_stored_scores_are_those_of_the_run(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    run = quick(squares).run(CLASSICAL, say=silent)
    results.store_scores([run], tmp_path / "squares")
    table = results.scores("classification", "squares").set_index(["measure", "class"])["value"]
    assert table["f1", "mean"] == pytest.approx(run.metrics["macro_f1"], abs=1e-4)
    assert table["accuracy", "pinhole"] == pytest.approx(run.metrics["accuracy"]["pinhole"], abs=1e-4)


def scored(right: float, seed: int = 0) -> Scored:
    """120 images of 40 clips; each answer is right with a chance."""
    truth = np.random.default_rng(9).random((120, 4)) < [0.8, 0.3, 0.4, 0.0]
    answers = np.where(np.random.default_rng(seed).random(truth.shape) < right, truth, ~truth)
    names = np.arange(120).astype(str)
    return Scored(names, np.arange(120) // 3, truth, answers.astype(float), np.full(4, 0.5))


def test_a_worse_model_is_behind_and_a_good_one_above_always_yes() -> None:
    tests = {"resnet50": scored(0.95), "convnext_tiny": scored(0.7, seed=1)}
    gaps = benchmark.behind_best(tests)
    assert [*gaps] == ["convnext_tiny"] and gaps["convnext_tiny"].high < 0
    assert benchmark.above_constant(tests)["resnet50"].low > 0
    by_class = benchmark.scores(tests)["resnet50"]
    assert np.isnan(by_class["unclassified"].value)
    means = [by_class[name].value for name in ("surface_crack", "delamination", "pinhole")]
    assert by_class["mean"].value == pytest.approx(np.mean(means))


def test_models_tested_on_other_images_are_not_compared() -> None:
    one, other = scored(0.9), scored(0.9)
    other.names[0] = "x"
    with pytest.raises(ValueError, match="expected models tested on the same images"):
        benchmark.behind_best({"resnet50": one, "convnext_tiny": other})


def test_table_4_shows_each_published_row_below_its_model() -> None:
    tests = {"resnet10t": scored(0.9), "features": scored(0.8)}
    table = report.table4(tests, "delamination")
    assert table["model"].tolist() == [
        "ResNet (resnet10t)",
        "published: ResNet",
        "hand-made features",
        "always yes",
    ]
    assert table["recall"][1] == "0.7266"
    assert len(report.table4(tests, "unclassified")) == 3


def test_thresholds_chosen_on_the_test_images_score_best() -> None:
    tested = scored(0.8)
    random = np.random.default_rng(3).random(tested.scores.shape)
    table = benchmark.by_threshold(
        Scored(
            tested.names, tested.groups, tested.truth, tested.scores * 0.5 + random * 0.5, tested.thresholds
        )
    )
    assert (table.iloc[-1]["mean"] >= table["mean"]).all()


def test_the_most_mistaken_images_are_wrong() -> None:
    tested = scored(0.8)
    for place in benchmark.mistaken(tested):
        assert (tested.predicted[place, :3] != tested.truth[place, :3]).any()
        assert "shows" in report.answer(tested, place, {name: name for name in Squares.class_titles})
