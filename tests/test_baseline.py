"""The classical baseline: what it calls a line, a blob and a disc, and what it learns from images."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cvlib.baseline import AUTHORS, AUTHORS_SMOOTH, Thresholds, contrast, fit, predict
from cvlib.defects import CLASSES
from cvlib.errors import UserError

CRACK, DELAMINATION, PINHOLE, UNCLASSIFIED = range(4)
COATING, SUBSTRATE, PARTICLE = 60, 210, 10


def drawn(shown: tuple[int, ...], shape: tuple[int, int] = (240, 320)) -> tuple[np.ndarray, np.ndarray]:
    """Bright defects of some classes, one of each, on even dark coating, and their mask."""
    canvas = np.zeros((4, *shape), np.uint8)
    cv2.polylines(canvas[CRACK], [np.array([[10, 20], [120, 60], [230, 30]])], False, 1, 3)
    cv2.circle(canvas[DELAMINATION], (240, 160), 45, 1, -1)
    cv2.circle(canvas[PINHOLE], (60, 150), 6, 1, -1)
    cv2.circle(canvas[UNCLASSIFIED], (120, 190), 9, 1, -1)
    mask = np.zeros((*shape, 4), bool)
    mask[..., shown] = np.moveaxis(canvas, 0, 2)[..., shown] > 0
    grey = np.where(mask[..., :3].any(axis=2), SUBSTRATE, COATING)
    grey[mask[..., UNCLASSIFIED]] = PARTICLE
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8), mask


def dice(predicted: np.ndarray, mask: np.ndarray) -> np.ndarray:
    both = (predicted & mask).sum(axis=(0, 1))
    return 2 * both / np.maximum(predicted.sum(axis=(0, 1)) + mask.sum(axis=(0, 1)), 1)


@pytest.mark.parametrize("chosen", [AUTHORS, AUTHORS_SMOOTH])
@pytest.mark.parametrize("shown", [CRACK, PINHOLE])
def test_a_line_is_a_crack_and_a_small_disc_a_pinhole(shown: int, chosen: Thresholds) -> None:
    image, mask = drawn((shown,))
    found = predict(image, chosen)
    assert found.any(axis=(0, 1)).tolist() == [name == CLASSES[shown] for name in CLASSES]
    assert dice(found, mask)[shown] > 0.9


def test_a_large_blob_is_delamination_and_a_dark_one_is_foreign() -> None:
    chosen = replace(AUTHORS_SMOOTH, foreign=30, least_area=20)
    image, mask = drawn((CRACK, DELAMINATION, PINHOLE, UNCLASSIFIED))
    assert (dice(predict(image, chosen), mask) > 0.85).all()


def test_substrate_that_is_neither_long_nor_a_pinhole_nor_large_is_unclassified() -> None:
    image, mask = drawn((PINHOLE,))
    found = predict(image, replace(AUTHORS, pinhole_most=100))
    assert found.any(axis=(0, 1)).tolist() == [False, False, False, True]
    assert np.count_nonzero(mask) > 100


def test_a_flaking_patch_is_delamination_with_its_flakes_and_a_crack_that_runs_into_it_is_not() -> None:
    image, _ = drawn(())
    flakes = np.kron(np.random.default_rng(0).integers(0, 2, (16, 16)), np.ones((6, 6), int))
    image[100:196, 200:296] = np.where(flakes, SUBSTRATE, COATING)[..., None]
    image[148:151, :200] = SUBSTRATE
    found = predict(image, AUTHORS_SMOOTH)
    assert found[120:176, 220:276, DELAMINATION].mean() > 0.9
    assert found[148:151, 5:170, CRACK].all()
    assert not found[:, :150, DELAMINATION].any()


@pytest.mark.parametrize("chosen", [AUTHORS, AUTHORS_SMOOTH])
def test_polarity_is_what_defects_look_like(chosen: Thresholds) -> None:
    image, _ = drawn((CRACK, PINHOLE))
    seen = predict(image, chosen)
    assert seen.any()
    np.testing.assert_array_equal(predict(255 - image, replace(chosen, polarity="dark")), seen)
    if chosen is AUTHORS:
        assert predict(image, replace(chosen, polarity="dark"))[seen].mean() < 0.05


def test_uneven_light_matters_to_grey_values_but_not_to_the_contrast_with_the_background() -> None:
    image, mask = drawn((CRACK, PINHOLE))
    light = np.linspace(-40, 120, image.shape[1])[:, None]
    lit = np.clip(image + light, 0, 255).astype(np.uint8)
    assert (dice(predict(lit, AUTHORS), mask)[[CRACK, PINHOLE]] > 0.75).all()
    sound = ~mask.any(axis=2)
    assert predict(lit, AUTHORS)[sound].any(axis=1).mean() < 0.005
    assert predict(lit, AUTHORS_SMOOTH)[sound].any(axis=1).mean() > 0.02


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("chosen", [AUTHORS, AUTHORS_SMOOTH])
def test_turning_the_image_turns_the_prediction(turns: int, chosen: Thresholds) -> None:
    image, _ = drawn((CRACK, DELAMINATION, PINHOLE))
    noise = np.random.default_rng(turns).integers(-15, 16, image.shape)
    image = (image + noise).astype(np.uint8)
    turned = np.rot90(predict(np.rot90(image, turns), chosen), -turns)
    found = predict(image, chosen)
    counts = [[_count(each[..., k]) for k in range(4)] for each in (found, turned)]
    assert counts[0] == counts[1]
    assert np.mean(turned != found) < 1e-4  # smoothing rounds rows and columns in turn


def _count(channel: np.ndarray) -> int:
    return cv2.connectedComponents(channel.astype(np.uint8))[0] - 1


@pytest.mark.parametrize("chosen", [AUTHORS, AUTHORS_SMOOTH, replace(AUTHORS, polarity="dark")])
@pytest.mark.parametrize("value", [0, 60, 165])
def test_an_even_image_shows_nothing(chosen: Thresholds, value: int) -> None:
    assert not predict(np.full((60, 80, 3), value, np.uint8), chosen).any()


@pytest.mark.parametrize("chosen", [AUTHORS, AUTHORS_SMOOTH])
@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_defect_at_one_border_is_found_there_and_not_at_the_other(side: str, chosen: Thresholds) -> None:
    image = np.full((90, 120, 3), COATING, np.uint8)
    edges: dict[str, tuple[slice, slice]] = {
        "left": np.s_[:, :3],
        "right": np.s_[:, -3:],
        "top": np.s_[:3, :],
        "bottom": np.s_[-3:, :],
    }
    edge = edges[side]
    image[edge] = SUBSTRATE
    mask = np.zeros((90, 120), bool)
    mask[edge] = True
    found = predict(image, chosen)
    assert found[mask, CRACK].mean() > 0.9
    near = cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert not found[~near].any()


IMAGES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)))
SETTINGS = st.builds(
    Thresholds,
    method=st.sampled_from(["background", "smooth"]),
    polarity=st.sampled_from(["bright", "dark"]),
    threshold=st.integers(0, 255),
    foreign=st.integers(0, 255),
    patch=st.sampled_from([1, 3, 51, 999]),
    patch_fill=st.floats(0, 1),
    least_area=st.integers(1, 9),
)


@settings(deadline=None, max_examples=60)
@given(IMAGES, SETTINGS)
def test_any_image_gives_one_class_at_most_for_each_pixel_and_stays_as_it_was(
    image: np.ndarray, chosen: Thresholds
) -> None:
    before = image.copy()
    found = predict(image, chosen)
    assert found.shape == (*image.shape[:2], 4)
    assert found.dtype == bool
    assert found.sum(axis=2).max() <= 1
    np.testing.assert_array_equal(image, before)


@given(SETTINGS)
def test_settings_survive_json(chosen: Thresholds) -> None:
    assert Thresholds(**json.loads(json.dumps(asdict(chosen)))) == chosen


def training() -> list[tuple[np.ndarray, np.ndarray]]:
    """Faint defects, on which the authors' values see nothing, and a particle."""
    pairs = [drawn((CRACK, PINHOLE)), drawn((DELAMINATION, UNCLASSIFIED)), drawn(())]
    return [(np.where(image == SUBSTRATE, np.uint8(95), image), mask) for image, mask in pairs]


