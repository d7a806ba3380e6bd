"""Which images show parts of the same sample: neighbouring frames of a moving one, copies and the like.

Paper 1 takes its images from video of moving samples; its files do not say which belong together. Frames that
overlap on both sides of a split let a model be tested on what it was trained on.

Perceptual hashes find copies, but not frames that are shifted, so pictures are correlated here: all pairs at
all shifts along x on a coarse grid, then the likely pairs on a finer one, a little up and down as well.
"""

from __future__ import annotations

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from cvlib.data.dataset import Dataset

LEAST = 0.75
"""Correlation from which two images count as overlapping.

In 2,227 simulated images the highest of unrelated ones is 0.73. Those of one clip that share at least half
their width reach 0.87 or more; 0.78 where JPEG compression, noise, blur, exposure, turns or zoom change from
image to image."""

FARTHEST = 0.7
"""Shift, in widths, up to which overlap is looked for."""

DRIFT = 0.05
"""By how much, in widths, a shift may differ from what the places of the two images in their group imply."""

FAINT = 0.01
"""Contrast of an image, as the standard deviation of the logarithm of its thumbnail, below which it shows
nothing. Simulated coatings have 0.028 or more, roads of CrackForest 0.012, light and noise alone 0.006."""

_ROWS, _COLUMNS = 60, 80
_SLACK = 4
_LIKELY = 0.3


def overlaps(dataset: Dataset, least: float = LEAST, progress: bool = False) -> pd.DataFrame:
    """Pairs of images that show the same piece of a sample, shifted along x.

    Images are read one at a time and kept as thumbnails of 80 x 60 cells; memory grows with the square of
    their number, to 170 MB for 2,227. Found are shifts up to ``FARTHEST`` of the width, with up to a fortieth
    of the height up or down; not turned or enlarged images. Images without texture match nothing (``FAINT``).

    Parameters
    ----------
    dataset
        Images of any size; what differs in size is compared as if stretched to one.
    least
        Correlation, 0 to 1, from which a pair counts.
    progress
        Whether to show a bar.

    Returns
    -------
    pandas.DataFrame
        One row per pair: ``first`` and ``second`` (positions in the data set, first < second), ``shift_px``
        (what is at column x of ``second`` is at x + shift_px of ``first``, in pixels of ``first``, to one
        cell), ``overlap`` (share of the width that both show) and ``score`` (correlation there, at most 1).

    Raises
    ------
    DataError
        An image cannot be read.

    Examples
    --------
    >>> from cvlib.data.simulated import Simulated
    >>> data = Simulated(images=8, seed=2)
    >>> found = overlaps(data).query("second == first + 1")
    >>> int(data.frames["displacement_px"][0]), float(found["shift_px"].median())
    (244, 240.0)
    """
    cells, widths = _thumbnails(dataset, progress)
    rows = []
    for first, second, likely in _likely_pairs(cells):
        shift, score = _aligned(cells[first], cells[second], likely)
        if score >= least:
            shift_px = shift * widths[first] / _COLUMNS
            rows.append((first, second, shift_px, 1 - abs(shift) / _COLUMNS, score))
    return pd.DataFrame(rows, columns=["first", "second", "shift_px", "overlap", "score"])


def groups_from(found: pd.DataFrame, images: int) -> np.ndarray:
    """Join overlapping pairs to groups, judging whole groups.

    Joining every pair would chain samples together through a few false pairs. Here the best pairs come first,
    and the pairs of a group place its images along one strip. A further pair joins two groups only if most
    else fits: of all pairs between them that were found, or would have to overlap by half a width or more, at
    least half were found with the shift that the pair implies.

    Parameters
    ----------
    found
        As :func:`overlaps` returns it.
    images
        Number of images of the data set.

    Returns
    -------
    (N,) int: equal for images of one group, counted in the order of the images.

    Examples
    --------
    >>> pairs = pd.DataFrame({"first": [0, 1], "second": [1, 3], "shift_px": [64.0, 320.0],
    ...                       "overlap": [0.9, 0.5], "score": [0.97, 0.9]})
    >>> groups_from(pairs, images=4).tolist()
    [0, 0, 1, 0]
    """
    ranked = found.sort_values("score", ascending=False, kind="stable")
    pairs = ranked[["first", "second"]].to_numpy(int)
    shift = np.full((images, images), np.nan, np.float32)
    shift[pairs[:, 0], pairs[:, 1]] = np.sign(ranked["shift_px"]) * (1 - ranked["overlap"])
    shift[pairs[:, 1], pairs[:, 0]] = -shift[pairs[:, 0], pairs[:, 1]]
    group, place = np.arange(images), np.zeros(images)
    for first, second in pairs:
        if group[first] == group[second]:
            continue
        ours, theirs = np.flatnonzero(group == group[first]), np.flatnonzero(group == group[second])
        moved = place[theirs] - place[second] + place[first] + shift[first, second]
        implied = moved - place[ours][:, None]
        between = shift[np.ix_(ours, theirs)]
        asked = (np.abs(implied) <= 0.5) | ~np.isnan(between)
        if 2 * np.count_nonzero(np.abs(between - implied) <= DRIFT) >= np.count_nonzero(asked):
            place[theirs], group[theirs] = moved, group[first]
    return pd.factorize(group)[0]


