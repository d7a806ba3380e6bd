"""Several networks as one labeller: steps 2, 3 and 5 of paper 1's Data Annotation Methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Literal, get_args

import numpy as np

from cvlib import profiles
from cvlib.errors import UserError
from cvlib.measure.corrections import corrections
from cvlib.runs import Run
from cvlib.segment import inference, network
from cvlib.segment.module import Segmenter
from cvlib.segment.plan import DECODERS, models
from cvlib.segment.study import Study
from cvlib.training import fitting
from cvlib.training.study import device

Rule = Literal["mean", "vote"]

RULES: tuple[Rule, ...] = get_args(Rule)
"""How several opinions become one label, see :func:`decide`."""

Labeller = Callable[[np.ndarray], np.ndarray]
"""Gives (M, 4, H, W) probabilities, of M networks, of an (H, W, 3) uint8 image."""


def members(profile: str) -> list[str]:
    """U-Net, FPN and LinkNet with the first encoder of the paper as a profile trains it.

    >>> members("quick")
    ['unet-resnet18', 'fpn-resnet18', 'linknet-resnet18']
    """
    return list(models(profile))[: len(DECODERS)]


def labeller(study: Study, runs: Sequence[Run]) -> Labeller:
    """Networks of finished runs as one labeller.

    Parameters
    ----------
    study
        That the runs belong to.
    runs
        Of networks, one or more.

    Raises
    ------
    UserError
        There is no run, a run is of no network, or its weights are damaged.
    """
    networks = [loaded(study, run) for run in runs]
    if not networks:
        raise UserError("no run to label with; train one or more networks")

    def label(image: np.ndarray) -> np.ndarray:
        return np.stack([predict(image) for predict in networks])

    return label


def loaded(study: Study, run: Run) -> Labeller:
    """The network of a run: gives (4, H, W) probabilities of an image; errors as of :func:`labeller`."""
    profile = profiles.Segmentation.model_validate(dict(run.settings.options))
    built = network.build(run.settings.model, "random", profile.momentum)
    fitting.load(built, run.path(fitting.WEIGHTS))
    module = Segmenter(built, profile, study.cache(), {}, run.settings.seed)
    return partial(inference.probabilities, module.eval().to(device()))


def decide(probabilities: np.ndarray, rule: Rule = "mean") -> np.ndarray:
    """One mask from several opinions.

    ``mean`` marks what has a mean probability of at least .5: a sure network outweighs two that waver.
    ``vote`` marks what more than half of the networks give at least .5: every one counts the same.

    Parameters
    ----------
    probabilities
        (M, C, H, W), each 0 to 1.
    rule
        One of ``RULES``.

    Returns
    -------
    (C, H, W) bool.

    Raises
    ------
    ValueError
        If the rule is unknown or there is no opinion.

    Examples
    --------
    >>> sure, wavering = np.full((1, 1, 1), 0.95), np.full((1, 1, 1), 0.4)
    >>> opinions = np.stack([sure, wavering, wavering])
    >>> [decide(opinions, rule).item() for rule in RULES]
    [True, False]
    """
    if rule not in RULES:
        raise ValueError(f"expected the rule {' or '.join(RULES)}, but got {rule!r}")
    if probabilities.ndim != 4 or not len(probabilities):
        raise ValueError(
            f"expected probabilities (M, C, H, W) of M > 0 networks, but got {probabilities.shape}"
        )
    if rule == "mean":
        return np.asarray(probabilities.mean(axis=0) >= 0.5)
    return np.asarray(2 * (probabilities >= 0.5).sum(axis=0) > len(probabilities))


def disagreement(probabilities: np.ndarray) -> np.ndarray:
    """Objects of each class on which two networks differ, on average over all pairs of them.

    What one network marks is taken as the label and what the other marks as the truth: objects to erase and
    to draw, as :func:`cvlib.measure.corrections.corrections` counts them. So it foretells the work of a
    review.

    Parameters
    ----------
    probabilities
        (M, C, H, W) of two or more networks, each 0 to 1.

    Returns
    -------
    (C,) float64, 0 where all agree.

    Raises
    ------
    ValueError
        If there are fewer than two networks.

    Examples
    --------
    >>> first, second = np.zeros((2, 1, 8, 8))
    >>> first[0, 2:4, 2:4] = 0.9
    >>> disagreement(np.stack([first, second, second])).round(2).tolist()  # two of the three pairs differ
    [0.67]
    """
    if len(probabilities) < 2:
        raise ValueError(f"expected two networks or more, but got {len(probabilities)}")
    pairs = combinations(probabilities >= 0.5, 2)
    return np.asarray(np.mean([corrections(one, other) for one, other in pairs], axis=0))


def priority(disagreements: np.ndarray) -> np.ndarray:
    """How much of what is disputed in all images lies in each: 1 is the average image's part.

    Classes count alike: of every disputed class the image's share is taken, then the mean over these classes.
    Cracks come in dozens per image and would else decide alone what is reviewed.

    Parameters
    ----------
    disagreements
        (N, C) as :func:`disagreement` gives them.

    Returns
    -------
    (N,) float64 with mean 1; all 0 where nothing is disputed.

    >>> priority(np.array([[30, 0], [10, 1]])).tolist()  # few cracks, but the only pinhole
    [0.75, 1.25]
    """
    total = disagreements.sum(axis=0)
    shares = disagreements[:, total > 0] / total[total > 0]
    return np.asarray(shares.mean(axis=1) * len(shares)) if shares.size else np.zeros(len(disagreements))


def queue(priorities: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Positions of images in the order in which reviewing them should teach most.

    The most disputed image of every group comes first, then every group's second, and so on, of those given:
    frames of one piece of coating are disputed for one reason, and correcting one tells what all could.

    Parameters
    ----------
    priorities, groups
        (N,) each; equal entries of ``groups`` show the same piece.

    Returns
    -------
    (N,) int.

    >>> queue(np.array([0.9, 0.8, 0.5, 0.1]), np.array(["a", "a", "b", "b"])).tolist()
    [0, 2, 1, 3]
    """
    by_dispute = np.argsort(-priorities, kind="stable")
    ranks = np.empty(len(groups), int)
    for group in np.unique(groups):
        ours = by_dispute[groups[by_dispute] == group]
        ranks[ours] = np.arange(len(ours))
    return np.lexsort((-priorities, ranks))
