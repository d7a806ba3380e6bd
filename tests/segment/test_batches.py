"""Which crops training sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from cvlib import profiles
from cvlib.data.cache import Cache, cached
from cvlib.segment.batches import Crops, loader, padded
from tests.segment.conftest import SMALL, Squares

PROFILE = profiles.Segmentation.find("quick", [*SMALL, "focus=0"])


def crops(cache: Cache, profile: profiles.Segmentation = PROFILE, seed: int = 0, epoch: int = 0) -> Crops:
    return Crops(cache, np.arange(len(cache)), profile, seed, epoch)


def test_a_crop_is_a_piece_of_an_image_with_its_own_mask(squares: Squares, cache: Cache) -> None:
    drawn = crops(cache)
    for number in range(len(drawn)):
        image, bits = drawn.crop(number)
        whole, mask = squares.image(int(drawn.order[number])), squares.mask(int(drawn.order[number]))
        places = [
            (top, left)
            for top in range(48 - 32 + 1)
            for left in range(80 - 32 + 1)
            if np.array_equal(whole[top : top + 32, left : left + 32], image)
        ]
        [(top, left)] = places
        unpacked = (bits[..., None] >> np.arange(4)) & 1
        assert np.array_equal(unpacked.astype(bool), mask[top : top + 32, left : left + 32])


def test_seed_and_epoch_decide_the_crops_and_loader_processes_do_not(cache: Cache) -> None:
    def pixels(workers: int = 0, seed: int = 0, epoch: int = 0) -> list[torch.Tensor]:
        return [batch.images for batch in loader(crops(cache, PROFILE, seed, epoch), 2, workers)]

    once = pixels()
    assert all(torch.equal(a, b) for a, b in zip(once, pixels(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(once, pixels(workers=2), strict=True))
    assert not torch.equal(once[0], pixels(epoch=1)[0])
    assert not torch.equal(once[0], pixels(seed=1)[0])


def test_every_image_is_seen_once_where_no_number_of_steps_is_set(cache: Cache) -> None:
    once = crops(cache, PROFILE.model_copy(update={"steps": 0}))
    assert sorted(once.order) == list(range(30))


def test_focused_crops_show_each_class_as_often_whatever_their_share_of_images(cache: Cache) -> None:
    focused = profiles.Segmentation.find("quick", [*SMALL, "focus=1", "steps=300"])
    shown = [drawn.crop(number)[1] for drawn in [crops(cache, focused)] for number in range(600)]
    labelled = np.array([[(bits & (1 << channel)).any() for channel in range(4)] for bits in shown])
    assert labelled.any(axis=1).all()
    rarest, images_with_it = labelled[:, 2].mean(), cache.labels[:, 2].mean()
    assert rarest > 1 / 3
    assert images_with_it < 1 / 3
    assert not labelled[:, 3].any()  # no image shows it


def test_validation_takes_every_image_once_and_looks_at_its_defects(cache: Cache) -> None:
    profile = PROFILE.model_copy(update={"steps": 0, "focus": 0.9})
    drawn = Crops(cache, np.arange(30), profile, 0, 0, own=True)
    assert sorted(drawn.order) == list(range(30))
    for number, position in enumerate(drawn.order):
        image, bits = drawn.crop(number)
        assert bits.any()
        assert image[0, 0] in cache.image(position)


def test_images_smaller_than_a_crop_are_reflected_at_their_edges(tmp_path: Path) -> None:
    small = Squares(height=20, width=24)
    image, bits = crops(cached(small, tmp_path, progress=False)).crop(0)
    assert image.shape == (32, 32, 3)
    assert bits.shape == (32, 32)
    assert np.array_equal(image[20:32], image[18:6:-1])


@pytest.mark.parametrize("size", [(3, 4), (7, 12), (3, 3)])
def test_padding_repeats_as_numpy_does(size: tuple[int, int]) -> None:
    picture = np.arange(9).reshape(3, 3)
    expected = np.pad(picture, [(0, size[0] - 3), (0, size[1] - 3)], mode="reflect")
    assert np.array_equal(padded(picture, size), expected)
