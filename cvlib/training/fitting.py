"""Fits a network, epoch by epoch, so that a killed fit goes on where it was."""

from __future__ import annotations

import csv
import io
import logging
import math
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import lightning
import torch
from lightning.pytorch.callbacks import Callback, TQDMProgressBar

from cvlib.data.files import write_bytes
from cvlib.errors import UserError
from cvlib.profiles import Profile

LAST, WEIGHTS, LOG = "last.ckpt", "weights.pt", "log.csv"
PARTIAL = "last.partial.ckpt"
FAULTS = (
    OSError, RuntimeError, EOFError, LookupError, TypeError, ValueError,
    pickle.UnpicklingError, zipfile.BadZipFile,
)  # fmt: skip
"""What reading a damaged file of torch may raise."""


class Trained(lightning.LightningModule):
    """A network as ``fit`` takes it: logs ``train_loss`` and, among what else it validates, ``monitor``."""

    network: torch.nn.Module
    profile: Profile
    monitor: str
    """What picks the best epoch, the higher the better."""


class Keeper(Callback):
    """After every epoch: a row of the log, the best weights so far, and all that resuming needs.

    The best weights of an epoch go under its own name before the checkpoint that speaks of them is written,
    and older ones are removed after: whenever the process dies, the checkpoint finds its weights.
    """

    def __init__(self, folder: Path, monitor: str) -> None:
        self.folder, self.monitor = folder, monitor
        self.rows: list[dict[str, float]] = []
        self.best = {"epoch": -1, monitor: -1.0}

    def state_dict(self) -> dict[str, Any]:
        """Goes into the checkpoint."""
        return {"rows": self.rows, "best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Comes from the checkpoint."""
        self.rows, self.best = state["rows"], state["best"]

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """Write what this epoch gave."""
        seen = {name: value.item() for name, value in trainer.callback_metrics.items()}
        names = ["train_loss", *sorted(name for name in seen if name.startswith("validation_"))]
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        self.rows.append({"epoch": module.current_epoch, **{name: seen[name] for name in names}, "lr": rate})
        if not math.isfinite(seen["train_loss"]):
            epoch = module.current_epoch
            raise UserError(f"epoch {epoch}: the loss is {seen['train_loss']}, no number; take a smaller lr")
        if seen[self.monitor] >= self.best[self.monitor]:
            self.best = {"epoch": module.current_epoch, self.monitor: seen[self.monitor]}
            buffer = io.BytesIO()
            torch.save(cast(torch.nn.Module, module.network).state_dict(), buffer)
            write_bytes(self.weights, buffer.getvalue())
        # Lightning may write through another file system; the renaming is what makes it whole or not there
        trainer.save_checkpoint(self.folder / PARTIAL)
        (self.folder / PARTIAL).replace(self.folder / LAST)
        for old in set(self.folder.glob("best-*.pt")) - {self.weights}:
            old.unlink()

    @property
    def weights(self) -> Path:
        """Where the best weights so far are."""
        return self.folder / f"best-{self.best['epoch']:.0f}.pt"


def fit(module: Trained, folder: Path, progress: bool = False, say: Any = print) -> Mapping[str, float]:
    """Fit for the profile's epochs; go on from the last epoch if the folder holds one, or be done.

    Leaves ``log.csv``, then ``weights.pt``: those of the epoch with the best score on validation
    images, the last of equals.

    Parameters
    ----------
    module
        Freshly made.
    folder
        Of the run.
    progress
        Show a progress bar on the standard error stream.
    say
        Told, in a sentence, if the fit goes on from an earlier one.

    Returns
    -------
    ``epoch`` (counted from 0) and what the module monitors, of the best epoch.

    Raises
    ------
    UserError
        The checkpoint to go on from is damaged.
    """
    keeper, last = Keeper(folder, module.monitor), folder / LAST
    profile = module.profile
    if (folder / WEIGHTS).exists():
        return _best(folder / LOG, module.monitor)
    _quiet()
    # Where it is deterministic torch fills new memory, to show up who reads it: here time for nothing.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    trainer = lightning.Trainer(
        default_root_dir=folder,
        max_epochs=profile.epochs,
        devices=1,  # of several, each would be a process that waits for the run's lock
        precision=profile.precision,
        deterministic="warn" if torch.cuda.is_available() else True,
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=progress,
        callbacks=[keeper, *([TQDMProgressBar(leave=True)] if progress else [])],
    )
    if last.exists():
        say(f"going on after epoch {_epoch_of(last)} of {profile.epochs}")
    trainer.fit(module, ckpt_path=last if last.exists() else None, weights_only=True)
    write_bytes(folder / LOG, _as_csv(keeper.rows).encode())
    keeper.weights.replace(folder / WEIGHTS)
    return keeper.best


def _best(log: Path, monitor: str) -> dict[str, float]:
    """Epoch and score of the last of the best rows."""
    with log.open(encoding="utf-8", newline="") as lines:
        rows = [(float(row[monitor]), int(row["epoch"])) for row in csv.DictReader(lines)]
    score, epoch = max(rows)
    return {"epoch": epoch, monitor: score}


def load(module: torch.nn.Module, path: Path) -> None:
    """Put stored weights into a network of the same kind.

    Raises
    ------
    UserError
        The file is damaged, or of another network.
    """
    try:
        module.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except FAULTS as error:
        raise UserError(damaged(path, error)) from None


def _epoch_of(path: Path) -> int:
    """How many epochs a checkpoint has behind it."""
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        return int(checkpoint["epoch"]) + 1
    except FAULTS as error:
        raise UserError(damaged(path, error)) from None


def damaged(path: Path, error: Exception) -> str:
    """What is said of a file that cannot be read, and what to do."""
    reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
    name = path.parent.name
    return f"{path}: damaged ({reason}); drop it with cvlib runs prune {name} and train again"


def _as_csv(rows: list[dict[str, float]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _quiet() -> None:
    """Lightning's advice on loader workers and accelerators is not this run's output."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
