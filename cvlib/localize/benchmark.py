"""Localization runs and corrections beside each other, from their stored heatmaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from cvlib.data.xrays import Xrays
from cvlib.errors import DataError, UserError
from cvlib.localize import corrections
from cvlib.localize.calibration import Calibration
from cvlib.localize.corrections import Pictures
from cvlib.localize.heatmap import Method
from cvlib.localize.inference import loaded, predict
from cvlib.localize.refine import Settings
from cvlib.localize.regions import Region, region
from cvlib.localize.scoring import Scored, load
from cvlib.measure.intervals import Interval
from cvlib.measure.points import Errors, Gain, Missing, difference, errors, nme, scores
from cvlib.runs import Run
from cvlib.simulate.cell import Scene, View, plan
from cvlib.simulate.xray import draw

DECODERS: tuple[Method, ...] = ("argmax", "quarter", "dark", "soft")

COUNTS = (128, 256, 512)
"""N of the paper's Table 1."""

BASELINE, PAPER, BIAS, OWN = "baseline", "paper", "bias", "fused"

MISSING: Missing = "reference"
"""An end that a network does not find counts as off by the reference distance, 100 %."""

LEVELS = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.1)
"""NME in percent of made-up baselines: true ends and Gaussian errors."""

Key = TypeVar("Key")


@dataclass(frozen=True, eq=False)
class Part:
    """Validation or test images of a split, and predictions for them.

    Attributes
    ----------
    images
        As stored.
    pictures
        The same images and their corners; shared by all parts that show them.
    points
        (N, K, 2) px: the predictions.
    """

    images: Scored
    pictures: Pictures
    points: np.ndarray

    def decoded(self, method: Method) -> Part:
        """The same images with what their heatmaps say by a decoder."""
        return replace(self, points=self.images.predicted(method)[0])

    def made_up(self, nme: float, seed: tuple[int, ...]) -> Part:
        """The same images with true ends and Gaussian errors of this NME, in percent, as predictions."""
        # The mean length of a two-dimensional normal error is its standard deviation times sqrt(pi / 2).
        sd = nme / 100 / np.sqrt(np.pi / 2) * self.images.reference[:, None, None]
        noise = np.random.default_rng(seed).normal(size=self.points.shape)
        return replace(self, points=self.images.truth + sd * noise)

    @cached_property
    def calibration(self) -> Calibration | None:
        """What corrections learn here, from the labels, annotation noise included.

        None where the network finds too few ends to learn from; then our corrections leave every point.
        """
        images = self.images
        try:
            return corrections.calibrated(self.pictures, self.points, images.labels, images.positive)
        except DataError:
            return None


@dataclass(frozen=True, eq=False)
class Bench:
    """Predictions for the validation and test images of one split, and what corrections make of them.

    Attributes
    ----------
    checked, asked
        Validation and test images.
    """

    checked: Part
    asked: Part

    @property
    def tested(self) -> Scored:
        """The test images, as stored."""
        return self.asked.images

    @property
    def tested_pictures(self) -> Pictures:
        """The test images themselves."""
        return self.asked.pictures

    @property
    def baseline(self) -> np.ndarray:
        """(N, K, 2) px: the predictions for the test images."""
        return self.asked.points

    @property
    def calibration(self) -> Calibration | None:
        """Learned on the validation images."""
        return self.checked.calibration

    @property
    def positive(self) -> np.ndarray:
        """(N, K) bool: of the test images' ends; known, since the k-th heatmap is always of one polarity."""
        return np.broadcast_to(self.checked.images.positive[0], self.baseline.shape[:2])

    def decoded(self, method: Method) -> Bench:
        """The same images with what their heatmaps say by a decoder."""
        return Bench(self.checked.decoded(method), self.asked.decoded(method))

    def made_up(self, nme: float, seed: int = 0) -> Bench:
        """The same images with made-up predictions of this NME, in percent."""
        parts = enumerate((self.checked, self.asked))
        return Bench(*(part.made_up(nme, (seed, int(1e4 * nme), place)) for place, part in parts))

    def paper(self, count: int = COUNTS[-1], settings: Settings | None = None) -> np.ndarray:
        """(N, K, 2) px after paper 2's correction."""
        learned = None
        if settings and settings.descriptor == "learned":
            learned = corrections.learned_from(self.checked.pictures, self.checked.images.labels)
        return corrections.paper(self.tested_pictures, self.baseline, self.positive, count, settings, learned)

    @cached_property
    def bias(self) -> np.ndarray:
        """(N, K, 2) px after the project's correction by corners alone."""
        if self.calibration is None:
            return self.baseline
        return corrections.without_bias(self.tested_pictures, self.baseline, self.positive, self.calibration)

    @cached_property
    def fused(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, K, 2) px after the project's correction, and (N, K) confidence."""
        if self.calibration is None:
            return self.baseline, np.zeros(self.baseline.shape[:2])
        return corrections.own(self.tested_pictures, self.baseline, self.positive, self.calibration)

    def errors(self, points: np.ndarray) -> Errors:
        """Of (N, K, 2) points in the test images; the reference distance is the ROI's diagonal."""
        return errors(points, self.tested.truth, self.tested.reference)

    def scores(self, points: np.ndarray, seed: int = 0) -> dict[str, Interval]:
        """NME, PCK and PCS with intervals over cells."""
        return scores(self.errors(points), self.tested.groups, seed, missing=MISSING)

    def gains(self, points: np.ndarray, seed: int = 0) -> dict[str, Gain]:
        """Over the baseline, paired over cells."""
        both = self.errors(self.baseline), self.errors(points)
        return difference(*both, self.tested.groups, seed, missing=MISSING)

    def rows(self) -> dict[str, np.ndarray]:
        """Points by row of Table 1: the baseline, the paper's correction for each N, the project's two."""
        paper = {f"{PAPER} {count}": self.paper(count) for count in COUNTS}
        return {BASELINE: self.baseline, **paper, BIAS: self.bias, OWN: self.fused[0]}


