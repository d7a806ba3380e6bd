"""Which run is meant, told without loading what trains it."""

from __future__ import annotations

import itertools
from typing import Literal, NamedTuple

from cvlib.errors import UserError

Kind = Literal["groups", "random"]
Task = Literal["segmentation", "detection", "classification", "localization"]


class Job(NamedTuple):
    """One run: what ``cvlib train`` is told beside the data set and the profile."""

    task: Task
    model: str
    kind: Kind = "groups"
    seed: int = 0
    overrides: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """For ``cvlib train``.

        >>> Job("segmentation", "unet-resnet18", overrides=("lr=1e-3",)).arguments()
        ['segmentation', 'unet-resnet18', '--split', 'groups', '--seed', '0', '-p', 'lr=1e-3']
        """
        options = itertools.chain.from_iterable(("-p", text) for text in self.overrides)
        return [self.task, self.model, "--split", self.kind, "--seed", str(self.seed), *options]

    def file_name(self) -> str:
        """A name that tells the job from others.

        >>> Job("segmentation", "fpn-resnet18", overrides=("lr=1e-3",)).file_name()
        'segmentation~fpn-resnet18~groups~0~lr=1e-3'
        """
        return "~".join([self.task, self.model, self.kind, str(self.seed), *self.overrides])

    @classmethod
    def named(cls, name: str) -> Job:
        """The job that has this file name."""
        task, model, kind, seed, *overrides = name.split("~")
        return cls(task, model, kind, int(seed), tuple(overrides))  # type: ignore[arg-type]


def seeds_of(text: str) -> list[int]:
    """Seeds from a text such as ``0,1,2``; UserError for any other text.

    >>> seeds_of("0,1,2")
    [0, 1, 2]
    """
    seeds = text.split(",")
    if not all(each.isdecimal() for each in seeds):
        raise UserError(f"seeds {text!r}: expected whole numbers with commas between; write them as 0,1,2")
    return [int(each) for each in seeds]
