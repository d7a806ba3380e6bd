"""Which runs there are to compare, told without loading what trains them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from cvlib import profiles
from cvlib.errors import UserError
from cvlib.training.plan import Job, Kind, Task, seeds_of

TASK: Task = "segmentation"

DECODERS = {"unet": "U-Net", "fpn": "FPN", "linknet": "LinkNet"}
"""Those of paper 1, with their titles."""

ENCODERS = {"resnet50": "resnet18", "efficientnet-b6": "efficientnet-b0"}
"""Those of paper 1, and what stands in for them outside the profile ``paper``."""

CLASSICAL = "opencv"
"""The name under which thresholding with OpenCV, which needs no training, takes part."""


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
    jobs = [Job(TASK, model, "groups", seeds[0]) for model in models(profile)]
    jobs += [Job(TASK, unet, "groups", seed) for seed in seeds[1:]]
    jobs += [Job(TASK, unet, "random", seeds[0])]
    return [*jobs, Job(TASK, CLASSICAL, "groups"), Job(TASK, CLASSICAL, "random")]


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
    ['segmentation~unet-resnet18~groups~0', 'segmentation~unet-resnet34~groups~0']
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
    profiles.Segmentation.find("quick", changed)
    return Job(TASK, model, kind, seed, changed)