def test_fit_finds_faint_defects_that_the_authors_values_miss() -> None:
    pairs = training()
    fitted = fit(pairs)
    for image, mask in pairs[:2]:
        shown = mask.any(axis=(0, 1))
        assert not predict(image, AUTHORS).any()
        assert (dice(predict(image, fitted), mask)[shown] > 0.8).all()
    assert not predict(pairs[2][0], fitted).any()


def test_fit_sees_which_polarity_defects_have() -> None:
    assert fit([(255 - image, mask) for image, mask in training()]).polarity == "dark"
    assert fit(training()).polarity == "bright"


def test_fit_depends_on_the_pairs_alone_and_takes_any_iterable_of_them() -> None:
    pairs = training()
    fitted = fit(pairs)
    assert fit(pair for pair in reversed(pairs)) == fitted


def test_fit_is_never_worse_on_its_images_than_the_authors_values() -> None:
    generator = np.random.default_rng(2)
    pairs = []
    for image, mask in (drawn((CRACK, PINHOLE)), drawn((CRACK, DELAMINATION))):
        noise = generator.normal(0, 20, image.shape)
        pairs.append((np.clip(image + noise, 0, 255).astype(np.uint8), mask))
    fitted = fit(pairs)
    assert _mean_pooled_dice(pairs, fitted) > max(
        _mean_pooled_dice(pairs, AUTHORS), _mean_pooled_dice(pairs, AUTHORS_SMOOTH)
    )


