"""Whether probabilities mean what they say: of what is called 70 % likely, 70 of 100 should be there."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from cvlib.measure.counts import divided, refuse_name

Binning = Literal["equal width", "equal count"]

BINNINGS: tuple[Binning, ...] = get_args(Binning)
"""How ``reliability`` makes bins."""


class Reliability(NamedTuple):
    """A reliability diagram of B bins.

    Attributes
    ----------
    edges
        (B + 1,) float64, rising. A bin holds what is above its lower edge, up to and with its upper one; the
        first holds its lower edge too.
    images
        (B,) int64: number of images in each bin.
    probability
        (B,) float64: their mean probability; NaN in an empty bin.
    share
        (B,) float64: share of them that show the class; NaN in an empty bin.
    """

    edges: np.ndarray
    images: np.ndarray
    probability: np.ndarray
    share: np.ndarray


def reliability(
    probabilities: np.ndarray, truth: np.ndarray, bins: int = 10, binning: Binning = "equal width"
) -> Reliability:
    """Sort images into bins by the probability of one class, and see how many show it.

    The non-empty bins are those of ``sklearn.calibration.calibration_curve``.

    Parameters
    ----------
    probabilities
        (N,) float, 0 to 1.
    truth
        (N,) bool.
    bins
        How many.
    binning
        ``equal width`` cuts 0 to 1 into equal parts. ``equal count`` cuts at the quantiles of the
        probabilities, so that bins hold about as many images; where many are equal, some bins stay empty.

    Raises
    ------
    ValueError
        If there are no images, shapes differ, the truth is not bool, something is not a probability, there
        are no bins, or the binning is unknown.

    Examples
    --------
    >>> truth = np.array([False, False, True, True])
    >>> found = reliability(np.array([0.1, 0.2, 0.3, 0.9]), truth, bins=4)
    >>> found.images.tolist(), found.probability.round(2).tolist(), found.share.tolist()
    ([2, 1, 0, 1], [0.15, 0.3, nan, 0.9], [0.0, 1.0, nan, 1.0])
    """
    probabilities = _checked(probabilities, truth)
    refuse_name("binning", binning, BINNINGS)
    if bins < 1:
        raise ValueError(f"expected at least one bin, but got {bins}")
    parts = np.linspace(0, 1, bins + 1)
    edges = parts if binning == "equal width" else np.percentile(probabilities, 100 * parts)
    member = np.searchsorted(edges[1:-1], probabilities)
    images, total, positives = (
        np.bincount(member, weights, minlength=bins) for weights in (None, probabilities, truth)
    )
    return Reliability(edges, images, divided(total, images), divided(positives, images))


def calibration_error(
    probabilities: np.ndarray, truth: np.ndarray, bins: int = 10, binning: Binning = "equal width"
) -> float:
    """Expected calibration error of one class: how far shares are from probabilities, on average over images.

    The mean over the bins of ``reliability`` of the absolute difference between share and mean probability,
    weighted by the number of images; empty bins do not count. It is about the probability of the class, not
    the confidence in whichever answer is given (as C. Guo et al., "On calibration of modern neural networks",
    ICML 2017, have it for one label of many). It grows with the number of bins and shrinks with that of
    images even where nothing is wrong, so compare only at equal ones. Parameters and errors as of
    ``reliability``.

    Returns
    -------
    0 to 1; 0 is best.

    >>> calibration_error(np.array([0.25, 0.25, 0.75, 0.75]), np.array([False, True, True, True]), bins=2)
    0.25
    """
    found = reliability(probabilities, truth, bins, binning)
    gaps = np.abs(found.share - found.probability)[found.images > 0]
    return float(np.average(gaps, weights=found.images[found.images > 0]))


def brier(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Brier score of one class: mean squared difference between probability and truth, 0 (best) to 1.

    Always saying .5 has .25. Parameters and errors as of ``reliability``.

    >>> brier(np.array([0.5, 1.0]), np.array([True, True]))
    0.125
    """
    return float(np.mean((_checked(probabilities, truth) - truth) ** 2))


def _checked(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    if probabilities.ndim != 1 or probabilities.shape != truth.shape or truth.dtype != bool or not len(truth):
        raise ValueError(
            f"expected probabilities (N,) and a bool truth (N,) of at least one image, but got "
            f"{probabilities.shape} and {truth.dtype} {truth.shape}"
        )
    if not (probabilities.min() >= 0 and probabilities.max() <= 1):
        raise ValueError(
            f"expected probabilities between 0 and 1, but got {probabilities.min()} to {probabilities.max()}"
        )
    return probabilities.astype(np.float64)
