"""Crofton perimeters against scikit-image and on shapes of known roundness."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage.measure import perimeter_crofton

from cvlib.measure.crofton import crofton_lengths
from cvlib.measure.objects import find_objects
from cvlib.measure.roundness import plain_roundness
from tests.measure.shapes import SMOOTH, draw
from tests.measure.test_objects import blobs


def test_equals_scikit_image_on_hole_free_objects() -> None:
    compared = 0
    for seed in range(40):
        count, labels = cv2.connectedComponents(blobs(seed).astype(np.uint8), connectivity=8)
        for label in range(1, count):
            alone = labels == label
            if find_objects(alone).holes[0]:
                continue
            assert crofton_lengths(alone)[0] == pytest.approx(
                perimeter_crofton(alone, directions=4), abs=1e-12
            )
            compared += 1
    assert compared > 500


def test_comes_in_the_order_of_the_objects_with_holes_filled() -> None:
    mask = np.zeros((30, 40), bool)
    mask[2:5, 2:5] = True
    mask[10:25, 10:30] = True
    whole = crofton_lengths(mask)
    mask[15:18, 15:18] = False
    found = find_objects(mask)
    assert crofton_lengths(mask) == pytest.approx(whole)
    assert np.argmax(crofton_lengths(mask)) == np.argmax(found.area)


def test_error_on_smooth_shapes_is_a_few_percent() -> None:
    generator = np.random.default_rng(0)
    differences = []
    for kind in SMOOTH * 100:
        mask, truth = draw(kind, generator.uniform(4, 15), generator)
        found = find_objects(mask)
        largest = found.area.argmax()
        differences.append(plain_roundness(found.area, crofton_lengths(mask))[largest] - truth)
    assert np.sqrt(np.mean(np.square(differences))) < 0.025


def test_an_empty_mask_has_none() -> None:
    assert len(crofton_lengths(np.zeros((3, 4), bool))) == 0
