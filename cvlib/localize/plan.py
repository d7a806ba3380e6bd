"""Which runs there are to compare, told without loading what trains them."""

from __future__ import annotations

from collections.abc import Sequence

from cvlib.training.plan import Job, Task

TASK: Task = "localization"

LIGHT = "hrnet_w18_small"
"""Stands in for the paper's HRNet, whose width it does not state, outside the profile ``paper``."""

COARSE, FINE = ("height=96", "width=160"), ()
"""What gives the two regimes: errors as large as the paper's, and much smaller ones."""

VARYING = ("poles=0", "sigma=1")
"""Any number of plates: one heatmap per polarity, with narrower peaks, as many must be told apart in it."""


def model_of(profile: str) -> str:
    """The network that a profile trains."""
    return "hrnet_w18" if profile == "paper" else LIGHT


def title(model: str) -> str:
    """How pages call a model.

    >>> title("hrnet_w18_small")
    'HRNet (w18, small)'
    """
    return f"HRNet ({', '.join(model.removeprefix('hrnet_').split('_'))})"


def noise(px: int) -> tuple[str, ...]:
    """The override for annotation noise.

    >>> noise(1), noise(0)
    (('noise_px=1',), ())
    """
    return (f"noise_px={px}",) if px else ()


def chapter_jobs(profile: str, seeds: Sequence[int]) -> list[Job]:
    """The runs that the chapter shows: both regimes, the coarse one with annotation noise too, any number."""
    model, seed = model_of(profile), seeds[0]
    coarse = [Job(TASK, model, "groups", each, COARSE) for each in seeds]
    noisy = [Job(TASK, model, "groups", seed, (*COARSE, *noise(px))) for px in (1, 2)]
    others = [Job(TASK, model, "groups", seed, overrides) for overrides in (FINE, VARYING)]
    return [*coarse, *noisy, *others]