def groups(dataset: Dataset, least: float = LEAST, progress: bool = False) -> np.ndarray:
    """Which images show one sample, as far as they overlap: (N,) int, see :func:`overlaps`.

    Fit to be the ``groups`` of :func:`cvlib.data.splits.split`.
    """
    return groups_from(overlaps(dataset, least, progress), len(dataset))


def groups_of(dataset: Dataset, progress: bool = False) -> np.ndarray:
    """The clips of a data set where it knows them, else the groups found in its images: (N,) int.

    Clips are unknown where every image has one of its own, see ``cvlib.data.coatingvision.UNGROUPED``.
    """
    clips = dataset.frames["clip"]
    return groups(dataset, progress=progress) if clips.is_unique else pd.factorize(clips)[0]


def _thumbnails(dataset: Dataset, progress: bool) -> tuple[np.ndarray, np.ndarray]:
    """What sets each image apart, (N, 60, 80) float32, and the widths of the images, (N,) int."""
    cells = np.empty((len(dataset), _ROWS, _COLUMNS), np.float32)
    widths = np.empty(len(dataset), int)
    for index in tqdm(range(len(dataset)), desc="reading", unit="image", disable=None if progress else True):
        grey = cv2.cvtColor(dataset.image(index), cv2.COLOR_RGB2GRAY)
        widths[index] = grey.shape[1]
        small = cv2.resize(grey.astype(np.float32), (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)
        small = np.log(small + 8)  # one bright defect must not outweigh the rest, nor noise in the dark
        # Without the shading, and so soft that half a cell of shift does not matter.
        cells[index] = cv2.GaussianBlur(small, (0, 0), 0.7) - cv2.GaussianBlur(small, (0, 0), 5)
    return _without_common(cells), widths


def _without_common(cells: np.ndarray) -> np.ndarray:
    """Without what lamps and dirt leave in all images; nothing where nothing else is left."""
    mean = cells.mean(axis=0)
    # As much of it as an image holds: taken off whole, blank images would match in what is not theirs.
    held = np.einsum("nyx,yx->n", cells, mean) / np.maximum((mean**2).sum(), 1e-12)
    few = len(cells) / (len(cells) + 10)  # the mean of few images is mostly what they show
    own: np.ndarray = cells - (few * held).astype(np.float32)[:, None, None] * mean
    own[_without_streaks(own).std(axis=(1, 2)) < FAINT] = 0
    return own


def _likely_pairs(cells: np.ndarray) -> list[tuple[int, int, int]]:
    """First image, second image and shift in cells of all pairs that correlate on a grid half as fine."""
    count = len(cells)
    coarse = cells.reshape(count, _ROWS // 2, 2, _COLUMNS // 2, 2).mean(axis=(2, 4))
    best = np.full((count, count), -1, np.float32)
    shifts = np.zeros((count, count), np.int16)
    for shift in range(int(FARTHEST * _COLUMNS / 2) + 1):
        score = _unit(coarse[:, :, shift:]) @ _unit(coarse[:, :, : _COLUMNS // 2 - shift]).T
        better = score > best
        best[better], shifts[better] = score[better], shift
    first, second = np.nonzero(np.triu(np.maximum(best, best.T) >= _LIKELY, 1))
    forward = best[first, second] >= best[second, first]
    signed = 2 * np.where(forward, shifts[first, second], -shifts[second, first])
    return list(zip(first.tolist(), second.tolist(), signed.tolist(), strict=True))


def _unit(windows: np.ndarray) -> np.ndarray:
    """Vectors whose products are correlations: (N, H, W) to (N, H * W) float32."""
    flat = _without_streaks(windows).reshape(len(windows), -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-3)


def _without_streaks(windows: np.ndarray) -> np.ndarray:
    """Each row from its mean: what runs along x, such as an edge of the coating, fits at every shift."""
    centred: np.ndarray = windows - windows.mean(axis=-1, keepdims=True)
    return centred


def _aligned(first: np.ndarray, second: np.ndarray, likely: int) -> tuple[int, float]:
    """The best shift near a likely one, in cells, and the correlation of what both images show then."""
    if likely < 0:
        shift, score = _aligned(second, first, -likely)
        return -shift, score
    inner = _without_streaks(second[_SLACK:-_SLACK, _SLACK : _COLUMNS - likely - _SLACK])
    scores = cv2.matchTemplate(_without_streaks(first[:, likely:]), inner, cv2.TM_CCOEFF_NORMED)
    _, score, _, (across, _) = cv2.minMaxLoc(scores)
    return likely + across - _SLACK, score