def benches(runs: Mapping[Key, Run], data: Xrays, methods: Mapping[Key, Method]) -> dict[Key, Bench]:
    """Runs on one split, by name, ready to be compared.

    Parameters
    ----------
    runs
        By name.
    data
        The X-rays they were trained on.
    methods
        How to decode each.

    Raises
    ------
    UserError
        A heatmap does not always stand for the same polarity.
    """
    parts = {name: load(run) for name, run in runs.items()}
    first = next(iter(parts.values()))
    pictures = {part: Pictures.of(data, own.positions) for part, own in first.items()}
    kinds = first["validation"].positive
    if any((part.positive != kinds[0]).any() for part in first.values()):
        raise UserError(
            f"{data.title}: the polarity of the k-th end differs by image; only poles=0 fits them"
        )
    return {
        name: Bench(
            *(
                Part(own[part], pictures[part], own[part].predicted(methods[name])[0])
                for part in ("validation", "test")
            )
        )
        for name, own in parts.items()
    }


@dataclass(frozen=True)
class Regime:
    """What corrections gain over one baseline: NME in percent, before and after each."""

    name: str
    before: float
    after: Mapping[str, float]


def regimes(found: Mapping[str, Bench]) -> list[Regime]:
    """Of networks' predictions, by name."""
    return [_regime(name, bench) for name, bench in found.items()]


def made_up_regimes(bench: Bench, levels: Sequence[float] = LEVELS) -> list[Regime]:
    """Of made-up predictions in the images of a bench, from good to bad."""
    return [_regime("", bench.made_up(level)) for level in levels]


def _regime(name: str, bench: Bench) -> Regime:
    points = {PAPER: bench.paper(), BIAS: bench.bias, OWN: bench.fused[0]}
    after = {which: _nme(bench.errors(own)) for which, own in points.items()}
    return Regime(name, _nme(bench.errors(bench.baseline)), after)


def _nme(found: Errors) -> float:
    return nme(found, MISSING)


@dataclass(frozen=True, eq=False)
class NewXrays:
    """X-rays newly drawn, of cells that no run has seen.

    Attributes
    ----------
    views
        What they show.
    pictures
        The images, their corners with them.
    regions
        Their regions of interest.
    """

    views: Sequence[View]
    pictures: Pictures
    regions: Sequence[Region]

    @classmethod
    def drawn(cls, scene: Scene, images: int, seed: int) -> NewXrays:
        """As ``cvlib.simulate.cell.plan`` has them; another seed than that of training gives other cells."""
        views = plan(images, seed, scene)
        pictures = Pictures([draw(view) for view in views])
        shown = zip(pictures.images, views, strict=True)
        return cls(views, pictures, [region(image, view.points, view.positive) for image, view in shown])

    def shown_to(self, run: Run, bench: Bench, method: Method) -> Bench:
        """A run's bench with these X-rays to be tested on; what corrections learned stays as it was."""
        frames = pd.DataFrame([{"name": view.name, "um_per_px": view.um_per_px} for view in self.views])
        cells, points = np.array([view.cell for view in self.views]), [view.points for view in self.views]
        tested = predict(loaded(run), self.regions, points, frames, cells)
        return Bench(bench.checked, Part(tested, self.pictures, tested.predicted(method)[0]))


ABLATIONS: dict[str, dict[str, Settings]] = {
    "radius (px)": {str(r): Settings(radius=r) for r in (2.0, 3.0, 5.0, 8.0, 12.0)},
    "patch (px)": {str(side): Settings(patch=side) for side in (7, 11, 17)},
    "bins": {str(bins): Settings(bins=bins) for bins in (8, 32, 128)},
    "pairing": {"own": Settings(), "as printed": Settings(pairing="as printed")},
    "reference feature": {"polarity": Settings(), "pooled": Settings(reference="pooled")},
    "reference from": {
        "predicted": Settings(),
        "corners": Settings(reference_points="corners"),
        "both": Settings(reference_points="both"),
    },
    "descriptor": {
        "histogram": Settings(),
        "brief": Settings(descriptor="brief"),
        "learned": Settings(descriptor="learned"),
    },
}
"""What the paper leaves open, each changed alone."""


def ablations(bench: Bench) -> list[tuple[str, str, float]]:
    """Choice, its value, and the relative gain in NME in percent over the baseline; below 0 it got worse."""
    before = _nme(bench.errors(bench.baseline))
    return [
        (choice, value, 100 * (1 - _nme(bench.errors(bench.paper(settings=settings))) / before))
        for choice, values in ABLATIONS.items()
        for value, settings in values.items()
    ]


def rows(run: Run) -> list[dict[str, Any]]:
    """The scores of a run as they are stored: a row per measure and decoder."""
    tested = load(run)["test"]
    if tested.any_number:
        return []
    size = {"images": len(tested), "groups": len(set(tested.groups.tolist()))}
    return [
        {"measure": measure, "class": method, **interval._asdict(), **size}
        for method in DECODERS
        for measure, interval in scores(
            errors(tested.predicted(method)[0], tested.truth, tested.reference),
            tested.groups,
            missing=MISSING,
        ).items()
    ]
