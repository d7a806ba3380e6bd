"""What paper 1 says in words, against its own tables and definitions."""

from __future__ import annotations

import re
from fractions import Fraction

from cvlib.audit.bounds import Bounds
from cvlib.audit.check import Check, Ledger
from cvlib.audit.notebook import iou_of

COUNTING = ("none", "one", "two", "three", "four", "five")
"""Numbers as words, by value."""


def checks(ledger: Ledger) -> list[Check]:
    """All checks of statements."""
    cells = [id.removeprefix("p1.table4.").split(".") for id in ledger if id.startswith("p1.table4.")]
    networks = {network: f"p1.table4.{network}.{defect}.{measure}" for network, defect, measure in cells}
    measures = {measure: f"p1.table4.{network}.{defect}.{measure}" for network, defect, measure in cells}
    return [
        _sum(ledger),
        _number(ledger, "models", "networks", tuple(networks.values())),
        _number(ledger, "metrics", "measures", tuple(measures.values())),
        _iou(ledger),
    ]


def said_number(says: str) -> int:
    """The first number that a statement has in words.

    ValueError if there is none.

    >>> said_number("two models, of which three are named")
    2
    """
    for word in re.findall("[a-z]+", says.lower()):
        if word in COUNTING:
            return COUNTING.index(word)
    raise ValueError(f"expected one of {', '.join(COUNTING)} in {says!r}")


def _sum(ledger: Ledger) -> Check:
    limit = ledger["p1.eq6.limit"]
    index, to = re.findall(r"from (\w) = 1 to (\w)", limit.says or "")[0]
    outcome = "which is no sum over all classes" if index == to else "as a sum over all classes does"
    return Check(
        id="statements.eq6",
        about="upper limit of eq. 6",
        theorem="same-thing-twice",
        judged=(limit.id,),
        given=(),
        holds=index != to,
        found=f"The sum of eq. 6 runs over {index} from 1 to {to}, {outcome}.",
    )


def _number(ledger: Ledger, what: str, in_words: str, named: tuple[str, ...]) -> Check:
    statement = ledger[f"p1.text.classification.{what}"]
    said = said_number(statement.says or "")
    return Check(
        id=f"statements.{what}",
        about=f"number of {what} of the classification",
        theorem="same-thing-twice",
        judged=(statement.id,),
        given=named,
        holds=said == len(named),
        found=f"The text says {COUNTING[said]} {what}; Table 4 has {COUNTING[len(named)]} {in_words}.",
    )


def _iou(ledger: Ledger) -> Check:
    statement = ledger["p1.text.iou"]
    dices = [Bounds.exactly(Fraction(step, 100)) for step in range(1, 101)]
    return Check(
        id="statements.iou",
        about="IoU and false positives",
        theorem="dice-and-iou",
        judged=(statement.id,),
        given=(),
        holds=all(iou_of(dice).can_be_at_most(dice) for dice in dices),
        found="IoU is D / (2 - D) of the Dice D, so 1 - IoU is at least 1 - D, for false positives and "
        "misses alike; both put predictions in the same order.",
    )
