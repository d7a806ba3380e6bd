"""Shapes of known roundness, drawn at sub-pixel places: a pixel belongs to a shape if its centre does."""

from __future__ import annotations

import numpy as np
from matplotlib.path import Path

SIZE = 64
ANGLES = np.linspace(0, 2 * np.pi, 250, endpoint=False)
SMOOTH = ("disc", "ellipse", "blob")
ANGULAR = ("square", "rectangle", "star")


def outline(kind: str, generator: np.random.Generator) -> np.ndarray:
    """Outline of a shape about the origin: (M, 2), any size."""
    if kind in ("disc", "ellipse"):
        stretch = 1.0 if kind == "disc" else generator.uniform(1, 2.5)
        return np.stack([stretch * np.cos(ANGLES), np.sin(ANGLES)], axis=1)
    if kind == "blob":
        radius = 1 + sum(
            generator.uniform(0, 0.12) * np.cos(order * ANGLES + generator.uniform(0, 2 * np.pi))
            for order in (2, 3)
        )
        return np.stack([radius * np.cos(ANGLES), radius * np.sin(ANGLES)], axis=1)
    if kind in ("square", "rectangle"):
        stretch = 1.0 if kind == "square" else generator.uniform(1.2, 2.5)
        return np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * [stretch, 1.0]
    tips = np.where(np.arange(10) % 2 == 0, 1, generator.uniform(0.5, 0.8))
    turn = np.arange(10) * np.pi / 5
    return np.stack([tips * np.cos(turn), tips * np.sin(turn)], axis=1)


def area_and_perimeter(points: np.ndarray) -> tuple[float, float]:
    """Area and perimeter of a closed polygon (M, 2)."""
    following = np.roll(points, -1, axis=0)
    area = abs(np.sum(points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0])) / 2
    return float(area), float(np.hypot(*(following - points).T).sum())


def draw(kind: str, radius: float, generator: np.random.Generator) -> tuple[np.ndarray, float]:
    """A shape of that equivalent radius, turned and placed at random, and its true roundness."""
    points = outline(kind, generator)
    area, perimeter = area_and_perimeter(points)
    angle = generator.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = points @ turn * radius * np.sqrt(np.pi / area) + SIZE / 2 + generator.uniform(-0.5, 0.5, 2)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    inside = Path(placed).contains_points(np.stack([columns.ravel(), rows.ravel()], axis=1))
    return inside.reshape(SIZE, SIZE), 4 * np.pi * area / perimeter**2
