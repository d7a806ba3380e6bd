"""The chapter's tables as texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cvlib import profiles
from cvlib.defects import CLASSES
from cvlib.measure.intervals import Interval
from cvlib.profiles import SEGMENTATION, Segmentation
from cvlib.runs import Run
from cvlib.segment.benchmark import MEAN, behind_best, scores
from cvlib.segment.plan import ENCODERS, models, title
from cvlib.segment.scoring import Scored
from cvlib.segment.study import Study


def in_digits(interval: Interval) -> str:
    """A score with its interval.

    >>> in_digits(Interval(0.8123, 0.79, 0.83)), in_digits(Interval(0.5, np.nan, np.nan))
    ('0.812 [0.79, 0.83]', '0.500 [no interval]')
    >>> in_digits(Interval(np.nan, np.nan, np.nan))
    'absent'
    """
    value, low, high = interval
    if np.isnan(value):
        return "absent"
    return f"{value:.3f} " + ("[no interval]" if np.isnan(low) else f"[{low:.2f}, {high:.2f}]")


def plain(score: float) -> str:
    """A score in a sentence.

    >>> plain(0.8123), plain(np.nan)
    ('0.81', 'absent')
    """
    return "absent" if np.isnan(score) else f"{score:.2f}"


def remarks(study: Study) -> list[str]:
    """What a reader of a study's numbers must know, a sentence each."""
    told = [f"Profile {profiles.label(study.profile_name, study.profile)}; {study.data.title}."]
    if study.profile_name != "paper":
        pairs = " and ".join(f"{ours} for {theirs}" for theirs, ours in ENCODERS.items())
        told.append(f"Light encoders stand in for the paper's: {pairs}. These are not the paper's numbers.")
    weights = study.profile.weights
    if weights != "imagenet":
        start = "random weights" if weights == "random" else "ImageNet weights where they can be had"
        told.append(f"Encoders start from {start}; the paper's start from ImageNet.")
    if study.data.origin == "simulated":
        told.append("The images are simulated; nothing here can be compared with a published score.")
    return told


def settings(profile: Segmentation) -> pd.DataFrame:
    """What these runs are trained with, beside the authors' notebook."""
    here, theirs = profile.model_dump(), SEGMENTATION["paper"].model_dump()
    rows = [
        {
            "setting": field,
            "here": str(here[field]),
            "authors": str(theirs[field]),
            "meaning": each.description,
        }
        for field, each in Segmentation.model_fields.items()
    ]
    return pd.DataFrame(rows)


def overall(tests: Mapping[str, Scored], profile: str, seed: int = 0) -> pd.DataFrame:
    """Mean scores of all models, and how far each is behind the best."""
    stand_ins = models(profile)
    dice, iou, gaps = (
        scores(tests, "dice", seed),
        scores(tests, "iou", seed),
        behind_best(tests, "dice", seed),
    )
    rows = []
    for model in tests:
        row = {
            "model": title(model),
            "in the paper": title(stand_ins[model]) if model in stand_ins else "not in it",
            "mean Dice [95 %]": in_digits(dice[model][MEAN]),
            "mean IoU [95 %]": in_digits(iou[model][MEAN]),
            "behind the best [95 %]": _gap(gaps[model]) if model in gaps else "the best",
            "published": "not in the source" if model in stand_ins else "none",
        }
        rows.append(row)
    return pd.DataFrame(rows)


def by_class(tests: Mapping[str, Scored], class_titles: Mapping[str, str], seed: int = 0) -> pd.DataFrame:
    """Dice of all models by class."""
    table = scores(tests, "dice", seed)
    rows = [
        {"model": title(model), **{class_titles[each]: in_digits(table[model][each]) for each in CLASSES}}
        for model in tests
    ]
    return pd.DataFrame(rows)


def by_split(tests: Mapping[tuple[str, str], Scored], seed: int = 0) -> pd.DataFrame:
    """Mean Dice by model and split."""
    rows: dict[str, dict[str, str]] = {}
    for (model, kind), tested in tests.items():
        mean = scores({model: tested}, "dice", seed)[model][MEAN]
        row = rows.setdefault(model, {"model": title(model)})
        row[f"{kind} split: Dice [95 %]"] = in_digits(mean)
    return pd.DataFrame([*rows.values()])


def by_seed(table: pd.DataFrame, class_titles: Mapping[str, str]) -> pd.DataFrame:
    """Dice by training seed, and from the lowest to the highest.

    Parameters
    ----------
    table
        As :func:`cvlib.segment.benchmark.spread` gives it.
    class_titles
        Of the classes.
    """
    named = table.rename(columns={**class_titles, MEAN: "mean of classes"})
    texts = named.map(lambda value: "absent" if np.isnan(value) else f"{value:.3f}")
    texts.insert(0, "seed", [str(seed) for seed in table.index])
    if len(table) < 2:
        return texts
    width = (named.max() - named.min()).map(lambda value: "-" if np.isnan(value) else f"{value:.3f}")
    return pd.concat([texts, pd.DataFrame([{"seed": "highest - lowest", **width}])], ignore_index=True)


def trained(runs: Sequence[Run]) -> pd.DataFrame:
    """Where each run comes from: what ``cvlib runs show`` tells more of."""
    rows = []
    for run in runs:
        settings, facts = run.settings, run.environment
        place = run.metrics.get("trained_on", {"device": "cpu"})
        row = {
            "run": run.id,
            "model": title(settings.model),
            "split, seed": f"{settings.split['kind']}, {settings.seed}",
            "from": str(run.metrics.get("start", "no weights")),
            "on": ", ".join(f"{each} {what}" for what, each in place.items()).replace(" device", ""),
            "took": f"{facts['wall_seconds']:.0f} s",
            "with": f"{facts['commit']}; PyTorch {settings.versions['torch']}",
        }
        rows.append(row)
    return pd.DataFrame(rows)


def stored(table: pd.DataFrame, class_titles: Mapping[str, str]) -> pd.DataFrame:
    """Stored Dice by model and class.

    Parameters
    ----------
    table
        As :func:`cvlib.results.segmentation` gives it.
    class_titles
        Of the classes in that data set.
    """
    heads = {**class_titles, MEAN: "mean of classes"}
    dice = table[table["measure"] == "dice"]
    rows = []
    for (model, profile), own in dice.groupby(["model", "profile"], sort=False):
        bounds = own.set_index("class")[["value", "low", "high"]].to_numpy(float)
        texts = [in_digits(Interval(*each)) for each in bounds.tolist()]
        names = [heads[each] for each in own["class"]]
        about = {"model": title(str(model)), "profile": str(profile)}
        rows.append(about | dict(zip(names, texts, strict=True)))
    return pd.DataFrame(rows)


def _gap(gap: Interval) -> str:
    low, high = -gap.high, -gap.low
    if np.isnan(low):
        return f"{-gap.value:.3f} [no interval]"
    return f"{-gap.value:.3f} [{low:.2f}, {high:.2f}]" + (" tie" if gap.tied else "")
