"""Pixel counts, the scores derived from them, and their intervals over clips."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from segmentation_models_pytorch import metrics as peer

from cvlib.measure.intervals import FEWEST, share_interval
from cvlib.measure.masks import (
    CONVENTIONS,
    MEASURES,
    Convention,
    Counts,
    Measure,
    count,
    decide,
    dice,
    difference_interval,
    iou,
    mean_over_classes,
    precision,
    recall,
    score,
    score_interval,
)

LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "contiguous": lambda masks: masks,
    "columns first": lambda masks: masks.swapaxes(2, 3),
    "channels last": lambda masks: np.moveaxis(np.ascontiguousarray(np.moveaxis(masks, 1, -1)), -1, 1),
    "cut out": lambda masks: np.pad(masks, 1)[1:-1, 1:-1, 1:-1, 1:-1],
    "mirrored": lambda masks: masks[:, :, ::-1, ::-1],
    "every other": lambda masks: np.repeat(masks, 2, axis=3)[..., ::2],
}

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 19), st.integers(1, 37))
PAIRS = SHAPES.flatmap(lambda shape: st.tuples(*2 * [arrays(bool, shape)]))
COUNTS = st.tuples(st.integers(1, 5), st.integers(1, 4), st.just(4)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.one_of(st.just(0), st.integers(0, 300_000)))
)


def peer_counts(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    pair = (torch.from_numpy(each.copy()).long() for each in (predicted, truth))
    return torch.stack(peer.get_stats(*pair, mode="multilabel"), dim=-1).numpy()


def by_hand(*images: tuple[int, int, int]) -> Counts:
    """Counts of one class from tp, fp and fn of each image of 100 pixels."""
    return Counts.from_array(np.array([[[*image, 100 - sum(image)]] for image in images]))


@settings(max_examples=150)
@given(PAIRS, st.sampled_from(sorted(LAYOUTS)), st.sampled_from(sorted(LAYOUTS)))
def test_counts_are_the_peers_whatever_the_memory_layout(
    pair: tuple[np.ndarray, np.ndarray], first: str, second: str
) -> None:
    same_shape = {"columns first"} & {first, second}
    predicted, truth = LAYOUTS[first](pair[0]), LAYOUTS[first if same_shape else second](pair[1])
    before = predicted.copy(), truth.copy()
    found = count(predicted, truth)
    assert found.to_array().dtype == np.int64
    assert np.array_equal(found.to_array(), peer_counts(predicted, truth))
    assert np.array_equal(predicted, before[0])
    assert np.array_equal(truth, before[1])


@pytest.mark.parametrize("predicted", [False, True])
@pytest.mark.parametrize("truth", [False, True])
def test_empty_and_full_masks_of_the_papers_size(predicted: bool, truth: bool) -> None:
    masks = [np.full((2, 4, 480, 640), each) for each in (predicted, truth)]
    expected = np.zeros((2, 4, 4))
    expected[..., {(1, 1): 0, (1, 0): 1, (0, 1): 2, (0, 0): 3}[predicted, truth]] = 480 * 640
    assert np.array_equal(count(*masks).to_array(), expected)


def test_images_of_unequal_size_are_counted_one_at_a_time_and_joined() -> None:
    generator = np.random.default_rng(0)
    pairs = [generator.random((2, 4, *size)) < 0.3 for size in [(5, 7), (480, 1), (33, 64)]]
    found = Counts.join(count(*pair) for pair in pairs)
    expected = [peer_counts(*(each[None] for each in pair)) for pair in pairs]
    assert np.array_equal(found.to_array(), np.concatenate(expected))


@pytest.mark.parametrize(
    ("predicted", "truth", "message"),
    [
        (np.zeros((4, 5, 6), bool), np.zeros((4, 6, 5), bool), "one shape"),
        (np.zeros((5, 6), bool), np.zeros((5, 6), bool), "one shape"),
        (np.zeros((4, 0, 6), bool), np.zeros((4, 0, 6), bool), "one shape"),
        (np.zeros((4, 5, 6), np.float32), np.zeros((4, 5, 6), bool), "float32 predicted.*decide"),
        (np.zeros((4, 5, 6), bool), np.zeros((4, 5, 6), np.uint8), "uint8 true"),
    ],
)
def test_what_cannot_be_counted_is_refused(predicted: np.ndarray, truth: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        count(predicted, truth)


@given(COUNTS)
def test_counts_are_stored_selected_joined_and_summed_without_loss(array: np.ndarray) -> None:
    counts = Counts.from_array(array)
    assert len(counts) == len(array)
    assert np.array_equal(counts.to_array(), array)
    order = np.random.default_rng(0).permutation(len(array))
    assert np.array_equal(counts[order].to_array(), array[order])
    chosen = array[:, 0, 0] > 0
    assert np.array_equal(
        Counts.join([counts[chosen], counts[~chosen]]).sum().to_array()[0], array.sum(axis=0)
    )


@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 5)])
def test_other_arrays_are_no_counts(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(N, C, 4\)"):
        Counts.from_array(np.zeros(shape))
    with pytest.raises(ValueError, match="one shape"):
        Counts(*(np.zeros((2, classes)) for classes in (1, 1, 1, 2)))


def test_by_argmax_every_pixel_has_one_class_and_unlabelled_ones_are_surface_cracks() -> None:
    # Four pixels: labelled as nothing, as pinhole, as two classes at once, as nothing.
    truth = np.array([[0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]], bool).reshape(4, 1, 4)
    scores = np.array([[1, 2, 3, 4], [2, 1, 4, 3], [1, 9, 2, 3], [0, 0, 0, 5]]).reshape(4, 1, 4) / 10
    as_published = count(decide(scores, "argmax"), decide(truth, "argmax"))
    assert as_published.to_array()[0].tolist() == [[0, 0, 2, 2], [1, 1, 0, 2], [1, 0, 0, 3], [0, 1, 0, 3]]
    by_threshold = count(decide(scores), decide(truth))
    assert by_threshold.to_array()[0].tolist() == [[0, 0, 0, 4], [0, 0, 1, 3], [1, 0, 1, 2], [0, 1, 0, 3]]


@given(arrays(np.float32, (2, 4, 3, 5), elements=st.sampled_from([0, 0.2, 0.49999, 0.5, 1])))
def test_decisions_of_many_images_are_those_of_each(scores: np.ndarray) -> None:
    assert np.array_equal(decide(scores, "argmax"), [decide(each, "argmax") for each in scores])
    assert (decide(scores, "argmax").sum(axis=1) == 1).all()
    assert np.array_equal(decide(scores), scores >= 0.5)
    assert np.array_equal(decide(decide(scores)), decide(scores))


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_what_is_no_probability_is_refused(bad: float) -> None:
    scores = np.full((4, 2, 2), 0.5)
    scores[1, 1, 1] = bad
    with pytest.raises(ValueError, match="between 0 and 1"):
        decide(scores)


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    counts = by_hand((1, 1, 1))
    with pytest.raises(ValueError, match=r"'softmax'.*'argmax'"):
        decide(np.zeros((4, 1, 1)), "softmax")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'f1'.*'dice'"):
        score(counts, "f1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'per image'.*'pooled'"):
        score(counts, "dice", "per image")  # type: ignore[arg-type]


@given(COUNTS)
def test_scores_of_each_image_are_the_peers(array: np.ndarray) -> None:
    counts = Counts.from_array(array)
    tensors = [torch.from_numpy(each) for each in (counts.tp, counts.fp, counts.fn, counts.tn)]
    peers = (peer.f1_score, peer.iou_score, peer.precision, peer.recall)
    for ours, theirs in zip((dice, iou, precision, recall), peers, strict=True):
        expected = theirs(*tensors, reduction="none", zero_division=np.nan).numpy()
        assert ours(counts).dtype == np.float64
        np.testing.assert_allclose(ours(counts), expected, rtol=1e-6)


@given(COUNTS)
def test_where_every_class_occurs_the_mean_is_the_peers(array: np.ndarray) -> None:
    array[0, :, 2] += 1  # something to find for each class
    counts = Counts.from_array(array)
    tensors = [torch.from_numpy(each) for each in (counts.tp, counts.fp, counts.fn, counts.tn)]
    for measure, theirs in (("dice", peer.f1_score), ("iou", peer.iou_score)):
        for convention, reduction in (("pooled", "macro"), ("per image, empties as 1", "macro-imagewise")):
            expected = float(theirs(*tensors, reduction=reduction, zero_division=1))
            ours = score(counts, measure, convention)  # type: ignore[arg-type]
            assert mean_over_classes(ours) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("measure", "pooled", "skipped", "as_1"),
    [
        ("dice", 16 / 26, 0.8 / 3, 1.8 / 4),
        ("iou", 8 / 18, (8 / 12) / 3, (8 / 12 + 1) / 4),
        ("precision", 8 / 14, 0.8 / 3, 1.8 / 4),
        ("recall", 8 / 12, 0.8 / 3, 1.8 / 4),
    ],
)
def test_conventions_by_hand(measure: Measure, pooled: float, skipped: float, as_1: float) -> None:
    counts = by_hand((8, 2, 2), (0, 0, 2), (0, 0, 0), (0, 4, 0))  # good, missed, rightly empty, false alarm
    found = [score(counts, measure, convention).item() for convention in CONVENTIONS]
    assert found == pytest.approx([pooled, skipped, as_1])


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("measure", MEASURES)
def test_only_a_class_that_never_occurs_in_the_truth_is_absent(
    measure: Measure, convention: Convention
) -> None:
    array = np.zeros((3, 4, 4), int)  # class 0: never anywhere
    array[1, 1, 1] = 7  # class 1: false alarms only
    array[1, 2, 2] = 7  # class 2: there, never predicted
    array[:, 3, 0] = 7  # class 3: perfect
    found = score(Counts.from_array(array), measure, convention)
    missed = 2 / 3 if convention == "per image, empties as 1" else 0
    np.testing.assert_allclose(found, [np.nan, np.nan, missed, 1])
    assert mean_over_classes(found) == pytest.approx((missed + 1) / 2)


def test_no_images_and_no_classes_have_no_score() -> None:
    assert np.isnan(score(Counts.from_array(np.zeros((0, 4, 4))))).tolist() == [True] * 4
    assert np.isnan(mean_over_classes(np.full(4, np.nan)))


@given(COUNTS, st.sampled_from(CONVENTIONS))
def test_the_order_of_images_does_not_matter_and_scores_lie_between_0_and_1(
    array: np.ndarray, convention: Convention
) -> None:
    for measure in MEASURES:
        found = score(Counts.from_array(array), measure, convention)
        np.testing.assert_allclose(found, score(Counts.from_array(array[::-1]), measure, convention))
        assert ((found >= 0) & (found <= 1 + 1e-12) | np.isnan(found)).all()


def clips(generator: np.random.Generator, number: int) -> tuple[Counts, Counts, np.ndarray]:
    """Counts of one class by two models on clips of 5 to 30 frames, and the clip of each frame.

    Clips differ in how much of the defect they show (a fifth show none), how hard it is to find for both
    models and for each, and how many false alarms they raise; frames of a clip differ less.
    """
    groups = np.repeat(np.arange(number), generator.integers(5, 31, number))
    frames = len(groups)
    shown = np.where(generator.random(number) < 0.8, generator.lognormal(6, 0.7, number), 0)[groups]
    truth = (shown * generator.lognormal(0, 0.4, frames)).astype(int)
    ease = generator.normal(1, 0.8, number)
    counts = []
    for better in (0.4, 0):
        logit = (ease + better + generator.normal(0, 0.5, number))[groups] + generator.normal(0, 0.4, frames)
        tp = generator.binomial(truth, 1 / (1 + np.exp(-logit)))
        fp = generator.lognormal(4, 0.8, number)[groups] * generator.lognormal(0, 0.4, frames)
        counts.append(Counts.from_array(np.stack([tp, fp.astype(int), truth - tp, 0 * tp], axis=-1)[:, None]))
    return counts[0], counts[1], groups


def share_covered(
    trials: int, draws: int, convention: Convention, by_frame: bool = False
) -> tuple[float, float]:
    """How often intervals of Dice, and of the difference of two models, hold the truth of 20,000 clips."""
    generator = np.random.default_rng(1)
    everywhere = [score(each, "dice", convention)[0] for each in clips(generator, 20_000)[:2]]
    covered = np.zeros(2)
    for trial in range(trials):
        a, b, groups = clips(generator, int(generator.integers(30, 61)))
        if by_frame:
            groups = np.arange(len(groups))
        (one,) = score_interval(a, groups, "dice", convention, seed=trial, draws=draws).classes
        (two,) = difference_interval(a, b, groups, "dice", convention, seed=trial, draws=draws).classes
        covered += one.low <= everywhere[0] <= one.high, two.low <= everywhere[0] - everywhere[1] <= two.high
    return covered[0] / trials, covered[1] / trials


@pytest.mark.parametrize("convention", ["pooled", "per image, empties skipped"])
def test_intervals_over_clips_cover_the_truth_as_often_as_they_say(convention: Convention) -> None:
    of_one, of_difference = share_covered(500, 400, convention)
    assert 0.92 <= of_one <= 0.98
    assert 0.92 <= of_difference <= 0.98


def test_intervals_over_frames_miss_the_truth_far_too_often() -> None:
    of_one, of_difference = share_covered(100, 100, "pooled", by_frame=True)
    assert of_one < 0.7
    assert of_difference < 0.7


def test_of_independent_pixels_the_interval_is_the_binomial_one() -> None:
    hits = np.arange(1000) < 300
    found = score_interval(
        Counts.from_array(np.stack([hits, ~hits, hits, hits], -1)[:, None]), np.arange(1000), "precision"
    )
    assert found.classes[0] == pytest.approx(share_interval(hits, np.arange(1000)), abs=0.002)


def test_repeating_every_image_in_its_clip_does_not_narrow_the_interval() -> None:
    a, b, groups = clips(np.random.default_rng(0), 30)
    ten = np.repeat(np.arange(len(groups)), 10)
    for convention in CONVENTIONS:
        once = difference_interval(a, b, groups, convention=convention)
        again = difference_interval(a[ten], b[ten], groups[ten], convention=convention)
        assert again.classes[0] == pytest.approx(once.classes[0])


def test_pairing_narrows_the_interval_of_a_difference() -> None:
    a, b, groups = clips(np.random.default_rng(0), 40)
    paired = difference_interval(a, b, groups).classes[0]
    one, other = (score_interval(each, groups).classes[0] for each in (a, b))
    assert paired.value == pytest.approx(one.value - other.value)
    assert paired.high - paired.low < 0.8 * np.hypot(one.high - one.low, other.high - other.low)


def test_a_difference_turns_its_sign_with_the_models() -> None:
    a, b, groups = clips(np.random.default_rng(0), 40)
    forth, back = difference_interval(a, b, groups), difference_interval(b, a, groups)
    for one, other in ((forth.mean, back.mean), (forth.classes[0], back.classes[0])):
        assert one == pytest.approx((-other.value, -other.high, -other.low))


def test_a_model_ties_with_itself_and_not_with_one_that_finds_far_less() -> None:
    a, _, groups = clips(np.random.default_rng(0), 40)
    itself = difference_interval(a, a, groups).classes[0]
    assert itself.value == 0
    assert itself.tied
    tenth = a.tp // 10
    worse = Counts(tenth, a.fp, a.fn + a.tp - tenth, a.tn)
    assert not difference_interval(a, worse, groups).classes[0].tied
    assert not difference_interval(worse, a, groups).mean.tied


@pytest.mark.parametrize("carrying", [0, 1, FEWEST - 1, FEWEST])
def test_no_bounds_where_too_few_clips_carry_the_class(carrying: int) -> None:
    generator = np.random.default_rng(0)
    array = generator.integers(1, 9, (60, 2, 4))
    groups = np.arange(60) // 3
    array[groups >= carrying, 1] *= [0, 1, 0, 1]  # false alarms only
    other = array.copy()
    other[..., 1] *= 2
    a, b = Counts.from_array(array), Counts.from_array(other)
    for found in (score_interval(a, groups), difference_interval(a, b, groups)):
        assert found.classes[0].low < found.classes[0].value < found.classes[0].high
        assert np.isnan(found.classes[1].value) == (carrying == 0)
        assert np.isnan(found.classes[1][1:]).all() == (carrying < FEWEST)
        assert np.isnan(found.mean[1:]).all() == (0 < carrying < FEWEST)
        assert not np.isnan(found.mean.value)


def test_no_bounds_where_nothing_varies_or_nothing_occurs() -> None:
    groups = np.arange(20)
    never_found = score_interval(by_hand(*[(0, 3, 9)] * 20), groups).classes[0]
    assert never_found.value == 0
    assert np.isnan(never_found[1:]).all()
    nothing_there = score_interval(by_hand(*[(0, 3, 0)] * 20), groups)
    assert np.isnan([*nothing_there.classes[0], *nothing_there.mean]).all()


def test_the_mean_of_classes_alike_has_the_interval_of_each_and_others_narrow_it() -> None:
    a, _, groups = clips(np.random.default_rng(0), 40)
    alike = Counts.from_array(np.repeat(a.to_array(), 2, axis=1))
    found = score_interval(alike, groups)
    assert found.mean == pytest.approx(found.classes[0])
    assert found.classes[0] == found.classes[1]
    elsewhere = a[np.argsort(groups[::-1], kind="stable")].to_array()
    mean = score_interval(Counts.from_array(np.concatenate([a.to_array(), elsewhere], axis=1)), groups).mean
    assert mean.high - mean.low < 0.9 * (found.mean.high - found.mean.low)


def test_same_seed_same_interval_and_a_higher_level_is_wider() -> None:
    a, _, groups = clips(np.random.default_rng(0), 30)
    assert score_interval(a, groups, seed=4) == score_interval(a, groups, seed=4)
    assert score_interval(a, groups, seed=4) != score_interval(a, groups, seed=5)
    (narrow,), (wide,) = (score_interval(a, groups, level=level).classes for level in (0.5, 0.9))
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_counts_that_do_not_belong_together_are_refused() -> None:
    a, b, groups = clips(np.random.default_rng(0), 10)
    with pytest.raises(ValueError, match="same images and classes"):
        difference_interval(a, b[1:], groups)
    with pytest.raises(ValueError, match="their truths differ"):
        difference_interval(a, b[::-1], groups)
    with pytest.raises(ValueError, match="one group per value"):
        score_interval(a, groups[1:])
    with pytest.raises(ValueError, match="one group per value"):
        score_interval(a[:0], groups[:0])
