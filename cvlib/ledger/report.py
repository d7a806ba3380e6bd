"""Tables of the chapter on claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

from cvlib.audit.check import Check
from cvlib.audit.theorems import THEOREMS
from cvlib.ledger.entries import Entry, in_words
from cvlib.papers import claim
from cvlib.verdict import MEANINGS, VERDICTS, Measured


def counted(entries: Sequence[Entry]) -> pd.DataFrame:
    """How often each verdict is given, by paper, and what it means, as texts."""
    rows = []
    for verdict in VERDICTS:
        own = [claim(each.id).paper for each in entries if each.verdict == verdict]
        papers = {f"paper {paper}": str(own.count(paper)) for paper in (1, 2)}
        rows.append({"verdict": verdict} | papers | {"what it says": f"{MEANINGS[verdict]}."})
    return pd.DataFrame(rows)


def by_place(entries: Sequence[Entry]) -> pd.DataFrame:
    """How often each verdict is given by place in the papers.

    Returns
    -------
    pandas.DataFrame
        int: a row per place, in the order of the papers and named as figures have room for, a column per
        verdict of ``VERDICTS``.
    """
    table = pd.DataFrame(
        [(f"{claim(each.id).paper}: {_short(claim(each.id).where)}", each.verdict) for each in entries],
        columns=["place", "verdict"],
    )
    counts = pd.crosstab(table["place"], table["verdict"])
    return counts.reindex(index=table["place"].unique(), columns=list(VERDICTS), fill_value=0)


def _short(where: str) -> str:
    short = where.replace("Technical Validation", "Validation").replace("Literature Review, ", "")
    return short.replace("Defect Segmentation, eq. 1 and Figure 8", "eq. 1 and Figure 8")


def disagreements(checks: Sequence[Check]) -> pd.DataFrame:
    """The checks that do not hold, as texts, with a link to the theorem that each applies."""
    return pd.DataFrame(
        [
            {
                "about": each.about,
                "what follows": each.found,
                "because": f"{{ref}}`{THEOREMS[each.theorem].says} <theorem-{each.theorem}>`",
                "if": THEOREMS[each.theorem].assumes,
            }
            for each in checks
            if not each.holds
        ]
    )


def beside(found: Mapping[str, Measured]) -> pd.DataFrame:
    """What is printed beside what is measured here, as texts."""
    return pd.DataFrame(
        [
            {
                "claim": claim(id).place,
                "printed": claim(id).text,
                "here [95 %]": in_words(measured.interval),
                "of": measured.of,
                "comparable": f"no: {measured.unlike}" if measured.unlike else "yes",
            }
            for id, measured in found.items()
        ]
    )


def ledger(entries: Sequence[Entry], paper: Literal[1, 2]) -> pd.DataFrame:
    """Every claim of one paper with its verdict, as texts."""
    return pd.DataFrame(
        [
            {
                "claim": f'<span id="{anchor(each.id)}"></span>`{each.id}`',
                "says": claim(each.id).text,
                "where": claim(each.id).place,
                "of what": claim(each.id).definition,
                "verdict": each.verdict,
                "shown in": _page(each.id),
            }
            for each in entries
            if claim(each.id).paper == paper
        ]
    )


def anchor(id: str) -> str:
    """Where the chapter on claims has a claim.

    >>> anchor("p1.table3.yolo11.map50_95")
    'claim-p1-table3-yolo11-map50_95'
    """
    return f"claim-{id.replace('.', '-')}"


def _page(id: str) -> str:
    return f"{{doc}}`{claim(id).page}`"
