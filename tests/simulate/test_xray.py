from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cvlib.errors import UserError
from cvlib.simulate.cell import HEIGHT, LIMITS, WIDTH, Scene, View, plan, projected
from cvlib.simulate.xray import draw

CLEAR = Scene(distractors=False, photons=(1e9, 1e9), veil=(0, 0), psf_px=(0.5, 0.5), tilt_deg=(0, 0))


def along(view: View, image: np.ndarray, pole: int, u: np.ndarray, off: float = 0) -> np.ndarray:
    """Grey values along a plate's centre line, at distances u behind its end."""
    plates = view.plates
    place = plates.tip[pole] + u
    line = np.stack([place, plates.centre(pole, place) + off], axis=1)
    x, y = projected(view.placed, line).T
    left, top = np.floor([x, y]).astype(int)
    fx, fy = x - left, y - top
    rows = image.astype(float)
    upper = rows[top, left] * (1 - fx) + rows[top, left + 1] * fx
    lower = rows[top + 1, left] * (1 - fx) + rows[top + 1, left + 1] * fx
    return np.asarray(upper * (1 - fy) + lower * fy)


@pytest.mark.parametrize("seed", range(4))
def test_an_end_lies_where_half_of_the_plates_shadow_has_come(seed: int) -> None:
    view = plan(1, seed, CLEAR)[0]
    image, u = draw(view), np.linspace(-6, 6, 121)
    for pole in range(13):
        grey = along(view, image, pole, u)
        half = (grey[:10].mean() + grey[-10:].mean()) / 2
        crossing = u[np.flatnonzero(grey < half)[0]]
        assert abs(crossing) < 0.3, f"pole {pole}: {crossing}"


def test_plates_alternate_and_positive_ones_are_shorter_and_darker() -> None:
    for view in plan(8, 5):
        assert view.positive.tolist() == [False, True] * 6 + [False]
        assert view.points[view.positive, 0].mean() > view.points[~view.positive, 0].mean() + 10
        assert view.plates.absorption[view.positive].min() > view.plates.absorption[~view.positive].max()
        assert (np.diff(view.plates.across) > 0).all()


def test_an_open_beam_is_attenuated_as_beer_and_lambert_say() -> None:
    view = plan(1, 1, CLEAR)[0]
    image = draw(view)
    pole = 1
    deep = along(view, image, pole, np.linspace(40, 60, 41)).mean()
    before = along(view, image, pole, np.linspace(-120, -100, 41)).mean()
    expected = np.exp(-view.plates.absorption[pole])
    assert deep / before == pytest.approx(expected, abs=0.06)  # the light is slanted, the plate blurred


def test_a_shift_of_the_stack_shifts_the_points_by_as_much() -> None:
    view = plan(1, 2)[0]
    shift = np.array([[1, 0, 3.25], [0, 1, -1.5], [0, 0, 1]])
    moved = projected(shift @ view.placed, view.plates.tips())
    np.testing.assert_allclose(moved - view.points, [[3.25, -1.5]] * 13, atol=1e-9)


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not() -> None:
    first, again, other = (draw(plan(2, seed)[1]) for seed in (4, 4, 5))
    assert first.tobytes() == again.tobytes() != other.tobytes()
    longer = plan(6, 4)
    assert draw(longer[1]).tobytes() == first.tobytes()


def test_views_of_a_cell_show_the_same_plates_in_other_places() -> None:
    views = plan(8, 0)
    assert [view.cell for view in views] == ["cell0000"] * 4 + ["cell0001"] * 4
    assert (views[0].plates.tip == views[3].plates.tip).all()
    assert (views[0].plates.tip != views[4].plates.tip).any()
    assert len({tuple(view.points[0]) for view in views}) == 8


def test_every_end_is_in_the_picture_with_room_around_it() -> None:
    for view in plan(200, 7, Scene(poles=0)):
        x, y = view.points.T
        assert x.min() > 60 and x.max() < WIDTH - 60 and y.min() > 15 and y.max() < HEIGHT - 15


def test_numbers_of_plates_vary_by_cell_only_if_asked_for() -> None:
    assert {len(view.points) for view in plan(40, 0)} == {13}
    found = {len(view.points) for view in plan(200, 0, Scene(poles=0))}
    assert found <= set(range(7, 22, 2)) and len(found) > 4


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"images": 0}, "images is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"images": 2.5}, "images is 2.5"),
        ({"scene": Scene(poles=12)}, "poles is 12"),
        ({"scene": Scene(poles=1)}, "poles is 1"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_a_line(told: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words) as error:
        plan(**told)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "bad",
    [
        {"psf_px": (0, 0)},
        {"psf_px": (1.4, 0.8)},
        {"psf_px": 1.0},
        {"psf_px": ("a", "b")},
        {"photons": (-5, 100)},
        {"photons": (100, float("inf"))},
        {"veil": (0.1, 1.0)},
        {"tilt_deg": (0, 90)},
        {"overhang_px": (float("nan"), 20)},
        {"pitch_px": (11, 7)},
        {"pitch_px": (7, 40)},
    ],
)
def test_ranges_that_cannot_be_are_refused_in_a_line_that_names_them(bad: dict[str, Any]) -> None:
    (name,) = bad
    with pytest.raises(UserError, match=f"^{name} is .*: expected two numbers from .*; give others$"):
        plan(1, 0, Scene(**bad))


@pytest.mark.parametrize(("name", "bound"), [(name, at) for name, ends in LIMITS.items() for at in ends])
def test_what_is_allowed_can_be_drawn(name: str, bound: float) -> None:
    ranges: dict[str, Any] = {name: (bound, bound)}
    assert np.ptp(draw(plan(1, 0, Scene(**ranges))[0])) > 0


def test_stacks_that_fill_the_view_are_in_it() -> None:
    for view in plan(200, 0, Scene(poles=31, pitch_px=(11, 11))):
        y = view.points[:, 1]
        assert y.min() > 15 and y.max() < HEIGHT - 15
