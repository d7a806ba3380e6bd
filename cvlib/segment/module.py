"""A segmentation network as Lightning trains it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau

from cvlib.data.cache import Cache
from cvlib.defects import CLASSES
from cvlib.profiles import Segmentation
from cvlib.segment.augment import Augment
from cvlib.segment.batches import Batch, Crops, loader
from cvlib.segment.losses import total
from cvlib.training.fitting import Trained

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, RGB: what its weights expect; other starts take the same."""

VALIDATION = (0, 2**31)
"""Seed and epoch of the validation crops: the same after every epoch, whatever the seed of the training."""


class Segmenter(Trained):
    """Network, loss, augmentation, optimizer and what is logged.

    Parameters
    ----------
    network
        Takes (N, 3, H, W) normalised images, gives (N, 4, H, W) logits.
    profile, cache, parts, seed
        What to train with: ``parts`` holds positions in the cache under ``train`` and ``validation``.
    workers
        Loader processes; they change nothing but the time.
    """

    monitor = "validation_iou"
    profile: Segmentation
    mean: Tensor
    deviation: Tensor
    channels: Tensor

    def __init__(
        self,
        network: nn.Module,
        profile: Segmentation,
        cache: Cache,
        parts: dict[str, np.ndarray],
        seed: int,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.profile, self.cache, self.parts = profile, cache, parts
        self.seed, self.workers = seed, workers
        self.augment = Augment(profile.augment)
        for name, values in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)
        self.register_buffer("channels", torch.arange(len(CLASSES)).view(-1, 1, 1), persistent=False)
        self.overlap = torch.zeros(0)
        self.plateau: ReduceLROnPlateau | None = None
        self.resumed_plateau: dict[str, Any] | None = None

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, 4, H, W) of images (N, 3, H, W) between 0 and 1."""
        normal = (images - self.mean) / self.deviation
        return self.network(normal.contiguous(memory_format=torch.channels_last))

    def train_dataloader(self) -> Any:
        """Crops of this epoch; made anew before every epoch."""
        crops = Crops(self.cache, self.parts["train"], self.profile, self.seed, self.current_epoch)
        return loader(crops, self.profile.batch, self.workers)

    def val_dataloader(self) -> Any:
        """One crop of every validation image, over one of its defects, always the same."""
        once = self.profile.model_copy(update={"steps": 0})
        crops = Crops(self.cache, self.parts["validation"], once, *VALIDATION, own=True)
        return loader(crops, self.profile.batch, self.workers)

    def unpacked(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Images (N, 3, H, W) between 0 and 1 and masks (N, 4, H, W) of 0 and 1, on the batch's device."""
        masks = (batch.bits[:, None] >> self.channels) & 1
        return batch.images.float() / 255, masks.float()

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of one augmented batch."""
        # What is random in a step depends on seed and step alone, so that a resumed run repeats it.
        torch.manual_seed(self.seed * 1_000_003 + self.global_step)
        with torch.autocast(self.device.type, enabled=False):  # in half precision, places are pixels off
            images, masks = self.augment(*self.unpacked(batch))
        loss = self.loss(self(images), masks)
        self.log("train_loss", loss, on_epoch=True, on_step=False, batch_size=len(images), prog_bar=True)
        return loss

    def loss(self, logits: Tensor, masks: Tensor) -> Tensor:
        """As the profile wants it, in full precision."""
        return total(logits.float(), masks, self.profile.loss)

    def on_validation_epoch_start(self) -> None:
        """Start counting."""
        self.overlap = torch.zeros(3, len(CLASSES), dtype=torch.long, device=self.device)

    def validation_step(self, batch: Batch, _: int) -> None:
        """Loss, and pixels in both, in either, and in the truth alone."""
        images, masks = self.unpacked(batch)
        logits = self(images)
        loss = self.loss(logits, masks)
        self.log("validation_loss", loss, batch_size=len(images), prog_bar=True)
        found, there = logits >= 0, masks > 0
        self.overlap += torch.stack([each.sum((0, 2, 3)) for each in (found & there, found | there, there)])

    def on_validation_epoch_end(self) -> None:
        """The IoU that picks the checkpoint: pooled over the crops, mean over the classes they show."""
        both, either, there = self.overlap
        self.log("validation_iou", (both / either)[there > 0].mean().nan_to_num(0), prog_bar=True)
        if self.plateau:
            self.plateau.step(self.trainer.callback_metrics["validation_loss"].item())

    def configure_optimizers(self) -> Any:
        """Adam, with the profile's schedule."""
        optimizer = torch.optim.Adam(self.network.parameters(), self.profile.lr, fused=True)
        if self.profile.schedule == "plateau":
            # not handed to Lightning, which steps it after the epoch's checkpoint is written
            self.plateau = ReduceLROnPlateau(optimizer, patience=1)
            return optimizer
        steps = int(self.trainer.estimated_stepping_batches)
        cycle = OneCycleLR(optimizer, self.profile.lr, total_steps=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the state of the schedule."""
        checkpoint["plateau"] = self.plateau and self.plateau.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with the state of the schedule, once the optimizer is made."""
        self.resumed_plateau = checkpoint["plateau"]

    def on_train_start(self) -> None:
        """Lightning has made the optimizer by now."""
        if self.plateau and self.resumed_plateau:
            self.plateau.load_state_dict(self.resumed_plateau)
