"""The classical row of the segmentation table: thresholding, then rules on the shape of what stands out.

Paper 1 (Data Annotation Methods, step 1) labels first with OpenCV: removal of uneven light, thresholding,
morphology, contour analysis. Both ways to a binary mask, their filter sizes and their thresholds are those
of its authors' code, which ends with one mask of all defects. Telling the classes apart is added here. Each
step is a function of its own: ``contrast``, ``masks``, ``find_components``, ``classify``; ``predict`` runs
them all.

The authors' values are for their photographs. ``fit`` chooses values on training images, so that the row is
no straw man elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, NamedTuple, get_args

import cv2
import numpy as np

from cvlib.defects import CLASSES
from cvlib.errors import UserError

Method = Literal["background", "smooth"]
Polarity = Literal["bright", "dark"]

CRACK, DELAMINATION, PINHOLE, UNCLASSIFIED = range(len(CLASSES))
NOISE = -1
"""What ``classify`` calls a component that is too small to be a defect."""

PATCH, SINGLE, FOREIGN = range(3)
"""Where ``find_components`` found a component: where most of the coating is off, elsewhere among the defects,
or among foreign matter."""

_LIMITS: Mapping[str, tuple[type, float, float]] = {
    "threshold": (int, 0, 255),
    "foreign": (int, 0, 255),
    "least_area": (int, 1, 10**9),
    "patch": (int, 1, 999),
    "patch_fill": (float, 0, 1),
    "elongation": (float, 0, 10**9),
    "pinhole_least": (int, 1, 10**9),
    "pinhole_most": (int, 1, 10**9),
}


@dataclass(frozen=True)
class Thresholds:
    """All choices of the baseline: plain values, so ``Thresholds(**json.loads(json.dumps(asdict(these))))``
    gives them back.

    Attributes
    ----------
    method
        ``background``: contrast with the background around. ``smooth``: grey values, smoothed over 3 x 3.
    polarity
        Whether defects are brighter than what is around them (white substrate under a black coating), or
        darker: then grey values are those of the inverted image.
    threshold
        0 to 255. A pixel above it, in contrast or in grey value, is defect.
    foreign
        0 to 255. A pixel of a smoothed grey value below it is foreign matter, darker than any coating; 0
        finds none.
    least_area
        Components of fewer pixels are noise.
    patch, patch_fill
        Where more than the share ``patch_fill`` (0 to 1) of the square of ``patch`` pixels a side (odd) is
        defect, the coating is off: delamination, with the flakes that are left in it.
    elongation
        A component is long if its area is at least ``elongation`` times its width squared. A disc comes to
        0.8, a line to as many as it is longer than wide, a network counts all its branches.
    pinhole_least, pinhole_most
        Area of a pinhole, pixels: a component that is not long. A smaller one is a piece of a faint crack, a
        larger one is unclassified.

    Raises
    ------
    UserError
        A value is not of its type or out of its range.

    >>> Thresholds(threshold=80).method
    'background'
    """

    method: Method = "background"
    polarity: Polarity = "bright"
    threshold: int = 100
    foreign: int = 0
    least_area: int = 5
    patch: int = 51
    patch_fill: float = 0.4
    elongation: float = 1.5
    pinhole_least: int = 40
    pinhole_most: int = 800

    def __post_init__(self) -> None:
        for name, allowed in (("method", get_args(Method)), ("polarity", get_args(Polarity))):
            if getattr(self, name) not in allowed:
                raise _refusal(name, getattr(self, name), " or ".join(allowed))
        for name, (kind, low, high) in _LIMITS.items():
            value = getattr(self, name)
            fits = type(value) in (int, kind) and low <= value <= high
            if not fits or (name == "patch" and value % 2 == 0):
                odd = "odd " if name == "patch" else ""
                raise _refusal(name, value, f"{odd}{kind.__name__} of {low} to {high}")


def _refusal(name: str, value: object, expected: str) -> UserError:
    return UserError(f"baseline: {name} is {value!r}, expected {expected}; change that setting")


AUTHORS = Thresholds()
"""Contrast above 100, as in the authors' code; the limits on components are ours, for images of 480 x 640."""

