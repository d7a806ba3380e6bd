"""Which images overlap: strips cut by hand, and the simulator, whose clips are the truth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib.data import Dataset, open_dataset
from cvlib.data.duplicates import groups, groups_from, groups_of, overlaps
from cvlib.data.splits import split

HEIGHT, WIDTH = 240, 320
CELL_PX = WIDTH / 80


class Pictures(Dataset):
    """Grey pictures, each a clip of its own."""

    name = title = "pictures"
    origin = "unknown"

    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        self.pictures = pictures
        names = [f"picture_{number}" for number in range(len(pictures))]
        self.frames = pd.DataFrame({"name": names, "clip": range(len(names))})

    def image(self, index: int) -> np.ndarray:
        return cv2.cvtColor(self.pictures[index], cv2.COLOR_GRAY2RGB)

    def mask(self, index: int) -> np.ndarray:
        return np.zeros((*self.pictures[index].shape, 4), bool)

    def fingerprint(self) -> str:
        return ""


def texture(seed: int, width: int = WIDTH, height: int = HEIGHT, sigma: float = 5) -> np.ndarray:
    """Blotches, twice ``sigma`` in pixels."""
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    blotches = cv2.GaussianBlur(noise, (0, 0), sigma)
    return shown(110 + 35 * blotches / blotches.std())


def shown(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture, 0, 255).astype(np.uint8)


def windows(strip: np.ndarray, offsets: Sequence[int]) -> list[np.ndarray]:
    return [strip[:, offset : offset + WIDTH] for offset in offsets]


def reencoded(picture: np.ndarray, quality: int) -> np.ndarray:
    _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return decoded


def test_windows_of_a_strip_are_found_with_their_shifts() -> None:
    offsets = np.array([0, 30, 100, 190, 150])
    found = overlaps(Pictures(windows(texture(1, 600), offsets.tolist())))
    assert (found["first"] < found["second"]).all()
    assert len(found) == 5 * 4 / 2
    shifts = offsets[found["second"]] - offsets[found["first"]]
    assert np.abs(found["shift_px"] - shifts).max() <= CELL_PX
    assert np.abs(found["overlap"] - (1 - np.abs(shifts) / WIDTH)).max() <= CELL_PX / WIDTH
    assert found["score"].between(0.75, 1.0001).all()


def test_independent_textures_do_not_match() -> None:
    data = Pictures([texture(seed) for seed in range(30)])
    assert overlaps(data).empty
    assert groups(data).tolist() == list(range(30))


@pytest.mark.parametrize("others", [0, 1, 40])
def test_copies_are_found_among_few_and_many_pictures(others: int) -> None:
    original = texture(1)
    darker = (reencoded(original, 20) * 0.8).astype(np.uint8)
    data = Pictures([original, darker, *(texture(seed) for seed in range(2, 2 + others))])
    found = overlaps(data)
    assert found[["first", "second", "shift_px"]].to_numpy().tolist() == [[0, 1, 0]]
    assert groups(data).tolist() == [0, 0, *range(1, 1 + others)]


def test_frames_that_wobble_and_are_noisy_are_found() -> None:
    strip, generator = texture(3, 900, HEIGHT + 8, sigma=2), np.random.default_rng(0)
    frames = []
    for number in range(10):
        wobble = 5 * (number % 2)
        frame = strip[wobble : wobble + HEIGHT, 60 * number : 60 * number + WIDTH]
        frames.append(shown(frame + generator.normal(0, 10, (HEIGHT, WIDTH))))
    found = overlaps(Pictures(frames)).query("second == first + 1")
    assert found["shift_px"].tolist() == pytest.approx([60] * 9, abs=CELL_PX)


def test_lamps_and_dirt_on_the_lens_join_nothing() -> None:
    light, dirt = np.linspace(0.5, 1.3, WIDTH), texture(99).astype(float) - 110
    assert overlaps(Pictures([shown(texture(seed) * light + 2 * dirt) for seed in range(30)])).empty


def test_edges_and_streaks_along_the_movement_join_nothing() -> None:
    pictures = []
    for seed in range(30):
        picture = 0.3 * texture(seed) + 20
        picture[: 30 + 12 * (seed % 10)] = 220
        pictures.append(shown(picture))
    assert overlaps(Pictures(pictures)).empty


def test_one_bright_defect_joins_nothing() -> None:
    pictures = []
    for seed in range(30):
        picture = 0.3 * texture(seed) + 20
        cv2.circle(picture, (100 + 4 * seed, 120), 12, 240.0, -1)
        pictures.append(shown(picture))
    assert overlaps(Pictures(pictures)).empty


def test_pictures_of_nothing_match_nothing() -> None:
    """Not each other in what lamps and the mean of other pictures leave, and not what shows something."""
    generator, light = np.random.default_rng(0), np.linspace(0.8, 1.2, WIDTH)
    noise = generator.normal(0, 2, (20, HEIGHT, WIDTH))
    bare = [shown(light * (60 if number % 2 else 225) + noise[number]) for number in range(20)]
    assert overlaps(Pictures([*bare, *(texture(seed) for seed in range(10))])).empty
    blank = np.full((HEIGHT, WIDTH), 90, np.uint8)
    assert groups(Pictures([blank])).tolist() == [0]
    assert groups(Pictures([blank, blank, texture(0)])).tolist() == [0, 1, 2]


def test_pictures_of_several_sizes_are_compared_as_if_of_one() -> None:
    first, second = windows(texture(4, 400), [0, 80])
    found = overlaps(Pictures([cv2.resize(first, (640, 480)), second, texture(5, 100, 333)]))
    assert found[["first", "second"]].to_numpy().tolist() == [[0, 1]]
    assert found["shift_px"].tolist() == pytest.approx([160], abs=640 / 80)


def test_what_is_in_two_far_windows_is_joined_through_the_ones_between() -> None:
    offsets = range(0, 1200, 120)
    mixed = [*windows(texture(6, 1500), offsets), *windows(texture(7, 1500), offsets)]
    order = np.random.default_rng(0).permutation(20)
    found = groups(Pictures([mixed[place] for place in order]))
    assert sorted(np.bincount(found)) == [10, 10]
    assert len(set(found[order < 10].tolist())) == 1


def pairs_of(offsets: Sequence[float], first: int = 0, score: float = 0.95) -> list[tuple]:
    """The pairs of one strip, its windows 100 wide, that overlap by half or more."""
    return [
        (first + i, first + j, offsets[j] - offsets[i], 1 - abs(offsets[j] - offsets[i]) / 100, score)
        for i in range(len(offsets))
        for j in range(i + 1, len(offsets))
        if abs(offsets[j] - offsets[i]) <= 50
    ]


def table(pairs: Sequence[tuple]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["first", "second", "shift_px", "overlap", "score"])


def test_false_pairs_do_not_chain_clips() -> None:
    """Four clips of six frames; from each clip to the next one false pair that looks good."""
    clips = [pair for clip in range(4) for pair in pairs_of(range(0, 120, 20), 6 * clip)]
    false = [(6 * clip + 2, 6 * clip + 9, 10.0, 0.9, 0.9) for clip in range(3)]
    assert groups_from(table([*clips, *false]), 24).tolist() == [k // 6 for k in range(24)]
    moved = np.random.default_rng(0).integers(-50, 50, 36).tolist()
    ends = [(first, second) for first in range(6) for second in range(6, 12)]
    scattered = [(*two, float(by), 1 - abs(by) / 100, 0.9) for two, by in zip(ends, moved, strict=True)]
    assert len(set(groups_from(table([*clips, *scattered]), 24))) == 4


def test_halves_of_one_strip_join_though_the_pair_between_them_is_the_worst() -> None:
    pairs = pairs_of(range(0, 240, 20))
    worse = [(*pair[:4], 0.8) if pair[0] < 6 <= pair[1] else pair for pair in pairs]
    assert set(groups_from(table(worse), 12)) == {0}
    lone = [(0, 1, 45.0, 0.55, 0.9), (2, 3, 45.0, 0.55, 0.9), (1, 2, -45.0, 0.55, 0.8)]
    assert set(groups_from(table(lone[:2]), 4)) == {0, 1}


def test_a_clip_that_moves_fast_is_held_together_by_single_pairs() -> None:
    assert set(groups_from(table(pairs_of(range(0, 400, 45))), 9)) == {0}


@given(st.data())
def test_groups_are_unions_of_found_pairs_whatever_the_order_of_rows(data: st.DataObject) -> None:
    images = data.draw(st.integers(2, 12))
    chosen = data.draw(st.lists(st.sampled_from(list(combinations(range(images), 2))), unique=True))
    shifts = data.draw(st.lists(st.integers(-70, 70), min_size=len(chosen), max_size=len(chosen)))
    pairs = [
        (*two, float(shift), 1 - abs(shift) / 100, 0.99 - number / 100)
        for number, (two, shift) in enumerate(zip(chosen, shifts, strict=True))
    ]
    found = groups_from(table(pairs), images)
    linked = np.eye(images, dtype=bool)
    for first, second in chosen:
        linked[first, second] = linked[second, first] = True
    reachable = np.linalg.matrix_power(linked.astype(float), images) > 0
    assert (reachable | (found[:, None] != found)).all()
    assert groups_from(table(data.draw(st.permutations(pairs))), images).tolist() == found.tolist()


def test_known_clips_are_taken_and_unknown_ones_looked_for() -> None:
    data = Pictures([*windows(texture(8, 500), [0, 60, 120]), texture(9)])
    assert groups_of(data).tolist() == [0, 0, 0, 1]
    data.frames["clip"] = ["b", "a", "b", "c"]
    assert groups_of(data).tolist() == [0, 1, 0, 2]


def test_found_groups_keep_overlapping_frames_on_one_side_of_a_split() -> None:
    strips = [windows(texture(seed, 700), range(0, 300, 60)) for seed in range(8)]
    data = Pictures([window for strip in strips for window in strip])
    parts = split(data.frames, "groups", groups=groups_of(data))
    sides = [set(parts.positions(part, data.frames) // 5) for part in ("train", "validation", "test")]
    assert sorted(strip for side in sides for strip in side) == list(range(8))


@pytest.mark.parametrize(
    ("images", "seed"),
    [(120, 1), *(pytest.param(400, seed, marks=pytest.mark.slow) for seed in range(4))],
)
def test_clips_of_the_simulator_are_found(images: int, seed: int) -> None:
    data = open_dataset("simulated", images=images, seed=seed)
    clip, offset = data.frames["clip"].to_numpy(), data.frames["offset_px"].to_numpy()
    found = groups(data)
    half = np.triu((clip[:, None] == clip) & (np.abs(offset[:, None] - offset) <= 320), 1)
    joined = found[:, None] == found
    assert joined[half].mean() >= 0.98
    mixing = [number for number in set(found.tolist()) if len(set(clip[found == number])) > 1]
    assert len(mixing) <= images // 400
