"""Steps 2, 3 and 5 of paper 1's pipeline on a folder under review: learn, label the rest, order the queue."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from cvlib.annotate.ensemble import Labeller, Rule, decide, disagreement, labeller, members, priority, queue
from cvlib.annotate.review import Workspace
from cvlib.annotate.review.log import now
from cvlib.annotate.review.versions import REVIEW
from cvlib.annotate.reviewed import ReviewedStudy
from cvlib.annotate.scores import Corrected
from cvlib.data import Dataset, Subset
from cvlib.data.duplicates import groups_of
from cvlib.data.files import csv_bytes, json_bytes, read_bytes, read_image, reason_unwritten, write_bytes
from cvlib.data.findings import bad_file
from cvlib.data.image_folder import ImageFolder
from cvlib.data.manifest import scan_frames
from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.measure import masks
from cvlib.measure.counts import Counts
from cvlib.provenance import commit
from cvlib.runs import Run

ROUNDS = "rounds"


class Shown(Dataset):
    """The images of a review with the masks they have now.

    Attributes
    ----------
    frames
        ``name`` and ``clip``: from ``frames.csv`` beside the folder of the images where it names them all;
        else images that overlap share one.
    """

    origin = "unknown"

    def __init__(self, workspace: Workspace, progress: bool = False) -> None:
        self.workspace = workspace
        self.name = f"path:{workspace.masks}"
        self.title = f"masks in {workspace.masks.name}"
        names = [item.name for item in workspace.items]
        self.frames = pd.DataFrame({"name": names, "clip": _clips(workspace, names, progress)})

    def image(self, index: int) -> np.ndarray:
        """The image at a position: (H, W, 3) uint8, RGB."""
        return read_image(self.workspace.items[index].image)

    def mask(self, index: int) -> np.ndarray:
        """The mask at a position, as it is on disk: (H, W, 4) bool."""
        return np.ascontiguousarray(self.workspace.planes(index).transpose(1, 2, 0))

    def fingerprint(self) -> str:
        """A SHA-256 over the reviewed images, their clips and their masks."""
        digest = hashlib.sha256(self.frames.to_csv().encode())
        for index in self.workspace.reviewed():
            digest.update(
                read_bytes(self.workspace.items[index].image) + self.workspace.planes(index).tobytes()
            )
        return digest.hexdigest()


def _clips(workspace: Workspace, names: Sequence[str], progress: bool) -> Sequence[Any]:
    stored = scan_frames(workspace.images.resolve().parent)
    if stored is not None:
        known = dict(zip(stored[0]["name"], stored[0]["clip"], strict=True))
        if known.keys() >= set(names):
            return [known[name] for name in names]
    folder = ImageFolder(workspace.images)
    found = dict(zip((path.stem for path in folder.paths), groups_of(folder, progress), strict=True))
    return [found[name] for name in names]


@dataclass(frozen=True)
class Round:
    """What a round did.

    Attributes
    ----------
    number
        From 1.
    runs
        Of the networks.
    reviewed, labelled, waiting
        Images learnt from, labelled anew, and left alone because somebody's strokes on them are not saved.
    corrected
        What the labels of before were worth on the images that were reviewed since; None if there are none.
    order
        The file for ``cvlib review --order``; None if every image is reviewed.
    before, after
        Mean F1 of the labels shown before, and of the networks', on reviewed images that picked the
        checkpoint: none was learnt from. NaN where they show no defect.
    """

    number: int
    runs: tuple[Run, ...]
    reviewed: int
    labelled: int
    waiting: int
    corrected: Corrected | None
    order: Path | None
    before: float
    after: float

    @property
    def worse(self) -> bool:
        """Whether the networks' labels are worse than those they would replace."""
        return self.after < self.before


def next_round(
    workspace: Workspace,
    profile: str = "quick",
    overrides: Sequence[str] = (),
    seed: int = 0,
    rule: Rule = "mean",
    anyway: bool = False,
    progress: bool = False,
    say: Callable[[str], object] = print,
) -> Round:
    """Train networks on what was reviewed, label what nobody has touched, and say what to review next.

    Masks that somebody saved or drew on in the review stay as they are, and so do all masks where the
    networks label worse than what was there. Of every mask replaced, the one before stays among
    the versions of the review. In ``review/rounds`` of the masks' folder, ``N.csv`` has the order of the
    queue (``image``, and as ``disagreement`` its :func:`cvlib.annotate.ensemble.priority`) and ``N.json`` the
    record of the round. Both are written last: a round that was stopped is done again, and its networks are
    loaded, not trained again.

    Parameters
    ----------
    workspace
        Open, so that nobody draws meanwhile.
    profile, overrides, seed
        Of the networks, as segmentation runs take them.
    rule
        How several opinions become one label, see :func:`cvlib.annotate.ensemble.decide`.
    anyway
        Replace labels also where the networks' are worse, see :class:`Round`.
    progress
        Show progress bars on the standard error stream.
    say
        Told, in a sentence each, what is being done.

    Raises
    ------
    UserError
        Nothing is reviewed, or too little to learn from; the profile is unknown; or an image or a mask is bad
        or cannot be written.
    """
    data = Shown(workspace, progress)
    study = study_of(data, profile, overrides)
    reviewed, rest = workspace.reviewed(), workspace.untouched()
    for at in rest:  # what cannot be read or replaced is told before anything is trained
        data.image(at), workspace.planes(at)
    corrected = _corrected(workspace, data)
    runs = tuple(study.run(model, seed=seed, progress=progress, say=say) for model in members(profile))
    opinions = labeller(study, runs)
    picked = [reviewed[at] for at in study.positions("groups")["validation"]]
    before = _f1(workspace, picked, workspace.shown_first)
    after = _f1(workspace, picked, lambda at: decide(opinions(data.image(at)), rule))
    replace = anyway or not after < before
    disputed = priority(_relabel(workspace, rest, opinions, rule if replace else None, progress))
    number = _last(workspace) + 1
    order = _folder(workspace) / f"{number}.csv" if rest else None
    labelled, waiting = len(rest) if replace else 0, len(data) - len(rest) - len(reviewed)
    done = Round(number, runs, len(reviewed), labelled, waiting, corrected, order, before, after)
    frames = data.frames.iloc[rest].assign(disagreement=disputed).rename(columns={"name": "image"})
    placed = frames.iloc[queue(disputed, frames["clip"].to_numpy())][["image", "disagreement"]]
    names = data.frames["name"].iloc[reviewed].tolist()
    _write(_folder(workspace) / f"{number}.json", done, placed, {"reviewed": names, "rule": rule})
    return done


