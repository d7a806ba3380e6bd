"""Images made small, drawn and varied; hand-made features; networks by name."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
import requests
import torch

from cvlib.classify import features, network
from cvlib.classify.batches import Draw
from cvlib.classify.module import BRIGHTER, varied
from cvlib.classify.plan import LIGHT, title
from cvlib.classify.shrunk import shrink, shrunk
from cvlib.errors import DataError, UserError
from cvlib.profiles import Classification
from tests.segment.conftest import Squares

PROFILE = Classification.find("quick", ["height=32", "width=64", "steps=200", "batch=4"])


@pytest.mark.parametrize("size", [(480, 640), (100, 30), (30, 100), (7, 7)])
def test_a_shrunk_image_keeps_its_shape_and_its_mean(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    image[: size[0] // 2] //= 4
    small = shrink(image, 32, 64)
    assert small.shape == (32, 64, 3)
    assert np.allclose(small.mean(axis=(0, 1)), image.mean(axis=(0, 1)), atol=4)


def test_pixels_of_a_shrunk_image_are_means_of_blocks() -> None:
    image = np.random.default_rng(0).integers(0, 255, (64, 128, 3), np.uint8)
    blocks = image.reshape(32, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(shrink(image, 32, 64) - blocks).max() <= 0.5


def test_shrunk_images_are_made_once(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shrunk(squares, 32, 64, tmp_path)
    assert np.array_equal(first[3], shrink(squares.image(3), 32, 64))
    monkeypatch.setattr(Squares, "image", lambda *_: pytest.fail("read again"))
    assert np.array_equal(shrunk(squares, 32, 64, tmp_path), first)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".bin", ".lock"]


def test_a_bad_image_leaves_no_file(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad(self: Squares, index: int) -> np.ndarray:
        raise DataError(f"image {index}: cut short; replace it")

    monkeypatch.setattr(Squares, "image", bad)
    with pytest.raises(DataError, match="cut short"):
        shrunk(squares, 32, 64, tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]


def drawn(labels: np.ndarray, positions: np.ndarray, seed: int = 0, epoch: int = 0, **values: float) -> Draw:
    images = np.zeros((len(labels), 2, 2, 3), np.uint8)
    return Draw(images, labels, positions, PROFILE.model_copy(update=values), seed, epoch)


def test_a_rare_class_is_met_often_when_drawing_is_balanced() -> None:
    labels = np.zeros((100, 4), bool)
    labels[:, 0] = True  # in all images: there is nothing to balance
    labels[:2, 1] = True
    positions = np.arange(80)
    shares = [labels[drawn(labels, positions, balance=each).order, 1].mean() for each in (0.0, 1.0)]
    assert shares[0] < 0.1 and 0.4 < shares[1] < 0.6


def test_only_images_of_the_part_are_drawn_and_the_same_seed_draws_the_same() -> None:
    labels = np.random.default_rng(0).random((60, 4)) < 0.3
    positions = np.arange(10, 30)
    one, again, other = (drawn(labels, positions, epoch=each).order for each in (0, 0, 1))
    assert set(one) <= set(positions)
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_images_that_all_show_the_same_are_drawn_all_the_same() -> None:
    labels = np.ones((10, 4), bool)
    assert set(drawn(labels, np.arange(10)).order) == set(range(10))


def test_varied_images_are_mirrored_and_little_brighter() -> None:
    images = torch.rand(64, 3, 4, 6)
    torch.manual_seed(0)
    found = varied(images)
    mirrors = [images, images.flip(-1), images.flip(-2), images.flip((-1, -2))]
    nearest = torch.stack([(found - each).abs().amax((1, 2, 3)) for each in mirrors])
    assert nearest.min(dim=0).values.max() <= BRIGHTER + 1e-6
    assert len(set(nearest.argmin(dim=0).tolist())) == 4


def test_features_tell_bright_squares_from_none() -> None:
    dark = np.random.default_rng(0).integers(30, 60, (96, 128, 3), np.uint8)
    bright = dark.copy()
    bright[40:50, 60:70] += 150
    assert len(features.features(dark)) == len(features.features(bright)) == 33
    assert np.isfinite(features.features(np.zeros((32, 32, 3), np.uint8))).all()
    assert not np.allclose(features.features(dark), features.features(bright))


def test_a_class_with_one_answer_gets_it() -> None:
    values = np.random.default_rng(0).random((40, 3))
    truth = np.column_stack([values[:, 0] > 0.5, np.ones(40, bool), np.zeros(40, bool)])
    found = features.probabilities(features.fit(values, truth), values)
    assert (found[:, 1] == 1).all() and (found[:, 2] == 0).all()
    assert ((found[:, 0] > 0.5) == truth[:, 0]).mean() > 0.9


@pytest.mark.parametrize("model", [*LIGHT.values(), "resnet18"])
def test_networks_give_one_logit_for_each_class(model: str) -> None:
    built = network.build(model, (64, 96), momentum=0.1, pool="avgmax").eval()
    assert built(torch.rand(2, 3, 64, 96)).shape == (2, 4)


def test_a_model_for_one_size_takes_another_or_is_refused_in_a_line() -> None:
    with torch.no_grad():
        built = network.build("vit_tiny_patch16_224", (64, 96))
        assert built(torch.rand(1, 3, 64, 96)).shape == (1, 4)
    with pytest.raises(UserError, match=r"does not take images of 64 x 96 with pool=avgmax.*choose another"):
        network.build("levit_128s", (64, 96), pool="avgmax")


def test_a_model_of_no_family_of_the_paper_has_a_title() -> None:
    assert title("densenet121") == "densenet121"


def test_an_unknown_model_is_answered_with_near_ones() -> None:
    with pytest.raises(
        UserError, match="'resnet5' is unknown, expected one of timm's; did you mean resnet50"
    ):
        network.build("resnet5", (64, 96))


def test_demanded_weights_that_cannot_be_had_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "head", refuse)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(UserError, match="ImageNet weights of resnet50: not on this computer"):
        network.start_of("resnet50", "imagenet")
    assert network.start_of("resnet50", "auto") == "random"
