"""One set of stored predictions per task, scored under every convention in use.

Nothing is predicted again: ``segmentation``, ``detection``, ``classification`` and ``localization`` read what
runs have stored, and each gives one table in long form, a column per choice and a row per combination and
model. ``swing`` tells from such a table how far the choices move a score, and whether they move the ranking.
"""

from __future__ import annotations

from cvlib import tasks
from cvlib.training.plan import Job, Task


def jobs(profile: str = "quick", seed: int = 0) -> list[Job]:
    """The runs that the chapter shows: of each task those on the group-disjoint split, with one seed.

    Of localization, the networks with a heatmap per end that learned from exact labels.

    >>> sorted({job.kind for job in jobs()}), len(jobs()) > 10
    (['groups'], True)
    """
    shown = [job for task in tasks.TASKS for job in tasks.shown(task, profile, (seed,))]
    return [job for job in shown if job.kind == "groups" and not _other(job)]


def _other(job: Job) -> bool:
    changed = {text.partition("=")[0] for text in job.overrides}
    return bool(changed & {"poles", "noise_px"})


def of_task(task: Task, profile: str = "quick", seed: int = 0) -> list[Job]:
    """Those of one task.

    >>> [job.model for job in of_task("detection")]
    ['yolo11n', 'fasterrcnn-resnet18', 'opencv']
    """
    return [job for job in jobs(profile, seed) if job.task == task]
