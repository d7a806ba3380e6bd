"""What lamps and camera add to each frame: uneven light, blur, a tint and noise."""

from __future__ import annotations

from statistics import NormalDist

import cv2
import numpy as np

from cvlib.simulate.clip import HEIGHT, WIDTH
from cvlib.simulate.texture import random_bytes

# Turns uniform bytes into normal ones (mean 128, standard deviation 32) much faster than drawing them.
_NORMAL = np.array([round(NormalDist(128, 32).inv_cdf((k + 0.5) / 256)) for k in range(256)]).astype(np.uint8)


def light(seed: int, exposure: float) -> np.ndarray:
    """Two lamps, left and right of the camera, the same for the whole data set but for the exposure.

    (HEIGHT, WIDTH, 3) uint8, of which 160 leaves a grey value as it is.
    """
    rng = np.random.default_rng([seed, 1])
    x, y = np.arange(WIDTH, dtype=np.float32) / WIDTH, np.arange(HEIGHT, dtype=np.float32)[:, None] / WIDTH
    field = np.full((HEIGHT, WIDTH), 0.74, np.float32)
    for side in (rng.uniform(-0.15, 0.15), rng.uniform(0.85, 1.15)):
        strength, height, spread = rng.uniform(0.32, 0.46), rng.uniform(0.2, 0.55), rng.uniform(0.35, 0.5)
        field += strength * np.exp(-((x - side) ** 2 + (y - height) ** 2) / (2 * spread**2))
    colour = np.array([0.985, 0.985, 1.0]) + rng.normal(0, 0.005, 3)
    lit: np.ndarray = np.clip(160 * exposure * field[:, :, None] * colour, 0, 255).astype(np.uint8)
    return lit


def blurred(strip: np.ndarray, blur_px: int) -> np.ndarray:
    """The strip as the lens and the open shutter see it: float32 in, uint8 out, same shape."""
    sharp = cv2.convertScaleAbs(cv2.GaussianBlur(np.maximum(strip, 0), (5, 5), 0.75))
    moved: np.ndarray = cv2.blur(sharp, (blur_px, 1))
    return moved


def photograph(grey: np.ndarray, lamps: np.ndarray, noise_sd: float, rng: np.random.Generator) -> np.ndarray:
    """One frame: (HEIGHT, WIDTH) uint8 grey in, lit and with noise (HEIGHT, WIDTH, 3) uint8 RGB out."""
    lit = cv2.multiply(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), lamps, scale=1 / 160)
    noise = cv2.LUT(random_bytes(lit.shape, rng), _NORMAL)
    frame: np.ndarray = cv2.addWeighted(lit, 1.0, noise, noise_sd / 32, -4.0 * noise_sd)
    return frame
