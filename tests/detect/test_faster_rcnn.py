"""Faster R-CNN: what is built, that it learns, goes on where it was stopped, and finds boxes on any image."""

from __future__ import annotations

import copy
import socket
import time
from pathlib import Path

import numpy as np
import pytest
import requests
import torch
from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import MultiScaleRoIAlign

from cvlib import profiles
from cvlib.data.cache import Cache
from cvlib.detect import faster_rcnn
from cvlib.detect.crops import Crops
from cvlib.detect.module import Detector, batch_of, flipped, found_of, predict, target
from cvlib.errors import UserError
from cvlib.measure.boxes import iou
from cvlib.training import fitting
from tests.detect.conftest import SMALL, Squares, pixel_boxes

MODELS = ("fasterrcnn-resnet18", "fasterrcnn-resnet50")
Boxes = list[np.ndarray]


class Stopped(Exception):
    """Stands for a process that dies."""


def tiny() -> FasterRCNN:
    """With all that is random in a training step, and two convolutions."""
    backbone = nn.Sequential(nn.Conv2d(3, 8, 8, 8), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 1))
    backbone.out_channels = 8  # type: ignore[assignment]
    pool = MultiScaleRoIAlign(["0"], 2, 2)
    network = FasterRCNN(backbone, 3, rpn_anchor_generator=AnchorGenerator(((16,),)), box_roi_pool=pool)
    network.transform = faster_rcnn.Normalized()
    return network


