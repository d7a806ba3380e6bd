"""Surface-crack networks: long winding cracks, and shorter ones that branch off and end on another crack.

All cracks of one generation grow together, a step at a time; a grid of cells knows which crack is where, so a
tip that meets another crack stops there and makes a T junction, as drying films do.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cvlib.simulate.clip import HEIGHT, WIDTH, Clip

_STEP = 5.0
_SIGHT = 11.0
_LEAVING = 6  # steps in which a branch ignores the crack it comes from
_BORDER = 8
_SHIFT = 4


@dataclass
class _Tips:
    """The growing ends of one generation of cracks."""

    x: np.ndarray
    y: np.ndarray
    heading: np.ndarray
    parent: np.ndarray
    steps: np.ndarray
    width: np.ndarray


@dataclass
class _Crack:
    points: np.ndarray
    width: float
    joined: bool


class _Network:
    """Cracks grown so far in the columns ``low`` to ``high`` of a strip, and where they lie."""

    def __init__(self, low: float, high: float, rng: np.random.Generator) -> None:
        self.low, self.high, self.rng = low, high, rng
        self.cracks: list[_Crack] = []
        self.points = np.zeros((0, 4))  # x, y, heading, number of the crack
        shape = (int(HEIGHT / _STEP) + 2 * _BORDER + 2, int((high - low) / _STEP) + 2 * _BORDER + 2)
        # Which point lies in a cell (a row of self.points), -1 where there is none.
        self.cell = np.full(shape, -1)

    def _cells(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        row, column = (y / _STEP + _BORDER).astype(int), ((x - self.low) / _STEP + _BORDER).astype(int)
        rows, columns = self.cell.shape
        return np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 2)

    def _met(self, x: np.ndarray, y: np.ndarray, own: np.ndarray, parent: np.ndarray) -> np.ndarray:
        """The point of another crack than ``own`` and ``parent`` (n, 1) at each place, -1 for none."""
        point = self.cell[self._cells(x, y)]
        owner = self.points[point, 3] if len(self.points) else np.full(point.shape, -1)
        return np.where((point >= 0) & (owner != own) & (owner != parent), point, -1)

    def _occupy(self, x: np.ndarray, y: np.ndarray, heading: np.ndarray, crack: np.ndarray) -> None:
        number = len(self.points) + np.arange(x.size)
        self.points = np.concatenate([self.points, np.column_stack([x, y, heading, crack])])
        row, column = self._cells(x, y)
        # A diagonal track would let another one slip through between its cells: take the one beside, too.
        for beside in (0, 1):
            free = self.cell[row, column + beside] < 0
            self.cell[row[free], column[free] + beside] = number[free]

    def _turn(
        self, x: np.ndarray, y: np.ndarray, heading: np.ndarray, own: np.ndarray, parent: np.ndarray
    ) -> np.ndarray:
        """Change of heading: the film has given way beside a crack, and a tip near one turns towards it."""
        beside = heading[:, None] + (-1.35, 1.35)
        ahead_x, ahead_y = x[:, None] + _SIGHT * np.cos(beside), y[:, None] + _SIGHT * np.sin(beside)
        near = self._met(ahead_x, ahead_y, own, parent) >= 0
        turn: np.ndarray = 0.25 * (near[:, 1].astype(float) - near[:, 0])
        return turn

    def grow(self, tips: _Tips, wander: float) -> None:
        """Let all tips grow until each has met a crack, left the strip, or used up its steps."""
        count, base = tips.x.size, len(self.cracks)
        longest = int(tips.steps.max(initial=0)) + 1
        track = np.zeros((longest, count, 2))
        track[0] = np.column_stack([tips.x, tips.y])
        length, joined = np.ones(count, int), np.zeros(count, bool)
        wobble, alive = np.zeros(count), np.arange(count)
        x, y, course = tips.x.copy(), tips.y.copy(), tips.heading.copy()
        for step in range(1, longest):
            own, parent = (base + alive)[:, None], tips.parent[alive][:, None]
            wobble = 0.8 * wobble + self.rng.normal(0, wander, alive.size)
            course += self.rng.normal(0, 0.25 * wander, alive.size)
            if step > _LEAVING:
                course += self._turn(x, y, course + wobble, own, parent)
                parent = np.full_like(own, -1)
            x = x + _STEP * np.cos(course + wobble)
            y = y + _STEP * np.sin(course + wobble)
            met = self._met(x[:, None], y[:, None], own, parent)[:, 0]
            hit = met >= 0
            x[hit], y[hit] = self.points[met[hit], 0], self.points[met[hit], 1]
            joined[alive[hit]] = True
            track[step, alive] = np.column_stack([x, y])
            length[alive] += 1
            self._occupy(x[~hit], y[~hit], (course + wobble)[~hit], alive[~hit] + base)
            inside = (x > self.low) & (x < self.high) & (np.abs(y - HEIGHT / 2) < HEIGHT / 2 + 20)
            going = ~hit & inside & (step < tips.steps[alive] - 1)
            x, y, course, wobble = x[going], y[going], course[going], wobble[going]
            alive = alive[going]
            if not alive.size:
                break
        for k in range(count):
            self.cracks.append(_Crack(track[: length[k], k], float(tips.width[k]), bool(joined[k])))

    def start(self, x: np.ndarray, y: np.ndarray, steps: np.ndarray, width: np.ndarray) -> _Tips:
        """Two tips for every starting point, that grow away from each other."""
        heading = self.rng.uniform(0, np.pi, x.size)
        first = len(self.cracks) + np.arange(x.size)
        return _Tips(
            np.tile(x, 2),
            np.tile(y, 2),
            np.concatenate([heading, heading + np.pi]),
            np.concatenate([first + x.size, first]),
            np.tile(steps, 2),
            np.tile(width, 2),
        )

    def branches(self, spacing: float, steps: float, share: float) -> _Tips:
        """Tips that leave the cracks grown so far about at right angles, one per ``spacing`` pixels."""
        count = int(len(self.points) * _STEP / spacing)
        chosen = self.points[self.rng.integers(0, max(len(self.points), 1), count)]
        # Drying relieves the film around a branch: no second one starts close by.
        _, apart = np.unique(chosen[:, :2] // 26 @ [1, 10_000], return_index=True)
        chosen, count = chosen[np.sort(apart)], apart.size
        side = self.rng.choice([-np.pi / 2, np.pi / 2], count)
        parent = chosen[:, 3].astype(int)
        width = np.array([self.cracks[k].width for k in parent])
        return _Tips(
            chosen[:, 0],
            chosen[:, 1],
            chosen[:, 2] + side + self.rng.normal(0, 0.15, count),
            parent,
            np.maximum(4, self.rng.exponential(steps, count)).astype(int),
            np.maximum(1.0, width * share * self.rng.uniform(0.7, 1.2, count)),
        )


def coverage(clip: Clip, rng: np.random.Generator) -> np.ndarray:
    """How much of each pixel of the strip lies in a crack: (HEIGHT, clip.strip_width) uint8, 255 for all.

    The frames ``clip.crack_frames``, and no others, show cracks (more than half of some pixel).
    """
    canvas = np.zeros((HEIGHT, clip.strip_width), np.uint8)
    start, stop = clip.crack_frames
    if start == stop:
        return canvas
    low = (start - 1) * clip.displacement_px + WIDTH + 5.0 if start else -20.0
    high = stop * clip.displacement_px - 5.0 if stop < clip.frames else clip.strip_width + 20.0
    network = _Network(low, high, rng)
    _populate(network, clip.crack_density, rng)
    _show_in_every_frame(network, clip, rng)
    jagged = _Jagged(canvas.shape[1], rng)
    for crack in network.cracks:
        polygon = _polygon(crack, jagged, rng)
        cv2.fillPoly(canvas, [np.rint(polygon * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    # Frames that the plan calls free of cracks are so to the last pixel.
    if start:
        canvas[:, : (start - 1) * clip.displacement_px + WIDTH] = 0
    if stop < clip.frames:
        canvas[:, stop * clip.displacement_px :] = 0
    return canvas


def _populate(network: _Network, density: float, rng: np.random.Generator) -> None:
    area = (network.high - network.low) * HEIGHT
    count = 1 + rng.poisson(area / 1.1e5 * (0.4 + density))
    x, y = rng.uniform(network.low + 4, network.high - 4, count), rng.uniform(0, HEIGHT, count)
    steps = rng.uniform(12 + 40 * density, 50 + 200 * density, count).astype(int)
    network.grow(network.start(x, y, steps, rng.uniform(2.6, 3.6 + 3.4 * density, count)), 0.13)
    if density > 0.12:
        network.grow(network.branches(190 - 135 * density, 14 + 80 * density, 0.66), 0.13)
    if density > 0.25:
        network.grow(network.branches(260 - 185 * density, 8 + 50 * density, 0.62), 0.14)
    if density > 0.5:
        network.grow(network.branches(340 - 250 * density, 6 + 30 * density, 0.6), 0.15)


def _show_in_every_frame(network: _Network, clip: Clip, rng: np.random.Generator) -> None:
    """Add a small crack to each frame that has none, so that the plan's labels hold."""
    for frame in range(*clip.crack_frames):
        left = max(frame * clip.displacement_px + 8, network.low + 4)
        right = min(frame * clip.displacement_px + WIDTH - 8, network.high - 4)
        x, y = network.points[:, 0], network.points[:, 1]
        if np.count_nonzero((x > left) & (x < right) & (y > 8) & (y < HEIGHT - 8)) < 4:
            x, y = rng.uniform(left, right, 1), rng.uniform(60, HEIGHT - 60, 1)
            network.grow(network.start(x, y, rng.integers(8, 30, 1), rng.uniform(2.6, 4.0, 1)), 0.13)


