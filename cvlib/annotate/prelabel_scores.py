"""How good pre-labels are, where the truth is known: on the simulator, and on photographs with masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from cvlib.annotate import scores
from cvlib.annotate.prelabel_settings import DEFAULT, Settings, fit_on, predict, spread
from cvlib.annotate.scores import MEAN
from cvlib.baseline import AUTHORS_SMOOTH
from cvlib.data.dataset import Dataset
from cvlib.data.duplicates import groups_of
from cvlib.data.files import csv_bytes, json_bytes, reason_unwritten, write_bytes
from cvlib.data.splits import split
from cvlib.data.subset import Subset
from cvlib.defects import CLASSES
from cvlib.errors import DataError, UserError
from cvlib.measure import masks
from cvlib.measure.counts import ByClass
from cvlib.measure.masks import Counts, Measure
from cvlib.provenance import commit

MEASURES: tuple[Measure, ...] = ("dice", "precision", "recall")
TABLE, RECORD = "thresholds.csv", "thresholds.json"


class Scored(NamedTuple):
    """Pixels of pre-labels counted against the truth.

    Attributes
    ----------
    counts
        Of N images and the four classes.
    groups
        (N,) int: equal for images of one clip.
    """

    counts: Counts
    groups: np.ndarray

    def table(self, seed: int = 0) -> pd.DataFrame:
        """Pooled scores with intervals over clips: columns ``measure class value low high images groups``.

        A class that the truth does not show is NaN. ``mean`` is over the classes it shows.
        """
        found = {each: masks.score_interval(self.counts, self.groups, each, seed=seed) for each in MEASURES}
        return pd.DataFrame([row for each in MEASURES for row in _rows(each, found[each], self.groups)])


def _rows(measure: str, found: ByClass, groups: np.ndarray) -> list[dict[str, Any]]:
    size = {"images": len(groups), "groups": len(set(groups.tolist()))}
    intervals = zip((*CLASSES, MEAN), (*found.classes, found.mean), strict=True)
    return [{"measure": measure, "class": name, **each._asdict(), **size} for name, each in intervals]


def score(
    dataset: Dataset,
    settings: Settings = DEFAULT,
    groups: np.ndarray | None = None,
    progress: bool = False,
) -> Scored:
    """Label the images of a data set and compare with its masks.

    Parameters
    ----------
    dataset
        Images with true masks. Of one that settings were fitted on, score other clips: see ``Subset``.
    settings
        The authors' values where not given.
    groups
        (N,) which images belong together; ``dataset.frames["clip"]`` unless told.
    progress
        Whether to show a bar.

    Raises
    ------
    DataError
        An image or a mask cannot be read.

    Examples
    --------
    >>> from cvlib.data import open_dataset
    >>> table = score(open_dataset("simulated", images=16, seed=1)).table()
    >>> table.set_index(["measure", "class"]).loc[("precision", "surface_crack"), "value"] > 0.5
    np.True_
    """
    counted = []
    for index in tqdm(range(len(dataset)), "scoring", unit="image", disable=None if progress else True):
        found = predict(dataset.image(index), settings)
        counted.append(masks.count(found.transpose(2, 0, 1), dataset.mask(index).transpose(2, 0, 1)))
    member = dataset.frames["clip"] if groups is None else groups
    return Scored(Counts.join(counted), pd.factorize(np.asarray(member))[0])


class Study(NamedTuple):
    """Pre-labels of the same held-out images with several settings.

    Attributes
    ----------
    settings
        By name: ``authors``, ``authors, smooth`` and ``fitted``.
    scored
        By the same names.
    trained
        How many images ``fitted`` was fitted on.
    """

    settings: dict[str, Settings]
    scored: dict[str, Scored]
    trained: int

    def table(self, seed: int = 0) -> pd.DataFrame:
        """A row per settings, measure and class, see :meth:`Scored.table`.

        ``fitted - authors`` is the difference, paired over the same clips.
        """
        tables = [each.table(seed).assign(settings=name) for name, each in self.scored.items()]
        ours, theirs = self.scored["fitted"], self.scored["authors"]
        for measure in MEASURES:
            gap = masks.difference_interval(ours.counts, theirs.counts, ours.groups, measure, seed=seed)
            rows = pd.DataFrame(_rows(measure, gap, ours.groups))
            tables.append(rows.assign(settings="fitted - authors"))
        whole = pd.concat(tables, ignore_index=True)
        return whole[["settings", *whole.columns.drop("settings")]]


def study(dataset: Dataset, seed: int = 0, progress: bool = False) -> Study:
    """Score the authors' values and fitted ones on clips that the fit did not see.

    The clips are split as for the models (``cvlib.data.splits``, kind ``groups``); settings are fitted on the
    training part and all are scored on the test part. Where each image has a clip of its own, groups are
    looked for (``cvlib.data.duplicates.groups_of``).

    Parameters
    ----------
    dataset
        Images with true masks, of a dozen clips or more.
    seed
        Of the split.
    progress
        Whether to show bars.

    Raises
    ------
    DataError
        A record cannot be read, or the training part shows no defect.
    UserError
        There are too few clips to split.
    """
    labels, groups = dataset.labels(), groups_of(dataset)
    parts = split(dataset.frames, "groups", seed, labels, groups)
    train, test = (parts.positions(part, dataset.frames) for part in ("train", "test"))
    chosen = spread(train, labels.to_numpy(bool))
    try:
        fitted = fit_on(dataset, chosen)
    except ValueError as error:
        message = "no image to fit on shows a defect; name another data set"
        raise DataError(f"{dataset.title}: {message}") from error
    settings = {"authors": DEFAULT, "authors, smooth": Settings(AUTHORS_SMOOTH), "fitted": fitted}
    held_out = Subset(dataset, test.tolist())
    scored = {name: score(held_out, each, groups[test], progress) for name, each in settings.items()}
    return Study(settings, scored, len(chosen))


def store(dataset: Dataset, to: Path, seed: int = 0, progress: bool = True) -> pd.DataFrame:
    """Run :func:`study`; write its table, and its settings and where they come from.

    Parameters
    ----------
    dataset, seed, progress
        As of :func:`study`.
    to
        Folder for ``thresholds.csv`` and ``thresholds.json``.

    Raises
    ------
    UserError
        The folder cannot be written; else as :func:`study`.
    """
    done = study(dataset, seed, progress)
    table = done.table(seed)
    named = "path:DIR" if dataset.name.startswith("path:") else dataset.name
    facts = {
        "data set": dataset.title,
        "content (SHA-256)": dataset.fingerprint(),
        "images": len(dataset),
        "fitted on": done.trained,
        "split": {"kind": "groups", "seed": seed},
        "settings": {name: each.to_json() for name, each in done.settings.items()},
        "code": commit(),
        "command": f"cvlib annotate score {named} --to DIR",
    }
    try:
        to.mkdir(parents=True, exist_ok=True)
        write_bytes(to / TABLE, csv_bytes(table))
        write_bytes(to / RECORD, json_bytes(facts))
    except OSError as error:
        raise UserError(f"{to}: {reason_unwritten(error)}") from error
    return table


def stored(dataset: str) -> pd.DataFrame:
    """What :func:`store` wrote for a data set of ``results``; UserError if there is nothing."""
    return scores.stored(dataset, TABLE, "score")
