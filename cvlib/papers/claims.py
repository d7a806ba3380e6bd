"""The claims ledger: what the two papers print, by id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cvlib.errors import UserError

LEDGERS = ("coatingvision.yaml", "electrode.yaml")
"""Paper 1's and paper 2's; Table 1 of paper 1 is in ``related_datasets.yaml``."""

GROUNDS = (
    "annotation",
    "data set",
    "laboratory",
    "method",
    "other papers",
    "test images",
    "training run",
)
"""What a claim may rest on beside other claims."""

_NUMBER = re.compile(r"\d{1,3}(,\d{3})+|\d+(\.\d+)?")
_WHOLE = (
    "batches|channel|channels|class id|corner points|defect types|epochs|images|mask value|pinholes|px|"
    "samples|steps"
)
_SHARE = "1|image widths|image heights"
_QUANTITY = "%|1/x|m/min|min|mm|x|µm|°C"

Text = Annotated[str, Field(min_length=1)]


class Claim(BaseModel):
    """One thing a paper says: a number, or a statement in words; or what it refers to and our text lacks.

    Attributes
    ----------
    id
        Unique, starting with the paper's number: ``p1.images``.
    paper
        1 (the data set) or 2 (electrode localization).
    where, row, column
        Where it stands: a section, table or figure, and the place in a table.
    number
        The number as printed (``printed`` in the ledger), thousands separators included; None where the
        claim is a statement, or the text we have lacks it.
    says
        A statement, in our words.
    unit
        Of the number, ``1`` for a share or score.
    definition
        What the number counts or measures.
    rests_on
        What it depends on: ``GROUNDS``, or the ids of other claims.
    page
        The page of the book that recomputes or shows it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Text
    paper: Literal[1, 2]
    where: Text
    row: Text | None = None
    column: Text | None = None
    number: Annotated[Text | None, Field(alias="printed")] = None
    says: Text | None = None
    unit: Text | None = None
    definition: Text
    rests_on: Annotated[tuple[Text, ...], Field(min_length=1)]
    page: Text

    @model_validator(mode="after")
    def _number_or_words(self) -> Self:
        if self.says is not None:
            if self.number is not None or self.unit is not None:
                raise ValueError("a statement (says) has no number (printed) and no unit")
            return self
        if self.unit is None:
            raise ValueError("a number has a unit; 1 for a share or score")
        if not re.fullmatch(f"{_WHOLE}|{_SHARE}|{_QUANTITY}", self.unit):
            raise ValueError(f"unknown unit {self.unit!r}")
        if self.number is not None:
            self._fits_its_unit(self.number, self.unit)
        return self

    @staticmethod
    def _fits_its_unit(printed: str, unit: str) -> None:
        if not _NUMBER.fullmatch(printed):
            raise ValueError(f"printed {printed!r} is not a number such as 1,947 or 0.43")
        if re.fullmatch(_WHOLE, unit) and "." in printed:
            raise ValueError(f"printed {printed!r} is not a whole number of {unit}")
        if re.fullmatch(_SHARE, unit) and float(printed.replace(",", "")) > 1:
            raise ValueError(f"printed {printed!r} is above 1, the most with the unit {unit!r}")

    @property
    def place(self) -> str:
        """Where it stands, in one text."""
        return ", ".join(each for each in (self.where, self.row, self.column) if each)

    @property
    def text(self) -> str:
        """What it says, in a few words.

        >>> claim("p1.speed").text, claim("p2.settings.radius").text
        ('0.5 m/min', 'not in the text we have')
        """
        if self.number is not None:
            return self.number if self.unit == "1" else f"{self.number} {self.unit}"
        return self.says or "not in the text we have"

    @property
    def in_source(self) -> bool:
        """Whether the text we have holds it."""
        return self.number is not None or self.says is not None

    @property
    def printed(self) -> str:
        """The number as printed.

        Raises
        ------
        UserError
            If the claim prints none.
        """
        if self.number is None:
            raise UserError(f"claim {self.id!r} prints no number; take one that does from cvlib/papers")
        return self.number

    @property
    def value(self) -> float:
        """The number itself; raises as ``printed`` does."""
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
        If an entry lacks a field, has an unknown or unreadable one, an id stands twice, or what an entry
        rests on is unknown.
    """
    ledger: dict[str, Claim] = {}
    for name in LEDGERS:
        paper = _load(name)
        entries = [_common(section) | each for section in paper["sections"] for each in section["claims"]]
        for id, read in read_claims(paper["paper"], entries).items():
            ledger[id] = _new(read, ledger)
    ledger |= read_claims(1, [each for row in _load("related_datasets.yaml") for each in _of_table_1(row)])
    return refuse_unknown_grounds(dict(sorted(ledger.items(), key=lambda item: item[1].paper)))


def read_claims(paper: int, entries: list[dict[str, Any]]) -> dict[str, Claim]:
    """Check the entries of one paper and key them by id; raises as :func:`claims` does."""
    ledger: dict[str, Claim] = {}
    for entry in ({"paper": paper} | each for each in entries):
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
        try:
            read = Claim.model_validate(given)
        except ValidationError as error:
            fault = error.errors()[0]
            field, what = ".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, ")
            told = f"{field}: {what}" if field else what
            raise UserError(
                f"claim {entry.get('id', entry)!r}: {told}; mend the entry in cvlib/papers"
            ) from None
        ledger[read.id] = _new(read, ledger)
    return ledger


def refuse_unknown_grounds(ledger: dict[str, Claim]) -> dict[str, Claim]:
    """The same ledger, if all that its claims rest on is known; raises as :func:`claims` does."""
    for each in ledger.values():
        unknown = [ground for ground in each.rests_on if ground not in GROUNDS and ground not in ledger]
        if unknown:
            raise UserError(
                f"claim {each.id!r} rests on {unknown[0]!r}, which is no claim and none of "
                f"{', '.join(GROUNDS)}; mend the entry in cvlib/papers"
            )
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
        near = get_close_matches(id, ledger, n=3) or list(ledger)[:3]
        raise UserError(f"no claim has the id {id!r}; near ones in cvlib/papers: {', '.join(near)}")
    return ledger[id]


def _load(name: str) -> Any:
    return yaml.safe_load((resources.files(__package__) / name).read_text("utf-8"))


def _common(section: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in section.items() if name != "claims"}


def _new(read: Claim, ledger: Mapping[str, Claim]) -> Claim:
    if read.id in ledger:
        raise UserError(f"claim {read.id!r} stands twice; give each entry of cvlib/papers its own id")
    return read


def _of_table_1(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The claims of one row of Table 1 of paper 1: number of images, and both sides of an image."""
    common = {"where": "Table 1", "row": row["name"], "rests_on": ["other papers"], "page": "related-data"}
    sides = re.findall(r"\d+", row["resolution"])
    told = {"size": ("Size", row["size"], "images", f"images of {row['name']}")}
    for side, printed in zip(("first", "second"), sides, strict=True):
        told[f"{side}_side"] = ("Resolution", printed, "px", f"{side} side of an image, as printed")
    return [
        common
        | {
            "id": f"p1.table1.{row['slug']}.{name}",
            "column": f"{column}, {name.replace('_', ' ')}" if column == "Resolution" else column,
            "printed": printed,
            "unit": unit,
            "definition": definition,
        }
        for name, (column, printed, unit, definition) in told.items()
    ]
