"""How defects look: what a delaminated patch, a particle or an open crack does to the grey values."""

from __future__ import annotations

import cv2
import numpy as np

from cvlib.simulate.clip import Clip, Defect
from cvlib.simulate.scene import Scene, generator, paint
from cvlib.simulate.texture import cloud, coating, substrate


def strip(clip: Clip, scene: Scene) -> np.ndarray:
    """The whole sample of a clip as it would look in even light: (HEIGHT, clip.strip_width) float32 grey."""
    rng = generator(clip, 2)
    picture = coating(scene.crack.shape, rng)
    opened = _depth(scene.crack, rng.uniform(0.22, 0.48), 7, rng)
    opened = np.maximum(opened, _depth(scene.pinhole, 0.42, 9, rng))
    for k, defect in enumerate(clip.defects):
        if defect.kind == "delamination":
            _flake(picture, opened, defect, np.random.default_rng([defect.seed, k]))
    picture += _relief(opened)
    picture += opened * (substrate(picture.shape, rng) - picture)
    for k, defect in enumerate(clip.defects):
        if defect.channel == 3:
            _foreign(picture, defect, np.random.default_rng([defect.seed, k]))
    return picture


def _depth(cover: np.ndarray, least: float, reach: int, rng: np.random.Generator) -> np.ndarray:
    """How much of the substrate shows, 0 to 1: less where an opening is narrow or shallow."""
    if not cover.any():
        return np.zeros(cover.shape, np.float32)
    wide = cv2.blur(cover, (reach, reach)).astype(np.float32) / 255
    depth = least + 0.75 * wide + 0.20 * cloud(cover.shape, (36, 36), rng)
    depth += 0.12 * cloud(cover.shape, (6, 6), rng)
    shown: np.ndarray = np.clip(depth, 0.22, 1) * (cover.astype(np.float32) / 255)
    return shown


def _relief(opened: np.ndarray) -> np.ndarray:
    """Light and shadow at the edges of all openings: lamps stand left and right, so along x only."""
    soft = cv2.GaussianBlur(opened, (0, 0), 2.0)
    slope = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3)
    relief: np.ndarray = 14 * soft + 10 * slope
    return relief


def _tile(defect: Defect, shape: tuple[int, ...], spare: int) -> tuple[slice, slice]:
    reach = int(3 * defect.size) + spare
    top, left = max(0, int(defect.y) - reach), max(0, int(defect.x) - reach)
    return slice(top, min(shape[0], int(defect.y) + reach)), slice(left, min(shape[1], int(defect.x) + reach))


def _flake(picture: np.ndarray, opened: np.ndarray, defect: Defect, rng: np.random.Generator) -> None:
    """Break the coating of one delaminated patch into lifted flakes with wide gaps between them."""
    tile = _tile(defect, picture.shape, 8)
    patch = np.zeros(picture[tile].shape, np.uint8)
    paint(patch, defect, (tile[1].start, tile[0].start))
    number, x, y = _pieces(patch.shape, rng.uniform(0.3, 0.55) * defect.size, rng)
    count = int(number.max()) + 1

    def each(low: float, high: float) -> np.ndarray:
        values: np.ndarray = rng.uniform(low, high, count).astype(np.float32)[number]
        return values

    edge = (cv2.morphologyEx(number, cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0) | (patch < 128)
    inside = cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 3)
    # A flake has slid to one side, so that its gaps are wide on the other; some are gone altogether.
    gap = each(0.0, 3.5) + each(-0.16, 0.16) * x + each(-0.16, 0.16) * y
    gap = np.maximum(gap + 1.2 * cloud(patch.shape, (6, 6), rng), 0.3) + np.where(each(0, 1) < 0.14, 1e3, 0)
    height = (inside - gap).astype(np.float32)
    flake = np.clip(height + 0.5, 0, 1)
    lifted = cv2.GaussianBlur(np.clip(height / 8, 0, 1), (0, 0), 1.3)
    slope = cv2.Sobel(lifted, cv2.CV_32F, 1, 0, ksize=3)
    covered = patch.astype(np.float32) / 255
    tone = each(-2, 14) + each(-0.5, 0.5) * x + each(-0.25, 0.25) * y
    picture[tile] += covered * flake * (tone + 30 * slope)
    shadow = cv2.GaussianBlur(np.roll(flake, (1, 5), axis=(0, 1)), (0, 0), 2.2)
    opened[tile] = np.maximum(opened[tile], covered * (1 - flake) * (1 - 0.7 * shadow))


def _pieces(
    shape: tuple[int, ...], spacing: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide a tile into pieces with bent edges: number of each pixel's piece, x and y from its middle."""
    rows, columns = int(shape[0] / spacing) + 2, int(shape[1] / spacing) + 2
    y = (np.arange(rows)[:, None] + rng.uniform(-0.45, 0.45, (rows, columns))) * spacing
    x = (np.arange(columns) + rng.uniform(-0.45, 0.45, (rows, columns))) * spacing
    column, row = np.clip(x, 0, shape[1] - 1).astype(int), np.clip(y, 0, shape[0] - 1).astype(int)
    seeds = np.full(shape, 255, np.uint8)
    seeds[row, column] = 0
    _, nearest = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    middle_x, middle_y = np.zeros((2, int(nearest.max()) + 1), np.float32)
    middle_x[nearest[row, column]], middle_y[nearest[row, column]] = column, row
    grid_y, grid_x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    bent_x = grid_x + 4 * cloud(shape, (18, 18), rng)
    bent_y = grid_y + 4 * cloud(shape, (18, 18), rng)
    number = cv2.remap(
        nearest.astype(np.float32), bent_x, bent_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    piece = number.astype(np.uint16)
    return piece, grid_x - middle_x[piece], grid_y - middle_y[piece]


def _foreign(picture: np.ndarray, defect: Defect, rng: np.random.Generator) -> None:
    """Lay a fibre or a particle on the coating, with a soft shadow beside it."""
    tile = _tile(defect, picture.shape, 8)
    cover = np.zeros(picture[tile].shape, np.uint8)
    paint(cover, defect, (tile[1].start, tile[0].start))
    amount = cover.astype(np.float32) / 255
    soft = cv2.GaussianBlur(amount, (0, 0), 1.6)
    picture[tile] -= 16 * np.roll(soft, 3, axis=1) * (1 - amount)
    bright = rng.random() < (0.6 if defect.kind == "fibre" else 0.35)
    value = rng.uniform(90, 140) if bright else rng.uniform(14, 26)
    facets = 60 * cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) + 8 * cloud(amount.shape, (8, 8), rng)
    picture[tile] += amount * (value + facets - picture[tile])
