"""Tables of the chapter on repeated frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cvlib import tasks
from cvlib.data.repeats import Repeats
from cvlib.leaks.memory import TASKS
from cvlib.leaks.networks import Trained
from cvlib.measure.intervals import Interval
from cvlib.training.report import in_digits

MEASURES = {"segmentation": "mean Dice", "detection": "mAP@.5", "classification": "macro F1"}
"""What each task's mean score is."""

SPLITS = {"groups": "by clip", "random": "by image"}


def counts(found: Repeats) -> pd.DataFrame:
    """How much was found of each kind, and the largest group."""
    largest = found.largest()
    held = sum(map(len, largest))
    rows = {
        "images": f"{len(found.names):,}",
        "images with the same pixels as an earlier one": f"{len(found.identical):,}",
        "pairs alike by perceptual hash": f"{len(found.alike):,}",
        "pairs that overlap by correlation": f"{len(found.overlapping):,}",
        "groups of two or more images": f"{len(largest):,}",
        "images in them": f"{held:,}",
        "images in the largest group": f"{len(largest[0]) if largest else 0:,}",
    }
    return pd.DataFrame({"what": rows.keys(), "found": rows.values()})


def by_case(rows: Mapping[str, Mapping[str, Interval | int]]) -> pd.DataFrame:
    """Recall by case and way of finding, as :func:`cvlib.leaks.shifts.recall` gives it."""
    return pd.DataFrame(
        [
            {"frames": case}
            | {
                head: _recalled(each) if isinstance(each, Interval) else f"{each:,}"
                for head, each in row.items()
            }
            for case, row in rows.items()
        ]
    )


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Agreement with known clips by threshold, as :func:`cvlib.leaks.stored.agreement` gives it."""
    return pd.DataFrame(
        [
            {
                "found by": row["way"],
                "threshold": _threshold(row["way"], row["threshold"]),
                "pairs found": f"{row['pairs']:,}",
                "of one clip": _share(row["precision"]),
                "of all pairs of one clip": _share(row["recall"]),
            }
            for row in table.to_dict("records")
        ]
    )


def exposed(remembered: pd.DataFrame) -> pd.DataFrame:
    """How many test images overlap with a training image, by number of images and split."""
    own = remembered[remembered["by"] == "correlation"]
    return pd.DataFrame(
        [
            {
                "images": f"{row['images']:,}",
                "split": SPLITS[row["split"]],
                "test images": f"{row['tested']:,}",
                "overlap with a training image": f"{row['overlapping']:,}",
                "share": f"{row['overlapping'] / row['tested']:.1%}",
            }
            for row in own.to_dict("records")
        ]
    )


def remembered(table: pd.DataFrame) -> pd.DataFrame:
    """Scores of the memoriser, as :func:`cvlib.leaks.memory.gains` gives them."""
    return pd.DataFrame(
        [
            {"images": f"{row['images']:,}", "split": SPLITS[row["split"]], "most similar by": row["by"]}
            | {f"{task}: {MEASURES[task]}": in_digits(row[task]) for task in TASKS}
            for row in table.to_dict("records")
        ]
    )


def long(table: pd.DataFrame) -> pd.DataFrame:
    """Stored scores of the memoriser, a row per task, in the form of :func:`cvlib.leaks.memory.gains`."""
    about = ["images", "split", "by", "tested", "overlapping"]
    rows = []
    for values, own in table.groupby(about, sort=False):
        scores = own.set_index("task")[["value", "low", "high"]]
        rows.append(
            dict(zip(about, values, strict=True)) | {task: Interval(*scores.loc[task]) for task in TASKS}
        )
    return pd.DataFrame(rows)


def networks(models: Sequence[Trained], memory: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """Networks, classical baselines and memory beside each other.

    Parameters
    ----------
    models
        As :func:`cvlib.leaks.networks.trained` finds them.
    memory
        :func:`cvlib.leaks.memory.gains` by number of images.
    """
    rows = []
    for task in TASKS:
        own = [each for each in models if each.task == task]
        rows += [
            _row(task, tasks.title(task, each.model), each.images, each.scores, each.gain) for each in own
        ]
        for images in dict.fromkeys(each.images for each in own):
            table = memory[images]
            own_rows = table[table["by"] == "correlation"]
            by_split = dict(zip(own_rows["split"], own_rows[task], strict=True))
            gain = by_split["random"].value - by_split["groups"].value
            rows.append(_row(task, "memory alone", images, by_split, gain))
    return pd.DataFrame(rows)


def _row(task: str, title: str, images: int, scores: Mapping[str, Interval], gain: float) -> dict[str, str]:
    return {
        "task": f"{task}: {MEASURES[task]}",
        "model": title,
        "images": f"{images:,}",
        "by clip": in_digits(scores["groups"]),
        "by image": in_digits(scores["random"]),
        "gain": "-" if np.isnan(gain) else f"{gain:+.3f}",
    }


def _threshold(way: str, threshold: float) -> str:
    return f"{threshold:.0f} bits or fewer" if way == "perceptual hash" else f"{threshold:.2f} or more"


def _recalled(found: Interval) -> str:
    """With its interval where there is one: resampling samples that all agree gives none."""
    told = _share(found.value)
    return f"{told} [{found.low:.0%}, {found.high:.0%}]" if found.low < found.high else told


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.1%}"
