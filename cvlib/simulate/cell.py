"""Cells under X-rays: the plates of each stack, how it lies in each view, and what else is in the way.

All that is random is decided here; :mod:`cvlib.simulate.xray` draws it. Lengths are pixels of the view. The
ranges are our choice, after published pictures of such cells; they are not measured from any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import index

import numpy as np

from cvlib.errors import UserError

HEIGHT, WIDTH = 480, 640

MARGIN = 70
"""Px of the view kept free above and below the stack."""

UM_PER_PX = 20.0

ANY_POLES = range(7, 22, 2)
"""Plate ends per image where any number is asked for."""

VIEWS = 4
"""Views of one cell: the same plates, placed, lit and disturbed anew."""

Range = tuple[float, float]

LIMITS: dict[str, Range] = {
    "psf_px": (0.1, 20),
    "photons": (1, 1e12),
    "veil": (0, 0.9),
    "tilt_deg": (-10, 10),
    "overhang_px": (0, 100),
}
"""What the ranges of a scene must lie within; from plate to plate, the stack must fit into the view."""


@dataclass(frozen=True)
class Scene:
    """What a data set of X-rays is drawn with; ranges (low, high) are drawn from evenly.

    Attributes
    ----------
    poles
        Plate ends per image, odd: one more negative than positive. 0: 7 to 21, another number for each cell.
    distractors
        Whether casing bars and loose wires are in the view.
    psf_px
        Standard deviation of the point spread function.
    photons
        Per pixel of open background: their noise is Poisson's.
    veil
        Share of the light that is scattered and carries no image.
    tilt_deg, overhang_px, pitch_px
        Of the stack against the rows; of negative tips over positive ones; from plate to plate.
    """

    poles: int = 13
    distractors: bool = True
    psf_px: Range = (0.8, 1.4)
    photons: Range = (500, 2500)
    veil: Range = (0.1, 0.45)
    tilt_deg: Range = (-5, 5)
    overhang_px: Range = (14, 36)
    pitch_px: Range = (7, 11)


@dataclass(frozen=True)
class Plates:
    """The K plates of a stack, in its own frame: u along the plates, away from the tips; v across, downwards.

    Attributes
    ----------
    positive
        (K,) bool, alternating, negative first and last.
    tip, across
        (K,) where each ends (u) and its place in the stack (v) far from the tip.
    curl, slope
        (K,) how far the tip is bent off, and how the plate runs away from its neighbours, px per px.
    bend
        Common curvature, px at a distance of 100 px.
    thickness, absorption
        (K,) px, and optical depth.
    """

    positive: np.ndarray
    tip: np.ndarray
    across: np.ndarray
    curl: np.ndarray
    slope: np.ndarray
    bend: float
    thickness: np.ndarray
    absorption: np.ndarray

    def centre(self, plate: int, u: np.ndarray) -> np.ndarray:
        """Where a plate's centre line lies (v) at u."""
        behind = u - self.tip[plate]
        line: np.ndarray = self.across[plate] + self.slope[plate] * behind + self.bend * (u / 100) ** 2
        return line + self.curl[plate] * np.exp(-np.abs(behind) / 20)

    def tips(self) -> np.ndarray:
        """(K, 2) the ends (u, v)."""
        return np.stack([self.tip, [float(self.centre(k, u)) for k, u in enumerate(self.tip)]], axis=1)


@dataclass(frozen=True)
class Bar:
    """A piece of casing: a straight bar without ends; ``x, y`` is on its middle line, at an angle in rad."""

    x: float
    y: float
    angle: float
    thickness: float
    absorption: float


@dataclass(frozen=True)
class Wire:
    """A loose wire: the piece of a parabola ``y = y0 + slope (x - x0) + bow (x - x0)^2`` from x0 to x1."""

    x0: float
    x1: float
    y0: float
    slope: float
    bow: float
    thickness: float
    absorption: float


@dataclass(frozen=True)
class View:
    """One X-ray image to be drawn.

    Attributes
    ----------
    name, cell
        Of the image, and of the cell that it shows.
    plates
        The stack.
    placed
        (3, 3) homography from the stack's frame to pixels.
    bars, wires
        What else casts a shadow.
    psf_px, photons, veil, exposure
        See ``Scene``; grey value of open background as a share of 255.
    slant
        (2,) change of the light over the width and the height.
    seed
        Of the noise.
    """

    name: str
    cell: str
    plates: Plates
    placed: np.ndarray
    psf_px: float
    photons: float
    veil: float
    exposure: float
    slant: tuple[float, float]
    seed: tuple[int, ...]
    bars: tuple[Bar, ...] = field(default=())
    wires: tuple[Wire, ...] = field(default=())
    um_per_px: float = UM_PER_PX

    @property
    def points(self) -> np.ndarray:
        """(K, 2) float64: x, y of the plate ends in px, exact, from top to bottom."""
        return projected(self.placed, self.plates.tips())

    @property
    def positive(self) -> np.ndarray:
        """(K,) bool: which ends are of positive plates."""
        return self.plates.positive


def projected(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, 2) points through a (3, 3) homography."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    result: np.ndarray = mapped[:, :2] / mapped[:, 2:]
    return result


def plan(images: int = 3000, seed: int = 0, scene: Scene | None = None) -> list[View]:
    """Plan X-ray images: cells of four views each (the last may have fewer).

    Parameters
    ----------
    images
        At least 1. Paper 2 has about 2,000 for training and 1,000 for testing.
    seed
        Not negative. The same seed gives the same images.
    scene
        What they show; the default if not given.

    Raises
    ------
    UserError
        A number is not what it should be.

    Examples
    --------
    >>> views = plan(images=6, seed=1)
    >>> [view.cell for view in views], views[0].points.shape, int(views[0].positive.sum())
    (['cell0000', 'cell0000', 'cell0000', 'cell0000', 'cell0001', 'cell0001'], (13, 2), 6)
    """
    scene = scene or Scene()
    _check(images, seed, scene)
    return list(_views(images, seed, scene))


