"""Training throughput of Faster R-CNN beside a plain torchvision loop: same network, batch and crops.

The plain loop is a first script: it decodes the image of each crop, lets torchvision normalise and resize
crop by crop, and leaves memory layout and AdamW as they come. Ours is what ``cvlib train`` runs: decoded
images mapped into memory, whole batches, channels last, fused AdamW, Lightning. CPU seconds on one thread,
step by step in turns, so that a busy machine slows both; then where each of them spends its step.

Run: python benchmarks/detection.py [steps]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import cv2
import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from cvlib import profiles
from cvlib.data import Dataset, open_dataset, write
from cvlib.data.cache import Cache, cached
from cvlib.detect import faster_rcnn
from cvlib.detect.crops import Crops, in_pixels
from cvlib.detect.module import Detector, target
from cvlib.training import fitting

MODEL, IMAGES, WARM_UP = "fasterrcnn-resnet18", 80, 3


class Clock:
    """CPU seconds of the parts of every step."""

    def __init__(self, network: nn.Module) -> None:
        self.steps: list[dict[str, float]] = []
        for name in ("transform", "backbone", "rpn", "roi_heads"):
            part = network.get_submodule(name)
            part.register_forward_pre_hook(lambda *_: self.mark("other"))
            part.register_forward_hook(lambda *_, name=name: self.mark(name))

    def start(self) -> None:
        """A step begins."""
        self.steps.append(defaultdict(float))
        self.last = time.process_time()

    def mark(self, part: str) -> None:
        """What ends here was this part."""
        now = time.process_time()
        self.steps[-1][part] += now - self.last
        self.last = now


class Decoding(Cache):
    """Decodes the file whenever an image is asked for."""

    def __init__(self, cache: Cache, data: Dataset) -> None:
        super().__init__(cache.folder)
        self.data = data

    def image(self, index: int) -> np.ndarray:
        return self.data.image(index)


class PlainCrops(TorchDataset[tuple[Tensor, dict[str, Tensor]]]):
    """Crops as tensors, flipped, with boxes in torchvision's form."""

    def __init__(self, crops: Crops) -> None:
        self.crops = crops

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, number: int) -> tuple[Tensor, dict[str, Tensor]]:
        pixels, numbers = self.crops[number]
        image = torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
        there = torch.from_numpy(numbers).float()
        for axis, start in ((-1, 1), (-2, 2)):
            if torch.rand(1) < 0.5:
                image = image.flip(axis)
                there[:, start] = image.shape[axis] - there[:, start] - there[:, start + 2]
        return image, target(there)


def plain_network(profile: profiles.Detection) -> nn.Module:
    """The network with torchvision's own transform, which leaves the size as it is, and memory layout."""
    torch.manual_seed(0)
    network = faster_rcnn.build(MODEL).to(memory_format=torch.contiguous_format)
    short, long = sorted((profile.height, profile.width))
    colours = [list(values) for values in (faster_rcnn.MEAN, faster_rcnn.DEVIATION)]
    network.transform = GeneralizedRCNNTransform(short, long, *colours)
    return network.train()


def plain_steps(crops: Crops, network: nn.Module, clock: Clock) -> Iterator[None]:
    """A plain loop, a step each turn."""
    optimizer = torch.optim.AdamW(network.parameters(), crops.profile.lr)
    batches = iter(DataLoader(PlainCrops(crops), crops.profile.batch, collate_fn=list))
    while True:
        torch.use_deterministic_algorithms(False)  # what Lightning has switched on is not theirs to pay for
        clock.start()
        images, targets = zip(*next(batches), strict=True)
        clock.mark("loader")
        loss = sum(network(images, targets).values())
        clock.mark("other")
        optimizer.zero_grad()
        loss.backward()
        clock.mark("backward")
        optimizer.step()
        clock.mark("optimizer")
        torch.use_deterministic_algorithms(True)
        yield


class Turns(lightning.Callback):
    """After each of our steps, one of theirs."""

    def __init__(self, clock: Clock, theirs: Iterator[None]) -> None:
        self.clock, self.theirs = clock, theirs

    def on_train_epoch_start(self, *_: Any) -> None:
        self.clock.start()

    def on_train_batch_start(self, *_: Any) -> None:
        self.clock.mark("loader")

    def on_before_backward(self, *_: Any) -> None:
        self.clock.mark("other")

    def on_after_backward(self, *_: Any) -> None:
        self.clock.mark("backward")

    def on_train_batch_end(self, *_: Any) -> None:
        self.clock.mark("optimizer")
        next(self.theirs)
        self.clock.start()


def in_turns(data: Dataset, scratch: Path, steps: int) -> tuple[Clock, Clock]:
    """Train both."""
    cache = cached(data, scratch / "decoded", progress=False)
    boxes = [in_pixels(data.boxes(at), *cache.sizes[at]) for at in range(len(data))]
    profile = profiles.Detection.find("quick", ["epochs=1", f"steps={steps}"])
    positions = np.arange(len(cache))
    crops = Crops(Decoding(cache, data), boxes, positions, profile, 0, 0)
    plain = plain_network(profile)
    torch.manual_seed(0)
    parts = {"train": positions, "validation": positions[:1]}
    module = Detector(faster_rcnn.build(MODEL), profile, cache, boxes, parts, 0)
    theirs, ours = Clock(plain), Clock(module.network)
    turns = Turns(ours, plain_steps(crops, plain, theirs))
    module.configure_callbacks = lambda: [turns]  # type: ignore[method-assign]
    fitting.fit(module, scratch)
    return theirs, ours


def report(theirs: Clock, ours: Clock) -> None:
    """Print the ratio, and the parts."""
    count = len(theirs.steps)
    pairs = list(zip(theirs.steps, ours.steps[:count], strict=True))[WARM_UP:]
    low, middle, high = quantiles([sum(their.values()) / sum(our.values()) for their, our in pairs])
    print(f"training step: theirs takes {middle:.2f} times as long (quartiles {low:.2f} to {high:.2f})")
    for part in ("loader", "transform", "backbone", "rpn", "roi_heads", "backward", "optimizer", "other"):
        their, our = (1000 * median(each[part] for each in side) for side in zip(*pairs, strict=True))
        print(f"  {part:10} theirs {their:7.1f} ms, ours {our:7.1f} ms")


def main() -> None:
    """Write simulated images and train on them both ways."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "images"
        write(open_dataset("simulated", images=IMAGES), folder, progress=False)
        report(*in_turns(open_dataset(f"path:{folder}"), Path(name), steps))


if __name__ == "__main__":
    main()
