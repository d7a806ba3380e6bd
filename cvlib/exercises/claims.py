"""Exercises of the chapter on claims and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from cvlib import verdict as rules
from cvlib.audit.check import Check
from cvlib.exercises.checking import Exercise
from cvlib.measure.intervals import Interval
from cvlib.papers import Claim, claim, claims

GROUND = "training run"


def held_by(ground: str) -> set[str]:
    """Ids of the claims that rest on a ground, directly or through others."""
    ledger = claims()

    def rests(each: Claim) -> bool:
        return any(one == ground or (one in ledger and rests(ledger[one])) for one in each.rests_on)

    return {each.id for each in ledger.values() if rests(each)}


def _directly(paper: int) -> int:
    return sum(each.paper == paper and GROUND in each.rests_on for each in claims().values())


def within(printed: str, low: float, high: float, half_unit: float | None = None) -> bool:
    """Whether some number that rounds to a printed one lies in an interval."""
    value = float(printed.replace(",", ""))
    slack = 0.5 * 10.0 ** -len(printed.partition(".")[2]) if half_unit is None else half_unit
    return low <= value + slack and value - slack <= high


def _as_float(printed: str, low: float, high: float) -> bool:
    return within(str(float(printed.replace(",", ""))), low, high)


def verdict(inside: bool | None, own_data: bool, checks: Sequence[bool]) -> str:
    """The rule of ``cvlib.verdict``, on a made-up measurement and made-up checks of a real claim."""
    own = claim("p1.pinhole.share")
    value = own.value if inside else own.value + 10
    measured = rules.Measured(Interval(value, value, value), "made up", "" if own_data else "other data")
    return rules.verdict(own, [_check(holds) for holds in checks], None if inside is None else measured)


def _check(holds: bool) -> Check:
    return Check("made-up", "nothing", "same-thing-twice", ("p1.pinhole.share",), (), holds, "")


def _own_data_last(inside: bool | None, own_data: bool, checks: Sequence[bool]) -> str:
    return verdict(None, own_data, checks) if checks else verdict(inside, own_data, checks)


def _one_is_enough(inside: bool | None, own_data: bool, checks: Sequence[bool]) -> str:
    return verdict(inside, own_data, [any(checks)] if checks else [])


def _no_check_agrees(inside: bool | None, own_data: bool, checks: Sequence[bool]) -> str:
    return verdict(inside, own_data, [all(checks)])


def _cases() -> list[tuple[bool | None, bool, list[bool]]]:
    return [
        (True, True, []),
        (True, True, [False]),
        (False, True, [True]),
        (True, False, []),
        (True, False, [True]),
        (None, False, [True, False]),
        (None, False, []),
    ]


def images_needed(share: float, reach: float, errors: float = 1.96) -> int:
    """Of how many images a share must be counted for an interval that reaches so far to either side."""
    return ceil(errors**2 * share * (1 - share) / reach**2)


EXERCISES = {
    "rests-on": Exercise(
        solution=lambda: sum(claims()[each].paper == 1 for each in held_by(GROUND)),
        mistakes={
            "these name a training run themselves: others rest on claims that do": lambda: _directly(paper=1),
            "claims of both papers are counted here: only those of the first are asked for": (
                lambda: len(held_by(GROUND))
            ),
            "these are claims of both papers that name a training run themselves: take the first paper's, "
            "and follow what they rest on": lambda: _directly(paper=1) + _directly(paper=2),
            "these rest on a training run only through other claims: those that name one count as well": (
                lambda: sum(claims()[each].paper == 1 for each in held_by(GROUND)) - _directly(paper=1)
            ),
        },
    ),
    "within": Exercise(
        solution=within,
        mistakes={
            "the printed number is taken for exact: 0.80 stands for all that rounds to it": (
                lambda printed, low, high: within(printed, low, high, half_unit=0)
            ),
            "as a float, 0.80 and 0.8 are the same: count the digits of the text": _as_float,
            "half a unit of the last digit is 0.005 for two digits only": (
                lambda printed, low, high: within(printed, low, high, half_unit=0.005)
            ),
            "rounding hides half a unit of the last digit to either side, not a whole one": (
                lambda printed, low, high: within(
                    printed, low, high, half_unit=10.0 ** -len(printed.partition(".")[2])
                )
            ),
        },
        inputs=lambda: [
            ("0.80", 0.75, 0.79),
            ("0.80", 0.803, 0.9),
            ("0.80", 0.84, 0.9),
            ("0.8", 0.84, 0.9),
            ("0.80", 0.807, 0.9),
            ("1,234", 1234.3, 1300),
            ("1,234", 1100, 1233.2),
        ],
    ),
    "rule": Exercise(
        solution=verdict,
        mistakes={
            "a measurement on other data reproduces nothing, whatever it gives": (
                lambda inside, own_data, checks: verdict(inside, True, checks)
            ),
            "here arithmetic outranks a measurement on the paper's own data: it is the other way round": (
                _own_data_last
            ),
            "one calculation that comes out is not enough: consistent means that all of them do": (
                _one_is_enough
            ),
            "without any calculation nothing is consistent: all([]) is True": _no_check_agrees,
        },
        inputs=_cases,
    ),
    "images-needed": Exercise(
        solution=lambda: images_needed(0.8, 0.02),
        mistakes={
            "0.02 is how far the interval reaches to one side, not its whole width": (
                lambda: images_needed(0.8, 0.01)
            ),
            "the width of an interval falls with the root of the number of images, not with the number": (
                lambda: ceil(1.96 * (0.8 * 0.2) ** 0.5 / 0.02)
            ),
            "this is for one standard error: a 95 % interval reaches 1.96 of them": (
                lambda: images_needed(0.8, 0.02, errors=1)
            ),
            "images come in whole numbers: the next one up is the first that is enough": (
                lambda: 1.96**2 * 0.8 * 0.2 / 0.02**2
            ),
            "you cut off part of an image: with so few the interval still reaches a little too far": (
                lambda: images_needed(0.8, 0.02) - 1
            ),
        },
    ),
}
