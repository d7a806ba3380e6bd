"""Intervals over clips."""

from __future__ import annotations

import numpy as np
import pytest

from cvlib.measure.intervals import share_interval


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


def test_coverage_on_clips_of_known_share() -> None:
    generator = np.random.default_rng(1)
    covered = 0
    for trial in range(300):
        clip_share = generator.beta(2, 3, size=60)
        sizes = generator.integers(5, 15, size=60)
        groups = np.repeat(np.arange(60), sizes)
        hits = generator.random(len(groups)) < np.repeat(clip_share, sizes)
        found = share_interval(hits, groups, seed=trial, draws=400)
        covered += found.low <= 0.4 <= found.high
    assert 0.90 <= covered / 300 <= 0.98


def test_same_seed_same_interval() -> None:
    hits, groups = np.random.default_rng(0).random(500) < 0.37, np.arange(500) // 3
    assert share_interval(hits, groups, seed=4) == share_interval(hits, groups, seed=4)
    assert share_interval(hits, groups, seed=4) != share_interval(hits, groups, seed=5)


@pytest.mark.parametrize(("hits", "groups"), [(0, 0), (3, 2)])
def test_empty_or_unequal_arrays_are_refused(hits: int, groups: int) -> None:
    with pytest.raises(ValueError, match="one group per image"):
        share_interval(np.ones(hits, bool), np.arange(groups))
