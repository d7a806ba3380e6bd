"""Thresholding with OpenCV, fitted to the training images of a study."""

from __future__ import annotations

import numpy as np

from cvlib import baseline
from cvlib.data.cache import Cache
from cvlib.training.study import evenly

FITTED = 60
"""Training images that the thresholds are chosen on: of each class and of all, as many, evenly spread."""


def fitted(cache: Cache, train: np.ndarray) -> baseline.Thresholds:
    """The thresholds that serve best on some of the training images.

    Parameters
    ----------
    cache
        Images and masks.
    train
        Positions of the training images.
    """
    chosen = _some(train, cache.labels)
    return baseline.fit((cache.image(at), cache.mask(at).transpose(1, 2, 0)) for at in chosen)


def _some(positions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """``FITTED`` of these positions or fewer, so that rare classes are among them."""
    kinds = [positions, *(positions[labels[positions, channel]] for channel in range(labels.shape[1]))]
    share = FITTED // len(kinds)
    return np.unique(np.concatenate([kind[evenly(len(kind), share)] for kind in kinds]))
