"""Which runs there are to compare, told without loading what trains them."""

from __future__ import annotations

from collections.abc import Sequence

from cvlib.training.plan import Job, Task

TASK: Task = "classification"

CLASSICAL = "features"
"""The name under which logistic regression on hand-made features takes part."""

LIGHT = {"resnet50": "resnet10t", "convnext_tiny": "convnext_atto", "efficientnet_b0": "efficientnet_b0"}
"""The paper's three architectures in sizes of ours, as it states none, and what stands in for them outside
the profile ``paper``."""

FAMILIES = {"resnet": "ResNet", "convnext": "ConvNeXt", "efficientnet": "EfficientNet"}
"""As the paper's Table 4 calls them."""


def models(profile: str) -> dict[str, str]:
    """The three models of paper 1 as a profile trains them: what stands in, and for what.

    >>> models("quick")["convnext_atto"]
    'convnext_tiny'
    """
    return {name if profile == "paper" else light: name for name, light in LIGHT.items()}


def family_of(model: str) -> str:
    """Which of the paper's three a model is a size of, a key of ``FAMILIES``; empty for any other.

    >>> family_of("resnet10t"), family_of("features")
    ('resnet', '')
    """
    return next((family for family in FAMILIES if model.startswith(family)), "")


def title(model: str) -> str:
    """How pages call a model.

    >>> title("resnet50"), title("features"), title("densenet121")
    ('ResNet (resnet50)', 'hand-made features', 'densenet121')
    """
    if model == CLASSICAL:
        return "hand-made features"
    family = family_of(model)
    return f"{FAMILIES[family]} ({model})" if family else model


def chapter_jobs(profile: str, seeds: Sequence[int]) -> list[Job]:
    """The runs that the chapter shows.

    All models and the classical baseline with the first seed; ResNet with every seed, and again on the random
    split, as is the baseline.
    """
    resnet = next(iter(models(profile)))
    jobs = [Job(TASK, model, "groups", seeds[0]) for model in models(profile)]
    jobs += [Job(TASK, resnet, "groups", seed) for seed in seeds[1:]]
    jobs += [Job(TASK, resnet, "random", seeds[0])]
    return [*jobs, Job(TASK, CLASSICAL, "groups"), Job(TASK, CLASSICAL, "random")]
