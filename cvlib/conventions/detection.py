"""Average precision, precision and recall of the same boxes by several conventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cvlib.defects import DETECTION_CLASSES
from cvlib.detect.benchmark import by_operating_point
from cvlib.detect.scoring import Scored
from cvlib.measure import average_precision as ap
from cvlib.measure.boxes import Boxes, Matched, match
from cvlib.measure.counts import Counts, mean_over_classes, ratio
from cvlib.measure.operating_point import MEASURES, counts_at

AXES = ("rule", "overlap", "classes")

ELEVEN = "11 points"
"""Pascal VOC's rule until 2009."""

RULES = (*ap.RULES, ELEVEN)
"""How the area under the curve is taken."""

OVERLAPS: dict[str, float | None] = {".5": 0.5, ".75": 0.75, ".5:.95": None}
"""Least overlap of a hit; None for the mean over all ten."""

MEAN, POOLED = "mean over classes", "all boxes as one class"

OVER = (MEAN, POOLED)
"""How one number is made of many classes; beside these the table has every class by itself."""

DEFAULT = {"rule": "coco", "overlap": ".5", "classes": MEAN}
"""That of the chapter on detection."""

KNOWN = {
    ("coco", ".5", MEAN): "this book's chapter on detection; pycocotools' AP50",
    ("coco", ".75", MEAN): "pycocotools' AP75",
    ("coco", ".5:.95", MEAN): "pycocotools' AP",
    ("coco", ".5", POOLED): "pycocotools' AP50 with useCats=0",
    ("coco", ".75", POOLED): "pycocotools' AP75 with useCats=0",
    ("coco", ".5:.95", POOLED): "pycocotools' AP with useCats=0",
    ("ultralytics until 2026-04", ".5", MEAN): "the area of Ultralytics' mAP50 until April 2026",
    ("ultralytics since 2026-04", ".5", MEAN): "the area of Ultralytics' mAP50 since April 2026",
    ("ultralytics until 2026-04", ".5:.95", MEAN): "the area of Ultralytics' mAP50-95 until April 2026",
    ("ultralytics since 2026-04", ".5:.95", MEAN): "the area of Ultralytics' mAP50-95 since April 2026",
    ("all points", ".5", MEAN): "Pascal VOC since 2010",
    (ELEVEN, ".5", MEAN): "Pascal VOC until 2009",
}
"""Who scores like that."""


def table(tests: Mapping[str, Scored]) -> pd.DataFrame:
    """Average precision of the same stored boxes under every convention.

    ``POOLED`` matches anew without regard to classes: a pinhole taken for an unclassified defect is a hit.

    Parameters
    ----------
    tests
        By model.

    Returns
    -------
    A row per ``rule``, ``overlap``, ``classes`` (``OVER``, then ``cvlib.defects.DETECTION_CLASSES``) and
    ``model``, with its ``value``, 0 to 1; NaN for a class without truths.
    """
    rows = []
    for model, tested in tests.items():
        matched = [*tested.matched, as_one_class(tested)]
        for rule in RULES:
            areas = [average_precision(each, rule) for each in matched]
            for overlap, threshold in OVERLAPS.items():
                at = slice(None) if threshold is None else matched[0].row(threshold)
                *own, pooled = (float(area[at].mean()) for area in areas)
                values = (mean_over_classes(np.array(own)), pooled, *own)
                named = zip((*OVER, *DETECTION_CLASSES), values, strict=True)
                rows += [(rule, overlap, classes, model, value) for classes, value in named]
    return pd.DataFrame(rows, columns=[*AXES, "model", "value"])


def as_one_class(tested: Scored) -> Matched:
    """The same boxes matched without regard to their classes, as pycocotools with ``useCats=0``."""
    found, true = tested.detections, tested.truths
    one = Boxes(found.images, 0 * found.classes, found.boxes, found.scores)
    return match(one, Boxes(true.images, 0 * true.classes, true.boxes), len(tested.names), 1)[0]


def average_precision(matched: Matched, rule: str) -> np.ndarray:
    """By one of ``RULES``: (T,) as :func:`cvlib.measure.average_precision.average_precision` has it."""
    known = next((each for each in ap.RULES if each == rule), None)
    return eleven_points(matched) if known is None else ap.average_precision(matched, known)


def eleven_points(matched: Matched) -> np.ndarray:
    """Mean over the recalls 0, .1, ... 1 of the highest precision at that recall or a greater one.

    As Pascal VOC until 2009 (Everingham et al., IJCV 88, 2010). Parameters and result as of
    :func:`cvlib.measure.average_precision.average_precision`.

    >>> one, none = np.ones((1, 1), bool), np.zeros((1, 1), bool)
    >>> found = Matched(np.array([0]), np.array([0.9]), one, none, np.array([3]), (0.5,))
    >>> eleven_points(found).round(3).tolist()  # of three truths found one: recalls 0 to .3 of eleven
    [0.364]
    """
    return np.array([_eleven(ap.curve(matched, each)) for each in matched.thresholds])


def _eleven(curve: ap.Curve) -> float:
    if np.isnan(curve.recall).any():
        return np.nan
    highest = np.maximum.accumulate(curve.precision[::-1])[::-1]
    # A recall of 3/10 must meet .3, whatever their last bits.
    first = np.searchsorted(curve.recall, np.arange(11) / 10 - 1e-9)
    return float(np.append(highest, 0)[first].mean())


POINT_AXES = ("score", "confidence", "classes")

POINT_OVER = (MEAN, "classes pooled")

POINT_DEFAULT = {
    "score": "f1",
    "confidence": "highest mean F1 on the validation images (used here)",
    "classes": MEAN,
}


def points(tests: Mapping[str, Scored]) -> pd.DataFrame:
    """Precision, recall and F1 of the same boxes at an overlap of .5, at several confidences.

    Returns
    -------
    A row per ``score`` (precision, recall, f1), ``confidence``, ``classes`` (``POINT_OVER``) and ``model``,
    with its ``value``; NaN where nothing is detected.
    """
    rows = []
    for model, tested in tests.items():
        for way, point in by_operating_point(tested).iterrows():
            pooled = _pooled(counts_at(tested.matched, float(point["confidence"])))
            for at, score in enumerate(MEASURES):
                for classes, value in zip(POINT_OVER, (float(point[score]), pooled[at]), strict=True):
                    rows.append((score, str(way), classes, model, value))
    return pd.DataFrame(rows, columns=[*POINT_AXES, "model", "value"])


def _pooled(counts: Counts) -> Sequence[float]:
    together = Counts.from_array(counts.to_array().sum(axis=(0, 1))[None, None])
    return [ratio(together, measure).item() for measure in MEASURES]
