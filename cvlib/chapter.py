"""What every chapter does first and last: check its parameters, and say where its numbers come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from cvlib import figures, parameters, provenance
from cvlib.data import Subset
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
        self._started = provenance.start()

    def provenance(self, data: Described) -> Provenance:
        """Commit, data, parameters, versions, machine and time of this run; a chapter ends with it."""
        whole = data.whole if isinstance(data, Subset) else data
        return Provenance(
            provenance.collect(
                self.parameters,
                data.title,
                data.settings,
                data.fingerprint(),
                self._started,
                whole.fingerprint(),
            )
        )


class Provenance:
    """A record as a table to be read, and in the same output as JSON, for those who ask later."""

    def __init__(self, record: provenance.Record) -> None:
        self.record = record

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        facts = self.record.facts()
        frame = pd.DataFrame({"what": facts.keys(), "this run": facts.values()})
        table = Table(frame, "", "Where the numbers on this page come from.", widths=[1, 4])
        return {**table._repr_mimebundle_(), provenance.MIME: self.record.to_json()}


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
