"""The networks of paper 1's segmentation benchmark, through segmentation-models-pytorch."""

from __future__ import annotations

import difflib

import segmentation_models_pytorch as smp
from torch import nn

from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.segment.plan import DECODERS
from cvlib.training.weights import start_from, trouble_with

_BUILDERS = {"unet": smp.Unet, "fpn": smp.FPN, "linknet": smp.Linknet}
FIRST_GUESS = -4.0
"""Logit that every pixel of every class starts near: defects are rare. From 0, the Dice of a rare class has
next to no slope until the network has learned as much."""

STRIDE = 32
"""Height and width of what a network takes must be divisible by this."""


def parse(model: str) -> tuple[str, str]:
    """Decoder and encoder of a model's name, such as ``unet-resnet18``.

    Raises
    ------
    UserError
        One of them is unknown.

    >>> parse("fpn-efficientnet-b0")
    ('fpn', 'efficientnet-b0')
    """
    decoder, _, encoder = model.partition("-")
    if decoder not in DECODERS:
        raise UserError(
            f"model {model!r}: decoder {decoder!r} is unknown, expected {', '.join(DECODERS)}; "
            "write DECODER-ENCODER, such as unet-resnet18"
        )
    known = smp.encoders.get_encoder_names()
    if encoder not in known:
        near = difflib.get_close_matches(encoder, known, n=3)
        guess = f"did you mean {' or '.join(near)}?" if near else "choose one of them"
        raise UserError(
            f"model {model!r}: encoder {encoder!r} is unknown, expected {', '.join(known)}; {guess}"
        )
    return decoder, encoder


def build(model: str, start: str = "random", momentum: float = 0) -> nn.Module:
    """A network with four independent output channels (logits; sigmoid gives probabilities).

    Parameters
    ----------
    model
        ``DECODER-ENCODER``.
    start
        Of the encoder: ``random`` or ``imagenet``.
    momentum
        Of the batch-norm statistics. EfficientNets are built with .01, too slow for some hundred steps: in
        evaluation they then score near 0. With 0 it is left as built.

    Raises
    ------
    UserError
        The model is unknown.
    """
    decoder, encoder = parse(model)
    weights = None if start == "random" else start
    try:
        network = _BUILDERS[decoder](encoder, encoder_weights=weights, in_channels=3, classes=len(CLASSES))
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"model {model!r} cannot be built ({reason}); choose another encoder") from None
    nn.init.constant_(network.segmentation_head[0].bias, FIRST_GUESS)
    if momentum:
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = momentum
    return network


def start_of(encoder: str, weights: str) -> str:
    """What an encoder starts from here: ``random``, or ``imagenet`` where that is wanted and can be had.

    Parameters
    ----------
    encoder
        One that segmentation-models-pytorch knows.
    weights
        ``random``, ``imagenet``, or ``auto``: ImageNet's where they can be had.

    Raises
    ------
    UserError
        ImageNet weights are demanded and cannot be had.

    >>> start_of("resnet18", "random")
    'random'
    """
    return start_from(
        weights, "imagenet", f"ImageNet weights of {encoder}", lambda: trouble_with_weights(encoder)
    )


def trouble_with_weights(encoder: str) -> str:
    """Why an encoder's ImageNet weights cannot be had, and what to do; empty where they can."""
    settings = smp.encoders.encoders.get(encoder, {}).get("pretrained_settings", {}).get("imagenet")
    if settings is None:
        return "there are none to be had; choose another encoder"
    return trouble_with(settings["repo_id"], revision=settings["revision"])
