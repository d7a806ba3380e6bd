"""The loop with a scripted reviewer, on squares that a network learns in a moment."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cvlib import runs
from cvlib.annotate import study
from cvlib.annotate.ensemble import decide
from cvlib.annotate.loop import DISPUTED, FITTED, NETWORKS, ORDERS, RANDOM, THRESHOLDS, Loop, Plan, State
from cvlib.annotate.reviewed import ReviewedStudy
from cvlib.annotate.scores import MEAN
from cvlib.baseline import AUTHORS
from cvlib.errors import UserError
from cvlib.measure import masks
from cvlib.training import classical
from tests.segment.conftest import SMALL, Squares

PLAN = Plan(images=60, test=0.3, batch=8, rounds=2, more=24)


@pytest.fixture(autouse=True, scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One for all tests here: the same loop is not gone through twice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(runs.STORE_VARIABLE, str(tmp_path_factory.mktemp("runs")))
        patch.setattr(classical, "fitted", lambda cache, train: AUTHORS)  # takes half a minute
        yield


def loop(seed: int = 0, images: int = 60, plan: Plan = PLAN) -> Loop:
    overrides = [*SMALL, "epochs=1"]
    return Loop(Squares(images), "quick", overrides, seed, plan, say=lambda text: None)


def test_no_clip_is_reviewed_and_tested_on() -> None:
    for seed in range(3):
        ours = loop(seed)
        assert not set(ours.groups[ours.pool]) & set(ours.groups[ours.test])
        assert sorted([*ours.pool, *ours.test]) == list(range(60))
        assert sorted(ours.random) == sorted(ours.pool)


def test_the_loop_reviews_what_the_plan_says_and_its_run_is_loaded_again() -> None:
    run = study.run(loop())
    states = study.states_of(run)
    assert [(each.labeller, each.order, each.reviewed) for each in states] == [
        (THRESHOLDS, "none", 0),
        *((NETWORKS, order, count) for order in ORDERS for count in (8, 16)),
        (FITTED, RANDOM, 16),
        (NETWORKS, RANDOM, 24),
    ]
    assert np.array_equal(
        states[1].labels.counts.to_array(), states[3].labels.counts.to_array()
    )  # one first round
    assert {len(each.labels.todo) for each in states} == {len(loop().test)}
    assert study.run(loop()).id == run.id and study.run(loop()).environment == run.environment


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "states.npz").write_bytes(b"")
    broken = replace(study.run(loop()), folder=tmp_path)
    with pytest.raises(UserError, match=r"states\.npz: damaged"):
        study.states_of(broken)


def test_too_few_images_are_told_before_anything_is_trained() -> None:
    with pytest.raises(UserError, match=r"images to review beside .* to test on, expected 60"):
        loop(plan=Plan(images=60, batch=20, more=24))


def test_the_profile_and_the_plan_keep_their_own_batch() -> None:
    told = study.settings(loop()).options
    assert (told["batch"], told["loop batch"]) == (2, 8)


def test_other_settings_are_another_run() -> None:
    ids = {
        study.settings(each).id
        for each in (loop(), loop(seed=1), loop(plan=Plan(images=60, batch=5, more=20)))
    }
    assert len(ids) == 3
    assert study.settings(loop()).id in ids


def test_the_reviewer_is_shown_the_labels_of_the_round_before() -> None:
    ours = loop()
    shown = ours.labelled(ours.by_thresholds(AUTHORS), ours.random[:8]).todo.mean(axis=0)
    states = study.states_of(study.run(ours))
    assert states[1].seen.tolist() == states[3].seen.tolist() == shown.tolist()
    again = ours.trained(ours.random[:8])
    shown = ours.labelled(lambda image: decide(again(image)), ours.random[8:16]).todo.mean(axis=0)
    assert states[4].seen.tolist() == shown.tolist()


def test_the_most_disputed_are_reviewed_next_a_clip_at_a_time() -> None:
    ours = loop()
    reviewed = ours.random[:8]
    disputed = {int(at): float(at % 7) for at in ours.pool}

    def opinions(image: np.ndarray) -> np.ndarray:
        at = next(at for at in ours.pool if np.array_equal(ours.data.image(at), image))
        marked = np.zeros((2, 4, 1, 20))
        marked[0, 0, 0, : 2 * int(disputed[int(at)]) : 2] = 1  # as many objects of which one knows nothing
        return marked

    found = ours.next_batch(DISPUTED, reviewed, opinions)
    rest = [int(at) for at in ours.pool if at not in reviewed]
    clips = ours.groups[found]
    unreviewed = len(set(ours.groups[rest].tolist()))
    assert len(found) == 8 and not set(found) & set(reviewed)
    assert len(set(clips.tolist())) == min(8, unreviewed)
    assert disputed[int(found[0])] == max(disputed[at] for at in rest)


def test_a_table_tells_scores_and_differences_of_the_states() -> None:
    run = study.run(loop())
    states = study.states_of(run)
    table = study.table(states)

    def row(state: State, measure: str, name: str, than: str = "") -> dict[Hashable, Any]:
        about = {"labels": state.labeller, "order": state.order, "reviewed": state.reviewed, "than": than}
        wanted = about | {"measure": measure, "class": name}
        [found] = np.flatnonzero((table[list(wanted)] == pd.Series(wanted)).all(axis=1))
        return table.to_dict("records")[found]

    last = states[2]
    by_class = masks.score(last.labels.counts)
    assert row(last, "F1", "pinhole")["value"] == pytest.approx(by_class[2], nan_ok=True)
    assert row(last, "F1", MEAN)["value"] == pytest.approx(masks.mean_over_classes(by_class))
    todo = row(last, study.TODO, MEAN)
    assert todo["value"] == pytest.approx(last.labels.todo.sum() / len(last.labels.groups))
    assert todo["low"] <= todo["value"] <= todo["high"]
    pairs = study.comparisons(states)
    assert {other.reviewed for _, other in pairs} == {0, 16, 24}
    for one, other in pairs:
        wrong = [
            (each.labels.counts.fp + each.labels.counts.fn).sum() / len(last.labels.groups)
            for each in (one, other)
        ]
        found = row(one, study.PIXELS, MEAN, study.told(other))
        assert found["value"] == pytest.approx(wrong[0] - wrong[1])


def test_of_reviewed_images_none_is_held_out() -> None:
    parts = ReviewedStudy(Squares(), "quick", SMALL).positions("groups")
    assert sorted([*parts["train"], *parts["validation"]]) == list(range(30)) and not len(parts["test"])
    assert 3 <= len(parts["validation"]) <= 9


@pytest.mark.slow
def test_what_is_reviewed_is_learnt() -> None:
    overrides = [*SMALL, "epochs=4", "steps=40", "lr=3e-3"]
    ours = Loop(Squares(60), "quick", overrides, 0, PLAN, say=lambda text: None)
    opinions = ours.trained(ours.random[:16])
    labels = ours.by_thresholds(AUTHORS), lambda image: decide(opinions(image))
    before, after = (
        masks.mean_over_classes(masks.score(ours.labelled(each, ours.test).counts)) for each in labels
    )
    assert after > before + 0.1
