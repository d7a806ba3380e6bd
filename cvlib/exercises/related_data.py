"""Exercises of the chapter on related data sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from cvlib.exercises.checking import Exercise
from cvlib.papers import RelatedDataset, claim, related_datasets


def larger(by: Callable[[RelatedDataset], int], own: int) -> list[str]:
    """Names of the related data sets that have more of something than CoatingVision, the largest first."""
    rows = sorted(related_datasets(), key=by, reverse=True)
    return [row.name for row in rows if by(row) > own]


def _total(row: RelatedDataset) -> int:
    return row.images * row.pixels


def _own() -> tuple[int, int]:
    """Images of CoatingVision, and pixels of one."""
    images, height, width = (int(claim(f"p1.{each}").value) for each in ("images", "height", "width"))
    return images, height * width


def both_right(reading: str, numbers: Sequence[int], images: int) -> bool:
    """Whether a number of images is what a text says."""
    if reading == "more than":
        return images > numbers[0]
    return images == (prod(numbers) if reading == "product" else sum(numbers))


def effective(frames: int, videos: int, rho: float) -> float:
    """As how many independent images frames of videos count."""
    return frames / (1 + (frames / videos - 1) * rho)


EXERCISES = {
    "larger": Exercise(
        solution=lambda: larger(_total, prod(_own())),
        mistakes={
            "these have more images: multiply by the pixels of one": (
                lambda: larger(lambda row: row.images, _own()[0])
            ),
            "these have larger images: multiply by their number": (
                lambda: larger(lambda row: row.pixels, _own()[1])
            ),
            "these are right, but not in the order asked for: the largest first": (
                lambda: larger(_total, prod(_own()))[::-1]
            ),
            "these are right, but in the order of Table 1: asked is the largest first": (
                lambda: [row.name for row in related_datasets() if _total(row) > prod(_own())]
            ),
        },
    ),
    "both-right": Exercise(
        solution=both_right,
        mistakes={
            "more than 1,000 does not allow for 1,000": (
                lambda reading, numbers, images: (
                    images >= numbers[0] if reading == "more than" else both_right(reading, numbers, images)
                )
            ),
            "so many types of so many images each multiply: they are added here": (
                lambda reading, numbers, images: both_right(
                    "sum" if reading == "product" else reading, numbers, images
                )
            ),
            "more than so many leaves the number open: it need not be the one in the text": (
                lambda reading, numbers, images: both_right(
                    "sum" if reading == "more than" else reading, numbers, images
                )
            ),
        },
        inputs=lambda: [
            ("product", (4, 250), 1000),
            ("product", (4, 250), 254),
            ("sum", (60, 340), 400),
            ("sum", (60, 340), 340),
            ("more than", (1000,), 1001),
            ("more than", (1000,), 1000),
            ("more than", (1000,), 400),
        ],
    ),
    "effective-images": Exercise(
        solution=effective,
        mistakes={
            "m is the number of images per video, not that of videos": (
                lambda frames, videos, rho: frames / (1 + (videos - 1) * rho)
            ),
            "an image does not add to its own variance: m - 1 others do": (
                lambda frames, videos, rho: frames / (1 + frames / videos * rho)
            ),
            "this is the variance's factor: divide the number of images by it": (
                lambda frames, videos, rho: frames / effective(frames, videos, rho)
            ),
            "you multiplied by the factor: images that are alike count as fewer, not as more": (
                lambda frames, videos, rho: frames**2 / effective(frames, videos, rho)
            ),
        },
        inputs=lambda: [(2000, 20, 0.5), (2000, 20, 1.0), (600, 200, 0.25)],
    ),
}
