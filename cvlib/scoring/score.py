"""From a file or folder of predictions to a score card: what ``cvlib score`` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cvlib.data import Dataset
from cvlib.data.channels import Order
from cvlib.data.duplicates import groups_of
from cvlib.data.findings import one_line
from cvlib.data.parting import COATINGS, XRAYS
from cvlib.data.xrays import Xrays
from cvlib.errors import UserError
from cvlib.provenance import commit, versions_of
from cvlib.scoring import tables
from cvlib.scoring.boxes import read_yolo_folder, refuse_no_boxes, scored_boxes, sizes_of
from cvlib.scoring.card import Card, Section
from cvlib.scoring.coco import read_coco_results
from cvlib.scoring.ends import Truth, scored_ends
from cvlib.scoring.files import files_of, fingerprint, refuse_absent
from cvlib.scoring.images import Chosen, choose
from cvlib.scoring.labels import read_scores, scored_labels
from cvlib.scoring.masks import read_masks
from cvlib.scoring.points import read_ends_csv, read_ends_folder
from cvlib.verdict import unlike_data


@dataclass(frozen=True)
class Request:
    """What is to be scored, and how it is called.

    Attributes
    ----------
    predictions
        File or folder.
    split
        As :func:`cvlib.scoring.images.choose` takes it.
    seed
        Of the intervals.
    title
        Of the row; the name of the file or folder where empty.
    repeats
        The published model that the predictions are said to come from, a key of
        ``cvlib.scoring.tables.REPEATABLE``; empty for none.
    progress
        Show progress bars on the standard error stream.
    """

    predictions: Path
    split: str = "groups"
    seed: int = 0
    title: str = ""
    repeats: str = ""
    progress: bool = False

    @property
    def name(self) -> str:
        """Of the file or folder."""
        return self.predictions.name or self.predictions.absolute().name

    def refuse(self, task: str) -> None:
        """UserError for what is seen to be wrong before a data set is gone through."""
        if self.repeats and self.repeats not in tables.REPEATABLE[task]:
            known = ", ".join(tables.REPEATABLE[task]) or "none for this task"
            message = f"--repeats {self.repeats}: no such published model, expected {known}"
            raise UserError(f"{message}; leave it out")
        refuse_absent(self.predictions)


def score_segmentation(request: Request, data: Dataset, order: Order = "RGBA") -> Card:
    """Score a folder of masks, see :func:`cvlib.scoring.masks.read_masks`."""
    request.refuse("segmentation")
    chosen = _chosen(request, data)
    scored, remarks = read_masks(request.predictions, data, chosen, order, request.progress)
    sections = tables.of_masks(scored, data.class_titles, _unlike(data), request.seed)
    wanted = set(chosen.wanted)
    files = [each for each in files_of(request.predictions, ".png") if each.stem in wanted]
    return _card("segmentation", request, data, chosen, sections, remarks, files, {"order": order})


def score_detection(
    request: Request, data: Dataset, instances: Path | None = None, confidence: float | None = None
) -> Card:
    """Score a folder of YOLO text files, or a COCO results file; see ``boxes`` and ``coco``."""
    request.refuse("detection")
    path = request.predictions
    if path.is_dir() and instances:
        raise UserError(f"--instances explains a results file, and {path} is a folder; leave it out")
    chosen = _chosen(request, data)
    sizes = sizes_of(data, np.concatenate([chosen.test, chosen.validation]))
    read = read_yolo_folder if path.is_dir() else partial(read_coco_results, instances=instances)
    found, remarks = read(path, sizes=sizes, chosen=chosen)
    scored, told = scored_boxes(found, data, chosen, sizes, confidence)
    refuse_no_boxes(len(scored.truths), data.title)
    sections = tables.of_boxes(scored, data.class_titles, _unlike(data), request.repeats, request.seed)
    files = [*files_of(path, ".txt"), *([instances] if instances else [])]
    settings = {"confidence": None if np.isnan(scored.confidence) else scored.confidence}
    return _card("detection", request, data, chosen, sections, remarks + told, files, settings)


def score_classification(request: Request, data: Dataset, threshold: float | None = None) -> Card:
    """Score a CSV of labels, see :func:`cvlib.scoring.labels.read_scores`."""
    request.refuse("classification")
    chosen = _chosen(request, data)
    found, remarks = read_scores(request.predictions, chosen)
    scored, told = scored_labels(found, data, chosen, threshold)
    sections = tables.of_labels(scored, data.class_titles, _unlike(data), request.repeats, request.seed)
    settings = {"thresholds": scored.thresholds.tolist()}
    files = [request.predictions]
    return _card("classification", request, data, chosen, sections, remarks + told, files, settings)


def score_localization(request: Request, data: Xrays) -> Card:
    """Score a CSV or folder of plate ends, see ``points``."""
    request.refuse("localization")
    path = request.predictions
    chosen = choose(request.split, data.frames, data.groups, partial(_polarities, data), XRAYS)
    shapes = [data.image(int(at)).shape for at in chosen.test]
    sizes = {name: (shape[0], shape[1]) for name, shape in zip(chosen.wanted, shapes, strict=True)}
    read = read_ends_folder if path.is_dir() else read_ends_csv
    found, remarks = read(path, sizes, chosen)
    own, told = scored_ends(found, Truth.of(data, chosen.test), chosen, request.seed)
    unlike = "simulated data" if data.origin == "simulated" else "other X-rays"
    sections = tables.of_ends(own, chosen.groups[chosen.test], unlike, request.seed)
    files = files_of(path, ".npy", "**/*")
    return _card("localization", request, data, chosen, sections, remarks + told, files, {})


def _polarities(data: Xrays) -> pd.DataFrame:
    return pd.DataFrame(data.counts() > 0, columns=["negative", "positive"], index=data.frames["name"])


def _chosen(request: Request, data: Dataset) -> Chosen:
    groups = groups_of(data, request.progress)
    return choose(request.split, data.frames, groups, data.labels, COATINGS)


def _unlike(data: Dataset) -> str:
    return unlike_data(data.name, data.origin)


def _card(
    task: str,
    request: Request,
    data: Dataset | Xrays,
    chosen: Chosen,
    sections: Sequence[Section],
    remarks: Sequence[str],
    files: Iterable[Path],
    settings: Mapping[str, Any],
) -> Card:
    groups = chosen.groups[chosen.test]
    return Card(
        task=task,
        table=tables.TABLES[task],
        name=one_line(request.title or request.name),
        convention=f"{tables.CONVENTIONS[task]} {tables.resampled(groups, request.seed)}",
        images=f"{chosen.told}; {data.title}",
        remarks=list(remarks),
        sections=sections,
        provenance=_provenance(request, data, chosen, files, settings),
    )


def _provenance(
    request: Request,
    data: Dataset | Xrays,
    chosen: Chosen,
    files: Iterable[Path],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    groups = len(np.unique(chosen.groups[chosen.test]))
    about = {"name": "path:DIR" if data.name.startswith("path:") else data.name, "title": data.title}
    return {
        "data": {**about, "origin": data.origin, "content_sha256": data.fingerprint()},
        "predictions": {"name": request.name, "content_sha256": fingerprint(files)},
        "images": {"split": chosen.how, "scored": len(chosen.test), "groups": groups},
        "settings": {"seed": request.seed, "repeats": request.repeats, **settings},
        "code": commit(),
        "versions": versions_of(["coatingvision-companion", "numpy", "opencv-python-headless"]),
    }
