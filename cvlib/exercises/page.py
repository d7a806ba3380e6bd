"""Exercises as readers of the book see them: at the end of a chapter, numbered, with folded solutions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cvlib.errors import UserError

if TYPE_CHECKING:
    from nbformat import NotebookNode

TAG = "exercises"
"""Of the cell in a chapter that its exercises come after."""

_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", re.DOTALL)
_MARK = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


def insert(page: NotebookNode, chapter: str, executed: Path) -> None:
    """Put the executed exercises of a chapter into its page, after the cell tagged ``exercises``.

    Parameters
    ----------
    page
        The chapter; without that tag it is left as it is.
    chapter
        Its name, which the labels begin with: ``exercise-segmentation-mean-dice``.
    executed
        The notebook of exercises, with the outputs of its solutions.

    Raises
    ------
    UserError
        The page has the tag, and there is no such notebook.
    """
    import nbformat

    places = [place for place, cell in enumerate(page.cells) if TAG in cell.metadata.get("tags", [])]
    if not places:
        return
    if not executed.is_file():
        raise UserError(f"{executed}: the exercises of {chapter} are not executed; run `cvlib book`")
    page.cells[places[0] + 1 : places[0] + 1] = cells(nbformat.read(executed, as_version=4), chapter)


def cells(notebook: NotebookNode, chapter: str) -> list[NotebookNode]:
    """A notebook of exercises as cells of MyST Markdown: the set-up folded, then task and solution of each.

    Parameters
    ----------
    notebook
        Its first cell is the title; each exercise begins with a heading of level 3.
    chapter
        What labels begin with.
    """
    setup, *exercises = _exercises(notebook.cells[1:])
    for cell in setup:
        cell.metadata["tags"] = ["hide-input"]
    return [*setup, *(cell for each in exercises for cell in _exercise(each, chapter))]


def _exercises(cells: Sequence[NotebookNode]) -> list[list[NotebookNode]]:
    """Cells before the first exercise, then those of each."""
    found: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("### "):
            found.append([])
        found[-1].append(cell)
    return found


def _exercise(cells: Sequence[NotebookNode], chapter: str) -> list[NotebookNode]:
    """Task and folded solution; their directives begin in one cell and end in another."""
    asked = next(place for place, cell in enumerate(cells) if name_of(cell))
    label = f"exercise-{chapter}-{name_of(cells[asked])}"
    title, _, text = cells[0].source.removeprefix("### ").partition("\n")
    start = _directive("exercise-start", title, f":label: {label}")
    return [
        _markdown(f"{start}\n\n{text.strip()}"),
        *cells[1:asked],
        _markdown(_directive("exercise-end")),
        _markdown(_directive("solution-start", label, ":class: dropdown")),
        *map(_unmarked, cells[asked:]),
        _markdown(_directive("solution-end")),
    ]


def name_of(cell: NotebookNode) -> str | None:
    """Name of the exercise that a cell is the solution of; None for other cells."""
    marks = cell.metadata.get("nbgrader", {})
    return str(marks["grade_id"]) if marks.get("solution") else None


def _directive(name: str, argument: str = "", option: str = "") -> str:
    lines = [f"```{{{name}}} {argument}".rstrip(), *([option] if option else []), "```"]
    return "\n".join(lines)


def _markdown(text: str) -> NotebookNode:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text)


def _unmarked(cell: NotebookNode) -> NotebookNode:
    """A cell without nbgrader's marks and without the tests that students do not see."""
    cell.source = _MARK.sub("", _HIDDEN.sub("", cell.source)).rstrip()
    return cell
