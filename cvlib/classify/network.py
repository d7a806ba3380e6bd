"""The networks of paper 1's classification benchmark, through timm."""

from __future__ import annotations

import difflib
from typing import Any

import timm
import torch
from torch import nn

from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.training.weights import start_from, trouble_with


def refuse_unknown(model: str) -> None:
    """UserError if timm has no such model, naming near ones.

    >>> refuse_unknown("resnet18")
    """
    if model not in timm.list_models():
        near = difflib.get_close_matches(model, timm.list_models(), n=3)
        guess = (
            f"did you mean {' or '.join(near)}?" if near else "cvlib train classification --help names some"
        )
        raise UserError(f"model {model!r} is unknown, expected one of timm's; {guess}")


def build(
    model: str, size: tuple[int, int], start: str = "random", momentum: float = 0, pool: str = "avg"
) -> nn.Module:
    """A network with one output for each class (logits; sigmoid gives probabilities).

    Parameters
    ----------
    model
        As timm names it.
    size
        Height and width of the images.
    start
        ``random`` or ``imagenet``.
    momentum
        Of the batch-norm statistics; 0: as the network has it. EfficientNets have .01, too slow for some
        hundred steps.
    pool
        ``avg``, or ``avgmax``: mean of average and maximum.

    Raises
    ------
    UserError
        The model is unknown, or cannot be built so.
    """
    refuse_unknown(model)
    settings = timm.get_pretrained_cfg(model)
    fixed: dict[str, Any] = {"img_size": size} if settings and settings.fixed_input_size else {}
    try:
        network = timm.create_model(
            model, pretrained=start == "imagenet", num_classes=len(CLASSES), global_pool=pool, **fixed
        )
        with torch.no_grad():
            network.eval()(torch.zeros(1, 3, *size))
    except (RuntimeError, TypeError, ValueError, AssertionError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:100]
        message = f"model {model!r} does not take images of {size[0]} x {size[1]} with pool={pool}"
        raise UserError(f"{message} ({reason}); choose another model, size or pool") from None
    for module in network.modules():
        if momentum and isinstance(module, nn.BatchNorm2d):
            module.momentum = momentum
    return network.train()


def start_of(model: str, weights: str) -> str:
    """What a network starts from here: ``random``, or ``imagenet`` where that is wanted and can be had.

    Parameters
    ----------
    model
        As timm names it.
    weights
        ``random``, ``imagenet``, or ``auto``: ImageNet's where they can be had.

    Raises
    ------
    UserError
        The model is unknown, or ImageNet weights are demanded and cannot be had.

    >>> start_of("resnet18", "random")
    'random'
    """
    refuse_unknown(model)
    return start_from(
        weights, "imagenet", f"ImageNet weights of {model}", lambda: trouble_with_weights(model)
    )


def trouble_with_weights(model: str) -> str:
    """Why a model's ImageNet weights cannot be had, and what to do; empty where they can."""
    settings = timm.get_pretrained_cfg(model)
    if settings is None or not settings.hf_hub_id:
        return "there are none to be had; choose another model"
    return trouble_with(settings.hf_hub_id)
