"""What a network sees of a region, and whether its points go along with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib.data.xrays import Xrays
from cvlib.localize.heatmap import encode, to_cells
from cvlib.localize.peaks import peaks
from cvlib.localize.regions import Batch, Draw, Region, changed, cut, loader, normal, region, target
from cvlib.localize.roi import Found, Roi
from cvlib.profiles import Localization

SIZE = (256, 384)
PROFILE = Localization.find("quick", ["height=64", "width=96", "batch=3", "steps=4"])

ROI = Roi(180.3, 120.6, 420.1, 280.9)
ENDS = np.array([[270.2, 164.7], [310.9, 183.1], [260.4, 200.0], [320.5, 218.3], [280.0, 236.8]])
ALTERNATING = np.arange(5) % 2 == 1
UNEVEN = np.array([False, True, False, True, True])


def dots(roi: Roi, positive: np.ndarray, points: np.ndarray = ENDS) -> Region:
    """A dark region with a bright dot at each negative end and one half as bright at each positive one."""
    image = np.full((480, 640), 20.0)
    for (x, y), dim in zip(points, positive, strict=True):
        down, across = (
            np.exp(-((np.arange(side) - at) ** 2) / (2 * 2.0**2)) for side, at in ((480, y), (640, x))
        )
        image += (100 if dim else 200) * np.outer(down, across)
    left, top = int(roi.left - 70), max(int(roi.top - 50), 0)
    right, bottom = int(roi.right + 70), int(roi.bottom + 50)
    patch = image[top:bottom, left:right].round().astype(np.uint8)
    return Region(patch, np.array([left, top]), Found(roi, "comb", 1.0), points, positive)


def dot(crop: np.ndarray, near: np.ndarray, roi: Roi) -> tuple[np.ndarray, float]:
    """Centre of mass of the dot around a point, and what it sums up to."""
    column, row = near.round().astype(int)
    down, across = int(8 * crop.shape[0] / roi.height), int(8 * crop.shape[1] / roi.width)
    rows, columns = np.mgrid[row - down : row + down + 1, column - across : column + across + 1]
    light = crop[rows, columns] - np.median(crop)
    light = light * (light > 0.02 * light.max())
    place = np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()
    return place, float(light.sum())


@given(seed=st.integers(0, 10_000), mirrored=st.booleans())
def test_changed_points_stay_on_what_they_point_at(seed: int, mirrored: bool) -> None:
    own = dots(ROI, ALTERNATING if mirrored else UNEVEN)
    crop, points, positive = changed(own, SIZE, np.random.default_rng(seed))
    seen = [dot(crop, point, ROI) for point in points]
    np.testing.assert_allclose([place for place, _ in seen], points, atol=0.1)
    assert (np.diff(points[:, 1]) > 0).all()
    light = np.array([sum_ for _, sum_ in seen])
    assert light[positive].max() < 0.7 * light[~positive].min()


def test_every_other_region_is_mirrored_but_none_where_that_would_change_polarity() -> None:
    for positive, least, most in ((ALTERNATING, 0.35, 0.65), (UNEVEN, 0, 0)):
        own = dots(ROI, positive)
        towards = ROI.to_input(ENDS, SIZE)
        mirrored = []
        for seed in range(100):
            _, points, polarity = changed(own, SIZE, np.random.default_rng(seed))
            straight = np.abs(points[:, 0] - points[:, 0].mean() - (towards[:, 0] - towards[:, 0].mean()))
            turned = np.abs(points[::-1, 0] - points[:, 0].mean() - (towards[:, 0] - towards[:, 0].mean()))
            mirrored.append(turned.sum() < straight.sum())
            assert np.array_equal(polarity, positive)
        assert least <= np.mean(mirrored) <= most


@pytest.mark.parametrize("size", [SIZE, (128, 192), (96, 160)])
@pytest.mark.parametrize("roi", [ROI, ROI._replace(top=-30.4, bottom=275.2)])
def test_what_is_cut_lies_where_the_region_says(size: tuple[int, int], roi: Roi) -> None:
    crop, points = cut(dots(roi, ALTERNATING), size), roi.to_input(ENDS, size)
    assert crop.shape == size and crop.dtype == np.float32
    np.testing.assert_allclose([dot(crop, point, roi)[0] for point in points], points, atol=0.1)


def test_a_region_holds_all_that_is_seen_of_the_image(xrays: Xrays) -> None:
    for at in range(0, len(xrays), 4):
        image = xrays.image(at)
        own = region(image, *xrays.poles(at))
        assert own.found.how == "comb" and own.roi.contains(own.points).all()
        x, y = own.corner
        height, width = own.patch.shape
        np.testing.assert_array_equal(own.patch, image[y : y + height, x : x + width])
        np.testing.assert_allclose(cut(own, SIZE), normal(own.roi.crop(image, SIZE)), atol=0.01)


def test_a_constant_image_gives_numbers() -> None:
    own = region(np.full((480, 640), 90, np.uint8), ENDS, ALTERNATING)
    assert own.found.how == "whole image"
    assert (cut(own, SIZE) == 0).all()
    crop, points, _ = changed(own, SIZE, np.random.default_rng(0))
    assert (crop == 0).all() and np.isfinite(points).all()


def test_what_a_network_sees_has_mean_0_and_deviation_1(xrays: Xrays) -> None:
    seen = cut(region(xrays.image(0), *xrays.poles(0)), SIZE)
    assert abs(seen.mean()) < 1e-4 and seen.std() == pytest.approx(1, abs=1e-4)


def test_polarity_heatmaps_are_the_highest_of_their_poles() -> None:
    points = ROI.to_input(ENDS, SIZE)
    each = target(points, ALTERNATING, Localization(sigma=1.5))
    assert np.array_equal(each, encode(points, SIZE, 1.5)) and each.shape == (5, 64, 96)
    both = target(points, ALTERNATING, Localization(sigma=1.5, poles=0))
    assert np.array_equal(both, np.stack([each[[0, 2, 4]].max(axis=0), each[[1, 3]].max(axis=0)]))
    found = peaks(both, sigma=1.5)
    for kind, own in zip((False, True), found, strict=True):
        np.testing.assert_allclose(to_cells(own.points), to_cells(points[kind == ALTERNATING]), atol=0.05)


def test_an_image_without_positive_plates_has_an_empty_heatmap_of_them() -> None:
    both = target(ROI.to_input(ENDS, SIZE), np.zeros(5, bool), Localization(poles=0))
    assert both.shape == (2, 64, 96) and both[0].max() > 0.5 and not both[1].any()


def batches(regions: list[Region], seed: int = 0, epoch: int = 0, **values: object) -> list[Batch]:
    return list(loader(Draw(regions, PROFILE.model_copy(update=values), seed, epoch)))


def same(one: list[Batch], other: list[Batch]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a.images.equal(b.images) and a.heatmaps.equal(b.heatmaps) for a, b in pairs)


def test_seed_and_epoch_decide_the_batches() -> None:
    regions = [dots(ROI, ALTERNATING, ENDS + shift) for shift in (0, 1, 2, 3)]
    first = batches(regions, seed=1, epoch=2)
    assert [each.images.shape for each in first] == [(3, 1, 64, 96)] * 4
    assert [each.heatmaps.shape for each in first] == [(3, 5, 16, 24)] * 4
    assert same(first, batches(regions, seed=1, epoch=2))
    assert not same(first, batches(regions, seed=2, epoch=2))
    assert not same(first, batches(regions, seed=1, epoch=3))


def test_a_region_is_changed_anew_whenever_it_is_drawn() -> None:
    own = [dots(ROI, ALTERNATING)]
    drawn = [each for key in ((0, 0), (0, 1), (1, 0)) for each in batches(own, *key, batch=1, steps=2)]
    assert len({each.heatmaps.numpy().tobytes() for each in drawn}) == 6


@pytest.mark.parametrize(("steps", "drawn"), [(0, 4), (1, 3), (2, 6), (4, 12)])
def test_all_regions_are_drawn_about_as_often(steps: int, drawn: int) -> None:
    regions = [dots(ROI, ALTERNATING)] * 4
    order = Draw(regions, PROFILE.model_copy(update={"steps": steps}), 0, 0).order
    counts = np.bincount(order, minlength=4)
    assert counts.sum() == drawn and np.ptp(counts) <= 1


def test_without_augmentation_a_region_is_seen_as_it_is() -> None:
    own = dots(ROI, ALTERNATING)
    labelled = replace(own, points=ENDS + 1)
    (batch,) = batches([labelled], steps=0, augment="none")
    size = (PROFILE.height, PROFILE.width)
    assert np.array_equal(batch.images[0, 0].numpy(), cut(own, size))
    expected = encode(ROI.to_input(ENDS + 1, size), size, PROFILE.sigma)
    assert np.array_equal(batch.heatmaps[0].numpy(), expected)
