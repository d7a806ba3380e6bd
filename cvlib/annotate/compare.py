"""Several networks on test images: what joining them gains, and whether their disputes tell where to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from cvlib.annotate.ensemble import RULES, decide, disagreement, labeller, priority, queue
from cvlib.annotate.scores import Corrected
from cvlib.defects import CLASSES
from cvlib.measure import masks
from cvlib.measure.corrections import corrections
from cvlib.measure.counts import Counts
from cvlib.measure.intervals import Interval, interval_of, resampled
from cvlib.runs import Run
from cvlib.segment.plan import title
from cvlib.segment.study import Study
from cvlib.training.study import evenly


@dataclass(frozen=True)
class Compared:
    """Labels of N test images by networks and by what joins them.

    Attributes
    ----------
    labels
        By title: of each network, of the mean probability, of the vote.
    disagreement
        (N, 4) see :func:`cvlib.annotate.ensemble.disagreement`.
    marked
        (N,) objects that the mean probability marks, of any class.
    positions
        (N,) in the data set.
    """

    labels: dict[str, Corrected]
    disagreement: np.ndarray
    marked: np.ndarray
    positions: np.ndarray

    @property
    def turns(self) -> np.ndarray:
        """(N,) the lower, the earlier the image is reviewed, see :func:`cvlib.annotate.ensemble.queue`."""
        groups = next(iter(self.labels.values())).groups
        return np.argsort(queue(priority(self.disagreement), groups))


TITLES = {"mean": "mean probability", "vote": "vote"}


def compare(study: Study, runs: Sequence[Run], images: int) -> Compared:
    """Label test images of a split by groups.

    Parameters
    ----------
    study, runs
        The runs, of that split, and the study they belong to.
    images
        Of the test part, evenly spread.
    """
    tested = study.positions("groups")["test"]
    positions = tested[evenly(len(tested), images)]
    label, cache = labeller(study, runs), study.cache()
    names = [*(title(run.settings.model) for run in runs), *TITLES.values()]
    counts: dict[str, list[Counts]] = {name: [] for name in names}
    todo: dict[str, list[np.ndarray]] = {name: [] for name in names}
    disputed = np.empty((len(positions), len(CLASSES)))
    marked = np.empty(len(positions), int)
    for number, at in enumerate(positions):
        opinions, truth = label(cache.image(at)), cache.mask(at)
        disputed[number] = disagreement(opinions)
        marked[number] = corrections(decide(opinions), np.zeros_like(truth)).sum()
        found = [*(opinions >= 0.5), *(decide(opinions, rule) for rule in RULES)]
        for name, mask in zip(names, found, strict=True):
            counts[name].append(masks.count(mask, truth))
            todo[name].append(corrections(mask, truth))
    groups = study.groups[positions]
    labels = {name: Corrected(Counts.join(counts[name]), np.array(todo[name]), groups) for name in names}
    return Compared(labels, disputed, marked, positions)


def found_early(disputed: np.ndarray, todo: np.ndarray) -> np.ndarray:
    """Of all corrections, the share that lies in the first images of the queue: (N + 1,) from 0 to 1.

    Parameters
    ----------
    disputed
        (N,) what the images are ordered by, highest first.
    todo
        (N,) corrections of each.

    >>> found_early(np.array([0.1, 0.9]), np.array([1, 3])).tolist()
    [0.0, 0.75, 1.0]
    """
    in_order = todo[np.argsort(-disputed, kind="stable")]
    return np.concatenate([[0.0], np.cumsum(in_order) / max(1, in_order.sum())])


def rank_correlation(
    disputed: np.ndarray, todo: np.ndarray, groups: np.ndarray, seed: int = 0, draws: int = 500
) -> Interval:
    """Spearman's correlation of two (N,) arrays, resampling groups; NaN where one of them is constant."""
    if min(np.ptp(disputed), np.ptp(todo)) == 0:
        return Interval(np.nan, np.nan, np.nan)
    member = np.unique(groups, return_inverse=True)[1]
    times = resampled(member.max() + 1, draws, seed)[:, member]
    drawn = (np.repeat(np.arange(len(groups)), each) for each in times)
    estimates = [
        spearmanr(disputed[at], todo[at]).statistic if np.ptp(disputed[at]) and np.ptp(todo[at]) else np.nan
        for at in drawn
    ]
    value = float(spearmanr(disputed, todo).statistic)
    return interval_of(value, np.array(estimates), member.max() + 1)
