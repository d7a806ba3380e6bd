"""Faster R-CNN as Lightning trains it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader
from torchvision.models.detection import FasterRCNN

from cvlib.data.cache import Cache
from cvlib.defects import DETECTION_CLASSES
from cvlib.detect.crops import Crops
from cvlib.detect.scoring import Found, joined
from cvlib.measure.average_precision import mean_ap
from cvlib.measure.boxes import match
from cvlib.profiles import Detection
from cvlib.training.fitting import Trained


class Batch(NamedTuple):
    """Images (N, 3, H, W) uint8, and of each its boxes (K, 5): class, left, top, width, height in pixels."""

    images: Tensor
    boxes: list[Tensor]


class Detector(Trained):
    """Network, flips, optimizer and what is logged.

    Parameters
    ----------
    network
        As ``faster_rcnn.build`` gives it.
    profile, cache, boxes, parts, seed
        What to train with: ``boxes`` of each image of the cache as ``crops.in_pixels`` gives them; ``parts``
        holds positions in the cache under ``train`` and ``validation``.
    workers
        Loader processes; they change nothing but the time.
    """

    monitor = "validation_map50"
    profile: Detection

    def __init__(
        self,
        network: FasterRCNN,
        profile: Detection,
        cache: Cache,
        boxes: Sequence[np.ndarray],
        parts: dict[str, np.ndarray],
        seed: int,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.network, self.profile, self.cache, self.boxes = network, profile, cache, boxes
        self.parts, self.seed, self.workers = parts, seed, workers
        self.found: list[Found] = []
        self.true: list[Found] = []

    def train_dataloader(self) -> Any:
        """Crops of this epoch; made anew before every epoch."""
        train = self.parts["train"]
        return self.loader(Crops(self.cache, self.boxes, train, self.profile, self.seed, self.current_epoch))

    def val_dataloader(self) -> Any:
        """One crop of every validation image, over one of its boxes, always the same."""
        return self.loader(Crops.fixed(self.cache, self.boxes, self.parts["validation"], self.profile))

    def loader(self, crops: Crops) -> DataLoader[Batch]:
        """Batches in the order of the crops' numbers."""
        return DataLoader(
            crops,  # type: ignore[arg-type]
            batch_size=self.profile.batch,
            num_workers=self.workers,
            collate_fn=batch_of,
            pin_memory=torch.cuda.is_available(),
        )

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of one batch, its crops flipped at random: a coating has no upper or left side."""
        # What is random in a step, here or in the network, depends on seed and step alone, so that a resumed
        # run repeats it.
        torch.manual_seed(self.seed * 1_000_003 + self.global_step)
        images, boxes = flipped(batch, *(torch.rand(2, len(batch.boxes)) < 0.5))
        losses = self.network(images.float() / 255, [target(each) for each in boxes])
        loss = torch.stack(list(losses.values())).sum()
        self.log("train_loss", loss, on_epoch=True, on_step=False, batch_size=len(images), prog_bar=True)
        return loss

    def on_validation_epoch_start(self) -> None:
        """Start collecting."""
        self.found, self.true = [], []

    def validation_step(self, batch: Batch, _: int) -> None:
        """Boxes found and boxes there."""
        self.found += [found_of(each) for each in self.network(batch.images.float() / 255)]
        for each in batch.boxes:
            numbers = each.cpu().numpy()
            self.true.append(Found(numbers[:, 0].astype(int), np.ones(len(each)), numbers[:, 1:]))

    def on_validation_epoch_end(self) -> None:
        """The AP@.5 that picks the checkpoint: mean over the classes that the crops show."""
        found, true = joined(self.found), joined(self.true, scored=False)
        matched = match(found, true, len(self.true), len(DETECTION_CLASSES), [0.5])
        self.log("validation_map50", float(np.nan_to_num(mean_ap(matched, threshold=0.5))), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW, one cycle of the learning rate."""
        optimizer = torch.optim.AdamW(self.network.parameters(), self.profile.lr, fused=True)
        steps = int(self.trainer.estimated_stepping_batches)
        cycle = OneCycleLR(optimizer, self.profile.lr, total_steps=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}


def batch_of(crops: Sequence[tuple[np.ndarray, np.ndarray]]) -> Batch:
    """A batch of crops and their boxes."""
    images = torch.from_numpy(np.stack([image for image, _ in crops])).permute(0, 3, 1, 2)
    return Batch(images, [torch.from_numpy(boxes).float() for _, boxes in crops])


def flipped(batch: Batch, across: Tensor, down: Tensor) -> Batch:
    """A batch of which some are mirrored, with their boxes.

    Parameters
    ----------
    batch
        N images.
    across, down
        (N,) bool: which change left and right, and which top and bottom.
    """
    images, boxes = batch.images.clone(), [each.clone() for each in batch.boxes]
    for which, axis, start in ((across, -1, 1), (down, -2, 2)):
        for number in which.nonzero().flatten().tolist():
            images[number] = images[number].flip(axis)
            side = boxes[number]
            side[:, start] = images.shape[axis] - side[:, start] - side[:, start + 2]
    return Batch(images, boxes)


def target(boxes: Tensor) -> dict[str, Tensor]:
    """Boxes (K, 5) as torchvision takes them: corners, and labels that count from 1."""
    corners = torch.cat([boxes[:, 1:3], boxes[:, 1:3] + boxes[:, 3:5]], dim=1)
    return {"boxes": corners, "labels": boxes[:, 0].long() + 1}


def found_of(detections: dict[str, Tensor]) -> Found:
    """Boxes as torchvision gives them, of one image, the surest first."""
    arrays = {name: values.float().cpu().numpy() for name, values in detections.items()}
    corners = arrays["boxes"]
    boxes = np.column_stack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
    return Found(arrays["labels"].astype(int) - 1, arrays["scores"], boxes)


@torch.inference_mode()
def predict(module: Detector, image: np.ndarray) -> Found:
    """What a network finds on an image.

    Parameters
    ----------
    module
        In evaluation mode, on any device.
    image
        (H, W, 3) uint8 of any size.

    Returns
    -------
    At most 100 boxes within the image, the surest first, those with scores up to .001 left out.
    """
    batch = batch_of([(image, np.zeros((0, 5)))]).images.to(module.device)
    [detections] = module.network(batch.float() / 255)
    return found_of(detections)
