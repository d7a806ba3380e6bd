"""Curves from scores, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as peer

from cvlib.measure.counts import Counts
from cvlib.measure.curves import (
    FALLBACK,
    average_precision,
    choose_thresholds,
    precision_recall_curve,
    roc_auc,
    roc_curve,
)
from cvlib.measure.labels import count, decide, f1

TIED = st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0])
SCORES = st.one_of(TIED, st.floats(0, 1), st.floats(-1e6, 1e6, width=32))
ONE_CLASS = st.integers(1, 15).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=SCORES, fill=st.nothing()), arrays(bool, n, fill=st.nothing())
    )
)
SEVERAL = st.tuples(st.integers(0, 12), st.integers(1, 3)).flatmap(
    lambda shape: st.tuples(
        arrays(np.float64, shape, elements=SCORES, fill=st.nothing()), arrays(bool, shape, fill=st.nothing())
    )
)
Case = tuple[np.ndarray, np.ndarray]


@given(ONE_CLASS)
def test_with_a_positive_precision_and_recall_are_scikit_learns(case: Case) -> None:
    scores, truth = case
    truth[0] = True
    found = precision_recall_curve(scores, truth)
    precision, recall, thresholds = peer.precision_recall_curve(truth, scores)
    assert np.array_equal(found.thresholds, thresholds[::-1])
    np.testing.assert_allclose(found.precision, precision[-2::-1])
    np.testing.assert_allclose(found.recall, recall[-2::-1])
    assert average_precision(scores, truth) == pytest.approx(peer.average_precision_score(truth, scores))


@given(ONE_CLASS)
def test_with_both_kinds_the_roc_curve_is_scikit_learns(case: Case) -> None:
    scores, truth = np.append(case[0], [0.3, 0.3]), np.append(case[1], [True, False])
    found = roc_curve(scores, truth)
    expected = peer.roc_curve(truth, scores, drop_intermediate=False)
    for ours, theirs in zip(found, (expected[2], expected[0], expected[1]), strict=True):
        np.testing.assert_allclose(ours, theirs)
    assert roc_auc(scores, truth) == pytest.approx(peer.roc_auc_score(truth, scores))


@given(ONE_CLASS)
def test_the_area_under_roc_is_how_often_a_positive_scores_higher(case: Case) -> None:
    scores, truth = case
    pairs = [float(p > n) + 0.5 * float(p == n) for p in scores[truth] for n in scores[~truth]]
    expected = np.mean(pairs) if pairs else np.nan
    assert roc_auc(scores, truth) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("images", "precision"), [(0, []), (1, [0]), (3, [0, 0])])
def test_without_a_positive_there_is_no_recall_and_no_area(images: int, precision: list[float]) -> None:
    scores, truth = np.array([0.4, 0.4, 0.2])[:images], np.zeros(images, bool)
    found = precision_recall_curve(scores, truth)
    assert found.precision.tolist() == precision
    assert np.isnan(found.recall).all()
    assert np.isnan(roc_curve(scores, truth).recall).all()
    assert np.isnan([average_precision(scores, truth), roc_auc(scores, truth)]).all()


def test_without_a_negative_all_is_precise_and_there_is_no_roc_area() -> None:
    scores, truth = np.array([0.4, 0.4, 0.2]), np.ones(3, bool)
    assert precision_recall_curve(scores, truth).precision.tolist() == [1, 1]
    assert np.isnan(roc_curve(scores, truth).false_positive_rate).all()
    assert average_precision(scores, truth) == 1
    assert np.isnan(roc_auc(scores, truth))


def test_areas_depend_on_the_order_of_scores_only() -> None:
    generator = np.random.default_rng(0)
    scores, truth = generator.random(200).round(2), generator.random(200) < 0.3
    for area in (average_precision, roc_auc):
        assert area(scores, truth) == area(np.exp(5 * scores), truth)
        assert area(scores, truth) == area(scores.astype(np.float32), truth)


def test_scores_at_random_have_the_areas_of_chance() -> None:
    generator = np.random.default_rng(0)
    scores, truth = generator.random(20_000), generator.random(20_000) < 0.3
    assert roc_auc(scores, truth) == pytest.approx(0.5, abs=0.02)
    assert average_precision(scores, truth) == pytest.approx(0.3, abs=0.02)


@given(SEVERAL, st.sampled_from(["float32", "float64"]))
def test_no_other_threshold_has_a_higher_f1(case: Case, kind: str) -> None:
    scores, truth = case[0].astype(kind), case[1]
    chosen = choose_thresholds(scores, truth)
    found = f1(count(decide(scores, chosen), truth))
    others = [f1(count(decide(scores, row), truth)) for row in scores]
    for channel in range(truth.shape[1]):
        if truth[:, channel].any():
            assert found[channel] == max(each[channel] for each in others)
        else:
            assert chosen[channel] == FALLBACK


@pytest.mark.parametrize(
    ("scores", "truth", "threshold"),
    [
        ([0.9, 0.7, 0.3, 0.1], [1, 1, 0, 0], 0.5),  # midway between the classes
        ([0.9, 0.7, 0.3, 0.1], [1, 0, 0, 1], 0.8),  # 2/3 by one as by all: the highest
        ([0.9, 0.7, 0.7, 0.1], [0, 1, 0, 0], 0.4),  # equal scores are predicted together
        ([0.4, 0.3], [1, 1], 0.3),  # all predicted: no score to lie above
        ([0.4], [1], 0.4),
        ([0.4, 0.3], [0, 0], FALLBACK),
        ([np.nextafter(0.3, 1), 0.3], [1, 0], np.nextafter(0.3, 1)),  # no number between them
        ([5e-324, 0], [1, 0], 5e-324),
        ([1e308, -1e308], [1, 0], 0),
    ],
)
def test_thresholds_by_hand(scores: list[float], truth: list[int], threshold: float) -> None:
    found = choose_thresholds(np.array(scores)[:, None], np.array(truth, bool)[:, None])
    assert found == pytest.approx([threshold], rel=1e-15, abs=0)


def test_thresholds_of_equal_f1_do_not_depend_on_the_order_of_images() -> None:
    generator = np.random.default_rng(0)
    for _ in range(50):
        scores, truth = generator.integers(0, 4, (6, 1)) / 4, generator.random((6, 1)) < 0.5
        order = generator.permutation(6)
        assert choose_thresholds(scores, truth) == choose_thresholds(scores[order], truth[order])


def test_what_gives_no_curve_is_refused() -> None:
    good, truth = np.zeros(3), np.zeros(3, bool)
    for function in (precision_recall_curve, average_precision, roc_curve, roc_auc):
        for bad, real, message in (
            (good[:2], truth, r"\(N,\).*\(2,\).*bool \(3,\)"),
            (good, good, "float64"),
            (good[:, None], truth[:, None], r"\(N,\)"),
            (np.array([0, np.nan, 1]), truth, "finite"),
            (np.array([0, np.inf, 1]), truth, "finite"),
        ):
            with pytest.raises(ValueError, match=message):
                function(bad, real)
    with pytest.raises(ValueError, match=r"\(N, C\)"):
        choose_thresholds(good, truth)


def test_nothing_given_is_changed() -> None:
    scores, truth = np.array([0.1, 0.9, 0.5]), np.array([True, False, True])
    before = scores.copy(), truth.copy()
    roc_auc(scores, truth)
    average_precision(scores, truth)
    choose_thresholds(scores[:, None], truth[:, None])
    assert np.array_equal(scores, before[0])
    assert np.array_equal(truth, before[1])


def test_counts_at_a_point_of_the_curve_are_those_of_its_threshold() -> None:
    generator = np.random.default_rng(0)
    scores, truth = generator.random(50).round(1), generator.random(50) < 0.4
    curve = precision_recall_curve(scores, truth)
    for threshold, precision, recall in zip(*curve, strict=True):
        counts: Counts = count(decide(scores[:, None], threshold), truth[:, None]).sum()
        assert precision == counts.tp / (counts.tp + counts.fp)
        assert recall == counts.tp / truth.sum()
