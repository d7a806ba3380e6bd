"""Bounds hold all that rounding leaves open, and no more where they need not."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cvlib.audit.bounds import Bounds, mean
from cvlib.papers import claim

NUMBERS = st.fractions(-9, 9, max_denominator=50)
PLACES = st.fractions(0, 1, max_denominator=20)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[Bounds, Fraction]:
    """Bounds and a number within."""
    low, high = sorted([draw(NUMBERS), draw(NUMBERS)])
    return Bounds(low, high), low + draw(PLACES) * (high - low)


@given(boxes(), boxes())
def test_whatever_numbers_within_give_is_within_the_result(
    one: tuple[Bounds, Fraction], two: tuple[Bounds, Fraction]
) -> None:
    (a, x), (b, y) = one, two
    assert (a + b).contains(x + y)
    assert (a - b).contains(x - y)
    assert (a * b).contains(x * y)
    assert mean([a, b, a]).contains((2 * x + y) / 3)
    assume(not b.contains(0))
    assert (a / b).contains(x / y)


@given(boxes(), NUMBERS)
def test_plain_numbers_stand_on_either_side(one: tuple[Bounds, Fraction], number: Fraction) -> None:
    (a, _), exact = one, Bounds.exactly(number)
    assert (a + number, number + a, number - a, number * a) == (a + exact, exact + a, exact - a, exact * a)
    assume(not a.contains(0))
    assert number / a == exact / a


@given(boxes(), boxes(), boxes())
@settings(deadline=None)
def test_a_formula_with_each_number_once_reaches_both_ends(
    one: tuple[Bounds, Fraction], two: tuple[Bounds, Fraction], three: tuple[Bounds, Fraction]
) -> None:
    a, b, c = one[0], two[0], three[0]
    assume(not c.contains(0))
    corners = [(x - y) / z for x, y, z in product((a.low, a.high), (b.low, b.high), (c.low, c.high))]
    assert (a - b) / c == Bounds(min(corners), max(corners))


def test_a_number_that_stands_twice_widens_the_bounds() -> None:
    x = Bounds.around("0.5")
    assert x - x == Bounds(Fraction(-1, 10), Fraction(1, 10))


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [("0.7600", "0.75995", "0.76005"), ("2,227", "2226.5", "2227.5"), ("23.30", "23.295", "23.305")],
)
def test_bounds_of_a_printed_number_are_half_a_unit_of_its_last_digit_away(
    printed: str, low: str, high: str
) -> None:
    assert Bounds.around(printed) == Bounds(Fraction(low), Fraction(high))


def test_a_claim_is_read_as_it_is_printed() -> None:
    share = claim("p1.pinhole.share")
    assert Bounds.of(share) == Bounds.around("23.30")
    assert Bounds.exactly(share) == Bounds.exactly("23.30") == Bounds.exactly(Fraction(2330, 100))


def test_what_overlaps_touches_and_what_does_not_is_apart() -> None:
    one, two, three = Bounds.around("0.5"), Bounds.around("0.6"), Bounds.around("0.8")
    assert one.overlaps(two) and two.overlaps(one) and one.distance(two) == 0
    assert not one.overlaps(three) and one.distance(three) == three.distance(one) == pytest.approx(0.2)
    assert one.can_be_at_most(three) and two.can_be_at_most(one) and not three.can_be_at_most(one)


def test_bounds_read_as_one_number_where_both_ends_read_the_same() -> None:
    assert f"{Bounds.around('0.5'):.2f}" == "0.45 to 0.55"
    assert f"{Bounds.around('0.500'):.2f}" == "0.50"
    assert str(Bounds.exactly(3)) == "3"


def test_division_by_what_may_be_0_is_refused() -> None:
    with pytest.raises(ZeroDivisionError, match=r"cannot divide by -0\.5 to 0\.5, which holds 0"):
        1 / Bounds.around("0")


def test_ends_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a low bound first, but got 2 and 1"):
        Bounds(Fraction(2), Fraction(1))
