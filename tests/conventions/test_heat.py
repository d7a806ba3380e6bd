"""The heat map prints what it is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from cvlib.conventions import swing
from cvlib.figures.conventions import heat
from tests.conventions.test_swing import AXES, FRAME, made

WIDE = swing.by_convention(FRAME, AXES)


def cells(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def bold(figure: Figure) -> list[int]:
    return [at for at, text in enumerate(figure.axes[0].texts) if text.get_fontweight() == "bold"]


def test_every_score_is_printed_and_what_is_absent_is_a_dash() -> None:
    figure = heat(WIDE, ("pooled", "mean"))
    assert cells(figure)[:6] == ["0.60", "0.50", "-", "0.90", "0.80", "-"]
    labels = figure.axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["mean", "one", "mean", "one"]
    assert [label.get_fontweight() for label in labels] == ["bold", *["normal"] * 3]


@pytest.mark.parametrize(("lower", "best"), [(False, [0, 3, 7]), (True, [1, 4, 6])])
def test_the_best_of_each_row_is_bold_unless_all_are_equal(lower: bool, best: list[int]) -> None:
    assert bold(heat(WIDE, lower_is_better=lower)) == best


def test_options_that_make_no_difference_are_not_named() -> None:
    rows = swing.distinct(swing.by_convention(FRAME.assign(value=0.5), AXES))
    assert rows.index.tolist() == [("pooled", swing.ANY), ("single", swing.ANY)]
    assert [label.get_text() for label in heat(rows).axes[0].get_yticklabels()] == ["", ""]


def test_blocks_have_a_best_each() -> None:
    figure = heat(swing.by_convention(FRAME, AXES, ["classes"]))
    assert cells(figure)[:6] == ["0.60", "0.50", "-", "0.90", "0.80", "-"]
    assert bold(figure) == [0, 3, 7]


def test_higher_is_darker_up_to_the_top(tmp_path: Path) -> None:
    frame = made({("pooled", "mean"): (1.0, 2.0), ("pooled", "one"): (4.0, np.inf)}, models="ab")
    figure = heat(swing.by_convention(frame, AXES), top=4)
    figure.savefig(tmp_path / "heat.png")
    colours = figure.axes[0].collections[0].get_facecolors()  # type: ignore[attr-defined]
    light = colours[:, :3].sum(axis=1)
    assert light[0] > light[1] > light[2] == light[3]
    assert cells(figure)[3] == "∞"
