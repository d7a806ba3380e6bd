"""Exercises of the chapter on leaks."""

from __future__ import annotations

from functools import cache

import numpy as np

from cvlib.exercises.checking import Exercise

STEPS = [(64, 5, 640), (64, 1, 640), (50, 10, 640), (64, 12, 640)]
"""How far the sample moves between frames, px; which frames are kept; width of a frame, px."""

FRAMES = [
    (
        np.array([0, 0, 0, 0, 1, 1, 1, 2]),
        np.array([0, 300, 700, 2000, 0, 200, 1500, 100]),
        np.array([False, True, False, True, True, True, False, True]),
        640,
    ),
    (np.array([0, 0, 1, 1]), np.array([0, 10, 5, 650]), np.array([True, False, False, True]), 640),
]
"""Clip, left edge in px and whether tested, of each frame; width of a frame."""


def exposed(
    clip: np.ndarray, left: np.ndarray, tested: np.ndarray, width: int, one_sample: bool = False
) -> np.ndarray:
    """(N, N) whether frames overlap with each other; all of them of one sample, if so told."""
    near = np.abs(left[:, None] - left) < width
    return near & (one_sample | (clip[:, None] == clip)) & ~np.eye(len(clip), dtype=bool)


def share(clip: np.ndarray, left: np.ndarray, tested: np.ndarray, width: int) -> float:
    """Share of the tested frames that overlap with one that is not tested."""
    return float(exposed(clip, left, tested, width)[tested][:, ~tested].any(axis=1).mean())


SHIFTS = [0, 1, 3, 7, 15, 31, 64, 96, 128]
"""Of frames of one sample, px."""


@cache
def hashes() -> np.ndarray:
    """Perceptual hash of each frame."""
    from cvlib.data.filmed import Filmed  # here, since it takes longer to import than all other exercises
    from cvlib.data.hashes import phash

    film = Filmed([SHIFTS], seed=3)
    return phash([film.image(place) for place in range(len(SHIFTS))])


def bits(before: bool = False) -> np.ndarray:
    """Bits in which the hash of each frame differs from that of the first, or of the frame before."""
    other = np.append(hashes()[:1], hashes()[:-1]) if before else hashes()[:1]
    return np.bitwise_count(hashes() ^ other)


def answers(tested: np.ndarray, own: bool = False) -> float:
    """Share of tested frames whose label the most similar other frame has; it may be the frame itself."""
    look, shows, _ = film()
    known = np.ones(len(look), bool) if own else ~tested
    distances = np.linalg.norm(look[tested][:, None] - look[known], axis=2)
    return float((shows[known][distances.argmin(axis=1)] == shows[tested]).mean())


@cache
def film() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What 200 frames look like (200, 3), whether they show a defect, and their clip; by chance alone."""
    rng = np.random.default_rng(5)
    clip = np.repeat(np.arange(40), 5)
    return (
        rng.normal(size=(40, 3))[clip] + 0.05 * rng.normal(size=(200, 3)),
        (rng.random(40) < 0.5)[clip],
        clip,
    )


def by_image() -> np.ndarray:
    """Every fifth frame is tested, one of each clip."""
    return np.arange(200) % 5 == 2


def by_clip() -> np.ndarray:
    """Every fifth clip is tested."""
    return film()[2] % 5 == 2


EXERCISES = {
    "shared": Exercise(
        solution=lambda step, every, width: max(0, 1 - step * every / width),
        mistakes={
            "a share below 0: frames that are more than a width apart share nothing": (
                lambda step, every, width: 1 - step * every / width
            ),
            "this is the part that is new: asked is the part that both frames show": (
                lambda step, every, width: min(1, step * every / width)
            ),
            "this is about all frames of the film: those kept are further apart": (
                lambda step, every, width: max(0, 1 - step / width)
            ),
        },
        inputs=lambda: STEPS,
    ),
    "exposed": Exercise(
        solution=share,
        mistakes={
            "frames of different clips overlap here: equal places on two samples are two places": (
                lambda clip, left, tested, width: share(np.zeros_like(clip), left, tested, width)
            ),
            "this counts any overlap: two frames that are both tested leak nothing to each other": (
                lambda clip, left, tested, width: (
                    exposed(clip, left, tested, width)[tested].any(axis=1).mean()
                )
            ),
            "this divides by all frames: asked is a share of those that are tested": (
                lambda clip, left, tested, width: share(clip, left, tested, width) * tested.mean()
            ),
            "this is the share of training frames that overlap with a tested one: ask it of the tested": (
                lambda clip, left, tested, width: share(clip, left, ~tested, width)
            ),
        },
        inputs=lambda: FRAMES,
    ),
    "blind": Exercise(
        solution=lambda: SHIFTS[int((bits() > 8).argmax())],
        mistakes={
            "at this shift the hash still sees the likeness: asked is the first one from which it does not": (
                lambda: SHIFTS[int((bits() > 8).argmax()) - 1]
            ),
            "each frame is compared with the one before: the shifts are from the first frame": (
                lambda: SHIFTS[int((bits(before=True) > 8).argmax())]
            ),
            "this is the number of bits there: asked is the shift in pixels": (
                lambda: int(bits()[(bits() > 8).argmax()])
            ),
        },
    ),
    "memory": Exercise(
        solution=lambda: answers(by_image()) - answers(by_clip()),
        mistakes={
            "a tested frame remembers itself here: search among the frames that are not tested": (
                lambda: answers(by_image(), own=True) - answers(by_clip(), own=True)
            ),
            "this is the score of the split by image: asked is how far it is above that by clip": (
                lambda: answers(by_image())
            ),
            "the sign is turned round: take the split by image less that by clip": (
                lambda: answers(by_clip()) - answers(by_image())
            ),
        },
    ),
}
