"""Compares an answer with the solution, and with the mistakes that people are known to make."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

NEAR = 1e-3
"""Tolerance within which an answer looks rounded."""


class WrongAnswer(AssertionError):
    """An answer that is not right; one line says why, as far as that can be told.

    An ``AssertionError``, because that is what graders count.
    """

    def _render_traceback_(self) -> list[str]:
        """Show the message alone where IPython would show a traceback."""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Exercise:
    """What is right, and what is known to go wrong.

    Parameters
    ----------
    solution
        Gives the right answer. Without ``inputs`` it takes nothing and returns the value asked for; with
        them the answer is a function, and this is how it should behave.
    mistakes
        Hint -> what somebody hands in who made that mistake, in the form of ``solution``. The hint names the
        mistake, not the answer.
    inputs
        Gives the arguments of each call, if the answer is a function.
    tolerance
        Of numbers, relative to the right one, and absolute near 0.
    """

    solution: Callable[..., Any]
    mistakes: Mapping[str, Callable[..., Any]]
    inputs: Callable[[], Sequence[tuple[Any, ...]]] | None = None
    tolerance: float = 1e-6


def find(name: str) -> Exercise:
    """The exercise ``chapter.name``.

    Raises
    ------
    ValueError
        There is none.
    """
    chapter, _, short = name.partition(".")
    held = of_chapter(chapter)
    if short not in held:
        raise ValueError(f"no exercise {name!r}; of {chapter!r} there are: {', '.join(held) or 'none'}")
    return held[short]


def module_name(chapter: str) -> str:
    """Of the module that holds the exercises of a chapter, as Python imports it."""
    return f"cvlib.exercises.{chapter.replace('-', '_')}"


def of_chapter(chapter: str) -> dict[str, Exercise]:
    """All exercises of a chapter by short name; empty if it has none."""
    module = module_name(chapter)
    if not importlib.util.find_spec(module):
        return {}
    return dict(getattr(importlib.import_module(module), "EXERCISES", {}))


def check(name: str, answer: Any) -> None:
    """Say that an answer is right, or raise with the likely mistake.

    Parameters
    ----------
    name
        ``chapter.exercise``, such as ``segmentation.mean-dice``.
    answer
        A value, or a function where the exercise asks for one.

    Raises
    ------
    WrongAnswer
        One line: the mistake, if it is a known one, else how the answer differs in kind.
    NotImplementedError
        The answer is a function that nobody has written yet.

    >>> check("segmentation.mean-dice", (180 / 190 + 2 / 11 + 1) / 3)
    segmentation.mean-dice: right
    """
    exercise = find(name)
    if answer is None or answer is ...:
        raise WrongAnswer("nothing handed in: give your answer the name that this check looks for")
    if exercise.inputs and not callable(answer):
        raise WrongAnswer(f"expected a function, got {_told(answer)}; hand in its name without calling it")
    given = _answers(exercise, answer if exercise.inputs else lambda: answer, theirs=True)
    right = _answers(exercise, exercise.solution)
    if _same(given, right, exercise.tolerance):
        print(f"{name}: right")
        return
    for hint, mistake in exercise.mistakes.items():
        if _same(given, _answers(exercise, mistake), exercise.tolerance):
            raise WrongAnswer(hint)
    if not exercise.inputs and _same(given, right, NEAR):
        raise WrongAnswer("not right, but near: if it is rounded, hand it in with all digits")
    raise WrongAnswer(_difference(given, right))


def _answers(exercise: Exercise, function: Callable[..., Any], theirs: bool = False) -> list[Any]:
    """What a function gives for each input; the inputs stay as they are, whatever it does to them."""
    given = []
    for arguments in exercise.inputs() if exercise.inputs else [()]:
        try:
            given.append(function(*copy.deepcopy(arguments)))
        except Exception as error:
            if not theirs or isinstance(error, NotImplementedError):  # a stub is not a mistake
                raise
            told = f"{type(error).__name__}: {error}".splitlines()[0]
            raise WrongAnswer(f"your function stops with {told}; called with {_told(arguments)}") from error
    return given


def _told(value: Any) -> str:
    """A value in a part of a line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 120 else f"{text[:117]}..."


def _same(given: Any, right: Any, tolerance: float) -> bool:
    """Equal in kind, and numbers within the tolerance; NaN equals NaN."""
    if isinstance(right, Mapping):
        return (
            isinstance(given, Mapping)
            and given.keys() == right.keys()
            and all(_same(given[key], right[key], tolerance) for key in right)
        )
    if isinstance(right, list | tuple):
        if isinstance(given, np.ndarray) and given.ndim:
            given = list(given)
        return (
            isinstance(given, list | tuple)
            and len(given) == len(right)
            and all(_same(mine, its, tolerance) for mine, its in zip(given, right, strict=True))
        )
    if isinstance(right, np.ndarray | numbers.Number):
        return _close(given, right, tolerance)
    return isinstance(given, type(right)) and bool(given == right)


def _close(given: Any, right: Any, tolerance: float) -> bool:
    mine, its = _numbers(given), np.asarray(right)
    if mine is None or mine.shape != its.shape:
        return False
    return bool(
        np.allclose(mine.astype(float), its.astype(float), rtol=tolerance, atol=tolerance, equal_nan=True)
    )


def _numbers(given: Any) -> np.ndarray | None:
    """An answer as an array of numbers; None if it is none."""
    try:
        array = np.asarray(given)
    except ValueError:
        return None
    return array if array.dtype.kind in "biuf" else None


def _difference(given: list[Any], right: list[Any]) -> str:
    """How an answer without a known mistake differs, without giving the right one away."""
    for mine, its in zip(given, right, strict=True):
        if mine is None:
            return "your function returns nothing; end it with return"
        if isinstance(its, np.ndarray | numbers.Number):
            array = _numbers(mine)
            if array is None:
                return f"expected numbers, got {type(mine).__name__} {_told(mine)}"
            shape = np.asarray(its).shape
            if array.shape != shape:
                return f"expected an array of shape {shape}, got {array.shape}"
        elif isinstance(its, Mapping) and isinstance(mine, Mapping) and mine.keys() != its.keys():
            return f"expected the keys {', '.join(map(str, its))}, got {', '.join(map(str, mine))}"
        elif isinstance(its, list | tuple | set) and hasattr(mine, "__len__") and len(mine) != len(its):
            return f"expected {len(its)} entries, got {len(mine)}"
    return "not right, and not one of the mistakes known here; go through the steps on the smallest example"
