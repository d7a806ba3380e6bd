"""How much is left to do for somebody who corrects a label by hand."""

from __future__ import annotations

import cv2
import numpy as np

SAME = 0.5
"""Intersection over union above which an object needs no correction; no object can have two such partners."""


def corrections(labelled: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Objects to erase and objects to draw until each class has the right ones.

    Objects are connected pixels of one class; those that touch at a corner are one. An object of the label is
    right if it shares more than ``SAME`` of what it and an object of the truth cover together; every other
    one is to be erased, and every object of the truth without a right one is to be drawn. An object with a
    wrong class counts twice, as it does for who corrects it.

    Parameters
    ----------
    labelled, truth
        (C, H, W) bool.

    Returns
    -------
    (C,) int.

    Raises
    ------
    ValueError
        If an array is not bool, or their shapes differ or are not (C, H, W).

    Examples
    --------
    >>> truth = np.zeros((2, 4, 12), bool)
    >>> truth[0, 1:3, 1:5], truth[0, 1:3, 8:10] = True, True
    >>> labelled = truth.copy()
    >>> labelled[1], labelled[0, :, 8:] = labelled[0], False  # one missing; one too many of another class
    >>> corrections(labelled, truth).tolist()
    [1, 2]
    """
    if labelled.shape != truth.shape or labelled.ndim != 3:
        raise ValueError(f"expected two masks (C, H, W), but got {labelled.shape} and {truth.shape}")
    if labelled.dtype != bool or truth.dtype != bool:
        raise ValueError(f"expected bool masks, but got {labelled.dtype} and {truth.dtype}")
    return np.array([_to_do(*planes) for planes in zip(labelled, truth, strict=True)], int)


def _to_do(labelled: np.ndarray, truth: np.ndarray) -> int:
    (drawn, here), (there, wanted) = (
        cv2.connectedComponents(np.ascontiguousarray(plane).view(np.uint8), connectivity=8)
        for plane in (labelled, truth)
    )
    both = (here > 0) & (wanted > 0)
    pairs, shared = np.unique(here[both].astype(np.int64) * there + wanted[both], return_counts=True)
    ours, theirs = np.bincount(here.ravel()), np.bincount(wanted.ravel())
    right = int(np.count_nonzero(shared > SAME * (ours[pairs // there] + theirs[pairs % there] - shared)))
    return drawn - 1 + there - 1 - 2 * right
