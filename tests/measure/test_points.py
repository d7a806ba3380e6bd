"""NME, PCK and PCS: hand-worked cases, properties, and intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlib.measure.points import Errors, difference, errors, in_um, nme, pck, pcs, scores
from cvlib.measure.ratios import quantile_interval


def off_by(distances: list[list[float]] | np.ndarray, reference: np.ndarray | float = 100.0) -> Errors:
    """Errors of given lengths in px, which are percent of a reference of 100 px; NaN for a missing one."""
    given = np.asarray(distances, np.float64)
    truth = np.random.default_rng(0).integers(0, 100, (*given.shape, 2)).astype(float)
    return errors(truth + np.stack([given, 0 * given], axis=-1), truth, reference)


@st.composite
def samples(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Predictions with some missing, truth and reference distances."""
    number, points = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    truth = generator.uniform(0, 100, (number, points, 2))
    predicted = truth + generator.normal(0, 1, truth.shape)
    predicted[generator.random((number, points)) < draw(st.sampled_from([0, 0.2]))] = np.nan
    return predicted, truth, generator.uniform(50, 200, number)


def test_two_samples_worked_by_hand() -> None:
    truth = np.array([[[10, 10], [20, 10]], [[10, 30], [40, 10]]])
    predicted = truth + np.array([[[3, 4], [0, 1]], [[0, 0], [6, 8]]])
    found = errors(predicted, truth, np.array([500.0, 2000.0]))
    assert found.distances.tolist() == [[5, 1], [0, 10]]
    assert found.relative == pytest.approx(np.array([[1, 0.2], [0, 0.5]]))
    assert nme(found) == pytest.approx(1.7 / 4)
    assert (pck(found, 0.1), pck(found, 0.5), pck(found, 1.0)) == (0.25, 0.75, 1.0)
    assert (pcs(found, 0.1), pcs(found, 0.5), pcs(found, 1.0)) == (0.0, 0.5, 1.0)


def test_an_error_equal_to_the_threshold_is_within_it() -> None:
    found = off_by([[1.0, 0.0]])
    assert (pck(found, 1.0), pcs(found, 1.0)) == (1, 1)
    assert (pck(found, 0.999), pcs(found, 0.999)) == (0.5, 0)
    table = scores(found, np.arange(1), percents=[1.0])
    assert (table["PCK1.0"].value, table["PCS1.0"].value) == (1, 1)


def test_the_mean_runs_over_keypoints_not_over_samples() -> None:
    truth = np.zeros((2, 3, 2))
    truth[1, 1:] = np.nan  # the second sample has one keypoint only
    present = np.isfinite(truth[..., 0])
    found = errors(np.array([[[1, 0], [1, 0], [1, 0]], [[5, 0], [9, 9], [9, 9]]]), truth, 100.0, present)
    assert nme(found) == pytest.approx(8 / 4)
    assert pck(found, 1) == 0.75


def test_ragged_samples_can_have_a_greater_pcs_than_pck() -> None:
    present = np.array([[True, True, True], [True, False, False]])
    predicted = np.array([[[5, 0], [5, 0], [5, 0]], [[0, 0], [0, 0], [0, 0]]])
    found = errors(predicted, np.zeros((2, 3, 2)), 100.0, present)
    assert (pcs(found, 1), pck(found, 1)) == (0.5, 0.25)


@given(samples(), st.floats(0, 5))
def test_pcs_does_not_exceed_pck_where_samples_have_as_many_keypoints(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], percent: float
) -> None:
    found = errors(*drawn)
    assert pcs(found, percent) <= pck(found, percent) + 1e-12


@given(samples(), st.floats(0, 5), st.floats(0, 5))
def test_a_wider_threshold_never_finds_less(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], one: float, other: float
) -> None:
    found, low, high = errors(*drawn), min(one, other), max(one, other)
    assert pck(found, low) <= pck(found, high)
    assert pcs(found, low) <= pcs(found, high)


@given(samples(), st.floats(0.1, 10))
def test_enlarging_picture_and_reference_together_changes_nothing(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], factor: float
) -> None:
    predicted, truth, reference = drawn
    enlarged = errors(factor * predicted, factor * truth, factor * reference)
    assert nme(enlarged, "reference") == pytest.approx(nme(errors(*drawn), "reference"))


@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], random: np.random.RandomState
) -> None:
    order = list(range(len(drawn[0])))
    random.shuffle(order)
    before, after = errors(*drawn), errors(*(each[order] for each in drawn))
    assert nme(after, "reference") == pytest.approx(nme(before, "reference"))
    assert (pck(after, 1), pcs(after, 1)) == (pck(before, 1), pcs(before, 1))


