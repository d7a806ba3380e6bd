"""What the book promises of detection and classification: on the runs that `make book` trained."""

from __future__ import annotations

import pytest

from cvlib import graph, tasks
from cvlib.data import Dataset, open_dataset
from cvlib.runs import Run
from cvlib.training.plan import Task

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs() -> dict[Task, dict[str, Run]]:
    """Of the book, those on the group-disjoint split, by task and model; loaded, not trained."""
    data = open_dataset(graph.source("simulated"))
    return {task: _of(task, data) for task in ("detection", "classification")}


def _of(task: Task, data: Dataset) -> dict[str, Run]:
    study = tasks.module(task, "study").Study(data)
    jobs = [job for job in tasks.shown(task) if job.kind == "groups"]
    return {job.model: study.run(job.model, job.kind, job.seed, say=_refuse_training) for job in jobs}


def _refuse_training(what: str) -> None:
    if "training" in what:
        pytest.fail(f"{what}; run make book first")


def test_yolo_finds_pinholes_and_both_detectors_beat_thresholding(
    runs: dict[Task, dict[str, Run]],
) -> None:
    areas = {model: run.metrics["ap50"]["pinhole"] for model, run in runs["detection"].items()}
    assert areas["yolo11n"] >= 0.5
    assert areas["fasterrcnn-resnet18"] >= 0.4
    assert min(areas["yolo11n"], areas["fasterrcnn-resnet18"]) > areas["opencv"]


def test_every_network_classifies_better_than_always_yes(runs: dict[Task, dict[str, Run]]) -> None:
    metrics = {model: run.metrics for model, run in runs["classification"].items()}
    assert max(each["macro_f1"] for model, each in metrics.items() if model != "features") >= 0.75
    for model, each in metrics.items():
        assert each["macro_f1"] > each["macro_f1_constant"], model
