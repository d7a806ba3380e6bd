"""Localization runs: what each is made with, and how it is trained and tested."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from cvlib import profiles, runs
from cvlib.data.xrays import Xrays, open_xrays
from cvlib.errors import UserError
from cvlib.localize import network, run_calibration, scoring
from cvlib.localize.inference import predict
from cvlib.localize.module import Localizer
from cvlib.localize.plan import TASK
from cvlib.localize.regions import Region, region
from cvlib.localize.scoring import Scored
from cvlib.simulate.cell import Scene
from cvlib.training import fitting
from cvlib.training.plan import Job
from cvlib.training.study import OPENCV, Recipe, TaskStudy, device

_MODULES = (
    "calibration",
    "corners",
    "corrections",
    "descriptors",
    "edges",
    "fusion",
    "heatmap",
    "inputs",
    "inference",
    "lattice",
    "module",
    "network",
    "peaks",
    "regions",
    "roi",
    "run_calibration",
    "scoring",
    "stack",
    "study",
)
_CODE = (
    *(f"cvlib.localize.{module}" for module in _MODULES),
    "cvlib.data.xray_images",
    "cvlib.data.xrays",
    "cvlib.measure.matching",
    "cvlib.measure.overhang",
    "cvlib.measure.plates",
    "cvlib.measure.points",
    "cvlib.training.fitting",
)  # fmt: skip


def open_data(dataset: str, profile: profiles.Localization, seed: int = 0) -> Xrays:
    """X-rays by name, ``simulated`` or ``path:DIR``; as many simulated ones as the profile takes."""
    scene = Scene(poles=profile.poles)
    return open_xrays(dataset, runs.store() / "xrays", profile.images or 3000, seed, scene)


def study_of(job: Job, dataset: str, profile: str, options: Sequence[str] = ()) -> Study:
    """The study of a chapter's job: on X-rays by name, with a profile changed by options and by the job.

    UserError where the options ask for any number of plates and the job cannot take it.
    """
    changed = [*options, *job.overrides]
    if profiles.Localization.find(profile, changed).poles == 0 and "poles=0" not in job.overrides:
        message = "poles=0: the chapter compares networks with a heatmap per end, expected the number of ends"
        raise UserError(f"{message}; for any number use cvlib train localization and cvlib locate")
    return Study(open_data(dataset, profiles.Localization.find(profile, changed)), profile, changed)


class Study(TaskStudy[Xrays, profiles.Localization]):
    """Of timm's HRNets, on regions of interest found by the robust method.

    Two thirds of the images are for training, as in the paper; what picks the checkpoint, and what a
    correction is calibrated on, is taken from these.
    """

    task = TASK
    profiles = profiles.Localization
    test, validation = 1 / 3, 1 / 6

    def taken(self, data: Xrays, positions: list[int]) -> Xrays:
        """Some images of it."""
        return data.take(positions)

    @property
    def groups(self) -> np.ndarray:
        """(N,) which images show one cell."""
        return self.data.groups

    def labels(self) -> pd.DataFrame:
        """Which polarities each image shows; UserError where a network with K heatmaps does not fit."""
        counts = self.data.counts()
        poles, found = self.profile.poles, counts.sum(axis=1)
        if poles and (found != poles).any():
            at = int(np.flatnonzero(found != poles)[0])
            name = self.data.frames["name"].iloc[at]
            message = f"{self.data.title}: image {name} has {found[at]} plate ends, expected {poles}"
            raise UserError(f"{message} in each; give poles={found[at]}, or poles=0 for any number")
        return pd.DataFrame(counts > 0, columns=["negative", "positive"], index=self.data.frames["name"])

    @cached_property
    def regions(self) -> list[Region]:
        """The region of interest of every image, with the true plate ends."""
        return [region(self.data.image(at), *self.data.poles(at)) for at in range(len(self.data))]

    def annotated(self, at: int) -> Region:
        """A region with the labels to learn from: the true ends and the annotation noise of the profile."""
        own, random = self.regions[at], np.random.default_rng([171, at])
        return replace(own, points=own.points + random.normal(0, self.profile.noise_px, own.points.shape))

    def recipe(self, model: str) -> Recipe:
        """UserError if the model is unknown, or ImageNet weights are demanded and cannot be had."""
        start = network.start_of(model, self.profile.weights)
        resolved = self.profile.model_copy(update={"weights": start})
        options, label = resolved.model_dump(exclude={"images"}), resolved.label(self.profile_name)
        return Recipe(label, options, _CODE, ("torch", "timm", "lightning", "numpy", OPENCV))

    def make(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> Mapping[str, Any]:
        """Train; store heatmaps of validation and test images, a calibration on the former, and scores."""
        positions = self.positions(settings.split["kind"])
        profile = profiles.Localization.model_validate(dict(settings.options))
        torch.manual_seed(settings.seed)
        resumed = (folder / fitting.LAST).exists()  # the checkpoint then has the weights
        built = network.build(settings.model, profile.poles or 2, "random" if resumed else profile.weights)
        train, validation = (
            [self.annotated(at) for at in positions[part]] for part in ("train", "validation")
        )
        workers = min(8, os.cpu_count() or 1) if torch.accelerator.is_available() else 0
        whole = [own for own in train if own.roi.contains(own.points).all()]
        if not whole:
            message = f"{self.data.title}: no region of interest of a training image holds all plate ends"
            raise UserError(f"{message}; plates must come from the right, with their ends on the left")
        module = Localizer(built, profile, whole, validation, settings.seed, workers)
        best = fitting.fit(module, folder, progress, say)
        fitting.load(module.network, folder / fitting.WEIGHTS)
        module.eval().to(device())
        parts = {part: self._predicted(module, positions[part]) for part in ("validation", "test")}
        scoring.save(parts, folder)
        run_calibration.save(self.data, parts["validation"], folder)
        (folder / fitting.LAST).unlink(missing_ok=True)
        place = {"device": module.device.type, "threads": torch.get_num_threads()}
        told = {"best": dict(best), "start": profile.weights, "trained_on": place}
        return {**scoring.summary(parts["test"]), **told}

    def _predicted(self, module: Localizer, at: np.ndarray) -> Scored:
        own, labels = [self.regions[place] for place in at], [self.annotated(place).points for place in at]
        return predict(module, own, labels, self.data.frames.iloc[at], self.groups[at])
