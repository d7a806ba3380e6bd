"""Which runs there are to compare, told without loading what trains them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal, NamedTuple

from cvlib import profiles
from cvlib.errors import UserError

Kind = Literal["groups", "random"]

DECODERS = {"unet": "U-Net", "fpn": "FPN", "linknet": "LinkNet"}
"""Those of paper 1, with their titles."""

ENCODERS = {"resnet50": "resnet18", "efficientnet-b6": "efficientnet-b0"}
"""Those of paper 1, and what stands in for them outside the profile ``paper``."""

CLASSICAL = "opencv"
"""The name under which thresholding with OpenCV, which needs no training, takes part."""


class Job(NamedTuple):
    """One run: what ``cvlib train segmentation`` is told beside the data set and the profile."""

    model: str
    kind: Kind = "groups"
    seed: int = 0
    overrides: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """For ``cvlib train segmentation``.

        >>> Job("unet-resnet18", overrides=("lr=1e-3",)).arguments()
        ['unet-resnet18', '--split', 'groups', '--seed', '0', '-p', 'lr=1e-3']
        """
        options = itertools.chain.from_iterable(("-p", text) for text in self.overrides)
        return [self.model, "--split", self.kind, "--seed", str(self.seed), *options]

    def file_name(self) -> str:
        """A name that tells the job from others.

        >>> Job("fpn-resnet18", overrides=("lr=1e-3",)).file_name()
        'fpn-resnet18~groups~0~lr=1e-3'
        """
        return "~".join([self.model, self.kind, str(self.seed), *self.overrides])

    @classmethod
    def named(cls, name: str) -> Job:
        """The job that has this file name."""
        model, kind, seed, *overrides = name.split("~")
        return cls(model, "random" if kind == "random" else "groups", int(seed), tuple(overrides))


def models(profile: str) -> dict[str, str]:
    """The six models of paper 1 as a profile trains them: what stands in, and for what.

    >>> models("quick")["unet-resnet18"], models("paper")["unet-resnet50"]
    ('unet-resnet50', 'unet-resnet50')
    """
    encoders = ENCODERS if profile != "paper" else {name: name for name in ENCODERS}
    return {f"{d}-{ours}": f"{d}-{theirs}" for theirs, ours in encoders.items() for d in DECODERS}


def title(model: str) -> str:
    """How pages call a model.

    >>> title("unet-resnet18"), title("opencv")
    ('U-Net, resnet18', 'thresholding (OpenCV)')
    """
    if model == CLASSICAL:
        return "thresholding (OpenCV)"
    decoder, _, encoder = model.partition("-")
    return f"{DECODERS[decoder]}, {encoder}"


def chapter_jobs(profile: str, seeds: Sequence[int]) -> list[Job]:
    """The runs that the chapter shows.

    All models and the classical baseline with the first seed; the paper's first model, U-Net with a ResNet,
    with every seed, and again on the random split, as is the baseline.
    """
    unet = next(iter(models(profile)))
    jobs = [Job(model, "groups", seeds[0]) for model in models(profile)]
    jobs += [Job(unet, "groups", seed) for seed in seeds[1:]]
    jobs += [Job(unet, "random", seeds[0])]
    return [*jobs, Job(CLASSICAL, "groups"), Job(CLASSICAL, "random")]


def seeds_of(text: str) -> list[int]:
    """Seeds from a text such as ``0,1,2``; UserError for any other text.

    >>> seeds_of("0,1,2")
    [0, 1, 2]
    """
    seeds = text.split(",")
    if not all(each.isdecimal() for each in seeds):
        raise UserError(f"seeds {text!r}: expected whole numbers with commas between; write them as 0,1,2")
    return [int(each) for each in seeds]


def shown() -> list[Job]:
    """The runs that the book shows: those of the chapter as its parameters stand."""
    return chapter_jobs("quick", [0])


def grid_jobs(model: str, kind: Kind, overrides: Sequence[str], grid: Sequence[str]) -> list[Job]:
    """Every combination of the values of a grid.

    Parameters
    ----------
    model, kind, overrides
        What all combinations share.
    grid
        Texts ``FIELD=V1,V2``: a field of the profile, or ``decoder``, ``encoder`` or ``seed``.

    Raises
    ------
    UserError
        A text is not of that form, or a field is named twice or unknown to the profiles.

    >>> [job.file_name() for job in grid_jobs("unet-resnet18", "groups", (), ["encoder=resnet18,resnet34"])]
    ['unet-resnet18~groups~0', 'unet-resnet34~groups~0']
    """
    values: dict[str, list[str]] = {}
    for text in grid:
        field, equals, listed = text.partition("=")
        if not equals or not listed or field in values:
            raise UserError(f"--grid {text}: expected FIELD=V1,V2, each field once; write it so")
        values[field] = listed.split(",")
    combinations = [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]
    return [_job(model, kind, overrides, point) for point in combinations]


def _job(model: str, kind: Kind, overrides: Sequence[str], point: dict[str, str]) -> Job:
    decoder, _, encoder = model.partition("-")
    if model == CLASSICAL:
        raise UserError(f"{CLASSICAL} has no settings to go through; name a model DECODER-ENCODER")
    model = f"{point.pop('decoder', decoder)}-{point.pop('encoder', encoder)}"
    [seed] = seeds_of(point.pop("seed", "0"))
    changed = (*overrides, *(f"{field}={value}" for field, value in point.items()))
    profiles.segmentation("quick", changed)
    return Job(model, kind, seed, changed)
