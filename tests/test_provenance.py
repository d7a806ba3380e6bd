"""What a page says of its origin."""

from __future__ import annotations

import time

from cvlib import provenance


def test_everything_needed_to_get_the_numbers_again_is_named() -> None:
    facts = provenance.collect(
        {"seed": 3, "dataset": "simulated"}, "six images", "abc" * 20, time.perf_counter()
    )
    assert facts["parameters"] == "seed = 3, dataset = 'simulated'"
    assert facts["content (SHA-256)"] == ("abc" * 20)[:16]
    assert "numpy " in facts["packages"]
    assert facts["wall time"] == "0 s"
    assert facts["peak memory"].endswith("MiB")
    assert all(facts.values())


def test_the_commit_is_named_where_there_is_a_repository() -> None:
    assert provenance.commit().startswith(("commit ", "coatingvision-companion 0"))
