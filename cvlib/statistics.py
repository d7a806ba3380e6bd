"""Statistics of a data set beside the paper's: shares of images, objects, what roundness leaves out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvlib.data import Dataset
from cvlib.defects import CLASSES
from cvlib.measure.intervals import Interval, median_interval, share_interval
from cvlib.measure.roundness import ESTIMATORS, TINY
from cvlib.papers import claim
from cvlib.verdict import Measured, unlike_data, verdict

PUBLISHED = ("surface_crack", "delamination", "pinhole")
"""Classes whose share of images paper 1 gives."""


def published_shares() -> dict[str, float]:
    """Published share of images by class, as shares of 1 (paper 1, Data Records)."""
    return {defect: claim(f"p1.{defect}.share").value / 100 for defect in PUBLISHED}


def image_shares(data: Dataset, presence: pd.DataFrame, seed: int = 0) -> dict[str, Interval]:
    """Share of images that show each class, with a 95 % bootstrap interval over clips."""
    groups = data.frames["clip"].to_numpy()
    return {defect: share_interval(presence[defect].to_numpy(), groups, seed=seed) for defect in CLASSES}


def um_per_pixel(data: Dataset) -> float | None:
    """Scale of the images in micrometres per pixel; None where it is unknown or not the same for all."""
    if "um_per_pixel" not in data.frames:
        return None
    scales = data.frames["um_per_pixel"].unique()
    return float(scales[0]) if len(scales) == 1 else None


def in_percent(interval: Interval) -> str:
    """A share with its interval as text.

    >>> in_percent(Interval(0.25, 0.2, 0.31)), in_percent(Interval(0.25, float("nan"), float("nan")))
    ('25.00 % [20.0, 31.0]', '25.00 % [too few clips]')
    """
    value, low, high = (100 * bound for bound in interval)
    return f"{value:.2f} % " + ("[too few clips]" if np.isnan(low) else f"[{low:.1f}, {high:.1f}]")


def prevalence(data: Dataset, presence: pd.DataFrame, shares: dict[str, Interval]) -> pd.DataFrame:
    """Images that show each class, here and in paper 1, as texts."""
    rows = []
    for defect in CLASSES:
        row = {
            "defect": data.class_titles[defect],
            "images here": f"{presence[defect].sum():,}",
            "share here [95 %]": in_percent(shares[defect]),
            "in paper 1": "not in the source",
            "verdict": "nothing to compare",
        }
        if defect in PUBLISHED:
            images, share = claim(f"p1.{defect}.images"), claim(f"p1.{defect}.share")
            row["in paper 1"] = f"{images.printed} ({share.printed} %): {images.definition}; {images.place}"
            percent = 100 * shares[defect].value
            unlike = unlike_data(data.name, data.origin)
            found = verdict(share, (), Measured(Interval(percent, percent, percent), data.title, unlike))
            row["verdict"] = f"{found}: {unlike}" if unlike else found
        rows.append(row)
    return pd.DataFrame(rows)


def object_summary(data: Dataset, objects: pd.DataFrame) -> pd.DataFrame:
    """Objects of each class: number, per image that shows the class, quartiles of the area, as texts."""
    rows = []
    for defect in CLASSES:
        own = objects[objects["defect"] == defect]
        images = own["image"].nunique()
        quartiles = own["area"].quantile([0.25, 0.5, 0.75]).round()
        rows.append(
            {
                "defect": data.class_titles[defect],
                "objects": f"{len(own):,}",
                "per image with any": f"{len(own) / images:.1f}" if images else "-",
                "area in px (quartiles)": " / ".join(f"{each:,.0f}" for each in quartiles) if images else "-",
                "with holes": f"{(own['holes'] > 0).sum():,}",
                "cut by the border": f"{own['touches_border'].sum():,}",
            }
        )
    return pd.DataFrame(rows)


def left_out(objects: pd.DataFrame) -> pd.DataFrame:
    """How many objects a roundness statistic counts and why it leaves out the others, as texts."""
    cut = objects["touches_border"]
    tiny = ~cut & (objects["area"] < TINY)
    counted = objects["measurable"]
    rows = [
        ("cut by the image border", "left out: the rest of its boundary is unknown", cut.sum()),
        (f"smaller than {TINY} px", "left out: too few boundary steps", tiny.sum()),
        (
            "with holes",
            "counted: area without the holes, outer boundary",
            (counted & (objects["holes"] > 0)).sum(),
        ),
        ("without holes", "counted", (counted & (objects["holes"] == 0)).sum()),
        ("all", "", len(objects)),
    ]
    return pd.DataFrame(
        [{"objects": what, "treatment": how, "number": f"{number:,}"} for what, how, number in rows]
    )


def roundness_summary(tables: dict[str, pd.DataFrame], seed: int = 0) -> pd.DataFrame:
    """Median and share below .8 by every estimator, with 95 % intervals over clips, by data set, as texts.

    Parameters
    ----------
    tables
        Objects as ``cvlib.survey.survey`` gives them, by title; only measurable ones are counted.
    seed
        Of the bootstrap.
    """
    rows = []
    for title, objects in tables.items():
        counted = objects[objects["measurable"]]
        for column, name in ESTIMATORS.items():
            row = {
                "objects": f"{title}: {len(counted):,} in {counted['clip'].nunique():,} clips",
                "estimator": name,
            }
            if len(counted):
                values, clips = counted[column].to_numpy(), counted["clip"].to_numpy()
                value, low, high = median_interval(values, clips, seed=seed)
                spread = "[too few clips]" if np.isnan(low) else f"[{low:.2f}, {high:.2f}]"
                row["median [95 %]"] = f"{value:.2f} {spread}"
                row["below 0.8 [95 %]"] = in_percent(share_interval(values < 0.8, clips, seed=seed))
                row["above 1"] = f"{np.mean(values > 1):.0%}"
            rows.append(row)
    return pd.DataFrame(rows).fillna("-")
