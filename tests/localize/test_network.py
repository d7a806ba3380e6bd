"""Networks by name, and the profiles they are trained with."""

from __future__ import annotations

import huggingface_hub
import pytest
import requests
import torch

from cvlib.errors import UserError
from cvlib.localize import network
from cvlib.localize.plan import model_of
from cvlib.profiles import NAMES, Localization


@pytest.mark.parametrize("model", ["hrnet_w18_small", "hrnet_w18_small_v2", "hrnet_w18"])
def test_every_network_gives_heatmaps_of_a_quarter_of_its_input(model: str) -> None:
    built = network.build(model, 5).eval()
    with torch.inference_mode():
        assert built(torch.zeros(2, 1, 64, 96)).shape == (2, 5, 16, 24)


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_trains_a_network_that_there_is(name: str) -> None:
    network.refuse_unknown(model_of(name))
    assert Localization.find(name).poles % 2 == 1


@pytest.mark.parametrize("model", ["hrnet_w19", "resnet18", "hrnet_w18_ssld", ""])
def test_an_unknown_model_is_answered_with_the_known_ones(model: str) -> None:
    for refuse in (lambda: network.build(model, 13), lambda: network.start_of(model, "random")):
        with pytest.raises(UserError) as told:
            refuse()
        assert f"model {model!r} is unknown, expected hrnet_w18, hrnet_w18_small" in str(told.value)
        assert "\n" not in str(told.value)


def test_demanded_weights_that_cannot_be_had_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "head", refuse)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_, **__: None)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(
        UserError, match=r"weights of hrnet_w18: not on this computer.*weights=random or auto"
    ):
        network.start_of("hrnet_w18", "imagenet")
    assert network.start_of("hrnet_w18", "auto") == "random"


def test_weights_that_are_here_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_, **__: "/somewhere")
    assert network.start_of("hrnet_w18", "auto") == "imagenet"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("height=100", "not divisible by 32, as the networks need; 96 or 128 would do"),
        ("width=0", "greater than or equal to 32"),
        ("poles=-1", "greater than or equal to 0"),
        ("poles=many", "valid integer"),
        ("sigma=0", "greater than 0"),
        ("noise_px=-1", "greater than or equal to 0"),
        ("augment=light", "'none' or 'paper'"),
        ("noise=1", "did you mean noise_px"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_a_line(override: str, expected: str) -> None:
    with pytest.raises(UserError) as told:
        Localization.find("quick", [override])
    assert expected in str(told.value) and "\n" not in str(told.value)
