"""Outlines of the local defects: pinholes, delaminated patches, particles and fibres."""

from __future__ import annotations

import numpy as np

_ANGLES = np.linspace(0, 2 * np.pi, 96, endpoint=False)


def random_size(kind: str, rng: np.random.Generator) -> float:
    """Radius of a circle of equal area, pixels; of a fibre half the length."""
    if kind == "pinhole":
        return float(np.clip(rng.lognormal(np.log(4.9), 0.47), 2.0, 13.5))
    if kind == "delamination":
        return float(rng.uniform(38, 100))
    if kind == "particle":
        return float(np.clip(rng.lognormal(np.log(7.0), 0.4), 4.0, 18.0))
    return float(rng.uniform(30, 120))


def outline(kind: str, size: float, seed: int) -> np.ndarray:
    """Outline around the origin: (n, 2) float, x and y in pixels.

    The same arguments give the same outline. It is closed, but for a fibre, where it is the line itself.

    >>> points = outline("pinhole", 6.0, seed=1)
    >>> points.shape, bool(abs(points).max() < 40)
    ((96, 2), True)
    """
    rng = np.random.default_rng(seed)
    if kind == "fibre":
        return _fibre(size, rng)
    points = _angular(rng) if kind == "particle" else _lobed(kind, size, rng)
    scaled: np.ndarray = points * (size * np.sqrt(np.pi / _area(points)))
    return scaled


def _area(points: np.ndarray) -> float:
    x, y = points.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def _lobed(kind: str, size: float, rng: np.random.Generator) -> np.ndarray:
    """Elongated, lobed and ragged; about one pinhole in eight is nearly round (paper 1, figure 8)."""
    waves = np.arange(2, 12 if kind == "pinhole" else 30)
    round_one = kind == "pinhole" and rng.random() < 0.12
    lobes = 0.02 if round_one else rng.uniform(0.12, 0.42)
    strength = lobes * rng.normal(size=waves.size) / waves ** (0.75 if kind == "pinhole" else 1.0)
    radius = np.exp((strength * np.cos(np.outer(_ANGLES, waves) + rng.uniform(0, 7, waves.size))).sum(1))
    radius *= 1 + rng.normal(0, 0.01 if round_one else min(0.06, 0.30 / size), radius.size)
    stretch = rng.uniform(1.0, 1.1) if round_one else rng.uniform(1.1, 2.6 if kind == "pinhole" else 1.8)
    x, y = radius * np.cos(_ANGLES) * stretch, radius * np.sin(_ANGLES)
    turn = rng.uniform(0, np.pi)
    return np.column_stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)])


def _angular(rng: np.random.Generator) -> np.ndarray:
    count = int(rng.integers(5, 10))
    angle = (np.arange(count) + rng.uniform(-0.3, 0.3, count)) * 2 * np.pi / count
    radius = rng.uniform(0.6, 1.3, count)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _fibre(half_length: float, rng: np.random.Generator) -> np.ndarray:
    steps = max(12, round(half_length / 2))
    bend = np.cumsum(rng.normal(0, 0.12, steps))
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(0.05 * bend + rng.normal(0, 0.04))
    path = np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]), axis=0) * 2 * half_length / steps
    centred: np.ndarray = path - (path.min(0) + path.max(0)) / 2
    return centred
