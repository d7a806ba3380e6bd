"""Where plates end, to a fraction of a pixel: an edge fitted to the grey values, without any training.

Around each predicted point a small window of the image is read, turned so that plates run along its rows.

1. **Across**: the rows behind the tip are summed. The plates of a stack are found together, as the chain of
   dark bands that fits the image, the predictions and an even pitch best (dynamic programming). So a
   prediction nearer to its neighbour's plate than to its own comes back to its own.
2. **Centre line**: the band's darkest place in several strips behind the tip, and a line through them.
3. **Along**: grey values on that line, against a step blurred like the image. Where it fits best is the end.

Steps 2 and 3 are done twice: the second time starts from the first result.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import ndtr

from cvlib.localize.inputs import checked, inside

STEP = 0.5
"""Between samples, px."""

AHEAD, BEHIND, BESIDE = 18.0, 28.0, 9.0
"""Of a window: how far it reaches from the point beyond the tip, into the plate, and to either side, px."""

START_PX, PITCH_SPREAD, BAND_WEIGHT = 2.5, 0.12, 12.0
"""What the chain believes: standard deviation of predictions, px, and of the pitch, as a share; and what a
band of full darkness is worth, as half a squared number of standard deviations."""

NARROW, WIDE, ASTRAY = 1.2, 3.5, 3.0
"""Standard deviations of the means whose difference is a band; and how far the band of a plate may be from
where the chain put it, px."""

NEAR, FAR, STRIP = 2.0, 26.0, 4.0
"""Strips that the centre line is fitted to begin and end so far behind the tip; length of one, px."""

SEARCH, ARM, BLUR_PX, CORE_PX = (10.0, 4.0), 7.0, 1.0, 1.5
"""How far the edge is looked for, the first and the second time; length of the step on either side of it; its
blur, and the part of a plate's thickness that is looked at (standard deviations), px. The blur need not be
the image's: a wrong one moves no edge, as both are symmetric."""

INTERPOLATED = 1.5
"""Linear interpolation leaves, on average over where a sample falls between pixels, 2/3 of their variance."""

FEWEST_SD, LEAST_STEP = 7.0, 0.5
"""An edge is none if lower than this many standard deviations of its noise and so many grey values more."""

FINEST_PX, COARSEST_PX = 0.02, 1.0
"""No fit is taken to be better than the one; a fit that expects to be worse than the other, as where a wire
crosses the end, is not believed."""

_U = np.arange(-AHEAD, BEHIND + STEP / 2, STEP, dtype=np.float32)
_V = np.arange(-BESIDE, BESIDE + STEP / 2, STEP, dtype=np.float32)
_COLUMNS = np.arange(6, 31, 2, dtype=np.float32)
_ROWS = np.arange(-12, 12 + STEP / 2, STEP, dtype=np.float32)


class Tips(NamedTuple):
    """Fitted ends of K plates.

    Attributes
    ----------
    points
        (K, 2) float64, x and y in px; NaN where no end was found that can be trusted.
    sd
        (K, 2) float64, px: expected standard deviation along the plate (x, but for the tilt) and across it,
        from the noise and the steepness of the edge (Cramér and Rao's bound). Infinite where there is no end.
    confidence
        (K,) float64, ``1 / (1 + squared sd along + squared sd across)``; 0 where there is no end.
    """

    points: np.ndarray
    sd: np.ndarray
    confidence: np.ndarray


def fit_tips(image: np.ndarray, points: np.ndarray, positive: np.ndarray, reach: float = 9.0) -> Tips:
    """Fit the ends of plates near predicted points.

    Plates run from their ends to the right, at most some ten degrees off the rows, and are darker than what
    is around them; positive plates are darker than negative ones. Nothing here is from paper 2.

    Parameters
    ----------
    image
        (H, W) uint8.
    points
        (K, 2) px, in the order of the stack; NaN where there is no prediction.
    positive
        (K,) bool.
    reach
        An end further than this from its point, px along or across, is not believed.

    Raises
    ------
    DataError
        Image, points or polarity are of other shapes or types.

    Examples
    --------
    >>> from cvlib.simulate.cell import plan
    >>> from cvlib.simulate.xray import draw
    >>> view = plan(images=1, seed=2)[0]
    >>> tips = fit_tips(draw(view), view.points + [2, -1], view.positive)
    >>> bool(np.abs(tips.points - view.points).max() < 1)
    True
    """
    start, positive = checked(points, positive, image)
    known = inside(image, start)
    ends, sd = np.full_like(start, np.nan), np.full_like(start, np.inf)
    if known.any():
        rank = np.flatnonzero(known)
        ends[known], sd[known] = _fit(image.astype(np.float32), start[known], rank, positive[known])
    believed = (
        (sd <= COARSEST_PX).all(axis=1) & (np.abs(ends - start) <= reach).all(axis=1) & inside(image, ends)
    )
    ends[~believed], sd[~believed] = np.nan, np.inf
    return Tips(ends, sd, 1 / (1 + (sd**2).sum(axis=1)))


