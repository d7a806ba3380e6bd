"""Paper 2's correction, and the features that it compares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib.errors import UserError
from cvlib.localize.corners import Corners, find_corners
from cvlib.localize.descriptors import brief, fit_learned, histogram, patches
from cvlib.localize.refine import Corrected, Settings, correct
from cvlib.simulate.cell import plan
from cvlib.simulate.xray import draw

NO_CORNERS = Corners(np.zeros((0, 2)), np.zeros(0, int), np.zeros(0), np.zeros(0))

TINY = Settings(radius=5, patch=3, bins=2)


def corners_at(*points: tuple[float, float]) -> Corners:
    count = len(points)
    return Corners(np.array(points, float), np.zeros(count, int), np.ones(count), np.zeros(count))


def tiny() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Poles 0 to 2 are negative, on dark, bright and dark ground; pole 3 is positive, on bright ground.

    With two bins a dark patch has the histogram (1, 0), a bright one (0, 1). The ground is chequered within
    a bin, so no patch is all of one grey value.
    """
    image = np.full((9, 50), 10, np.uint8)
    image[:, 4:9] = image[:, 17:24] = image[:, 37:44] = 210
    image[np.indices(image.shape).sum(axis=0) % 2 == 1] += 5
    points = np.array([[2, 4], [20, 4], [30, 4], [40, 4]], float)
    return image, points, np.array([False, False, False, True])


@pytest.mark.parametrize(
    ("settings", "x"),
    [
        # The mean of (1, 0), (0, 1), (1, 0) is (2, 1) / 3: cosine 2 / sqrt 5 at p, 1 / sqrt 5 at q.
        (TINY, (2 * 2 + 1 * 6) / 3),
        (replace(TINY, pairing="as printed"), (1 * 2 + 2 * 6) / 3),
        # With the positive pole: (2, 2) / 4, and both are equally alike.
        (replace(TINY, reference="pooled"), (2 + 6) / 2),
        # Of the corner alone: (0, 1), which the patch at p has nothing of.
        (replace(TINY, reference_points="corners"), 6.0),
        # Of all four: (2, 2) / 4.
        (replace(TINY, reference_points="both"), (2 + 6) / 2),
    ],
    ids=["own", "as printed", "pooled", "corners", "both"],
)
def test_equations_5_and_6_by_hand(settings: Settings, x: float) -> None:
    image, points, positive = tiny()
    found = correct(image, points, positive, corners_at((6, 4)), settings)
    assert found.points[0] == pytest.approx([x, 4])
    assert found.weights[0] == pytest.approx([(6 - x) / 4, (x - 2) / 4])
    assert found.reference.tolist() == [0, -1, -1, -1]
    assert np.array_equal(found.points[1:], points[1:])


def test_confidence_is_the_mean_similarity_of_the_patches_used() -> None:
    image, points, positive = tiny()
    found = correct(image, points, positive, corners_at((6, 4)), TINY)
    root = np.sqrt(5)
    assert found.confidence == pytest.approx([1.5 / root, 1 / root, 2 / root, 1])


def test_as_printed_swaps_the_weights() -> None:
    view = plan(images=1, seed=4)[0]
    image = draw(view)
    both: list[Corrected] = [
        correct(image, view.points + 1, view.positive, find_corners(image), Settings(pairing=pairing))
        for pairing in ("own", "as printed")
    ]
    moved = both[0].reference >= 0
    assert moved.sum() >= 10
    np.testing.assert_allclose(both[0].weights[moved], both[1].weights[moved][:, ::-1])
    assert (np.abs(both[0].weights[moved] - 0.5) > 1e-6).any()


@pytest.mark.parametrize("descriptor", ["histogram", "brief"])
@given(data=st.data())
def test_a_result_lies_between_its_two_points(descriptor: str, data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (40, 60), np.uint8)
    points, q = rng.uniform(0, 39, (6, 2)), rng.uniform(0, 39, (9, 2))
    settings = Settings(radius=8, descriptor=descriptor)  # type: ignore[arg-type]
    found = correct(image, points, rng.random(6) < 0.5, corners_at(*map(tuple, q)), settings)
    assert (found.weights >= 0).all()
    np.testing.assert_allclose(found.weights.sum(axis=1), 1)
    for k in range(6):
        apart = np.linalg.norm(q - points[k], axis=1)
        if found.reference[k] < 0:
            assert np.array_equal(found.points[k], points[k])
        else:
            assert found.reference[k] == apart.argmin() and apart.min() <= 8
            expected = found.weights[k] @ [points[k], q[found.reference[k]]]
            np.testing.assert_allclose(found.points[k], expected)


