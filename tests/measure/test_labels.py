"""Scores of multi-label classification, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as peer

from cvlib.measure.counts import Counts
from cvlib.measure.intervals import FEWEST, share_interval
from cvlib.measure.labels import (
    MEASURES,
    Measure,
    accuracy,
    co_occurrence_errors,
    combinations,
    constant,
    count,
    decide,
    difference_interval,
    f1,
    macro,
    precision,
    recall,
    score,
    score_interval,
    why_undefined,
)

LABELS = st.tuples(st.integers(1, 12), st.integers(1, 4)).flatmap(
    lambda shape: st.tuples(*2 * [arrays(bool, shape, elements=st.booleans(), fill=st.booleans())])
)
Pair = tuple[np.ndarray, np.ndarray]


def by_hand(*classes: tuple[int, int, int, int]) -> Counts:
    """Counts of one row from tp, fp, fn and tn of each class."""
    return Counts.from_array(np.array([classes]))


@given(LABELS)
def test_counts_and_scores_are_scikit_learns(pair: Pair) -> None:
    counts = count(*pair)
    assert np.array_equal(counts.to_array().sum(axis=2), np.ones(pair[0].shape))
    found = [score(counts, measure) for measure in MEASURES]
    for channel, (predicted, truth) in enumerate(zip(pair[0].T, pair[1].T, strict=True)):
        (tn, fp), (fn, tp) = peer.multilabel_confusion_matrix(truth, predicted, labels=[True])[0]
        assert counts.sum().to_array()[0, channel].tolist() == [tp, fp, fn, tn]
        expected = peer.precision_recall_fscore_support(truth, predicted, labels=[True], zero_division=np.nan)
        ours = [each[channel] for each in found]
        np.testing.assert_allclose(ours[:3], np.ravel(expected[:3]), rtol=1e-12)
        assert ours[3] == pytest.approx(peer.accuracy_score(truth, predicted))


def test_the_four_scores_by_hand() -> None:
    counts = by_hand((3, 1, 2, 4), (0, 2, 0, 8), (0, 0, 3, 7), (0, 0, 0, 10), (0, 1, 2, 7))
    nan = np.nan
    np.testing.assert_allclose(precision(counts), [0.75, 0, nan, nan, 0])
    np.testing.assert_allclose(recall(counts), [0.6, nan, 0, nan, 0])
    np.testing.assert_allclose(f1(counts), [2 / 3, 0, 0, nan, 0])
    np.testing.assert_allclose(accuracy(counts), [0.7, 0.8, 0.7, 1, 0.7])


def test_what_is_undefined_says_why() -> None:
    counts = by_hand((3, 1, 2, 4), (0, 2, 0, 8), (0, 0, 3, 7), (0, 0, 0, 10))
    assert why_undefined(counts, "precision") == [None, None, "nothing predicted", "absent"]
    assert why_undefined(counts, "recall") == [None, "absent", None, "absent"]
    assert why_undefined(counts, "f1") == [None, None, None, "absent"]
    assert why_undefined(counts, "accuracy") == [None] * 4


@given(LABELS, st.sampled_from(MEASURES))
def test_a_reason_is_given_exactly_where_there_is_no_score(pair: Pair, measure: Measure) -> None:
    counts = count(*pair)
    reasons = why_undefined(counts, measure)
    assert [reason is not None for reason in reasons] == np.isnan(score(counts, measure)).tolist()
    assert all(not pair[1][:, c].any() for c, reason in enumerate(reasons) if reason == "absent")
    assert all(pair[1][:, c].any() for c, reason in enumerate(reasons) if reason == "nothing predicted")


def test_macro_averages_over_the_classes_that_occur() -> None:
    counts = by_hand((3, 1, 2, 4), (0, 2, 0, 8), (0, 0, 3, 7), (0, 0, 0, 10))
    assert macro(counts) == pytest.approx((2 / 3 + 0) / 2)
    assert macro(counts, "recall") == pytest.approx((0.6 + 0) / 2)
    assert macro(counts, "accuracy") == pytest.approx((0.7 + 0.7) / 2)
    assert macro(counts, "precision") == pytest.approx(0.75)
    assert macro(counts, "precision", "as 0") == pytest.approx(0.75 / 2)
    assert np.isnan(macro(by_hand((0, 2, 0, 8))))


def test_no_images_have_no_score() -> None:
    empty = np.zeros((0, 3), bool)
    for measure in MEASURES:
        assert np.isnan(score(count(empty, empty), measure)).tolist() == [True] * 3


@given(LABELS)
def test_the_order_of_images_does_not_matter(pair: Pair) -> None:
    forth, back = count(*pair), count(pair[0][::-1], pair[1][::-1])
    for measure in MEASURES:
        np.testing.assert_array_equal(score(forth, measure), score(back, measure))


def test_a_score_at_its_threshold_is_predicted() -> None:
    scores = np.array([[0.5, 0.7], [0.49, 0.71]], np.float32)
    assert decide(scores).tolist() == [[True, True], [False, True]]
    assert decide(scores, np.array([0.6, 0.705])).tolist() == [[False, False], [False, True]]
    assert not decide(scores, np.inf).any()


@pytest.mark.parametrize(
    ("scores", "thresholds", "message"),
    [
        (np.zeros(3), 0.5, r"\(N, C\)"),
        (np.zeros((2, 3)), np.zeros(2), r"\(2, 3\) and \(2,\)"),
        (np.full((2, 3), np.nan), 0.5, "NaN"),
        (np.zeros((2, 3)), np.nan, "NaN"),
    ],
)
def test_what_cannot_be_decided_is_refused(
    scores: np.ndarray, thresholds: np.ndarray | float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        decide(scores, thresholds)


@pytest.mark.parametrize(
    ("predicted", "truth", "message"),
    [
        (np.zeros((2, 3), bool), np.zeros((3, 2), bool), "one shape"),
        (np.zeros(3, bool), np.zeros(3, bool), "one shape"),
        (np.zeros((2, 3)), np.zeros((2, 3), bool), "float64 predicted.*decide"),
        (np.zeros((2, 3), bool), np.zeros((2, 3), np.uint8), "uint8 true"),
    ],
)
def test_what_are_no_labels_is_refused(predicted: np.ndarray, truth: np.ndarray, message: str) -> None:
    for function in (count, co_occurrence_errors, combinations):
        with pytest.raises(ValueError, match=message):
            function(predicted, truth)


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    counts = by_hand((1, 1, 1, 1))
    with pytest.raises(ValueError, match=r"'dice'.*'f1'"):
        score(counts, "dice")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'dice'.*'f1'"):
        score_interval(counts, np.zeros(1), "dice")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'skip'.*'left out'"):
        macro(counts, "f1", "skip")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'recall'.*'accuracy'"):
        constant(np.zeros((1, 1), bool), "recall")  # type: ignore[arg-type]


@given(LABELS)
def test_no_constant_answer_beats_the_best_one(pair: Pair) -> None:
    truth = pair[1]
    answers = [count(np.full(truth.shape, answer), truth) for answer in (False, True)]
    for measure, best in (("f1", f1(constant(truth))), ("accuracy", accuracy(constant(truth, "accuracy")))):
        others = np.nan_to_num([score(each, measure) for each in answers])  # type: ignore[arg-type]
        assert np.array_equal(best, others.max(axis=0))


def test_always_yes_has_the_share_of_positives_as_its_precision() -> None:
    truth = np.arange(10)[:, None] < 3
    counts = constant(truth)
    found = [score(counts, measure).item() for measure in MEASURES]
    assert found == pytest.approx([0.3, 1, 0.6 / 1.3, 0.3])


# Intervals


def clips(generator: np.random.Generator, number: int) -> tuple[Counts, Counts, np.ndarray]:
    """Counts of two classes by two models on clips of 5 to 20 images, and the clip of each image.

    Two in five clips carry the first class and nine in ten the second, in a share of their images of their
    own; how easily a model finds it and raises false alarms differs between clips more than within them.
    """
    groups = np.repeat(np.arange(number), generator.integers(5, 21, number))
    carrying = generator.random((number, 2)) < [0.4, 0.9]
    shown = np.where(carrying, generator.beta(4, 2, (number, 2)), 0)[groups]
    truth = generator.random(shown.shape) < shown
    ease = generator.normal(0, 0.7, (number, 2))
    counts = []
    for better in (0.3, 0):
        own = ease + generator.normal(better, 0.5, (number, 2))
        likely = 1 / (1 + np.exp(-np.where(truth, 1, -1.5) - own[groups]))
        counts.append(count(generator.random(shown.shape) < likely, truth))
    return counts[0], counts[1], groups


def shares_covered(measure: Measure, trials: int, draws: int, by_image: bool = False) -> np.ndarray:
    """How often intervals of the scores, and of the differences of two models, hold the truth: (2, 2)."""
    generator = np.random.default_rng(1)
    a, b, _ = clips(generator, 20_000)
    everywhere = score(a, measure), score(a, measure) - score(b, measure)
    covered = np.zeros((2, 2))
    for trial in range(trials):
        a, b, groups = clips(generator, int(generator.integers(30, 61)))
        if by_image:
            groups = np.arange(len(groups))
        one = score_interval(a, groups, measure, trial, draws=draws)
        two = difference_interval(a, b, groups, measure, trial, draws=draws)
        for row, (found, values) in enumerate(zip((one, two), everywhere, strict=True)):
            _, low, high = np.transpose(found.classes)
            covered[row] += (low <= values) & (values <= high)
    return covered / trials


@pytest.mark.parametrize("measure", MEASURES)
def test_intervals_over_clips_cover_the_truth_as_often_as_they_say(measure: Measure) -> None:
    covered = shares_covered(measure, trials=250, draws=250)
    assert covered.min() >= 0.91
    assert covered.max() <= 0.99


def test_intervals_over_images_miss_the_truth_too_often() -> None:
    rare = shares_covered("f1", trials=60, draws=100, by_image=True)[0, 0]
    assert rare < 0.75


def test_of_independent_images_the_interval_is_the_binomial_one() -> None:
    truth = np.arange(1000)[:, None] % 2 == 0
    hits = np.arange(1000) < 300
    counts = count(truth == hits[:, None], truth)
    found = score_interval(counts, np.arange(1000), "accuracy").classes[0]
    assert found == pytest.approx(share_interval(hits, np.arange(1000)), abs=0.003)


def test_the_value_is_the_score_and_the_mean_is_macro() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random((200, 4)) < [0.9, 0.3, 0.3, 0]
    predicted = truth ^ (generator.random((200, 4)) < 0.2)
    predicted[:, 2] = False
    counts, groups = count(predicted, truth), np.arange(200) // 4
    for measure in MEASURES:
        found = score_interval(counts, groups, measure)
        np.testing.assert_allclose([each.value for each in found.classes], score(counts, measure))
        assert found.mean.value == pytest.approx(macro(counts, measure))
        assert found.mean.low < found.mean.value < found.mean.high


def test_a_difference_is_that_of_the_scores_turns_its_sign_and_gains_by_pairing() -> None:
    a, b, groups = clips(np.random.default_rng(0), 40)
    for measure in MEASURES:
        forth, back = difference_interval(a, b, groups, measure), difference_interval(b, a, groups, measure)
        values = [each.value for each in forth.classes]
        np.testing.assert_allclose(values, score(a, measure) - score(b, measure))
        assert forth.mean == pytest.approx((-back.mean.value, -back.mean.high, -back.mean.low))
        one, other = (score_interval(each, groups, measure).classes[0] for each in (a, b))
        width = forth.classes[0].high - forth.classes[0].low
        assert width < 0.95 * np.hypot(one.high - one.low, other.high - other.low)


def test_a_model_ties_with_itself_and_beats_the_constant_answer_where_it_does() -> None:
    truth = np.random.default_rng(0).random((300, 1)) < 0.3
    groups = np.arange(300) // 5
    good = count(truth ^ (np.random.default_rng(1).random((300, 1)) < 0.1), truth)
    assert difference_interval(good, good, groups).classes[0].tied
    for measure in MEASURES[2:]:
        assert difference_interval(good, constant(truth), groups, measure).classes[0].low > 0


@pytest.mark.parametrize("few", [1, FEWEST - 1, FEWEST])
@pytest.mark.parametrize(
    ("rare", "without_bounds"),
    [
        ("having", {"precision", "recall", "f1", "accuracy"}),
        ("lacking", {"precision", "accuracy"}),
        ("predicted", {"precision"}),
    ],
)
def test_no_bounds_where_too_few_groups_bear_on_it(rare: str, without_bounds: set[str], few: int) -> None:
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 10)
    truth = generator.random(400) < 0.5
    if rare != "predicted":
        truth = truth & (groups < few) if rare == "having" else truth | (groups >= few)
    predicted = truth ^ (generator.random(400) < 0.3)
    if rare == "predicted":
        predicted &= groups < few
    counts, other = (count(each[:, None], truth[:, None]) for each in (predicted, ~predicted))
    for measure in MEASURES:
        missing = few < FEWEST and measure in without_bounds
        for found in (
            score_interval(counts, groups, measure),
            difference_interval(counts, other, groups, measure),
            difference_interval(other, counts, groups, measure),
        ):
            assert not np.isnan(found.classes[0].value)
            assert np.isnan([*found.classes[0][1:], *found.mean[1:]]).all() == missing
            assert np.isnan([*found.classes[0][1:], *found.mean[1:]]).any() == missing


def test_an_absent_class_has_no_interval_and_does_not_count_in_the_mean() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random((200, 2)) < [0.5, 0]
    counts = count(truth ^ (generator.random((200, 2)) < 0.2), truth)
    for measure in MEASURES:
        found = score_interval(counts, np.arange(200) // 4, measure)
        assert np.isnan(found.classes[1][1:]).all()
        assert found.mean == pytest.approx(found.classes[0])


def test_counts_that_do_not_belong_together_are_refused() -> None:
    a, b, groups = clips(np.random.default_rng(0), 10)
    with pytest.raises(ValueError, match="same images and classes"):
        difference_interval(a, b[1:], groups)
    with pytest.raises(ValueError, match="their truths differ"):
        difference_interval(a, b[::-1], groups)
    with pytest.raises(ValueError, match="one group per value"):
        score_interval(a, groups[1:])


# Errors by what else an image shows

CRACK, DELAMINATION, PINHOLE = range(3)
TRUTH = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
PREDICTED = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 1]], bool)


def test_errors_by_co_occurrence_by_hand() -> None:
    found = co_occurrence_errors(PREDICTED, TRUTH)
    assert found.false_alarms.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert found.lacking.tolist() == [[0, 2, 5], [0, 0, 3], [1, 1, 0]]
    assert found.misses.tolist() == [[1, 2, 0], [1, 2, 0], [0, 0, 1]]
    assert found.showing.tolist() == [[5, 3, 0], [3, 3, 0], [0, 0, 1]]


@given(LABELS)
def test_errors_by_co_occurrence_are_counted_image_by_image(pair: Pair) -> None:
    predicted, truth = pair
    found = co_occurrence_errors(predicted, truth)
    expected = np.zeros((4, *found.misses.shape), int)
    for said, shown in zip(predicted, truth, strict=True):
        for i in np.flatnonzero(shown):
            for j in range(len(shown)):
                expected[:, i, j] += said[j] > shown[j], not shown[j], said[j] < shown[j], shown[j]
    assert np.array_equal([found.false_alarms, found.lacking, found.misses, found.showing], expected)
    assert np.array_equal(found.misses.diagonal(), count(predicted, truth).sum().fn[0])


def test_combinations_by_hand() -> None:
    rows = combinations(PREDICTED, TRUTH)
    assert [tuple(row) for row in rows] == [
        ((CRACK, DELAMINATION), 3, 0, (CRACK,), 2),
        ((CRACK,), 2, 1, (CRACK, DELAMINATION), 1),
        ((), 1, 0, (PINHOLE,), 1),
        ((PINHOLE,), 1, 0, (), 1),
    ]


@given(LABELS)
def test_combinations_hold_every_image_once(pair: Pair) -> None:
    predicted, truth = pair
    rows = combinations(predicted, truth)
    assert sum(row.images for row in rows) == len(truth)
    assert sum(row.exact for row in rows) == (predicted == truth).all(axis=1).sum()
    assert len({row.classes for row in rows}) == len(rows) == len(np.unique(truth, axis=0))
    for row in rows:
        assert row.exact + row.instead_images <= row.images
        assert (row.instead is None) == (row.instead_images == 0) == (row.exact == row.images)
        assert row.instead != row.classes