AUTHORS_SMOOTH = Thresholds(method="smooth", threshold=170)
"""The other way in the authors' code: smoothed grey values above 170."""


class Components(NamedTuple):
    """Connected components, one entry each: where found (``PATCH``, ``SINGLE``, ``FOREIGN``), area in pixels,
    and width in pixels at the widest place (twice the largest distance to the outside).
    """

    part: np.ndarray
    area: np.ndarray
    width: np.ndarray


def predict(image: np.ndarray, settings: Thresholds = AUTHORS) -> np.ndarray:
    """Segment one image by thresholds and rules.

    Parameters
    ----------
    image
        (H, W, 3) uint8, RGB.
    settings
        As ``fit`` gives them; the authors' values where not given.

    Returns
    -------
    (H, W, 4) bool, channels in the order of ``cvlib.defects.CLASSES``; a pixel is in one channel at most.

    Raises
    ------
    ValueError
        The image is of another shape or type.

    Examples
    --------
    >>> image = np.full((120, 160, 3), 40, np.uint8)
    >>> image[60:63] = 200
    >>> predict(image).any(axis=(0, 1)).tolist()
    [True, False, False, False]
    """
    labels, components = find_components(*masks(image, settings), settings)
    chosen = np.concatenate([[NOISE], classify(components, settings)])
    channels = np.ascontiguousarray(chosen[:, None] == np.arange(4))
    # The four flags of a component are looked up as one number: ten times as fast as row by row.
    return np.take(channels.view(np.uint32)[:, 0], labels).view(bool).reshape(*labels.shape, 4)