def module(cache: Cache, boxes: Boxes, network: FasterRCNN, *overrides: str, seed: int = 0) -> Detector:
    profile = profiles.Detection.find("quick", [*SMALL, *overrides])
    parts = {"train": np.arange(24), "validation": np.arange(24, 30)}
    return Detector(network, profile, cache, boxes, parts, seed)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls out fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("called out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("model", MODELS)
def test_random_weights_need_no_network_and_both_classes_can_be_learned(model: str) -> None:
    network = faster_rcnn.build(model, faster_rcnn.start_of(model, "random"))
    there = target(torch.tensor([[0, 8, 8, 12, 12.0], [1, 30, 20, 30, 30]]))
    losses = network(torch.rand(1, 3, 64, 96), [there])
    assert all(torch.isfinite(each) and each >= 0 for each in losses.values())
    with torch.inference_mode():
        [found] = network.eval()(torch.rand(1, 3, 64, 96))
    assert set(found["labels"].tolist()) <= {1, 2}
    assert 0 < len(found["boxes"]) <= 100


def test_images_keep_their_size_within_the_network() -> None:
    network = faster_rcnn.build("fasterrcnn-resnet18")
    images, _ = network.transform(torch.rand(2, 3, 50, 70))
    assert images.tensors.shape == (2, 3, 64, 96)
    assert images.image_sizes == [(50, 70)] * 2
    grey = torch.tensor(faster_rcnn.MEAN).view(1, 3, 1, 1)
    assert network.transform(grey)[0].tensors.abs().max() == 0


def test_unknown_models_are_answered_with_the_known_ones() -> None:
    for ask in (faster_rcnn.build, lambda model: faster_rcnn.start_of(model, "random")):
        with pytest.raises(UserError, match=r"'fasterrcnn-resnet19' is unknown, .*resnet18 or .*resnet50"):
            ask("fasterrcnn-resnet19")


def test_without_a_network_it_is_said_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "head", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    started = time.perf_counter()
    with pytest.raises(
        UserError, match=r"^COCO weights of .*resnet50: .* does not answer.*weights=random.*$"
    ):
        faster_rcnn.start_of("fasterrcnn-resnet50", "coco")
    assert faster_rcnn.start_of("fasterrcnn-resnet50", "auto") == "random"
    assert time.perf_counter() - started < 1


@pytest.mark.usefixtures("no_network")
def test_the_light_model_has_no_weights_to_start_from() -> None:
    assert faster_rcnn.start_of("fasterrcnn-resnet18", "auto") == "random"
    with pytest.raises(UserError, match=r"none to be had; choose .*-resnet50; or go on with weights="):
        faster_rcnn.start_of("fasterrcnn-resnet18", "coco")


@pytest.fixture
def coco(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the weights lie, in the form in which torchvision publishes them: norms frozen, 91 classes."""
    frozen = resnet_fpn_backbone(backbone_name="resnet50", weights=None)
    state = FasterRCNN(frozen, 91).state_dict()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    path = tmp_path / "hub" / "checkpoints" / Path(faster_rcnn._COCO.url).name
    path.parent.mkdir(parents=True)
    torch.save(state, path)
    return path


@pytest.mark.usefixtures("no_network")
def test_coco_weights_that_are_here_are_taken(coco: Path) -> None:
    assert faster_rcnn.start_of("fasterrcnn-resnet50", "auto") == "coco"
    stored = torch.load(coco, weights_only=True)
    built = faster_rcnn.build("fasterrcnn-resnet50", "coco").state_dict()
    same = {name for name in stored if torch.equal(stored[name], built[name])}
    assert stored.keys() - same == {f"roi_heads.box_predictor.{name}" for name in (
        "cls_score.weight", "cls_score.bias", "bbox_pred.weight", "bbox_pred.bias"
    )}  # fmt: skip


@pytest.mark.usefixtures("no_network")
def test_damaged_coco_weights_are_refused_in_a_line(coco: Path) -> None:
    coco.write_bytes(coco.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"^.*\.pth: cannot be .*delete it.*weights=random$"):
        faster_rcnn.build("fasterrcnn-resnet50", "coco")


def test_flips_move_boxes_with_their_pixels(cache: Cache, boxes: Boxes) -> None:
    profile = profiles.Detection.find("quick", SMALL)
    batch = batch_of(list(Crops.fixed(cache, boxes, np.arange(8), profile)))
    across, down = torch.tensor([False, True] * 4), torch.tensor([False, False, True, True] * 2)
    before = copy.deepcopy(batch)
    images, moved = flipped(batch, across, down)
    assert torch.equal(batch.images, before.images)
    assert all(torch.equal(a, b) for a, b in zip(batch.boxes, before.boxes, strict=True))
    assert torch.equal(images[3], batch.images[3].flip(-1, -2))
    assert torch.equal(images[4], batch.images[4])
    for image, found, was in zip(images, moved, batch.boxes, strict=True):
        assert len(found) == len(was)
        for left, top, width, height in found[:, 1:].int().tolist():
            assert (image[:, top : top + height, left : left + width] > 100).all()
            around = image[0, max(0, top - 1) : top + height + 1, max(0, left - 1) : left + width + 1]
            assert (around > 100).sum() == width * height


def test_targets_and_findings_are_each_others_inverse() -> None:
    boxes = torch.tensor([[0, 1, 2, 3, 4.0], [1, 5, 6, 7, 8]])
    there = target(boxes)
    assert there["boxes"].tolist() == [[1, 2, 4, 6], [5, 6, 12, 14]]
    assert there["labels"].tolist() == [1, 2]  # 0 is the background
    found = found_of({**there, "scores": torch.tensor([0.9, 0.1])})
    assert found.classes.tolist() == [0, 1]
    assert found.boxes.tolist() == boxes[:, 1:].tolist()
    assert found_of({**target(boxes[:0]), "scores": torch.zeros(0)}).boxes.shape == (0, 4)


def test_it_learns_what_is_easy_and_finds_it_on_images_of_odd_sizes(
    cache: Cache, boxes: Boxes, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    network = faster_rcnn.build("fasterrcnn-resnet18")
    trained = module(cache, boxes, network, "epochs=2", "steps=20", "batch=4", "lr=2e-3")
    best = fitting.fit(trained, tmp_path, say=print)
    assert best["validation_map50"] > 0.6
    fitting.load(trained.network, tmp_path / fitting.WEIGHTS)
    trained.eval()
    for height, width in ((75, 131), (48, 49)):
        data = Squares(1, height, width)
        found, [there] = predict(trained, data.image(0)), pixel_boxes(data)
        surest = [found.boxes[found.classes == kind] for kind in there[:, 0]]
        overlap = [iou(each, row[None, 1:]).max() for each, row in zip(surest, there, strict=True)]
        assert np.median(overlap) > 0.5


def test_what_is_found_lies_on_the_image_in_descending_order(cache: Cache, boxes: Boxes) -> None:
    untrained = module(cache, boxes, faster_rcnn.build("fasterrcnn-resnet18")).eval()
    for height, width in ((40, 33), (7, 90), (1, 1)):
        image = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
        found = predict(untrained, image)
        assert found.classes.shape == found.scores.shape == (len(found.boxes),)
        assert set(found.classes) <= {0, 1}
        assert (np.diff(found.scores) <= 0).all()
        assert (found.boxes >= 0).all()
        assert (found.boxes[:, :2] + found.boxes[:, 2:] <= np.array([width, height]) + 1e-3).all()


def test_crops_without_any_box_are_learned_from_too(cache: Cache, tmp_path: Path) -> None:
    empty = [np.zeros((0, 5))] * len(cache)
    best = fitting.fit(module(cache, empty, tiny(), "epochs=1", "steps=1"), tmp_path, say=print)
    assert best == {"epoch": 0, "validation_map50": 0}


def fitted(cache: Cache, boxes: Boxes, folder: Path, seed: int = 0) -> dict[str, torch.Tensor]:
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    fitting.fit(module(cache, boxes, tiny(), "epochs=3", seed=seed), folder, say=lambda _: None)
    return torch.load(folder / fitting.WEIGHTS, weights_only=True)


def test_a_stopped_fit_ends_as_an_unbroken_one(
    cache: Cache, boxes: Boxes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: Detector, *_: object) -> None:
        if self.current_epoch == 1:
            raise Stopped

    unbroken = fitted(cache, boxes, tmp_path / "unbroken")
    broken = tmp_path / "broken"
    with monkeypatch.context() as patch:
        patch.setattr(Detector, "on_train_batch_end", die)
        with pytest.raises(Stopped):
            fitted(cache, boxes, broken)
    torch.rand(7)
    resumed = fitted(cache, boxes, broken)
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)
    logs = [(tmp_path / each / fitting.LOG).read_text() for each in ("unbroken", "broken")]
    assert logs[0] == logs[1]
    other = fitted(cache, boxes, tmp_path / "other", seed=1)
    assert not all(torch.equal(other[name], unbroken[name]) for name in unbroken)
