"""A classification network as Lightning trains it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.lr_scheduler import OneCycleLR

from cvlib.classify.batches import Batch, Draw, loader
from cvlib.measure.counts import mean_over_classes
from cvlib.measure.curves import average_precision
from cvlib.profiles import Classification
from cvlib.training.fitting import Trained

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, RGB: what its weights expect; other starts take the same."""

BRIGHTER = 0.05
"""Largest change of brightness in training; much more would turn dark coatings black."""


class Classifier(Trained):
    """Network, loss, flips, optimizer and what is logged.

    Parameters
    ----------
    network
        Takes (N, 3, H, W) normalised images, gives (N, 4) logits.
    profile
        What to train with.
    images, labels
        (N, H, W, 3) uint8 and (N, 4) bool, of the whole data set.
    parts
        Positions of the images of each part; ``train`` and ``validation`` are taken.
    seed
        Of the training.
    workers
        Loader processes; they change nothing but the time.
    """

    monitor = "validation_ap"
    profile: Classification
    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        network: nn.Module,
        profile: Classification,
        images: np.ndarray,
        labels: np.ndarray,
        parts: Mapping[str, np.ndarray],
        seed: int,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.profile, self.images, self.labels, self.parts = profile, images, labels, parts
        self.seed, self.workers = seed, workers
        for name, values in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)
        self.seen: list[tuple[Tensor, Tensor]] = []

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, 4) of images (N, 3, H, W) between 0 and 1."""
        normal = (images - self.mean) / self.deviation
        return self.network(normal.contiguous(memory_format=torch.channels_last))

    def train_dataloader(self) -> Any:
        """Images of this epoch; made anew before every epoch."""
        drawn = Draw(
            self.images, self.labels, self.parts["train"], self.profile, self.seed, self.current_epoch
        )
        return loader(drawn, self.profile.batch, self.workers)

    def val_dataloader(self) -> Any:
        """Every validation image once."""
        once = self.profile.model_copy(update={"steps": 0, "balance": 0})
        drawn = Draw(self.images, self.labels, self.parts["validation"], once, 0, 0)
        return loader(drawn, self.profile.batch, self.workers)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of one batch, flipped and made brighter or darker at random."""
        # What is random in a step depends on seed and step alone, so that a resumed run repeats it.
        torch.manual_seed(self.seed * 1_000_003 + self.global_step)
        images = varied(batch.images.float() / 255)
        loss = binary_cross_entropy_with_logits(self(images).float(), batch.labels)
        self.log("train_loss", loss, on_epoch=True, on_step=False, batch_size=len(images), prog_bar=True)
        return loss

    def on_validation_epoch_start(self) -> None:
        """Start collecting."""
        self.seen = []

    def validation_step(self, batch: Batch, _: int) -> None:
        """Loss and probabilities."""
        logits = self(batch.images.float() / 255).float()
        loss = binary_cross_entropy_with_logits(logits, batch.labels)
        self.log("validation_loss", loss, batch_size=len(logits), prog_bar=True)
        self.seen.append((torch.sigmoid(logits).cpu(), batch.labels.cpu() > 0))

    def on_validation_epoch_end(self) -> None:
        """The average precision that picks the checkpoint: mean over the classes that occur."""
        scores, truth = (torch.cat(each).numpy() for each in zip(*self.seen, strict=True))
        areas = [average_precision(*columns) for columns in zip(scores.T, truth.T, strict=True)]
        self.log("validation_ap", float(np.nan_to_num(mean_over_classes(np.array(areas)))), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW, one cycle of the learning rate."""
        optimizer = torch.optim.AdamW(self.network.parameters(), self.profile.lr, fused=True)
        steps = int(self.trainer.estimated_stepping_batches)
        cycle = OneCycleLR(optimizer, self.profile.lr, total_steps=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}


def varied(images: Tensor) -> Tensor:
    """Images (N, 3, H, W) between 0 and 1, some mirrored (a coating has no up), of other brightness."""
    across, down = torch.rand(2, len(images), 1, 1, 1, device=images.device) < 0.5
    images = torch.where(across, images.flip(-1), images)
    images = torch.where(down, images.flip(-2), images)
    lighter = BRIGHTER * (2 * torch.rand(len(images), 1, 1, 1, device=images.device) - 1)
    return (images + lighter).clamp(0, 1)


@torch.inference_mode()
def probabilities(module: Classifier, images: np.ndarray) -> np.ndarray:
    """What a network makes of images.

    Parameters
    ----------
    module
        In evaluation mode, on any device.
    images
        (N, H, W, 3) uint8.

    Returns
    -------
    (N, 4) float32 between 0 and 1.
    """
    found = [np.zeros((0, 4), np.float32)]
    for start in range(0, len(images), 16):
        part = np.ascontiguousarray(images[start : start + 16].transpose(0, 3, 1, 2))
        batch = torch.from_numpy(part).to(module.device).float() / 255
        found.append(torch.sigmoid(module(batch).float()).cpu().numpy())
    return np.concatenate(found)
