"""What a user of the simulated coatings relies on."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import islice

import cv2
import numpy as np
import pytest

from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.simulate.coating import HEIGHT, SHARES, WIDTH, Clip, draw, masks, plan

PAPER = {"surface_crack": 0.8743, "delamination": 0.0912, "pinhole": 0.2330}
"""Shares of images with each class: paper 1, Data Records."""

CRACK, DELAMINATION, PINHOLE = range(3)


@cache
def drawn() -> list[tuple[Clip, list[np.ndarray], list[np.ndarray]]]:
    """Every third clip of a small data set, drawn once for all tests."""
    result = []
    for clip in plan(300, seed=5)[:-1:4]:
        frames = list(draw(clip))
        result.append((clip, [image for image, _ in frames], [mask for _, mask in frames]))
    return result


def digest(clip: Clip) -> str:
    pixels = hashlib.sha256()
    for image, mask in draw(clip):
        pixels.update(image.tobytes())
        pixels.update(mask.tobytes())
    return pixels.hexdigest()


def shares(labels: list[np.ndarray]) -> dict[str, float]:
    return dict(zip(CLASSES, np.concatenate(labels).mean(axis=0).tolist(), strict=True))


def roundness(pinhole: np.ndarray) -> float:
    """4 pi A / P^2 (paper 1, eq. 1); the contour runs through pixel centres, half a pixel inside."""
    contours, _ = cv2.findContours(pinhole.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return float(4 * np.pi * pinhole.sum() / (cv2.arcLength(contours[0], True) + np.pi) ** 2)


def test_shapes_and_types() -> None:
    for clip, images, truths in drawn():
        assert len(images) == len(truths) == clip.frames
        for image, mask in zip(images, truths, strict=True):
            assert image.shape == (HEIGHT, WIDTH, 3) == (480, 640, 3) and image.dtype == np.uint8
            assert mask.shape == (480, 640, len(CLASSES)) and mask.dtype == np.bool_


@pytest.mark.parametrize("images", [1, 2, 7, 16, 17, 100, 419, 2227])
def test_the_plan_has_the_images_asked_for_in_clips_that_follow_each_other(images: int) -> None:
    clips = plan(images)
    assert [clip.number for clip in clips] == list(range(len(clips)))
    assert [clip.first for clip in clips] == np.cumsum([0, *(clip.frames for clip in clips)])[:-1].tolist()
    assert sum(clip.frames for clip in clips) == images
    for clip in clips[:-1]:
        assert 8 <= clip.frames <= 16
    for clip in clips:
        assert 0.1 * WIDTH <= clip.displacement_px <= 0.6 * WIDTH
        assert clip.gap_um in (600, 700, 800, 900, 1000, 1100) and clip.water_share in (0.25, 0.5, 0.75)


@pytest.mark.parametrize("seed", range(10))
def test_planned_prevalences_are_the_paper_s(seed: int) -> None:
    planned = shares([clip.labels() for clip in plan(2227, seed)])
    for name, share in PAPER.items():
        assert planned[name] == pytest.approx(share, abs=0.0005)
    assert planned["unclassified"] == pytest.approx(0.10, abs=0.0005)


@pytest.mark.parametrize("images", [*range(1, 40, 3), 64, 150])
def test_small_plans_meet_the_shares_as_far_as_they_can(images: int) -> None:
    for seed in range(5):
        counted = shares([clip.labels() for clip in plan(images, seed)])
        for name, share in SHARES.items():
            assert counted[name] * images == pytest.approx(round(share * images))


@pytest.mark.parametrize("seed", range(10))
def test_masks_show_what_the_plan_says(seed: int) -> None:
    for clip in plan(2227, seed)[seed::30]:
        assert np.array_equal(labels_drawn(clip), clip.labels())


@pytest.mark.slow
def test_drawn_prevalences_are_the_paper_s() -> None:
    counted = shares([labels_drawn(clip) for clip in plan(2227)])
    for name, share in PAPER.items():
        assert counted[name] == pytest.approx(share, abs=0.01)


def labels_drawn(clip: Clip) -> np.ndarray:
    """(frames, 4) bool: which classes each mask shows."""
    return np.array([mask.any(axis=(0, 1)) for mask in masks(clip)])


def test_every_frame_shows_defects_large_enough_to_be_seen() -> None:
    for clip in plan(700, seed=8)[::6]:
        for mask, shown in zip(masks(clip), clip.labels(), strict=True):
            assert (mask.sum(axis=(0, 1))[shown] >= 5).all()


def test_same_seed_same_bytes_in_any_order() -> None:
    first = {clip.number: digest(clip) for clip in plan(28, seed=11)}
    again = {clip.number: digest(clip) for clip in reversed(plan(28, seed=11))}
    assert first == again
    assert len(set(first.values())) == len(first)
    assert first[0] != digest(plan(28, seed=12)[0])


def test_same_seed_same_bytes_in_another_process() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_coating as t;"
        "import numpy, cv2; numpy.random.seed(3); cv2.setRNGSeed(4); cv2.setNumThreads(1);"
        "print(t.digest(t.plan(28, seed=11)[1]))"
    )
    folder = __file__.rpartition("/")[0]
    command = [sys.executable, "-c", program, folder]
    other = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert other == digest(plan(28, seed=11)[1])


def test_masks_alone_are_the_masks_of_the_pictures() -> None:
    clip, _, truths = drawn()[0]
    assert np.array_equal(list(masks(clip)), truths)


def test_neighbouring_frames_share_their_pixels() -> None:
    for clip, images, truths in drawn():
        step = clip.displacement_px
        for k in range(clip.frames - 1):
            assert np.array_equal(truths[k][:, step:], truths[k + 1][:, :-step])
        left, right = (cv2.GaussianBlur(image, (0, 0), 2).astype(float) for image in images[:2])
        same = np.corrcoef(left[:, step:, 1].ravel(), right[:, :-step, 1].ravel())[0, 1]
        shifted = np.corrcoef(left[:, step:, 1].ravel(), np.roll(right[:, :-step, 1], 40).ravel())[0, 1]
        assert same > 0.7 and same > shifted + 0.2


def test_the_masks_are_independent_of_the_frames_they_came_from() -> None:
    frames = draw(plan(9, seed=2)[0])
    image, mask = next(frames)
    image[:], mask[:] = 0, True
    assert not next(frames)[1].all()


def test_defects_grow_with_gap_and_water() -> None:
    for seed in range(4):
        clips = plan(2227, seed)
        cracked = [clip.crack_density * (clip.crack_frames[1] > clip.crack_frames[0]) for clip in clips]
        pinholes = [sum(defect.kind == "pinhole" for defect in clip.defects) for clip in clips]
        peeled = [clip.labels()[:, DELAMINATION].mean() for clip in clips]
        for parameter in ([clip.gap_um for clip in clips], [clip.water_share for clip in clips]):
            low = np.array(parameter) == min(parameter)
            high = np.array(parameter) == max(parameter)
            for amount in (cracked, pinholes, peeled):
                assert np.array(amount)[high].mean() > 1.3 * np.array(amount)[low].mean()


def test_denser_plans_draw_more_cracks() -> None:
    clips = [clip for clip in plan(2227, seed=1) if clip.crack_frames == (0, clip.frames)][::14]
    area = [np.mean([mask[:, :, CRACK].mean() for mask in masks(clip)]) for clip in clips]
    assert np.corrcoef([clip.crack_density for clip in clips], area)[0, 1] > 0.7


def test_pinholes_are_mostly_irregular_small_voids() -> None:
    values: list[float] = []
    radii: list[float] = []
    for clip in plan(2227, seed=4):
        for defect in clip.defects:
            frame = min(clip.showing(defect.left, defect.right))
            edge = frame * clip.displacement_px
            whole = edge < defect.left and defect.right < edge + WIDTH
            if defect.kind == "pinhole" and whole and len(values) < 60:
                alone = replace(clip, defects=(defect,), crack_frames=(0, 0))
                pinhole = next(islice(masks(alone), frame, None))[:, :, PINHOLE]
                values.append(roundness(pinhole))
                radii.append(float(np.sqrt(pinhole.sum() / np.pi)))
    assert len(values) == 60
    assert min(radii) > 2 and max(radii) < 15.5
    assert np.mean(np.array(values) < 0.8) > 0.75
    assert 0.4 < np.median(values) < 0.75
    assert 0.01 < np.mean(np.array(values) > 0.84) < 0.25


def test_defects_are_brighter_than_the_coating_and_lie_in_their_masks() -> None:
    brightness: dict[int, list[float]] = {CRACK: [], DELAMINATION: [], PINHOLE: []}
    for clip, images, truths in drawn():
        for image, mask in zip(images, truths, strict=True):
            grey = image.mean(axis=2)
            near = cv2.dilate(np.asarray(mask.any(axis=2), np.uint8), np.ones((9, 13 + 2 * clip.blur_px))) > 0
            coating = grey[~near]
            assert coating.mean() < 90
            assert np.mean(coating > 125) < 1e-4, "something bright that no mask shows"
            for channel, values in brightness.items():
                if mask[:, :, channel].sum() > 60:
                    values.append(grey[mask[:, :, channel]].mean() / coating.mean())
    for channel, values in brightness.items():
        assert values and np.mean(values) > 1.4, CLASSES[channel]
        assert min(values) > 1.1, CLASSES[channel]


@pytest.mark.parametrize("images", [0, -1, 2.5, "12", None, True])
def test_a_wrong_number_of_images_is_told_in_one_line(images: object) -> None:
    with pytest.raises(UserError, match=r"^images is .*: expected an integer of at least 1\.$"):
        plan(images=images)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [-1, 0.5, "a", None])
def test_a_wrong_seed_is_told_in_one_line(seed: object) -> None:
    with pytest.raises(UserError, match=r"^seed is .*: expected an integer of at least 0\.$"):
        plan(images=1, seed=seed)  # type: ignore[arg-type]
