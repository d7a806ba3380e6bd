"""What the book promises of segmentation: on the runs that `make book` trained, and of killed ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cvlib import graph, runs
from cvlib.data import open_dataset
from cvlib.segment.plan import CLASSICAL, models
from cvlib.segment.study import Study

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "cvlib", "train", "segmentation", "linknet-resnet18"]
FIELDS = ("images=30", "height=64", "width=64", "epochs=4", "steps=6", "lr=5e-3")
SMALL = [word for field in FIELDS for word in ("-p", field)]


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Study:
    """The study of the book; its runs are loaded, or trained where `make book` has not been run."""
    monkeypatch.delenv(runs.STORE_VARIABLE)
    return Study(open_dataset(graph.source("simulated")))


def test_the_first_model_beats_the_classical_baseline_and_finds_cracks(book: Study) -> None:
    unet, classical = (book.run(model).metrics for model in ("unet-resnet18", CLASSICAL))
    assert unet["mean_dice"] > classical["mean_dice"]
    assert unet["dice"]["surface_crack"] >= 0.75


def test_no_model_scores_near_zero(book: Study) -> None:
    means = {model: book.run(model).metrics["mean_dice"] for model in models("quick")}
    assert min(means.values()) > 0.15


def train(store: Path, patience: float | None = None) -> int:
    """The exit status of a training, killed after some seconds if told so."""
    environment = os.environ | {"CVLIB_RUNS": str(store), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*COMMAND, *SMALL], env=environment, stdout=subprocess.DEVNULL)
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
    return process.returncode


def only_metrics(store: Path) -> dict[str, object]:
    """Of the one run there."""
    [path] = store.glob("[0-9a-f]*/metrics.json")
    return json.loads(path.read_text())


def test_a_training_killed_at_any_moment_ends_with_the_metrics_of_the_unbroken_one(tmp_path: Path) -> None:
    started = time.perf_counter()
    assert train(tmp_path / "unbroken") == 0
    took = time.perf_counter() - started
    ends = [train(tmp_path / "broken", share * took) for share in (0.4, 0.6, 0.7, 0.8)]
    assert train(tmp_path / "broken") == 0
    assert any(ends)
    assert only_metrics(tmp_path / "broken") == only_metrics(tmp_path / "unbroken")
