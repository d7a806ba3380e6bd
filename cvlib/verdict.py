"""The one rule by which a claim gets its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:  # the command line names the verdicts in its help: that must not load what computes them
    from cvlib.audit.check import Check
    from cvlib.measure.intervals import Interval
    from cvlib.papers import Claim

Verdict = Literal[
    "reproduced",
    "differs",
    "consistent",
    "inconsistent in the text we have",
    "not comparable",
    "not checkable here",
    "not in the source",
]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

MEANINGS: dict[Verdict, str] = {
    "reproduced": "measured on the paper's own data, with its own models where it takes a model: the "
    "printed value lies within the interval of the measured one, rounding allowed for",
    "differs": "measured so too, and the printed value lies outside",
    "consistent": "arithmetic on printed values alone: all of it agrees",
    "inconsistent in the text we have": "arithmetic on printed values alone: some of it disagrees by more "
    "than rounding allows, if what the check assumes is so",
    "not comparable": "this book measures the same thing, but on other data, with lighter models, or without "
    "an interval to judge by",
    "not checkable here": "nothing in this book can decide it",
    "not in the source": "the paper refers to it, but the text we have does not hold it",
}
"""What each verdict says, in the order in which it is tried: the first that applies is given."""


@dataclass(frozen=True)
class Measured:
    """What a run of this book found for a claim.

    Attributes
    ----------
    interval
        In the unit of the claim; of a count, which has no uncertainty, all three are the same. With NaN
        bounds there is no interval, and nothing is decided.
    of
        What was measured, on which data.
    unlike
        Why it cannot be compared with what the paper says; empty where it can.
    holds
        Whether it is as a statement in words has it; None where that stays open, or the paper prints a
        number.
    """

    interval: Interval
    of: str
    unlike: str = ""
    holds: bool | None = None


def verdict(claim: Claim, checks: Sequence[Check] = (), measured: Measured | None = None) -> Verdict:
    """The verdict on a claim.

    Parameters
    ----------
    claim
        A number or a statement.
    checks
        Those that judge it.
    measured
        What this book measures of the same thing.

    Examples
    --------
    >>> from cvlib.measure.intervals import Interval
    >>> from cvlib.papers import claim
    >>> share = claim("p1.pinhole.share")
    >>> verdict(share), verdict(share, measured=Measured(Interval(23.3, 23.3, 23.3), "all images"))
    ('not checkable here', 'reproduced')
    >>> verdict(share, measured=Measured(Interval(23.3, 23.3, 23.3), "drawn images", "simulated data"))
    'not comparable'
    """
    if not claim.in_source:
        return "not in the source"
    if measured and not measured.unlike:
        agrees = _agrees(claim, measured)
        if agrees is not None:
            return "reproduced" if agrees else "differs"
    if checks:
        return "consistent" if all(each.holds for each in checks) else "inconsistent in the text we have"
    return "not comparable" if measured else "not checkable here"


def _agrees(claim: Claim, measured: Measured) -> bool | None:
    """None where what was measured decides nothing: no interval, or a statement left open."""
    if measured.holds is not None or claim.number is None:
        return measured.holds
    return None if any(map(isnan, measured.interval)) else within(claim, measured.interval)


def unlike_data(name: str, origin: str) -> str:
    """Why numbers found on a data set cannot be compared with paper 1's; empty where they can.

    Parameters
    ----------
    name, origin
        Of the data set, see ``cvlib.data.dataset.Dataset``.

    >>> unlike_data("simulated", "simulated"), unlike_data("coatingvision", "photographs")
    ('simulated data', '')
    """
    if name == "coatingvision":
        return ""
    others = {"simulated": "simulated data", "photographs": "other photographs"}
    return others.get(origin, "a folder that does not say whose images it holds")


def within(claim: Claim, interval: Interval) -> bool:
    """Whether a printed value, rounding allowed for, lies in an interval with bounds.

    >>> from cvlib.measure.intervals import Interval
    >>> from cvlib.papers import claim
    >>> within(claim("p1.pinhole.share"), Interval(23.304, 23.304, 23.304))
    True
    """
    slack = claim.half_unit * (1 + 1e-9)
    return bool(interval.low - slack <= claim.value <= interval.high + slack)
