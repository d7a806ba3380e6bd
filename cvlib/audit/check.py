"""One check of printed numbers against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cvlib.audit.theorems import THEOREMS
from cvlib.papers import Claim

Ledger = Mapping[str, Claim]
"""Claims by id, as ``cvlib.papers.claims()`` has them."""


@dataclass(frozen=True)
class Check:
    """What a theorem says of some printed numbers.

    Attributes
    ----------
    id
        Family, theorem and what it is about: ``table4.share.resnet.pinhole``.
    about
        The same in words: ``Table 4, ResNet, pinhole``.
    theorem
        A key of ``cvlib.audit.theorems.THEOREMS``, and of the theorem in the chapter.
    judged
        Ids of the claims whose verdict this bears on.
    given
        Ids of the claims it takes as they are printed.
    holds
        Whether some numbers that round to the printed ones are as the theorem says.
    found
        What the printed numbers imply and what is printed, a sentence.

    Raises
    ------
    ValueError
        If the theorem is unknown.
    """

    id: str
    about: str
    theorem: str
    judged: tuple[str, ...]
    given: tuple[str, ...]
    holds: bool
    found: str

    def __post_init__(self) -> None:
        if self.theorem not in THEOREMS:
            raise ValueError(f"{self.id}: no theorem {self.theorem!r}; known: {', '.join(THEOREMS)}")
