"""What networks score under both splits, from the runs that the chapters of their tasks have left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cvlib import runs, tasks
from cvlib.data import Dataset
from cvlib.leaks.memory import KINDS, TASKS, mean_interval
from cvlib.measure.intervals import Interval
from cvlib.training.plan import Task


class Trained(NamedTuple):
    """A model's mean score under both splits.

    Attributes
    ----------
    images
        How many images were divided.
    scores
        By kind of split.
    """

    task: Task
    model: str
    images: int
    scores: dict[str, Interval]

    @property
    def gain(self) -> float:
        """From the split by groups to the random one."""
        return self.scores["random"].value - self.scores["groups"].value


def sizes(dataset: Dataset, profile: str) -> list[int]:
    """How many images there are, and how many of them each task takes with a profile: each number once."""
    limits = [tasks.module(task, "study").Study.profiles.find(profile).images for task in TASKS]
    taken = [min(limit or len(dataset), len(dataset)) for limit in limits]
    return sorted({len(dataset), *taken}, reverse=True)


def trained(dataset: Dataset, profile: str, seeds: Sequence[int] = (0,), seed: int = 0) -> list[Trained]:
    """The models that were trained on both splits; nothing is trained here.

    The two test sets are different images, so there is no interval of the difference: it cannot be paired by
    clip, and the two are not independent either.

    Parameters
    ----------
    dataset, profile, seeds
        As the chapters of the three tasks were run.
    seed
        Of the intervals.

    Returns
    -------
    The pairs of runs that are stored; empty where there are none.
    """
    found = []
    for task in TASKS:
        study = tasks.module(task, "study").Study(dataset, profile)
        jobs = tasks.shown(task, profile, seeds)
        for model in dict.fromkeys(job.model for job in jobs if job.kind == "random"):
            scores = {}
            for kind in KINDS:
                settings = study.settings(model, kind, seeds[0])
                if (runs.store() / settings.id).is_dir():
                    tested = tasks.module(task, "scoring").Scored.of(runs.load(settings.id))
                    scores[str(kind)] = mean_interval(task, tested, seed)
            if len(scores) == len(KINDS):
                found.append(Trained(task, model, len(study.data), scores))
    return found
