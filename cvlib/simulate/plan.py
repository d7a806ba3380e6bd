"""Which clips a simulated data set has, how each was coated, and which defects lie where in it.

The plan decides all that can be counted before anything is drawn: the shares of images that show each class
are therefore met for every seed. That defects grow more frequent with the coating gap and the water share is
PUT IN, after the trend stated in paper 1 (Methods: Ink Coating Parameters). Finding it again is a check of
the analysis, never evidence for the paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import ceil
from operator import index

import numpy as np

from cvlib.errors import UserError
from cvlib.simulate import shapes
from cvlib.simulate.clip import GAPS_UM, HEIGHT, WATER_SHARES, WIDTH, Clip, Defect

SHARES: dict[str, float] = {
    "surface_crack": 1947 / 2227,
    "delamination": 203 / 2227,
    "pinhole": 519 / 2227,
    "unclassified": 0.10,
}
"""Share of images that show each class: paper 1, Data Records; for the unclassified it is our choice."""

_NOISE_OF_RISK = 0.3
_SLIVER_PX = 8


def plan(images: int = 2227, seed: int = 0) -> list[Clip]:
    """Plan a data set: clips of 8 to 16 frames (the last may be shorter) with ``images`` frames in total.

    The number of images that show a class is its share of ``images``, rounded: paper 1's 87.43 / 9.12 /
    23.30 % for surface cracks, delamination and pinholes, and 10 % (our choice) for unclassified defects.

    Parameters
    ----------
    images
        Number of images, at least 1. As many as the paper has, unless told.
    seed
        Not negative. The same seed gives the same plan.

    Raises
    ------
    UserError
        If ``images`` is not an integer of at least 1, or ``seed`` not an integer of at least 0.

    Examples
    --------
    >>> clips = plan(images=100, seed=3)
    >>> sum(clip.frames for clip in clips)
    100
    >>> sum(clip.labels().sum(axis=0) for clip in clips).tolist()
    [87, 9, 23, 10]
    """
    images, seed = _integer("images", images, 1), _integer("seed", seed, 0)
    rng = np.random.default_rng([seed, 0])
    clips = _with_cracks(_bare_clips(images, seed, rng), round(SHARES["surface_crack"] * images), rng)
    for name in ("delamination", "pinhole", "unclassified"):
        clips = _with_local_defects(clips, name, round(SHARES[name] * images), rng)
    return clips


def _integer(name: str, value: object, least: int) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        number = least - 1
    if number < least:
        raise UserError(f"{name} is {value!r}: expected an integer of at least {least}.")
    return int(number)


def _bare_clips(images: int, seed: int, rng: np.random.Generator) -> list[Clip]:
    lengths: list[int] = []
    while sum(lengths) < images:
        lengths.append(min(int(rng.integers(8, 17)), images - sum(lengths)))
    # Every combination about equally often, so that no seed lacks the risky or the safe ones.
    combinations = [(gap, water) for gap in GAPS_UM for water in WATER_SHARES]
    order = np.concatenate([rng.permutation(len(combinations)) for _ in range(len(lengths) // 18 + 1)])
    clips = []
    for number, frames in enumerate(lengths):
        gap_um, water_share = combinations[order[number]]
        displacement = int(rng.integers(WIDTH // 10, WIDTH * 6 // 10 + 1))
        clip = Clip(
            number=number,
            first=sum(lengths[:number]),
            frames=frames,
            displacement_px=displacement,
            # The shutter is open for about 1 to 2 % of the time between two frames.
            blur_px=1 + round(displacement * rng.uniform(0.004, 0.02)),
            gap_um=gap_um,
            water_share=water_share,
            crack_density=0.0,
            crack_frames=(0, 0),
            defects=(),
            seed=seed,
        )
        density = float(np.clip(0.08 + 0.72 * clip.risk + rng.normal(0, 0.14), 0.0, 1.0))
        clips.append(replace(clip, crack_density=density))
    return clips


def _ranked(clips: list[Clip], weight: float, rng: np.random.Generator) -> list[int]:
    """Positions of the clips, the riskiest first; ``weight`` 0 leaves it all to chance."""
    score = weight * np.array([clip.risk for clip in clips]) + rng.normal(0, _NOISE_OF_RISK, len(clips))
    return [int(k) for k in np.argsort(-score, kind="stable")]


def _with_cracks(clips: list[Clip], target: int, rng: np.random.Generator) -> list[Clip]:
    result = list(clips)
    for k in _ranked(clips, 1.0, rng):
        frames = clips[k].frames
        cracked = frames if rng.random() < 0.85 else int(rng.integers(frames // 2, frames + 1))
        cracked = min(cracked, target)
        start = 0 if rng.random() < 0.5 else frames - cracked
        result[k] = replace(clips[k], crack_frames=(start, start + cracked))
        target -= cracked
    # What the partly cracked clips left over goes to them, or in small sets the share would not be met.
    for k, clip in enumerate(result):
        missing = min(target, clip.frames - (clip.crack_frames[1] - clip.crack_frames[0]))
        if missing and target:
            start, stop = clip.crack_frames
            grown = (start - missing, stop) if start else (start, stop + missing)
            result[k] = replace(clip, crack_frames=grown)
            target -= missing
    return result


def _with_local_defects(clips: list[Clip], name: str, target: int, rng: np.random.Generator) -> list[Clip]:
    """Scatter defects of one class, the riskiest clips first, until ``target`` images show it."""
    added: list[list[Defect]] = [[] for _ in clips]
    shown: list[set[int]] = [set() for _ in clips]
    # Foreign bodies come whatever the process: what the trends of the other classes can be held against.
    weight = 0.0 if name == "unclassified" else 1.0
    order = _ranked(clips, weight, rng)
    # In small sets no clip may use up a rare class: the classes must survive a split by clip.
    most = max(1, ceil(target / 4))
    while target > 0:
        for k in order:
            for _ in range(1 + rng.poisson(weight * clips[k].risk)):
                free = min(target, most - len(shown[k]))
                defect = _placed(clips[k], name, shown[k], free, rng)
                if defect is not None:
                    new = clips[k].showing(defect.left, defect.right) - shown[k]
                    added[k].append(defect)
                    shown[k] |= new
                    target -= len(new)
        most = max(clip.frames for clip in clips)
    if name == "pinhole":
        for k in order:
            for _ in range(rng.poisson(1.0 + 9.0 * clips[k].risk) if shown[k] else 0):
                companion = _placed(clips[k], name, shown[k], 0, rng)
                added[k] += [companion] if companion is not None else []
    return [replace(clip, defects=(*clip.defects, *more)) for clip, more in zip(clips, added, strict=True)]


def _placed(
    clip: Clip, name: str, shown: Iterable[int], free: int, rng: np.random.Generator
) -> Defect | None:
    """A defect where it makes at most ``free`` more frames show its class; None where none was found."""
    kind = str(rng.choice(["fibre", "particle"])) if name == "unclassified" else name
    seed, size = int(rng.integers(2**31)), shapes.random_size(kind, rng)
    outline = shapes.outline(kind, size, seed)
    low, high = outline[:, 1].min(), outline[:, 1].max()
    # A delaminated patch may run out of the picture at the top or the bottom; small defects lie inside.
    spare = 0.25 * size if kind == "delamination" else -4.0
    for attempt in range(8):
        y = rng.uniform(min(-low - spare, HEIGHT / 2), max(HEIGHT - high + spare, HEIGHT / 2))
        inside = outline[(outline[:, 1] + y > 4) & (outline[:, 1] + y < HEIGHT - 4), 0]
        left, right = float(inside.min()), float(inside.max())
        x = rng.uniform(-right + _SLIVER_PX, clip.strip_width - left - _SLIVER_PX)
        if attempt == 7:  # the first frame alone: for what is left of a share
            x = rng.uniform(0.3, 0.8) * clip.displacement_px - right
        left, right = left + x, right + x
        margin = min(_SLIVER_PX, (right - left) / 3)
        frames = clip.showing(left - 2, right + 2)
        # Where one frame sees no more than a sliver of it, nobody could tell what it is.
        clear = frames == clip.showing(left + margin, right - margin)
        if frames and clear and len(frames - set(shown)) <= free and (free == 0 or frames - set(shown)):
            return Defect(kind, seed, size, float(x), float(y), left, right)
    return None
