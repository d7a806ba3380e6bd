"""Classification runs: what each is made with, and how it is trained and tested."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cvlib import profiles, runs
from cvlib.classify import features, network, scoring
from cvlib.classify.module import Classifier, probabilities
from cvlib.classify.plan import CLASSICAL, TASK
from cvlib.classify.shrunk import shrunk
from cvlib.training import fitting
from cvlib.training.study import OPENCV, CoatingStudy, Recipe, device

_CODE = (
    *(f"cvlib.classify.{module}" for module in ("scoring", "shrunk", "study")),
    *(f"cvlib.measure.{module}" for module in ("counts", "curves", "labels")),
)
_NETWORK = (
    *(f"cvlib.classify.{module}" for module in ("batches", "module", "network")),
    "cvlib.training.fitting",
)
_LIBRARIES = ("numpy", OPENCV)


class Study(CoatingStudy[profiles.Classification]):
    """Of timm's models, and of ``features``, the classical baseline."""

    task = TASK
    profiles = profiles.Classification
    needs = "labels"

    def images(self, progress: bool = False) -> np.ndarray:
        """(N, height, width, 3) uint8: every image in the profile's size."""
        height, width = self.profile.height, self.profile.width
        return shrunk(self.data, height, width, runs.store() / "decoded", progress)

    @cached_property
    def truth(self) -> np.ndarray:
        """(N, 4) bool: which classes each image shows."""
        return self.data.labels().to_numpy()

    def recipe(self, model: str) -> Recipe:
        """UserError if the model is unknown, or ImageNet weights are demanded and cannot be had."""
        if model == CLASSICAL:
            size = {"height": self.profile.height, "width": self.profile.width}
            code, libraries = ("cvlib.classify.features", "cvlib.baseline", *_CODE), ("scikit-learn",)
            return Recipe(self.profile_name, size, code, (*libraries, *_LIBRARIES), seeded=False)
        start = network.start_of(model, self.profile.weights)
        resolved = self.profile.model_copy(update={"weights": start})
        options, label = resolved.model_dump(exclude={"images"}), resolved.label(self.profile_name)
        return Recipe(label, options, (*_NETWORK, *_CODE), ("torch", "timm", "lightning", *_LIBRARIES))

    def make(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> Mapping[str, Any]:
        """Train; choose thresholds on the validation images; test; see ``scoring.score_images``."""
        positions = self.positions(settings.split["kind"])
        if settings.model == CLASSICAL:
            scores, told = self._features(positions, progress)
        else:
            scores, told = self._train(settings, positions, folder, progress, say)
        names = self.data.frames["name"].to_numpy(str)
        tested = scoring.score_images(scores, self.truth, positions, names, self.groups, folder)
        (folder / fitting.LAST).unlink(missing_ok=True)
        return {**scoring.summary(tested), **told}

    def _features(
        self, positions: Mapping[str, np.ndarray], progress: bool
    ) -> tuple[Mapping[str, np.ndarray], Mapping[str, Any]]:
        images = self.images(progress)
        values = {part: np.stack([features.features(images[at]) for at in own])
                  for part, own in positions.items()}  # fmt: skip
        models = features.fit(values["train"], self.truth[positions["train"]])
        return {part: features.probabilities(models, own) for part, own in values.items()}, {}

    def _train(
        self,
        settings: runs.Settings,
        positions: Mapping[str, np.ndarray],
        folder: Path,
        progress: bool,
        say: Callable[[str], object],
    ) -> tuple[Mapping[str, np.ndarray], Mapping[str, Any]]:
        images = self.images(progress)
        profile = profiles.Classification(**settings.options)  # type: ignore[arg-type]
        torch.manual_seed(settings.seed)
        resumed = (folder / fitting.LAST).exists()  # the checkpoint then has the weights
        start = "random" if resumed else profile.weights
        size = (profile.height, profile.width)
        built = network.build(settings.model, size, start, profile.momentum, profile.pool)
        workers = min(8, os.cpu_count() or 1) if torch.accelerator.is_available() else 0
        module = Classifier(built, profile, images, self.truth, positions, settings.seed, workers)
        best = fitting.fit(module, folder, progress, say)
        fitting.load(module.network, folder / fitting.WEIGHTS)
        module.eval().to(device())
        scores = {part: probabilities(module, images[positions[part]]) for part in ("validation", "test")}
        place = {"device": module.device.type, "threads": torch.get_num_threads()}
        return scores, {"best": dict(best), "start": profile.weights, "trained_on": place}
