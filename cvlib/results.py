"""Numbers measured on data that may not travel with this project: small tables under ``results/``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cvlib.data import open_dataset
from cvlib.data.channels import Channels
from cvlib.errors import UserError
from cvlib.provenance import commit
from cvlib.runs import Run
from cvlib.segment.benchmark import scores
from cvlib.segment.scoring import Scored
from cvlib.survey import survey

FOLDER = Path(__file__).resolve().parents[1] / "results"


def objects(dataset: str) -> pd.DataFrame:
    """The stored table of objects of a data set, as ``cvlib.survey.survey`` measured it.

    Raises
    ------
    UserError
        If no table is stored for it.
    """
    path = FOLDER / dataset / "objects.csv"
    if not path.exists():
        command = f"cvlib data objects {dataset} --to {path.parent}"
        raise UserError(f"{path}: no stored numbers for {dataset!r}; measure it with {command}")
    return pd.read_csv(path, dtype={"image": str})


def store_objects(dataset: str, to: Path, progress: bool = True, channels: Channels = "auto") -> int:
    """Measure every object of a data set and write ``objects.csv`` and ``provenance.json`` into a folder.

    Returns
    -------
    How many objects there are.
    """
    data = open_dataset(dataset, channels=channels)
    try:
        to.mkdir(parents=True, exist_ok=True)
        table = survey(data, progress).objects
        facts = {
            "data set": data.title,
            "content (SHA-256)": data.fingerprint(),
            "images": len(data),
            "code": commit(),
            "command": f"cvlib data objects {dataset} --to DIR --channels {channels}",
        }
        _write(to / "objects.csv", table.to_csv(index=False, float_format="%.4f", lineterminator="\n"))
        _write(to / "provenance.json", json.dumps(facts, indent=2) + "\n")
    except OSError as error:
        raise UserError(f"{to}: cannot be written ({error.strerror}); name a folder with room") from None
    return len(table)


def segmentation(dataset: str) -> pd.DataFrame:
    """The stored scores of segmentation runs on a data set, as :func:`store_segmentation` wrote them.

    Raises
    ------
    UserError
        None are stored for it.
    """
    path = FOLDER / dataset / "segmentation.csv"
    if not path.exists():
        command = f"cvlib train segmentation unet-resnet18 opencv --dataset {dataset} --to {path.parent}"
        raise UserError(f"{path}: no stored scores for {dataset!r}; get them with {command}")
    return pd.read_csv(path)


def store_segmentation(runs: Sequence[Run], to: Path) -> None:
    """Write the scores of runs, with intervals over clips, and where they come from.

    Parameters
    ----------
    runs
        Finished segmentation runs.
    to
        Folder for ``segmentation.csv`` (a row per run, measure and class) and ``segmentation.json``.
    """
    rows, facts = [], []
    for run in runs:
        scored, settings = Scored.of(run), run.settings
        about = {"model": settings.model, "profile": settings.profile, "seed": settings.seed}
        about |= {"split": settings.split["kind"]}
        size = {"images": len(scored.names), "groups": len(set(scored.groups.tolist()))}
        for measure in ("dice", "iou"):
            for defect, interval in scores({settings.model: scored}, measure)[settings.model].items():
                rows.append(about | {"measure": measure, "class": defect, **interval._asdict(), **size})
        told = json.loads(settings.to_json())
        told["dataset"] = "path:DIR" if settings.dataset.startswith("path:") else settings.dataset
        facts.append({"run": run.id, "settings": told, "environment": dict(run.environment)})
    try:
        to.mkdir(parents=True, exist_ok=True)
        table = pd.DataFrame(rows).to_csv(index=False, float_format="%.4f", lineterminator="\n")
        _write(to / "segmentation.csv", table)
        _write(to / "segmentation.json", json.dumps({"runs": facts}, indent=2) + "\n")
    except OSError as error:
        raise UserError(f"{to}: cannot be written ({error.strerror}); name a folder with room") from None


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
