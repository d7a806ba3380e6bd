"""Texts of the chapter's tables."""

from __future__ import annotations

import numpy as np

from cvlib.conventions import report, swing
from tests.conventions.test_swing import AXES, DEFAULT, FRAME


def test_the_table_of_swings_says_whether_the_convention_moves_more() -> None:
    own = swing.summary(FRAME, AXES, DEFAULT)
    [row] = report.swings({"Dice": own}).to_dict("records")
    assert row["between models, one convention"] == "0.100"
    assert row["one model, all conventions"] == "0.600 [0.500, 0.700]"
    assert row["pairs that change places"] == "1 of 1"
    assert row["convention moves it more"] == "yes"
    less = own._replace(between_models=0.65)
    assert report.swings({"Dice": less})["convention moves it more"].tolist() == ["no"]


def test_choices_stand_one_by_one() -> None:
    own = swing.summary(FRAME, AXES, DEFAULT), swing.one_at_a_time(FRAME, AXES, DEFAULT)
    table = report.choices({"Dice": own}).set_index("choice")
    assert table["moves the median model by"].to_dict() == {"images": "0.300", "classes": "0.300"}


def test_a_choice_that_moves_more_than_models_differ_is_named() -> None:
    own = swing.summary(FRAME, AXES, DEFAULT)
    by_choice = {"images": FRAME.assign(swing=0.2), "classes": FRAME.assign(swing=0.05)}
    assert report.alone({"Dice": (own, by_choice)}) == [("Dice", "images")]


def test_pairs_that_change_places_are_named_or_none_is() -> None:
    [row] = report.swaps({"Dice": swing.summary(FRAME, AXES, DEFAULT)}).to_dict("records")
    assert list(row.values()) == ["Dice", "a", "b", "25% of the conventions"]
    alone = FRAME[FRAME["model"] == "a"]
    assert report.swaps({"Dice": swing.summary(alone, AXES, DEFAULT)})["turned round by"].tolist() == [
        "no pair changes"
    ]


def test_what_is_absent_shows_as_a_dash() -> None:
    shown = report.scores(swing.by_convention(FRAME, AXES))
    assert shown.columns.tolist() == ["images", "classes", "a", "b", "c"]
    assert shown["c"].tolist() == ["-"] * 4
    same = swing.distinct(swing.by_convention(FRAME.assign(value=np.inf), AXES))
    assert report.scores(same).to_dict("list") == {
        "images": ["pooled", "single"],
        **{each: ["∞", "∞"] for each in "abc"},
    }
    empty = FRAME.assign(value=np.nan)
    table = report.swings({"Dice": swing.summary(empty, AXES, DEFAULT)})
    assert table["between models, one convention"].tolist() == ["-"]
