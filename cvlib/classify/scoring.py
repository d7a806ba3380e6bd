"""What a classifier makes of images: thresholds from validation images, scores on test images."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cvlib.data.files import write_bytes
from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.measure import labels
from cvlib.measure.counts import Counts
from cvlib.measure.curves import average_precision, choose_thresholds, roc_auc
from cvlib.runs import Run

SCORES = "scores.npz"

PAPER = ("surface_crack", "delamination", "pinhole")
"""Classes of the paper's Table 4; our means are over these."""


@dataclass(frozen=True)
class Scored:
    """What a run made of its test images.

    Attributes
    ----------
    names
        (N,) of the images.
    groups
        (N,) which of them belong together: what intervals resample.
    truth
        (N, 4) bool, which classes they show.
    scores
        (N, 4) float, the probabilities predicted.
    thresholds
        (4,) at and above which a class is predicted: those with the highest F1 on the validation images.
    """

    names: np.ndarray
    groups: np.ndarray
    truth: np.ndarray
    scores: np.ndarray
    thresholds: np.ndarray

    @cached_property
    def predicted(self) -> np.ndarray:
        """(N, 4) bool, at the thresholds."""
        return labels.decide(self.scores, self.thresholds)

    @cached_property
    def counts(self) -> Counts:
        """Of the N images, at the thresholds."""
        return labels.count(self.predicted, self.truth)

    def save(self, folder: Path) -> None:
        """Write ``scores.npz`` into the folder of a run."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            allow_pickle=False,
            names=self.names,
            groups=self.groups,
            truth=self.truth,
            scores=self.scores,
            thresholds=self.thresholds,
        )
        write_bytes(folder / SCORES, buffer.getvalue())

    @classmethod
    def of(cls, run: Run) -> Scored:
        """What ``save`` wrote; UserError if the file is missing or damaged."""
        path = run.path(SCORES)
        try:
            with np.load(io.BytesIO(path.read_bytes())) as stored:
                return cls(*(stored[name] for name in ("names", "groups", "truth", "scores", "thresholds")))
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            message = f"{path}: damaged ({error}); drop the run with cvlib runs prune {run.id}"
            raise UserError(f"{message} and train it again") from None


def score_images(
    scores: Mapping[str, np.ndarray],
    truth: np.ndarray,
    positions: Mapping[str, np.ndarray],
    names: np.ndarray,
    groups: np.ndarray,
    folder: Path,
) -> Scored:
    """Choose thresholds on the validation images, and store what the test images got.

    Leaves ``scores.npz``.

    Parameters
    ----------
    scores
        (K, 4) probabilities of the images of each part, ``validation`` and ``test``.
    truth, names, groups
        (N, 4), (N,), (N,) of all images.
    positions
        Of the images of each part.
    folder
        Of the run.
    """
    thresholds = choose_thresholds(scores["validation"], truth[positions["validation"]])
    at = positions["test"]
    tested = Scored(names[at], groups[at], truth[at], scores["test"], thresholds)
    tested.save(folder)
    return tested


def paper_counts(counts: Counts) -> Counts:
    """The counts of the classes of the paper's Table 4 alone."""
    return Counts.from_array(counts.to_array()[:, [CLASSES.index(name) for name in PAPER]])


def summary(tested: Scored) -> dict[str, Any]:
    """Scores as ``metrics.json`` holds them: by class at the thresholds, and macro F1 over the paper's three.

    A class that no test image shows is ``absent``; a precision where it is nowhere predicted is ``nothing
    predicted``. ``macro_f1_constant`` is what saying yes to every class would score.
    """
    named: dict[str, Any] = {"accuracy": _named(labels.accuracy(tested.counts))}
    present = np.asarray(tested.truth.any(axis=0))
    for measure in labels.MEASURES[:3]:
        values = np.where(present, labels.score(tested.counts, measure), np.nan)
        named[measure] = _named(values, ["nothing predicted" if shown else "absent" for shown in present])
    columns = [*zip(tested.scores.T, tested.truth.T, strict=True)]
    areas = {
        "average_precision": _named(np.array([average_precision(*each) for each in columns])),
        "roc_auc": _named(np.array([roc_auc(*each) for each in columns])),
    }
    half = labels.count(labels.decide(tested.scores, 0.5), tested.truth)
    means = {
        "macro_f1": labels.macro(paper_counts(tested.counts)),
        "macro_f1_at_half": labels.macro(paper_counts(half)),
        "macro_f1_constant": labels.macro(paper_counts(labels.constant(tested.truth))),
    }
    thresholds = dict(zip(CLASSES, tested.thresholds.tolist(), strict=True))
    return {**means, **named, **areas, "thresholds": thresholds}


def in_words(metrics: Mapping[str, Any]) -> str:
    """What ``metrics.json`` holds, in a line."""
    scores = ", ".join(f"{defect} {_shown(score)}" for defect, score in metrics["f1"].items())
    constant = f"always yes {_shown(metrics['macro_f1_constant'])}"
    images = metrics["images"]["test"]
    return f"macro F1 {_shown(metrics['macro_f1'])} ({constant}): {scores}; {images} test images"


def _shown(score: float | str | None) -> str:
    return f"{score:.3f}" if isinstance(score, float) else str(score or "absent")


def _named(values: np.ndarray, reasons: Sequence[str] = ("absent",) * len(CLASSES)) -> Any:
    rows = zip(CLASSES, values.tolist(), reasons, strict=True)
    return {name: why if np.isnan(value) else value for name, value, why in rows}
