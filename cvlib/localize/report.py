"""The localization chapter's tables as texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cvlib.localize.benchmark import BASELINE, BIAS, COUNTS, OWN, PAPER, Bench
from cvlib.localize.study import Study
from cvlib.measure.intervals import Interval
from cvlib.measure.plates import Corrected, Published
from cvlib.measure.points import Gain
from cvlib.papers import claim
from cvlib.training.report import in_digits

MEASURES = {"NME": "nme", "PCK0.5": "pck05", "PCK1.0": "pck1", "PCS0.5": "pcs05", "PCS1.0": "pcs1"}
"""Columns of Table 1, and their claims."""

EXCHANGED = MEASURES | {"PCK1.0": "pcs1", "PCS1.0": "pck1"}
"""The same with two columns' heads exchanged: as the definitions would have it."""

PUBLISHED = {BASELINE: "baseline", **{f"{PAPER} {count}": f"n{count}" for count in COUNTS}}
"""Rows of Table 1, and their claims."""

TITLES = {
    BASELINE: "HRNet alone",
    **{f"{PAPER} {count}": f"the paper's correction, N = {count}" for count in COUNTS},
    BIAS: "ours: corners without their bias",
    OWN: "ours: corners and fitted edges",
}

TUNED = (
    "We chose the settings of quick, and those of our correction, with an eye on scores of simulated "
    "images; they flatter it."
)


def remarks(study: Study) -> list[str]:
    """What a reader of a study's numbers must know, a sentence each."""
    told = [f"Profile {study.profile.label(study.profile_name)}; {study.data.title}."]
    if study.profile_name != "paper":
        told.append("A light HRNet (w18, small) stands in; the paper does not state the width of its own.")
    if study.profile.weights == "random":
        told.append("Networks start from random weights.")
    if study.profile_name == "quick":
        told.append(TUNED)
    if study.data.origin == "simulated":
        told.append(
            "The X-rays are simulated. The edge fit looks for straight dark bands with blurred ends, as "
            "the simulator draws them: how much it gains on real X-rays is not known."
        )
    return told


def table1(rows: Mapping[str, Mapping[str, Interval]]) -> pd.DataFrame:
    """Table 1: each row of this run and, below it, the published one under both labellings.

    Parameters
    ----------
    rows
        Scores by name of the row, then by measure, as ``Bench.scores`` gives them.
    """
    lines = []
    for name, own in rows.items():
        lines.append({"setting": TITLES[name], "from": "this run"} | _scores(own))
        if name in PUBLISHED:
            for how, columns in (("paper, as labelled", MEASURES), ("paper, exchanged", EXCHANGED)):
                printed = {
                    each: claim(f"p2.table1.{PUBLISHED[name]}.{columns[each]}").printed for each in MEASURES
                }
                lines.append({"setting": "", "from": how} | printed)
    return pd.DataFrame(lines)


def gains(rows: Mapping[str, Mapping[str, Gain]]) -> pd.DataFrame:
    """Relative gains over the baseline in percent, and the published ones."""
    lines = [
        {"setting": TITLES[name]} | {each: _percent(own[each].relative) for each in MEASURES}
        for name, own in rows.items()
    ]
    printed = {each: f"+{claim(f'p2.table1.gain.{MEASURES[each]}').printed}" for each in MEASURES}
    last = COUNTS[-1]
    return pd.DataFrame([*lines, {"setting": f"published, N = {last}, as labelled"} | printed])


def by_condition(rows: Mapping[str, tuple[Bench, str]], head: str) -> pd.DataFrame:
    """NME before and after each correction by condition.

    Parameters
    ----------
    rows
        By condition: a bench, and which of its rows are meant: always all three.
    head
        What the conditions are.
    """
    lines = []
    for name, (bench, regime) in rows.items():
        points = {BASELINE: bench.baseline, f"{PAPER} {COUNTS[-1]}": bench.paper(), OWN: bench.fused[0]}
        scored = {TITLES[row]: in_digits(bench.scores(own)["NME"]) for row, own in points.items()}
        lines.append({head: name, "regime": regime} | scored)
    return pd.DataFrame(lines)


def choices(found: Mapping[str, Sequence[tuple[str, str, float]]]) -> pd.DataFrame:
    """What the paper leaves open: relative gain in NME by choice, a column per regime."""
    first = next(iter(found.values()))
    lines = []
    for place, (choice, value, _) in enumerate(first):
        lines.append(
            {"choice": choice, "value": value}
            | {regime: f"{rows[place][2]:+.1f} %" for regime, rows in found.items()}
        )
    return pd.DataFrame(lines)


def costs(stages: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """CPU milliseconds per image by stage: median and quartiles."""
    lines = []
    for stage, times in stages.items():
        low, middle, high = np.percentile(np.asarray(times) * 1e3, [25, 50, 75])
        lines.append({"stage": stage, "CPU ms per image": f"{middle:.1f} [{low:.1f}, {high:.1f}]"})
    return pd.DataFrame(lines)


def counted(found: Mapping[str, Corrected]) -> pd.DataFrame:
    """Scores of all images, for any number of plates, a column per way of locating."""
    return pd.DataFrame([{"score": name} | {way: _counted(own)[name] for way, own in found.items()}
                         for name in _counted(next(iter(found.values())))])  # fmt: skip


def _counted(own: Corrected) -> dict[str, str]:
    negative, positive, both, overhang = own
    told = {"both numbers right, share of images": in_digits(both)}
    for kind, each in (("negative", negative), ("positive", positive)):
        told |= {
            f"{kind}: error of the number": in_digits(each.count_mae),
            f"{kind}: location, px": in_digits(each.location),
            f"{kind}: of the true ends found": in_digits(each.recall),
            f"{kind}: of the found ends true": in_digits(each.precision),
        }
    told |= {
        "overhang: mean error, µm": in_digits(overhang.mean),
        "overhang: median error, µm": in_digits(overhang.median),
        "overhang: share measured": in_digits(overhang.coverage),
    }
    if overhang.tolerance:
        limits = overhang.tolerance
        told |= {
            "plates out of tolerance, true": in_digits(limits.truth),
            "plates out of tolerance, as found": in_digits(limits.predicted),
            "of those, missed": in_digits(limits.missed),
            "of the good ones, false alarms": in_digits(limits.false_alarms),
        }
    return told


def as_published(found: Mapping[str, Published]) -> pd.DataFrame:
    """What the published code would print, a column per way of locating."""
    heads = {
        "images": "images scored",
        "negative_count_mae": "negative: error of the number",
        "positive_count_mae": "positive: error of the number",
        "both_count_accuracy": "both numbers right, share of images",
        "negative_location": "negative: location, px",
        "positive_location": "positive: location, px",
        "overhang": "overhang: error, px",
    }
    return pd.DataFrame(
        [
            {"score": head} | {way: f"{getattr(own, field):.3g}" for way, own in found.items()}
            for field, head in heads.items()
        ]
    )


def _scores(own: Mapping[str, Interval]) -> dict[str, str]:
    return {each: in_digits(own[each]) for each in MEASURES}


def _percent(gain: Interval) -> str:
    if np.isnan(gain.value):
        return "baseline is 0"
    bounds = "" if np.isnan(gain.low) else f" [{gain.low:+.0f}, {gain.high:+.0f}]"
    return f"{gain.value:+.1f}{bounds}"
