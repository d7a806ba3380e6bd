"""What corners and regions of interest are worth on X-rays whose plate ends are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cvlib.data.xrays import Xrays
from cvlib.errors import DataError
from cvlib.localize.corners import FAST_THRESHOLD, SCALE, find_corners
from cvlib.localize.roi import CHANGE, Method, find_roi, row_profile
from cvlib.measure.intervals import Interval, median_interval, share_interval
from cvlib.measure.overhang import direction_of
from cvlib.simulate.cell import UM_PER_PX, Range, Scene

OPENCV_THRESHOLD = 20
"""``fastThreshold`` of OpenCV's ORB unless told."""

NEAR_PX = (3, 5)
"""Within how many px of a plate's end a corner counts as its own."""

ALONG_PX = 10.0
"""Corners farther along the plate are not of its end."""

TIGHT = 1.6
"""A region at most so many times as high as the stack of ends is called tight."""

ERROR_PX = 2.0
"""An error of that size is shown in percent of diagonals."""


class Way(NamedTuple):
    """How to find a region of interest, see :func:`cvlib.localize.roi.find_roi`."""

    method: Method
    change: float = CHANGE


WAYS = (Way("paper", CHANGE / 3), Way("paper"), Way("paper", 2 * CHANGE), Way("robust"))


def remarks(data: Xrays) -> list[str]:
    """What a reader of a page's numbers must know, a sentence each."""
    told = [f"Data: {data.title}; {len(data):,} images of {len(np.unique(data.groups)):,} cells."]
    if data.name == "simulated":
        return [
            *told,
            "They are our simulator's, not the paper's: no number here can be compared with a published one.",
        ]
    return [
        *told,
        "How X-rays are simulated is told below all the same; these were not drawn for this page.",
        "Rows without bars and wires need the simulator, and are left out.",
    ]


def spread(data: Xrays, images: int) -> list[int]:
    """Positions of some images that have plate ends, spread over the data set; all if there are fewer."""
    marked = _with_ends(data)
    return [int(each) for each in marked[np.unique(np.linspace(0, len(marked) - 1, images).astype(int))]]


def put_in(scene: Scene) -> pd.DataFrame:
    """What the simulator draws from, as texts."""
    shown = {
        "plates": str(scene.poles) if scene.poles else "7 to 21, odd",
        "from plate to plate": _between(scene.pitch_px, "px"),
        "negative beyond positive ends": _between(scene.overhang_px, "px"),
        "tilt of the stack": _between(scene.tilt_deg, "°"),
        "point spread (standard deviation)": _between(scene.psf_px, "px"),
        "photons per pixel of background": _between(scene.photons, ""),
        "scattered light": _between((100 * scene.veil[0], 100 * scene.veil[1]), "%"),
        "casing bars and wires": "up to three bars, up to two wires" if scene.distractors else "none",
        "scale": f"{UM_PER_PX:g} µm per px",
    }
    return pd.DataFrame({"what": shown.keys(), "drawn evenly from": shown.values()})


def _between(bounds: Range, unit: str) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g} {unit}".strip()


