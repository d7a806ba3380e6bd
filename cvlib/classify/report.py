"""The chapter's own tables as texts; what other chapters show too is in ``cvlib.training.report``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cvlib.classify.benchmark import MEAN, above_constant, behind_best, by_threshold, constant, scores
from cvlib.classify.plan import FAMILIES, LIGHT, family_of, models, title
from cvlib.classify.scoring import PAPER, Scored
from cvlib.classify.study import Study
from cvlib.defects import CLASSES
from cvlib.measure.labels import MEASURES, combinations
from cvlib.papers import claim
from cvlib.training.report import TUNED, behind, in_digits

HEADS = {"precision": "precision", "recall": "recall", "f1": "F1", "accuracy": "accuracy"}
"""Of Table 4's columns."""


def remarks(study: Study) -> list[str]:
    """What a reader of a study's numbers must know, a sentence each."""
    told = [f"Profile {study.profile.label(study.profile_name)}; {study.data.title}."]
    if study.profile_name != "paper":
        pairs = ", ".join(f"{ours} for {theirs}" for theirs, ours in LIGHT.items() if ours != theirs)
        told.append(f"Light networks stand in: {pairs}. These are not the paper's numbers.")
    told.append("The paper states neither the networks' sizes nor their weights, input or split: ours.")
    weights = study.profile.weights
    if weights != "imagenet":
        start = "random weights" if weights == "random" else "ImageNet weights where they can be had"
        told.append(f"Networks start from {start}.")
    if study.profile_name == "quick":
        told.append(TUNED)
    if study.data.origin == "simulated":
        told.append("The images are simulated; nothing here can be compared with a published score.")
    return told


def table4(tests: Mapping[str, Scored], defect: str, seed: int = 0) -> pd.DataFrame:
    """Table 4 for one class: each model of this run, and below it the published row."""
    found = {measure: scores(tests, measure, seed) for measure in MEASURES}
    one = next(iter(tests.values()))
    why = "nothing predicted" if one.truth[:, CLASSES.index(defect)].any() else "absent"
    always = {HEADS[each]: in_digits(constant(one, each, seed)[defect]) for each in MEASURES}
    rows = []
    for model in tests:
        row = {HEADS[measure]: in_digits(found[measure][model][defect], why) for measure in MEASURES}
        rows.append({"model": title(model), **row})
        if family_of(model) and defect in PAPER:
            rows.append(_published(family_of(model), defect))
    rows.append({"model": "always yes", **always})
    return pd.DataFrame(rows)


def _published(family: str, defect: str) -> dict[str, str]:
    published = {measure: claim(f"p1.table4.{family}.{defect}.{measure}") for measure in MEASURES}
    row = {HEADS[measure]: each.printed for measure, each in published.items()}
    return {"model": f"published: {published['f1'].row}", **row}


def overall(tests: Mapping[str, Scored], profile: str, seed: int = 0) -> pd.DataFrame:
    """Macro F1 of all models, how far each is behind the best, and above always saying yes."""
    found, gaps, above = scores(tests, "f1", seed), behind_best(tests, seed), above_constant(tests, seed)
    stand_ins, published = models(profile), {}
    for family in FAMILIES:
        values = [claim(f"p1.table4.{family}.{defect}.f1").value for defect in PAPER]
        published[family] = f"{np.mean(values):.3f}"
    rows = []
    for model in tests:
        row = {
            "model": title(model),
            "stands for": stand_ins.get(model, "not in the paper"),
            "macro F1 [95 %]": in_digits(found[model][MEAN]),
            "behind the best": behind(gaps[model]) if model in gaps else "the best",
            "above always yes": in_digits(above[model]),
            "published": published.get(family_of(model), "none"),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def thresholds(tested: Scored, class_titles: Mapping[str, str]) -> pd.DataFrame:
    """F1 of the same probabilities with thresholds chosen in different ways."""
    table = by_threshold(tested).map(lambda value: "absent" if pd.isna(value) else f"{value:.3f}")
    heads = {**class_titles, MEAN: "macro F1"}
    return table.rename(columns=heads).rename_axis("threshold chosen as").reset_index()


def combined(tested: Scored, class_titles: Mapping[str, str]) -> pd.DataFrame:
    """Each combination of classes that test images show, and what is predicted for it."""

    def named(classes: Sequence[int] | None) -> str:
        if classes is None:
            return "-"
        return " + ".join(class_titles[CLASSES[each]] for each in classes) or "none"

    return pd.DataFrame(
        [
            {
                "shown": named(each.classes),
                "images": str(each.images),
                "predicted exactly": f"{each.exact} ({each.exact / each.images:.0%})",
                "most often instead": named(each.instead),
            }
            for each in combinations(tested.predicted, tested.truth)
        ]
    )


def answer(tested: Scored, place: int, class_titles: Mapping[str, str]) -> str:
    """What the test image at a place shows, and what was predicted, in two lines."""

    def named(shown: np.ndarray) -> str:
        return " + ".join(class_titles[name] for name, yes in zip(CLASSES, shown, strict=True) if yes)

    return (
        f"shows {named(tested.truth[place]) or 'none'}\npredicted {named(tested.predicted[place]) or 'none'}"
    )
