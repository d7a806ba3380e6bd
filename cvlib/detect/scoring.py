"""Scores a detector on whole images, and keeps what the measures and the figures need."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cvlib.data.cache import Cache
from cvlib.data.files import write_bytes
from cvlib.defects import DETECTION_CLASSES
from cvlib.errors import UserError
from cvlib.measure.average_precision import average_precision, mean_ap
from cvlib.measure.boxes import Boxes, Matched, match
from cvlib.measure.counts import mean_over_classes
from cvlib.measure.operating_point import MEASURES, at_confidence, best_confidence
from cvlib.runs import Run

BOXES = "boxes.npz"


class Found(NamedTuple):
    """What a detector finds on one image.

    Attributes
    ----------
    classes
        (K,) int, positions in ``cvlib.defects.DETECTION_CLASSES``.
    scores
        (K,) float, 0 to 1.
    boxes
        (K, 4) float: left, top, width and height in pixels.
    """

    classes: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray


@dataclass(frozen=True)
class Scored:
    """What a run made of its test images.

    Attributes
    ----------
    names
        (N,) of the images.
    groups
        (N,) which of them belong together: what intervals resample.
    truths, detections
        Boxes on these images.
    confidence
        Where precision and recall are read: chosen on the validation images, see ``best_confidence``.
    """

    names: np.ndarray
    groups: np.ndarray
    truths: Boxes
    detections: Boxes
    confidence: float

    @cached_property
    def matched(self) -> list[Matched]:
        """By class, which detections hit."""
        return match(self.detections, self.truths, len(self.names), len(DETECTION_CLASSES))

    def save(self, folder: Path) -> None:
        """Write ``boxes.npz`` into the folder of a run."""
        buffer = io.BytesIO()
        arrays = {"names": self.names, "groups": self.groups, "confidence": np.array(self.confidence)}
        for kind, boxes in (("truth", self.truths), ("found", self.detections)):
            arrays |= {f"{kind}_images": boxes.images, f"{kind}_classes": boxes.classes}
            arrays |= {f"{kind}_boxes": boxes.boxes}
        arrays["found_scores"] = np.asarray(self.detections.scores)
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        write_bytes(folder / BOXES, buffer.getvalue())

    @classmethod
    def of(cls, run: Run) -> Scored:
        """What ``save`` wrote; UserError if the file is missing or damaged."""
        path = run.path(BOXES)
        try:
            with np.load(io.BytesIO(path.read_bytes())) as stored:
                truths, found = (
                    Boxes(
                        stored[f"{kind}_images"], stored[f"{kind}_classes"], stored[f"{kind}_boxes"], scores
                    )
                    for kind, scores in (("truth", None), ("found", stored["found_scores"]))
                )
                return cls(stored["names"], stored["groups"], truths, found, float(stored["confidence"]))
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            message = f"{path}: damaged ({error}); drop the run with cvlib runs prune {run.id}"
            raise UserError(f"{message} and train it again") from None


def score_images(
    predict: Callable[[np.ndarray], Found],
    cache: Cache,
    boxes: Sequence[np.ndarray],
    positions: Mapping[str, np.ndarray],
    names: np.ndarray,
    groups: np.ndarray,
    folder: Path,
) -> Scored:
    """Predict whole images, choose the confidence on the validation ones, and store what the test ones gave.

    Leaves ``boxes.npz``.

    Parameters
    ----------
    predict
        What it finds on an (H, W, 3) uint8 image.
    cache, boxes
        Hold the images, and the true boxes of each: (K, 5) class, left, top, width, height in pixels.
    positions
        Of the images of each part, ``validation`` and ``test`` among them.
    names, groups
        Of all images of the cache.
    folder
        Of the run.
    """
    found, true = {}, {}
    for part in ("validation", "test"):
        found[part] = joined([predict(cache.image(at)) for at in positions[part]])
        true[part] = joined([Found(*_columns(boxes[at])) for at in positions[part]], scored=False)
    images = len(positions["validation"])
    chosen = best_confidence(match(found["validation"], true["validation"], images, len(DETECTION_CLASSES)))
    at = positions["test"]
    tested = Scored(names[at], groups[at], true["test"], found["test"], chosen)
    tested.save(folder)
    return tested


def joined(images: Sequence[Found], scored: bool = True) -> Boxes:
    """What was found, or is there, on images one after another."""
    numbers = np.repeat(np.arange(len(images)), [len(each.boxes) for each in images])
    classes = np.concatenate([np.zeros(0, int), *(each.classes for each in images)]).astype(int)
    boxes = np.concatenate([np.zeros((0, 4)), *(each.boxes for each in images)])
    scores = np.concatenate([np.zeros(0), *(each.scores for each in images)]) if scored else None
    return Boxes(numbers, classes, boxes, scores)


def summary(tested: Scored) -> dict[str, Any]:
    """Scores as ``metrics.json`` holds them, by COCO's rule, and at the confidence of the validation images.

    A class that no test image shows is ``absent``, and has no part in the means; a precision where nothing
    is detected is ``none detected``.
    """
    matched = tested.matched
    by_class = [average_precision(each) for each in matched]
    points = [at_confidence(each, tested.confidence) for each in matched]
    named: dict[str, dict[str, float | str]] = {
        "ap50": _named([each[0] for each in by_class]),
        "ap50_95": _named([each.mean() for each in by_class]),
    }
    means: dict[str, float] = {"map50": mean_ap(matched, threshold=0.5), "map50_95": mean_ap(matched)}
    reasons = ["none detected" if each.truths.any() else "absent" for each in matched]
    for measure in MEASURES:
        values = [getattr(point, measure) if why != "absent" else np.nan
                  for point, why in zip(points, reasons, strict=True)]  # fmt: skip
        named[measure] = _named(values, reasons)
        means[f"mean_{measure}"] = mean_over_classes(np.array(values))
    truths = {name: int(each.truths.sum()) for name, each in zip(DETECTION_CLASSES, matched, strict=True)}
    return {**means, **named, "confidence": tested.confidence, "truths": truths}


def in_words(metrics: Mapping[str, Any]) -> str:
    """What ``metrics.json`` holds, in a line."""
    scores = ", ".join(f"{defect} {_shown(score)}" for defect, score in metrics["ap50"].items())
    overall = f"mAP@.5 {_shown(metrics['map50'])}: {scores}; mAP@[.5:.95] {_shown(metrics['map50_95'])}"
    return f"{overall}; COCO's rule, {metrics['images']['test']} test images"


def _shown(score: float | str | None) -> str:
    return f"{score:.3f}" if isinstance(score, float) else str(score or "absent")


def _named(values: Sequence[float], reasons: Sequence[str] = ("absent",) * len(DETECTION_CLASSES)) -> Any:
    rows = zip(DETECTION_CLASSES, values, reasons, strict=True)
    return {name: why if np.isnan(value) else float(value) for name, value, why in rows}


def _columns(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return boxes[:, 0].astype(int), np.zeros(len(boxes)), boxes[:, 1:]
