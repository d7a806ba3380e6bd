"""Plate ends in X-rays that nobody has labelled, by a trained network and the project's correction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from cvlib import runs
from cvlib.errors import DataError, UserError
from cvlib.localize import inference, run_calibration, scoring
from cvlib.localize.calibration import Calibration
from cvlib.localize.corners import find_corners
from cvlib.localize.fusion import fuse
from cvlib.localize.heatmap import Decoded, decode
from cvlib.localize.inputs import inside
from cvlib.localize.module import heatmaps
from cvlib.localize.peaks import LEAST, peaks
from cvlib.localize.plan import LIGHT, TASK, VARYING
from cvlib.localize.regions import CORNERS, Region, region
from cvlib.localize.roi import FAINTEST, find_roi
from cvlib.localize.stack import Stack, stack_of
from cvlib.measure.overhang import NONE, Plates, overhangs
from cvlib.profiles import Localization
from cvlib.runs import Run

Side = Literal["left", "right", "up", "down"]

SIDES: tuple[Side, ...] = get_args(Side)
"""Where in the image the plates end."""

BETTER, NEARLY = 1.5, 0.6
"""An image is refused where another side's stripes score so many times the given side's, and doubted from
the second share on. Of 160 simulated images given the right side none was refused and 5 were doubted. Of the
same ones mirrored, transposed and both, 5 mirrored ones were not refused, and all of these were doubted."""

CERTAIN = 600.0
"""Another side is named as the right one only if its stripes score more than this. Of 30 images of nothing
but noise, of 15 grey values, one scored more; simulated stacks score 800 and more."""

DOUBTFUL = 0.5
"""Confidence below this is doubtful."""

PITCHES = 5.0, 16.0
"""From plate to plate, px: what corners, regions and fitted ends were made for, with some margin."""

FEWEST = 3
"""Ends; fewer are no stack."""

WIDEST = 1.6
"""Plates this many pitches apart are no neighbours: one is missing between them."""


class Located(NamedTuple):
    """Plate ends of one image; those of each polarity from the top (with tips up or down: from the left).

    Attributes
    ----------
    negative, positive
        (n, 2) and (m, 2) float64, x and y in px of the image.
    negative_confidence, positive_confidence
        (n,) and (m,) 0 to 1. With a calibration the lower one of :class:`~cvlib.localize.fusion.Fused`'s and
        the height of the heatmap's peak; else the height.
    overhang
        (m, 2) px: how far the previous and the next negative plate stick out beyond each positive one, along
        the plates; NaN where there is no such neighbour.
    notes
        What is doubtful, a phrase each.
    """

    negative: np.ndarray
    positive: np.ndarray
    negative_confidence: np.ndarray
    positive_confidence: np.ndarray
    overhang: np.ndarray
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Locator:
    """Finds plate ends.

    Attributes
    ----------
    maps
        Gives the heatmaps (1, C, h, w) of one region.
    profile
        What the network was trained with.
    positive
        (C,) bool: the polarity of each heatmap.
    calibration
        None: the network's points are taken as they are.
    """

    maps: Callable[[Region], np.ndarray]
    profile: Localization
    positive: np.ndarray
    calibration: Calibration | None

    @classmethod
    def of(cls, run: Run) -> Locator:
        """The network of a run, and its calibration where it has one.

        Raises
        ------
        UserError
            The run is of another task or damaged, or of a network whose heatmaps have no polarity of their
            own.
        """
        if run.settings.task != TASK:
            message = f"run {run.id}: a {run.settings.task} run, expected {TASK}"
            raise UserError(f"{message}; cvlib runs list --task {TASK} shows those there are")
        module = inference.loaded(run)
        profile, positive = module.profile, np.array([False, True])
        if profile.poles:
            each = scoring.load(run)["validation"].positive
            positive = each[0]
            if (each != positive).any():
                message = f"run {run.id}: the polarity of its {profile.poles} plate ends differs by image"
                raise UserError(f"{message}, expected one run with poles=0; name such a run")
        return cls(lambda own: heatmaps(module, [own]), profile, positive, run_calibration.load(run))

    def locate(self, image: np.ndarray, tips: Side = "left") -> Located:
        """Find plate ends.

        Parameters
        ----------
        image
            (H, W) uint8.
        tips
            Where in the image the plates end.

        Raises
        ------
        DataError
            No place was found where plates end, they seem to end on another side, or what was found is no
            stack: there is no point that could be trusted.
        """
        view = turned(image, tips)
        own = region(view, NONE[0], np.zeros(0, bool))
        note = _side_in_doubt(image, tips, own.found.score)
        if own.found.how == "whole image":
            raise DataError("no comb of plate ends found; check that the image shows the edge of a cell")
        (negative, positive), heights = self._peaks(own)
        stack = stack_of(negative, positive)
        ends, confidence = stack.points.copy(), heights[stack.source]
        if self.calibration and len(ends):
            corners = find_corners(view, CORNERS)
            ends, sure, _ = fuse(view, stack.points, stack.positive, corners, self.calibration)
            confidence = np.minimum(confidence, sure)
        ends[~inside(view, ends)] = np.nan
        return _located(ends, confidence, stack, image.shape, tips, note)

    def _peaks(self, own: Region) -> tuple[Plates, np.ndarray]:
        """The network's points in px of the image, and the heights of their peaks, negative ones first."""
        maps, size = self.maps(own), (self.profile.height, self.profile.width)
        if self.profile.poles:
            points, height = (each[0] for each in decode(maps, "dark", self.profile.sigma))
            both = [Decoded(points[kept], height[kept]) for kept in
                    (which & (height >= LEAST) for which in (~self.positive, self.positive))]  # fmt: skip
        else:
            both = peaks(maps[0], apart=scoring.APART, method="dark", sigma=self.profile.sigma)
        negative, positive = (own.roi.to_image(each.points, size) for each in both)
        return (negative, positive), np.concatenate([each.confidence for each in both])


