"""Table 1 of paper 2: NME, and shares of keypoints (PCK) and of samples (PCS) within two thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, permutations

from cvlib.audit.bounds import Bounds
from cvlib.audit.check import Check, Ledger

SETTINGS = {"baseline": "HRNet", "n128": "N = 128", "n256": "N = 256", "n512": "N = 512"}
"""Rows of Table 1 as their claims and the chapter call them."""

THRESHOLDS = {"05": "0.5", "1": "1.0"}
"""In percent of the reference distance, as the claims and the paper have them."""

COLUMNS = {
    f"{measure}{end}": f"{measure.upper()}{text}"
    for measure in ("pck", "pcs")
    for end, text in THRESHOLDS.items()
}
"""Shares of Table 1 as the claims and the paper call them, in the order of the paper."""

Shares = Mapping[str, Mapping[str, Bounds]]
"""PCK and PCS by setting and column."""

FARTHEST = 100
"""The largest error between two points of a rectangle, in percent of its diagonal."""


def checks(ledger: Ledger) -> list[Check]:
    """All checks of Table 1."""
    return [
        *(_samples(ledger, setting, end) for setting in SETTINGS for end in THRESHOLDS),
        *(_growth(ledger, setting, measure) for setting in SETTINGS for measure in ("pck", "pcs")),
        *(_nme(ledger, setting) for setting in SETTINGS),
        *(_gain(ledger, column) for column in ("nme", *COLUMNS)),
        _all_better(ledger),
        _more_is_better(ledger),
    ]


def odds(share: Fraction) -> Fraction:
    """Of a share below 1: what is in it over what is not.

    >>> print(odds(Fraction("0.75")))
    3
    """
    return share / (1 - share)


def least_ratio(pck: Bounds, pcs: Bounds) -> Fraction:
    """How many times as many keypoints a wrong sample has, on average, as a right one, at least.

    A sample is wrong if one of its keypoints is. 1 or less says nothing.

    Parameters
    ----------
    pck, pcs
        Shares of right keypoints and of right samples, above 0 and below 1.

    Examples
    --------
    >>> print(least_ratio(pck=Bounds.exactly("0.45"), pcs=Bounds.exactly("0.9")))
    11
    """
    return odds(pcs.low) / odds(pck.high)


def least_keypoints(pck: Bounds, pcs: Bounds) -> Fraction:
    """How many keypoints a sample has, on average, at least: each wrong sample has a wrong keypoint.

    Parameters
    ----------
    pck, pcs
        Shares of right keypoints, below 1, and of right samples.

    Examples
    --------
    >>> print(least_keypoints(pck=Bounds.exactly("0.95"), pcs=Bounds.exactly("0.8")))
    4
    """
    return (1 - pcs.high) / (1 - pck.low)


def nme_bounds(loose: Bounds, strict: Bounds) -> Bounds:
    """Lowest and highest mean error, in percent, of points of which these shares are within 1 % and .5 %.

    >>> print(f"{nme_bounds(loose=Bounds.exactly(0.75), strict=Bounds.exactly(0.5)):.3f}")
    0.375 to 25.500
    """
    near, far = (_percent(end) for end in THRESHOLDS)
    least = near * (1 - strict) + (far - near) * (1 - loose)
    most = FARTHEST + (near - far) * strict + (far - FARTHEST) * loose
    return Bounds(least.low, most.high)


@dataclass(frozen=True)
class Labelling:
    """Which printed column has which meaning.

    Attributes
    ----------
    meaning
        Printed column by what it is taken for, both as in ``COLUMNS``.
    """

    meaning: Mapping[str, str]

    @property
    def moved(self) -> dict[str, str]:
        """Columns taken for something else than printed: what for, by printed column."""
        return {printed: real for real, printed in self.meaning.items() if real != printed}

    @property
    def title(self) -> str:
        """What is moved, in words.

        >>> Labelling({"pck1": "pcs1", "pcs1": "pck1"}).title
        'PCK1.0 and PCS1.0 exchanged'
        """
        if len(self.moved) == 2:
            return f"{' and '.join(COLUMNS[each] for each in sorted(self.moved))} exchanged"
        return f"{len(self.moved)} columns moved" if self.moved else "as labelled"


def labellings(rows: Sequence[Mapping[str, Bounds]]) -> list[Labelling]:
    """All ways to label the columns under which every row can satisfy every inequality.

    Parameters
    ----------
    rows
        PCK and PCS by column: ``pck`` or ``pcs`` and a threshold, in the order of the thresholds.

    Returns
    -------
    Those with PCS at most PCK at each threshold, and neither falling as the threshold rises; the ones that
    move fewest columns first.
    """
    columns = list(rows[0])
    pairs = _at_most(columns)
    found = []
    for order in permutations(columns):
        meaning = dict(zip(columns, order, strict=True))
        if all(row[meaning[less]].can_be_at_most(row[meaning[more]]) for row in rows for less, more in pairs):
            found.append(Labelling(meaning))
    return sorted(found, key=lambda each: len(each.moved))


def _at_most(columns: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of columns of which the first must not be above the second."""
    half = len(columns) // 2
    pck, pcs = columns[:half], columns[half:]
    rising = [pair for own in (pck, pcs) for pair in pairwise(own)]
    return [*zip(pcs, pck, strict=True), *rising]


