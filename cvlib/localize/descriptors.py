"""Local features of small square patches: a histogram of brightness, BRIEF, or one fitted to patches."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cvlib.errors import UserError

BRIEF_BITS, BRIEF_SEED = 256, 0


@dataclass(frozen=True)
class Learned:
    """A linear embedding of patches: a descriptor that was fitted, not designed.

    It stands in for the paper's "learned descriptor". Networks such as SuperPoint need weights that have to
    be downloaded; this one is fitted in an instant to the patches at hand. See :func:`fit_learned`.

    Attributes
    ----------
    mean
        (P,) of the normalised patches of P = side x side grey values.
    axes
        (E, P) orthonormal: the embedding's directions.
    """

    mean: np.ndarray
    axes: np.ndarray

    @property
    def side(self) -> int:
        """Of the patches, px."""
        return round(self.mean.size**0.5)

    def __call__(self, patches: np.ndarray) -> np.ndarray:
        """(N, E) features of (N, side, side) patches."""
        features: np.ndarray = (_normalised(patches) - self.mean) @ self.axes.T
        return features


def patches(image: np.ndarray, points: np.ndarray, side: int) -> np.ndarray:
    """Square patches of whole pixels around points rounded to whole pixels.

    Grey values are taken as they are: interpolating between pixels would take noise away, by an amount that
    depends on where a point lies between them, and so change the histogram. The image's border is repeated.

    Parameters
    ----------
    image
        (H, W) uint8.
    points
        (N, 2) finite, px.
    side
        Odd, px.

    Returns
    -------
    (N, side, side) uint8

    Examples
    --------
    >>> image = np.arange(20, dtype=np.uint8).reshape(4, 5)
    >>> patches(image, np.array([[1.2, 1.9], [0, 0]]), 3)[:, 1, 1].tolist()
    [11, 0]
    """
    step = np.arange(side) - side // 2
    centre = np.rint(np.clip(points, -1e6, 1e6)).astype(int)
    columns = np.clip(centre[:, 0, None] + step, 0, image.shape[1] - 1)
    rows = np.clip(centre[:, 1, None] + step, 0, image.shape[0] - 1)
    taken: np.ndarray = image[rows[:, :, None], columns[:, None, :]]
    return taken


def histogram(patches: np.ndarray, bins: int) -> np.ndarray:
    """Normalised brightness histograms: (N, bins) shares of pixels, over grey values 0 to 255.

    >>> histogram(np.array([[[0, 10], [200, 255]]], np.uint8), bins=2).tolist()
    [[0.5, 0.5]]
    """
    count = len(patches)
    place = _rows(patches).astype(np.int64) * bins // 256 + bins * np.arange(count)[:, None]
    sums = np.bincount(place.ravel(), minlength=count * bins).reshape(count, bins)
    shares: np.ndarray = sums / place.shape[1]
    return shares


def brief(patches: np.ndarray) -> np.ndarray:
    """BRIEF: signs of grey value differences between pairs of places, as (N, 256) of -1 and +1.

    As vectors of signs, a cosine of two is 1 less twice the share of bits that differ (Hamming's distance).
    OpenCV has BRIEF only in its contributed modules, hence it is written out here: the patch is smoothed and
    the pairs are Gaussian around its centre with a fifth of its side as standard deviation, the pattern that
    M. Calonder et al. found best ("BRIEF: Binary Robust Independent Elementary Features", ECCV 2010). The
    draw is our own, so bits agree with no other implementation. Equal values give -1.

    >>> signs = brief(np.random.default_rng(0).integers(0, 255, (1, 15, 15), np.uint8))
    >>> signs.shape, np.unique(signs).tolist()
    ((1, 256), [-1.0, 1.0])
    """
    side = patches.shape[1]
    rng = np.random.default_rng(BRIEF_SEED)
    places = np.rint(rng.normal(side // 2, side / 5, (2, BRIEF_BITS, 2))).clip(0, side - 1).astype(int)
    smooth = np.zeros(patches.shape, np.float32)
    for row, patch in enumerate(patches):
        smooth[row] = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), 1.0)
    first, second = (smooth[:, p[:, 1], p[:, 0]] for p in places)
    return np.where(first < second, 1.0, -1.0)


def fit_learned(patches: np.ndarray, size: int = 16) -> Learned:
    """Fit a linear embedding to patches: their principal components.

    Parameters
    ----------
    patches
        (N, side, side) uint8 at labelled tips of training images, side odd.
    size
        E, numbers that describe a patch; fewer than N.

    Raises
    ------
    UserError
        There are not more patches than ``size``.

    Examples
    --------
    >>> some = np.random.default_rng(0).integers(0, 255, (50, 7, 7), np.uint8)
    >>> fit_learned(some, size=4)(some[:2]).shape
    (2, 4)
    """
    if len(patches) <= size:
        raise UserError(
            f"{len(patches)} patches to fit a descriptor of {size} numbers to: expected more patches than "
            "numbers; take more training images or a smaller size"
        )
    rows = _normalised(patches)
    mean = rows.mean(axis=0)
    axes = np.linalg.svd(rows - mean, full_matrices=False)[2][:size]
    return Learned(mean, axes)


def _normalised(patches: np.ndarray) -> np.ndarray:
    """Rows of zero mean and unit variance, so that exposure does not count; zeros where a patch is flat."""
    rows = _rows(patches).astype(np.float64)
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = rows.std(axis=1, keepdims=True)
    normal: np.ndarray = rows / np.where(spread > 0, spread, 1)
    return normal


def _rows(patches: np.ndarray) -> np.ndarray:
    """(N, pixels): one row per patch, also where there are no patches."""
    return patches.reshape(len(patches), patches.shape[1] * patches.shape[2])
