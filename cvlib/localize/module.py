"""A localization network as Lightning trains it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.optim.lr_scheduler import OneCycleLR

from cvlib.localize.regions import Batch, Draw, Region, cut, loader
from cvlib.profiles import Localization
from cvlib.training.fitting import Trained


class Localizer(Trained):
    """Network, loss (mean squared error, as the paper has it), optimizer and what is logged.

    Parameters
    ----------
    network
        Takes (N, 1, H, W), gives (N, C, H / 4, W / 4).
    profile
        What to train with.
    train, validation
        Regions with the labels to learn from.
    seed
        Of the training.
    workers
        Loader processes; they change nothing but the time.
    """

    monitor = "validation_fit"
    profile: Localization

    def __init__(
        self,
        network: nn.Module,
        profile: Localization,
        train: Sequence[Region],
        validation: Sequence[Region],
        seed: int,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.profile, self.regions, self.checked = profile, train, validation
        self.seed, self.workers = seed, workers

    def forward(self, images: Tensor) -> Tensor:
        """Heatmaps of inputs."""
        return self.network(images.contiguous(memory_format=torch.channels_last))

    def train_dataloader(self) -> Any:
        """Regions of this epoch; made anew before every epoch."""
        return loader(Draw(self.regions, self.profile, self.seed, self.current_epoch), self.workers)

    def val_dataloader(self) -> Any:
        """Every validation region once, unchanged."""
        once = self.profile.model_copy(update={"steps": 0, "augment": "none"})
        return loader(Draw(self.checked, once, 0, 0), self.workers)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The loss of one batch."""
        loss = mse_loss(self(batch.images).float(), batch.heatmaps)
        self.log(
            "train_loss", loss, on_epoch=True, on_step=False, batch_size=len(batch.images), prog_bar=True
        )
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """The share of the heatmaps' squares that is explained: 1 is perfect, 0 as empty maps or worse."""
        loss = mse_loss(self(batch.images).float(), batch.heatmaps)
        explained = (1 - loss / batch.heatmaps.square().mean()).clamp(min=0)
        size = len(batch.images)
        self.log("validation_loss", loss, batch_size=size)
        self.log("validation_fit", explained, batch_size=size, prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW, one cycle of the learning rate."""
        optimizer = torch.optim.AdamW(self.network.parameters(), self.profile.lr, fused=True)
        steps = int(self.trainer.estimated_stepping_batches)
        cycle = OneCycleLR(optimizer, self.profile.lr, total_steps=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}


@torch.inference_mode()
def heatmaps(module: Localizer, regions: Sequence[Region]) -> np.ndarray:
    """What a network makes of regions: (N, C, h, w) float32. The module is in evaluation mode."""
    size = (module.profile.height, module.profile.width)
    found = []
    for start in range(0, len(regions), 16):
        inputs = np.stack([cut(own, size) for own in regions[start : start + 16]])[:, None]
        found.append(module(torch.from_numpy(inputs).to(module.device)).float().cpu().numpy())
    return np.concatenate(found)
