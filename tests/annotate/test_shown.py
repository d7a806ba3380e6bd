"""What the chapter shows: its film, its comparison of networks, its tables and figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from cvlib import baseline, runs
from cvlib.annotate import prelabel_scores, report, study
from cvlib.annotate.compare import compare, found_early, rank_correlation
from cvlib.annotate.ensemble import members
from cvlib.annotate.film import PAUSE, STEP_PX, write_film
from cvlib.annotate.frames import Choices, extract
from cvlib.annotate.loop import DISPUTED, FITTED, NETWORKS, RANDOM, THRESHOLDS, State
from cvlib.annotate.prelabels import RULES, label_image
from cvlib.annotate.scores import Corrected
from cvlib.data.simulated import Simulated
from cvlib.errors import UserError
from cvlib.figures import annotation as figures
from cvlib.measure.counts import Counts
from cvlib.segment.study import Study
from tests.segment.conftest import SMALL, Squares


def test_the_film_holds_what_it_says_and_its_repeats_are_found(tmp_path: Path) -> None:
    film = write_film(tmp_path, seed=3)
    moved = film.frames["moved on"]
    assert film.frames["standing still"] + film.frames["stored twice"] == moved // PAUSE
    done = extract(film.path, tmp_path / "frames", Choices(bits=0), progress=False)
    assert len(done.table) == sum(film.frames.values())
    assert done.dropped("identical") == film.frames["stored twice"]
    steps = done.pairs.loc[done.pairs["second"] == done.pairs["first"] + 1, "shift_px"]
    assert steps.median() == pytest.approx(STEP_PX, abs=8)
    assert report.frames(done)["frames"].astype(int).sum() == len(done.table)


def test_a_film_needs_a_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="cannot write a video there"):
        write_film(tmp_path / "nowhere")


@given(arrays(np.float64, 9, elements=st.integers(0, 9).map(float)), st.permutations(range(9)))
def test_no_order_finds_corrections_earlier_than_their_own(todo: np.ndarray, order: list[int]) -> None:
    found, best = found_early(np.array(order, float), todo), found_early(todo, todo)
    assert (found <= best + 1e-12).all() and (np.diff(found) >= 0).all()
    assert found[0] == 0 and found[-1] == pytest.approx(1 if todo.any() else 0)


def test_the_rank_correlation_is_spearmans_and_grows_wide_where_groups_are_few() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=200)
    second = first + rng.normal(size=200)
    alone = rank_correlation(first, second, np.arange(200))
    assert alone.value == pytest.approx(spearmanr(first, second).statistic)
    assert alone.low < alone.value < alone.high and alone.high - alone.low < 0.3
    few = rank_correlation(np.repeat(first[:10], 20), np.repeat(second[:10], 20), np.arange(200) // 20)
    assert few.high - few.low > 2 * (alone.high - alone.low)
    assert np.isnan(rank_correlation(np.zeros(5), np.arange(5.0), np.arange(5)).value)


def test_networks_and_what_joins_them_are_compared_on_test_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runs.STORE_VARIABLE, str(tmp_path))
    squares = Study(Squares(), "quick", [*SMALL, "epochs=1"])
    trained = [squares.run(model, say=lambda text: None) for model in members("quick")[:2]]
    found = compare(squares, trained, images=4)
    assert set(found.positions) <= set(squares.positions("groups")["test"]) and len(found.positions) == 4
    assert list(found.labels) == ["U-Net, resnet18", "FPN, resnet18", "mean probability", "vote"]
    truth = sum(squares.cache().mask(at).sum() for at in found.positions)
    for each in found.labels.values():
        assert (each.counts.tp + each.counts.fn).sum() == truth
    table = report.compared(found)
    assert table["labels"].tolist() == list(found.labels)
    assert table["F1 behind mean probability"].tolist()[2] == "-"


def states() -> list[State]:
    """Labels that get better with the images reviewed, of 20 images of ten clips."""
    rng = np.random.default_rng(0)
    truth = rng.integers(50, 300, (20, 4))
    kinds = [(THRESHOLDS, "none", 0), (NETWORKS, DISPUTED, 8), (NETWORKS, DISPUTED, 16)]
    kinds += [(NETWORKS, RANDOM, 8), (NETWORKS, RANDOM, 16), (FITTED, RANDOM, 16)]
    found = []
    for labeller, order, reviewed in kinds:
        tp = (truth * rng.uniform(0.2 + reviewed / 40, 0.4 + reviewed / 40, truth.shape)).astype(int)
        counts = Counts(tp, truth - tp, truth - tp, 10_000 - 2 * truth + tp)
        todo = rng.poisson(20 - reviewed, (20, 4))
        labels = Corrected(counts, todo, np.arange(20) // 2)
        found.append(State(labeller, order, reviewed, labels, np.full(4, 3.0 if reviewed else np.nan)))
    return found


def test_tables_of_the_loop_tell_every_state_and_every_difference() -> None:
    table = study.table(states()).assign(seed=0)
    told = report.states(table)
    assert told["reviewed"].tolist() == [
        *("0", "8, most disputed first", "16, most disputed first"),
        *("8, random", "16, random", "16, random"),
    ]
    assert told["seen by the reviewer"].tolist() == ["-", *["12.0"] * 5]
    gains = report.differences(table)
    assert len(gains) == 3 and gains["F1"][0].startswith("+0.") and "tie" not in gains["F1"][0]
    assert gains["pixels wrong"][0].startswith("-") and gains["objects wrong"][0].startswith("-")
    assert gains["F1"].str.contains("tie").any()
    assert len(report.by_class(table)) == len(told)
    found = report.cost(table)
    assert len(found) == 2
    assert found[0].endswith("corrected per image, most disputed first: 12, 12 (seed 0).")
    drawn = figures.curves(table)
    assert [axes.get_title() for axes in drawn.axes] == ["F1, mean of classes", study.PIXELS, study.TODO]


@pytest.mark.parametrize("dataset", ["simulated", "magnetic-tile", "crack-forest"])
def test_scores_of_first_labels_are_stored(dataset: str) -> None:
    table = report.thresholds({dataset: prelabel_scores.stored(dataset)})
    assert table["settings"].tolist() == ["authors", "authors, smooth", "fitted"]


def test_the_loop_is_stored_with_all_that_it_is_compared_with() -> None:
    table = study.stored("simulated")
    own = table[(table["class"] == "mean") & (table["measure"] == "F1") & (table["than"] == "")]
    reviewed = set(zip(own["labels"], own["reviewed"], strict=True))
    assert {(NETWORKS, count) for count in (20, 40, 60, 120)} <= reviewed
    assert {(THRESHOLDS, 0), (FITTED, 60), (study.CHECKED, 60)} <= reviewed


def test_what_is_not_stored_says_how_to_get_it() -> None:
    with pytest.raises(UserError, match="cvlib annotate loop mine --to"):
        study.stored("mine")
    with pytest.raises(UserError, match="cvlib annotate score mine --to"):
        prelabel_scores.stored("mine")


def test_every_rule_and_every_step_of_a_first_label_is_shown() -> None:
    data = Simulated(images=8, seed=1)
    found = label_image(data.image(0))
    table = report.rules(found.components)
    assert table["rule"].tolist() == list(RULES)
    assert table["here"].str.replace(",", "").astype(int).sum() == len(found.components)
    even = baseline.contrast(found.smoothed, "background", "bright")
    figure = figures.steps(data.image(0), found, even)
    assert [axes.get_title() for axes in figure.axes][-1] == "components"
