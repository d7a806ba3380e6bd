"""The chapter's tables as texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from cvlib import tasks
from cvlib.conventions.swing import ANY, Summary
from cvlib.runs import Run
from cvlib.training import report as common


def known(ways: Mapping[tuple[str, ...], str]) -> pd.DataFrame:
    """Who scores by which convention."""
    return pd.DataFrame([{"convention": ", ".join(way), "used by": who} for way, who in ways.items()])


def swings(found: Mapping[str, Summary], digits: int = 3) -> pd.DataFrame:
    """How far conventions move each score, beside how far models do.

    The last column says whether the median model moves more by convention than models differ under one.
    """
    rows = []
    for score, own in found.items():
        spread = own.swing.min(), own.swing.median(), own.swing.max()
        low, middle, high = (_shown(each, digits) for each in spread)
        rows.append(
            {
                "score": score,
                "models": str(len(own.default)),
                "conventions (different scores)": f"{own.conventions} ({own.different})",
                "between models, one convention": _shown(own.between_models, digits),
                "one model, all conventions": f"{middle} [{low}, {high}]",
                "pairs that change places": f"{len(own.swaps)} of {own.pairs}",
                "convention moves it more": "yes" if moves_more(own) else "no",
            }
        )
    return pd.DataFrame(rows)


def moves_more(own: Summary) -> bool:
    """Whether the median model moves more by convention than models differ under the default one."""
    return bool(own.swing.median() > own.between_models)


Choices = Mapping[str, tuple[Summary, Mapping[str, pd.DataFrame]]]
"""By score: its summary, and what :func:`cvlib.conventions.swing.one_at_a_time` gives."""


def alone(found: Choices) -> list[tuple[str, str]]:
    """Scores and choices of which one alone moves the median model more than models differ."""
    return [
        (score, choice)
        for score, (whole, by_choice) in found.items()
        for choice, own in by_choice.items()
        if own["swing"].median() > whole.between_models
    ]


def choices(found: Choices, digits: int = 3) -> pd.DataFrame:
    """Median swing over the models when one choice alone leaves the default."""
    rows = []
    for score, (whole, by_choice) in found.items():
        for choice, own in by_choice.items():
            median = float(own["swing"].median())
            rows.append(
                {
                    "score": score,
                    "choice": choice,
                    "moves the median model by": _shown(median, digits),
                    "between models": _shown(whole.between_models, digits),
                }
            )
    return pd.DataFrame(rows)


def swaps(found: Mapping[str, Summary], most: int = 4) -> pd.DataFrame:
    """The pairs of models that most conventions turn round, at most so many of each score."""
    rows = [
        {
            "score": score,
            "ahead by default": pair.ahead,
            "behind": pair.behind,
            "turned round by": f"{pair.share:.0%} of the conventions",
        }
        for score, own in found.items()
        for pair in own.swaps[:most]
    ]
    none = {"score": "any", "ahead by default": "-", "behind": "-", "turned round by": "no pair changes"}
    return pd.DataFrame(rows or [none])


def scores(wide: pd.DataFrame, digits: int = 3) -> pd.DataFrame:
    """Scores side by side: a column per choice that makes a difference, then one per model."""
    choices = wide.index.to_frame(index=False)
    shown = [name for name in choices.columns if set(choices[name]) != {ANY}]
    texts = wide.map(partial(_shown, digits=digits)).reset_index(drop=True)
    return pd.concat([choices[shown], texts], axis=1).rename_axis(columns=None)


def trained(runs: Sequence[Run]) -> pd.DataFrame:
    """Where the runs of all tasks come from."""
    parts = []
    for task in tasks.TASKS:
        own = [run for run in runs if run.settings.task == task]
        if own:
            table = common.trained(own, partial(tasks.title, task))
            table.insert(0, "task", task)
            parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _shown(value: float, digits: int) -> str:
    if pd.isna(value):
        return "-"
    return "∞" if value == float("inf") else f"{value:.{digits}f}"
