"""The benchmarks of both papers by name; what trains is loaded only when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import get_args

from cvlib.classify import plan as classification
from cvlib.detect import plan as detection
from cvlib.localize import plan as localization
from cvlib.segment import plan as segmentation
from cvlib.training.plan import Job, Task

TASKS: tuple[Task, ...] = get_args(Task)

_PLANS = {
    "segmentation": segmentation,
    "detection": detection,
    "classification": classification,
    "localization": localization,
}
_PACKAGES = {
    "segmentation": "segment",
    "detection": "detect",
    "classification": "classify",
    "localization": "localize",
}


def module_name(task: Task, part: str) -> str:
    """A module of a task's package.

    >>> module_name("detection", "study")
    'cvlib.detect.study'
    """
    return f"cvlib.{_PACKAGES[task]}.{part}"


def module(task: Task, part: str) -> ModuleType:
    """A module of a task's package, loaded now: ``study``, ``scoring`` or ``benchmark``."""
    return import_module(module_name(task, part))


def shown(task: Task, profile: str = "quick", seeds: Sequence[int] = (0,)) -> list[Job]:
    """The runs that a task's chapter shows, by default those of the book."""
    return _PLANS[task].chapter_jobs(profile, seeds)


def title(task: Task, model: str) -> str:
    """How pages call a model.

    >>> title("detection", "yolo11n")
    'YOLO11n'
    """
    return _PLANS[task].title(model)
