"""Numbers measured on data that may not travel with this project: small tables under ``results/``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pandas as pd

from cvlib import tasks
from cvlib.data import open_dataset
from cvlib.data.channels import Channels
from cvlib.data.files import csv_bytes, json_bytes, write_bytes
from cvlib.errors import UserError
from cvlib.provenance import commit
from cvlib.runs import Run
from cvlib.survey import survey
from cvlib.training.plan import Task

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
        command = shlex.join(["cvlib", "data", "objects", dataset, "--to", str(path.parent)])
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
        write_bytes(to / "objects.csv", csv_bytes(table))
        write_bytes(to / "provenance.json", json_bytes(facts))
    except OSError as error:
        raise UserError(f"{to}: cannot be written ({error.strerror}); name a folder with room") from None
    return len(table)


def scores(task: Task, dataset: str) -> pd.DataFrame:
    """The stored scores of runs on a data set, as :func:`store_scores` wrote them.

    Raises
    ------
    UserError
        None are stored for it.
    """
    path = FOLDER / dataset / f"{task}.csv"
    if not path.exists():
        models = dict.fromkeys(job.model for job in tasks.shown(task))
        options = ["--dataset", dataset, "--to", str(path.parent)]
        command = shlex.join(["cvlib", "train", task, *models, *options])
        raise UserError(f"{path}: no stored scores for {dataset!r}; get them with {command}")
    return pd.read_csv(path)


def store_scores(runs: Sequence[Run], to: Path) -> None:
    """Write the scores of runs, with intervals over clips, and where they come from.

    Parameters
    ----------
    runs
        Finished runs of one task.
    to
        Folder for ``TASK.csv`` (a row per run, measure and class) and ``TASK.json``.
    """
    task = cast(Task, runs[0].settings.task)
    rows, facts = [], []
    for run in runs:
        settings = run.settings
        about = {"model": settings.model, "profile": settings.profile, "seed": settings.seed}
        about |= {"split": settings.split["kind"]}
        rows += [about | row for row in tasks.module(task, "benchmark").rows(run)]
        told = json.loads(settings.to_json())
        told["dataset"] = "path:DIR" if settings.dataset.startswith("path:") else settings.dataset
        facts.append({"run": run.id, "settings": told, "environment": dict(run.environment)})
    try:
        to.mkdir(parents=True, exist_ok=True)
        write_bytes(to / f"{task}.csv", csv_bytes(pd.DataFrame(rows)))
        write_bytes(to / f"{task}.json", json_bytes({"runs": facts}))
    except OSError as error:
        raise UserError(f"{to}: cannot be written ({error.strerror}); name a folder with room") from None
