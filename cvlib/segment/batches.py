"""Batches of crops from a cache, drawn by seed, epoch and number: the same however they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cvlib.data.cache import Cache
from cvlib.profiles import Segmentation


class Batch(NamedTuple):
    """Images (N, 3, H, W) and masks (N, H, W) with one bit per class, both uint8."""

    images: Tensor
    bits: Tensor


class Crops(Dataset[Batch]):
    """One epoch of crops at native resolution; what is smaller than a crop is padded by reflection.

    Parameters
    ----------
    cache, positions
        Which images to cut from.
    profile
        Size of the crops, share placed over a labelled pixel, and steps per epoch.
    seed, epoch
        Which crops: the same pair gives the same ones.
    own
        Take every image in turn, and place its crop over a defect of its own if it shows one; else the
        profile's share of crops is placed over defects of any image, each class as often.
    """

    def __init__(
        self,
        cache: Cache,
        positions: np.ndarray,
        profile: Segmentation,
        seed: int,
        epoch: int,
        own: bool = False,
    ) -> None:
        self.cache, self.profile, self.draw, self.own = cache, profile, (seed, epoch), own
        count = profile.steps * profile.batch or len(positions)
        rounds = -(-count // len(positions))
        random = np.random.default_rng(self.draw)
        order = np.concatenate([random.permutation(positions) for _ in range(rounds)])
        self.order = order[:count]
        shown = [np.flatnonzero(each) for each in cache.labels[positions].T]
        self.showing = [(channel, positions[at]) for channel, at in enumerate(shown) if len(at)]

    def __len__(self) -> int:
        return len(self.order)

    def __getitems__(self, numbers: list[int]) -> Batch:
        height, width = self.profile.height, self.profile.width
        images = np.empty((len(numbers), height, width, 3), np.uint8)
        bits = np.empty((len(numbers), height, width), np.uint8)
        for place, number in enumerate(numbers):
            images[place], bits[place] = self.crop(number)
        return Batch(torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(bits))

    def crop(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The crop with a number, 0 to ``len(self)`` - 1: (H, W, 3) and (H, W) uint8."""
        random = np.random.default_rng((*self.draw, number))
        position, channel = self.order[number], None
        if self.own:
            shown = np.flatnonzero(self.cache.labels[position])
            channel = int(random.choice(shown)) if len(shown) else None
        elif self.showing and random.random() < self.profile.focus:
            channel, candidates = self.showing[random.integers(len(self.showing))]
            position = random.choice(candidates)
        image, bits = self.cache.image(position), self.cache.bits(position)
        size = np.array([self.profile.height, self.profile.width])
        room = np.maximum(bits.shape - size, 0)
        corner = random.integers(room + 1)
        if channel is not None:
            places = self.cache.places[position, channel]
            labelled = np.unravel_index(places[random.integers(len(places))], bits.shape)
            corner = np.clip(labelled - random.integers(size), 0, room)
        (top, left), (bottom, right) = corner, corner + size
        return padded(image[top:bottom, left:right], size), padded(bits[top:bottom, left:right], size)


def padded(picture: np.ndarray, size: Sequence[int] | np.ndarray) -> np.ndarray:
    """A picture reflected at its lower and right edge up to a size, at least its own.

    >>> padded(np.array([[1, 2, 3]]), (2, 5)).tolist()
    [[1, 2, 3, 2, 1], [1, 2, 3, 2, 1]]
    """
    missing = [(0, max(0, wanted - there)) for wanted, there in zip(size, picture.shape[:2], strict=True)]
    if not any(after for _, after in missing):
        return picture
    return np.pad(picture, [*missing, *[(0, 0)] * (picture.ndim - 2)], mode="reflect")


def loader(crops: Crops, batch: int, workers: int = 0) -> DataLoader[Batch]:
    """Batches in the order of the crops' numbers."""
    return DataLoader(
        crops,
        batch_size=batch,
        num_workers=workers,
        collate_fn=_as_it_is,
        pin_memory=torch.cuda.is_available(),
    )


def _as_it_is(batch: Any) -> Any:
    return batch