@given(samples())
def test_a_prediction_withdrawn_never_helps(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    predicted, truth, reference = drawn
    before = errors(predicted, truth, reference)
    less = predicted.copy()
    less[0, 0, 0] = np.nan  # half a prediction is none
    after = errors(less, truth, reference)
    assert nme(after) == np.inf
    assert nme(after, "reference") >= nme(before, "reference")
    assert pcs(after, 50) == pytest.approx(pcs(before, 50) - float(before.worst[0] <= 50) / len(before))
    assert after.missing >= 1 / predicted[..., 0].size


def test_missing_predictions_are_failures_at_any_threshold() -> None:
    found = off_by([[0.0, np.nan], [0.0, 0.0]])
    assert found.missing == 0.25
    assert (pck(found, 1e6), pcs(found, 1e6)) == (0.75, 0.5)
    assert nme(found, "reference") == 25
    half = off_by([[0.0, np.nan], [0.0, 0.0]], reference=50.0)
    assert in_um(half, 10.0, np.arange(2), missing="reference").mean.value == 50 * 10 / 4


def test_an_infinite_mean_has_no_bounds_while_shares_keep_theirs() -> None:
    distances = np.random.default_rng(0).exponential(0.7, (60, 4))
    distances[0, 0] = np.nan
    found = scores(off_by(distances), np.arange(60))
    assert found["NME"].value == np.inf
    assert np.isnan(found["NME"].low)
    assert found["PCK1.0"].low < found["PCK1.0"].value < found["PCK1.0"].high
    gains = difference(off_by(distances), off_by(distances / 2), np.arange(60))
    assert gains["NME"].absolute.tied
    assert np.isnan(gains["NME"].relative.value)
    assert gains["PCK0.5"].absolute.low > 0


def test_scores_are_the_plain_measures_with_bounds_around() -> None:
    found = off_by(np.random.default_rng(1).exponential(0.5, (80, 5)))
    table = scores(found, np.arange(80) // 2)
    plain = [nme(found), pck(found, 0.5), pck(found, 1), pcs(found, 0.5), pcs(found, 1)]
    assert list(table) == ["NME", "PCK0.5", "PCK1.0", "PCS0.5", "PCS1.0"]
    assert [each.value for each in table.values()] == pytest.approx(plain)
    for name in ("NME", "PCK0.5", "PCK1.0", "PCS1.0"):
        assert table[name].low < table[name].value < table[name].high


def test_several_views_of_a_cell_tell_no_more_than_one() -> None:
    distances = np.random.default_rng(2).exponential(0.7, (40, 3))
    once = scores(off_by(distances), np.arange(40))
    often = scores(off_by(np.repeat(distances, 5, axis=0)), np.repeat(np.arange(40), 5))
    for name in once:
        assert often[name] == pytest.approx(once[name], nan_ok=True)


def test_no_bounds_where_too_few_cells_have_a_miss() -> None:
    distances = np.full((50, 2), 0.1)
    distances[:4, 0] = 2
    assert np.isnan(scores(off_by(distances), np.arange(50))["PCK1.0"].low)
    distances[4, 0] = 2
    assert scores(off_by(distances), np.arange(50))["PCK1.0"].low < 0.95


def test_a_percentile_that_may_be_infinite_has_no_bounds() -> None:
    distances = np.arange(100.0).reshape(100, 1)
    distances[:4] = np.nan
    found = in_um(off_by(distances), 1.0, np.arange(100))
    assert found.percentile95.value == 98
    assert np.isnan(found.percentile95.high)
    assert found.median.low < found.median.value < found.median.high


def test_gains_worked_by_hand() -> None:
    before = off_by([[1.0, 0.4], [2.0, 0.2]])
    after = off_by([[0.4, 0.4], [0.6, 0.4]])
    gains = difference(before, after, np.arange(2))
    assert gains["NME"].absolute.value == pytest.approx(0.9 - 0.45)
    assert gains["NME"].relative.value == pytest.approx(50)
    assert gains["PCK0.5"].absolute.value == pytest.approx(0.25)
    assert gains["PCK0.5"].relative.value == pytest.approx(50)
    assert np.isnan(gains["PCS0.5"].relative.value)  # none was right before
    assert gains["PCS0.5"].absolute.value == 0.5


def test_a_paired_interval_is_narrower_than_the_scores_own() -> None:
    generator = np.random.default_rng(3)
    before = np.repeat(generator.exponential(1, (50, 1)), 4, axis=1)
    after = before * generator.uniform(0.8, 0.9, before.shape)
    gain = difference(off_by(before), off_by(after), np.arange(50))["NME"]
    own = scores(off_by(before), np.arange(50))["NME"]
    assert not gain.absolute.tied
    assert gain.absolute.high - gain.absolute.low < (own.high - own.low) / 4
    assert 10 < gain.relative.low < gain.relative.high < 20


def test_no_change_is_tied() -> None:
    found = off_by(np.random.default_rng(4).exponential(1, (30, 2)))
    assert all(
        gain.absolute.tied and gain.absolute.value == 0
        for gain in difference(found, found, np.arange(30)).values()
    )


def test_micrometres_worked_by_hand() -> None:
    found = off_by([[1.0, 2.0], [3.0, np.nan]])
    lengths = in_um(found, np.array([10.0, 20.0]), np.arange(2))
    assert (lengths.mean.value, lengths.median.value, lengths.percentile95.value) == (np.inf, 20, np.inf)
    sure = in_um(off_by(np.arange(1.0, 101.0).reshape(20, 5)), 20.0, np.arange(20))
    assert (sure.mean.value, sure.median.value, sure.percentile95.value) == (1010, 1000, 1900)
    assert sure.percentile95.low < 1900 < sure.percentile95.high


@settings(max_examples=50)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=20), st.sampled_from([0.25, 0.5, 0.95, 1.0]))
def test_quantiles_are_numpys_inverted_distribution(values: list[float], share: float) -> None:
    found = quantile_interval(np.array(values), np.arange(len(values)), share, draws=20)
    assert found.value == np.quantile(values, share, method="inverted_cdf")


