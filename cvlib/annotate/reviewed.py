"""Networks trained on what was reviewed so far: nothing is held out but what picks the checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from cvlib import runs
from cvlib.data import Dataset
from cvlib.data.splits import Split, split
from cvlib.segment.study import Study
from cvlib.training import fitting
from cvlib.training.plan import Kind
from cvlib.training.study import SPLIT_SEED


class ReviewedStudy(Study):
    """Segmentation runs on all images of a data set; what they are worth is to be measured on others.

    A fifth of the images, by groups, picks the checkpoint. There is no test part.
    """

    test: ClassVar[float] = 0.0
    validation: ClassVar[float] = 0.2

    def __init__(self, data: Dataset, profile: str = "quick", overrides: Iterable[str] = ()) -> None:
        super().__init__(data, profile, overrides)
        self.data = data  # all of it, however many images the profile takes

    def split(self, kind: Kind) -> Split:
        """Images that are learnt from, and those that pick the checkpoint."""
        if kind not in self._splits:
            divided = split(
                self.data.frames,
                kind,
                SPLIT_SEED,
                self.labels(),
                self.groups,
                test=self.validation,
                validation=0,
            )
            parts = {"train": divided.parts["train"], "validation": divided.parts["test"], "test": ()}
            self._splits[kind] = Split(kind, SPLIT_SEED, parts)
        return self._splits[kind]

    def make(
        self, settings: runs.Settings, folder: Path, progress: bool, say: Callable[[str], object]
    ) -> Mapping[str, Any]:
        """Train into the folder of a run; how the best epoch did on the images that picked it."""
        _, told = self._train(settings, folder, progress, say)
        (folder / fitting.LAST).unlink(missing_ok=True)
        return told
