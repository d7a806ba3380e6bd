"""What a check says to an answer, whatever it is handed."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cvlib.exercises import Exercise, WrongAnswer, check


def double_in_place(values: np.ndarray) -> np.ndarray:
    values *= 2
    return values


EXERCISES = {
    "number": Exercise(lambda: 2.5, {"twice too large": lambda: 5.0}, tolerance=1e-3),
    "table": Exercise(lambda: {"a": [1, 2], "b": "no"}, {"b is a": lambda: {"a": [1, 2], "b": "a"}}),
    "double": Exercise(
        lambda values: 2 * values,
        {"squared": lambda values: values**2},
        inputs=lambda: [(np.array([1.0, 3.0]),), (np.array([4.0]),)],
    ),
    "gap": Exercise(lambda: np.array([1.0, np.nan]), {"0 for unknown": lambda: np.array([1.0, 0.0])}),
}


@pytest.fixture(autouse=True)
def chapter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chapter ``made-up`` with the exercises above."""
    module = ModuleType("cvlib.exercises.made_up")
    module.__dict__["EXERCISES"] = EXERCISES
    module.__spec__ = __spec__
    monkeypatch.setitem(sys.modules, module.__name__, module)


def told(name: str, answer: Any) -> str:
    with pytest.raises(WrongAnswer) as caught:
        check(f"made-up.{name}", answer)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("answer", [2.5, 2.501, np.float32(2.5), np.array(2.5)])
def test_numbers_count_within_the_tolerance(answer: Any) -> None:
    check("made-up.number", answer)


def test_a_known_mistake_is_named_within_the_tolerance_too() -> None:
    assert told("number", 5.001) == "twice too large"
    assert told("gap", [1, 0]) == "0 for unknown"
    assert told("double", np.square) == "squared"


def test_an_unknown_number_is_wrong_and_the_right_one_not_given_away() -> None:
    assert "not right" in told("number", 2.51)
    assert "2.5" not in told("number", 2.51)


def test_a_rounded_number_is_told_as_such() -> None:
    assert "if it is rounded" in told("gap", [1.001, np.nan])
    assert "rounded" not in told("double", lambda values: 2.001 * values)


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("number", None, "nothing handed in"),
        ("number", ..., "nothing handed in"),
        ("number", "2.5", "expected numbers, got str '2.5'"),
        ("number", [2.5], r"expected an array of shape (), got (1,)"),
        ("number", [[1], [2, 3]], "expected numbers, got list"),
        ("number", np.zeros((40, 40)), "got (40, 40)"),
        ("number", 2.5 + 1j, "expected numbers, got complex"),
        ("number", abs, "expected numbers, got builtin_function_or_method"),
        ("number", object(), "expected numbers, got object"),
        ("table", {"a": [1, 2]}, "expected the keys a, b, got a"),
        ("table", 3, "not right"),
        ("table", {"a": np.array(1), "b": np.array([1, 2])}, "not right"),
        ("double", 3, "expected a function, got 3; hand in its name"),
        ("double", lambda values: None, "end it with return"),
        ("double", lambda: 1, "your function stops with TypeError"),
        ("double", lambda values: values[7], "your function stops with IndexError"),
        ("double", lambda values: "2", "expected numbers, got str"),
        ("double", lambda values: values[:1], "expected an array of shape (2,), got (1,)"),
    ],
)
def test_what_is_no_answer_is_told_in_one_line(name: str, answer: Any, says: str) -> None:
    assert says in told(name, answer)


def test_a_function_may_change_what_it_is_given() -> None:
    check("made-up.double", double_in_place)


def test_a_stub_stops_as_a_stub() -> None:
    def stub(values: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        check("made-up.double", stub)


def test_a_table_is_right_with_tuples_and_arrays_for_lists() -> None:
    check("made-up.table", {"a": np.array([1, 2]), "b": "no"})
    check("made-up.table", {"b": "no", "a": (1, 2)})
    assert told("table", {"a": [1, 2], "b": "a"}) == "b is a"


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no exercise 'made-up.x'; of 'made-up' there are: number, table"):
        check("made-up.x", 1)
    with pytest.raises(ValueError, match="there are: none"):
        check("nowhere.x", 1)


def test_a_notebook_shows_the_message_alone() -> None:
    assert WrongAnswer("pooled")._render_traceback_() == ["WrongAnswer: pooled"]