@pytest.mark.parametrize("name", ["NME", "PCK1.0", "PCS1.0"])
def test_intervals_of_scores_cover_the_truth(name: str) -> None:
    """Cells whose errors are exponential around a mean of their own, which is uniform from 0.2 to 0.8 %."""
    means = np.linspace(0.2, 0.8, 4001)
    truth = {
        "NME": 0.5,
        "PCK1.0": float(np.mean(1 - np.exp(-1 / means))),
        "PCS1.0": float(np.mean((1 - np.exp(-1 / means)) ** 3)),
    }[name]
    generator, covered, trials = np.random.default_rng(5), 0, 200
    groups = np.repeat(np.arange(30), 3)
    for seed in range(trials):
        mean = np.repeat(generator.uniform(0.2, 0.8, 30), 3)[:, None]
        found = scores(off_by(generator.exponential(mean, (90, 3))), groups, seed, percents=[1.0])[name]
        covered += found.low <= truth <= found.high
    assert 0.90 <= covered / trials <= 0.99


def test_intervals_of_gains_cover_the_truth() -> None:
    generator, covered, trials = np.random.default_rng(6), 0, 200
    groups = np.repeat(np.arange(30), 3)
    for seed in range(trials):
        mean = np.repeat(generator.uniform(0.2, 0.8, 30), 3)[:, None]
        before = generator.exponential(mean, (90, 3))
        after = before * generator.uniform(0.6, 1.0, (90, 1))
        gain = difference(off_by(before), off_by(after), groups, seed, percents=[])["NME"].relative
        covered += gain.low <= 20 <= gain.high
    assert 0.90 <= covered / trials <= 0.99


ZEROS = np.zeros((2, 3, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ZEROS[:1], ZEROS, 1.0), "expected two arrays"),
        ((ZEROS[..., :1], ZEROS[..., :1], 1.0), "expected two arrays"),
        ((ZEROS, np.full_like(ZEROS, np.nan), 1.0), "expected finite true keypoints"),
        ((np.full_like(ZEROS, np.inf), ZEROS, 1.0), "expected predictions to be finite"),
        ((ZEROS, ZEROS, 0.0), "expected a positive reference distance"),
        ((ZEROS, ZEROS, np.nan), "expected a positive reference distance"),
        ((ZEROS, ZEROS, np.ones(3)), "expected a positive reference distance"),
        ((ZEROS, ZEROS, 1.0, np.ones((2, 2), bool)), "expected a bool array"),
        ((ZEROS, ZEROS, 1.0, np.ones((2, 3))), "expected a bool array"),
        ((ZEROS, ZEROS, 1.0, np.array([[True] * 3, [False] * 3])), "at least one keypoint"),
        ((ZEROS[:0], ZEROS[:0], 1.0), "at least one keypoint"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        errors(*arguments)


def test_comparing_what_cannot_be_compared_is_refused() -> None:
    one = errors(ZEROS, ZEROS, 1.0)
    with pytest.raises(ValueError, match="same reference distances"):
        difference(one, errors(ZEROS, ZEROS, 2.0), np.arange(2))
    with pytest.raises(ValueError, match="same samples"):
        difference(one, errors(ZEROS[:, :2], ZEROS[:, :2], 1.0), np.arange(2))
    with pytest.raises(ValueError, match="one group per sample"):
        scores(one, np.arange(3))
    with pytest.raises(ValueError, match="missing 'dropped' is unknown"):
        nme(one, "dropped")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="positive pixel size"):
        in_um(one, -1.0, np.arange(2))
