"""Tables of the chapter on annotation, as texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cvlib.annotate.compare import Compared
from cvlib.annotate.frames import Extracted, Why
from cvlib.annotate.prelabel_settings import SETTINGS, Settings
from cvlib.annotate.prelabels import RULES
from cvlib.annotate.scores import MEAN, SCORES, per_image
from cvlib.annotate.study import PIXELS, TODO
from cvlib.measure import masks
from cvlib.measure.intervals import Interval
from cvlib.training.report import behind, in_digits

REASONS: dict[Why, str] = {
    "identical": "the same pixels as an earlier frame",
    "alike": "a perceptual hash near that of a kept frame",
    "overlapping": "more than half of it is on a kept frame",
    "": "kept",
}

STATE = ["seed", "labels", "order", "reviewed"]

TOOLS = (
    ("load a folder of images and a folder of masks", "yes", "yes"),
    ("save the mask; previous and next image", "yes", "yes"),
    ("brush, eraser, size of 1 to 50 px", "yes", "yes"),
    ("classes", "one layer", "four, edited independently"),
    ("undo and redo", "no", "yes, of every stroke since the last save"),
    ("zoom; opacity of the mask", "no; fixed at 40 %", "yes; 0 to 100 %"),
    ("earlier masks", "saved over", "all kept, with who changed what and when"),
    ("a crash, a closed tab", "strokes since the last save are lost", "at most the stroke in hand is lost"),
    ("a mask that changed on disk meanwhile", "saved over", "noticed, never saved over"),
    ("order", "by name, wraps around", "by name, or most disputed first; how many are done"),
)
"""What the paper's tool does, by Fig. 4 and the authors' code, and what ours does."""


def film(frames: Mapping[str, int]) -> str:
    """What a film holds, in a sentence."""
    return ", ".join(f"{count} {kind}" for kind, count in frames.items())


def frames(done: Extracted) -> pd.DataFrame:
    """How many frames went for which reason."""
    rows = [{"frames": f"{done.dropped(why):,}", "why": told} for why, told in REASONS.items()]
    return pd.DataFrame(rows)


def rules(components: pd.DataFrame) -> pd.DataFrame:
    """Each rule, and how many components of an image it decided on."""
    decided = Counter(components["rule"])
    rows = []
    for rule, text in RULES.items():
        condition, _, title = text.rpartition(": ")
        rows.append({"rule": rule, "condition": condition, "class": title, "here": f"{decided[rule]:,}"})
    return pd.DataFrame(rows)


def settings(chosen: Mapping[str, Settings]) -> pd.DataFrame:
    """What each setting means, and its values by title."""
    values = {title: each.to_json() for title, each in chosen.items()}
    rows = [
        {
            "setting": f"`{name}`",
            "meaning": meaning,
            **{title: f"{told[name]}" for title, told in values.items()},
        }
        for name, meaning in SETTINGS.items()
    ]
    return pd.DataFrame(rows)


def thresholds(stored: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Dice of pre-labels by data set and settings, as it is stored."""
    rows = []
    for title, table in stored.items():
        dice = table[table["measure"] == "dice"]
        for name in ("authors", "authors, smooth", "fitted"):
            part = dice[dice["settings"] == name]
            found = zip(part["class"].str.replace("_", " "), map(in_digits, _intervals(part)), strict=True)
            rows.append({"images": title, "settings": name, **dict(found)})
    return pd.DataFrame(rows)


def compared(found: Compared) -> pd.DataFrame:
    """Mean scores of networks and of what joins them, and how far each is behind the mean probability."""
    best = found.labels["mean probability"]
    rows = []
    for title, each in found.labels.items():
        scores = each.scores()
        gap = masks.difference_interval(each.counts, best.counts, best.groups).mean
        told = {name: in_digits(scores[name].mean) for name in SCORES}
        todo = per_image(each.todo, each.groups).mean
        rows.append(
            {
                "labels": title,
                **told,
                "F1 behind mean probability": "-" if each is best else behind(gap),
                "objects to correct": _counted(todo),
            }
        )
    return pd.DataFrame(rows)


