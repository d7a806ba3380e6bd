"""The rule of verdicts, case by case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib.audit.check import Check
from cvlib.audit.theorems import THEOREMS
from cvlib.measure.intervals import Interval
from cvlib.papers import claim, claims
from cvlib.verdict import MEANINGS, VERDICTS, Measured, verdict, within

SHARE = claim("p1.pinhole.share")
WORDS = claim("p1.text.roundness")
MISSING = next(each for each in claims().values() if not each.in_source)
AGREES = Measured(Interval(23.3, 23.0, 23.6), "a run")
DIFFERS = Measured(Interval(25.0, 24.5, 25.5), "a run")


def check(holds: bool) -> Check:
    return Check("id", "about", next(iter(THEOREMS)), (SHARE.id,), (), holds, "found")


def test_every_verdict_has_its_meaning() -> None:
    assert tuple(MEANINGS) == VERDICTS


@pytest.mark.parametrize(
    ("checks", "measured", "expected"),
    [
        ([], None, "not checkable here"),
        ([True], None, "consistent"),
        ([True, False], None, "inconsistent in the text we have"),
        ([], AGREES, "reproduced"),
        ([], DIFFERS, "differs"),
        ([False], AGREES, "reproduced"),
        ([True], DIFFERS, "differs"),
    ],
)
def test_verdicts_on_a_printed_number(checks: list[bool], measured: Measured | None, expected: str) -> None:
    assert verdict(SHARE, [check(holds) for holds in checks], measured) == expected


@given(st.floats(0, 100), st.lists(st.booleans(), max_size=3))
def test_what_is_measured_on_other_data_neither_reproduces_nor_differs(
    value: float, checks: list[bool]
) -> None:
    elsewhere = Measured(Interval(value, value, value), "a run", "simulated data")
    found = verdict(SHARE, [check(holds) for holds in checks], elsewhere)
    assert found not in ("reproduced", "differs")
    assert found == (verdict(SHARE, [check(holds) for holds in checks]) if checks else "not comparable")


def test_what_the_text_lacks_is_never_judged() -> None:
    assert verdict(MISSING, [check(False)], AGREES) == "not in the source"


def test_a_statement_is_judged_by_its_test() -> None:
    for holds, expected in ((True, "reproduced"), (False, "differs")):
        assert verdict(WORDS, [], replace(AGREES, holds=holds)) == expected


@given(st.floats(0, 100))
def test_a_count_is_reproduced_when_it_rounds_to_the_printed_digits(value: float) -> None:
    exact = Interval(value, value, value)
    assert within(SHARE, exact) == (f"{value:.2f}" == SHARE.printed or abs(value - 23.3) <= SHARE.half_unit)


@pytest.mark.parametrize("value", [23.3, 25.0, np.nan])
def test_a_score_without_interval_decides_nothing(value: float) -> None:
    without = Measured(Interval(value, np.nan, np.nan), "a run")
    assert verdict(SHARE, [], without) == "not comparable"
    assert verdict(SHARE, [check(True)], without) == "consistent"


def test_a_statement_that_stays_open_is_not_judged() -> None:
    assert verdict(WORDS, [], AGREES) == "not comparable"