AS_PRINTED = Labelling({column: column for column in COLUMNS})
"""Every column is what it is labelled."""


def shares(ledger: Ledger) -> Shares:
    """PCK and PCS of Table 1."""
    return {
        setting: {column: Bounds.of(ledger[f"p2.table1.{setting}.{column}"]) for column in COLUMNS}
        for setting in SETTINGS
    }


def _percent(end: str) -> Fraction:
    return Fraction(THRESHOLDS[end])


def _samples(ledger: Ledger, setting: str, end: str) -> Check:
    claims = [ledger[f"p2.table1.{setting}.{measure}{end}"] for measure in ("pck", "pcs")]
    pck, pcs = map(Bounds.of, claims)
    holds, unless = pcs.can_be_at_most(pck), ""
    if not holds:
        ratio = float(least_ratio(pck, pcs))
        unless = f", unless wrong samples have at least {ratio:.1f} times as many keypoints as right ones"
    at = THRESHOLDS[end]
    return Check(
        id=f"electrode.samples.{setting}.{end}",
        about=f"{SETTINGS[setting]}, at {at} %",
        theorem="whole-samples",
        judged=tuple(each.id for each in claims),
        given=(),
        holds=holds,
        found=f"PCS{at}, printed as {claims[1].printed}, cannot exceed PCK{at}, printed as "
        f"{claims[0].printed}{unless}.",
    )


def _growth(ledger: Ledger, setting: str, measure: str) -> Check:
    low, high = (ledger[f"p2.table1.{setting}.{measure}{end}"] for end in THRESHOLDS)
    small, large = (f"{measure.upper()}{text}" for text in THRESHOLDS.values())
    return Check(
        id=f"electrode.growth.{setting}.{measure}",
        about=f"{SETTINGS[setting]}, {measure.upper()}",
        theorem="looser-threshold",
        judged=(low.id, high.id),
        given=(),
        holds=Bounds.of(low).can_be_at_most(Bounds.of(high)),
        found=f"{small} is {low.printed} and {large}, which must not be lower, {high.printed}.",
    )


def _nme(ledger: Ledger, setting: str) -> Check:
    nme, strict, loose = (ledger[f"p2.table1.{setting}.{column}"] for column in ("nme", "pck05", "pck1"))
    implied = nme_bounds(Bounds.of(loose), Bounds.of(strict))
    return Check(
        id=f"electrode.nme.{setting}",
        about=f"{SETTINGS[setting]}, NME",
        theorem="mean-error",
        judged=(nme.id,),
        given=(strict.id, loose.id),
        holds=implied.overlaps(Bounds.of(nme)),
        found=f"PCK0.5 {strict.printed} and PCK1.0 {loose.printed} need an NME of {implied:.2f} %; "
        f"printed is {nme.printed}, read as percent.",
    )


def _gain(ledger: Ledger, column: str) -> Check:
    gain, before, after = (ledger[f"p2.table1.{row}.{column}"] for row in ("gain", "baseline", "n512"))
    rise = 100 * (Bounds.of(after) / Bounds.of(before) - 1)
    implied = rise if column in COLUMNS else -1 * rise
    return Check(
        id=f"electrode.gain.{column}",
        about=f"relative gain, {COLUMNS.get(column, 'NME')}",
        theorem="same-thing-twice",
        judged=(gain.id,),
        given=(before.id, after.id),
        holds=implied.overlaps(Bounds.of(gain)),
        found=f"From {before.printed} to {after.printed} is a relative gain of {implied:.2f} %; "
        f"printed are {gain.printed} %.",
    )


def _all_better(ledger: Ledger) -> Check:
    pairs = [("baseline", setting) for setting in SETTINGS if setting != "baseline"]
    return _trend(ledger, "all_metrics", pairs, "with corner points against the baseline")


def _more_is_better(ledger: Ledger) -> Check:
    return _trend(ledger, "more_corners", list(pairwise(SETTINGS)), "with more corner points against fewer")


def _trend(ledger: Ledger, what: str, pairs: Sequence[tuple[str, str]], compared: str) -> Check:
    """Whether in all pairs of rows the second is nowhere worse as printed, and somewhere better."""
    columns = ("nme", *COLUMNS)
    rises = [
        (1 if column in COLUMNS else -1)
        * (ledger[f"p2.table1.{after}.{column}"].value - ledger[f"p2.table1.{before}.{column}"].value)
        for before, after in pairs
        for column in columns
    ]
    better, equal = sum(rise > 0 for rise in rises), sum(rise == 0 for rise in rises)
    return Check(
        id=f"electrode.text.{what}",
        about=compared,
        theorem="same-thing-twice",
        judged=(f"p2.text.{what}",),
        given=tuple(f"p2.table1.{setting}.{column}" for setting in SETTINGS for column in columns),
        holds=better > 0 and better + equal == len(rises),
        found=f"Of {len(rises)} scores {compared}, {better} are better, {equal} equal and "
        f"{len(rises) - better - equal} worse.",
    )
