"""HRNet with a heatmap head, through timm."""

from __future__ import annotations

from typing import Any

import timm
from torch import Tensor, nn

from cvlib.errors import UserError
from cvlib.training.weights import start_from, trouble_with


class HeatmapNetwork(nn.Module):
    """The branch of HRNet that keeps the highest resolution, and one convolution to a heatmap per channel.

    K. Sun, B. Xiao, D. Liu, J. Wang, "Deep High-Resolution Representation Learning for Human Pose
    Estimation", CVPR 2019.

    Parameters
    ----------
    model
        One of timm's HRNets.
    channels
        Heatmaps.
    pretrained
        Start from ImageNet weights.
    """

    def __init__(self, model: str, channels: int, pretrained: bool = False) -> None:
        super().__init__()
        branch: Any = {"features_only": True, "feature_location": "", "out_indices": (1,)}
        body: Any = timm.create_model(model, pretrained=pretrained, in_chans=1, **branch)
        self.body = body
        self.head = nn.Conv2d(body.feature_info.channels()[0], channels, 1)
        nn.init.normal_(self.head.weight, std=0.01)

    def forward(self, images: Tensor) -> Tensor:
        """Heatmaps (N, channels, H / 4, W / 4) of inputs (N, 1, H, W)."""
        heatmaps: Tensor = self.head(self.body(images)[0])
        return heatmaps


def build(model: str, channels: int, start: str = "random") -> HeatmapNetwork:
    """A network in training mode; UserError if the model is none of timm's HRNets.

    >>> import torch
    >>> build("hrnet_w18_small", 13)(torch.zeros(1, 1, 64, 96)).shape
    torch.Size([1, 13, 16, 24])
    """
    refuse_unknown(model)
    return HeatmapNetwork(model, channels, start == "imagenet").train()


def refuse_unknown(model: str) -> None:
    """UserError if timm has no such HRNet.

    >>> refuse_unknown("hrnet_w18")
    """
    known = [name for name in timm.list_models("hrnet*") if "ssld" not in name]
    if model not in known:
        raise UserError(f"model {model!r} is unknown, expected {', '.join(known)}; choose one of them")


def start_of(model: str, weights: str) -> str:
    """What a network starts from here: ``random``, or ``imagenet`` where that is wanted and can be had.

    UserError if the model is unknown, or ImageNet weights are demanded and cannot be had.

    >>> start_of("hrnet_w18_small", "random")
    'random'
    """
    refuse_unknown(model)
    settings: Any = timm.get_pretrained_cfg(model)
    return start_from(
        weights, "imagenet", f"ImageNet weights of {model}", lambda: trouble_with(settings.hf_hub_id)
    )
