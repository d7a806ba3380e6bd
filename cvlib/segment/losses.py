"""The losses that segmentation is trained with: one by pixel, plus soft Dice."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

ALPHA, GAMMA = 0.25, 2.0
"""Of the focal loss, as in the authors' notebook."""

PIXELS = 8.0
"""Weight of the cross-entropy. Its mean over all pixels is small beside the Dice term, but it alone slopes
where a rare class is not predicted at all; with less, rare classes are not learned in some hundred steps."""


def categorical_focal(logits: Tensor, truth: Tensor) -> Tensor:
    """Focal loss as in the authors' notebook: of the pixels of each class only, mean over all pixels.

    Parameters
    ----------
    logits, truth
        (N, C, H, W); truth 0 or 1.

    Returns
    -------
    Tensor of no dimensions.
    """
    return (-ALPHA * truth * torch.sigmoid(-logits) ** GAMMA * logsigmoid(logits)).mean()


def soft_dice(logits: Tensor, truth: Tensor, present_only: bool = False) -> Tensor:
    """One minus the Dice of probabilities (paper 1 eq. 2), mean over classes, each pooled over the batch.

    Parameters
    ----------
    logits, truth
        (N, C, H, W); truth 0 or 1.
    present_only
        Leave out classes that the batch does not show. Else they cost what is predicted of them.

    >>> sure = torch.tensor([[[[9.0, -9.0]]]])
    >>> round(float(soft_dice(sure, torch.tensor([[[[1.0, 0.0]]]]))), 3)
    0.0
    """
    probabilities = torch.sigmoid(logits)
    both, there = (probabilities * truth).sum((0, 2, 3)), truth.sum((0, 2, 3))
    losses = 1 - (2 * both + 1) / (probabilities.sum((0, 2, 3)) + there + 1)
    counted = (there > 0) if present_only else torch.ones_like(there)
    return (losses * counted).sum() / counted.sum().clamp(min=1)


def total(logits: Tensor, truth: Tensor, by_pixel: str) -> Tensor:
    """What training minimises.

    Parameters
    ----------
    logits, truth
        (N, C, H, W); truth 0 or 1.
    by_pixel
        ``categorical-focal``: the authors' notebook, focal plus Dice of all classes, which alone speaks for
        the background. ``cross-entropy``: for short training, ``PIXELS`` times the cross-entropy of all
        pixels, plus Dice of the classes that the batch shows.
    """
    if by_pixel == "categorical-focal":
        return categorical_focal(logits, truth) + soft_dice(logits, truth)
    cross_entropy = binary_cross_entropy_with_logits(logits, truth)
    return PIXELS * cross_entropy + soft_dice(logits, truth, present_only=True)
