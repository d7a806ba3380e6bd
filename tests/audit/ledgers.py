"""Ledgers with other numbers in them than the papers print."""

from __future__ import annotations

from collections.abc import Mapping

from cvlib.audit.check import Check, Ledger
from cvlib.audit.checks import checks
from cvlib.papers import claims


def printing(numbers: Mapping[str, str], says: Mapping[str, str] | None = None) -> Ledger:
    """The claims as the papers have them, but with these numbers and statements."""
    ledger = dict(claims())
    for id, number in numbers.items():
        ledger[id] = ledger[id].model_copy(update={"number": number})
    for id, text in (says or {}).items():
        ledger[id] = ledger[id].model_copy(update={"says": text})
    return ledger


def by_id(ledger: Ledger | None = None) -> dict[str, Check]:
    """All checks by id."""
    return {check.id: check for check in checks(ledger)}
