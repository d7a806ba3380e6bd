"""Detection runs: what each is made with, and how it is trained and tested."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cvlib import baseline, profiles, runs
from cvlib.data import boxes_of_mask
from cvlib.detect import faster_rcnn, scoring, yolo
from cvlib.detect.crops import Crops, in_pixels
from cvlib.detect.module import Detector, predict
from cvlib.detect.plan import CLASSICAL, TASK
from cvlib.detect.scoring import Found
from cvlib.errors import UserError
from cvlib.training import classical, fitting
from cvlib.training.study import OPENCV, CoatingStudy, Recipe, device

_CODE = ("cvlib.detect.crops", "cvlib.detect.scoring", "cvlib.detect.study", "cvlib.measure.boxes")
_LIBRARIES = ("numpy", OPENCV)
_YOLO, _YOLO_LIBRARIES = ("cvlib.detect.yolo", "cvlib.detect.yolo_process"), ("torch", "ultralytics")
_FASTER_RCNN = ("cvlib.detect.faster_rcnn", "cvlib.detect.module", "cvlib.training.fitting")
_FASTER_RCNN_LIBRARIES = ("torch", "torchvision", "lightning")

Find = Callable[[np.ndarray], Found]


class Study(CoatingStudy[profiles.Detection]):
    """Of ``yolo11n`` and its like, ``fasterrcnn-resnet18`` and ``-resnet50``, and the baseline ``opencv``."""

    task = TASK
    profiles = profiles.Detection
    needs = "boxes"

    @cached_property
    def boxes(self) -> list[np.ndarray]:
        """By image, (K, 5): class, left, top, width, height in pixels."""
        sizes = self.cache().sizes
        return [in_pixels(self.data.boxes(at), *sizes[at]) for at in range(len(self.data))]

    def can_make(self, model: str) -> bool:
        """Whether the data have what a model is made of: thresholds are chosen on masks."""
        return model != CLASSICAL or "masks" in self.data.known

    def recipe(self, model: str) -> Recipe:
        """UserError if the model is unknown, COCO weights are demanded and cannot be had, or masks lack."""
        if model == CLASSICAL:
            self.data.need("masks")
            code = ("cvlib.baseline", "cvlib.training.classical", *_CODE)
            return Recipe(self.profile_name, {"fitted": classical.FITTED}, code, _LIBRARIES, seeded=False)
        family = yolo if is_yolo(model) else faster_rcnn
        resolved = self.profile.model_copy(update={"weights": family.start_of(model, self.profile.weights)})
        options, label = resolved.model_dump(exclude={"images"}), resolved.label(self.profile_name)
        own, libraries = (
            (_YOLO, _YOLO_LIBRARIES) if is_yolo(model) else (_FASTER_RCNN, _FASTER_RCNN_LIBRARIES)
        )
        return Recipe(label, options, (*own, *_CODE), (*libraries, *_LIBRARIES))

    def make(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> Mapping[str, Any]:
        """Train or, for the baseline, choose thresholds; test; see ``scoring.score_images``."""
        cache, positions = self.cache(progress), self.positions(settings.split["kind"])
        for part in ("train", "validation"):
            if not any(len(self.boxes[at]) for at in positions[part]):
                raise UserError(f"{self.data.title}: no {part} image has a box; take more images")
        find: Find
        told: Mapping[str, Any]
        if settings.model == CLASSICAL:
            chosen = classical.fitted(cache, positions["train"])
            find, told = partial(outlined, chosen), {"thresholds": asdict(chosen)}
        else:
            train = self._yolo if is_yolo(settings.model) else self._faster_rcnn
            find, told = train(settings, folder, progress, say)
        names = self.data.frames["name"].to_numpy(str)
        tested = scoring.score_images(find, cache, self.boxes, positions, names, self.groups, folder)
        (folder / fitting.LAST).unlink(missing_ok=True)
        return {**scoring.summary(tested), **told}

    def _yolo(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> tuple[Find, Mapping[str, Any]]:
        cache, positions = self.cache(), self.positions(settings.split["kind"])
        profile, seed = profiles.Detection(**settings.options), settings.seed  # type: ignore[arg-type]
        crops = {
            "train": Crops(cache, self.boxes, positions["train"], profile, seed, epoch=0),
            "validation": Crops.fixed(cache, self.boxes, positions["validation"], profile),
        }
        best = yolo.train(folder, crops, profile, settings.model, profile.weights, seed, progress, say)
        return yolo.predictor(folder / fitting.WEIGHTS), _told(best, profile, device())

    def _faster_rcnn(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> tuple[Find, Mapping[str, Any]]:
        cache, positions = self.cache(), self.positions(settings.split["kind"])
        profile, seed = profiles.Detection(**settings.options), settings.seed  # type: ignore[arg-type]
        torch.manual_seed(seed)
        resumed = (folder / fitting.LAST).exists()  # the checkpoint then has the weights
        network = faster_rcnn.build(settings.model, "random" if resumed else profile.weights)
        workers = min(8, os.cpu_count() or 1) if torch.accelerator.is_available() else 0
        module = Detector(network, profile, cache, self.boxes, positions, seed, workers)
        best = fitting.fit(module, folder, progress, say)
        fitting.load(module.network, folder / fitting.WEIGHTS)
        module.eval().to(device())
        return partial(predict, module), _told(best, profile, module.device)


def is_yolo(model: str) -> bool:
    """Whether Ultralytics trains a model."""
    return model.startswith("yolo")


def outlined(thresholds: baseline.Thresholds, image: np.ndarray) -> Found:
    """What thresholding finds on an image: a box around each connected defect, the larger the surer.

    Parameters
    ----------
    thresholds
        As :func:`cvlib.training.classical.fitted` chose them.
    image
        (H, W, 3) uint8.
    """
    boxes = in_pixels(boxes_of_mask(baseline.predict(image, thresholds)), *image.shape[:2])
    share = boxes[:, 3:].prod(axis=1) / image[..., 0].size
    return Found(boxes[:, 0].astype(int), share, boxes[:, 1:])


def _told(best: Mapping[str, float], profile: profiles.Detection, place: torch.device) -> Mapping[str, Any]:
    trained_on = {"device": place.type, "threads": torch.get_num_threads()}
    return {"best": dict(best), "start": profile.weights, "trained_on": trained_on}
