"""Conventions of classification against scikit-learn, by hand, and against the chapter's own."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from cvlib.classify import benchmark
from cvlib.classify.scoring import Scored
from cvlib.conventions import classification
from cvlib.conventions.classification import AVERAGES, MEASURES, UNDEFINED, Average, score
from cvlib.measure import labels

NAMES = {"macro": "macro", "micro": "micro", "weighted by support": "weighted", "samples": "samples"}


def scored(seed: int, images: int = 40) -> Scored:
    random = np.random.default_rng(seed)
    truth = random.random((images, 4)) < [0.8, 0.1, 0.3, 0.05]
    truth[0] = True
    truth[1] = False
    scores = np.clip(0.3 * truth + random.normal(0.3, 0.2, (images, 4)), 0, 1)
    names = np.array([f"image_{each}" for each in range(images)])
    return Scored(names, np.arange(images) // 2, truth, scores, np.array([0.4, 0.5, 0.45, 0.5]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(AVERAGES), st.sampled_from([*UNDEFINED]))
def test_every_average_is_scikit_learns(seed: int, average: Average, undefined: str) -> None:
    random = np.random.default_rng(seed)
    truth, predicted = random.random((2, 6, 4)) < random.random((2, 1, 4)) * 0.7
    truth[:, random.random(4) < 0.3] = False  # absent classes
    zero = UNDEFINED[undefined]
    left_out = np.isnan(zero) and average in ("macro", "weighted by support")
    kept = np.flatnonzero(truth.any(axis=0)) if left_out else np.arange(4)
    found = labels.count(predicted, truth)
    own = [score(found, measure, average, zero) for measure in MEASURES]
    if not len(kept):
        assert np.isnan(own).all()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        precision, recall, f1, _ = precision_recall_fscore_support(
            truth, predicted, labels=kept, average=NAMES[average], zero_division=zero
        )
    if average == "weighted by support" and not truth.any():
        assert np.isnan(own).all()  # nothing to weigh by; scikit-learn says zero_division
    else:
        np.testing.assert_allclose(own, [f1, precision, recall], equal_nan=True)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_chapters_own_numbers_are_among_the_conventions(seed: int) -> None:
    tested = scored(seed)
    frame = classification.table({"net": tested}).set_index([*classification.AXES, "model"])["value"]
    default = [classification.DEFAULT[axis] for axis in classification.AXES]
    own = {way: frame[(default[0], way, *default[2:], "net")] for way in classification.THRESHOLDS}
    expected = benchmark.by_threshold(tested)[benchmark.MEAN].to_numpy()
    assert [own[way] for way in ("best on the validation images", ".5", "best on these test images")] == (
        pytest.approx(expected)
    )


def test_the_default_is_the_mean_of_the_chapters_table() -> None:
    tested = scored(1)
    frame = classification.table({"net": tested}).set_index([*classification.AXES, "model"])["value"]
    default = tuple(classification.DEFAULT[axis] for axis in classification.AXES)
    assert frame[(*default, "net")] == pytest.approx(benchmark.scores({"net": tested})["net"]["mean"].value)


def test_two_images_by_hand() -> None:
    """One shows both classes and one is found; one shows nothing, and nothing is predicted."""
    truth = np.array([[True, True], [False, False]])
    found = labels.count(np.array([[True, False], [False, False]]), truth)
    assert score(found, "precision", "macro") == 1  # of the class that is predicted at all
    assert score(found, "precision", "macro", 0) == 0.5
    assert score(found, "recall", "micro") == 0.5
    assert [score(found, "f1", "samples", zero) for zero in (0, 1)] == pytest.approx([1 / 3, 5 / 6])


def test_a_threshold_chosen_on_the_test_images_is_never_worse_there_by_class() -> None:
    tested = scored(2)
    frame = classification.table({"net": tested})
    wanted = (frame["score"] == "f1") & (frame["average"] == "macro") & (frame["undefined"] == "left out")
    values = frame[wanted].set_index(["classes", "threshold"])["value"]
    for classes in classification.SETS:
        best = values[classes, "best on these test images"]
        assert best >= max(values[classes, ".5"], values[classes, "best on the validation images"])


def test_every_model_is_scored_by_every_convention_once() -> None:
    frame = classification.table({"one": scored(1), "two": scored(2)})
    assert len(frame) == 2 * 3 * 3 * 4 * 3 * 2
    assert not frame.duplicated([*classification.AXES, "model"]).any()
    assert set(classification.KNOWN) <= set(frame[[*classification.AXES]].itertuples(index=False, name=None))
