"""X-ray images of a cell's edge, drawn from formulas: where each plate ends is known to any digit.

Absorption follows Beer and Lambert. Nothing is drawn large and scaled down, nor turned by resampling: each
pixel is carried back into the stack's own frame, and the shadow there is computed from the distance to the
plate's edges. The point spread function is symmetric and moves no end.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.special import ndtr

from cvlib.simulate.cell import HEIGHT, WIDTH, Bar, Plates, View, Wire

APERTURE_PX = 0.35
"""A pixel averages over its area: standard deviation of the Gaussian in place of that square."""

_Y, _X = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)


def draw(view: View) -> np.ndarray:
    """Draw one X-ray image.

    Parameters
    ----------
    view
        From :func:`cvlib.simulate.cell.plan`.

    Returns
    -------
    (HEIGHT, WIDTH) uint8, dark where much is absorbed; the same view gives the same bytes.

    Examples
    --------
    >>> from cvlib.simulate.cell import plan
    >>> draw(plan(images=1, seed=3)[0]).shape
    (480, 640)
    """
    passed = _stack(view.plates, view.placed)
    for bar in view.bars:
        passed *= _bar(bar)
    for wire in view.wires:
        _add_wire(wire, passed)
    light = 1 + view.slant[0] * (_X / WIDTH - 0.5) + view.slant[1] * (_Y / HEIGHT - 0.5)
    seen = cv2.GaussianBlur(light * passed, (0, 0), view.psf_px, borderType=cv2.BORDER_REFLECT)
    seen = (1 - view.veil) * seen + view.veil * float(seen.mean())
    rng = np.random.default_rng(view.seed)
    noise = rng.standard_normal(seen.shape, dtype=np.float32) * np.sqrt(seen / np.float32(view.photons))
    grey: np.ndarray = np.clip(255 * view.exposure * (seen + noise) + 0.5, 0, 255).astype(np.uint8)
    return grey


def _through(inside: np.ndarray, depth: float) -> np.ndarray:
    """Share of the light that passes a thing of some optical depth (Beer and Lambert) in part of a pixel."""
    return 1 + inside * np.float32(np.expm1(-depth))


def _edge(distance: np.ndarray) -> np.ndarray:
    """Share of a pixel that lies inside, by its centre's distance (px) into it."""
    return ndtr(distance * np.float32(1 / APERTURE_PX))


def _band(distance: np.ndarray, thickness: float) -> np.ndarray:
    half = np.float32(thickness / 2)
    return _edge(distance + half) - _edge(distance - half)


def _stack(plates: Plates, placed: np.ndarray) -> np.ndarray:
    """Share of the light that passes all plates: (HEIGHT, WIDTH) float32."""
    passed = np.ones((HEIGHT, WIDTH), np.float32)
    back = np.linalg.inv(placed)
    for plate in range(len(plates.tip)):
        rows = _rows(plates, plate, placed)
        x, y = _X[rows], _Y[rows]
        w = back[2, 0] * x + back[2, 1] * y + back[2, 2]
        u = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / w
        v = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / w
        shadow = _band(v - plates.centre(plate, u), plates.thickness[plate])
        shadow *= _edge(u - np.float32(plates.tip[plate]))
        passed[rows] *= _through(shadow, plates.absorption[plate])
    return passed


def _rows(plates: Plates, plate: int, placed: np.ndarray) -> slice:
    """The rows that a plate touches."""
    u = np.linspace(plates.tip[plate] - 5, WIDTH, 12)
    mapped = placed @ np.stack([u, plates.centre(plate, u), np.ones_like(u)])
    y = mapped[1] / mapped[2]
    margin = plates.thickness[plate] + 3
    return slice(max(int(y.min() - margin), 0), min(int(y.max() + margin) + 1, HEIGHT))


def _bar(bar: Bar) -> np.ndarray:
    off = (_Y - np.float32(bar.y)) * np.float32(np.cos(bar.angle))
    off -= (_X - np.float32(bar.x)) * np.float32(np.sin(bar.angle))
    return _through(_band(off, bar.thickness), bar.absorption)


def _add_wire(wire: Wire, passed: np.ndarray) -> None:
    columns = slice(max(int(wire.x0) - 3, 0), min(int(wire.x1) + 4, WIDTH))
    x = _X[0, columns] - np.float32(wire.x0)
    steepness = np.sqrt(1 + (wire.slope + 2 * wire.bow * x) ** 2)
    off = (_Y[:, columns] - (wire.y0 + wire.slope * x + wire.bow * x * x)) / steepness
    ends = _edge(x) * _edge(np.float32(wire.x1 - wire.x0) - x)
    passed[:, columns] *= _through(_band(off, wire.thickness) * ends, wire.absorption)
