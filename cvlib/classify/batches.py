"""Batches of whole images, drawn by seed, epoch and number: the same however they are read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cvlib.profiles import Classification


class Batch(NamedTuple):
    """Images (N, 3, H, W) uint8, and which classes they show, (N, 4) float of 0 and 1."""

    images: Tensor
    labels: Tensor


class Draw(Dataset[Batch]):
    """One epoch of images: some in turn, some drawn so that rare classes are met as often as frequent ones.

    Parameters
    ----------
    images, labels
        (N, H, W, 3) uint8 and (N, 4) bool, of the whole data set.
    positions
        Which images to draw from.
    profile
        Images per step, steps, and ``balance``: the share drawn by first choosing a class, each as often,
        then whether it is shown, as often as not.
    seed, epoch
        Which images: the same pair gives the same ones.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        positions: np.ndarray,
        profile: Classification,
        seed: int,
        epoch: int,
    ) -> None:
        self.images, self.labels = images, labels
        count = profile.steps * profile.batch or len(positions)
        random = np.random.default_rng((seed, epoch))
        rounds = -(-count // len(positions))
        self.order = np.concatenate([random.permutation(positions) for _ in range(rounds)])[:count]
        sides = [(positions[own], positions[~own]) for own in labels[positions].T]
        mixed = [pair for pair in sides if all(map(len, pair))]
        for place in np.flatnonzero(random.random(count) < profile.balance) if mixed else ():
            pair = mixed[random.integers(len(mixed))]
            self.order[place] = random.choice(pair[random.integers(2)])

    def __len__(self) -> int:
        return len(self.order)

    def __getitems__(self, numbers: list[int]) -> Batch:
        at = self.order[numbers]
        images = torch.from_numpy(self.images[at]).permute(0, 3, 1, 2)
        return Batch(images, torch.from_numpy(self.labels[at]).float())


def loader(images: Draw, batch: int, workers: int = 0) -> DataLoader[Batch]:
    """Batches in the order of the images' numbers."""
    return DataLoader(
        images,
        batch_size=batch,
        num_workers=workers,
        collate_fn=_as_it_is,
        pin_memory=torch.cuda.is_available(),
    )


def _as_it_is(batch: Any) -> Any:
    return batch
