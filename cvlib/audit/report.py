"""Tables of the chapter on the audit, as texts."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import pandas as pd

from cvlib.audit.bounds import Bounds
from cvlib.audit.check import Check
from cvlib.audit.classification import Row, accuracy_at
from cvlib.audit.electrode import COLUMNS, SETTINGS, Labelling, Shares, least_keypoints, least_ratio
from cvlib.audit.theorems import THEOREMS


def yes(holds: bool) -> str:
    """Whether something holds, in a word.

    >>> yes(True), yes(False)
    ('yes', 'no')
    """
    return "yes" if holds else "no"


def results(checks: Sequence[Check], *beginnings: str) -> pd.DataFrame:
    """What the checks found whose ids begin with one of these."""
    shown = [check for check in checks if check.id.startswith(beginnings)]
    return pd.DataFrame(
        {
            "about": [check.about for check in shown],
            "printed numbers": [check.found for check in shown],
            "agree": [yes(check.holds) for check in shown],
        }
    )


def shares(rows: Sequence[Row]) -> pd.DataFrame:
    """Share of positives that each row of Table 4 implies, beside the stated one."""
    return pd.DataFrame(
        [
            {
                "row": row.about,
                "precision, recall, accuracy": ", ".join(
                    each.printed for each in (row.precision, row.recall, row.accuracy)
                ),
                "implied share": f"{100 * row.implied:.2f} %",
                "stated share": f"{row.share.printed} %",
                "of a random fifth": f"{100 * row.test:.1f} %",
                "accuracy at the stated share": f"{_expected(row).middle:.3f}",
            }
            for row in rows
        ]
    )


def means(rows: Sequence[Row]) -> pd.DataFrame:
    """What the rows of Table 4 can be if they are means: F1 and accuracy at most, beside the printed ones."""
    frame = []
    for row in rows:
        possible = Bounds.of(row.accuracy).can_be_at_most(row.most_accurate)
        frame.append(
            {
                "row": row.about,
                "F1 by precision and recall": f"{row.harmonic:.5f}",
                "F1": row.f1.printed,
                "agree": yes(row.harmonic.overlaps(Bounds.of(row.f1))),
                "accuracy at most": f"{float(row.most_accurate.high):.4f}",
                "accuracy": row.accuracy.printed,
                "possible": yes(possible),
            }
        )
    return pd.DataFrame(frame)


def labelled(found: Sequence[Labelling]) -> pd.DataFrame:
    """What each printed column would have to be, a row for each labelling."""
    return pd.DataFrame(
        [
            {f"column {title}": COLUMNS[each.moved.get(column, column)] for column, title in COLUMNS.items()}
            for each in found
        ]
    )


def keypoints(shares: Shares) -> pd.DataFrame:
    """What PCK1.0 and PCS1.0 need of the numbers of keypoints, as labelled and exchanged."""
    frame = []
    for setting, row in shares.items():
        high, low = row["pcs1"], row["pck1"]
        frame.append(
            {
                "setting": SETTINGS[setting],
                "PCK1.0": f"{low.middle:.3f}",
                "PCS1.0": f"{high.middle:.3f}",
                "as labelled: keypoints of wrong samples, to those of right ones": (
                    f"{float(least_ratio(pck=low, pcs=high)):.1f} times or more"
                ),
                "exchanged: keypoints per sample": f"{ceil(least_keypoints(pck=high, pcs=low))} or more",
            }
        )
    return pd.DataFrame(frame)


def summary(checks: Sequence[Check]) -> pd.DataFrame:
    """How many checks hold and how many do not, a row for each theorem that is applied."""
    frame = []
    for label, theorem in THEOREMS.items():
        own = [check.holds for check in checks if check.theorem == label]
        if own:
            frame.append(
                {
                    "theorem": theorem.says,
                    "assumes": theorem.assumes,
                    "hold": str(sum(own)),
                    "do not": str(len(own) - sum(own)),
                }
            )
    return pd.DataFrame(frame)


def _expected(row: Row) -> Bounds:
    return accuracy_at(Bounds.of(row.precision), Bounds.of(row.recall), row.stated)
