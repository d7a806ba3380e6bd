"""What every chapter does first and last: check its parameters, and say where its numbers come from."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from cvlib import figures, parameters, provenance
from cvlib.tables import Table


class Described(Protocol):
    """Data that can say what they are: coatings or X-rays."""

    title: str
    settings: Mapping[str, int | float | str]

    def fingerprint(self) -> str:
        """SHA-256 of the content."""
        ...


class Chapter:
    """A running chapter; see :func:`begin`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.parameters = values
        self._started = time.perf_counter()

    def provenance(self, data: Described) -> Table:
        """Commit, data, parameters, versions, machine and time of this run, as a table."""
        facts = provenance.collect(
            self.parameters, data.title, data.settings, data.fingerprint(), self._started
        )
        frame = pd.DataFrame({"what": facts.keys(), "this run": facts.values()})
        return Table(frame, "", "Where the numbers on this page come from.", widths=[1, 4])


def begin(namespace: Mapping[str, Any]) -> Chapter:
    """Check the parameters of a notebook and set the look of its figures.

    Parameters
    ----------
    namespace
        The notebook's ``globals()``, right after its parameters cell.

    Raises
    ------
    UserError
        If a parameter is unknown or has another type than declared.
    """
    values = parameters.check(namespace)
    figures.set_style()
    return Chapter(values)
