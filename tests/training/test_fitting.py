"""Fitting that is stopped goes on, and ends where it would have ended."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from cvlib import profiles
from cvlib.data.cache import Cache
from cvlib.errors import UserError
from cvlib.segment.module import Segmenter
from cvlib.training import fitting
from tests.segment.conftest import SMALL


class Stopped(Exception):
    """Stands for a process that dies."""


def module(cache: Cache, schedule: str, seed: int = 0) -> Segmenter:
    profile = profiles.Segmentation.find("quick", [*SMALL, f"schedule={schedule}", "epochs=5"])
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1))
    positions = np.arange(len(cache))
    return Segmenter(network, profile, cache, {"train": positions[:20], "validation": positions[20:]}, seed)


def fitted(cache: Cache, folder: Path, schedule: str = "one-cycle", seed: int = 0) -> dict[str, torch.Tensor]:
    folder.mkdir(exist_ok=True)
    fitting.fit(module(cache, schedule, seed), folder, say=lambda _: None)
    return torch.load(folder / fitting.WEIGHTS, weights_only=True)


def stopped_after(
    epochs: int, cache: Cache, folder: Path, schedule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fit, and die in the middle of the epoch after some."""

    def die(self: Segmenter, *_: object) -> None:
        if self.current_epoch == epochs:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Segmenter, "on_train_batch_start", die)
        with pytest.raises(Stopped):
            fitted(cache, folder, schedule)


@pytest.mark.parametrize("schedule", ["one-cycle", "plateau"])
def test_a_stopped_fit_ends_as_an_unbroken_one(
    schedule: str, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken = fitted(cache, tmp_path / "unbroken", schedule)
    broken = tmp_path / "broken"
    stopped_after(1, cache, broken, schedule, monkeypatch)
    stopped_after(3, cache, broken, schedule, monkeypatch)
    said: list[str] = []
    fitting.fit(module(cache, schedule), broken, say=said.append)
    assert said == ["going on after epoch 3 of 5"]
    resumed = torch.load(broken / fitting.WEIGHTS, weights_only=True)
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)
    logs = [(tmp_path / each / fitting.LOG).read_text() for each in ("unbroken", "broken")]
    assert logs[0] == logs[1]


def test_the_log_has_a_row_per_epoch_and_tells_the_best(cache: Cache, tmp_path: Path) -> None:
    best = fitting.fit(module(cache, "plateau"), tmp_path, say=print)
    log = pd.read_csv(tmp_path / fitting.LOG)
    assert log["epoch"].tolist() == [0, 1, 2, 3, 4]
    assert best["validation_iou"] == log["validation_iou"].max()
    assert log["validation_iou"][int(best["epoch"])] == best["validation_iou"]
    again = fitting.fit(module(cache, "plateau"), tmp_path, say=lambda _: pytest.fail("fitted again"))
    assert again == best


def test_another_seed_gives_another_network(cache: Cache, tmp_path: Path) -> None:
    first, second = (fitted(cache, tmp_path / str(seed), seed=seed) for seed in (0, 1))
    assert not all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_checkpoint_is_refused_by_name(
    damage: str, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "0123456789abcdef"
    stopped_after(2, cache, folder, "one-cycle", monkeypatch)
    last = folder / fitting.LAST
    last.write_bytes({"cut": last.read_bytes()[:-2000], "text": b"no checkpoint", "empty": b""}[damage])
    with pytest.raises(
        UserError, match=rf"{fitting.LAST}: damaged.*runs prune {folder.name} and train again"
    ):
        fitted(cache, folder)


def test_a_checkpoint_that_would_run_code_is_refused(cache: Cache, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return shutil.rmtree, (str(tmp_path / "precious"),)

    (tmp_path / "precious").mkdir()
    torch.save({"epoch": 0, "state_dict": Evil()}, tmp_path / fitting.LAST)
    with pytest.raises(UserError, match="damaged"):
        fitted(cache, tmp_path)
    assert (tmp_path / "precious").exists()


def test_weights_of_another_network_are_refused(cache: Cache, tmp_path: Path) -> None:
    torch.save({"0.weight": torch.zeros(1)}, tmp_path / fitting.WEIGHTS)
    with pytest.raises(UserError, match=rf"{fitting.WEIGHTS}: damaged"):
        fitting.load(module(cache, "plateau").network, tmp_path / fitting.WEIGHTS)
