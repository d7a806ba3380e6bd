"""What is left to correct by hand: a slow count as oracle, and what holds of any two masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from cvlib.measure.corrections import corrections

MASKS = arrays(bool, (2, 7, 9))


def objects(plane: np.ndarray) -> list[np.ndarray]:
    labels, count = ndimage.label(plane, np.ones((3, 3)))
    return [labels == number for number in range(1, count + 1)]


def alone(ours: list[np.ndarray], theirs: list[np.ndarray]) -> int:
    return sum(not any((one & other).sum() / (one | other).sum() > 0.5 for other in theirs) for one in ours)


@given(MASKS, MASKS)
def test_objects_without_a_partner_are_to_be_erased_or_drawn(labelled: np.ndarray, truth: np.ndarray) -> None:
    planes = [(objects(one), objects(other)) for one, other in zip(labelled, truth, strict=True)]
    expected = [alone(one, other) + alone(other, one) for one, other in planes]
    assert corrections(labelled, truth).tolist() == expected


@given(MASKS, MASKS)
def test_the_mirror_image_and_the_way_back_take_as_much(labelled: np.ndarray, truth: np.ndarray) -> None:
    found = corrections(labelled, truth).tolist()
    assert corrections(truth, labelled).tolist() == found
    assert corrections(labelled[:, ::-1, ::-1], truth[:, ::-1, ::-1]).tolist() == found


@given(MASKS)
def test_the_right_label_takes_nothing_and_an_empty_one_takes_all(truth: np.ndarray) -> None:
    assert not corrections(truth, truth).any()
    assert corrections(np.zeros_like(truth), truth).tolist() == [len(objects(plane)) for plane in truth]


def test_half_of_an_object_is_not_enough() -> None:
    truth = np.zeros((1, 3, 8), bool)
    truth[0, 1, 1:5] = True
    half, more = truth.copy(), truth.copy()
    half[0, 1, 3:], more[0, 1, 4:] = False, False
    assert [corrections(each, truth).item() for each in (half, more)] == [2, 0]


@pytest.mark.parametrize(
    ("labelled", "truth", "message"),
    [
        (np.zeros((4, 3, 3)), np.zeros((4, 3, 3), bool), "expected bool"),
        (np.zeros((4, 3, 3), bool), np.zeros((4, 3, 4), bool), "two masks"),
        (np.zeros((3, 3), bool), np.zeros((3, 3), bool), "two masks"),
    ],
)
def test_other_arrays_are_refused(labelled: np.ndarray, truth: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        corrections(labelled, truth)
