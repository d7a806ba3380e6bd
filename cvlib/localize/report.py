"""The localization chapter's tables as texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cvlib.localize.benchmark import BASELINE, BIAS, COUNTS, MISSING, OWN, PAPER, Bench
from cvlib.localize.study import Study
from cvlib.measure.intervals import Interval
from cvlib.measure.plates import Corrected, Published
from cvlib.measure.points import Gain, in_um
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
    "We chose the constants of our correction, and the settings of quick, with an eye on scores of simulated "
    "test images; those flatter it."
)


def remarks(study: Study) -> list[str]:
    """What a reader of a study's numbers must know, a sentence each."""
    told = [f"Profile {study.profile.label(study.profile_name)}; {study.data.title}."]
    if study.profile_name != "paper":
        told.append("A light HRNet (w18, small) stands in; the paper does not state the width of its own.")
    if study.profile.weights == "random":
        told.append("Networks start from random weights.")
    told.append(
        "The images that pick a network's checkpoint also calibrate our correction; test images have no part "
        "in either."
    )
    if len(set(study.groups.tolist())) == len(study.data):
        told.append("Each image counts as a cell of its own; views.csv can say which show the same one.")
    if study.data.origin == "simulated":
        told.append(TUNED)
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
        {"setting": TITLES[name]} | {each: _gain(own[each]) for each in MEASURES}
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
        By condition: a bench, and its regime.
    head
        What the conditions are.
    """
    lines = []
    for name, (bench, regime) in rows.items():
        points = {BASELINE: bench.baseline, f"{PAPER} {COUNTS[-1]}": bench.paper(), OWN: bench.fused[0]}
        scored = {TITLES[row]: in_digits(bench.scores(own)["NME"]) for row, own in points.items()}
        lines.append({head: name, "regime": regime} | scored)
    return pd.DataFrame(lines)


def in_micrometres(regimes: Mapping[str, Bench]) -> pd.DataFrame:
    """Distances from the true ends in µm, before and after each correction; empty where no scale is known."""
    lines = []
    for regime, bench in regimes.items():
        points = {BASELINE: bench.baseline, f"{PAPER} {COUNTS[-1]}": bench.paper(), OWN: bench.fused[0]}
        for row, own in points.items():
            tested = bench.tested
            if np.isfinite(tested.um_per_px).all():
                found = in_um(bench.errors(own), tested.um_per_px, tested.groups, missing=MISSING)
                told = zip(("mean", "median", "95th percentile"), found, strict=True)
                shown = {f"{name}, µm": _digits(each) for name, each in told}
                lines.append({"regime": regime, "setting": TITLES[row]} | shown)
    return pd.DataFrame(lines)


def by_confidence(regimes: Mapping[str, Bench]) -> pd.DataFrame:
    """What the confidence of our correction says: errors by class of it."""
    lines = []
    for regime, bench in regimes.items():
        points, confidence = bench.fused
        distances = bench.errors(points).distances
        for low, high in ((0.8, 1.01), (0.5, 0.8), (0, 0.5)):
            own = distances[(confidence >= low) & (confidence < high)]
            far = (own > 3).sum()
            median = f"{np.median(own):.2f}" if own.size else "-"
            lines.append(
                {
                    "regime": regime,
                    "confidence": f"{low} to {min(high, 1)}",
                    "ends": str(own.size),
                    "median error, px": median,
                    "off by more than 3 px": str(far),
                }
            )
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


def counted(found: Mapping[str, Corrected], unit: str) -> pd.DataFrame:
    """Scores of all images, for any number of plates, a column per way of locating; overhang in a unit."""
    told = {way: _counted(own, unit) for way, own in found.items()}
    return pd.DataFrame(told).rename_axis("score").reset_index()


def _counted(own: Corrected, unit: str) -> dict[str, str]:
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
        f"overhang: mean error, {unit}": in_digits(overhang.mean),
        f"overhang: median error, {unit}": in_digits(overhang.median),
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


def _digits(each: Interval) -> str:
    return f"{each.value:.1f}" + ("" if np.isnan(each.low) else f" [{each.low:.1f}, {each.high:.1f}]")


def _scores(own: Mapping[str, Interval]) -> dict[str, str]:
    return {each: in_digits(own[each]) for each in MEASURES}


def _gain(gain: Gain) -> str:
    """In percent of the baseline's score; where that is 0, how far it rose."""
    value, low, high = gain.relative
    if np.isnan(value):
        return f"0 to {gain.absolute.value:.3f}"
    return f"{value:+.1f}" + ("" if np.isnan(low) else f" [{low:+.0f}, {high:+.0f}]")
