"""Table 1 of paper 1 as data: the defect data sets of other industries, and what the text says of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from cvlib.papers.claims import Claim

Industry = Literal["Construction", "Electronics", "Road Pavement", "Steel", "Wood"]
Task = Literal["Classification", "Object detection", "Segmentation"]
Reading = Literal["product", "sum", "more than"]


class Statement(BaseModel):
    """What the paper's prose says of a size: claims, and how they are read together."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    reading: Reading
    claims: Annotated[list[str], Field(min_length=1)]

    def said(self, ledger: Mapping[str, Claim]) -> str:
        """What the prose says, by the claims of a ledger."""
        printed = [ledger[id].printed for id in self.claims]
        joint = " x " if self.reading == "product" else " + "
        return f"more than {printed[0]}" if self.reading == "more than" else joint.join(printed)

    def holds(self, images: float, ledger: Mapping[str, Claim]) -> bool:
        """Whether a data set of so many images is what the prose says."""
        values = [ledger[id].value for id in self.claims]
        if self.reading == "more than":
            return images > values[0]
        return images == (math.prod(values) if self.reading == "product" else sum(values))


class RelatedDataset(BaseModel):
    """One row of Table 1.

    Attributes
    ----------
    name, industry, material, size, resolution, tasks
        As printed.
    slug
        Stands for the name in the ids of claims: ``p1.table1.SLUG.size``.
    reference
        Number in the paper's list of references.
    text
        What the paper's prose says of the same size, where it does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    slug: str
    reference: int
    industry: Industry
    material: str
    size: Annotated[str, Field(pattern=r"^\d+$")]
    resolution: Annotated[str, Field(pattern=r"^\d+ ?x ?~?\d+$")]
    tasks: list[Task]
    text: Statement | None = None

    @property
    def images(self) -> int:
        """Number of images by Table 1."""
        return int(self.size)

    @property
    def pixels(self) -> int:
        """Pixels of one image by Table 1; of an approximate side, the number given."""
        first, second = map(int, re.findall(r"\d+", self.resolution))
        return first * second


@cache
def related_datasets() -> list[RelatedDataset]:
    """The rows of Table 1 in the order of the paper.

    >>> from cvlib.papers import claims
    >>> [row.name for row in related_datasets() if row.text and not row.text.holds(row.images, claims())]
    ['NEU', 'Pavel et al.']
    """
    entries = yaml.safe_load((resources.files(__package__) / "related_datasets.yaml").read_text("utf-8"))
    return [RelatedDataset.model_validate(entry) for entry in entries]
