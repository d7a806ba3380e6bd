"""Several networks as one labeller: steps 2, 3 and 5 of paper 1's Data Annotation Methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, get_args

import numpy as np

from cvlib import profiles
from cvlib.errors import UserError
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


def disagreement(probabilities: np.ndarray) -> float:
    """How far several networks are apart on an image, 0 to 1.

    Of each class: the share of the pixels marked by any network that is not marked by all; of an image, the
    mean over the classes that any network marks. 0 where all agree, as where nobody marks anything. Classes
    count alike, as they do in a mean Dice, so that a disputed pinhole is not lost beside a crack.

    Parameters
    ----------
    probabilities
        (M, C, H, W), each 0 to 1.

    Examples
    --------
    >>> first = np.array([0.9, 0.9, 0.1, 0.1]).reshape(1, 2, 1, 2)
    >>> second = np.array([0.9, 0.2, 0.1, 0.1]).reshape(1, 2, 1, 2)
    >>> disagreement(np.concatenate([first, second]))  # one of two pixels, in the one class that is marked
    0.5
    """
    marked = probabilities >= 0.5
    every, some = (np.count_nonzero(each, axis=(1, 2)) for each in (marked.all(axis=0), marked.any(axis=0)))
    return float((1 - every[some > 0] / some[some > 0]).mean()) if some.any() else 0.0


def queue(disagreements: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Positions of images in the order in which reviewing them should teach most.

    The most disputed image of every group comes first, then every group's second, and so on: frames of one
    piece of coating are disputed for one reason, and correcting one of them tells what all of them could.

    Parameters
    ----------
    disagreements, groups
        (N,) each; equal entries of ``groups`` show the same piece.

    Returns
    -------
    (N,) int.

    >>> queue(np.array([0.9, 0.8, 0.5, 0.1]), np.array(["a", "a", "b", "b"])).tolist()
    [0, 2, 1, 3]
    """
    by_dispute = np.argsort(-disagreements, kind="stable")
    ranks = np.empty(len(groups), int)
    for group in np.unique(groups):
        ours = by_dispute[groups[by_dispute] == group]
        ranks[ours] = np.arange(len(ours))
    return np.lexsort((-disagreements, ranks))