def test_without_a_corner_in_the_radius_poles_stay_bit_for_bit() -> None:
    view = plan(images=1, seed=4)[0]
    image, points = draw(view), view.points + 0.1
    far = corners_at(*map(tuple, np.add(points, [5.01, 0])))
    lonely = Corners(*(column[:1] for column in far))
    for corners in (NO_CORNERS, lonely):
        found = correct(image, points, view.positive, corners)
        assert np.array_equal(found.points, points)
        assert (found.reference == -1).all() and (found.weights == [1, 0]).all()
    moved = correct(image, points, view.positive, lonely, Settings(radius=5.02))
    assert moved.reference[0] == 0


@pytest.mark.parametrize("descriptor", ["histogram", "brief", "learned"])
def test_bad_points_and_empty_images_are_no_error_and_not_trusted(descriptor: str) -> None:
    learned = fit_learned(np.random.default_rng(0).integers(0, 255, (30, 11, 11), np.uint8))
    settings = Settings(descriptor=descriptor)  # type: ignore[arg-type]
    points = np.array([[np.nan, np.nan], [-3, 5], [1e9, 2], [np.inf, 0], [0, 0], [59, 39]])
    positive = np.array([True, False] * 3)
    flat = np.full((40, 60), 128, np.uint8)
    found = correct(flat, points, positive, find_corners(flat), settings, learned)
    np.testing.assert_array_equal(found.points, points)
    assert (found.confidence == 0).all()
    noise = np.random.default_rng(0).integers(0, 255, (40, 60), np.uint8)
    found = correct(noise, points, positive, corners_at((1, 1), (-2, 5), (58, 39)), settings, learned)
    np.testing.assert_array_equal(found.points[:4], points[:4])
    assert (found.confidence[:4] == 0).all() and (found.confidence[4:] >= 0).all()
    none = correct(noise, points[:0], positive[:0], NO_CORNERS, settings, learned)
    assert none.points.shape == (0, 2)


def test_the_callers_arrays_are_not_changed() -> None:
    image, points, positive = tiny()
    before = points.copy()
    correct(image, points, positive, corners_at((6, 4)), TINY)
    assert np.array_equal(points, before)


@pytest.mark.parametrize(
    "wrong", [{"pairing": "swapped"}, {"descriptor": "sift"}, {"patch": 10}, {"radius": 0}, {"bins": 0}]
)
def test_settings_that_cannot_be_are_refused_with_what_is_allowed(wrong: dict[str, object]) -> None:
    with pytest.raises(UserError, match="expected"):
        Settings(**wrong)  # type: ignore[arg-type]


def test_a_learned_descriptor_has_to_be_given() -> None:
    image, points, positive = tiny()
    with pytest.raises(UserError, match="fit_learned"):
        correct(image, points, positive, NO_CORNERS, Settings(descriptor="learned"))
    with pytest.raises(UserError, match="more patches"):
        fit_learned(np.zeros((4, 3, 3), np.uint8), size=4)


def test_patches_are_whole_pixels_and_repeat_the_border() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    taken = patches(image, np.array([[0.4, 0.4], [3, 2]]), 3)
    assert taken[0].tolist() == [[0, 0, 1], [0, 0, 1], [4, 4, 5]]
    assert taken[1].tolist() == [[6, 7, 7], [10, 11, 11], [10, 11, 11]]


def test_histograms_agree_with_numpy() -> None:
    taken = np.random.default_rng(0).integers(0, 256, (5, 7, 7), np.uint8)
    for row, patch in zip(histogram(taken, 32), taken, strict=True):
        np.testing.assert_allclose(row, np.histogram(patch, 32, (0, 256))[0] / 49)


def test_brief_tells_patterns_apart_and_ignores_exposure() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 120, (2, 15, 15), np.uint8)
    a, brighter, b = brief(np.stack([one, one * 2 + 10, other]))
    assert np.array_equal(a, brighter)
    assert abs(a @ b) / a.size < 0.4


def test_a_learned_descriptor_ignores_exposure_and_keeps_what_its_patches_vary_in() -> None:
    rng = np.random.default_rng(0)
    pattern = rng.normal(0, 1, (2, 49))
    made = (128 + 20 * rng.normal(0, 1, (80, 2)) @ pattern).clip(0, 255).reshape(-1, 7, 7)
    learned = fit_learned(made.astype(np.uint8), size=3)
    assert learned.side == 7
    features = learned(made[:5])
    np.testing.assert_allclose(features, learned(made[:5] / 2 + 30), atol=1e-9)
    assert np.abs(features).max() > 1