def _fit(
    image: np.ndarray, start: np.ndarray, rank: np.ndarray, positive: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ends and standard deviations, infinite where there is no edge; ``rank`` is the place in the stack."""
    slope = np.full(len(start), _tilt(image, start))
    bands = _bands(_windows(image, start, slope, _COLUMNS, _ROWS).mean(axis=2))
    ends = start.copy()
    ends[:, 1] += _chain(bands, start[:, 1] - slope * start[:, 0], rank, positive)
    for search in SEARCH:
        window = _windows(image, ends, slope, _U, _V)
        across, turn, across_sd = _centre_line(window)
        along, along_sd = _edge(_profile(window, across, turn), search)
        ends += np.stack([along - slope * across, slope * along + across + turn * along], axis=1)
        slope = slope + turn
    return ends, np.stack([along_sd, across_sd], axis=1)


def _tilt(image: np.ndarray, points: np.ndarray) -> float:
    """Slope of the plates, from the structure tensor of the image behind the points."""
    left, top, bottom = (int(v) for v in (np.median(points[:, 0]), points[:, 1].min(), points[:, 1].max()))
    part = image[top : bottom + 1, left : left + 100]
    if min(part.shape) < 5:
        return 0.0
    down, right = np.gradient(cv2.GaussianBlur(part, (0, 0), 1.5))
    angle = 0.5 * np.arctan2(-2 * (right * down).sum(), (down**2 - right**2).sum())
    return float(np.clip(np.tan(angle), -0.25, 0.25))


def _windows(
    image: np.ndarray, points: np.ndarray, slope: np.ndarray, u: np.ndarray, v: np.ndarray
) -> np.ndarray:
    """(K, V, U) float32 darkness: the image around each point, sheared so that plates run along u."""
    x, y, k = (a.astype(np.float32)[:, None, None] for a in (points[:, 0], points[:, 1], slope))
    x, y = x + u - k * v[:, None], y + v[:, None] + k * u
    flat = (len(points) * len(v), len(u))
    read = cv2.remap(
        image, x.reshape(flat), y.reshape(flat), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return -read.reshape(len(points), len(v), len(u))


def _bands(darkness: np.ndarray) -> np.ndarray:
    """How much darker each place (along the last axis) is than its sides: a narrow mean less a wide one."""
    flat = np.ascontiguousarray(darkness).reshape(-1, darkness.shape[-1])
    narrow, wide = (
        cv2.GaussianBlur(flat, (0, 0), px / STEP, sigmaY=1e-6, borderType=cv2.BORDER_REPLICATE)
        for px in (NARROW, WIDE)
    )
    return (narrow - wide).reshape(darkness.shape)


def _chain(bands: np.ndarray, base: np.ndarray, rank: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """(K,) how far across each point is from its plate: the best chain by Viterbi's algorithm.

    ``bands`` is (K, rows) and ``base`` (K,) where the points lie across the stack.
    """
    pitch = _pitch(base, rank)
    bands = _by_polarity(bands, positive, pitch)
    cost = -BAND_WEIGHT * bands + np.minimum((_ROWS / START_PX) ** 2 / 2, 8)
    total, came = cost[0], []
    for k in range(1, len(base)):
        gap = base[k] - base[k - 1] + _ROWS - _ROWS[:, None]
        expected = pitch * (rank[k] - rank[k - 1])
        both = total[:, None] + ((gap - expected) / (PITCH_SPREAD * expected)) ** 2 / 2
        came.append(both.argmin(axis=0))
        total = both.min(axis=0) + cost[k]
    path = [int(total.argmin())]
    for previous in reversed(came):
        path.append(int(previous[path[-1]]))
    return _ROWS[path[::-1]]


def _by_polarity(bands: np.ndarray, positive: np.ndarray, pitch: float) -> np.ndarray:
    """Bands as shares of what is usual for a plate of that polarity, at most 1.

    Within a pitch of any point there is a dark plate, so a chain that is out by one plate pays for having its
    dark plates on light ones.
    """
    dark = np.median(bands[positive][:, np.abs(_ROWS) <= pitch].max(axis=1)) if positive.any() else 0
    light = np.median(bands[~positive][:, np.abs(_ROWS) <= 3].max(axis=1)) if (~positive).any() else 0
    usual = np.where(positive, dark, light)
    shares: np.ndarray = np.clip(bands / np.maximum(usual, 1e-6)[:, None], -1, 1)
    return shares


def _pitch(base: np.ndarray, rank: np.ndarray) -> float:
    """From plate to plate, px: the median over all pairs (Theil and Sen), at least 3."""
    i, j = np.triu_indices(len(base), 1)
    return max(float(np.median((base[j] - base[i]) / (rank[j] - rank[i]))), 3.0) if len(base) > 1 else 9.0


def _centre_line(window: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(K,) place across at u = 0, slope against the window's rows, and the former's standard deviation."""
    first, per, count = int((AHEAD + NEAR) / STEP), int(STRIP / STEP), int((FAR - NEAR) / STRIP)
    strips = window[:, :, first : first + count * per].reshape(*window.shape[:2], count, per).mean(axis=3)
    near = np.abs(_V) <= ASTRAY + STEP
    place, height = _summit(_bands(strips.transpose(0, 2, 1))[:, :, near])
    place = place * STEP - ASTRAY - STEP
    u = NEAR + (np.arange(count) + 0.5) * STRIP - STEP / 2
    off = np.zeros_like(place)
    for _ in range(3):
        weight = np.maximum(height, 0) / (1 + (off / 0.6) ** 2) + 1e-9
        share = weight / weight.sum(axis=1, keepdims=True)
        mean_u, mean_v = share @ u, (share * place).sum(axis=1)
        away = u - mean_u[:, None]
        spread = (share * away**2).sum(axis=1)
        turn = (share * away * place).sum(axis=1) / (spread + 10)
        off = place - mean_v[:, None] - turn[:, None] * away
    scatter = (share * off**2).sum(axis=1) * count / (count - 2)
    lever = (share**2).sum(axis=1) + mean_u**2 * (share**2 * away**2).sum(axis=1) / spread**2
    return mean_v - turn * mean_u, turn, np.sqrt(np.maximum(scatter * lever, FINEST_PX**2))


def _profile(window: np.ndarray, across: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """(K, U) mean darkness along the centre line, over the core of the plate."""
    line = (across[:, None] + turn[:, None] * _U).astype(np.float32)
    core = np.exp(-(((_V[:, None] - line[:, None]) / CORE_PX) ** 2) / 2)
    profile: np.ndarray = (window * core).sum(axis=1) / core.sum(axis=1)
    return profile


def _edge(profile: np.ndarray, search: float) -> tuple[np.ndarray, np.ndarray]:
    """(K,) place of the edge along a profile, and its standard deviation, infinite if there is none.

    A blurred step is laid on the profile at every place. Its ends are tapered off: otherwise the noise that
    enters and leaves at its ends would move the best place more than the noise at the edge does.
    """
    arm = np.arange(-ARM, ARM + STEP / 2, STEP)
    step = ndtr(arm / BLUR_PX) - 0.5
    tapered = step * (1 - np.abs(arm) / (ARM + STEP))
    first, count = int((AHEAD - ARM - search) / STEP), int(2 * search / STEP) + 1
    pieces = sliding_window_view(profile, len(arm), axis=1)[:, first : first + count]
    height = pieces @ tapered / (tapered @ step)
    place, top = _summit(height)
    best = pieces[np.arange(len(pieces)), height.argmax(axis=1)]
    residual = best - best.mean(axis=1, keepdims=True) - top[:, None] * step
    noise = np.sqrt(INTERPOLATED * STEP * (residual**2).mean(axis=1))
    steepness, response = np.gradient(step), np.gradient(tapered)
    sd = noise * np.linalg.norm(response) / (np.maximum(top, 1e-9) * (response @ steepness))
    top_sd = noise * np.linalg.norm(tapered) / (tapered @ step)
    seen = (top > FEWEST_SD * top_sd + LEAST_STEP) & (place > 0) & (place < count - 1)
    return place * STEP - search, np.where(seen, np.maximum(sd, FINEST_PX), np.inf)


def _summit(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place (index, by a parabola through three values) and height of the maximum along the last axis."""
    last = values.shape[-1] - 1
    top = values.argmax(axis=-1)
    middle = np.clip(top, 1, last - 1)
    before, here, after = (
        np.take_along_axis(values, (middle + d)[..., None], axis=-1)[..., 0] for d in (-1, 0, 1)
    )
    curve = before - 2 * here + after
    shift = np.where(curve < 0, (before - after) / np.where(curve < 0, 2 * curve, 1), 0)
    place = np.where(middle == top, middle + shift.clip(-0.5, 0.5), top)
    return place, np.take_along_axis(values, top[..., None], axis=-1)[..., 0]
