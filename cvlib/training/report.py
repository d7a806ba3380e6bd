"""Texts and tables that the chapters of all three benchmarks show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from cvlib.measure.intervals import Interval
from cvlib.profiles import Profile
from cvlib.runs import Run

TUNED = "We chose the settings of quick with an eye on scores of simulated test images; those flatter it."
"""What a reader of the scores of ``quick`` must know."""

Title = Callable[[str], str]
"""How pages call a model."""


def in_digits(interval: Interval, undefined: str = "absent") -> str:
    """A score with its interval; where there is none, why.

    >>> in_digits(Interval(0.8123, 0.79, 0.83)), in_digits(Interval(0.5, np.nan, np.nan))
    ('0.812 [0.79, 0.83]', '0.500 [no interval]')
    >>> in_digits(Interval(np.nan, np.nan, np.nan))
    'absent'
    """
    value, low, high = interval
    if np.isnan(value):
        return undefined
    return f"{value:.3f} " + ("[no interval]" if np.isnan(low) else f"[{low:.2f}, {high:.2f}]")


def behind(difference: Interval) -> str:
    """How far a model is behind the best, from its difference to it; a tie where they may be equal.

    >>> behind(Interval(-0.1, -0.2, -0.05)), behind(Interval(-0.1, -0.2, 0.05))
    ('0.100 [0.05, 0.20]', '0.100 [-0.05, 0.20] tie')
    >>> behind(Interval(0.0, float("nan"), float("nan")))
    '0.000 [no interval]'
    """
    value, low, high = 0 - difference.value, 0 - difference.high, 0 - difference.low  # 0 - 0.0 is not -0.0
    if np.isnan(low):
        return f"{value:.3f} [no interval]"
    return f"{value:.3f} [{low:.2f}, {high:.2f}]" + (" tie" if difference.tied else "")


def plain(score: float) -> str:
    """A score in a sentence.

    >>> plain(0.8123), plain(np.nan)
    ('0.81', 'absent')
    """
    return "absent" if np.isnan(score) else f"{score:.2f}"


def settings(profile: Profile, paper: str) -> pd.DataFrame:
    """What runs are trained with, beside the profile ``paper``.

    Parameters
    ----------
    profile
        Of the runs.
    paper
        Head of the column of the profile ``paper``: whose values these are.
    """
    here, theirs = profile.model_dump(), profile.find("paper").model_dump()
    return pd.DataFrame(
        [
            {
                "setting": field,
                "here": str(here[field]),
                paper: str(theirs[field]),
                "meaning": each.description,
            }
            for field, each in type(profile).model_fields.items()
        ]
    )


def by_class(
    scores: Mapping[str, Mapping[str, Interval]], title: Title, class_titles: Mapping[str, str]
) -> pd.DataFrame:
    """Scores of all models: a column per class, and per other name such as ``mean``.

    Parameters
    ----------
    scores
        By model, then by class, as the ``benchmark.scores`` of a task gives them.
    title, class_titles
        Of the models and of the classes.
    """
    return pd.DataFrame(
        [
            {"model": title(model)}
            | {class_titles.get(name, name): in_digits(interval) for name, interval in row.items()}
            for model, row in scores.items()
        ]
    )


def by_seed(table: pd.DataFrame, class_titles: Mapping[str, str]) -> pd.DataFrame:
    """Scores by training seed, and from the lowest to the highest.

    Parameters
    ----------
    table
        As the ``benchmark.spread`` of a task gives it: a row per seed, a column per class and ``mean``.
    class_titles
        Of the classes.
    """
    named = table.rename(columns={**class_titles, "mean": "mean of classes"})
    texts = named.map(lambda value: "absent" if np.isnan(value) else f"{value:.3f}")
    texts.insert(0, "seed", [str(seed) for seed in table.index])
    if len(table) < 2:
        return texts
    width = (named.max() - named.min()).map(lambda value: "-" if np.isnan(value) else f"{value:.3f}")
    return pd.concat([texts, pd.DataFrame([{"seed": "highest - lowest", **width}])], ignore_index=True)


def by_split(scores: Mapping[tuple[str, str], Interval], measure: str, title: Title) -> pd.DataFrame:
    """A score by model and split.

    Parameters
    ----------
    scores
        By model and kind of split.
    measure
        What the score is.
    title
        Of the models.
    """
    rows: dict[str, dict[str, str]] = {}
    for (model, kind), interval in scores.items():
        row = rows.setdefault(model, {"model": title(model)})
        row[f"{kind} split: {measure} [95 %]"] = in_digits(interval)
    return pd.DataFrame([*rows.values()])


def trained(runs: Sequence[Run], title: Title) -> pd.DataFrame:
    """Where each run comes from: what ``cvlib runs show`` tells more of."""
    rows = []
    for run in runs:
        settings, facts = run.settings, run.environment
        place = run.metrics.get("trained_on", {"device": "cpu"})
        libraries = ("torch", "PyTorch"), ("scikit-learn", "scikit-learn"), ("numpy", "NumPy")
        package, name = next(pair for pair in libraries if pair[0] in settings.versions)
        row = {
            "run": run.id,
            "model": title(settings.model),
            "split, seed": f"{settings.split['kind']}, {settings.seed}",
            "from": str(run.metrics.get("start", "no weights")),
            "on": ", ".join(f"{each} {what}" for what, each in place.items()).replace(" device", ""),
            "took": f"{facts['wall_seconds']:.0f} s",
            "with": f"{facts['commit']}; {name} {settings.versions[package]}",
        }
        rows.append(row)
    return pd.DataFrame(rows)


def stored(table: pd.DataFrame, measure: str, title: Title, class_titles: Mapping[str, str]) -> pd.DataFrame:
    """Stored scores by model and class.

    Parameters
    ----------
    table
        As :func:`cvlib.results.scores` gives it.
    measure
        Which of its measures.
    title, class_titles
        Of the models, and of the classes in that data set.
    """
    heads = {**class_titles, "mean": "mean of classes"}
    rows = []
    for (model, profile), own in table[table["measure"] == measure].groupby(["model", "profile"], sort=False):
        bounds = own.set_index("class")[["value", "low", "high"]].to_numpy(float)
        texts = [in_digits(Interval(*each)) for each in bounds.tolist()]
        names = [heads.get(each, each) for each in own["class"]]
        about = {"model": title(str(model)), "profile": str(profile)}
        rows.append(about | dict(zip(names, texts, strict=True)))
    return pd.DataFrame(rows)
