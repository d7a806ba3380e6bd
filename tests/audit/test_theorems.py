"""The theorems of the audit, on counts, boxes and points made up at random: none of them may ever fail."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cvlib.audit import classification, electrode, notebook, records
from cvlib.audit.bounds import Bounds
from cvlib.measure import points
from cvlib.measure.average_precision import average_precision
from cvlib.measure.boxes import Boxes, match
from cvlib.measure.implied import implied_share
from cvlib.papers import claims

SEEDS = st.integers(0, 2**32 - 1)
CELLS = st.tuples(st.integers(1, 500), *3 * [st.integers(0, 500)])
"""True positives, false positives, false negatives, true negatives."""

SCORES = st.integers(1, 9999).map(lambda units: f"{units / 10_000:.4f}")


def exactly(*values: float) -> list[Bounds]:
    return [Bounds.exactly(value) for value in values]


@given(CELLS, st.integers(2, 4))
def test_the_bounds_hold_the_share_behind_rounded_scores(cells: tuple[int, ...], digits: int) -> None:
    tp, fp, fn, tn = cells
    images, unit = sum(cells), 10**-digits
    p, r, a = (f"{each:.{digits}f}" for each in (tp / (tp + fp), tp / (tp + fn), (tp + tn) / images))
    assume(unit < min(float(p), float(r)) < 1 - unit)
    found = classification.share_of_positives(*map(Bounds.around, (p, r, a)))
    assert float(found.low) - 1e-9 <= (tp + fn) / images <= float(found.high) + 1e-9


@given(SCORES, SCORES, SCORES)
def test_the_bounds_are_reached(p: str, r: str, a: str) -> None:
    values = ([float(each) - 5e-5, float(each) + 5e-5] for each in (p, r, a))
    corners = [(1 - a) / ((1 - r) + r * (1 / p - 1)) for p, r, a in product(*values)]
    found = classification.share_of_positives(*map(Bounds.around, (p, r, a)))
    assert (float(found.low), float(found.high)) == pytest.approx((min(corners), max(corners)), rel=1e-9)


@given(CELLS)
def test_scores_that_nobody_rounded_give_back_those_of_the_counts(cells: tuple[int, ...]) -> None:
    tp, fp, fn, tn = cells
    p, r = (Bounds.exactly(Fraction(tp, found)) for found in (tp + fp, tp + fn))
    share = Bounds.exactly(Fraction(tp + fn, sum(cells)))
    assert classification.accuracy_at(p, r, share) == Bounds.exactly(Fraction(tp + tn, sum(cells)))
    assert classification.harmonic_mean(p, r) == Bounds.exactly(Fraction(2 * tp, 2 * tp + fp + fn))


PARTS = st.lists(st.tuples(st.integers(1, 40), *3 * [st.integers(0, 40)]), min_size=1, max_size=5)


@given(PARTS)
def test_a_mean_of_f1_is_at_most_the_f1_of_the_means(parts: list[tuple[int, ...]]) -> None:
    scores = [(tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn)) for tp, fp, fn, _ in parts]
    p, r, f1 = np.mean(scores, axis=0).tolist()
    assert f1 <= classification.harmonic_mean(*exactly(p, r)).middle + 1e-12


@given(st.integers(1, 30), st.integers(0, 30), st.lists(st.tuples(SEEDS), min_size=1, max_size=5))
def test_runs_on_images_of_one_share_cannot_beat_their_misses(
    positives: int, negatives: int, seeds: list[tuple[int]]
) -> None:
    draws = [np.random.default_rng(seed) for seed in seeds]
    cells = [(rng.integers(0, positives + 1), rng.integers(0, negatives + 1)) for rng in draws]
    whole = positives + negatives
    recall = np.mean([tp / positives for tp, _ in cells])
    accuracy = np.mean([(tp + negatives - fp) / whole for tp, fp in cells])
    share = positives / whole
    most = classification.accuracy_without_false_alarms(*exactly(float(recall), share))
    assert accuracy <= most.middle + 1e-12


@given(st.lists(st.integers(0, 300), min_size=1, max_size=4), st.integers(1, 300), st.integers(2, 4))
def test_the_size_of_the_set_is_among_those_that_its_shares_allow(
    counts: list[int], images: int, digits: int
) -> None:
    shares = [Bounds.around(f"{min(count, images) / images:.{digits}f}") for count in counts]
    assert images in classification.sizes(shares, 300)


def test_sizes_are_those_that_counting_finds() -> None:
    shares = [Bounds.around("0.33"), Bounds.around("0.71")]
    expected = [
        n for n in range(1, 101) if all(any(s.contains(Fraction(k, n)) for k in range(n + 1)) for s in shares)
    ]
    assert classification.sizes(shares, 100) == expected and 0 < len(expected) < 100


@given(st.lists(st.booleans(), min_size=1), st.lists(st.booleans(), min_size=1))
def test_two_sets_share_what_they_must(one: list[bool], two: list[bool]) -> None:
    whole = min(len(one), len(two))
    a, b = np.array(one[:whole]), np.array(two[:whole])
    least = records.shared_at_least(int(a.sum()), int(b.sum()), whole)
    assert least <= (a & b).sum()
    packed = np.arange(whole) < a.sum(), np.arange(whole) >= whole - b.sum()
    assert least == (packed[0] & packed[1]).sum()


@given(SEEDS)
@settings(max_examples=60)
def test_average_precision_does_not_rise_with_the_overlap_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, truths = rng.integers(1, 12, size=2)
    true = np.column_stack([rng.integers(0, 12, (truths, 2)), rng.integers(3, 9, (truths, 2))]).astype(float)
    near = true[rng.integers(0, truths, count)] + rng.integers(-2, 3, (count, 4))
    near[:, 2:] = np.maximum(near[:, 2:], 1)
    images = np.zeros(count, int), np.zeros(truths, int)
    detections = Boxes(images[0], images[0], near, rng.random(count))
    (found,) = match(detections, Boxes(images[1], images[1], true), images=1, classes=1)
    for rule in ("coco", "all points"):
        areas = average_precision(found, rule)
        assert (np.diff(areas) <= 1e-12).all()
        assert areas[0] / 10 - 1e-12 <= areas.mean() <= areas[0] + 1e-12


def made_up_errors(seed: int, unequal: bool) -> points.Errors:
    """Errors around half a percent, on keypoints of which some samples have fewer if so asked."""
    rng = np.random.default_rng(seed)
    samples, keypoints = rng.integers(15, 40), rng.integers(1, 7)
    present = rng.random((samples, keypoints)) < (0.6 if unequal else 1)
    present[:, 0] = True
    truth = rng.uniform(0, 300, (samples, keypoints, 2))
    off = rng.normal(0, rng.uniform(0.5, 4, (samples, 1, 1)), truth.shape)
    return points.errors(truth + off, truth, 500.0, present)


@given(SEEDS)
def test_with_equally_many_keypoints_no_more_samples_than_keypoints_are_right(seed: int) -> None:
    found = made_up_errors(seed, unequal=False)
    for percent in (0.25, 0.5, 1.0):
        pck, pcs = points.pck(found, percent), points.pcs(found, percent)
        assert pcs <= pck
        assert pck <= points.pck(found, 1.5 * percent) and pcs <= points.pcs(found, 1.5 * percent)


@given(SEEDS, st.booleans())
def test_wrong_samples_have_as_many_keypoints_as_pck_and_pcs_need(seed: int, unequal: bool) -> None:
    found = made_up_errors(seed, unequal)
    pck, pcs = points.pck(found, 0.5), points.pcs(found, 0.5)
    assume(0 < pck < 1 and 0 < pcs < 1)
    numbers, right = found.present.sum(axis=1), found.worst <= 0.5
    ratio = numbers[~right].mean() / numbers[right].mean()
    assert electrode.least_ratio(*exactly(pck, pcs)) <= ratio + 1e-9
    assert electrode.least_keypoints(*exactly(pck, pcs)) <= numbers.mean() + 1e-9


@given(SEEDS, st.booleans())
def test_the_mean_error_lies_between_the_bounds_of_pck(seed: int, unequal: bool) -> None:
    found = made_up_errors(seed, unequal)
    strict, loose = points.pck(found, 0.5), points.pck(found, 1.0)
    bounds = electrode.nme_bounds(*exactly(loose, strict))
    assert float(bounds.low) - 1e-9 <= points.nme(found) <= float(bounds.high) + 1e-9


def test_the_bounds_of_the_mean_error_by_hand() -> None:
    # half within .5, a quarter from there to 1, a quarter beyond: 0 + .125 + .25, and .25 + .25 + 25
    bounds = electrode.nme_bounds(*exactly(0.75, 0.5))
    assert (float(bounds.low), float(bounds.high)) == (0.375, 25.5)


def test_one_sample_with_many_wrong_keypoints_lets_pcs_exceed_pck() -> None:
    off, present = np.zeros((10, 11, 2)), np.zeros((10, 11), bool)
    present[:, 0] = present[9] = True
    off[9] = 99
    found = points.errors(off, np.zeros_like(off), 500.0, present)
    pck, pcs = points.pck(found, 1.0), points.pcs(found, 1.0)
    assert (pck, pcs) == (0.45, 0.9)
    assert float(electrode.least_ratio(*exactly(pck, pcs))) == pytest.approx(11)


def columns_in_order(thresholds: int) -> dict[str, Bounds]:
    """Different shares of as many thresholds, PCK first."""
    names = [f"{measure}{place}" for measure in ("pck", "pcs") for place in range(thresholds)]
    return {name: Bounds.exactly(place) for place, name in enumerate(names)}


@pytest.mark.parametrize(("thresholds", "number"), [(1, 1), (2, 2), (3, 5)])
def test_columns_can_be_labelled_in_as_many_ways_as_a_grid_can_be_filled(
    thresholds: int, number: int
) -> None:
    assert len(electrode.labellings([columns_in_order(thresholds)])) == number


def test_labellings_of_table_1_are_those_that_trying_all_finds() -> None:
    names = ("pck05", "pck1", "pcs05", "pcs1")
    rows = [
        [claims()[f"p2.table1.{setting}.{name}"].value for name in names]
        for setting in ("baseline", "n128", "n256", "n512")
    ]
    kept = {
        order
        for order in permutations(range(4))
        if all(
            row[order[0]] <= row[order[1]]
            and row[order[2]] <= row[order[3]]
            and row[order[2]] <= row[order[0]]
            and row[order[3]] <= row[order[1]]
            for row in rows
        )
    }
    found = electrode.labellings(list(electrode.shares(claims()).values()))
    assert {tuple(names.index(each.meaning[name]) for name in names) for each in found} == kept
    assert [each.title for each in found] == ["PCK1.0 and PCS1.0 exchanged", "3 columns moved"]


def test_columns_that_are_right_stay_as_they_are() -> None:
    row = dict(zip(electrode.COLUMNS, exactly(0.4, 0.8, 0.2, 0.6), strict=True))
    first = electrode.labellings([row])[0]
    assert first == electrode.AS_PRINTED and first.title == "as labelled"


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60))
def test_dice_and_iou_of_the_same_counts(tp: int, fp: int, fn: int) -> None:
    dice, iou = Fraction(2 * tp, 2 * tp + fp + fn), Fraction(tp, tp + fp + fn)
    p, r = Fraction(tp, tp + fp), Fraction(tp, tp + fn)
    assert notebook.iou_of(Bounds.exactly(dice)) == Bounds.exactly(iou)
    assert iou <= min(p, r, dice)


@pytest.mark.parametrize(("images", "batch"), [*product(range(1, 30), (1, 3, 4))])
def test_batches_of_a_pass_hold_all_images_or_all_but_the_last_few(images: int, batch: int) -> None:
    assert notebook.batches_of(Fraction(images), batch) == {images // batch, -(-images // batch)}
    assert notebook.fewest_in(-(-images // batch), batch) <= images


def test_the_batches_of_the_notebook_are_those_of_all_images() -> None:
    assert int(claims()["p1.notebook.train_batches"].value) in notebook.batches_of(Fraction(2227), 4)


def test_two_folds_whose_means_imply_another_share() -> None:
    folds = [(5, 5, 0, 0), (1, 0, 4, 5)]  # tp, fp, fn, tn
    scores = [(tp / (tp + fp), tp / (tp + fn), (tp + tn) / 10) for tp, fp, fn, tn in folds]
    assert {tp + fn for tp, _, fn, _ in folds} == {5}
    assert [implied_share(*each) for each in scores[:1]] == [0.5]
    assert implied_share(*np.mean(scores, axis=0).tolist()) == pytest.approx(0.75)


def test_parts_that_find_all_or_nothing_get_past_the_misses_with_the_least_spread() -> None:
    shares, recalls = (
        np.array([0.9, 0.5]),
        np.array([1.0, 0.0]),
    )  # equally many images in both, no false alarm
    accuracy = np.mean(1 - shares * (1 - recalls))
    excess = accuracy - (1 - shares.mean() * (1 - recalls.mean()))
    assert excess == pytest.approx(shares.std() * np.sqrt(recalls.mean() * (1 - recalls.mean())))
