"""Steps 2 to 6 of paper 1's annotation pipeline with a scripted reviewer, on images whose masks are known.

The reviewer saves the true mask of every image shown. So the loop tells what the order of the queue and the
number of reviewed images are worth, and nothing of the mistakes that people make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvlib import baseline, runs
from cvlib.annotate.ensemble import Labeller, decide, disagreement, labeller, members, priority, queue
from cvlib.annotate.reviewed import ReviewedStudy
from cvlib.annotate.scores import Corrected
from cvlib.baseline import Thresholds
from cvlib.data import Dataset, Subset
from cvlib.data.cache import Cache, cached
from cvlib.data.duplicates import groups_of
from cvlib.data.splits import split
from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.training import classical
from cvlib.training.study import evenly

DISPUTED, RANDOM = "most disputed first", "random"
ORDERS = (DISPUTED, RANDOM)
THRESHOLDS, FITTED, NETWORKS = "thresholds, the authors'", "thresholds, fitted", "U-Net, FPN and LinkNet"

NOTHING_SEEN = np.full(len(CLASSES), np.nan)

Label = Callable[[np.ndarray], np.ndarray]
"""Gives (4, H, W) bool of an (H, W, 3) uint8 image."""


@dataclass(frozen=True)
class Plan:
    """How the loop goes.

    Attributes
    ----------
    images
        Taken of the data set, evenly spread; a share ``test`` of them, by groups, is never reviewed.
    batch, rounds
        Images reviewed in a round, and rounds.
    more
        Reviewed in random order for comparison, beside what the rounds add up to.
    """

    images: int = 480
    test: float = 0.3
    batch: int = 20
    rounds: int = 3
    more: int = 120


@dataclass(frozen=True)
class State:
    """Labels of the test images after some images were reviewed.

    Attributes
    ----------
    labeller, order, reviewed
        Who labelled, in which order images were reviewed, and how many.
    labels
        Of the test images, beside their true masks.
    seen
        Corrections per image, by class, of the images that were reviewed last, in the labels that the
        reviewer was shown: (4,); NaN where none was shown.
    """

    labeller: str
    order: str
    reviewed: int
    labels: Corrected
    seen: np.ndarray


class Loop:
    """The loop on one data set.

    Parameters
    ----------
    data
        With masks.
    profile, overrides
        Of the networks, as segmentation runs take them.
    seed
        Of the split, the random order and the trainings.
    plan
        How the loop goes.
    progress, say
        As :meth:`cvlib.training.study.TaskStudy.run` takes them.

    Raises
    ------
    UserError
        The profile is unknown, or the data set has too few images, or groups of images.
    """

    def __init__(
        self,
        data: Dataset,
        profile: str = "quick",
        overrides: Sequence[str] = (),
        seed: int = 0,
        plan: Plan = Plan(),
        progress: bool = False,
        say: Callable[[str], object] = print,
    ) -> None:
        self.data = Subset(data, evenly(len(data), plan.images).tolist())
        self.profile, self.overrides, self.seed, self.plan = profile, overrides, seed, plan
        self.progress, self.say = progress, say
        self.groups = groups_of(self.data)
        labels = self.data.labels()
        divided = split(self.data.frames, "groups", seed, labels, self.groups, test=plan.test, validation=0)
        self.pool, self.test = (divided.positions(part, self.data.frames) for part in ("train", "test"))
        least = max(plan.batch * plan.rounds, plan.more)
        if len(self.pool) < least:
            message = (
                f"{len(self.pool)} images to review beside {len(self.test)} to test on, expected {least}"
            )
            raise UserError(f"{data.title}: {message}; take a larger data set")
        self.random = np.random.default_rng(seed).permutation(self.pool)

    @cached_property
    def cache(self) -> Cache:
        """The images and masks, decoded."""
        return cached(self.data, runs.store() / "decoded", self.progress)

    def states(self) -> list[State]:
        """The labels before any review, after each round in both orders, and with more images at random."""
        first = self.state(THRESHOLDS, "none", self.random[:0], self.by_thresholds(baseline.AUTHORS))
        found = [first, *(state for order in ORDERS for state in self.rounds(order))]
        reviewed = self.random[: self.plan.batch * self.plan.rounds]
        fitted = self.by_thresholds(classical.fitted(self.cache, np.sort(reviewed)))
        found.append(self.state(FITTED, RANDOM, reviewed, fitted))
        more = self.random[: self.plan.more]
        return [*found, self.state(NETWORKS, RANDOM, more, _mean(self.trained(more)))]

    def rounds(self, order: str) -> Iterator[State]:
        """Review, train, label, and again."""
        label, batch = self.by_thresholds(baseline.AUTHORS), self.random[: self.plan.batch]
        reviewed = batch
        for number in range(1, self.plan.rounds + 1):
            self.say(f"seed {self.seed}, {order}: round {number}, {len(reviewed)} images reviewed")
            seen = self.labelled(label, batch).todo.mean(axis=0)
            opinions = self.trained(reviewed)
            label = _mean(opinions)
            yield self.state(NETWORKS, order, reviewed, label, seen)
            if number < self.plan.rounds:
                batch = self.next_batch(order, reviewed, opinions)
                reviewed = np.concatenate([reviewed, batch])

    def next_batch(self, order: str, reviewed: np.ndarray, opinions: Labeller) -> np.ndarray:
        """Positions of the images that are reviewed next."""
        if order == RANDOM:
            return self.random[len(reviewed) : len(reviewed) + self.plan.batch]
        rest = np.setdiff1d(self.pool, reviewed)
        disputed = np.array([disagreement(opinions(self.data.image(at))) for at in rest])
        return rest[queue(priority(disputed), self.groups[rest])[: self.plan.batch]]

    def trained(self, reviewed: np.ndarray) -> Labeller:
        """The networks, trained on the true masks of some images."""
        study = ReviewedStudy(Subset(self.data, np.sort(reviewed).tolist()), self.profile, self.overrides)
        trained = [
            study.run(model, seed=self.seed, progress=self.progress, say=self.say)
            for model in members(self.profile)
        ]
        return labeller(study, trained)

    def by_thresholds(self, chosen: Thresholds) -> Label:
        """The classical baseline with some settings."""
        return lambda image: baseline.predict(image, chosen).transpose(2, 0, 1)

    def labelled(self, label: Label, positions: np.ndarray) -> Corrected:
        """Labels of some images, beside their true masks."""
        pairs = ((label(self.data.image(at)), self.data.mask(at).transpose(2, 0, 1)) for at in positions)
        return Corrected.of(pairs, self.groups[positions])

    def state(
        self,
        labeller: str,
        order: str,
        reviewed: np.ndarray,
        label: Label,
        seen: np.ndarray = NOTHING_SEEN,
    ) -> State:
        """Label the test images, and count."""
        return State(labeller, order, len(reviewed), self.labelled(label, self.test), seen)


def _mean(opinions: Labeller) -> Label:
    return lambda image: decide(opinions(image), "mean")
