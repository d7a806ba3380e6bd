"""A data set made ready for segmentation runs to be compared: same images, same splits, same profile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cvlib import baseline, profiles, runs
from cvlib.data import Dataset, Subset
from cvlib.data.cache import Cache, cached
from cvlib.data.duplicates import groups_of
from cvlib.data.files import write_bytes
from cvlib.data.splits import Split, split
from cvlib.errors import UserError
from cvlib.provenance import code_of, versions_of
from cvlib.segment import fitting, inference, network, scoring
from cvlib.segment.module import Segmenter
from cvlib.segment.plan import CLASSICAL, Kind

SPLIT_SEED, TEST, VALIDATION = 0, 0.2, 0.1
"""All runs of a study share their split. The paper says 80 % and 20 %; what picks the checkpoint is taken
from the 80 %."""

FITTED = 60
"""Training images that the thresholds of the classical baseline are chosen on: of each class and of all, as
many, evenly spread."""

_OWN = ("augment", "batches", "fitting", "inference", "losses", "module", "network", "scoring", "study")
_CODE = (
    *(f"cvlib.segment.{module}" for module in _OWN),
    "cvlib.data.cache",
    "cvlib.data.splits",
    "cvlib.data.duplicates",
    "cvlib.measure.masks",
)
"""What decides the numbers of a run; a change there makes it another run."""

_LIBRARIES = (
    "torch",
    "segmentation-models-pytorch",
    "lightning",
    "kornia",
    "numpy",
    "opencv-python-headless",
)


class Study:
    """Segmentation runs on one data set with one profile, through ``cvlib.runs``.

    Parameters
    ----------
    data
        With masks. If it has more images than the profile takes, evenly spread ones are taken.
    profile
        ``quick``, ``standard`` or ``paper``.
    overrides
        Texts ``field=value`` that put other values in place of the profile's.

    Raises
    ------
    UserError
        The profile or a field is unknown, or a value does not fit.
    """

    def __init__(self, data: Dataset, profile: str = "quick", overrides: Iterable[str] = ()) -> None:
        self.profile_name, self.profile = profile, profiles.segmentation(profile, overrides)
        limit = self.profile.images
        if 0 < limit < len(data):
            data = Subset(data, _evenly(len(data), limit).tolist())
        self.data = data
        self._splits: dict[Kind, Split] = {}

    @cached_property
    def content(self) -> str:
        """SHA-256 of the images and masks that take part."""
        return self.data.fingerprint()

    def cache(self, progress: bool = False) -> Cache:
        """The images and masks, decoded."""
        return cached(self.data, runs.store() / "decoded", progress)

    @cached_property
    def groups(self) -> np.ndarray:
        """(N,) which images belong together: clips, or what overlaps where no clips are known."""
        return groups_of(self.data)

    def split(self, kind: Kind) -> Split:
        """Images of each part, by kind; see :func:`cvlib.data.splits.split`."""
        if kind not in self._splits:
            labels = self.data.labels()
            if not labels.to_numpy().any():
                raise UserError(f"{self.data.title}: no mask shows a defect; nothing can be learned from it")
            self._splits[kind] = split(
                self.data.frames, kind, SPLIT_SEED, labels, self.groups, test=TEST, validation=VALIDATION
            )
        return self._splits[kind]

    def settings(self, model: str, kind: Kind = "groups", seed: int = 0) -> runs.Settings:
        """What a run of this study is trained with.

        Raises
        ------
        UserError
            The model is unknown, or ImageNet weights are demanded and cannot be had.
        """
        options: Mapping[str, Any] = {"fitted": FITTED}
        code: tuple[str, ...] = ("cvlib.baseline", *_CODE)
        profile = self.profile_name
        if model != CLASSICAL:
            _, encoder = network.parse(model)
            start = network.start_of(encoder, self.profile.weights)
            resolved = self.profile.model_copy(update={"weights": start})
            options, code = resolved.model_dump(exclude={"images"}), _CODE
            profile = profiles.label(self.profile_name, resolved)
        return runs.Settings(
            task="segmentation",
            model=model,
            profile=profile,
            dataset=self.data.name,
            content=self.content,
            split={"kind": kind, "seed": SPLIT_SEED, "test": TEST, "validation": VALIDATION},
            seed=0 if model == CLASSICAL else seed,
            options=options,
            versions=versions_of(_LIBRARIES) | {"code": code_of(code)},
        )

    def run(
        self,
        model: str,
        kind: Kind = "groups",
        seed: int = 0,
        progress: bool = False,
        say: Callable[[str], object] = print,
    ) -> runs.Run:
        """The run of a model: loaded, or trained now.

        Parameters
        ----------
        model
            ``DECODER-ENCODER``, or ``opencv`` for the classical baseline.
        kind
            ``groups``: no clip is on both sides; ``random``: by image, as the paper divides.
        seed
            Of the training.
        progress
            Show progress bars on the standard error stream.
        say
            Told, in a sentence each, what is being done.
        """
        settings = self.settings(model, kind, seed)
        if not (runs.store() / settings.id).exists():
            self.split(kind)  # refuses what cannot be divided before anything is written
        work = self._threshold if model == CLASSICAL else self._train
        return runs.obtain(settings, partial(work, settings, progress=progress, say=say), say)

    def _train(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> dict[str, Any]:
        positions, cache = self._prepare(settings, folder, progress)
        torch.manual_seed(settings.seed)
        profile = profiles.Segmentation(**settings.options)  # type: ignore[arg-type]
        resumed = (folder / fitting.LAST).exists()  # the checkpoint then has the weights
        built = network.build(settings.model, "random" if resumed else profile.weights, profile.momentum)
        workers = min(8, os.cpu_count() or 1) if torch.accelerator.is_available() else 0
        module = Segmenter(built, profile, cache, positions, settings.seed, workers)
        best = fitting.fit(module, folder, progress, say)
        fitting.load(module.network, folder / fitting.WEIGHTS)
        module.eval().to(_device())
        tested = self._test(partial(inference.probabilities, module), cache, positions, folder)
        (folder / fitting.LAST).unlink(missing_ok=True)
        place = {"device": module.device.type, "threads": torch.get_num_threads()}
        return tested | {"best": dict(best), "start": profile.weights, "trained_on": place}

    def _threshold(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> dict[str, Any]:
        positions, cache = self._prepare(settings, folder, progress)
        some = _some(positions["train"], cache.labels)
        chosen = baseline.fit((cache.image(at), cache.mask(at).transpose(1, 2, 0)) for at in some)

        def predict(image: np.ndarray) -> np.ndarray:
            return baseline.predict(image, chosen).transpose(2, 0, 1)

        return self._test(predict, cache, positions, folder) | {"thresholds": asdict(chosen)}

    def _test(
        self,
        predict: Callable[[np.ndarray], np.ndarray],
        cache: Cache,
        positions: Mapping[str, np.ndarray],
        folder: Path,
    ) -> dict[str, Any]:
        names = self.data.frames["name"].to_numpy(str)
        tested = scoring.score_images(predict, cache, positions["test"], names, self.groups, folder)
        images = {part: len(at) for part, at in positions.items()}
        return scoring.summary(tested.counts["threshold"]) | {"images": images}

    def _prepare(
        self, settings: runs.Settings, folder: Path, progress: bool
    ) -> tuple[dict[str, np.ndarray], Cache]:
        divided = self.split(settings.split["kind"])
        write_bytes(folder / "split.json", divided.to_json().encode())
        positions = {part: divided.positions(part, self.data.frames) for part in divided.parts}
        return positions, self.cache(progress)


def _device() -> torch.device:
    there = torch.accelerator.is_available() and torch.accelerator.current_accelerator()
    return there or torch.device("cpu")


def _some(positions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """``FITTED`` of these positions or fewer, so that rare classes are among them."""
    kinds = [positions, *(positions[labels[positions, channel]] for channel in range(labels.shape[1]))]
    share = FITTED // len(kinds)
    return np.unique(np.concatenate([kind[_evenly(len(kind), share)] for kind in kinds]))


def _evenly(there: int, wanted: int) -> np.ndarray:
    """Positions evenly spread over those there are, no more than wanted."""
    return np.linspace(0, there - 1, min(wanted, there)).round().astype(int)