class _Jagged:
    """Small displacements, the same for all cracks at a place, so that junctions stay joined."""

    _CELLS = ((34.0, 4.0), (11.0, 2.2))  # size of a cell, standard deviation: pixels

    def __init__(self, width: int, rng: np.random.Generator) -> None:
        self.fields = [
            rng.normal(0, sd, (2, int(HEIGHT / size) + 12, int(width / size) + 12))
            for size, sd in self._CELLS
        ]

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Displaced points: (n, 2) in and out."""
        moved = points.copy()
        for (size, _), field in zip(self._CELLS, self.fields, strict=True):
            place = np.maximum(points / size + 5, 0)
            x = np.minimum(place[:, 0], field.shape[2] - 2.001)
            y = np.minimum(place[:, 1], field.shape[1] - 2.001)
            column, row = x.astype(int), y.astype(int)
            right, down = x - column, y - row
            upper = field[:, row, column] * (1 - right) + field[:, row, column + 1] * right
            lower = field[:, row + 1, column] * (1 - right) + field[:, row + 1, column + 1] * right
            moved += (upper * (1 - down) + lower * down).T
        return moved


def _polygon(crack: _Crack, jagged: _Jagged, rng: np.random.Generator) -> np.ndarray:
    """The outline of a crack: ragged sides, narrower towards a tip that ends in the open. (n, 2) float."""
    points = crack.points
    steps = np.arange(len(points))
    fine = np.linspace(0, len(points) - 1, 2 * len(points))
    path = np.column_stack([np.interp(fine, steps, points[:, 0]), np.interp(fine, steps, points[:, 1])])
    path = jagged(path)
    ahead = np.gradient(path, axis=0)
    ahead /= np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-6)[:, None]
    normal = ahead[:, ::-1] * (-1, 1)
    knots = np.arange(len(points) // 8 + 2)
    slow = np.interp(fine, 8 * knots, rng.normal(1, 0.22, knots.size))
    width = crack.width * np.clip(slow, 0.4, 1.7)
    if not crack.joined:
        width *= np.sqrt(np.clip((fine[-1] - fine) / max(fine[-1] * 0.6, 1), 0, 1))
    # LINE_AA paints about half a pixel beyond the outline on each side.
    half = np.maximum(width[:, None] / 2 - 0.5, 0.15)
    half = half * rng.uniform(0.75, 1.25, (len(fine), 2)) + rng.uniform(-0.25, 0.25, (len(fine), 2))
    path = path + normal * rng.normal(0, 0.3, (len(fine), 1))
    left, right = path + normal * half[:, :1], path - normal * half[:, 1:]
    return np.concatenate([left, right[::-1]])
