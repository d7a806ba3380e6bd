"""Segmentation runs: what each is made with, and how it is trained and tested."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cvlib import baseline, profiles, runs
from cvlib.data.cache import Cache
from cvlib.segment import inference, network, scoring
from cvlib.segment.module import Segmenter
from cvlib.segment.plan import CLASSICAL, TASK
from cvlib.training import classical, fitting
from cvlib.training.study import OPENCV, CoatingStudy, Recipe, device

_OWN = ("augment", "batches", "inference", "losses", "module", "network", "scoring", "study")
_MEASURES = ("cvlib.measure.masks", "cvlib.measure.counts")
_CODE = (*(f"cvlib.segment.{module}" for module in _OWN), "cvlib.training.fitting", *_MEASURES)
_LIBRARIES = ("torch", "segmentation-models-pytorch", "lightning", "kornia", "numpy", OPENCV)


class Study(CoatingStudy[profiles.Segmentation]):
    """Of models ``DECODER-ENCODER``, and of ``opencv``, the classical baseline."""

    task = TASK
    profiles = profiles.Segmentation

    def recipe(self, model: str) -> Recipe:
        """UserError if the model is unknown, or ImageNet weights are demanded and cannot be had."""
        if model == CLASSICAL:
            code = ("cvlib.baseline", "cvlib.training.classical", *_CODE)
            return Recipe(self.profile_name, {"fitted": classical.FITTED}, code, _LIBRARIES, seeded=False)
        _, encoder = network.parse(model)
        start = network.start_of(encoder, self.profile.weights)
        resolved = self.profile.model_copy(update={"weights": start})
        options = resolved.model_dump(exclude={"images"})
        return Recipe(resolved.label(self.profile_name), options, _CODE, _LIBRARIES)

    def make(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> Mapping[str, Any]:
        """Train or, for the baseline, choose thresholds; test; see ``scoring.score_images``."""
        cache, positions = self.cache(progress), self.positions(settings.split["kind"])
        names = self.data.frames["name"].to_numpy(str)
        told: Mapping[str, Any]
        if settings.model == CLASSICAL:
            predict, told = self._threshold(cache, positions["train"])
        else:
            predict, told = self._train(settings, folder, progress, say)
        tested = scoring.score_images(predict, cache, positions["test"], names, self.groups, folder)
        (folder / fitting.LAST).unlink(missing_ok=True)
        return {**scoring.summary(tested.counts["threshold"]), **told}

    def _train(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> tuple[Callable[[np.ndarray], np.ndarray], Mapping[str, Any]]:
        cache, positions = self.cache(progress), self.positions(settings.split["kind"])
        torch.manual_seed(settings.seed)
        profile = profiles.Segmentation(**settings.options)  # type: ignore[arg-type]
        resumed = (folder / fitting.LAST).exists()  # the checkpoint then has the weights
        built = network.build(settings.model, "random" if resumed else profile.weights, profile.momentum)
        workers = min(8, os.cpu_count() or 1) if torch.accelerator.is_available() else 0
        module = Segmenter(built, profile, cache, positions, settings.seed, workers)
        best = fitting.fit(module, folder, progress, say)
        fitting.load(module.network, folder / fitting.WEIGHTS)
        module.eval().to(device())
        place = {"device": module.device.type, "threads": torch.get_num_threads()}
        told = {"best": dict(best), "start": profile.weights, "trained_on": place}
        return partial(inference.probabilities, module), told

    def _threshold(
        self, cache: Cache, train: np.ndarray
    ) -> tuple[Callable[[np.ndarray], np.ndarray], Mapping[str, Any]]:
        chosen = classical.fitted(cache, train)

        def predict(image: np.ndarray) -> np.ndarray:
            return baseline.predict(image, chosen).transpose(2, 0, 1)

        return predict, {"thresholds": asdict(chosen)}
