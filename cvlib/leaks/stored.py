"""Repeats found on photographs that may not travel with this project: small tables under ``results/``."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pandas as pd

from cvlib.data import open_dataset
from cvlib.data.duplicates import LEAST, groups_from, groups_of
from cvlib.data.files import csv_bytes, json_bytes, reason_unwritten, write_bytes
from cvlib.data.hashes import near
from cvlib.data.repeats import BITS, PairScores, Repeats, find
from cvlib.errors import UserError
from cvlib.leaks import memory
from cvlib.provenance import commit, versions_of

FOLDER = Path(__file__).resolve().parents[2] / "results"

AGREEMENT, MEMORY, FACTS = "duplicates.csv", "memory.csv", "duplicates.json"

STRICT = 0.9
"""Correlation from which pictures of still things that look much alike count as overlapping: of the magnetic
tiles' pairs above it 98 % are of one clip, above ``LEAST`` 40 %."""


def agreement(found: Repeats, clips: pd.Series) -> pd.DataFrame:
    """How pairs and groups agree with known clips, by threshold.

    Parameters
    ----------
    found
        Repeats of a data set, with pairs kept from ``LEAST`` on at most.
    clips
        Its clips.

    Returns
    -------
    One row per way of finding and threshold: ``way``, ``threshold`` (bits or correlation), ``pairs``,
    ``precision`` and ``recall`` of pairs of one clip.
    """
    rows: list[tuple[str, float, PairScores]] = []
    for bits in (BITS // 2, BITS, 2 * BITS):
        pairs, _ = near(found.hashes, bits)
        alike = pd.DataFrame(pairs, columns=["first", "second"])
        rows.append(("perceptual hash", bits, replace(found, alike=alike).score_against(clips)["alike"]))
    for least in (LEAST, 0.85, STRICT, 0.95):
        scores = replace(found, least=least).score_against(clips)
        rows.append(("correlation", least, scores["overlapping"]))
    for least in (LEAST, STRICT):
        groups = groups_from(found.compared[found.compared["score"] >= least], len(found.names))
        rows.append(
            ("groups by correlation", least, replace(found, groups=groups).score_against(clips)["groups"])
        )
    return pd.DataFrame(
        [
            {
                "way": way,
                "threshold": threshold,
                "pairs": score.found,
                "precision": score.precision,
                "recall": score.recall,
            }
            for way, threshold, score in rows
        ]
    )


def store(name: str, to: Path) -> None:
    """Look for repeats in a data set, try the memoriser on it, and write both with their provenance.

    Parameters
    ----------
    name
        As ``open_dataset`` takes it.
    to
        Folder for ``duplicates.csv``, ``memory.csv`` and ``duplicates.json``.

    Raises
    ------
    UserError
        The data set is not there, or the folder cannot be written.
    """
    data = open_dataset(name)
    found = find(data, least=STRICT, kept=-1)
    remembered = memory.gains(data, found, groups_of(data))
    facts = {
        "data set": data.title,
        "content (SHA-256)": data.fingerprint(),
        "images": len(data),
        "clips": int(data.frames["clip"].nunique()),
        "identical images": len(found.identical),
        "code": commit(),
        "packages": versions_of(("numpy", "opencv-python-headless", "pillow")),
        "command": f"cvlib data leaks {name} --to DIR",
    }
    files = {
        AGREEMENT: csv_bytes(agreement(found, data.frames["clip"])),
        MEMORY: csv_bytes(_long(remembered)),
        FACTS: json_bytes(facts),
    }
    try:
        to.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            write_bytes(to / file, content)
    except OSError as error:
        raise UserError(f"{to}: {reason_unwritten(error)}") from error


def stored(name: str) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, object]]:
    """What :func:`store` wrote: agreement with the clips, the memoriser's scores, and where they come from.

    UserError where nothing is stored for that data set.
    """
    folder = FOLDER / name
    try:
        agreed, remembered = (pd.read_csv(folder / file) for file in (AGREEMENT, MEMORY))
        return agreed, remembered, json.loads((folder / FACTS).read_text("utf-8"))
    except FileNotFoundError as error:
        command = shlex.join(["cvlib", "data", "leaks", name, "--to", str(folder)])
        raise UserError(
            f"{error.filename}: no stored numbers for {name!r}; get them with {command}"
        ) from error


def _long(remembered: pd.DataFrame) -> pd.DataFrame:
    """A row per task."""
    about = ["images", "split", "by", "tested", "overlapping"]
    return pd.DataFrame(
        [
            {**row[about].to_dict(), "task": task, **row[task]._asdict()}
            for _, row in remembered.iterrows()
            for task in memory.TASKS
        ]
    )
