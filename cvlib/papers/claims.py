"""The claims ledger: published numbers by id."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cvlib.errors import UserError

LEDGERS = ("coatingvision.yaml", "electrode.yaml")
"""Paper 1's and paper 2's."""

Text = Annotated[str, Field(min_length=1)]


class Claim(BaseModel):
    """One number printed in a paper.

    Attributes
    ----------
    id
        Unique, starting with the paper's number: ``p1.images``.
    paper
        1 (the data set) or 2 (electrode localization).
    place
        Where it is printed: a section, a table with row and column, a figure.
    printed
        The number as printed, thousands separators included.
    unit
        Its unit, ``1`` for a pure number.
    definition
        What the number counts or measures.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Text
    paper: Literal[1, 2]
    place: Text
    printed: Annotated[str, Field(pattern=r"^\d{1,3}(,\d{3})*(\.\d+)?$|^\d+(\.\d+)?$")]
    unit: Text
    definition: Text

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.printed.replace(",", ""))

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed digit: what rounding can hide.

        >>> claim("p1.pinhole.share").printed, claim("p1.pinhole.share").half_unit
        ('23.30', 0.005)
        """
        return 0.5 * 10.0 ** -len(self.printed.partition(".")[2])


@cache
def claims() -> dict[str, Claim]:
    """All claims by id, in the order of the papers.

    Raises
    ------
    UserError
        If an entry lacks a field, has an unknown or unreadable one, or an id stands twice.
    """
    ledger: dict[str, Claim] = {}
    for name in LEDGERS:
        paper = yaml.safe_load((resources.files(__package__) / name).read_text("utf-8"))
        ledger |= read_claims(paper["paper"], paper["claims"])
    return ledger


def read_claims(paper: int, entries: list[dict[str, object]]) -> dict[str, Claim]:
    """Check the entries of one paper and key them by id; raises as :func:`claims` does."""
    ledger: dict[str, Claim] = {}
    for entry in ({"paper": paper} | each for each in entries):
        try:
            read = Claim.model_validate(entry)
        except ValidationError as error:
            fault = error.errors()[0]
            field = ".".join(map(str, fault["loc"]))
            raise UserError(
                f"claim {entry.get('id', entry)!r}: {field}: {fault['msg']}; mend the entry in cvlib/papers"
            ) from None
        if read.id in ledger:
            raise UserError(f"claim {read.id!r} stands twice; give each entry of cvlib/papers its own id")
        ledger[read.id] = read
    return ledger


def claim(id: str) -> Claim:
    """The claim with that id.

    Raises
    ------
    UserError
        If there is none; the message names those that come closest.

    Examples
    --------
    >>> claim("p1.images").value
    2227.0
    """
    ledger = claims()
    if id not in ledger:
        near = get_close_matches(id, ledger, n=3) or list(ledger)
        raise UserError(f"no claim has the id {id!r}; near ones in cvlib/papers: {', '.join(near)}")
    return ledger[id]