def _f1(workspace: Workspace, positions: Sequence[int], label: Callable[[int], np.ndarray]) -> float:
    """Mean F1 of labels of reviewed images, pooled."""
    counts = Counts.join(masks.count(label(at), workspace.planes(at)) for at in positions)
    return masks.mean_over_classes(masks.score(counts))


def study_of(data: Shown, profile: str, overrides: Sequence[str]) -> ReviewedStudy:
    """What was reviewed, ready to be learnt from; UserError where it is too little."""
    workspace = data.workspace
    reviewed = workspace.reviewed()
    if not reviewed:
        command = shlex.join(["cvlib", "review", str(workspace.images), str(workspace.masks)])
        message = f"no mask is reviewed; review some with {command} --channels {workspace.channels}"
        raise UserError(f"{workspace.masks}: {message}")
    if data.frames["clip"][reviewed].nunique() < 2:
        message = "all reviewed images show one piece of coating, expected two at least: one to learn from"
        raise UserError(f"{workspace.masks}: {message}, one to choose on; review an image of another piece")
    return ReviewedStudy(Subset(data, reviewed), profile, overrides)


def _corrected(workspace: Workspace, data: Shown) -> Corrected | None:
    """Of the images that were reviewed since the last round."""
    before = {name for record in _records(workspace) for name in record["reviewed"]}
    since = [at for at in workspace.reviewed() if data.frames["name"][at] not in before]
    if not since:
        return None
    pairs = ((workspace.shown_first(at), workspace.planes(at)) for at in since)
    return Corrected.of(pairs, data.frames["clip"].to_numpy()[since])


def _relabel(
    workspace: Workspace, positions: Sequence[int], opinions: Labeller, rule: Rule | None, progress: bool
) -> np.ndarray:
    """Label images, or None leaves their masks alone; what the networks differ in on each, by class."""
    disputed = np.zeros((len(positions), len(CLASSES)))
    shown = tqdm(positions, "labelling", unit="image", disable=None if progress else True)
    for number, at in enumerate(shown):
        found = opinions(read_image(workspace.items[at].image))
        disputed[number] = disagreement(found)
        if rule is not None:
            workspace.relabel(at, decide(found, rule))
    return disputed


def _folder(workspace: Workspace) -> Path:
    return workspace.masks / REVIEW / ROUNDS


def _last(workspace: Workspace) -> int:
    """The highest number that a round has used; 0 before the first."""
    there = _folder(workspace).glob("*.*")
    return max((int(path.stem) for path in there if re.fullmatch("[1-9][0-9]*", path.stem)), default=0)


def _records(workspace: Workspace) -> list[dict[str, Any]]:
    """What earlier rounds wrote, by number; DataError where one is damaged."""
    records = []
    for number in range(1, _last(workspace) + 1):
        path = _folder(workspace) / f"{number}.json"
        if not path.exists():
            continue
        try:
            record = json.loads(read_bytes(path))
            record["reviewed"]
        except (ValueError, KeyError, TypeError) as error:
            message = "not what a round wrote; move it away to go on without it"
            raise bad_file(str(path), message) from error
        records.append(record)
    return records


def _write(path: Path, done: Round, order: pd.DataFrame, facts: dict[str, Any]) -> None:
    facts |= {
        "labelled": done.labelled,
        "networks": {run.settings.model: run.id for run in done.runs},
        "labels of before": done.corrected.facts() if done.corrected else None,
        "code": commit(),
        "time": now(),
    }
    try:
        path.parent.mkdir(exist_ok=True)
        if done.order:
            write_bytes(done.order, csv_bytes(order))
        write_bytes(path, json_bytes(facts))
    except OSError as error:
        raise UserError(f"{path}: {reason_unwritten(error)}") from error
