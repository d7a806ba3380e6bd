"""What is done to batches while training, on the device that trains."""

from __future__ import annotations

import warnings
from typing import Any, cast

import kornia.augmentation as K
import torch
from torch import Tensor, nn

SMALL_CROP = 200
"""Side of the crop, in pixels, that the authors cut out now and then and pad back to full size."""

FAINT = 0.05
"""Added to or taken from grey values between 0 and 1. The coatings lie near .2: the .2 that augmentation
libraries take by default turns them black, dark defects and all."""


class Augment(nn.Module):
    """Random changes of images and masks together.

    Parameters
    ----------
    kind
        ``none``; ``light``: flips, brightness, contrast; ``paper``: the authors' list, in the terms of
        Kornia. Where they choose one of optical, grid and piecewise-affine distortion, this has an elastic
        one: Kornia's counterparts do not move masks.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        steps: list[Any] = {"none": [], "light": _light(), "paper": _paper()}[kind]
        self.together = K.AugmentationSequential(*steps, data_keys=["input", "mask"]) if steps else None
        self.small_crops = 0.2 if kind == "paper" else 0.0

    def forward(self, images: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """Change a batch.

        Parameters
        ----------
        images
            (N, 3, H, W), 0 to 1.
        masks
            (N, 4, H, W), 0 or 1.
        """
        if self.together is None:
            return images, masks
        with warnings.catch_warnings():  # the elastic one leaves a choice of PyTorch's to its default
            warnings.filterwarnings("ignore", "Default grid_sample", UserWarning)
            images, masks = cast("tuple[Tensor, Tensor]", self.together(images, masks))
        window = _windows(images, self.small_crops)
        return images * window, masks * window


def _light() -> list[nn.Module]:
    return [
        K.RandomHorizontalFlip(p=0.5),
        K.RandomVerticalFlip(p=0.5),
        K.RandomBrightness((1 - FAINT, 1 + FAINT), p=0.5),
        K.RandomContrast((0.8, 1.2), p=0.5),
    ]


def _paper() -> list[nn.Module]:
    return [
        K.RandomHorizontalFlip(p=0.5),
        K.RandomAffine(0, translate=(0.1, 0.1), scale=(0.5, 1.5), p=0.5),
        K.RandomPerspective(0.1, p=0.5),
        _one_of(
            K.RandomBrightness((0.8, 1.2), p=0.9),
            K.RandomContrast((0.8, 1.2), p=0.9),
            K.RandomGamma((0.8, 1.2), p=0.9),
        ),
        _one_of(
            K.RandomMotionBlur(3, 180.0, 0.0, p=0.9),
            K.RandomMedianBlur((3, 3), p=0.9),
            K.RandomBoxBlur((3, 3), p=0.9),
        ),
        K.RandomElasticTransform((63, 63), (16.0, 16.0), (0.5, 0.5), align_corners=True, p=0.3),
    ]


def _one_of(*choices: nn.Module) -> nn.Module:
    """One of these for a whole batch, applied to each image with its probability."""
    return K.ImageSequential(*choices, random_apply=1)


def _windows(images: Tensor, probability: float) -> Tensor:
    """For some images 1 within a random square of ``SMALL_CROP`` and 0 outside, for the others 1."""
    height, width = images.shape[-2:]
    draws = torch.rand(3, len(images), 1, 1, 1, device=images.device)
    rows = torch.arange(height, device=images.device)[:, None]
    columns = torch.arange(width, device=images.device)
    top, left = draws[0] * max(height - SMALL_CROP, 0), draws[1] * max(width - SMALL_CROP, 0)
    inside = (rows >= top) & (rows < top + SMALL_CROP) & (columns >= left) & (columns < left + SMALL_CROP)
    return (inside | (draws[2] >= probability)).to(images.dtype)
