"""The classical row of the classification table: hand-made features and logistic regression."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from cvlib import baseline

GREYS = (1, 10, 50, 90, 99)
"""Percentiles of the grey values."""

CONTRASTS = (50, 90, 99, 99.9)
"""Percentiles of the contrast with the background."""

LIMITS = (30, 60, 100)
"""Contrasts at which what stands out is cut off and looked at piece by piece."""


def features(image: np.ndarray) -> np.ndarray:
    """What one image looks like, in 33 numbers.

    Percentiles of grey and of contrast; and, at each of three limits and for bright and dark pieces apart,
    logarithms of how many pieces there are, of the area of all and of the largest, and of its longer side.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    found = [np.percentile(grey, GREYS)]
    for polarity in ("bright", "dark"):
        contrast = baseline.contrast(image, "background", polarity)
        if polarity == "bright":
            found.append(np.percentile(contrast, CONTRASTS))
        found += [_pieces(contrast > limit) for limit in LIMITS]
    return np.concatenate(found)


def _pieces(standing_out: np.ndarray) -> np.ndarray:
    _, _, statistics, _ = cv2.connectedComponentsWithStats(standing_out.astype(np.uint8), connectivity=8)
    areas, sides = statistics[1:, cv2.CC_STAT_AREA], statistics[1:, 2:4]
    largest = int(areas.argmax()) if len(areas) else None
    side = 0 if largest is None else sides[largest].max()
    return np.log1p(np.array([len(areas), areas.sum(), areas.max(initial=0), side], np.float64))


def fit(values: np.ndarray, truth: np.ndarray) -> Sequence[Pipeline | DummyClassifier]:
    """A logistic regression for each class, both answers weighing the same.

    Parameters
    ----------
    values
        (N, F) features of the training images.
    truth
        (N, C) bool. A class with one answer only always gets that one.
    """
    fitted = []
    for own in truth.T:
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=2000))
        if own.all() or not own.any():
            model = DummyClassifier(strategy="constant", constant=bool(own.any()))
        fitted.append(model.fit(values, own))
    return fitted


def probabilities(models: Sequence[Pipeline | DummyClassifier], values: np.ndarray) -> np.ndarray:
    """Of (N, F) features, what ``fit`` makes of them: (N, C) float64 between 0 and 1."""
    columns = []
    for model in models:
        answers = model.predict_proba(values)
        yes = list(model.classes_).index(True) if True in model.classes_ else None
        columns.append(np.zeros(len(values)) if yes is None else answers[:, yes])
    return np.column_stack(columns)