def default_run() -> Run:
    """The newest finished run that finds any number of plate ends, trial runs left out.

    UserError if there is none.
    """
    found = []
    for identifier in runs.identifiers():
        with suppress(UserError):  # a damaged run of another task is no reason to stop
            run = runs.load(identifier)
            trial = run.settings.profile.startswith("trial")
            if run.settings.task == TASK and run.settings.options.get("poles") == 0 and not trial:
                found.append(run)
    if not found:
        command = " ".join(["cvlib train", TASK, LIGHT, *(f"-p {each}" for each in VARYING)])
        message = f"{runs.store()}: no localization run with poles=0, expected one to find plate ends with"
        raise UserError(f"{message}; train it with {command}, or name another with --run")
    return max(found, key=lambda run: str(run.environment.get("date")))


def turned(image: np.ndarray, tips: Side) -> np.ndarray:
    """An image mirrored or transposed so that its plates end on the left.

    >>> turned(np.array([[1, 2], [3, 4]]), "down").tolist()
    [[3, 1], [4, 2]]
    """
    views = {"left": image, "right": image[:, ::-1], "up": image.T, "down": image[::-1].T}
    return np.ascontiguousarray(views[tips])


def turned_back(points: np.ndarray, tips: Side, shape: tuple[int, ...]) -> np.ndarray:
    """Points (N, 2) of a turned image in px of the image it was made from, whose shape is (H, W).

    >>> turned_back(np.array([[0.0, 1.0]]), "down", (2, 2)).tolist()
    [[1.0, 1.0]]
    """
    x, y = points.T
    height, width = shape
    pairs = {"left": (x, y), "right": (width - 1 - x, y), "up": (y, x), "down": (y, height - 1 - x)}
    return np.stack(pairs[tips], axis=1)


def _side_in_doubt(image: np.ndarray, tips: Side, score: float) -> str:
    """What is to be said of the side, nothing where it is right; DataError where it seems to be wrong."""
    others: dict[Side, float] = {}
    for side in SIDES:
        if side != tips:
            view = turned(image, side)
            others[side] = find_roi(view, find_corners(view, CORNERS)).score
    best = max(others, key=lambda side: others[side])
    if others[best] <= NEARLY * max(score, FAINTEST):
        return ""
    place = {"up": "top", "down": "bottom"}.get(best, best)
    if others[best] > max(BETTER * score, CERTAIN):
        raise DataError(f"ends seem to be at the {place}: give --tips {best}")
    return f"ends might be at the {place}"


def _located(
    ends: np.ndarray, confidence: np.ndarray, stack: Stack, shape: tuple[int, ...], tips: Side, note: str
) -> Located:
    """Of ends (K, 2) in px of the turned image, NaN where one is missing."""
    across = ends @ np.array([-stack.direction[1], stack.direction[0]])
    order = np.argsort(across, kind="stable")  # NaN last
    order = order[np.isfinite(across[order])]
    ends, confidence, kind = ends[order], confidence[order], stack.positive[order]
    missing = len(stack.points) - len(ends)
    if len(ends) < FEWEST or missing > len(ends) / 2:
        message = f"{len(ends)} plate ends found and {missing} missing between them, expected a whole stack"
        raise DataError(f"{message}; check that the image shows one, as large as those of the run's training")
    negative, positive = ends[~kind], ends[kind]
    overhang = overhangs(negative, positive, stack.direction, WIDEST * stack.pitch)
    notes = (note, *_notes(len(negative), len(positive), missing, stack.pitch, confidence))
    return Located(
        turned_back(negative, tips, shape),
        turned_back(positive, tips, shape),
        confidence[~kind],
        confidence[kind],
        overhang,
        tuple(filter(None, notes)),
    )


def _notes(negative: int, positive: int, missing: int, pitch: float, confidence: np.ndarray) -> Iterator[str]:
    """What is doubtful of these numbers of ends."""
    if negative != positive + 1:
        yield f"{negative} negative and {positive} positive ends, expected one negative more"
    if missing:
        yield f"{missing} missing between others"
    if not PITCHES[0] <= pitch <= PITCHES[1]:
        yield f"plates {pitch:.0f} px apart, expected {PITCHES[0]:.0f} to {PITCHES[1]:.0f}"
    if doubtful := int((confidence < DOUBTFUL).sum()):
        yield f"{doubtful} of confidence below {DOUBTFUL}"
