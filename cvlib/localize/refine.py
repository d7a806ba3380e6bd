"""Paper 2's correction of predicted poles by corners (section 2.3, eqs 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from scipy.spatial import cKDTree

from cvlib.errors import UserError
from cvlib.localize.corners import Corners
from cvlib.localize.descriptors import Learned, brief, histogram, patches
from cvlib.localize.inputs import checked, inside

Pairing = Literal["own", "as printed"]
Reference = Literal["polarity", "pooled"]
ReferencePoints = Literal["predicted", "corners", "both"]
Descriptor = Literal["histogram", "brief", "learned"]


@dataclass(frozen=True)
class Settings:
    """What paper 2 leaves open about its correction.

    Attributes
    ----------
    radius
        Within which a corner may be a pole's reference, px. Not in the paper. 5: less than the 7 px between
        plates, so that it is rarely a neighbour's, and twice the error of the paper's own network or more.
    patch
        Side of the square patches, px, odd. "Small", says the paper. 11: a plate and the gaps beside it.
    bins
        Of the histogram over 0 to 255. Not in the paper. 32: 8 grey values each, about the noise.
    pairing
        Which confidence weighs which point. "own": each point by the similarity of its own patch. "as
        printed": the other way round, as the order of the symbols extracted from eq. 5 suggests, where the
        corner's patch comes first and eq. 6 gives the first confidence to the predicted pole. "own" by
        default: it is the one that makes sense.
    reference
        Whose patches are averaged into the reference feature: those of the same polarity, as the paper says
        ("polarity"), or all ("pooled").
    reference_points
        Where those patches are: the paper says "in an input X-ray image", not at which points. "predicted"
        by default, since they exist at every pole; or "corners" that are references; or "both".
    descriptor
        "histogram" is the paper's choice; it names "brief" and a "learned" one as alternatives.
    """

    radius: float = 5.0
    patch: int = 11
    bins: int = 32
    pairing: Pairing = "own"
    reference: Reference = "polarity"
    reference_points: ReferencePoints = "predicted"
    descriptor: Descriptor = "histogram"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, allowed in (
            ("pairing", Pairing), ("reference", Reference),
            ("reference_points", ReferencePoints), ("descriptor", Descriptor),
        ):  # fmt: skip
            if getattr(self, name) not in get_args(allowed):
                raise UserError(
                    f"{name} is {getattr(self, name)!r}: expected one of {', '.join(get_args(allowed))}"
                )
        if not (self.radius > 0 and self.patch > 0 and self.patch % 2 == 1 and 1 <= self.bins <= 256):
            raise UserError(
                f"radius {self.radius}, patch {self.patch}, bins {self.bins}: expected a radius above 0, an "
                "odd patch and 1 to 256 bins; give others"
            )


class Corrected(NamedTuple):
    """K poles after a correction.

    Attributes
    ----------
    points
        (K, 2) float64 px; NaN where nothing was predicted.
    confidence
        (K,) 0 to 1: mean similarity of the patches used to their reference. 0 for no prediction, a point
        outside the image, and a patch all of one grey value, which says nothing.
    reference
        (K,) int, index of the corner q used, -1 for none.
    weights
        (K, 2) shares of p and q in the result, which add up to 1; (1, 0) where there is no corner.
    """

    points: np.ndarray
    confidence: np.ndarray
    reference: np.ndarray
    weights: np.ndarray


def correct(
    image: np.ndarray,
    predicted: np.ndarray,
    positive: np.ndarray,
    corners: Corners,
    settings: Settings | None = None,
    learned: Learned | None = None,
) -> Corrected:
    """Move each predicted pole towards the nearest corner, by how alike their patches are to the usual one.

    With p a predicted pole, q the corner nearest to it within the radius, U and V the features of the patches
    at p and q, and R the mean feature of the poles of that kind, the similarities are cosines (eq. 5)::

        s_p = <U, R> / (|U| |R|),    s_q = <V, R> / (|V| |R|)

    and the result is (s_p p + s_q q) / (s_p + s_q) (eq. 6); with ``pairing="as printed"`` s_p and s_q change
    places. A pole without a corner in its radius stays, bit for bit. Cosines below 0, which histograms cannot
    have, count as 0; if both are 0 the pole stays.

    Parameters
    ----------
    image
        (H, W) uint8.
    predicted
        (K, 2) px in the image, NaN where there is none.
    positive
        (K,) bool.
    corners
        Of the image.
    settings
        What the paper leaves open.
    learned
        The descriptor, where the settings ask for a learned one. Its patches have its own side.

    Raises
    ------
    DataError
        Image, points or polarity are of other shapes or types.
    UserError
        A learned descriptor is asked for and not given.

    Examples
    --------
    >>> from cvlib.localize.corners import find_corners
    >>> from cvlib.simulate.cell import plan
    >>> from cvlib.simulate.xray import draw
    >>> view = plan(images=1)[0]
    >>> image = draw(view)
    >>> found = correct(image, view.points, view.positive, find_corners(image))
    >>> found.points.shape, np.allclose(found.weights.sum(axis=1), 1)
    ((13, 2), True)
    """
    settings = settings or Settings()
    points, positive = checked(predicted, positive, image)
    usable = inside(image, points)
    reference = nearest(points, corners.points, settings.radius, usable)
    at_p, at_q = _patches(image, points, corners.points, reference, usable, settings, learned)
    u, v = np.split(_features(np.concatenate([at_p, at_q]), settings, learned), 2)
    has = reference >= 0
    similar = _similarities(u, v, usable, has, positive, settings)
    shares = similar[:, ::-1] if settings.pairing == "as printed" else similar
    total = shares.sum(axis=1)
    moved = has & (total > 0)
    weights = np.tile([1.0, 0.0], (len(points), 1))
    weights[moved] = shares[moved] / total[moved, None]
    corner = corners.points[reference[moved]]
    points[moved] = weights[moved, :1] * points[moved] + weights[moved, 1:] * corner
    says = usable & (at_p != at_p[:, :1, :1]).any(axis=(1, 2))
    confidence = np.where(says, np.where(has, similar.mean(axis=1), similar[:, 0]), 0.0)
    return Corrected(points, confidence, np.where(moved, reference, -1), weights)


def nearest(points: np.ndarray, corners: np.ndarray, radius: float, usable: np.ndarray) -> np.ndarray:
    """(K,) int: index of the corner nearest to each usable point within the radius, -1 for none."""
    index = np.full(len(points), -1)
    if len(corners) and usable.any():
        distance, found = cKDTree(corners).query(points[usable])
        index[usable] = np.where(distance <= radius, found, -1)
    return index


def _patches(
    image: np.ndarray,
    points: np.ndarray,
    corners: np.ndarray,
    reference: np.ndarray,
    usable: np.ndarray,
    settings: Settings,
    learned: Learned | None,
) -> tuple[np.ndarray, np.ndarray]:
    """(K, side, side) patches at p and at q, any patch where there is none."""
    side = learned.side if settings.descriptor == "learned" and learned else settings.patch
    p = np.where(usable[:, None], points, 0)
    q = p.copy()
    q[reference >= 0] = corners[reference[reference >= 0]]
    return patches(image, p, side), patches(image, q, side)


def _similarities(
    u: np.ndarray,
    v: np.ndarray,
    usable: np.ndarray,
    has: np.ndarray,
    positive: np.ndarray,
    settings: Settings,
) -> np.ndarray:
    """(K, 2) cosines (eq. 5) of the features at p and at q to the mean feature of their kind."""
    similar = np.zeros((len(u), 2))
    for kind in (np.ones_like(positive),) if settings.reference == "pooled" else (positive, ~positive):
        at_p, at_q = u[usable & kind], v[has & kind]
        rows = {"predicted": at_p, "corners": at_q, "both": np.concatenate([at_p, at_q])}
        chosen = rows[settings.reference_points]
        # Without any corner of that kind there is no mean over corners; nothing moves then.
        chosen = chosen if len(chosen) else at_p
        if len(chosen):
            mean = chosen.mean(axis=0)
            similar[kind] = np.stack([_cosine(u[kind], mean), _cosine(v[kind], mean)], axis=1)
    return similar.clip(0, 1)


def _features(taken: np.ndarray, settings: Settings, learned: Learned | None) -> np.ndarray:
    if settings.descriptor == "histogram":
        return histogram(taken, settings.bins)
    if settings.descriptor == "brief":
        return brief(taken)
    if learned is None:
        raise UserError(
            "descriptor is 'learned' but none was given: expected one from fit_learned; pass it as learned="
        )
    return learned(taken)


def _cosine(rows: np.ndarray, other: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(other)
    cosine: np.ndarray = rows @ other / np.where(norms > 0, norms, 1)
    return cosine
