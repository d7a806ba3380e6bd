"""All checks of the printed numbers."""

from __future__ import annotations

from collections.abc import Callable

from cvlib.audit import classification, detection, electrode, notebook, records, statements
from cvlib.audit.check import Check, Ledger
from cvlib.papers import claims

__all__ = ["FAMILIES", "Check", "Ledger", "checks"]

FAMILIES: dict[str, Callable[[Ledger], list[Check]]] = {
    "table4": classification.checks,
    "records": records.checks,
    "detection": detection.checks,
    "electrode": electrode.checks,
    "notebook": notebook.checks,
    "statements": statements.checks,
}
"""What runs the checks whose ids begin with each name."""


def checks(ledger: Ledger | None = None) -> list[Check]:
    """Every check, family by family.

    Parameters
    ----------
    ledger
        Claims by id; by default what the papers print.

    Raises
    ------
    KeyError
        If the ledger lacks a claim.

    Examples
    --------
    >>> [each.found for each in checks() if each.id == "records.share.delamination"]
    ['203 of 2,227 images are 9.1154 %; printed are 9.12 %.']
    """
    known = claims() if ledger is None else ledger
    return [check for family in FAMILIES.values() for check in family(known)]
