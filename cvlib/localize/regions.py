"""Regions of interest cut out of X-rays, and the batches of them that a network learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cvlib.localize.corners import find_corners
from cvlib.localize.heatmap import encode
from cvlib.localize.roi import Found, Roi, cut_out, find_roi
from cvlib.profiles import Localization

CORNERS = 512

TURN_DEG, SCALE, SHIFT, SHEAR = 5.0, 0.12, 0.06, 0.05
"""Largest rotation, change of size, shift (of the side) and shear in training. The paper names rotation,
reflection and affine transforms, and gives no amounts."""

_AROUND = 0.3


@dataclass(frozen=True)
class Region:
    """The surroundings of one region of interest, at native resolution.

    Attributes
    ----------
    patch
        (H, W) uint8, the region with a margin.
    corner
        (2,) whole px: x, y of the patch's first pixel in the image.
    found
        The region in the image.
    points
        (K, 2) px in the image.
    positive
        (K,) bool.
    """

    patch: np.ndarray
    corner: np.ndarray
    found: Found
    points: np.ndarray
    positive: np.ndarray

    @property
    def roi(self) -> Roi:
        """In the image."""
        return self.found.roi


def region(image: np.ndarray, points: np.ndarray, positive: np.ndarray) -> Region:
    """Find the region of interest of an image (robust method) and cut out what is around it."""
    found = find_roi(image, find_corners(image, CORNERS))
    roi, (height, width) = found.roi, image.shape
    left, right = roi.left - _AROUND * roi.width, roi.right + _AROUND * roi.width
    top, bottom = roi.top - _AROUND * roi.height, roi.bottom + _AROUND * roi.height
    columns = slice(max(int(left), 0), min(int(right) + 1, width))
    rows = slice(max(int(top), 0), min(int(bottom) + 1, height))
    corner = np.array([columns.start, rows.start])
    return Region(image[rows, columns].copy(), corner, found, points, positive)


def normal(crop: np.ndarray) -> np.ndarray:
    """A crop with mean 0 and standard deviation 1: float32. A constant one is all 0."""
    grey = crop.astype(np.float32)
    scaled: np.ndarray = (grey - grey.mean()) / max(float(grey.std()), 1e-3)
    return scaled


def cut(own: Region, size: tuple[int, int]) -> np.ndarray:
    """What the network sees of a region, unchanged: (height, width) float32."""
    x, y = own.corner
    left, top, right, bottom = own.roi
    return normal(Roi(left - x, top - y, right - x, bottom - y).crop(own.patch, size))


class Batch(NamedTuple):
    """Inputs (N, 1, H, W) float32 and heatmaps (N, C, H / 4, W / 4) float32."""

    images: Tensor
    heatmaps: Tensor


class Draw(Dataset[Batch]):
    """One epoch of regions, changed at random by seed, epoch and number.

    Parameters
    ----------
    regions
        To draw from.
    profile
        Size, images per step, steps, sigma, poles and augmentation.
    seed, epoch
        The same pair gives the same batches.
    """

    def __init__(self, regions: Sequence[Region], profile: Localization, seed: int, epoch: int) -> None:
        self.regions, self.profile, self.key = regions, profile, (seed, epoch)
        count = profile.steps * profile.batch or len(regions)
        random = np.random.default_rng(self.key)
        rounds = -(-count // len(regions))
        self.order = np.concatenate([random.permutation(len(regions)) for _ in range(rounds)])[:count]

    def __len__(self) -> int:
        return len(self.order)

    def __getitems__(self, numbers: list[int]) -> Batch:
        drawn = [self._one(number) for number in numbers]
        images, heatmaps = (np.stack(each) for each in zip(*drawn, strict=True))
        return Batch(torch.from_numpy(images[:, None]), torch.from_numpy(heatmaps))

    def _one(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        own, profile = self.regions[self.order[number]], self.profile
        size = (profile.height, profile.width)
        if profile.augment == "none":
            image, points, positive = cut(own, size), own.roi.to_input(own.points, size), own.positive
        else:
            random = np.random.default_rng((*self.key, number))
            image, points, positive = changed(own, size, random)
        return image, target(points, positive, profile)


def target(points: np.ndarray, positive: np.ndarray, profile: Localization) -> np.ndarray:
    """Heatmaps to be learned: one per pole, or per polarity (negative first) the highest of its poles'."""
    maps = encode(points, (profile.height, profile.width), profile.sigma)
    if profile.poles:
        return maps
    empty = np.zeros((1, *maps.shape[1:]), np.float32)
    return np.stack([np.concatenate([maps[positive == which], empty]).max(axis=0) for which in (False, True)])


def changed(
    own: Region, size: tuple[int, int], random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A region turned, sheared, scaled, shifted, and mirrored top to bottom every other time.

    Returns
    -------
    The crop, its points in px of the input, and their polarity, from top to bottom again where mirrored.
    """
    turn, shear = np.deg2rad(random.uniform(-TURN_DEG, TURN_DEG)), random.uniform(-SHEAR, SHEAR)
    scale = 1 + random.uniform(-SCALE, SCALE, 2)
    shift = random.uniform(-SHIFT, SHIFT, 2) * (own.roi.width, own.roi.height)
    # Where plates do not alternate evenly, upside down the k-th end has another polarity: then no mirror.
    mirror = random.random() < 0.5 and np.array_equal(own.positive, own.positive[::-1])
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = linear @ [[1, shear], [0, 1]] * scale * [1, -1 if mirror else 1]
    roi = own.roi
    middle = np.array([roi.left + roi.right, roi.top + roi.bottom]) / 2
    step = np.array([roi.width / size[1], roi.height / size[0]])
    # input px -> image px: about the middle of the region
    into = np.empty((2, 3))
    into[:, :2] = linear * step
    into[:, 2] = middle + shift - into[:, :2] @ [(size[1] - 1) / 2, (size[0] - 1) / 2]
    points = np.linalg.solve(into[:, :2], (own.points - into[:, 2]).T).T
    into[:, 2] -= own.corner
    crop = cut_out(own.patch, into, size)
    order = slice(None, None, -1 if mirror else 1)
    return normal(crop), points[order], own.positive[order]


def loader(drawn: Draw, workers: int = 0) -> DataLoader[Batch]:
    """Batches in the order of the regions' numbers."""
    return DataLoader(
        drawn,
        batch_size=drawn.profile.batch,
        num_workers=workers,
        collate_fn=_as_it_is,
        pin_memory=torch.cuda.is_available(),
    )


def _as_it_is(batch: Any) -> Any:
    return batch