def contrast(image: np.ndarray, method: Method, polarity: Polarity) -> np.ndarray:
    """What is compared with the threshold: (H, W) uint8 for an (H, W, 3) uint8 image; ValueError for another.

    ``background`` works plane by plane: the local maximum over 7 x 7, smoothed by a median over 21 x 21, is
    the background; the distance from it, divided by one minus its own local mean (Gaussian, 21 x 21), is the
    contrast. That finds what is darker than its surroundings. Of what is brighter it finds thin lines, but of
    anything wider only a halo, so an image with bright defects is inverted first. Of what is wider than
    16 pixels all but the rim counts as background.

    >>> image = np.full((50, 50, 3), 40, np.uint8)
    >>> image[25] = 200
    >>> contrast(image, "background", "bright")[[20, 25], 10].tolist()
    [0, 174]
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(
            f"expected an image of shape (H, W, 3), uint8, but got {image.shape} {image.dtype}; "
            "give RGB of 0 to 255"
        )
    if method == "smooth":
        grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (3, 3), 0)
        return np.asarray(grey if polarity == "bright" else cv2.bitwise_not(grey))
    planes = cv2.bitwise_not(image) if polarity == "bright" else np.ascontiguousarray(image)
    background = cv2.medianBlur(cv2.dilate(planes, np.ones((7, 7), np.uint8)), 21)
    distance = cv2.cvtColor(cv2.absdiff(planes, background), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.divide(distance, 255 - cv2.GaussianBlur(distance, (21, 21), 0), scale=256))


def masks(image: np.ndarray, settings: Thresholds) -> tuple[np.ndarray, np.ndarray]:
    """All defects, and foreign matter: two (H, W) bool masks of an (H, W, 3) uint8 image."""
    grey = contrast(image, "smooth", settings.polarity)
    chosen = grey if settings.method == "smooth" else contrast(image, settings.method, settings.polarity)
    return chosen > settings.threshold, grey < settings.foreign


def find_components(
    defects: np.ndarray, foreign: np.ndarray, settings: Thresholds
) -> tuple[np.ndarray, Components]:
    """Divide masks into connected components; pixels that touch at a corner belong together.

    Parameters
    ----------
    defects, foreign
        (H, W) bool; a pixel of both is foreign matter.
    settings
        ``patch`` and ``patch_fill`` are used. Patches are taken out first: cracks often run into them, and
        one component can have one class only.

    Returns
    -------
    labels
        (H, W) int32: 0 for sound coating, k + 1 for component k.
    components
        What the rules need to know of them.
    """
    defects = defects & ~foreign
    side = (settings.patch, settings.patch)
    patches = cv2.blur(defects.astype(np.float32), side) > settings.patch_fill
    labels = np.zeros(defects.shape, np.int32)
    found = [Components(np.zeros(0, int), np.zeros(0, int), np.zeros(0, np.float32))]
    count = 0
    for part, where in ((PATCH, patches & ~foreign), (SINGLE, defects & ~patches), (FOREIGN, foreign)):
        pixels = where.ravel().nonzero()[0]
        if pixels.size == 0:
            continue
        member = cv2.connectedComponents(where.view(np.uint8))[1].ravel()[pixels].astype(np.int64) - 1
        area = np.bincount(member)
        width = np.zeros(len(area), np.float32)
        distance = np.asarray(cv2.distanceTransform(where.view(np.uint8), cv2.DIST_L2, 5)).ravel()[pixels]
        # Without any outside the distance is the largest float there is.
        np.maximum.at(width, member, 2 * np.minimum(distance, max(labels.shape)))
        labels.ravel()[pixels] = member + count + 1
        found.append(Components(np.full(len(area), part), area, width))
        count += len(area)
    return labels, _joined(found)


def _joined(tables: Sequence[Components]) -> Components:
    return Components(*(np.concatenate(column) for column in zip(*tables, strict=True)))


def classify(components: Components, settings: Thresholds) -> np.ndarray:
    """The class of each component by the rules that ``Thresholds`` states.

    Returns
    -------
    (K,) int: position in ``cvlib.defects.CLASSES``, or ``NOISE``.

    >>> line, disc = (300, 3.0), (300, 19.5)
    >>> area, width = np.transpose([line, disc])
    >>> classify(Components(np.full(2, SINGLE), area, width), AUTHORS).tolist()
    [0, 2]
    """
    part, area, width = components
    compact = area < settings.elongation * width**2
    rules = [
        (area < settings.least_area, NOISE),
        (part == PATCH, DELAMINATION),
        (part == FOREIGN, UNCLASSIFIED),
        (~compact | (area < settings.pinhole_least), CRACK),
        (area <= settings.pinhole_most, PINHOLE),
    ]
    return np.select([rule[0] for rule in rules], [rule[1] for rule in rules], UNCLASSIFIED)


_THRESHOLDS = (30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 150, 170, 190, 210)
_GRID: Mapping[str, tuple[float, ...]] = {
    "foreign": (0, 15, 20, 25, 30, 40),
    "patch": (31, 51, 71),
    "patch_fill": (0.3, 0.35, 0.4, 0.5),
    "elongation": (1.25, 1.5, 2.0, 3.0),
    "pinhole_least": (20, 40, 80),
    "pinhole_most": (400, 800, 1600),
    "least_area": (1, 5, 20, 80),
}
_ROUNDS = 2


def fit(pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> Thresholds:
    """Choose the settings on training images: those of a fixed grid with the highest mean Dice.

    Dice is pooled over the images for each class, then averaged over the classes that some mask holds. First
    every method, polarity and threshold is tried with the other values of ``AUTHORS``; then one setting after
    the other is tried with the rest fixed, twice round. Of equals the first is taken, ``AUTHORS`` before all.
    The same pairs give the same settings.

    Parameters
    ----------
    pairs
        Images (H, W, 3) uint8 RGB with their masks (H, W, 4) bool, of any sizes. About 60 do; all are held in
        memory, five bytes a pixel. They must not be those the baseline is tested on, nor of the same clips.

    Raises
    ------
    ValueError
        An image or a mask is of another shape or type, or no mask holds a defect.

    Examples
    --------
    >>> image = np.full((48, 64, 3), 230, np.uint8)
    >>> image[30:37] = 60
    >>> mask = np.zeros((48, 64, 4), bool)
    >>> mask[30:37, :, 0] = True
    >>> fit([(image, mask)]).polarity
    'dark'
    """
    training = _Training(pairs)
    choices = product(get_args(Method), get_args(Polarity), _THRESHOLDS)
    tried = [replace(AUTHORS, method=m, polarity=p, threshold=t) for m, p, t in choices]
    best = max([AUTHORS, *tried], key=training.score)
    for _ in range(_ROUNDS):
        for name, values in _GRID.items():
            tried = [replace(best, **{name: value}) for value in values]  # type: ignore[arg-type]
            best = max([best, *tried], key=training.score)
    return best


class _Training:
    """Training images with all their contrasts, and the components found under settings tried before."""

    def __init__(self, pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> None:
        ways = list(product(get_args(Method), get_args(Polarity)))
        self._contrasts: list[dict[tuple[str, str], np.ndarray]] = []
        self._truths: list[np.ndarray] = []
        for image, mask in pairs:
            self._contrasts.append({way: contrast(image, *way) for way in ways})
            self._truths.append(_coded(mask, image))
        counts = (np.bincount(truth, minlength=16) for truth in self._truths)
        self._pixels = sum(counts, np.zeros(16, int)) @ _HELD
        if not self._pixels.any():
            raise ValueError(
                f"none of the {len(self._truths)} masks holds a defect; give training images that show some"
            )
        self._tables: dict[Thresholds, tuple[Components, np.ndarray]] = {}

    def score(self, settings: Thresholds) -> float:
        """Mean over the classes present of the Dice pooled over all images."""
        components, hits = self._table(settings)
        chosen = classify(components, settings)[:, None] == np.arange(4)
        dice = 2 * (hits * chosen).sum(axis=0) / (components.area @ chosen + np.maximum(self._pixels, 1))
        return float(dice[self._pixels > 0].mean())

    def _table(self, settings: Thresholds) -> tuple[Components, np.ndarray]:
        """All components of all images, and how many pixels of each class they hold: (K, 4) int."""
        ruled = {name: getattr(AUTHORS, name) for name in _RULES}
        key = replace(settings, **ruled)
        if key not in self._tables:
            samples = zip(self._contrasts, self._truths, strict=True)
            components, hits = zip(*(self._measure(*each, settings) for each in samples), strict=True)
            self._tables[key] = _joined(components), np.concatenate(hits)
        return self._tables[key]

    def _measure(
        self, contrasts: dict[tuple[str, str], np.ndarray], truth: np.ndarray, settings: Thresholds
    ) -> tuple[Components, np.ndarray]:
        defects = contrasts[settings.method, settings.polarity] > settings.threshold
        foreign = contrasts["smooth", settings.polarity] < settings.foreign
        labels, components = find_components(defects, foreign, settings)
        pixels = labels.ravel().nonzero()[0]
        count = len(components.area)
        code = (labels.ravel()[pixels] - 1) * 16 + truth[pixels]
        return components, np.bincount(code, minlength=16 * count).reshape(count, 16) @ _HELD


_RULES = ("least_area", "elongation", "pinhole_least", "pinhole_most")
"""Settings that ``classify`` alone uses."""

_HELD = np.arange(16)[:, None] >> np.arange(4) & 1
"""Which classes a coded pixel of a mask holds: (16, 4), 0 or 1."""


def _coded(mask: np.ndarray, image: np.ndarray) -> np.ndarray:
    """A mask as one number a pixel, bit k for class k: (H * W,) uint8."""
    expected = (*image.shape[:2], len(CLASSES))
    if mask.shape != expected or mask.dtype != np.bool_:
        raise ValueError(
            f"expected a mask of shape {expected}, bool, but got {mask.shape} {mask.dtype}; "
            "give one channel per class"
        )
    return np.asarray((mask @ (1 << np.arange(4))).astype(np.uint8).ravel())
