"""Roundness against shapes whose roundness is known."""

from __future__ import annotations

import numpy as np
import pytest

from cvlib.measure.objects import find_objects
from cvlib.measure.roundness import measurable, plain_roundness, roundness
from tests.measure.shapes import ANGULAR, SMOOTH, draw


def errors(kind: str, count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    differences = []
    for _ in range(count):
        mask, truth = draw(kind, generator.uniform(4, 15), generator)
        found = find_objects(mask)
        largest = found.area.argmax()
        differences.append(roundness(found.area, found.boundary_length)[largest] - truth)
    return np.array(differences)


@pytest.mark.parametrize(("kinds", "limit"), [(SMOOTH, 0.014), (ANGULAR, 0.05)])
def test_error_on_shapes_of_equivalent_radius_4_to_15(kinds: tuple[str, ...], limit: float) -> None:
    differences = np.concatenate([errors(kind, 500, seed) for seed, kind in enumerate(kinds)])
    assert np.sqrt(np.mean(differences**2)) <= limit


def test_the_two_estimators_differ_on_a_disc_as_stated() -> None:
    rows, columns = np.mgrid[:64, :64]
    found = find_objects((rows - 31.8) ** 2 + (columns - 32.3) ** 2 <= 20**2)
    assert roundness(found.area, found.boundary_length)[0] == pytest.approx(1, abs=0.02)
    assert plain_roundness(found.polygon_area, found.polygon_length)[0] == pytest.approx(0.9, abs=0.02)


def test_values_above_one_are_not_clipped() -> None:
    square = np.zeros((5, 5), bool)
    square[1:3, 1:3] = True
    found = find_objects(square)
    assert roundness(found.area, found.boundary_length)[0] > 1


def test_tiny_and_cut_objects_are_not_measurable_and_holes_are() -> None:
    mask = np.zeros((40, 40), bool)
    mask[0:10, 0:10] = True
    mask[5:10, 20:25] = True
    mask[20:30, 20:30] = True
    mask[24, 24] = False
    found = find_objects(mask)
    assert found.area[measurable(found)].tolist() == [99]
    assert found.holes[measurable(found)].tolist() == [1]
