"""The claims with their verdicts, as the book last stored them and as it finds them now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cvlib.audit.check import Check
from cvlib.data.files import csv_bytes, write_bytes
from cvlib.errors import UserError
from cvlib.measure.intervals import Interval
from cvlib.papers import Claim, claims
from cvlib.verdict import VERDICTS, Measured, Verdict, verdict

STORED = Path(__file__).resolve().parents[2] / "results" / "claims.csv"
"""The verdicts of the book on simulated data with the profile ``quick``."""

MIME = "application/vnd.cvlib.claims+json"
"""Under which an executed notebook keeps its ledger."""


@dataclass(frozen=True)
class Entry:
    """One claim, the verdict on it, and what that rests on."""

    id: str
    verdict: Verdict
    because: str


def entries(measured: Mapping[str, Measured], checks: Sequence[Check]) -> list[Entry]:
    """A verdict on every claim, in the order of the papers.

    Parameters
    ----------
    measured
        By claim.
    checks
        All of ``cvlib.audit.checks.checks()``.

    Raises
    ------
    UserError
        Something was measured or checked that is no claim.
    """
    judging: dict[str, list[Check]] = {id: [] for id in claims()}
    named = {*measured, *(id for each in checks for id in (*each.judged, *each.given))}
    if unknown := sorted(named - judging.keys()):
        raise UserError(f"{unknown[0]!r} is measured or checked, but is no claim; add it to cvlib/papers")
    for each in checks:
        for id in each.judged:
            judging[id].append(each)
    return [
        Entry(
            id, verdict(claim, judging[id], measured.get(id)), because(claim, judging[id], measured.get(id))
        )
        for id, claim in claims().items()
    ]


def because(claim: Claim, checks: Sequence[Check], measured: Measured | None) -> str:
    """What a verdict rests on, in a sentence or two."""
    failed = [each.found for each in checks if not each.holds]
    told = failed or [each.found for each in checks[:1]]
    if measured:
        unlike = f"; {measured.unlike}" if measured.unlike else ""
        told.append(f"Here {in_words(measured.interval)} ({measured.of}{unlike}).")
    if not claim.in_source:
        told.append("The text we have does not hold it.")
    return " ".join(told) or f"It rests on: {', '.join(claim.rests_on)}."


def in_words(interval: Interval) -> str:
    """A measured value with its interval; a count has none.

    >>> in_words(Interval(0.8123, 0.79, 0.83)), in_words(Interval(640, 640, 640))
    ('0.8123 [0.79, 0.83]', '640')
    >>> nan = float("nan")
    >>> in_words(Interval(0.5, nan, nan)), in_words(Interval(nan, nan, nan))
    ('0.5, no interval', 'nothing to measure')
    """
    value, low, high = (f"{number:.4g}" for number in interval)
    if value == "nan":
        return "nothing to measure"
    if low == "nan":
        return f"{value}, no interval"
    return value if low == high else f"{value} [{low}, {high}]"


class Ledger:
    """Entries that a notebook keeps beside what it shows of them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """For ``found_in``; what readers see is the number of claims."""
        rows = [asdict(each) for each in self.entries]
        return {"text/plain": f"{len(rows)} claims", MIME: rows}


def found_in(notebook: Path) -> list[Entry]:
    """The entries that an executed notebook keeps.

    Raises
    ------
    UserError
        There is no such notebook, or it keeps none.
    """
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        kept = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
        [rows] = [data[MIME] for data in kept if MIME in data]
        return [Entry(**row) for row in rows]
    except FileNotFoundError:
        raise UserError(f"{notebook}: there is no such notebook; run make book") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UserError(f"{notebook}: keeps no ledger of claims; run make book again") from None


def of_book() -> list[Entry]:
    """The entries of the book on simulated data as it was last built; raises as :func:`found_in` does."""
    return found_in(STORED.parents[1] / "_build" / "simulated" / "executed" / "claims.ipynb")


def read_stored(path: Path | None = None) -> list[Entry]:
    """The entries as last stored, in ``STORED`` unless told.

    Raises
    ------
    UserError
        There are none, or a line holds an unknown verdict.
    """
    path = path or STORED
    if not path.exists():
        raise UserError(f"{path}: no verdicts are stored; run make book, then cvlib claims --store")
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
        read = [Entry(**{str(name): value for name, value in row.items()}) for row in rows]
    except (ValueError, TypeError):
        raise UserError(f"{path}: no table of id, verdict and because; store the verdicts again") from None
    for each in read:
        if each.verdict not in VERDICTS:
            raise UserError(f"{path}: {each.id} has the unknown verdict {each.verdict!r}; store them again")
    return read


def store(entries: Iterable[Entry], path: Path | None = None) -> None:
    """Write entries, to be compared with later ones; to ``STORED`` unless told."""
    path = path or STORED
    table = pd.DataFrame([asdict(each) for each in entries])
    try:
        write_bytes(path, csv_bytes(table))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); name a folder with room") from None


def drift(stored: Iterable[Entry], now: Iterable[Entry]) -> list[str]:
    """Which verdicts are not as stored, a line each; measured values may change as they like.

    >>> drift([Entry("p1.images", "consistent", "")], [Entry("p1.images", "differs", "Here 2226.")])
    ["p1.images: 'consistent' is stored, now 'differs': Here 2226."]
    """
    before, after = ({each.id: each for each in side} for side in (stored, now))
    gone = [f"{id}: stored, but no claim now" for id in before if id not in after]
    lines = []
    for id, each in after.items():
        if id not in before:
            lines.append(f"{id}: not stored, now {each.verdict!r}")
        elif before[id].verdict != each.verdict:
            lines.append(f"{id}: {before[id].verdict!r} is stored, now {each.verdict!r}: {each.because}")
    return [*lines, *gone]