def corner_distances(data: Xrays, counts: Sequence[int], thresholds: Sequence[int]) -> pd.DataFrame:
    """How far the nearest corner is from each plate end, for each N and each ``fastThreshold``.

    Returns
    -------
    One row per setting and plate end: ``count``, ``threshold``, ``image`` (position), ``cell``, ``found``
    (corners in the image), ``positive`` and ``distance`` in px, infinite where there are no corners.

    Raises
    ------
    DataError
        No image has a plate end.
    """
    parts = []
    for index in _with_ends(data):
        image, (points, positive) = data.image(index), data.poles(index)
        for threshold in thresholds:
            for count in counts:
                corners = find_corners(image, count, threshold).points
                apart = np.linalg.norm(points[:, None] - corners, axis=2).min(axis=1, initial=np.inf)
                columns = {"count": count, "threshold": threshold, "image": index, "cell": data.groups[index]}
                columns |= {"found": len(corners), "positive": positive, "distance": apart}
                parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def pyramid_shift(octave: np.ndarray, points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """How far OpenCV places corners of a pyramid's level off, to be subtracted.

    A pixel of a level spans several of the image. OpenCV multiplies its number by the scale, which gives the
    first of them, not their middle; and by the scale asked for, not by the one that whole numbers of pixels
    left.

    Parameters
    ----------
    octave
        (N,) levels.
    points
        (N, 2) x and y in px, as OpenCV gives them.
    shape
        (H, W) of the image.

    Returns
    -------
    (N, 2) px, mostly towards the upper left.

    Examples
    --------
    >>> places = np.array([[300.0, 200.0], [300.0, 200.0]])
    >>> pyramid_shift(np.array([0, 4]), places, (480, 640)).round(2).tolist()
    [[0.0, 0.0], [-0.19, -0.96]]
    """
    scale = SCALE ** octave[:, None]
    size = np.array(shape[::-1])
    own = ((points / scale) + 0.5) * size / np.rint(size / scale) - 0.5
    shift: np.ndarray = points - own
    return shift


def corner_offsets(data: Xrays, count: int) -> pd.DataFrame:
    """Where the nearest corner of each octave lies from each plate end.

    A corner belongs to an end if it is at most ``ALONG_PX`` away along the plate and half the distance of
    neighbouring plates across, :func:`pyramid_shift` taken away first. Images without two ends of one
    polarity are left out.

    Returns
    -------
    One row per octave and plate end that has one: ``cell``, ``positive``, ``octave``, ``along`` (positive
    inwards) and ``across`` (downwards) in px without the shift; ``raw_along``, ``raw_across`` with it.
    """
    parts = []
    for index in _with_ends(data):
        points, positive = data.poles(index)
        if max(np.count_nonzero(positive), np.count_nonzero(~positive)) > 1:
            found = _offsets(data.image(index), points, positive, count)
            parts.append(found.assign(cell=data.groups[index]))
    if not parts:
        raise DataError(f"{data.title}: no image has two marked ends of one polarity; add such images")
    return pd.concat(parts, ignore_index=True)


def _offsets(image: np.ndarray, points: np.ndarray, positive: np.ndarray, count: int) -> pd.DataFrame:
    corners = find_corners(image, count)
    shift = pyramid_shift(corners.octave, corners.points, (image.shape[0], image.shape[1]))
    inwards = direction_of(points[~positive], points[positive])
    frame = np.stack([inwards, [-inwards[1], inwards[0]]], axis=1)
    steps = (corners.points - shift - points[:, None]) @ frame
    aside = np.median(np.diff(np.sort(points @ frame[:, 1]))) / 2
    far = np.hypot(*np.moveaxis(steps, 2, 0))
    far[(np.abs(steps) > (ALONG_PX, aside)).any(axis=2)] = np.inf
    rows = []
    for octave in np.unique(corners.octave):
        own = np.flatnonzero(corners.octave == octave)
        nearest = own[far[:, own].argmin(axis=1)]
        for end in np.flatnonzero(np.isfinite(far[np.arange(len(points)), nearest])):
            at = nearest[end]
            rows.append((positive[end], octave, *steps[end, at], *(steps[end, at] + shift[at] @ frame)))
    return pd.DataFrame(rows, columns=["positive", "octave", "along", "across", "raw_along", "raw_across"])


def offset_medians(offsets: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Medians of each octave and polarity, with intervals over cells; a row for each that has a corner.

    Along the plate only corners on it count: before the end of a positive plate, coarse octaves also see the
    end of the gap between its longer neighbours.

    Returns
    -------
    ``positive``, ``octave``, ``before`` (share that lies before the end), and ``along``, ``raw_along``,
    ``across``, ``raw_across``, each an :class:`cvlib.measure.intervals.Interval` in px.

    Raises
    ------
    DataError
        No corner lies on a negative plate.
    """
    rows = []
    for (positive, octave), own in offsets.groupby(["positive", "octave"]):
        on_plate = own[own["along"] > 0]
        if len(on_plate):
            row = {"positive": positive, "octave": octave, "before": float((own["along"] <= 0).mean())}
            for name in ("along", "raw_along", "across", "raw_across"):
                row[name] = median_interval(on_plate[name].to_numpy(), on_plate["cell"].to_numpy(), seed)
            rows.append(row)
    if all(row["positive"] for row in rows):
        raise DataError(
            "no corner lies on a negative plate: expected plates that run to the right; mirror the X-rays"
        )
    return pd.DataFrame(rows)


def regions(data: Xrays, count: int, ways: Sequence[Way] = WAYS) -> pd.DataFrame:
    """What each way of finding the region of interest makes of each image.

    Returns
    -------
    One row per way and image: ``way`` (its number), ``image`` (position), ``cell``, ``inside`` (share of the
    ends), ``height`` and ``diagonal`` of the region and ``stack`` (height of the ends) in px, ``how`` (see
    :class:`cvlib.localize.roi.Found`), ``steepest`` (largest change of the row sums).
    """
    rows = []
    for index in _with_ends(data):
        image, points = data.image(index), data.poles(index)[0]
        corners, steepest = find_corners(image, count), row_profile(image)[1].max()
        for number, way in enumerate(ways):
            found = find_roi(image, corners, way.method, change=way.change)
            inside, stack = found.roi.contains(points).mean(), np.ptp(points[:, 1])
            size = (found.roi.height, found.roi.diagonal, stack, found.how, steepest)
            rows.append((number, index, data.groups[index], inside, *size))
    columns = ["way", "image", "cell", "inside", "height", "diagonal", "stack", "how", "steepest"]
    return pd.DataFrame(rows, columns=columns)


def _with_ends(data: Xrays) -> np.ndarray:
    marked = np.flatnonzero(data.counts().sum(axis=1))
    if not len(marked):
        raise DataError(f"{data.title}: no image has a marked plate end; mark some, see `cvlib data check`")
    return marked


def telling_images(found: pd.DataFrame, way: int = WAYS.index(Way("paper"))) -> list[int]:
    """Positions of two images: where a way keeps all ends in the tightest region, and where it loses most.

    Of the latter the one with the steepest change of the row sums, such as at a casing bar.
    """
    own = found[found["way"] == way].assign(ratio=lambda each: each["height"] / each["stack"])
    best = own.sort_values(["inside", "ratio"], ascending=[False, True])["image"].iloc[0]
    worst = own.sort_values(["inside", "steepest"], ascending=[True, False])["image"].iloc[0]
    return [int(best), int(worst)]


def corner_table(distances: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Corners found and how near they are to plate ends, by setting, as texts; intervals over cells."""
    rows = []
    for (_, count), own in distances.groupby(["threshold", "count"]):
        cells, apart = own["cell"].to_numpy(), own["distance"].to_numpy()
        row = {"fastThreshold": _threshold(own["threshold"].iloc[0]), "N": str(count)}
        row["corners found (median)"] = f"{own.groupby('image')['found'].first().median():.0f}"
        for near in NEAR_PX:
            row[f"ends with one within {near} px"] = percent(share_interval(apart <= near, cells, seed))
        row["median distance, px"] = in_px(median_interval(apart, cells, seed))
        rows.append(row)
    return pd.DataFrame(rows)


def _threshold(value: int) -> str:
    remarks = {FAST_THRESHOLD: " (here)", OPENCV_THRESHOLD: " (OpenCV's default)"}
    return f"{value}{remarks.get(value, '')}"


def region_table(
    by_scene: Mapping[str, pd.DataFrame], ways: Sequence[Way] = WAYS, seed: int = 0
) -> pd.DataFrame:
    """Regions by scene and way, as texts; intervals over cells."""
    rows = []
    for scene, found in by_scene.items():
        for number, way in enumerate(ways):
            own = found[found["way"] == number]
            ratio, cells = own["height"] / own["stack"], own["cell"].to_numpy()
            whole, tight = own["inside"].to_numpy() == 1, (ratio <= TIGHT).to_numpy()
            row = {
                "images": scene,
                "method": f"paper, {way.change:.2f}" if way.method == "paper" else way.method,
            }
            row["every end inside"] = percent(share_interval(whole, cells, seed))
            row[f"height at most {TIGHT} stacks"] = percent(share_interval(tight, cells, seed))
            row["both"] = percent(share_interval(whole & tight, cells, seed))
            row["height / stack"] = f"{ratio.median():.2f}"
            row["diagonal, px"] = f"{own['diagonal'].median():.0f}"
            row[f"{ERROR_PX:g} px in % of it"] = f"{(100 * ERROR_PX / own['diagonal']).mean():.2f}"
            rows.append(row)
    return pd.DataFrame(rows)


def percent(share: Interval) -> str:
    """A share with its interval where there is one; only none is 0 %, only all is 100 %.

    >>> percent(Interval(0.25, 0.2, 0.31)), percent(Interval(299 / 300, 0.98, 1))
    ('25 % [20, 31]', '99.7 % [98, 100]')
    """
    value, low, high = map(_in_percent, share)
    return f"{value} %" + ("" if np.isnan(share.low) else f" [{low}, {high}]")


def _in_percent(share: float) -> str:
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{min(max(100 * share, 0.1), 99.9):.1f}"
    return f"{100 * share:.0f}"


def in_px(length: Interval) -> str:
    """A length with its interval where there is one.

    >>> in_px(Interval(1.234, 1.2, 1.3))
    '1.23 [1.20, 1.30]'
    """
    return f"{length.value:.2f}" + ("" if np.isnan(length.low) else f" [{length.low:.2f}, {length.high:.2f}]")
