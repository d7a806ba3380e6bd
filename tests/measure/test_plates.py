"""Counts, places and overhang of plates: as published, and without the blind spots."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlib.measure.matching import match
from cvlib.measure.overhang import Confusion, Plates, direction_of, overhangs
from cvlib.measure.plates import corrected, published

NEGATIVE = np.array([[100, 0], [102, 20], [98, 40], [101, 60], [100, 80], [99, 100], [100, 120]], float)
POSITIVE = np.array([[130, 10], [128, 30], [131, 50], [130, 70], [127, 90], [130, 110]], float)
CELL = (NEGATIVE, POSITIVE)
OVERHANGS = [[30, 28], [26, 30], [33, 30], [29, 30], [27, 28], [31, 30]]


def turned(tips: np.ndarray, degrees: float) -> np.ndarray:
    angle = math.radians(degrees)
    return tips @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def along(degrees: float) -> np.ndarray:
    return turned(np.array([[1.0, 0.0]]), degrees)[0]


def without(tips: np.ndarray, *plates: int) -> np.ndarray:
    return np.delete(tips, plates, axis=0)


# Overhangs


def test_overhangs_of_seven_negative_and_six_positive_plates() -> None:
    assert overhangs(*CELL).tolist() == OVERHANGS


def test_order_of_points_does_not_matter_to_overhangs() -> None:
    assert overhangs(NEGATIVE[::-1], POSITIVE[[3, 0, 5, 1, 2, 4]]).tolist() == [
        OVERHANGS[plate] for plate in (3, 0, 5, 1, 2, 4)
    ]


def test_a_missing_negative_plate_leaves_two_gaps_and_shifts_nothing() -> None:
    found, expected = overhangs(without(NEGATIVE, 2), POSITIVE), np.array(OVERHANGS, float)
    expected[1, 1] = expected[2, 0] = np.nan
    np.testing.assert_array_equal(found, expected)


def test_a_missing_positive_plate_takes_only_its_own_overhangs_along() -> None:
    np.testing.assert_array_equal(overhangs(NEGATIVE, without(POSITIVE, 2)), without(np.array(OVERHANGS), 2))


def test_only_a_limit_tells_that_a_negative_and_a_positive_plate_are_missing() -> None:
    given = without(NEGATIVE, 2), without(POSITIVE, 2)
    assert overhangs(*given)[1].tolist() == [26, 128 - 101]
    np.testing.assert_array_equal(overhangs(*given, widest=15)[1], [26, np.nan])


def test_a_positive_plate_that_sticks_out_has_a_negative_overhang() -> None:
    assert overhangs(np.array([[100, 0], [100, 20]]), np.array([[95, 10]])).tolist() == [[-5, -5]]


def test_no_plates_no_overhangs() -> None:
    nothing = np.zeros((0, 2))
    assert overhangs(nothing, nothing).shape == (0, 2)
    assert np.isnan(overhangs(nothing, POSITIVE)).all()
    assert overhangs(NEGATIVE, nothing).shape == (0, 2)


@given(st.floats(-80, 80))
def test_overhangs_turn_with_the_stack(degrees: float) -> None:
    found = overhangs(turned(NEGATIVE, degrees), turned(POSITIVE, degrees), along(degrees))
    np.testing.assert_allclose(found, OVERHANGS)


def test_neighbours_of_a_tilted_stack_are_not_those_by_y() -> None:
    negative, positive = NEGATIVE * [1, 0.2], POSITIVE * [1, 0.2]  # 2 px apart, tilt moves 30 px by 5
    tilted = turned(negative, 10), turned(positive, 10)
    np.testing.assert_allclose(overhangs(*tilted, along(10)), OVERHANGS)
    assert not np.allclose(overhangs(*tilted), OVERHANGS, atol=3, equal_nan=True)


@given(st.floats(-80, 80))
def test_direction_is_found_from_tips_that_lie_flush(degrees: float) -> None:
    flush = NEGATIVE * [0, 1], POSITIVE * [0, 1] + [30, 0]
    found = direction_of(*(turned(tips, degrees) for tips in flush))
    np.testing.assert_allclose(found, along(degrees), atol=1e-9)


# Matching


def test_one_missing_and_one_superfluous_point_do_not_shift_all_others() -> None:
    truth = np.array([[0.0, 8.0 * plate] for plate in range(10)])
    predicted, true = match(np.append(truth[1:], [[0.0, 80.0]], axis=0), truth, reach=10)
    assert (true - predicted).tolist() == [1] * 9


def test_far_points_do_not_part_near_ones() -> None:
    truth, found = np.array([[0.0, 3.0], [0.0, -40.0]]), np.array([[0.0, 0.0], [0.0, 10.0]])
    assert [pairs.tolist() for pairs in match(found, truth, reach=10)] == [[0], [0]]  # not 10 with 3


def test_reach_is_the_largest_distance_of_a_pair() -> None:
    truth = np.zeros((1, 2))
    assert len(match(np.array([[3.0, 4.0]]), truth, 5)[0]) == 1
    assert len(match(np.array([[3.0, 4.0]]), truth, 4.99)[0]) == 0


# As published


def score_by_loops(predictions: list[Plates | None], truths: list[Plates]) -> list[float]:
    """An oracle: the published procedure step by step, in lists."""
    counts: list[list[list[int]]] = [[], []]
    right, places, gaps = [], [[], []], []  # type: ignore[var-annotated]
    for given_prediction, truth in zip(predictions, truths, strict=True):
        if given_prediction is None:
            continue
        predicted = [sorted(tips.tolist(), key=lambda tip: tip[1]) for tips in given_prediction]
        for side in (0, 1):
            missing = abs(len(predicted[side]) - len(truth[side]))
            counts[side].append([missing, missing == 0])
            if missing == 0:
                far = [math.dist(a, b) for a, b in zip(predicted[side], truth[side].tolist(), strict=True)]
                places[side].append(sum(far) / len(far) if far else math.nan)
        right.append(counts[0][-1][1] and counts[1][-1][1])
        if right[-1] and len(predicted[1]) + 1 == len(predicted[0]):
            differences = []
            for plate in range(len(predicted[1])):
                for neighbour in (plate, plate + 1):
                    one = abs(predicted[0][neighbour][0] - predicted[1][plate][0])
                    other = abs(truth[0][neighbour][0] - truth[1][plate][0])
                    differences.append(abs(one - other))
            gaps.append(sum(differences) / len(differences) if differences else math.nan)

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values) if values else math.nan

    by_count = [mean([each[kind] for each in counts[side]]) for kind in (0, 1) for side in (0, 1)]
    return [len(right), *by_count, mean(right), mean(places[0]), mean(places[1]), mean(gaps)]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_published_scores_equal_the_published_procedure(seed: int) -> None:
    generator = np.random.default_rng(seed)

    def tips(number: int) -> np.ndarray:
        return generator.integers(0, 30, (number, 2)).astype(float)

    truths, predictions = [], []
    for _ in range(generator.integers(1, 8)):
        positive = int(generator.integers(0, 4))
        truths.append((tips(positive + 1), tips(positive)))
        more = generator.integers(0, 2, 2) * generator.integers(0, 2)
        found = tips(positive + 1 + more[0]), tips(positive + more[1])
        predictions.append(None if generator.random() < 0.2 else found)
    assert list(published(predictions, truths)) == pytest.approx(
        score_by_loops(predictions, truths), nan_ok=True
    )


def test_published_scores_worked_by_hand() -> None:
    off = NEGATIVE + np.array([3, 4]), POSITIVE + np.array([1, 0])
    fewer = without(NEGATIVE, 2) + np.array([50, 0]), POSITIVE
    found = published([off, fewer, None], [CELL] * 3)
    assert found.images == 2
    assert (found.negative_count_mae, found.positive_count_mae) == (0.5, 0)
    assert (found.negative_count_accuracy, found.positive_count_accuracy) == (0.5, 1)
    assert found.both_count_accuracy == 0.5
    assert found.negative_location == 5  # the second image, 50 px off, does not count
    assert found.positive_location == 0.5
    assert found.overhang == 2


def test_published_distances_can_be_divided_by_the_area() -> None:
    off = NEGATIVE + np.array([3, 4]), POSITIVE
    found = published([off, off], [CELL] * 2, np.array([[10, 20], [20, 20]]), area=True)
    assert found.negative_location == pytest.approx((5 / 200 + 5 / 400) / 2)
    assert found.overhang == pytest.approx((3 / 200 + 3 / 400) / 2)
    assert found.negative_count_mae == 0
    assert published([off], [CELL], (10, 20)).negative_location == 5


def test_published_scores_of_no_prediction_at_all() -> None:
    found = published([None], [CELL])
    assert found.images == 0
    assert np.isnan(found[1:]).all()


def test_unsorted_truth_misleads_the_published_scores_only() -> None:
    unsorted = NEGATIVE[::-1], POSITIVE[::-1]
    before, after = published([CELL], [CELL]), published([CELL], [unsorted])
    assert (before.negative_location, before.overhang) == (0, 0)
    assert after.negative_location > 60
    assert after.overhang > 0
    found = corrected([CELL], [unsorted], np.arange(1), 5, 20.0)
    assert (found.negative.location.value, found.overhang.mean.value) == (0, 0)


def test_published_scores_miss_what_images_with_a_wrong_count_show() -> None:
    bad = without(NEGATIVE, 2) + np.array([4, 0]), POSITIVE
    assert published([CELL, bad], [CELL] * 2).negative_location == 0
    found = corrected([CELL, bad], [CELL] * 2, np.arange(2), 5, 20.0)
    assert found.negative.location.value == pytest.approx(6 * 4 / 13)


# Corrected


def test_corrected_scores_worked_by_hand() -> None:
    off = NEGATIVE + np.array([3, 4]), POSITIVE + np.array([1, 0])
    fewer = without(NEGATIVE, 2), POSITIVE
    more = NEGATIVE, np.concatenate([POSITIVE, [[400, 55]]])
    found = corrected([off, fewer, more, None], [CELL] * 4, np.arange(4), 8, 10.0)
    assert found.negative.count_mae.value == (1 + 7) / 4
    assert found.negative.count_accuracy.value == 0.5
    assert found.positive.count_accuracy.value == 0.5
    assert found.both_count_accuracy.value == 0.25
    assert found.negative.location.value == pytest.approx(7 * 5 / 20)
    assert found.positive.location.value == pytest.approx(6 / 18)
    assert found.negative.recall.value == pytest.approx(20 / 28)
    assert found.negative.precision.value == 1
    assert found.positive.precision.value == pytest.approx(18 / 19)
    # 12 overhangs off by 2 px, 10 and 11 right; the missing plate and the superfluous one cost 2 and 1.
    assert found.overhang.coverage.value == pytest.approx((12 + 10 + 11) / 48)
    assert found.overhang.mean.value == pytest.approx(12 * 20 / 33)
    assert found.overhang.median.value == 0
    assert found.overhang.tolerance is None


def test_pixel_sizes_and_directions_of_each_image_are_heeded() -> None:
    turn = (0, 20)
    truths: list[Plates] = [(turned(NEGATIVE, each), turned(POSITIVE, each)) for each in turn]
    shifted: list[Plates] = [
        (turned(NEGATIVE, each), turned(POSITIVE + np.array([2, 0]), each)) for each in turn
    ]
    directions = np.array([along(each) for each in turn])
    found = corrected(shifted, truths, np.arange(2), 5, np.array([10.0, 30.0]), directions)
    assert found.overhang.mean.value == pytest.approx(40)


def test_plates_out_of_tolerance_worked_by_hand() -> None:
    truth = (
        NEGATIVE,
        POSITIVE + np.array([[9, 0], [9, 0], [9, 0], [0, 0], [0, 0], [0, 0]]),
    )  # three too far inside
    predicted = (
        without(NEGATIVE, 2),  # between positive 1 and 2: of both, the other overhang only
        without(POSITIVE, 3) + np.array([[9, 0], [5, 0], [9, 0], [9, 0], [0, 0]]),
    )
    found = corrected([predicted], [truth], np.arange(1), 9.5, 1.0, tolerance=(20, 35)).overhang.tolerance
    assert found is not None
    # 0 found; 1 looks good on its one side; 2 found by its one side; 3 not there; 4 a false alarm; 5 good.
    assert found.plates == Confusion(2, 0, 1, 1, 1, 1)
    assert found.truth.value == 0.5
    assert found.predicted.value == pytest.approx(3 / 5)
    assert found.missed.value == pytest.approx(1 / 3)
    assert found.false_alarms.value == pytest.approx(1 / 3)


def test_a_bad_plate_measured_as_good_is_missed() -> None:
    truth = NEGATIVE, POSITIVE + np.array([[9, 0], *[[0, 0]] * 5])
    found = corrected([CELL], [truth], np.arange(1), 10, 1.0, tolerance=(20, 35)).overhang.tolerance
    assert found is not None
    assert found.plates == Confusion(0, 1, 0, 0, 5, 0)
    assert found.missed.value == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_points_does_not_matter_to_corrected_scores(seed: int) -> None:
    generator = np.random.default_rng(seed)
    found: Plates = (NEGATIVE + generator.normal(0, 2, (7, 2)), without(POSITIVE, 2))
    mixed: Plates = (generator.permutation(found[0]), generator.permutation(found[1]))
    other: Plates = (generator.permutation(NEGATIVE), generator.permutation(POSITIVE))
    before = corrected([found], [CELL], np.arange(1), 6, 20.0, tolerance=(500, 600))
    after = corrected([mixed], [other], np.arange(1), 6, 20.0, tolerance=(500, 600))
    for one, two in zip(before[:2], after[:2], strict=True):
        np.testing.assert_allclose(one, two)
    np.testing.assert_allclose(before.overhang[:3], after.overhang[:3])
    assert before.overhang.tolerance is not None
    assert after.overhang.tolerance is not None
    assert before.overhang.tolerance.plates == after.overhang.tolerance.plates


def test_intervals_of_overhang_and_location_cover_the_truth() -> None:
    """Cells whose positive tips are off by a bias of their own, normal around 0 with 2 px; 20 um a pixel."""
    generator, trials = np.random.default_rng(0), 60
    overhang = place = 0
    for seed in range(trials):
        shifts = np.repeat(generator.normal(0, 2, 25), 2)
        shift = np.stack([shifts, 0 * shifts], axis=1)[:, None]
        predictions = [(NEGATIVE, each) for each in POSITIVE + shift]
        found = corrected(predictions, [CELL] * 50, np.repeat(np.arange(25), 2), 15, 20.0, seed=seed)
        overhang += found.overhang.mean.low <= 40 * math.sqrt(2 / math.pi) <= found.overhang.mean.high
        place += found.positive.location.low <= 2 * math.sqrt(2 / math.pi) <= found.positive.location.high
    assert 0.85 <= overhang / trials <= 1
    assert 0.85 <= place / trials <= 1


WRONG = np.array([[np.nan, 0.0]])


@pytest.mark.parametrize("given", [WRONG, WRONG + np.inf, np.zeros((2, 3)), np.zeros(2)])
def test_points_that_are_none_are_refused(given: np.ndarray) -> None:
    for predictions, truths in (([(NEGATIVE, given)], [CELL]), ([CELL], [(given, POSITIVE)])):
        with pytest.raises(ValueError, match="expected"):
            published(predictions, truths)
        with pytest.raises(ValueError, match="expected"):
            corrected(predictions, truths, np.arange(1), 5, 20.0)
    with pytest.raises(ValueError, match="expected"):
        overhangs(NEGATIVE, given)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reach": 0}, "reach above 0"),
        ({"um_per_px": -1}, "positive pixel sizes"),
        ({"direction": np.array([1.0, 1.0])}, "unit vector"),
        ({"direction": np.ones((3, 2))}, "unit vector"),
        ({"tolerance": (2, 1)}, "tolerance"),
        ({"groups": np.arange(2)}, "one group per image"),
        ({"predictions": []}, "as many predictions"),
    ],
)
def test_parameters_out_of_range_are_refused(changed: dict, message: str) -> None:
    usual = {"predictions": [CELL], "truths": [CELL], "groups": np.arange(1), "reach": 5, "um_per_px": 20.0}
    with pytest.raises(ValueError, match=message):
        corrected(**(usual | changed))


def test_area_needs_a_shape() -> None:
    with pytest.raises(ValueError, match="height and width"):
        published([CELL], [CELL], area=True)
    with pytest.raises(ValueError, match="two tips"):
        direction_of(NEGATIVE[:1], POSITIVE[:1])
