"""The chapter's own tables as texts; what other chapters show too is in ``cvlib.training.report``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cvlib.defects import DETECTION_CLASSES
from cvlib.detect.benchmark import (
    MEAN,
    MEASURES,
    THRESHOLDS,
    behind_best,
    by_operating_point,
    by_rule,
    scores,
)
from cvlib.detect.plan import CLASSICAL, LIGHT, models, title
from cvlib.detect.scoring import Scored
from cvlib.detect.study import Study
from cvlib.papers import claim
from cvlib.training.report import TUNED, behind, in_digits

HEADS = {"map50": "mAP@.5", "map50_95": "mAP@[.5:.95]", "precision": "precision", "recall": "recall"}
"""Of Table 3's columns."""

PUBLISHED = {"yolo11m": ("yolo11", "YOLOv11"), "fasterrcnn-resnet50": ("faster_rcnn", "Faster-RCNN")}
"""Of each model in the profile ``paper``: how its claims and the paper's Table 3 call it."""


def remarks(study: Study) -> list[str]:
    """What a reader of a study's numbers must know, a sentence each."""
    told = [f"Profile {study.profile.label(study.profile_name)}; {study.data.title}."]
    if study.profile_name != "paper":
        pairs = " and ".join(f"{title(ours)} for {title(theirs)}" for theirs, ours in LIGHT.items())
        told.append(f"Light networks stand in: {pairs}. These are not the paper's numbers.")
    told.append("The paper states neither YOLO's scale nor Faster R-CNN's backbone, weights or split: ours.")
    weights = study.profile.weights
    if weights != "coco":
        start = "random weights" if weights == "random" else "COCO's weights where they can be had"
        told.append(f"Networks start from {start}.")
    if study.profile_name == "quick":
        told.append(TUNED)
    if not study.can_make(CLASSICAL):
        told.append("The data have boxes and no masks: thresholding, which is fitted to masks, is left out.")
    if study.data.origin == "simulated":
        told.append("The images are simulated; nothing here can be compared with a published score.")
    return told


def parts(study: Study) -> pd.DataFrame:
    """Images of each part of the group-disjoint split, how many have no box, and how many boxes there are."""
    rows = []
    for part, positions in study.positions("groups").items():
        classes = [study.boxes[at][:, 0].astype(int) for at in positions]
        boxes = np.bincount(np.concatenate(classes), minlength=len(DETECTION_CLASSES))
        empty = sum(not len(each) for each in classes)
        row = {"part": part, "images": f"{len(positions):,}", "without any box": f"{empty:,}"}
        heads = [f"boxes: {study.data.class_titles[each]}" for each in DETECTION_CLASSES]
        rows.append(row | {head: f"{count:,}" for head, count in zip(heads, boxes, strict=True)})
    return pd.DataFrame(rows)


def table3(tests: Mapping[str, Scored], profile: str, seed: int = 0) -> pd.DataFrame:
    """The paper's Table 3 in its own layout: each model of this run, and below it the published row."""
    found = {measure: scores(tests, measure, seed) for measure in MEASURES}
    gaps, stand_ins = behind_best(tests, seed), models(profile)
    rows = []
    for model in tests:
        row = {"model": title(model)}
        row |= {
            HEADS[measure]: in_digits(found[measure][model][MEAN], "none detected") for measure in MEASURES
        }
        rows.append(row | {"behind the best": behind(gaps[model]) if model in gaps else "the best"})
        if model != CLASSICAL:
            rows.append(_published(*PUBLISHED[stand_ins.get(model, model)]))
    return pd.DataFrame(rows)


def _published(name: str, printed: str) -> dict[str, str]:
    row = {"model": f"published: {printed}"}
    row |= {HEADS[measure]: claim(f"p1.table3.{name}.{measure}").printed for measure in MEASURES}
    return row | {"behind the best": "other images"}


def rules(tests: Mapping[str, Scored]) -> pd.DataFrame:
    """Mean average precision by the rule for the area under the curve."""
    table = by_rule(tests).map(lambda value: "absent" if pd.isna(value) else f"{value:.3f}")
    heads = [f"{title(model)}: {HEADS[measure]}" for model in tests for measure in THRESHOLDS]
    return table.set_axis(heads, axis=1).rename_axis("rule").reset_index()


def operating_points(tested: Scored) -> pd.DataFrame:
    """Precision and recall of the same detections at confidences chosen in different ways."""
    texts = by_operating_point(tested).map(lambda value: "undefined" if pd.isna(value) else f"{value:.3f}")
    return texts.rename(columns={"f1": "F1"}).rename_axis("confidence chosen as").reset_index()
