"""Exercises of every chapter: the solution is right, each known mistake is told by its name."""

from __future__ import annotations

import re

import jupytext
import pytest

from cvlib import notebooks
from cvlib.exercises import WrongAnswer, check
from cvlib.exercises.checking import find, of_chapter
from tests.exercises.notebooks import CHAPTERS, FOLDER, checks, faults, marks, solutions, source

NAMES = [f"{chapter}.{short}" for chapter in CHAPTERS for short in of_chapter(chapter)]
MISTAKES = [(name, hint) for name in NAMES for hint in find(name).mistakes]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_two_to_four_exercises(chapter: str) -> None:
    assert 2 <= len(of_chapter(chapter)) <= 4


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_is_right(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    exercise = find(name)
    check(name, exercise.solution if exercise.inputs else exercise.solution())
    assert capsys.readouterr().out == f"{name}: right\n"


@pytest.mark.parametrize(("name", "hint"), MISTAKES)
def test_a_mistake_is_told_by_its_name(name: str, hint: str) -> None:
    exercise = find(name)
    mistake = exercise.mistakes[hint]
    with pytest.raises(WrongAnswer) as told:
        check(name, mistake if exercise.inputs else mistake())
    assert str(told.value) == hint
    assert "\n" not in hint


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_knows_mistakes_of_its_own(name: str) -> None:
    assert find(name).mistakes


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_notebook_asks_what_the_module_checks(chapter: str) -> None:
    cells = source(chapter)
    names = list(of_chapter(chapter))
    assert cells[0].source.splitlines()[0] == f"# Exercises: {notebooks.about(notebooks.find(chapter)).title}"
    assert list(solutions(cells)) == names
    assert list(checks(cells)) == [f"{name}-check" for name in names]
    for name, cell in zip(names, checks(cells).values(), strict=True):
        assert cell.source.startswith(f'check("{chapter}.{name}", ')
        assert marks(cell)["locked"]
        assert marks(cell)["points"] > 0
    headed = [cell for cell in cells if cell.cell_type == "markdown" and cell.source.startswith("### ")]
    assert len(headed) == len(names)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_text_reads_the_same_in_the_book_and_in_a_notebook(chapter: str) -> None:
    for cell in source(chapter):
        if cell.cell_type == "markdown":
            assert not re.search(r"\{[a-z:]+\}`|^(```|:::)\{|^\(.*\)=$", cell.source, re.MULTILINE)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_ipynb_and_py_are_in_step_and_without_outputs(chapter: str) -> None:
    written = jupytext.read(FOLDER / f"{chapter}.py").cells
    paired = source(chapter)
    assert [(cell.cell_type, cell.source, cell.metadata) for cell in written] == [
        (cell.cell_type, cell.source, cell.metadata) for cell in paired
    ]
    assert not any(cell.outputs or cell.execution_count for cell in paired if cell.cell_type == "code")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_all_solutions_run_one_after_the_other_and_pass(chapter: str) -> None:
    assert [(cell.source, error) for cell, error in faults(source(chapter))][:1] == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_chapter_says_where_its_exercises_come(chapter: str) -> None:
    cells = jupytext.read(FOLDER.parent / f"{chapter}.py").cells
    tagged = [cell.source for cell in cells if "exercises" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert tagged[0].startswith("## Exercises\n")
    assert f"notebooks/exercises/{chapter}.ipynb" in tagged[0]
