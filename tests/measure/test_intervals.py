"""Intervals over clips."""

from __future__ import annotations

import numpy as np
import pytest

from cvlib.measure.intervals import median_interval, share_interval


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
