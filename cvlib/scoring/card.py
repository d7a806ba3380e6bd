"""What scoring comes to: scores with intervals beside published rows, the convention named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cvlib.measure.intervals import Interval
from cvlib.papers import claim
from cvlib.training.report import in_digits
from cvlib.verdict import Measured, Verdict, verdict

OURS = "these predictions"


@dataclass(frozen=True)
class Published:
    """A published row.

    Attributes
    ----------
    row
        As the paper calls it.
    claims
        Claim ids by the name of the measure; measures that the row does not print are left out.
    unlike
        Why it cannot be compared with what was measured; empty where it can.
    """

    row: str
    claims: Mapping[str, str]
    unlike: str

    def printed(self, measure: str) -> str:
        """The number as printed, or why there is none."""
        if measure not in self.claims:
            return "-"
        own = claim(self.claims[measure])
        return own.printed if own.in_source else "not in the source"

    def verdicts(self, scores: Mapping[str, Interval], of: str) -> dict[str, Verdict]:
        """By measure, the verdict of the one rule, see :func:`cvlib.verdict.verdict`."""
        return {
            measure: verdict(claim(id), measured=Measured(scores[measure], of, self.unlike))
            for measure, id in self.claims.items()
        }


@dataclass(frozen=True)
class Section:
    """Scores of one thing, such as a class, and the published rows about it.

    Attributes
    ----------
    title
        What is scored.
    scores
        Intervals by measure, in the order of the columns.
    published
        Rows of the paper.
    others
        Further rows scored on the same images, such as always saying yes.
    """

    title: str
    scores: Mapping[str, Interval]
    published: Sequence[Published] = ()
    others: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)

    def measured(self, name: str) -> list[tuple[str, str, Mapping[str, Interval]]]:
        """Source, row and scores of all that was scored here; these predictions, so called, come first."""
        others = [("the same images", row, scores) for row, scores in self.others.items()]
        return [(OURS, name, self.scores), *others]


@dataclass(frozen=True, kw_only=True)
class Card:
    """Scores of a set of predictions.

    Attributes
    ----------
    task, table
        Such as ``detection``, and the table of the paper that is laid out.
    name
        How the row is called.
    convention
        How the scores are made, in a sentence or two.
    images
        Which images were scored, in words.
    remarks
        What a reader must know, a sentence each.
    sections
        The scores.
    provenance
        What they were made from, plain values.
    """

    task: str
    table: str
    name: str
    convention: str
    images: str
    remarks: Sequence[str]
    sections: Sequence[Section]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """The table as texts: a row for these predictions, and below it the published ones."""
        rows = []
        for section in self.sections:
            for source, row, scores in section.measured(self.name):
                own = {measure: in_digits(each, "undefined") for measure, each in scores.items()}
                title = section.title if source == OURS else ""
                rows.append({"scored": title, "row": row, **own, "verdict": ""})
            for each in section.published:
                printed = {measure: each.printed(measure) for measure in section.scores}
                told = _in_words(each.verdicts(section.scores, self.name), each.unlike)
                rows.append({"scored": "", "row": f"published: {each.row}", **printed, "verdict": told})
        return pd.DataFrame(rows).fillna("-")

    def tidy(self) -> pd.DataFrame:
        """One line per number: section, row, measure and value; of our own bounds, convention and images.

        Published ones have a verdict and the id of their claim.
        """
        rows: list[dict[str, Any]] = []
        for section in self.sections:
            for source, row, scores in section.measured(self.name):
                for measure, (value, low, high) in scores.items():
                    about = {"scored": section.title, "row": row, "source": source, "measure": measure}
                    how = {"convention": self.convention, "images": self.images}
                    rows.append(about | {"value": value, "low": low, "high": high} | how)
            for each in section.published:
                for measure, told in each.verdicts(section.scores, self.name).items():
                    own = claim(each.claims[measure])
                    about = {
                        "scored": section.title,
                        "row": each.row,
                        "source": "published",
                        "measure": measure,
                    }
                    printed = {"value": own.value if own.in_source else None, "verdict": told}
                    rows.append(about | printed | {"claim": own.id, "unlike": each.unlike})
        heads = ["scored", "row", "source", "measure", "value", "low", "high", "verdict", "unlike", "claim"]
        heads += ["convention", "images"]
        return pd.DataFrame(rows).reindex(columns=heads)


def _in_words(verdicts: Mapping[str, Verdict], unlike: str) -> str:
    """One verdict where all agree, else each with its measures.

    >>> _in_words({"mAP@.5": "not comparable", "recall": "not comparable"}, "simulated data")
    'not comparable: simulated data'
    >>> _in_words({"mAP@.5": "reproduced", "recall": "differs"}, "")
    'mAP@.5 reproduced; recall differs'
    """
    found: dict[str, list[str]] = {}
    for measure, each in verdicts.items():
        why = f": {unlike}" if each == "not comparable" and unlike else ""
        found.setdefault(each + why, []).append(measure)
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{', '.join(measures)} {each}" for each, measures in found.items())
