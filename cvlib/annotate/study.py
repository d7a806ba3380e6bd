"""The loop as a run that is stored, and what its states are worth, with intervals."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cvlib import runs
from cvlib.annotate import scores
from cvlib.annotate.check import cross_validated
from cvlib.annotate.ensemble import members
from cvlib.annotate.loop import DISPUTED, FITTED, NETWORKS, RANDOM, THRESHOLDS, Loop, State
from cvlib.annotate.reviewed import ReviewedStudy
from cvlib.annotate.scores import MEAN, Corrected, per_image
from cvlib.data import Subset
from cvlib.data.files import csv_bytes, json_bytes, reason_unwritten, write_bytes
from cvlib.defects import CLASSES
from cvlib.errors import UserError
from cvlib.measure import masks
from cvlib.measure.counts import ByClass, Counts
from cvlib.measure.intervals import Interval
from cvlib.provenance import code_of, versions_of
from cvlib.runs import Run

STATES, TABLE, RECORD = "states.npz", "annotation.csv", "annotation.json"
TODO, PIXELS = "objects to correct per image", "pixels to correct per image"
CHECKED = f"{NETWORKS}, cross-validated"

_CODE = (
    *(f"cvlib.annotate.{name}" for name in ("ensemble", "loop", "reviewed", "scores")),
    "cvlib.baseline",
    "cvlib.measure.corrections",
    "cvlib.measure.masks",
    "cvlib.training.classical",
)


def run(loop: Loop) -> Run:
    """The run of a loop: loaded, or gone through now.

    Its networks are runs of their own, so that a loop that was stopped goes on with the next network.
    """
    return runs.obtain(settings(loop), lambda folder: _make(loop, folder), loop.say)


def settings(loop: Loop) -> runs.Settings:
    """What decides the numbers of a loop."""
    recipe = ReviewedStudy(loop.data, loop.profile, loop.overrides).recipe(members(loop.profile)[0])
    return runs.Settings(
        task="annotation",
        model=" + ".join(members(loop.profile)),
        profile=recipe.profile,
        dataset=loop.data.name,
        content=loop.data.fingerprint(),
        split={"kind": "groups", "seed": loop.seed, "test": loop.plan.test},
        seed=loop.seed,
        options={**recipe.options, **{f"loop {name}": value for name, value in asdict(loop.plan).items()}},
        versions=versions_of((*recipe.libraries, "scipy")) | {"code": code_of((*recipe.code, *_CODE))},
    )


def _make(loop: Loop, folder: Path) -> Mapping[str, Any]:
    states = loop.states()
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        groups=loop.groups[loop.test],
        names=np.array([[state.labeller, state.order] for state in states]),
        reviewed=np.array([state.reviewed for state in states]),
        counts=np.array([state.labels.counts.to_array() for state in states]),
        todo=np.array([state.labels.todo for state in states]),
        seen=np.array([state.seen for state in states]),
    )
    write_bytes(folder / STATES, buffer.getvalue())
    return {told(each): masks.mean_over_classes(masks.score(each.labels.counts)) for each in states}


def check(loop: Loop) -> Corrected:
    """Cross-validation on as many random images as the rounds add up to: step 6 of the pipeline."""
    reviewed = np.sort(loop.random[: loop.plan.batch * loop.plan.rounds])
    data = Subset(loop.data, reviewed.tolist())
    return cross_validated(
        data,
        loop.groups[reviewed],
        profile=loop.profile,
        overrides=loop.overrides,
        seed=loop.seed,
        progress=loop.progress,
        say=loop.say,
    )


def states_of(run: Run) -> list[State]:
    """The states of a loop; UserError if the file is damaged."""
    path = run.path(STATES)
    try:
        with np.load(io.BytesIO(path.read_bytes())) as stored:
            groups = stored["groups"]
            held = [stored[name] for name in ("names", "reviewed", "counts", "todo", "seen")]
            return [
                State(
                    str(who),
                    str(order),
                    int(reviewed),
                    Corrected(Counts.from_array(counts), todo, groups),
                    seen,
                )
                for (who, order), reviewed, counts, todo, seen in zip(*held, strict=True)
            ]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        message = f"{path}: damaged ({error}); drop the run with cvlib runs prune {run.id}"
        raise UserError(f"{message} and go through the loop again") from None


def table(states: Sequence[State], checked: Corrected | None = None) -> pd.DataFrame:
    """What the labels of each state are worth, and how much better some are than others.

    Parameters
    ----------
    states
        Of a loop.
    checked
        Of its cross-validation, as :func:`check` gives it.

    Returns
    -------
    pandas.DataFrame
        One row per state, measure and class: ``labels``, ``order``, ``reviewed``; ``than``, empty, or for a
        difference which other state it is to, in words; ``measure`` (``SCORES``, ``TODO`` or ``PIXELS``);
        ``class``, one of the four or ``MEAN`` (per image: the sum); ``value``, ``low`` and ``high``, 95 %
        over groups; ``seen``, of ``TODO``: the same of the images reviewed last, in the labels that the
        reviewer was shown.
    """
    rows = [row for state in states for row in _worth(_about(state), state.labels, state.seen)]
    if checked is not None:
        about = {"labels": CHECKED, "order": RANDOM, "reviewed": len(checked.todo), "than": ""}
        rows += _worth(about, checked, None)
    for one, other in comparisons(states):
        about = {**_about(one), "than": told(other)}
        ours, theirs, groups = one.labels, other.labels, one.labels.groups
        rows += _rows(about, "F1", masks.difference_interval(ours.counts, theirs.counts, groups))
        rows += _rows(about, TODO, per_image(ours.todo - theirs.todo, groups))
        rows += _rows(about, PIXELS, per_image(ours.wrong - theirs.wrong, groups))
    return pd.DataFrame(rows)


def _about(state: State) -> dict[str, Any]:
    return {"labels": state.labeller, "order": state.order, "reviewed": state.reviewed, "than": ""}


def _worth(about: Mapping[str, Any], labels: Corrected, seen: np.ndarray | None) -> list[dict[str, Any]]:
    rows = [row for name, found in labels.scores().items() for row in _rows(about, name, found)]
    rows += _rows(about, TODO, per_image(labels.todo, labels.groups), seen)
    return rows + _rows(about, PIXELS, per_image(labels.wrong, labels.groups))


def told(state: State) -> str:
    """A state in words."""
    if not state.reviewed:
        return state.labeller
    return f"{state.labeller}, {state.reviewed} images, {state.order}"


def comparisons(states: Sequence[State]) -> list[tuple[State, State]]:
    """What the labels after all rounds, most disputed first, are set against.

    The labels before any review; those of as many and of more images in random order; thresholds fitted to
    as many images.
    """
    last = max((each for each in states if each.order == DISPUTED), key=lambda each: each.reviewed)
    others = [
        each
        for each in states
        if each.labeller == THRESHOLDS
        or (each.order == RANDOM and each.labeller in (NETWORKS, FITTED) and each.reviewed >= last.reviewed)
    ]
    return [(last, other) for other in others]


def _rows(
    about: Mapping[str, Any], measure: str, found: ByClass, seen: np.ndarray | None = None
) -> list[dict[str, Any]]:
    intervals: dict[str, Interval] = dict(zip((*CLASSES, MEAN), (*found.classes, found.mean), strict=True))
    shown = dict.fromkeys(intervals, np.nan)
    if seen is not None:
        shown = dict(zip(intervals, (*seen, seen.sum()), strict=True))
    return [
        {**about, "measure": measure, "class": name, **interval._asdict(), "seen": shown[name]}
        for name, interval in intervals.items()
    ]


def tables(loops: Sequence[Loop]) -> pd.DataFrame:
    """The tables of loops, gone through now where they are not stored as runs, with a column ``seed``."""
    found = [table(states_of(run(loop)), check(loop)).assign(seed=loop.seed) for loop in loops]
    return pd.concat(found, ignore_index=True)


def store(loops: Sequence[Loop], to: Path) -> pd.DataFrame:
    """Write :func:`tables` of loops, and where they come from; UserError if that fails."""
    joined, facts = tables(loops), []
    for each in map(run, loops):
        told = {**asdict(each.settings), "dataset": _named(each.settings.dataset)}
        facts.append({"run": each.id, "settings": told, "environment": dict(each.environment)})
    try:
        to.mkdir(parents=True, exist_ok=True)
        write_bytes(to / TABLE, csv_bytes(joined))
        write_bytes(to / RECORD, json_bytes({"runs": facts}))
    except OSError as error:
        raise UserError(f"{to}: {reason_unwritten(error)}") from error
    return joined


def stored(dataset: str) -> pd.DataFrame:
    """What :func:`store` wrote for a data set of ``results``; UserError if there is nothing."""
    return scores.stored(dataset, TABLE, "loop").fillna({"than": ""})


def _named(dataset: str) -> str:
    return "path:DIR" if dataset.startswith("path:") else dataset
