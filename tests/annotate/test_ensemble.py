"""Several networks as one labeller, on probabilities made by hand and on networks trained for a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cvlib import runs
from cvlib.annotate.ensemble import RULES, decide, disagreement, labeller, members, priority, queue
from cvlib.data.files import read_mask_png
from cvlib.errors import UserError
from cvlib.measure.corrections import corrections
from cvlib.segment.study import Study
from tests.segment.conftest import SMALL, Squares

OPINIONS = st.integers(1, 5).flatmap(
    lambda networks: arrays(np.float32, (networks, 3, 4, 5), elements=st.floats(0, 1, width=32))
)


@given(OPINIONS)
def test_of_an_odd_number_the_vote_is_the_median(opinions: np.ndarray) -> None:
    if len(opinions) % 2:
        assert np.array_equal(decide(opinions, "vote"), np.median(opinions, axis=0) >= 0.5)


@given(OPINIONS)
def test_what_all_mark_is_marked_and_what_none_marks_is_not(opinions: np.ndarray) -> None:
    marked = opinions >= 0.5
    for rule in RULES:
        label = decide(opinions, rule)
        assert (label >= marked.all(axis=0)).all() and (label <= marked.any(axis=0)).all()


@given(OPINIONS)
def test_one_network_decides_for_itself(opinions: np.ndarray) -> None:
    for rule in RULES:
        assert np.array_equal(decide(opinions[:1], rule), opinions[0] >= 0.5)


@given(OPINIONS, st.randoms(use_true_random=False))
def test_whose_opinion_comes_first_plays_no_part(opinions: np.ndarray, random: np.random.Generator) -> None:
    order = list(range(len(opinions)))
    random.shuffle(order)
    if len(opinions) > 1:
        assert disagreement(opinions) == pytest.approx(disagreement(opinions[order]))


@given(OPINIONS)
def test_only_the_unanimous_do_not_disagree(opinions: np.ndarray) -> None:
    same = np.repeat(opinions[:1], 3, axis=0)
    assert not disagreement(same).any()
    missing = np.concatenate([same, np.zeros_like(opinions[:1])])
    shown = (opinions[0] >= 0.5).any(axis=(1, 2))
    assert ((disagreement(missing) > 0) == shown).all()


def test_of_two_networks_it_is_what_one_would_correct_in_the_other() -> None:
    rng = np.random.default_rng(0)
    opinions = rng.random((2, 4, 20, 20))
    assert disagreement(opinions).tolist() == corrections(opinions[0] >= 0.5, opinions[1] >= 0.5).tolist()
    with pytest.raises(ValueError, match="two networks or more"):
        disagreement(opinions[:1])


@given(arrays(np.float64, (6, 4), elements=st.integers(0, 9).map(float)), st.integers(1, 9))
def test_a_class_counts_as_much_however_many_objects_it_has(disputed: np.ndarray, times: int) -> None:
    found = priority(disputed)
    assert found == pytest.approx(priority(disputed * [times, 1, 1, 1]))
    assert found.mean() == pytest.approx(1 if disputed.any() else 0)
    assert (found[disputed.sum(axis=1) == 0] == 0).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4)), min_size=1, max_size=30))
def test_the_queue_has_every_image_once_and_first_the_most_disputed_of_every_group(
    images: list[tuple[float, int]],
) -> None:
    disputed, groups = (np.array(column) for column in zip(*images, strict=True))
    order = queue(disputed, groups)
    assert sorted(order.tolist()) == list(range(len(images)))
    first = order[: len(set(groups.tolist()))]
    assert {int(groups[at]): disputed[at] for at in first} == {
        int(group): disputed[groups == group].max() for group in np.unique(groups)
    }
    assert (np.diff(disputed[first]) <= 0).all()


def test_rules_and_shapes_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="mean or vote"):
        decide(np.zeros((1, 4, 2, 2)), "median")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="M > 0 networks"):
        decide(np.zeros((0, 4, 2, 2)))


def test_stored_networks_label_as_they_did_when_they_were_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runs.STORE_VARIABLE, str(tmp_path))
    squares = Squares()
    study = Study(squares, "quick", [*SMALL, "epochs=1"])
    trained = [study.run(model, say=lambda text: None) for model in members("quick")]
    label = labeller(study, trained)
    for position in study.positions("groups")["test"]:
        opinions = label(squares.image(position))
        for run, opinion in zip(trained, opinions, strict=True):
            stored = read_mask_png(run.path("predictions") / f"{squares.frames['name'][position]}.png")
            assert np.array_equal(stored > 0, (opinion >= 0.5).transpose(1, 2, 0))
    (trained[0].folder / "weights.pt").write_bytes(b"")
    with pytest.raises(UserError, match="damaged"):
        labeller(study, trained)
    with pytest.raises(UserError, match="no run to label with"):
        labeller(study, [])
