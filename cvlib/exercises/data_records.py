"""Exercises of the chapter on data records."""

from __future__ import annotations

import numpy as np

from cvlib.exercises.checking import Exercise
from cvlib.measure.intervals import share_interval


def printed_digits(printed: str) -> int:
    """Digits after the point of a printed number."""
    return len(printed.partition(".")[2])


def could_be(count: int, total: int, printed: str, units: float = 0.5) -> bool:
    """Whether a printed percentage is within so many units of its last digit of the exact one."""
    return abs(100 * count / total - float(printed)) <= units * 10 ** -printed_digits(printed) + 1e-9


PRINTED = [
    (1, 3, "33.3"),
    (1, 3, "33"),
    (2, 3, "66.6"),
    (1, 8, "12"),
    (1, 8, "13"),
    (1, 8, "12.5"),
    (9, 10, "91"),
    (9, 10, "90.3"),
]


def masks_as_opencv_reads_them(marked: int) -> np.ndarray:
    """(4, 6, 8, 4) uint8, blue, green, red, alpha: cracks in four images, then one of each in fewer."""
    masks = np.zeros((4, 6, 8, 4), np.uint8)
    masks[:, 2, 1:7, 2] = marked
    masks[:2, 4:, 4:, 1] = marked
    masks[1:, 0, 0, 0] = marked
    masks[3, 5, 0, 3] = marked
    return masks


def image_shares(masks: np.ndarray) -> np.ndarray:
    """Share of images that show each defect."""
    return (masks[..., [2, 1, 0, 3]] > 0).any(axis=(1, 2)).mean(axis=0)


def objects() -> list[tuple[np.ndarray]]:
    """A bar, a single pixel and an L, each in an image of its own: (12, 20) bool."""
    bar, pixel, corner = np.zeros((3, 12, 20), bool)
    bar[2:4, 5:15] = True
    pixel[7, 3] = True
    corner[1:11, 16] = corner[10, 8:17] = True
    return [(bar,), (pixel,), (corner,)]


def box(mask: np.ndarray, last: int = 1) -> np.ndarray:
    """Centre, width and height of an object as shares; the last pixel is counted in where ``last`` is 1."""
    low, high = np.argwhere(mask).min(axis=0), np.argwhere(mask).max(axis=0) + last
    return np.concatenate([(low + high) / 2 / mask.shape, (high - low) / mask.shape])[[1, 0, 3, 2]]


def film() -> tuple[np.ndarray, np.ndarray]:
    """Whether each of 180 frames shows a pinhole, and its clip; clips have six frames."""
    rng = np.random.default_rng(4)
    hits = np.repeat(rng.random(30) < 0.4, 6)
    return hits ^ (rng.random(180) < 0.05), np.repeat(np.arange(30), 6)


def width_over(groups: np.ndarray) -> float:
    """Width of the interval of the share of hits when these groups are drawn."""
    found = share_interval(film()[0], groups, seed=0)
    return found.high - found.low


def by_image() -> float:
    """The same, as if every frame were a sample of its own."""
    return width_over(np.arange(180))


EXERCISES = {
    "printed-share": Exercise(
        solution=could_be,
        mistakes={
            "this asks for the exact value: a printed number stands for all that are rounded to it": (
                lambda count, total, printed: abs(100 * count / total - float(printed)) < 1e-9
            ),
            "Python rounds a half to the even digit, others round it up: ask for the distance instead": (
                lambda count, total, printed: (
                    round(100 * count / total, printed_digits(printed)) == float(printed)
                )
            ),
            "an exact half is refused here: it may have been rounded either way": (
                lambda count, total, printed: could_be(count, total, printed, units=0.4999)
            ),
            "this allows a whole unit of the last digit: rounding moves a number by half of one": (
                lambda count, total, printed: could_be(count, total, printed, units=1)
            ),
            "the same tolerance for all: how far rounding can go depends on how many digits are printed": (
                lambda count, total, printed: abs(100 * count / total - float(printed)) <= 0.05 + 1e-9
            ),
        },
        inputs=lambda: PRINTED,
    ),
    "channel-order": Exercise(
        solution=image_shares,
        mistakes={
            "channels as OpenCV orders them: your surface cracks are in channel 2, and you report pinholes": (
                lambda masks: (masks > 0).any(axis=(1, 2)).mean(axis=0)
            ),
            "this turns round all four channels: alpha stays last, OpenCV changes the order of the colours": (
                lambda masks: (masks[..., ::-1] > 0).any(axis=(1, 2)).mean(axis=0)
            ),
            "this is a share of pixels: an image counts once, whether it shows one pixel or a thousand": (
                lambda masks: (masks[..., [2, 1, 0, 3]] > 0).mean(axis=(0, 1, 2))
            ),
            "only 255 counts here: the paper's text marks a defect with 1; take what is above 0": (
                lambda masks: (masks[..., [2, 1, 0, 3]] == 255).any(axis=(1, 2)).mean(axis=0)
            ),
        },
        inputs=lambda: [(masks_as_opencv_reads_them(marked),) for marked in (255, 1)],
    ),
    "box": Exercise(
        solution=box,
        mistakes={
            "your box ends where its last pixel begins: an object of one pixel has no width here": (
                lambda mask: box(mask, last=0)
            ),
            "x and y are exchanged: the first axis of an array counts rows, which is y": (
                lambda mask: box(mask)[[1, 0, 3, 2]]
            ),
            "this places the box by its upper left corner: YOLO gives the centre": (
                lambda mask: np.concatenate([box(mask)[:2] - box(mask)[2:] / 2, box(mask)[2:]])
            ),
            "this is the centre of mass of the pixels: the centre asked for is that of the box": (
                lambda mask: np.concatenate(
                    [((np.argwhere(mask) + 0.5).mean(axis=0) / mask.shape)[::-1], box(mask)[2:]]
                )
            ),
        },
        inputs=objects,
    ),
    "clips": Exercise(
        solution=lambda: width_over(film()[1]) / by_image(),
        mistakes={
            "upside down: divide the width over clips by the width over images": (
                lambda: by_image() / width_over(film()[1])
            ),
            "both widths are over the same groups: give share_interval a clip number for each frame once": (
                lambda: 1.0
            ),
            "your groups are the first frames of all clips, the second, and so on: a group is one clip": (
                lambda: width_over(np.arange(180) % 6) / by_image()
            ),
            "this is the width over clips alone: divide it by the width over images": (
                lambda: width_over(film()[1])
            ),
        },
        tolerance=1e-3,
    ),
}
