"""The project's own correction: better where it can be, never worse where it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cvlib.errors import DataError
from cvlib.localize.calibration import Calibration, Example, calibrate
from cvlib.localize.corners import Corners, find_corners
from cvlib.localize.edges import fit_tips
from cvlib.localize.fusion import Fused, debias, fuse
from cvlib.localize.refine import correct
from cvlib.simulate.cell import View, plan
from cvlib.simulate.xray import draw

NO_CORNERS = Corners(np.zeros((0, 2)), np.zeros(0, int), np.zeros(0), np.zeros(0))

Shown = tuple[View, np.ndarray, Corners]

Inputs = tuple[np.ndarray, np.ndarray, np.ndarray]


@cache
def shown() -> tuple[list[Shown], list[Shown]]:
    """Images to calibrate on and to test on, of different cells."""
    made = [(view, image := draw(view), find_corners(image)) for view in plan(images=72, seed=31)]
    return made[:40], made[40:]


def guesses(views: list[Shown], nme: float, gross: float = 0.0, seed: int = 0) -> list[np.ndarray]:
    """A network of that NME (percent of an ROI's diagonal), with a share of outliers of 6 px."""
    rng, made = np.random.default_rng(seed), []
    for view, _, _ in views:
        sd = nme / 100 * diagonal(view) / np.sqrt(np.pi / 2)
        angle = rng.uniform(0, 2 * np.pi, len(view.points))
        out = rng.random(len(view.points)) < gross
        off = np.where(out[:, None], 6 * np.stack([np.cos(angle), np.sin(angle)], axis=1), 0)
        made.append(view.points + np.where(out[:, None], off, rng.normal(0, sd, off.shape)))
    return made


def diagonal(view: View) -> float:
    height = 1.3 * float(np.ptp(view.points[:, 1]))
    return float(np.hypot(height, 1.5 * height))


@cache
def calibrated(nme: float, label_noise: float = 0.0, gross: float = 0.0) -> Calibration:
    rng = np.random.default_rng(9)
    views = shown()[0]
    examples = [
        Example(
            guess, view.points + rng.normal(0, label_noise, guess.shape), view.positive, corners,
            fit_tips(image, guess, view.positive),
        )
        for (view, image, corners), guess in zip(views, guesses(views, nme, gross, seed=1), strict=True)
    ]  # fmt: skip
    return calibrate(examples)


def relative(results: list[np.ndarray]) -> np.ndarray:
    """(images, K) errors in percent of the diagonal."""
    return np.stack(
        [
            np.linalg.norm(points - view.points, axis=1) / diagonal(view) * 100
            for points, (view, _, _) in zip(results, shown()[1], strict=True)
        ]
    )


def all_fused(points: list[np.ndarray], calibration: Calibration) -> list[Fused]:
    return [
        fuse(image, guess, view.positive, corners, calibration)
        for (view, image, corners), guess in zip(shown()[1], points, strict=True)
    ]


@pytest.mark.parametrize("label_noise", [0.0, 1.0])
@pytest.mark.parametrize(("nme", "gross", "gain"), [(0.6, 0.01, 0.7), (0.25, 0.01, 0.5), (0.05, 0.0, 0.0)])
def test_fused_points_gain_much_on_a_coarse_network_and_lose_nothing_on_a_fine_one(
    nme: float, gross: float, gain: float, label_noise: float
) -> None:
    before = guesses(shown()[1], nme, gross, seed=2)
    fused = all_fused(before, calibrated(nme, label_noise, gross))
    error, was = relative([f.points for f in fused]), relative(before)
    assert error.mean() <= (1 - gain) * was.mean()
    assert (error <= 0.5).mean() >= 0.97
    assert (error.max(axis=1) <= 0.5).mean() >= 0.85


@pytest.mark.parametrize(("nme", "least"), [(0.6, 0.2), (0.25, 0.0), (0.05, -0.03)])
def test_corners_without_their_offset_do_no_harm_either(nme: float, least: float) -> None:
    before = guesses(shown()[1], nme, seed=2)
    after = [
        debias(guess, view.positive, corners, calibrated(nme)).points
        for (view, _, corners), guess in zip(shown()[1], before, strict=True)
    ]
    assert relative(after).mean() <= (1 - least) * relative(before).mean()


@pytest.mark.parametrize("label_noise", [0.0, 1.0, 2.0])
def test_the_noise_of_labels_does_not_pass_for_the_networks(label_noise: float) -> None:
    views = shown()[0]
    true = np.mean([(nme_sd(view, 0.25)) ** 2 for view, _, _ in views])
    found = calibrated(0.25, label_noise).network
    assert np.sqrt(found / true) == pytest.approx(np.ones((2, 2)), abs=0.2)


def nme_sd(view: View, nme: float) -> float:
    return nme / 100 * diagonal(view) / float(np.sqrt(np.pi / 2))


def test_corners_are_known_to_lie_inward_along_the_plate() -> None:
    calibration = calibrated(0.25)
    used = np.isfinite(calibration.corner).all(axis=2)
    assert used[0].all()
    assert (calibration.corner_bias[used][:, 0] > 0.5).all()


def test_confidence_tells_good_points_from_bad_ones() -> None:
    before = guesses(shown()[1], 0.6, 0.01, seed=2)
    fused = all_fused(before, calibrated(0.6))
    error, confidence = relative([f.points for f in fused]).ravel(), np.stack([f.confidence for f in fused])
    order = np.argsort(confidence.ravel())
    assert error[order[-100:]].mean() < 0.6 * error[order[:100]].mean()


def test_a_gross_outlier_is_repaired() -> None:
    view, image, corners = shown()[1][0]
    guess = guesses(shown()[1], 0.25, seed=2)[0]
    guess[4] += [-5, 4]
    fused = fuse(image, guess, view.positive, corners, calibrated(0.25, 0.0, 0.01))
    assert np.linalg.norm(fused.points[4] - view.points[4]) < 1


@pytest.mark.parametrize(("trust", "taken"), [(0.9, True), (0.1, False)])
def test_where_point_and_end_disagree_the_one_that_was_better_before_counts(
    trust: float, taken: bool
) -> None:
    view, image, _ = shown()[1][0]
    guess = view.points.copy()
    guess[5] += [-4, 0]
    calibration = replace(calibrated(0.25), trust=np.array(trust))
    fused = fuse(image, guess, view.positive, NO_CORNERS, calibration)
    assert fused.used[5].tolist() == [not taken, False, taken]
    assert np.linalg.norm(fused.points[5] - (view.points if taken else guess)[5]) < 1
    assert fused.used[6].tolist() == [True, False, True]


@pytest.mark.parametrize("nme", [0.6, 0.05])
def test_where_nothing_else_is_credible_the_networks_point_stays_and_is_not_trusted(nme: float) -> None:
    view, image, corners = shown()[1][0]
    flat = np.full_like(image, 140)
    fused = fuse(flat, view.points, view.positive, NO_CORNERS, calibrated(nme))
    assert np.array_equal(fused.points, view.points)
    assert fused.used.tolist() == [[True, False, False]] * 13
    assert (fused.confidence <= 0.5).all()
    seen = fuse(image, view.points, view.positive, corners, calibrated(nme))
    assert (fused.confidence < seen.confidence).all()


def test_a_corner_of_something_else_does_not_count() -> None:
    view, _, _ = shown()[1][0]
    calibration = calibrated(0.25)
    far = view.points + calibration.corner_bias[0][view.positive.astype(int)] + [0, 6]
    corners = Corners(far[:1], np.zeros(1, int), np.ones(1), np.zeros(1))
    fused = debias(view.points, view.positive, corners, calibration)
    assert np.array_equal(fused.points, view.points) and not fused.used[:, 1].any()


def test_bad_points_are_no_error_and_not_trusted() -> None:
    view, image, corners = shown()[1][0]
    guess = view.points.copy()
    guess[[0, 1]] = np.nan
    guess[2] = [np.inf, 3]
    guess[3] = [-20, 50]
    fused = fuse(image, guess, view.positive, corners, calibrated(0.25))
    assert np.isnan(fused.points[:3]).all()
    assert (fused.confidence[:3] == 0).all() and (fused.confidence[3:] > 0.3).all()
    assert np.abs(fused.points[3:] - view.points[3:]).max() < 1  # one of them was outside the image
    none = fuse(image, guess[:0], view.positive[:0], corners, calibrated(0.25))
    assert none.points.shape == (0, 2) and none.used.shape == (0, 3)


def test_a_point_far_across_the_stack_is_looked_for_where_the_others_have_it() -> None:
    view, image, corners = shown()[1][1]
    for pole, shift in ((0, [-40, 8]), (12, [20, 20]), (5, [0, 9])):
        guess = view.points.copy()
        guess[pole] += shift
        fused = fuse(image, guess, view.positive, corners, calibrated(0.25))
        assert np.linalg.norm(fused.points[pole] - view.points[pole]) < 1.5, pole


def test_an_end_in_place_of_a_point_thrown_away_counts_once() -> None:
    view, image, _ = shown()[1][1]
    guess, calibration = view.points.copy(), calibrated(0.25)
    guess[5] += [0, 9]
    fused = fuse(image, guess, view.positive, NO_CORNERS, calibration)
    assert fused.used[5].tolist() == [False, False, True]
    sd = fit_tips(image, view.points, view.positive).sd[5]
    variance = calibration.edge_factor[1] * (sd**2 + calibration.edge_typical[1]) / 2
    assert fused.confidence[5] == pytest.approx(0.5 / (1 + variance.sum()), rel=0.02)


@pytest.mark.parametrize(("nme", "doubted"), [(0.25, [5]), (0.6, [])])
def test_ends_unusually_far_from_the_networks_points_are_doubted(nme: float, doubted: list[int]) -> None:
    view, image, corners = shown()[1][0]
    guess = view.points.copy()
    guess[5] += [-4, 0]
    guess[6] += [-2, 0]
    calibration = replace(calibrated(nme), trust=np.array(0.9))
    fused = fuse(image, guess, view.positive, corners, calibration)
    assert np.linalg.norm(fused.points - view.points, axis=1).max() < 1
    assert np.flatnonzero(fused.confidence < 0.5).tolist() == doubted


WRONG = [
    (lambda image, points, positive: (image, points.T, positive), "points of shape"),
    (lambda image, points, positive: (image, points.ravel(), positive), "points of shape"),
    (lambda image, points, positive: (image, points, positive[:12]), "polarity of shape"),
    (lambda image, points, positive: (image, points, positive[:, None]), "polarity of shape"),
    (lambda image, points, positive: (image / 255, points, positive), "expected .H, W. uint8"),
    (lambda image, points, positive: (image.astype(np.uint16), points, positive), "expected .H, W. uint8"),
    (lambda image, points, positive: (np.dstack([image] * 3), points, positive), "expected .H, W. uint8"),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_what_cannot_be_corrected_is_refused_in_one_line(change: Callable[..., Inputs], said: str) -> None:
    view, image, corners = shown()[0][0]
    calibration = calibrated(0.25)
    image, points, positive = change(image, view.points, view.positive)
    for corrected in (
        lambda: fuse(image, points, positive, corners, calibration),
        lambda: correct(image, points, positive, corners),
        lambda: fit_tips(image, points, positive),
    ):
        with pytest.raises(DataError, match=said) as caught:
            corrected()
        assert "\n" not in str(caught.value)
    if "uint8" not in said:
        with pytest.raises(DataError, match=said):
            debias(points, positive, corners, calibration)


def test_a_plate_that_is_really_shorter_is_left_where_it_ends() -> None:
    view, _, _ = shown()[1][1]
    for pole, short in ((4, 16.0), (7, -15.0)):
        tip = view.plates.tip.copy()
        tip[pole] += short
        bad = replace(view, plates=replace(view.plates, tip=tip))
        image = draw(bad)
        guess = bad.points + np.random.default_rng(0).normal(0, 0.8, (13, 2))
        fused = fuse(image, guess, bad.positive, find_corners(image), calibrated(0.25))
        assert np.linalg.norm(fused.points[pole] - bad.points[pole]) < 1, pole


def test_a_calibration_survives_json() -> None:
    calibration = calibrated(0.25)
    back = Calibration.from_json(calibration.to_json())
    for name, value in vars(calibration).items():
        np.testing.assert_array_equal(getattr(back, name), value)


@pytest.mark.parametrize("change", [{"network": [1, 2]}, {"network": "a"}, {"more": 1}, {"network": None}])
def test_what_is_no_calibration_is_refused_in_one_line(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(calibrated(0.25).to_json()) | change)
    with pytest.raises(DataError, match="calibrat") as caught:
        Calibration.from_json(text)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError):
        Calibration.from_json("[]")


def test_too_little_to_calibrate_on_is_refused() -> None:
    view, image, corners = shown()[0][0]
    one = Example(
        view.points, view.points, view.positive, corners, fit_tips(image, view.points, view.positive)
    )
    with pytest.raises(DataError, match="negative poles"):
        calibrate([one])
    with pytest.raises(DataError, match="validation images"):
        calibrate([])
