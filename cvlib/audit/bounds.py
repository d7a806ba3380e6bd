"""What rounding leaves open of a printed number, carried through arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cvlib.papers import Claim

Number = int | float | Fraction


@dataclass(frozen=True)
class Bounds:
    """All numbers from low to high, both included; exact fractions, so no rounding of our own comes in.

    Sums, differences, products and quotients of bounds hold whatever numbers within them give. Where each
    printed number occurs once in a formula they hold nothing else: write 2 / (1/p + 1/r), not
    2 p r / (p + r).

    Attributes
    ----------
    low, high
        Low is not above high.

    Raises
    ------
    ValueError
        If low is above high.
    ZeroDivisionError
        If divided by bounds that hold 0.

    Examples
    --------
    >>> precision, recall = Bounds.around("0.9121"), Bounds.around("0.8736")
    >>> print(f"{2 / (1 / precision + 1 / recall):.4f}")
    0.8924 to 0.8925
    """

    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"expected a low bound first, but got {self.low} and {self.high}")

    @classmethod
    def of(cls, claim: Claim) -> Bounds:
        """All that rounds to a claim.

        >>> from cvlib.papers import claim
        >>> print(f"{Bounds.of(claim('p1.pinhole.share')):.3f}")
        23.295 to 23.305
        """
        return cls.around(claim.printed)

    @classmethod
    def around(cls, printed: str) -> Bounds:
        """All that rounds to a number, written as it is printed."""
        half_unit = Fraction(1, 2 * 10 ** len(printed.partition(".")[2]))
        value = Fraction(printed.replace(",", ""))
        return cls(value - half_unit, value + half_unit)

    @classmethod
    def exactly(cls, number: Number | str | Claim) -> Bounds:
        """One number: a count, which nobody rounds.

        >>> print(f"{Bounds.exactly('2,227'):.0f}")
        2227
        """
        printed = number.printed if isinstance(number, Claim) else number
        value = Fraction(printed.replace(",", "") if isinstance(printed, str) else printed)
        return cls(value, value)

    def __add__(self, other: Bounds | Number) -> Bounds:
        added = _bounds(other)
        return Bounds(self.low + added.low, self.high + added.high)

    def __sub__(self, other: Bounds | Number) -> Bounds:
        taken = _bounds(other)
        return Bounds(self.low - taken.high, self.high - taken.low)

    def __mul__(self, other: Bounds | Number) -> Bounds:
        factor = _bounds(other)
        corners = [one * two for one in (self.low, self.high) for two in (factor.low, factor.high)]
        return Bounds(min(corners), max(corners))

    def __truediv__(self, other: Bounds | Number) -> Bounds:
        divisor = _bounds(other)
        if divisor.contains(0):
            raise ZeroDivisionError(f"cannot divide by {divisor}, which holds 0")
        return self * Bounds(1 / divisor.high, 1 / divisor.low)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Number) -> Bounds:
        return _bounds(other) - self

    def __rtruediv__(self, other: Number) -> Bounds:
        return _bounds(other) / self

    def __str__(self) -> str:
        return f"{self:.6g}"

    def __format__(self, spec: str) -> str:
        """Both ends, each by a format of floats; one number where they read the same."""
        low, high = (format(float(end), spec) for end in (self.low, self.high))
        return low if low == high else f"{low} to {high}"

    @property
    def middle(self) -> float:
        """Half way from low to high."""
        return float((self.low + self.high) / 2)

    def contains(self, number: Number) -> bool:
        """Whether a number is within."""
        return self.low <= number <= self.high

    def overlaps(self, other: Bounds) -> bool:
        """Whether some number is within both: whether two printed numbers can be of one thing."""
        return self.low <= other.high and other.low <= self.high

    def can_be_at_most(self, other: Bounds) -> bool:
        """Whether some number in here is not above some number in there."""
        return self.low <= other.high

    def distance(self, other: Bounds) -> float:
        """How far apart the nearest ends are; 0 where the two overlap."""
        return max(0.0, float(self.low - other.high), float(other.low - self.high))


def mean(several: Sequence[Bounds]) -> Bounds:
    """Bounds of the mean of numbers, each within bounds of its own.

    >>> print(f"{mean([Bounds.around('0.931'), Bounds.around('0.666')]):.4f}")
    0.7980 to 0.7990
    """
    total = Bounds.exactly(0)
    for each in several:
        total += each
    return total / len(several)


def _bounds(value: Bounds | Number) -> Bounds:
    return value if isinstance(value, Bounds) else Bounds.exactly(value)