def tools() -> pd.DataFrame:
    """The paper's review tool and ours."""
    return pd.DataFrame(TOOLS, columns=["", "the paper's QC tool", "`cvlib review`"])


def states(table: pd.DataFrame) -> pd.DataFrame:
    """The labels after each round, as :func:`cvlib.annotate.study.table` has them, by seed."""
    own = table[(table["than"] == "") & (table["class"] == MEAN)]
    rows = []
    for (seed, labels, order, reviewed), part in own.groupby(STATE, sort=False):
        found = dict(zip(part["measure"], _intervals(part), strict=True))
        rows.append(
            {
                "seed": f"{seed}",
                "labels": labels,
                "reviewed": f"{reviewed}" + ("" if order == "none" else f", {order}"),
                **{name: in_digits(found[name]) for name in SCORES},
                "pixels wrong": _counted(found[PIXELS]),
                "objects wrong": _counted(found[TODO]),
                "seen by the reviewer": _plain(part["seen"].max()),
            }
        )
    return pd.DataFrame(rows)


def by_class(table: pd.DataFrame) -> pd.DataFrame:
    """F1 of each class in every state, by seed."""
    own = table[(table["than"] == "") & (table["measure"] == "F1")]
    rows = []
    for (seed, labels, order, reviewed), part in own.groupby(STATE, sort=False):
        found = zip(part["class"].str.replace("_", " "), map(in_digits, _intervals(part)), strict=True)
        which = f"{reviewed}" + ("" if order == "none" else f", {order}")
        rows.append({"seed": f"{seed}", "labels": labels, "reviewed": which, **dict(found)})
    return pd.DataFrame(rows)


def differences(table: pd.DataFrame) -> pd.DataFrame:
    """What the last labels of the queue have more than others, by seed: F1, wrong pixels, wrong objects."""
    own = table[(table["than"] != "") & (table["class"] == MEAN)]
    rows = []
    for (seed, than), part in own.groupby(["seed", "than"], sort=False):
        found = dict(zip(part["measure"], _intervals(part), strict=True))
        rows.append(
            {
                "seed": f"{seed}",
                "than": than,
                "F1": _gain(found["F1"]),
                "pixels wrong": _gain(found[PIXELS], ",.0f"),
                "objects wrong": _gain(found[TODO], ".1f"),
            }
        )
    return pd.DataFrame(rows)


def cost(table: pd.DataFrame) -> list[str]:
    """What each order cost the reviewer, a sentence each."""
    own = table[(table["than"] == "") & (table["measure"] == TODO) & (table["class"] == MEAN)]
    shown = own[own["seen"].notna()].sort_values("reviewed").groupby(["seed", "order"], sort=False)
    told = []
    for (seed, order), part in shown:
        each = ", ".join(f"{seen:.0f}" for seen in part["seen"])
        told.append(f"Objects that the reviewer corrected per image, {order}: {each} (seed {seed}).")
    return told


def _intervals(rows: pd.DataFrame) -> list[Interval]:
    return [Interval(*each) for each in rows[["value", "low", "high"]].to_numpy(float).tolist()]


def _gain(found: Interval, digits: str = ".2f") -> str:
    """A difference with its sign; a tie where there may be none.

    >>> _gain(Interval(0.1, 0.05, 0.2)), _gain(Interval(-0.1, -0.3, 0.1))
    ('+0.10 [+0.05, +0.20]', '-0.10 [-0.30, +0.10] tie')
    >>> _gain(Interval(0.1, np.nan, np.nan))
    '+0.10 [no interval]'
    """
    if np.isnan(found.value):
        return "absent"
    if np.isnan(found.low):
        return f"{found.value:+{digits}} [no interval]"
    bounds = f"[{found.low:+{digits}}, {found.high:+{digits}}]"
    return f"{found.value:+{digits}} {bounds}" + (" tie" if found.tied else "")


def _counted(found: Interval) -> str:
    if np.isnan(found.low):
        return f"{found.value:,.0f} [no interval]"
    digits = 0 if found.value >= 100 else 1
    return f"{found.value:,.{digits}f} [{found.low:,.{digits}f}, {found.high:,.{digits}f}]"


def _plain(number: float) -> str:
    return "-" if np.isnan(number) else f"{number:.1f}"
