"""The bare coating and the white substrate under it, without any defect."""

from __future__ import annotations

import cv2
import numpy as np


def random_bytes(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Uniform random bytes, three times as fast as drawing them one by one: uint8."""
    words = -(-int(np.prod(shape)) // 8)
    drawn = rng.integers(0, 2**64, words, dtype=np.uint64).astype("<u8", copy=False)
    return drawn.view(np.uint8)[: int(np.prod(shape))].reshape(shape)


def grain(shape: tuple[int, ...], sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Isotropic noise with mean 0, standard deviation 1 and grains of about ``sigma`` pixels: float32."""
    smooth = cv2.GaussianBlur(random_bytes(shape, rng), (0, 0), sigma).astype(np.float32)
    # Uniform bytes have a standard deviation of 73.9; blurring divides it by 2 sqrt(pi) sigma.
    grains: np.ndarray = (smooth - 127.5) * np.float32(2 * np.sqrt(np.pi) * sigma / 73.9)
    return grains


def cloud(shape: tuple[int, ...], cell: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Slow unevenness, standard deviation about .7, with cells of ``cell`` (y, x) pixels: float32."""
    coarse = (shape[0] // cell[0] + 3, shape[1] // cell[1] + 3)
    noise = rng.standard_normal(coarse, dtype=np.float32)
    # Smooth where it is cheap, at a quarter of the size.
    small = cv2.resize(noise, (shape[1] // 4, shape[0] // 4), interpolation=cv2.INTER_CUBIC)
    return cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)


def coating(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Dark, matte carbon black with agglomerate grain and faint streaks along x: float32 grey values."""
    surface = 50 + rng.uniform(2, 5) * cloud(shape, (90, 110), rng)
    surface += rng.uniform(1.0, 2.4) * cloud(shape, (18, 20), rng)
    surface += rng.uniform(0.3, 1.3) * cloud(shape, (7, 700), rng)
    surface += rng.uniform(4.5, 7.5) * grain(shape, 0.8, rng)
    coarse = grain(shape, rng.uniform(1.6, 2.6), rng)
    surface += rng.uniform(2.5, 5.5) * coarse
    # Agglomerates stand out of the film and catch the light, pores swallow it: a skewed distribution.
    surface += rng.uniform(6, 12) * np.maximum(coarse - 1.5, 0)
    return surface


def substrate(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """White, slightly uneven PTFE: float32 grey values."""
    result: np.ndarray = 192 + 7 * cloud(shape, (30, 40), rng) + 5 * grain(shape, 1.4, rng)
    return result
