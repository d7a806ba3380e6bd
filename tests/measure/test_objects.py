"""Objects of a mask against labelled components, worked cases and DIPlib."""

from __future__ import annotations

import cv2
import diplib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cvlib.measure.objects import find_objects
from cvlib.measure.roundness import roundness


def blobs(seed: int, shape: tuple[int, int] = (60, 80)) -> np.ndarray:
    """Smooth random blobs of many sizes, kept off the border."""
    generator = np.random.default_rng(seed)
    field = cv2.GaussianBlur(generator.standard_normal(shape), (0, 0), generator.uniform(0.8, 4))
    mask = field > field.std() * generator.uniform(0.3, 1.5)
    mask[[0, -1]] = mask[:, [0, -1]] = False
    return mask


@given(arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@settings(max_examples=300, deadline=None)
def test_areas_and_boxes_equal_labelled_components(mask: np.ndarray) -> None:
    count, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    found = find_objects(mask)
    rows = np.stack([found.x, found.y, found.width, found.height, found.area], axis=1).tolist()
    assert sorted(rows) == sorted(statistics[1:].tolist())
    assert len(rows) == count - 1


@given(arrays.arrays(bool, (9, 9)))
@settings(max_examples=200, deadline=None)
def test_holes_equal_background_components(mask: np.ndarray) -> None:
    padded = np.pad(mask, 1)
    background, _ = cv2.connectedComponents((~padded).astype(np.uint8), connectivity=4)
    assert find_objects(mask).holes.sum() == background - 2


def test_roundness_equals_diplib_on_hole_free_objects_up_to_its_clipping_at_1() -> None:
    compared = 0
    for seed in range(40):
        count, labels = cv2.connectedComponents(blobs(seed).astype(np.uint8), connectivity=8)
        for label in range(1, count):
            alone = labels == label
            found = find_objects(alone)
            if found.holes[0]:
                continue
            measured = diplib.MeasurementTool.Measure(
                diplib.Label(alone, connectivity=2), features=["Roundness"]
            )
            ours = min(roundness(found.area, found.boundary_length)[0], 1.0)  # DIPlib clips, we do not
            assert ours == pytest.approx(measured[1]["Roundness"][0], rel=0, abs=1e-12)
            compared += 1
    assert compared > 500


def test_polygon_measures_equal_opencv() -> None:
    mask = blobs(3)
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = find_objects(mask)
    assert sorted(found.polygon_area) == pytest.approx(sorted(map(cv2.contourArea, contours)))
    assert sorted(found.polygon_length) == pytest.approx(
        sorted(cv2.arcLength(contour, True) for contour in contours), rel=1e-6
    )


def test_hand_worked_square_ring() -> None:
    mask = np.zeros((9, 9), bool)
    mask[1:8, 1:8] = True
    mask[3:6, 3:6] = False
    mask[4, 4] = True
    found = find_objects(mask)
    ring = int(found.area.argmax())
    assert found.area.tolist() == [40, 1] or found.area.tolist() == [1, 40]
    assert found.holes[ring] == 1
    assert found.boundary_length[ring] == pytest.approx(24 * 0.980 - 4 * 0.091)
    assert not found.touches_border[ring]


def test_border_is_noticed_on_every_side() -> None:
    for row, column in [(0, 5), (9, 5), (5, 0), (5, 9)]:
        mask = np.zeros((10, 10), bool)
        mask[row, column] = True
        assert find_objects(mask).touches_border.tolist() == [True]


def test_an_empty_mask_has_no_objects() -> None:
    assert all(len(values) == 0 for values in find_objects(np.zeros((4, 5), bool)))


@pytest.mark.parametrize("mask", [np.zeros((3, 3, 4), bool), np.zeros((3, 3))])
def test_masks_of_another_kind_are_refused(mask: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected a mask of shape"):
        find_objects(mask)