def _mean_pooled_dice(pairs: list[tuple[np.ndarray, np.ndarray]], chosen: Thresholds) -> float:
    masks = np.array([mask for _, mask in pairs])
    found = np.array([predict(image, chosen) for image, _ in pairs])
    pixels, both = masks.sum(axis=(0, 1, 2)), (masks & found).sum(axis=(0, 1, 2))
    shown = pixels > 0
    return float(np.mean(2 * both[shown] / (pixels + found.sum(axis=(0, 1, 2)))[shown]))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((9, 9), np.uint8),
        np.zeros((9, 9, 4), np.uint8),
        np.zeros((9, 9, 3), np.float32),
        np.zeros((0, 9, 3), np.uint8),
    ],
)
def test_other_images_are_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^expected an image of shape \(H, W, 3\), uint8, but got .*$"):
        predict(image)
    with pytest.raises(ValueError, match="expected an image"):
        contrast(image, "smooth", "dark")


@pytest.mark.parametrize(
    "mask", [np.zeros((9, 8, 4), bool), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9), bool)]
)
def test_fit_refuses_masks_that_do_not_fit_their_image(mask: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^expected a mask of shape \(9, 9, 4\), bool, but got .*$"):
        fit([(np.zeros((9, 9, 3), np.uint8), mask)])


@pytest.mark.parametrize("count", [0, 2])
def test_fit_refuses_images_without_any_defect(count: int) -> None:
    with pytest.raises(ValueError, match=f"none of the {count} masks holds a defect"):
        fit([drawn(())] * count)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("method", "otsu"),
        ("polarity", "white"),
        ("threshold", 256),
        ("threshold", "100"),
        ("foreign", -1),
        ("patch", 50),
        ("patch", True),
        ("patch_fill", 1.5),
        ("elongation", float("nan")),
        ("elongation", float("inf")),
        ("least_area", 2.5),
    ],
)
def test_settings_out_of_range_are_refused(name: str, value: object) -> None:
    with pytest.raises(UserError, match=rf"^baseline: {name} is .*, expected .*; change that setting$"):
        Thresholds(**{name: value})  # type: ignore[arg-type]
