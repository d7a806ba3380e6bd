"""Training throughput beside a plain segmentation-models-pytorch script: same network, batch, precision.

Run: python benchmarks/training.py [steps]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import lightning
import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch.utils.data import DataLoader, Dataset

from cvlib import profiles
from cvlib.data import open_dataset, write
from cvlib.data.cache import cached
from cvlib.segment import network
from cvlib.segment.batches import Crops, loader
from cvlib.segment.module import Segmenter

HEIGHT, WIDTH, BATCH = 128, 160, 4


class PlainCrops(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """What a first script does: read the files, cut a crop, flip it, make tensors."""

    def __init__(self, folder: Path) -> None:
        self.images = sorted((folder / "segmentation" / "images").iterdir())
        self.masks = sorted((folder / "segmentation" / "masks").iterdir())

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        decoded = (
            cv2.imread(str(self.images[index])),
            cv2.imread(str(self.masks[index]), cv2.IMREAD_UNCHANGED),
        )
        top, left = np.random.randint(480 - HEIGHT), np.random.randint(640 - WIDTH)  # noqa: NPY002
        crops = [np.asarray(each)[top : top + HEIGHT, left : left + WIDTH] for each in decoded]
        planes = [np.ascontiguousarray(each.transpose(2, 0, 1)) for each in crops]
        image, mask = (torch.from_numpy(each).float() / 255 for each in planes)
        return image, mask


def plain_steps(folder: Path, steps: int) -> Iterator[None]:
    """A plain loop with the peer's losses."""
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(False)  # what Lightning has switched on is not theirs to pay for
    model = smp.Unet("resnet18", encoder_weights=None, classes=4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    dice, focal = smp.losses.DiceLoss("multilabel"), smp.losses.FocalLoss("multilabel")
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    batches = DataLoader(PlainCrops(folder), BATCH, shuffle=True, drop_last=True)
    done = 0
    while done < steps:
        for images, masks in batches:
            logits = model((images - mean.view(3, 1, 1)) / deviation.view(3, 1, 1))
            loss = dice(logits, masks) + focal(logits, masks)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield
            done += 1


class Ticks(lightning.Callback):
    """Time at the end of every step."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_train_batch_end(self, *_: object, **__: object) -> None:
        self.times.append(time.process_time())


def our_times(cache_folder: Path, folder: Path, steps: int) -> list[float]:
    """CPU seconds of each of our steps, as ``cvlib train`` takes them."""
    cache = cached(open_dataset(f"path:{folder}"), cache_folder, progress=False)
    profile = profiles.Segmentation.find("quick", ["epochs=1", f"steps={steps}", f"batch={BATCH}"])
    positions = np.arange(len(cache))
    torch.manual_seed(0)
    module = Segmenter(network.build("unet-resnet18"), profile, cache, {"train": positions}, 0)
    module.configure_optimizers = lambda: torch.optim.Adam(module.network.parameters(), 1e-3, fused=True)  # type: ignore[method-assign]
    ticks = Ticks()
    lightning.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, limit_val_batches=0,
        enable_model_summary=False, enable_progress_bar=False, callbacks=[ticks], deterministic=True,
    ).fit(module)  # fmt: skip
    return np.diff(ticks.times).tolist()


def times_of(iterator: Iterator[object], count: int) -> list[float]:
    """CPU seconds of each turn."""
    times = []
    for _, _ in zip(range(count), iterator, strict=False):
        times.append(time.process_time())
    return np.diff(times).tolist()


def report(what: str, theirs: list[float], ours: list[float]) -> None:
    """Print the ratio of medians, and what a bootstrap over the turns makes of it."""
    random = np.random.default_rng(0)
    draws = [
        np.median(random.choice(theirs, len(theirs))) / np.median(random.choice(ours, len(ours)))
        for _ in range(500)
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    ratio = np.median(theirs) / np.median(ours)
    print(f"{what}: theirs {1000 * np.median(theirs):.2f} ms, ours {1000 * np.median(ours):.2f} ms, "
          f"{ratio:.2f} times [{low:.2f}, {high:.2f}]")  # fmt: skip


def endless(make: Callable[[int], Iterator[object]]) -> Iterator[object]:
    """Epoch after epoch."""
    epoch = 0
    while True:
        yield from make(epoch)
        epoch += 1


def main() -> None:
    """Write 80 simulated images and train on them both ways, in turns."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder, decoded = Path(name) / "images", Path(name) / "decoded"
        write(open_dataset("simulated", images=80), folder, progress=False)
        theirs, ours = [], []
        for _ in range(3):
            theirs += times_of(plain_steps(folder, steps + 1), steps + 1)
            ours += our_times(decoded, folder, steps)
        report("training step", theirs, ours)
        cache = cached(open_dataset(f"path:{folder}"), decoded, progress=False)
        profile, positions = profiles.Segmentation.find("quick", ["steps=0"]), np.arange(len(cache))
        plain = DataLoader(PlainCrops(folder), BATCH, shuffle=True)
        theirs = times_of(endless(lambda _: iter(plain)), 100)
        ours = times_of(
            endless(lambda epoch: iter(loader(Crops(cache, positions, profile, 0, epoch), BATCH))), 400
        )
        report("loader alone, warm cache, one batch", theirs, ours)


if __name__ == "__main__":
    main()
