"""Crops with their boxes, drawn by seed, epoch and number: the same for every detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cvlib.data.cache import Cache
from cvlib.defects import DETECTION_CLASSES
from cvlib.profiles import Detection

LEAST = 0.3
"""Share of a box's area that a crop must show for the box to stay; of a larger box, of what fits a crop."""

VALIDATION = (0, 2**31)
"""Seed and epoch of the validation crops: the same after every epoch, whatever the seed of the training."""


class Crops:
    """One epoch of crops at native resolution; what is smaller than a crop is filled up with its mean colour.

    Reflecting it, as segmentation does, would show defects that have no box.

    Parameters
    ----------
    cache, boxes
        Images, and the boxes of each, (K, 5) as ``in_pixels`` gives them.
    positions
        Which images to cut from.
    profile
        Size of the crops, share placed over a box, and steps per epoch.
    seed, epoch
        Which crops: the same pair gives the same ones.
    own
        Take every image in turn, and place its crop over a box of its own if it has one; else the profile's
        share of crops is placed over boxes of any image, each class as often, and the others anywhere.
    """

    def __init__(
        self,
        cache: Cache,
        boxes: Sequence[np.ndarray],
        positions: np.ndarray,
        profile: Detection,
        seed: int,
        epoch: int,
        own: bool = False,
    ) -> None:
        self.cache, self.boxes, self.profile = cache, boxes, profile
        self.draw, self.own = (seed, epoch), own
        count = profile.steps * profile.batch or len(positions)
        random = np.random.default_rng(self.draw)
        rounds = -(-count // len(positions))
        self.order = np.concatenate([random.permutation(positions) for _ in range(rounds)])[:count]
        with_box = ((kind, [at for at in positions if kind in boxes[at][:, 0]]) for kind in _KINDS)
        self.showing = [(kind, found) for kind, found in with_box if found]

    @classmethod
    def fixed(
        cls, cache: Cache, boxes: Sequence[np.ndarray], positions: np.ndarray, profile: Detection
    ) -> Crops:
        """One crop of each image, over one of its boxes, always the same: what validation looks at."""
        once = profile.model_copy(update={"steps": 0})
        return cls(cache, boxes, positions, once, *VALIDATION, own=True)

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The crop with a number: (H, W, 3) uint8, and its boxes (K, 5), cut at its border."""
        random = np.random.default_rng((*self.draw, number))
        position, kind = self.order[number], None
        if not self.own and self.showing and random.random() < self.profile.focus:
            kind, candidates = self.showing[random.integers(len(self.showing))]
            position = random.choice(candidates)
        boxes = self.boxes[position]
        focused = boxes if kind is None else boxes[boxes[:, 0] == kind]
        size, room = self._size, np.maximum(self.cache.sizes[position] - self._size, 0)
        corner = random.integers(room + 1)
        if len(focused) and (self.own or kind is not None):
            corner = np.clip(_around(random.choice(focused), size, random), 0, room)
        (top, left), (bottom, right) = corner, corner + size
        image = self.cache.image(position)[top:bottom, left:right]
        return filled(image, size), cut(boxes, corner, size)

    @property
    def _size(self) -> np.ndarray:
        return np.array([self.profile.height, self.profile.width])


_KINDS = range(len(DETECTION_CLASSES))


def in_pixels(shares: np.ndarray, height: int, width: int) -> np.ndarray:
    """Boxes of an image in pixels.

    Parameters
    ----------
    shares
        (K, 5) float: class id, centre x, centre y, width, height, as ``Dataset.boxes`` gives them.
    height, width
        Of the image.

    Returns
    -------
    (K, 5) float64: class id, left, top, width, height.

    >>> in_pixels(np.array([[1, 0.375, 0.3, 0.25, 0.2]]), 10, 20).tolist()
    [[1.0, 5.0, 2.0, 5.0, 2.0]]
    """
    boxes = shares * [1, width, height, width, height]
    boxes[:, 1:3] -= boxes[:, 3:5] / 2
    return boxes


def cut(boxes: np.ndarray, corner: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Boxes as a crop shows them, without those of which it shows less than ``LEAST``.

    Parameters
    ----------
    boxes
        (K, 5), see ``in_pixels``.
    corner, size
        (2,) of the crop, y before x.

    >>> cut(np.array([[0, 8, 2, 4, 4.0], [1, 3, 9, 4, 4.0]]), np.array([0, 0]), np.array([10, 10])).tolist()
    [[0.0, 8.0, 2.0, 2.0, 4.0]]
    """
    corner, size = corner[::-1], size[::-1]
    start = np.clip(boxes[:, 1:3] - corner, 0, size)
    sides = np.clip(boxes[:, 1:3] + boxes[:, 3:5] - corner, 0, size) - start
    stays = sides.prod(axis=1) >= LEAST * np.minimum(boxes[:, 3:5], size).prod(axis=1)
    return np.column_stack([boxes[:, 0], start, sides])[stays & sides.all(axis=1)]


def filled(image: np.ndarray, size: np.ndarray) -> np.ndarray:
    """An image with its mean colour at its lower and right edge, up to a size at least its own.

    >>> filled(np.full((1, 2, 3), 7, np.uint8), np.array([1, 4]))[..., 0].tolist()
    [[7, 7, 7, 7]]
    """
    height, width = image.shape[:2]
    if (height, width) == tuple(size):
        return image
    canvas = np.empty((*size, 3), np.uint8)
    canvas[:] = image.mean(axis=(0, 1)).round()
    canvas[:height, :width] = image
    return canvas


def _around(box: np.ndarray, size: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A corner of a crop that holds a whole box; or that lies within it, where the box is larger."""
    start, end = box[2:0:-1], box[2:0:-1] + box[4:2:-1]
    low, high = np.sort([np.floor(start), np.ceil(end) - size], axis=0).astype(int)
    return random.integers(low, high + 1)
