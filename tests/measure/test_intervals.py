"""Intervals over clips."""

from __future__ import annotations

import numpy as np
import pytest

from cvlib.measure.intervals import (
    FEWEST,
    Interval,
    group_sums,
    interval_of,
    median_interval,
    resampled,
    resampled_sums,
    share_interval,
)


def test_independent_images_give_the_binomial_interval() -> None:
    hits = np.arange(1000) < 300
    found = share_interval(hits, np.arange(1000))
    spread = 1.96 * np.sqrt(0.3 * 0.7 / 1000)
    assert found.value == pytest.approx(0.3)
    assert (found.low, found.high) == pytest.approx((0.3 - spread, 0.3 + spread), abs=0.004)


def test_repeating_every_image_ten_times_does_not_narrow_the_interval() -> None:
    hits = np.random.default_rng(0).random(100) < 0.4
    once = share_interval(hits, np.arange(100))
    assert share_interval(np.repeat(hits, 10), np.repeat(np.arange(100), 10)) == pytest.approx(once)


@pytest.mark.parametrize(("a", "b", "least"), [(2, 3, 0.90), (0.1, 1.9, 0.85)])
def test_coverage_on_clips_of_common_and_of_rare_hits(a: float, b: float, least: float) -> None:
    generator = np.random.default_rng(1)
    covered = given = 0
    for trial in range(300):
        clip_share = generator.beta(a, b, size=120)
        sizes = generator.integers(5, 15, size=120)
        groups = np.repeat(np.arange(120), sizes)
        hits = generator.random(len(groups)) < np.repeat(clip_share, sizes)
        found = share_interval(hits, groups, seed=trial, draws=400)
        given += not np.isnan(found.low)
        covered += found.low <= a / (a + b) <= found.high
    assert given > 290
    assert least <= covered / given <= 0.98


@pytest.mark.parametrize("clips_with_hits", [0, 1, 4, 96, 100])
def test_no_interval_where_too_few_clips_differ(clips_with_hits: int) -> None:
    groups = np.repeat(np.arange(100), 7)
    found = share_interval(groups < clips_with_hits, groups)
    assert found.value == pytest.approx(clips_with_hits / 100)
    assert np.isnan([found.low, found.high]).all()


def test_median_covers_the_truth_and_heeds_clips() -> None:
    generator = np.random.default_rng(3)
    covered, widths = 0, []
    for trial in range(200):
        groups = np.repeat(np.arange(40), 8)
        values = np.repeat(generator.normal(0, 1, 40), 8) + generator.normal(0, 0.2, 320)
        found = median_interval(values, groups, seed=trial, draws=300)
        covered += found.low <= 0 <= found.high
        widths.append((found.high - found.low) / np.diff(median_interval(values, np.arange(320))[1:])[0])
    assert 0.90 <= covered / 200 <= 0.99
    assert np.median(widths) > 2


def test_median_of_an_odd_number_of_values_and_of_few_groups() -> None:
    found = median_interval(np.array([3.0, 1.0, 2.0]), np.array([0, 1, 1]))
    assert found.value == 2
    assert np.isnan([found.low, found.high]).all()


def test_same_seed_same_interval() -> None:
    hits, groups = np.random.default_rng(0).random(500) < 0.37, np.arange(500) // 3
    assert share_interval(hits, groups, seed=4) == share_interval(hits, groups, seed=4)
    assert share_interval(hits, groups, seed=4) != share_interval(hits, groups, seed=5)


@pytest.mark.parametrize(("hits", "groups"), [(0, 0), (3, 2)])
def test_empty_or_unequal_arrays_are_refused(hits: int, groups: int) -> None:
    with pytest.raises(ValueError, match="one group per value"):
        share_interval(np.ones(hits, bool), np.arange(groups))


def test_sums_over_groups_keep_every_axis_behind_the_first() -> None:
    values = np.arange(24).reshape(4, 3, 2)
    found = group_sums(values, np.array(["b", "a", "b", "b"]))
    assert np.array_equal(found, [values[1], values[0] + values[2] + values[3]])


def test_resampled_sums_are_those_of_whole_groups_drawn_anew() -> None:
    generator = np.random.default_rng(0)
    values, groups = generator.normal(size=(30, 2)), generator.integers(0, 7, 30)
    found = resampled_sums(values, groups, seed=3, draws=50)
    for times, sums in zip(resampled(len(np.unique(groups)), 50, seed=3), found, strict=True):
        drawn = [values[groups == group] for group, often in enumerate(times) for _ in range(often)]
        assert sums == pytest.approx(np.concatenate(drawn).sum(axis=0))


@pytest.mark.parametrize("groups", [6, 10, 40])
def test_means_of_few_groups_are_covered_where_the_plain_percentiles_fall_short(groups: int) -> None:
    generator = np.random.default_rng(2)
    covered = np.zeros(2)
    for trial in range(600):
        values = generator.normal(0, 1, groups)
        means = resampled_sums(values, np.arange(groups), seed=trial, draws=1000) / groups
        found = interval_of(float(values.mean()), means, groups)
        plain = np.quantile(means, [0.025, 0.975])
        covered += found.low <= 0 <= found.high, plain[0] <= 0 <= plain[1]
    assert 0.92 <= covered[0] / 600 <= 0.98
    assert covered[0] > covered[1]


def test_samples_without_an_estimate_are_left_out() -> None:
    estimates = np.random.default_rng(0).normal(size=500)
    gaps = np.append(estimates, np.full(20, np.nan))
    assert interval_of(0.0, gaps, 20) == interval_of(0.0, estimates, 20)


@pytest.mark.parametrize(("estimates", "groups"), [(np.arange(9.0), FEWEST - 1), (np.full(9, 0.3), 50)])
def test_no_interval_of_too_few_groups_or_of_what_never_varies(estimates: np.ndarray, groups: int) -> None:
    found = interval_of(0.3, estimates, groups)
    assert found.value == 0.3
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize(
    ("low", "high", "tied"),
    [(-1, 1, True), (0, 1, True), (0.1, 1, False), (-1, -0.1, False), (np.nan, np.nan, True)],
)
def test_a_difference_is_tied_unless_its_interval_lies_on_one_side(
    low: float, high: float, tied: bool
) -> None:
    assert Interval(0.5, low, high).tied is tied
