"""A data set made ready for runs to be compared: same images, same splits, same profile."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import pandas as pd
import torch

from cvlib import runs
from cvlib.data import Dataset, Subset
from cvlib.data.cache import Cache, cached
from cvlib.data.dataset import Known
from cvlib.data.duplicates import groups_of
from cvlib.data.files import write_bytes
from cvlib.data.splits import Split, split
from cvlib.errors import UserError
from cvlib.profiles import Profile
from cvlib.provenance import code_of, versions_of
from cvlib.training.plan import Kind, Task

SPLIT_SEED, TEST, VALIDATION = 0, 0.2, 0.1
"""All runs of a study share their split. The paper says 80 % and 20 % for segmentation and nothing for the
other tasks; what picks the checkpoint is taken from the 80 %."""

OPENCV = "opencv-python-headless"

SHARED_CODE = ("cvlib.training.study", "cvlib.data.cache", "cvlib.data.splits", "cvlib.data.duplicates")

AnyProfile = TypeVar("AnyProfile", bound=Profile)


class Recipe(NamedTuple):
    """What decides the numbers of a model's runs, beside data, split and seed.

    Attributes
    ----------
    profile
        What the run is called by.
    options
        Values of the profile, or what else the model is made with.
    code, libraries
        Modules of this package, and packages: a change there makes it another run.
    seeded
        Whether the seed plays a part.
    """

    profile: str
    options: Mapping[str, Any]
    code: tuple[str, ...]
    libraries: tuple[str, ...]
    seeded: bool = True


class Data(Protocol):
    """What a study asks of any data set."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def origin(self) -> str: ...

    @property
    def frames(self) -> pd.DataFrame: ...

    def fingerprint(self) -> str: ...


AnyData = TypeVar("AnyData", bound=Data)


class TaskStudy(ABC, Generic[AnyData, AnyProfile]):
    """Runs of one task on one data set with one profile, through ``cvlib.runs``.

    Parameters
    ----------
    data
        With annotations. If it has more images than the profile takes, evenly spread ones are taken.
    profile
        One of ``cvlib.profiles.NAMES``.
    overrides
        Texts ``field=value`` that put other values in place of the profile's.

    Raises
    ------
    UserError
        The profile or a field is unknown, or a value does not fit.
    """

    task: ClassVar[Task]
    profiles: ClassVar[type[Profile]]
    test: ClassVar[float] = TEST
    validation: ClassVar[float] = VALIDATION
    data: AnyData
    profile: AnyProfile

    def __init__(self, data: AnyData, profile: str = "quick", overrides: Iterable[str] = ()) -> None:
        self.profile_name = profile
        self.profile = self.profiles.find(profile, overrides)  # type: ignore[assignment]
        limit, there = self.profile.images, len(data.frames)
        self.data = self.taken(data, evenly(there, limit).tolist()) if 0 < limit < there else data
        self._splits: dict[Kind, Split] = {}

    @cached_property
    def content(self) -> str:
        """SHA-256 of the images and annotations that take part."""
        return self.data.fingerprint()

    @abstractmethod
    def taken(self, data: AnyData, positions: list[int]) -> AnyData:
        """Some images of a data set."""

    @property
    @abstractmethod
    def groups(self) -> np.ndarray:
        """(N,) which images belong together."""

    @abstractmethod
    def labels(self) -> pd.DataFrame:
        """(N, classes) bool by name: what splits are balanced for; UserError if there is nothing to learn."""

    def split(self, kind: Kind) -> Split:
        """Images of each part, by kind; see :func:`cvlib.data.splits.split`."""
        if kind not in self._splits:
            shares = {"test": self.test, "validation": self.validation}
            self._splits[kind] = split(
                self.data.frames, kind, SPLIT_SEED, self.labels(), self.groups, **shares
            )
        return self._splits[kind]

    def positions(self, kind: Kind) -> dict[str, np.ndarray]:
        """Positions of the images of each part."""
        divided = self.split(kind)
        return {part: divided.positions(part, self.data.frames) for part in divided.parts}

    @abstractmethod
    def recipe(self, model: str) -> Recipe:
        """What a model's runs are made with; UserError if it is unknown or cannot start as demanded."""

    @abstractmethod
    def make(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> Mapping[str, Any]:
        """Train and test into the folder of a run; the metrics."""

    def settings(self, model: str, kind: Kind = "groups", seed: int = 0) -> runs.Settings:
        """What a run of this study is trained with; raises as ``recipe`` does."""
        recipe = self.recipe(model)
        return runs.Settings(
            task=self.task,
            model=model,
            profile=recipe.profile,
            dataset=self.data.name,
            content=self.content,
            split={"kind": kind, "seed": SPLIT_SEED, "test": self.test, "validation": self.validation},
            seed=seed if recipe.seeded else 0,
            options=recipe.options,
            versions=versions_of(recipe.libraries) | {"code": code_of((*recipe.code, *SHARED_CODE))},
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
            One that the task knows, or its classical baseline.
        kind
            ``groups``: no clip is on both sides; ``random``: by image.
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
        return runs.obtain(settings, partial(self._make, settings, progress=progress, say=say), say)

    def _make(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> Mapping[str, Any]:
        divided = self.split(settings.split["kind"])
        write_bytes(folder / "split.json", divided.to_json().encode())
        images = {part: len(names) for part, names in divided.parts.items()}
        return {**self.make(settings, folder, progress, say), "images": images}


class CoatingStudy(TaskStudy[Dataset, AnyProfile]):
    """Of a data set of coatings; DataError if it lacks what the task learns from."""

    needs: ClassVar[Known] = "masks"

    def __init__(self, data: Dataset, profile: str = "quick", overrides: Iterable[str] = ()) -> None:
        data.need(self.needs)
        super().__init__(data, profile, overrides)

    def taken(self, data: Dataset, positions: list[int]) -> Dataset:
        """Some images of it."""
        return Subset(data, positions)

    def cache(self, progress: bool = False) -> Cache:
        """The images and masks, decoded."""
        return cached(self.data, runs.store() / "decoded", progress)

    @cached_property
    def groups(self) -> np.ndarray:
        """(N,) which images belong together: clips, or what overlaps where no clips are known."""
        return groups_of(self.data)

    def labels(self) -> pd.DataFrame:
        """Which classes each image shows."""
        shown = self.data.shown()
        if not shown.to_numpy().any():
            raise UserError(f"{self.data.title}: no image shows a defect; nothing can be learned from it")
        return shown


def device() -> torch.device:
    """Where networks are trained and tested: an accelerator if there is one."""
    there = torch.accelerator.is_available() and torch.accelerator.current_accelerator()
    return there or torch.device("cpu")


def evenly(there: int, wanted: int) -> np.ndarray:
    """Positions evenly spread over those there are, no more than wanted.

    >>> evenly(10, 3).tolist(), evenly(2, 3).tolist()
    ([0, 4, 9], [0, 1])
    """
    return np.linspace(0, there - 1, min(there, wanted)).round().astype(int)
