"""The papers' tables, laid out around scores of predictions made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cvlib.classify import benchmark as classification
from cvlib.classify.plan import FAMILIES
from cvlib.classify.scoring import PAPER
from cvlib.classify.scoring import Scored as Labelled
from cvlib.defects import CLASSES, DETECTION_CLASSES
from cvlib.detect import benchmark as detection
from cvlib.detect.scoring import Scored as Detected
from cvlib.measure.intervals import Interval
from cvlib.measure.labels import MEASURES
from cvlib.measure.points import Errors, scores
from cvlib.papers import claim, claims
from cvlib.scoring.card import Published, Section
from cvlib.scoring.ends import MISSING
from cvlib.segment import benchmark as segmentation
from cvlib.segment.scoring import Scored as Segmented

REPEATABLE: dict[str, dict[str, str]] = {
    "segmentation": {},
    "detection": {"yolo11": "YOLOv11", "faster_rcnn": "Faster-RCNN"},
    "classification": FAMILIES,
    "localization": {},
}
"""Published models, by task, that predictions may be said to come from."""

TABLES = {
    "segmentation": "Dice and IoU of paper 1, whose supplementary table is not in the text we have",
    "detection": "Table 3 of paper 1",
    "classification": "Table 4 of paper 1",
    "localization": "Table 1 of paper 2",
}

CONVENTIONS = {
    "segmentation": "Pooled: pixels of all images are counted together, class by class, before they are "
    "divided (paper 1, eqs. 2 and 3); the mean is over the classes that the images show.",
    "detection": "Average precision by COCO's rule (101 recalls, at most 100 boxes per image and class); "
    "precision and recall at an overlap of .5 and one confidence; the mean is over the classes that the "
    "images show.",
    "classification": "Counted image by image, each class by itself, at its threshold (paper 1, eqs. 5 and "
    "6); the mean is over the three classes of Table 4.",
    "localization": "Errors in percent of the diagonal of each image's region of interest, found by the "
    "robust method (paper 2, eqs. 7 to 9); a missing end counts as 100 %. The published rows stand twice: "
    "as labelled PCS1.0 is above PCK1.0, which cannot be where all images have equally many ends.",
}
"""How each task is scored, as its chapter does."""

_BOXES = {"map50": "AP@.5", "map50_95": "AP@[.5:.95]", "precision": "precision", "recall": "recall"}
_LABELS = {"precision": "precision", "recall": "recall", "f1": "F1", "accuracy": "accuracy"}
_POINTS = {"NME": "nme", "PCK0.5": "pck05", "PCK1.0": "pck1", "PCS0.5": "pcs05", "PCS1.0": "pcs1"}
_NOTEBOOK = "classes pooled too, on the notebook's validation images"


def resampled(groups: np.ndarray, seed: int) -> str:
    """What the intervals are, in a sentence.

    >>> resampled(np.array([0, 0, 1]), 7)
    'In brackets 95 % bootstrap intervals over 2 groups of images that show the same sample (seed 7).'
    """
    count = len(np.unique(groups))
    what = f"{count:,} groups of images that show the same sample"
    return f"In brackets 95 % bootstrap intervals over {what} (seed {seed})."


def why_unlike(data: str, model: str, repeats: str = "") -> str:
    """Why a published row cannot be compared with these predictions; empty where it can.

    Parameters
    ----------
    data
        What :func:`cvlib.verdict.unlike_data` says of the data set.
    model
        Of the published row.
    repeats
        The model that the predictions are said to come from; may be empty.

    >>> why_unlike("simulated data", "yolo11"), why_unlike("", "yolo11", "yolo11")
    ('simulated data, not said to be the same model', '')
    """
    other = "" if model == repeats else "not said to be the same model"
    return ", ".join(each for each in (data, other) if each)


def of_masks(scored: Segmented, titles: Mapping[str, str], unlike: str, seed: int = 0) -> list[Section]:
    """Dice and IoU: the mean beside the supplement's rows, then class by class.

    Parameters
    ----------
    scored
        What was counted.
    titles
        Of the classes.
    unlike
        What :func:`cvlib.verdict.unlike_data` says of the data set.
    seed
        Of the intervals.
    """
    found = {
        "Dice": segmentation.scores({"": scored}, "dice", seed)[""],
        "IoU": segmentation.scores({"": scored}, "iou", seed)[""],
    }
    prefix = "p1.supplement."
    rows = list(dict.fromkeys(id.rpartition(".")[0] for id in claims() if id.startswith(prefix)))
    published = [
        Published(
            str(claim(f"{row}.dice").row),
            {"Dice": f"{row}.dice", "IoU": f"{row}.iou"},
            why_unlike(unlike, row.removeprefix(prefix)),
        )
        for row in rows
    ]
    notebook = {"Dice": "p1.notebook.dice", "IoU": "p1.notebook.iou"}
    told = ", ".join(each for each in (unlike, _NOTEBOOK) if each)
    published.append(Published("the authors' notebook", notebook, told))
    mean = Section("mean of classes", _column(found, segmentation.MEAN), published)
    return [mean, *(Section(titles[each], _column(found, each)) for each in CLASSES)]


def of_boxes(
    scored: Detected, titles: Mapping[str, str], unlike: str, repeats: str = "", seed: int = 0
) -> list[Section]:
    """Table 3 of paper 1, then class by class beside Fig. 15; parameters as of ``of_masks``.

    ``repeats`` is a key of ``REPEATABLE["detection"]``, or empty.
    """
    measures = zip(detection.MEASURES, _BOXES.values(), strict=True)
    found = {head: detection.scores({"": scored}, measure, seed)[""] for measure, head in measures}
    published = [
        Published(
            title,
            {head: f"p1.table3.{model}.{measure}" for measure, head in _BOXES.items()},
            why_unlike(unlike, model, repeats),
        )
        for model, title in REPEATABLE["detection"].items()
    ]
    sections = [Section("mean of classes (mAP)", _column(found, detection.MEAN), published)]
    for each in DETECTION_CLASSES:
        ids = {"AP@.5": f"p1.figure15.{each}"}
        figure = Published("YOLOv11, Fig. 15", ids, why_unlike(unlike, "yolo11", repeats))
        sections.append(Section(titles[each], _column(found, each), [figure]))
    return sections


def of_labels(
    scored: Labelled, titles: Mapping[str, str], unlike: str, repeats: str = "", seed: int = 0
) -> list[Section]:
    """Table 4 of paper 1, class by class, and the mean; parameters as of ``of_boxes``."""
    found, always = {}, {}
    for measure in MEASURES:
        found[_LABELS[measure]] = classification.scores({"": scored}, measure, seed)[""]
        always[_LABELS[measure]] = classification.constant(scored, measure, seed)
    sections = []
    for each in CLASSES:
        published = [
            Published(
                str(claim(f"p1.table4.{family}.{each}.f1").row),
                {_LABELS[measure]: f"p1.table4.{family}.{each}.{measure}" for measure in MEASURES},
                why_unlike(unlike, family, repeats),
            )
            for family in (FAMILIES if each in PAPER else ())
        ]
        sections.append(
            Section(titles[each], _column(found, each), published, {"always yes": _column(always, each)})
        )
    mean = classification.MEAN
    others = {"always yes": _column(always, mean)}
    return [*sections, Section("mean of the paper's three", _column(found, mean), (), others)]


def of_ends(own: Errors, groups: np.ndarray, unlike: str, seed: int = 0) -> list[Section]:
    """Table 1 of paper 2, under its own labels and with the heads of two columns exchanged.

    Parameters
    ----------
    own
        Errors of N images.
    groups
        (N,) which images show one cell.
    unlike
        Why the data set is not the paper's.
    seed
        Of the intervals.
    """
    exchanged = _POINTS | {"PCK1.0": _POINTS["PCS1.0"], "PCS1.0": _POINTS["PCK1.0"]}
    published = [
        Published(
            f"{claim(f'p2.table1.{row}.nme').row}{how}",
            {measure: f"p2.table1.{row}.{id}" for measure, id in ids.items()},
            why_unlike(unlike, row),
        )
        for how, ids in ((", as labelled", _POINTS), (", exchanged", exchanged))
        for row in ("baseline", "n128", "n256", "n512")
    ]
    return [Section("all ends", scores(own, groups, seed, missing=MISSING), published)]


def _column(found: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, Interval]:
    return {head: by_class[key] for head, by_class in found.items()}
