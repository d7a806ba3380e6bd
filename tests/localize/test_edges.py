"""Fitted ends of plates against ends that are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cvlib.localize.edges import Tips, fit_tips
from cvlib.simulate.cell import Scene, View, plan
from cvlib.simulate.xray import draw


@cache
def views() -> list[tuple[View, np.ndarray]]:
    """One of each of 24 cells; wires and bars may lie across their plates."""
    return [(view, draw(view)) for view in plan(images=96, seed=21)[::4]]


def errors(shift: tuple[float, float] = (0, 0), noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """(N,) distances from the truth in px, NaN where none was found, and (N, 2) in expected deviations."""
    rng = np.random.default_rng(5)
    distance, scaled = [], []
    for view, image in views():
        start = view.points + shift + rng.normal(0, noise, view.points.shape)
        tips = fit_tips(image, start, view.positive)
        distance.append(np.linalg.norm(tips.points - view.points, axis=1))
        scaled.append((tips.points - view.points) / tips.sd)
    return np.concatenate(distance), np.concatenate(scaled)


@pytest.mark.parametrize("noise", [0.1, 1.5, 2.5])
def test_ends_are_found_to_a_quarter_of_a_pixel_from_wherever_the_search_starts(noise: float) -> None:
    distance, _ = errors(noise=noise)
    assert np.isnan(distance).mean() < 0.01
    assert np.nanmean(distance) < 0.25
    assert np.mean(distance > 1) < 0.02


@pytest.mark.parametrize("shift", [(5, 0), (-5, 0), (0, 5), (0, -5), (3, 3)])
def test_a_start_nearer_to_the_neighbouring_plate_comes_home(shift: tuple[float, float]) -> None:
    distance, _ = errors(shift)
    assert np.mean(distance < 1) > 0.98


def test_expected_deviations_are_what_comes_out() -> None:
    _, scaled = errors(noise=1.0)
    typical = 1.4826 * np.nanmedian(np.abs(scaled), axis=0)
    assert (typical > 0.8).all() and (typical < 1.8).all()


def test_a_shifted_image_shifts_the_ends() -> None:
    view, image = views()[3]
    tips = fit_tips(image, view.points + 1, view.positive)
    moved = fit_tips(np.roll(image, (9, -13), axis=(0, 1)), view.points + 1 + [-13, 9], view.positive)
    np.testing.assert_allclose(moved.points, np.add(tips.points, [-13, 9]), atol=0.02)
    np.testing.assert_allclose(moved.sd, tips.sd, rtol=0.1)


def test_a_mirrored_image_mirrors_the_ends() -> None:
    view, image = views()[3]
    last = image.shape[0] - 1
    tips = fit_tips(image, view.points, view.positive)
    turned = np.column_stack([view.points[:, 0], last - view.points[:, 1]])[::-1]
    mirrored = fit_tips(image[::-1], turned, view.positive[::-1])
    assert mirrored.points[::-1, 0] == pytest.approx(tips.points[:, 0], abs=0.1)
    assert last - mirrored.points[::-1, 1] == pytest.approx(tips.points[:, 1], abs=0.1)


def test_missing_predictions_stay_missing_and_the_others_do_not_mind() -> None:
    view, image = views()[1]
    start = view.points + 1
    start[[0, 4, 5, 12]] = np.nan
    tips = fit_tips(image, start, view.positive)
    assert np.isnan(tips.points).any(axis=1).tolist() == np.isnan(start).any(axis=1).tolist()
    assert (tips.confidence[np.isnan(start[:, 0])] == 0).all()
    assert np.nanmax(np.abs(tips.points - view.points)) < 1


@pytest.mark.parametrize("poles", [3, 7, 21])
def test_other_numbers_of_plates(poles: int) -> None:
    view = plan(images=1, seed=6, scene=Scene(poles=poles))[0]
    tips = fit_tips(draw(view), np.add(view.points, [1, -1]), view.positive)
    assert np.median(np.abs(tips.points - view.points)) < 0.3


def test_one_pole_alone() -> None:
    view, image = views()[1]
    tips = fit_tips(image, view.points[5:6] + 1, view.positive[5:6])
    assert np.abs(tips.points - view.points[5:6]).max() < 0.5


def test_a_plate_that_is_not_there_is_not_found() -> None:
    view, image = views()[0]
    ghosts = np.add(view.points, [-90, 0])
    assert np.isnan(fit_tips(image, ghosts, view.positive).points).all(axis=1).mean() > 0.9
    inward = np.add(view.points, [70, 0])
    assert np.isnan(fit_tips(image, inward, view.positive).points).all(axis=1).mean() > 0.9


@pytest.mark.parametrize("sd", [0, 2, 12])
def test_an_image_without_plates_gives_next_to_nothing(sd: float) -> None:
    rng = np.random.default_rng(0)
    start = np.stack([np.full(13, 150.0), 60 + 9 * np.arange(13)], axis=1)
    found = 0
    for _ in range(10):
        image = rng.normal(150, sd, (240, 320)).clip(0, 255).astype(np.uint8)
        tips = fit_tips(image, start, np.arange(13) % 2 == 1)
        found += int(np.isfinite(tips.points[:, 0]).sum())
        assert ((tips.confidence > 0) == np.isfinite(tips.points[:, 0])).all()
    assert found <= 5


@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (40, 60)])
def test_points_at_and_beyond_the_border_are_no_error(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    height, width = shape
    points = np.array(
        [[0, 0], [-1, 2], [width - 1, height - 1], [width, 0], [1e12, -1e12], [np.inf, 0]], float
    )
    tips: Tips = fit_tips(image, points, np.arange(6) % 2 == 1)
    assert np.isnan(tips.points[[1, 3, 4, 5]]).all()
    inside = tips.points[np.isfinite(tips.points[:, 0])]
    assert ((inside >= 0) & (inside <= [width - 1, height - 1])).all()
    assert fit_tips(image, points[:0], np.zeros(0, bool)).points.shape == (0, 2)
