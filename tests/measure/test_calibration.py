"""Calibration, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from cvlib.measure.calibration import BINNINGS, Binning, brier, calibration_error, reliability

PROBABILITIES = st.one_of(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 1.0]), st.floats(0, 1))
CASES = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=PROBABILITIES, fill=st.nothing()), arrays(bool, n, fill=st.nothing())
    )
)
Case = tuple[np.ndarray, np.ndarray]


@given(CASES, st.integers(1, 15), st.sampled_from(BINNINGS))
def test_bins_are_scikit_learns_and_empty_ones_have_no_value(case: Case, bins: int, binning: Binning) -> None:
    probabilities, truth = (np.append(each, [0, 1]) for each in case)
    truth = truth.astype(bool)  # both kinds, which scikit-learn wants
    found = reliability(probabilities, truth, bins, binning)
    strategy = {"equal width": "uniform", "equal count": "quantile"}[binning]
    share, probability = calibration_curve(truth, probabilities, n_bins=bins, strategy=strategy)
    filled = found.images > 0
    np.testing.assert_allclose(found.share[filled], share)
    np.testing.assert_allclose(found.probability[filled], probability)
    assert np.isnan(found.share[~filled]).all()
    assert np.isnan(found.probability[~filled]).all()
    assert found.images.sum() == len(truth)
    assert len(found.images) == bins == len(found.edges) - 1


@given(CASES, st.integers(1, 15), st.sampled_from(BINNINGS))
def test_every_image_lies_in_the_bin_of_its_probability(case: Case, bins: int, binning: Binning) -> None:
    probabilities, truth = case
    found = reliability(probabilities, truth, bins, binning)
    for low, high, images, probability in zip(
        found.edges, found.edges[1:], found.images, found.probability, strict=False
    ):
        if low < high and low > found.edges[0]:
            assert images == ((probabilities > low) & (probabilities <= high)).sum()
        if images:
            assert low - 1e-12 <= probability <= high + 1e-12


@given(CASES)
def test_the_brier_score_is_scikit_learns(case: Case) -> None:
    probabilities, truth = case
    expected = brier_score_loss(truth, probabilities, labels=[False, True], pos_label=True)
    assert brier(probabilities, truth) == pytest.approx(expected)
    single = probabilities.astype(np.float32)
    assert brier(single, truth) == brier(single.astype(np.float64), truth)


def test_bins_of_equal_count_hold_equally_many_distinct_probabilities() -> None:
    probabilities = np.random.default_rng(0).random(1000) ** 3
    assert set(reliability(probabilities, probabilities > 0.5, 10, "equal count").images) == {100}


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([0.1, 0.3, 0.6, 0.6, 0.6, 1.0])
    truth = np.array([False, True, True, False, False, True])
    # Up to .5: two images of mean .2, share .5; above: four of mean .7, share .5.
    assert calibration_error(probabilities, truth, bins=2) == pytest.approx((2 * 0.3 + 4 * 0.2) / 6)
    assert calibration_error(probabilities, truth, bins=1) == pytest.approx(abs(3.2 / 6 - 3 / 6))


def test_probabilities_that_come_true_are_calibrated_and_bolder_ones_are_not() -> None:
    generator = np.random.default_rng(0)
    honest = generator.random(50_000)
    truth = generator.random(50_000) < honest
    bold = np.clip(1.8 * honest - 0.4, 0, 1)
    for binning in BINNINGS:
        assert calibration_error(honest, truth, binning=binning) < 0.02
        assert calibration_error(bold, truth, binning=binning) > 0.08
    assert brier(honest, truth) < brier(bold, truth)


def test_certain_and_right_is_perfect_certain_and_wrong_the_worst() -> None:
    truth = np.array([True, False, True])
    assert (calibration_error(truth.astype(float), truth), brier(truth.astype(float), truth)) == (0, 0)
    assert (calibration_error(1.0 - truth, truth), brier(1.0 - truth, truth)) == (1, 1)


@pytest.mark.parametrize(
    ("probabilities", "truth", "message"),
    [
        (np.zeros(0), np.zeros(0, bool), "at least one image"),
        (np.zeros(3), np.zeros(2, bool), r"\(3,\) and bool \(2,\)"),
        (np.zeros((3, 1)), np.zeros((3, 1), bool), r"\(N,\)"),
        (np.zeros(3), np.zeros(3), "float64"),
        (np.array([0.5, 1.1]), np.zeros(2, bool), "between 0 and 1"),
        (np.array([0.5, np.nan]), np.zeros(2, bool), "between 0 and 1"),
    ],
)
def test_what_are_no_probabilities_is_refused(
    probabilities: np.ndarray, truth: np.ndarray, message: str
) -> None:
    for function in (reliability, calibration_error, brier):
        with pytest.raises(ValueError, match=message):
            function(probabilities, truth)


def test_unknown_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one bin"):
        reliability(np.zeros(3), np.zeros(3, bool), bins=0)
    with pytest.raises(ValueError, match=r"'quantile'.*'equal count'"):
        reliability(np.zeros(3), np.zeros(3, bool), binning="quantile")  # type: ignore[arg-type]
