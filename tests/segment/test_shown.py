"""What is stored of runs, and which pictures of them are shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib import results
from cvlib.errors import UserError
from cvlib.runs import Run
from cvlib.segment import pictures
from cvlib.segment.plan import title
from cvlib.segment.scoring import Scored
from cvlib.segment.study import Study
from cvlib.training import report as common
from tests.segment.conftest import SMALL, Squares


@pytest.fixture
def study(squares: Squares) -> Study:
    """Of the squares."""
    return Study(squares, "quick", [*SMALL, "epochs=1"])


@pytest.fixture
def run(study: Study) -> Run:
    """The baseline: it finds something without training."""
    return study.run("opencv", say=lambda _: None)


def test_stored_scores_are_those_of_the_run_and_name_no_place(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    results.store_scores([run], tmp_path / "squares")
    table = results.scores("segmentation", "squares")
    dice = table[table["measure"] == "dice"].set_index("class")["value"]
    assert dice["mean"] == pytest.approx(run.metrics["mean_dice"], abs=1e-4)
    assert np.isnan(dice["unclassified"])
    told = (tmp_path / "squares" / "segmentation.json").read_text()
    assert json.loads(told)["runs"][0]["run"] == run.id
    assert str(tmp_path) not in told
    shown = common.stored(table, "dice", title, study_titles())
    assert shown["unclassified"].tolist() == ["absent"]


def study_titles() -> dict[str, str]:
    """Of the classes."""
    return dict(Squares.class_titles)


def test_scores_that_are_not_stored_are_asked_for_with_the_command_that_gets_them() -> None:
    with pytest.raises(
        UserError, match=r"cvlib train segmentation unet-resnet18 .* opencv --dataset nowhere --to"
    ):
        results.scores("segmentation", "nowhere")


def test_pictures_show_test_images_with_their_own_masks(study: Study, run: Run, squares: Squares) -> None:
    scored = Scored.of(run)
    image, truth, predicted = pictures.typical(study, run, scored)
    [position] = [at for at in range(30) if np.array_equal(squares.image(at), image)]
    assert f"image_{position:02d}" in scored.names
    assert truth.any()
    assert np.array_equal(truth, squares.mask(position)[..., 0])
    assert predicted.shape == truth.shape
    assert set(pictures.failures(study, run, scored)) == {"surface_crack", "delamination", "pinhole"}


def test_predictions_are_shown_beside_the_truth_of_the_same_images(
    study: Study, run: Run, squares: Squares
) -> None:
    scored = Scored.of(run)
    images, shown = pictures.beside_truth(study, {"baseline": run}, scored, count=3)
    assert list(shown) == ["truth", "baseline"]
    for image, truth in zip(images, shown["truth"], strict=True):
        [position] = [at for at in range(30) if np.array_equal(squares.image(at), image)]
        assert np.array_equal(truth, squares.mask(position))


def test_one_seed_shows_no_spread() -> None:
    one = pd.DataFrame([[0.5, 0.6, 0.7, np.nan, 0.6]], index=[0])
    one.columns = pd.Index(["surface_crack", "delamination", "pinhole", "unclassified", "mean"])
    assert len(common.by_seed(one, study_titles())) == 1
    assert len(common.by_seed(pd.concat([one, one + 0.1]), study_titles())) == 3