def _check(images: int, seed: int, scene: Scene) -> None:
    for name, value, least in (("images", images, 1), ("seed", seed, 0), ("poles", scene.poles, 0)):
        if isinstance(value, bool) or not hasattr(value, "__index__") or index(value) < least:
            raise UserError(f"{name} is {value!r}: expected an integer of at least {least}; give another")
    if scene.poles and (scene.poles % 2 == 0 or not 3 <= scene.poles <= 31):
        raise UserError(f"poles is {scene.poles}: expected an odd number from 3 to 31, or 0; give another")
    pitch = (1, (HEIGHT - 2 * MARGIN) // ((scene.poles or max(ANY_POLES)) - 1))
    for name, (lowest, highest) in (LIMITS | {"pitch_px": pitch}).items():
        given = getattr(scene, name)
        try:
            low, high = given
            sound = lowest <= low <= high <= highest
        except (TypeError, ValueError):  # no two of them, or no numbers
            sound = False
        if not sound:
            expected = f"two numbers from {lowest:g} to {highest:g}, the lower one first"
            raise UserError(f"{name} is {given!r}: expected {expected}; give others")


def _views(images: int, seed: int, scene: Scene) -> Iterator[View]:
    for number in range(images):
        cell, view = divmod(number, VIEWS)
        plates = _plates(scene, np.random.default_rng([seed, cell]))
        rng = np.random.default_rng([seed, cell, view + 1])
        shown = _view(f"{number:05d}", f"cell{cell:04d}", plates, scene, rng)
        yield replace(shown, seed=(seed, number, 7))


def _plates(scene: Scene, rng: np.random.Generator) -> Plates:
    poles = scene.poles or int(rng.choice(ANY_POLES))
    positive = np.arange(poles) % 2 == 1
    pitch, overhang = rng.uniform(*scene.pitch_px), rng.uniform(*scene.overhang_px)
    gaps = pitch * (1 + rng.normal(0, 0.08, poles)).clip(0.75, 1.25)
    across = np.cumsum(gaps) - gaps[0]
    depth = rng.uniform(0.18, 0.35), rng.uniform(0.45, 0.9)
    return Plates(
        positive=positive,
        tip=np.where(positive, overhang, 0) + rng.normal(0, 2.5, poles).clip(-6, 6),
        across=across - across.mean(),
        curl=np.where(positive, 0.2, 0.6) * rng.normal(0, 1, poles).clip(-2, 2),
        slope=rng.uniform(-0.03, 0.06) * (across - across.mean()) / max(float(np.ptp(across)), 1),
        bend=rng.uniform(-1.2, 1.2),
        thickness=pitch * np.where(positive, rng.uniform(0.45, 0.6), rng.uniform(0.35, 0.5)),
        absorption=np.where(positive, depth[1], depth[0]) * (1 + rng.normal(0, 0.05, poles)),
    )


def _view(name: str, cell: str, plates: Plates, scene: Scene, rng: np.random.Generator) -> View:
    reach = float(np.ptp(plates.across)) / 2
    top = reach + MARGIN
    x, y = rng.uniform(150, 330), rng.uniform(top, max(top, HEIGHT - reach - MARGIN))
    placed = _homography(x, y, np.deg2rad(rng.uniform(*scene.tilt_deg)), rng.normal(0, 6e-5, 2))
    bars, wires = _distractors(x, y, reach, rng) if scene.distractors else ((), ())
    return View(
        name=name,
        cell=cell,
        plates=plates,
        placed=placed,
        psf_px=rng.uniform(*scene.psf_px),
        photons=rng.uniform(*scene.photons),
        veil=rng.uniform(*scene.veil),
        exposure=rng.uniform(0.65, 0.95),
        slant=(rng.uniform(-0.15, 0.15), rng.uniform(-0.15, 0.15)),
        seed=(),
        bars=bars,
        wires=wires,
    )


def _homography(x: float, y: float, angle: float, perspective: np.ndarray) -> np.ndarray:
    turned = np.array(
        [[np.cos(angle), -np.sin(angle), x], [np.sin(angle), np.cos(angle), y], [0, 0, 1]], dtype=np.float64
    )
    seen = np.eye(3)
    seen[2, :2] = perspective
    return turned @ seen


def _distractors(
    x: float, y: float, reach: float, rng: np.random.Generator
) -> tuple[tuple[Bar, ...], tuple[Wire, ...]]:
    """Walls above, below and before the stack, each with some chance; wires anywhere."""
    bars = []
    for side in (-1, 1):
        if rng.random() < 0.6:
            away = y + side * (reach + rng.uniform(45, 110))
            bars.append(Bar(x, away, rng.normal(0, 0.03), rng.uniform(10, 30), rng.uniform(0.7, 1.8)))
    if rng.random() < 0.5:
        upright = np.pi / 2 + rng.normal(0, 0.03)
        bars.append(Bar(x - rng.uniform(70, 140), y, upright, rng.uniform(10, 30), rng.uniform(0.7, 1.8)))
    wires = []
    for _ in range(rng.integers(0, 3)):
        x0, length = rng.uniform(0, WIDTH - 120), rng.uniform(60, 220)
        wires.append(
            Wire(
                x0, x0 + length, rng.uniform(20, HEIGHT - 20), rng.uniform(-0.6, 0.6),
                rng.uniform(-0.003, 0.003), rng.uniform(1.5, 3.5), rng.uniform(0.3, 0.9),
            )
        )  # fmt: skip
    return tuple(bars), tuple(wires)
