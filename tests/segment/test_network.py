"""Networks by name."""

from __future__ import annotations

import time

import huggingface_hub
import pytest
import requests
import segmentation_models_pytorch as smp
import torch

from cvlib.errors import UserError
from cvlib.segment import network
from cvlib.segment.plan import models


@pytest.mark.parametrize("model", [*models("quick")])
def test_every_model_of_the_benchmark_gives_four_channels_of_the_size_it_was_given(model: str) -> None:
    built = network.build(model).eval()
    with torch.inference_mode():
        assert built(torch.zeros(1, 3, 64, 96)).shape == (1, 4, 64, 96)


def test_an_untrained_network_predicts_next_to_nothing() -> None:
    built = network.build("unet-resnet18").eval()
    with torch.inference_mode():
        assert torch.sigmoid(built(torch.rand(1, 3, 64, 64))).mean() < 0.1


def test_momentum_reaches_every_batch_norm() -> None:
    norms = [
        each for each in network.build("fpn-efficientnet-b0", momentum=0.1).modules()
        if isinstance(each, torch.nn.BatchNorm2d)
    ]  # fmt: skip
    assert {each.momentum for each in norms} == {0.1}
    as_built = network.build("fpn-efficientnet-b0").modules()
    momenta = {each.momentum or 0 for each in as_built if isinstance(each, torch.nn.BatchNorm2d)}
    assert min(momenta) == pytest.approx(0.01)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"'unett' is unknown, expected unet, fpn, linknet; write"):
        network.parse("unett-resnet18")
    with pytest.raises(UserError, match=r"'resnet19' is unknown, .*did you mean resnet18") as told:
        network.parse("unet-resnet19")
    assert all(name in str(told.value) for name in ("resnet50", "efficientnet-b6"))
    with pytest.raises(UserError, match="encoder '' is unknown"):
        network.parse("unet")


def test_without_a_network_it_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "head", refuse)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    started = time.perf_counter()
    with pytest.raises(UserError, match=r"ImageNet weights of resnet18: .* does not answer.*weights=random"):
        network.start_of("resnet18", "imagenet")
    assert network.start_of("resnet18", "auto") == "random"
    assert time.perf_counter() - started < 1


def test_weights_that_are_here_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_, **__: "/somewhere")
    assert network.start_of("resnet18", "auto") == "imagenet"


def test_an_encoder_without_imagenet_weights_is_refused_for_them() -> None:
    without = next(
        name for name, each in smp.encoders.encoders.items() if "imagenet" not in each["pretrained_settings"]
    )
    with pytest.raises(UserError, match="none to be had"):
        network.start_of(without, "imagenet")
