"""Probabilities of whole images at their own resolution."""

from __future__ import annotations

import numpy as np
import torch

from cvlib.segment.batches import padded
from cvlib.segment.module import Segmenter
from cvlib.segment.network import STRIDE


@torch.inference_mode()
def probabilities(module: Segmenter, image: np.ndarray) -> np.ndarray:
    """What a network makes of an image.

    Parameters
    ----------
    module
        In evaluation mode, on any device.
    image
        (H, W, 3) uint8 of any size; reflected at its edges up to what the network takes.

    Returns
    -------
    (4, H, W) float32 between 0 and 1.
    """
    height, width = image.shape[:2]
    size = [-(-side // STRIDE) * STRIDE for side in (height, width)]
    whole = np.ascontiguousarray(padded(image, size).transpose(2, 0, 1))
    batch = torch.from_numpy(whole)[None].to(module.device).float() / 255
    scores = torch.sigmoid(module(batch).float())[0, :, :height, :width]
    return np.asarray(scores.cpu().numpy())
