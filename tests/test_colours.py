"""Colours: one for each class, told apart also by those who see fewer colours, and used for nothing else."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from cvlib import figures
from cvlib.defects import CLASSES, COLOURS
from cvlib.figures import style
from cvlib.figures.claims import COLOURS as VERDICTS

LEAST = 10
"""CIEDE2000; about 1 is just noticed side by side."""

# what is left without one kind of cone, in linear RGB: Machado, Oliveira and Fernandes (2009),
# A physiologically-based model for simulation of color vision deficiency, table 1, severity 1.0
EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
SERIES = {f"series {place}": each.colour for place, each in enumerate(style.SERIES)}
everyone = pytest.mark.parametrize("eyes", EYES)


def linear(colour: str) -> np.ndarray:
    share = np.array(to_rgb(colour))
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def seen(colour: str, eyes: str) -> np.ndarray:
    """In CIELAB, as somebody with such eyes sees it."""
    left = (EYES[eyes] @ linear(colour)).clip(0, 1)
    share = np.where(left <= 0.0031308, 12.92 * left, 1.055 * left ** (1 / 2.4) - 0.055)
    return np.asarray(rgb2lab(share))


def apart(one: str, other: str, eyes: str) -> float:
    return float(deltaE_ciede2000(seen(one, eyes), seen(other, eyes)))


def too_close(colours: dict[str, str], eyes: str) -> list[tuple[str, str]]:
    pairs = itertools.combinations(colours, 2)
    return [(a, b) for a, b in pairs if apart(colours[a], colours[b], eyes) < LEAST]


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it, 1 to 21."""
    dark, light = sorted(float(linear(each) @ (0.2126, 0.7152, 0.0722)) for each in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_the_simulation_confuses_what_those_eyes_confuse() -> None:
    assert apart("#FF0000", "#6F6000", "protanopia") < apart("#FF0000", "#6F6000", "all cones") / 4
    assert apart("#FFFFFF", "#000000", "deuteranopia") == pytest.approx(100, abs=0.1)
    assert too_close({"red": "#B07070", "green": "#7A8A6A"}, "deuteranopia")


@everyone
def test_classes_outcomes_and_series_are_told_apart(eyes: str) -> None:
    assert not too_close(COLOURS | style.OUTCOMES, eyes)
    assert not too_close(COLOURS | SERIES, eyes)


@everyone
def test_classes_laid_over_a_coating_are_told_apart_and_from_it(eyes: str) -> None:
    ground = 52  # the median of the simulated coatings
    mask = np.eye(len(CLASSES), dtype=bool)[None]
    picture = style.overlay(np.full((1, len(CLASSES), 3), ground, np.uint8), mask)[0]
    drawn = {defect: f"#{pixel.tobytes().hex()}" for defect, pixel in zip(CLASSES, picture, strict=True)}
    assert not too_close(drawn | {"ground": f"#{ground:02x}{ground:02x}{ground:02x}"}, eyes)


@pytest.mark.parametrize("colour", [*COLOURS.values(), *SERIES.values()])
def test_what_is_drawn_on_white_stands_out_from_it(colour: str) -> None:
    assert contrast(colour, "#FFFFFF") >= 3  # WCAG 2, 1.4.11


@pytest.mark.parametrize("colour", style.ON_DARK)
def test_what_is_drawn_on_black_stands_out_from_it(colour: str) -> None:
    assert contrast(colour, "#000000") >= 3


@everyone
def test_verdicts_are_told_apart(eyes: str) -> None:
    assert not too_close({str(verdict): colour for verdict, colour in VERDICTS.items()}, eyes)


def test_figures_type_no_colour_that_could_be_taken_for_a_class() -> None:
    typed = {
        colour
        for path in Path(figures.__file__).parent.glob("*.py")
        for colour in re.findall(r"#[0-9A-Fa-f]{6}\b", path.read_text("utf-8"))
    }
    assert len(typed) > 10
    assert not [
        (colour, defect)
        for colour in typed
        for defect in CLASSES
        if apart(colour, COLOURS[defect], "all cones") < LEAST
    ]


def test_lines_without_a_colour_of_their_own_take_those_of_the_series() -> None:
    figures.set_style()
    _, axes = style.panels(1, 1, height=1)
    (line,) = axes[0, 0].plot([0, 1])
    assert line.get_color() == style.SERIES[0].colour
