"""Which runs there are to compare, told without loading what trains them."""

from __future__ import annotations

from collections.abc import Sequence

from cvlib.training.plan import Job, Task

TASK: Task = "detection"

CLASSICAL = "opencv"
"""The name under which thresholding with OpenCV, which needs no training, takes part."""

TITLES = {
    "yolo11n": "YOLO11n",
    "yolo11s": "YOLO11s",
    "yolo11m": "YOLO11m",
    "fasterrcnn-resnet18": "Faster R-CNN, resnet18",
    "fasterrcnn-resnet50": "Faster R-CNN, resnet50",
    CLASSICAL: "thresholding (OpenCV)",
}

LIGHT = {"yolo11m": "yolo11n", "fasterrcnn-resnet50": "fasterrcnn-resnet18"}
"""Ours for the paper's two detectors, of which it states neither scale nor backbone, and what stands in for
them outside the profile ``paper``."""


def models(profile: str) -> dict[str, str]:
    """The two models of paper 1 as a profile trains them: what stands in, and for what.

    >>> models("quick")["yolo11n"]
    'yolo11m'
    """
    return {name if profile == "paper" else light: name for name, light in LIGHT.items()}


def title(model: str) -> str:
    """How pages call a model.

    >>> title("yolo11n")
    'YOLO11n'
    """
    return TITLES[model]


def chapter_jobs(profile: str, seeds: Sequence[int]) -> list[Job]:
    """The runs that the chapter shows.

    Both models and the classical baseline with the first seed; YOLO with every seed, and again on the random
    split, as is the baseline.
    """
    yolo = next(iter(models(profile)))
    jobs = [Job(TASK, model, "groups", seeds[0]) for model in models(profile)]
    jobs += [Job(TASK, yolo, "groups", seed) for seed in seeds[1:]]
    jobs += [Job(TASK, yolo, "random", seeds[0])]
    return [*jobs, Job(TASK, CLASSICAL, "groups"), Job(TASK, CLASSICAL, "random")]
