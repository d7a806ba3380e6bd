"""Test images, their masks and what runs made of them, picked by rule rather than by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cvlib.data.files import read_mask_png
from cvlib.defects import CLASSES
from cvlib.measure import masks
from cvlib.runs import Run
from cvlib.segment.benchmark import worst
from cvlib.segment.scoring import PREDICTIONS, Scored
from cvlib.segment.study import Study

Picture = tuple[np.ndarray, np.ndarray, np.ndarray]
"""An image (H, W, 3) uint8, and truth and prediction of one class, (H, W) bool."""


def predicted(run: Run, name: str) -> np.ndarray:
    """The mask that a run predicted for a test image: (H, W, 4) bool."""
    return read_mask_png(run.path(f"{PREDICTIONS}/{name}.png")) > 0


def typical(study: Study, run: Run, tested: Scored) -> Picture:
    """The test image with the median Dice on its most frequent class, of those that show it well."""
    counts = tested.counts["threshold"]
    labelled = counts.tp + counts.fn
    channel = int(labelled.sum(axis=0).argmax())
    own = labelled[:, channel]
    shown = np.flatnonzero(own >= max(1, np.median(own[own > 0])))
    values = masks.dice(counts)[shown, channel]
    return _picture(study, run, tested, int(shown[np.argsort(values)[len(shown) // 2]]), channel)


def failures(study: Study, run: Run, tested: Scored) -> dict[str, Picture]:
    """For each class that the test images show, the one it fares worst on; see ``worst``."""
    found = {channel: worst(tested, channel) for channel in range(len(CLASSES))}
    return {
        CLASSES[channel]: _picture(study, run, tested, position, channel)
        for channel, position in found.items()
        if position is not None
    }


def beside_truth(
    study: Study, runs: Mapping[str, Run], tested: Scored, count: int = 4
) -> tuple[list[np.ndarray], dict[str, list[np.ndarray]]]:
    """Some test images with the masks of truth and runs.

    For each class the image with the most labelled pixels, then others evenly spread over the test images.

    Parameters
    ----------
    study
        That the runs are of.
    runs
        By title.
    tested
        Of one of the runs.
    count
        How many images.

    Returns
    -------
    Images, and by title the (H, W, 4) masks of each.
    """
    counts = tested.counts["threshold"]
    labelled = counts.tp + counts.fn
    most = [
        int(labelled[:, channel].argmax()) for channel in range(len(CLASSES)) if labelled[:, channel].any()
    ]
    spread = np.linspace(0, len(tested.names) - 1, count).round().astype(int).tolist()
    places = list(dict.fromkeys([*most, *spread]))[:count]
    names = [str(tested.names[place]) for place in places]
    positions = _positions(study, names)
    shown = {"truth": [study.data.mask(position) for position in positions]}
    for title, run in runs.items():
        shown[title] = [predicted(run, name) for name in names]
    return [study.data.image(position) for position in positions], shown


def _picture(study: Study, run: Run, tested: Scored, place: int, channel: int) -> Picture:
    name = str(tested.names[place])
    [position] = _positions(study, [name])
    truth = study.data.mask(position)[..., channel]
    return study.data.image(position), truth, predicted(run, name)[..., channel]


def _positions(study: Study, names: Sequence[str]) -> list[int]:
    places = {name: position for position, name in enumerate(study.data.frames["name"].astype(str))}
    return [places[name] for name in names]
