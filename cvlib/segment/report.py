"""The chapter's own tables as texts; what other chapters show too is in ``cvlib.training.report``."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cvlib.segment.benchmark import MEAN, behind_best, scores
from cvlib.segment.plan import ENCODERS, models, title
from cvlib.segment.scoring import Scored
from cvlib.segment.study import Study
from cvlib.training.report import TUNED, behind, in_digits


def remarks(study: Study) -> list[str]:
    """What a reader of a study's numbers must know, a sentence each."""
    told = [f"Profile {study.profile.label(study.profile_name)}; {study.data.title}."]
    if study.profile_name != "paper":
        pairs = " and ".join(f"{ours} for {theirs}" for theirs, ours in ENCODERS.items())
        told.append(f"Light encoders stand in for the paper's: {pairs}. These are not the paper's numbers.")
    weights = study.profile.weights
    if weights != "imagenet":
        start = "random weights" if weights == "random" else "ImageNet weights where they can be had"
        told.append(f"Encoders start from {start}; the paper's start from ImageNet.")
    if study.profile_name == "quick":
        told.append(TUNED)
    if study.data.origin == "simulated":
        told.append("The images are simulated; nothing here can be compared with a published score.")
    return told


def overall(tests: Mapping[str, Scored], profile: str, seed: int = 0) -> pd.DataFrame:
    """Mean scores of all models, and how far each is behind the best."""
    stand_ins = models(profile)
    dice, iou = scores(tests, "dice", seed), scores(tests, "iou", seed)
    gaps = behind_best(tests, "dice", seed)
    rows = []
    for model in tests:
        row = {
            "model": title(model),
            "in the paper": title(stand_ins[model]) if model in stand_ins else "not in it",
            "mean Dice [95 %]": in_digits(dice[model][MEAN]),
            "mean IoU [95 %]": in_digits(iou[model][MEAN]),
            "behind the best [95 %]": behind(gaps[model]) if model in gaps else "the best",
            "published": "not in the source" if model in stand_ins else "none",
        }
        rows.append(row)
    return pd.DataFrame(rows)
