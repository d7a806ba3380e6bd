"""Perceptual hashes: against imagehash, and by what survives copying and what does not."""

from __future__ import annotations

import tracemalloc
from itertools import combinations
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from cvlib.data import hashes
from cvlib.data.filmed import Filmed
from cvlib.data.hashes import bits_of, distance, near, phash, phash_files
from cvlib.errors import DataError


def peer(image: np.ndarray) -> np.ndarray:
    """The bits that imagehash gives an image: (8, 8) bool."""
    return np.asarray(imagehash.phash(Image.fromarray(image)).hash)


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    data = Filmed([[0, 200, 400]] * 10, seed=4)
    return [data.image(index) for index in range(len(data))]


@settings(deadline=None)  # the first call loads what the peer needs
@given(st.integers(0, 2**32 - 1), st.floats(1, 100))
def test_the_bits_of_a_small_picture_are_those_of_imagehash(seed: int, spread: float) -> None:
    noise = np.random.default_rng(seed).normal(128, spread, (32, 32))
    small = np.clip(noise, 0, 255).astype(np.uint8)
    assert np.array_equal(bits_of(small[None])[0], peer(small))


def test_hashes_are_a_few_bits_from_those_of_imagehash(frames: list[np.ndarray]) -> None:
    """It scales with another filter: on images of the book 1.1 bits on average, 2 in 95 of 100."""
    theirs = np.array([int(str(imagehash.phash(Image.fromarray(image))), 16) for image in frames], np.uint64)
    bits = distance(phash(frames), theirs)
    assert bits.mean() <= 2 and np.percentile(bits, 95) <= 4


def test_images_as_one_array_or_one_by_one_in_colour_or_grey(frames: list[np.ndarray]) -> None:
    whole = phash(np.array(frames))
    assert whole.dtype == np.uint64 and len(whole) == len(frames)
    assert whole.tolist() == [int(phash([image])[0]) for image in frames]
    assert phash([np.repeat(frames[0][..., :1], 3, axis=2)]) == phash([frames[0][..., 0]])
    assert phash([]).shape == (0,)


def test_light_and_noise_change_few_bits_and_another_sample_half_of_them(frames: list[np.ndarray]) -> None:
    noise = np.random.default_rng(0).normal(0, 6, frames[0].shape)
    changed = [np.clip(image * 0.8 + noise, 0, 255).astype(np.uint8) for image in frames]
    assert distance(phash(frames), phash(changed)).max() <= 6
    own = phash(frames)
    between = distance(own[:-3], own[3:])  # three frames of each sample
    assert 25 < between.mean() < 37 and between.min() > 8


@pytest.mark.parametrize("value", [0, 1, 77, 255])
def test_blank_images_have_one_hash_and_no_bits_of_rounding(value: int) -> None:
    blank = np.full((48, 64), value, np.uint8)
    assert int(phash([blank])[0]) == (1 << 63 if value else 0)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((8, 8), float), "image 0: float64 of shape"),
        (np.zeros((0, 8, 3), np.uint8), "expected uint8"),
        (np.zeros((8, 8, 4), np.uint8), r"\(8, 8, 4\)"),
    ],
)
def test_what_is_no_image_is_refused(image: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        phash([image])


@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "tif", "webp"])
def test_files_of_every_kind_hash_nearly_as_their_pixels(
    ending: str, frames: list[np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / f"image.{ending}"
    for image in frames[:6]:
        Image.fromarray(image).save(path)
        assert distance(phash_files([path])[0], phash([image])[0]) <= (4 if ending in ("jpg", "webp") else 0)


def test_small_and_long_files(tmp_path: Path) -> None:
    y, x = np.mgrid[:40, :900]
    image = (120 + 60 * np.sin(x / 70) * np.cos(y / 9)).astype(np.uint8)
    Image.fromarray(image).save(tmp_path / "long.jpg", quality=95)
    Image.fromarray(image[:5, :5]).save(tmp_path / "tiny.jpg")
    assert distance(phash_files([tmp_path / "long.jpg"])[0], phash([image])[0]) <= 4
    assert phash_files([tmp_path / "tiny.jpg"]).shape == (1,)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "sound.jpg")
    content = (tmp_path / "sound.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.png").write_text("no image")
    Image.fromarray(noise[..., 0].astype(np.uint16) * 200).save(tmp_path / "deep.png")
    for name, told in [("cut.jpg", "cut off"), ("text.png", "not an image"), ("deep.png", "8 bits"),
                       ("gone.jpg", "no such file")]:  # fmt: skip
        with pytest.raises(DataError, match=rf"{name}: .*{told}") as caught:
            phash_files([tmp_path / "sound.jpg", tmp_path / name])
        assert "\n" not in str(caught.value)


values = arrays(np.uint64, st.integers(0, 60), elements=st.integers(0, 2**64 - 1))
close = arrays(np.uint64, st.integers(0, 60), elements=st.integers(0, 255))


@given(values | close, st.integers(0, 64))
def test_near_finds_the_pairs_that_comparing_each_with_each_finds(found: np.ndarray, most: int) -> None:
    kept = hashes._ROWS, hashes._COLUMNS
    try:
        hashes._ROWS, hashes._COLUMNS = 4, 16  # so that blocks have edges
        pairs, bits = near(found, most)
    finally:
        hashes._ROWS, hashes._COLUMNS = kept
    counted = {
        (a, b): (int(found[a]) ^ int(found[b])).bit_count() for a, b in combinations(range(len(found)), 2)
    }
    expected = {pair: each for pair, each in counted.items() if each <= most}
    assert dict(zip(map(tuple, pairs.tolist()), bits.tolist(), strict=True)) == expected
    assert pairs.tolist() == sorted(map(list, expected))
    assert pairs.shape == (len(expected), 2)


def test_more_pairs_than_can_be_listed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "MOST_PAIRS", 100)
    with pytest.raises(DataError, match=r"more than 100 pairs .* take out what is blank"):
        near(np.zeros(40, np.uint64))


@pytest.mark.slow
def test_a_hundred_thousand_hashes_are_searched_whole_in_little_memory() -> None:
    random = np.random.default_rng(0)
    found = random.integers(0, 2**63, 100_000, dtype=np.uint64)
    copies = random.permutation(100_000)[:200].reshape(100, 2)
    for first, second in copies:
        found[second] = found[first] ^ np.uint64(0b1011)
    tracemalloc.start()
    pairs, bits = near(found, most=8)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {tuple(sorted(pair)) for pair in copies.tolist()} <= set(map(tuple, pairs.tolist()))
    assert bits.max() <= 8 and peak < 100e6
