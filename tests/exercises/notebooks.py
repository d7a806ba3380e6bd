"""Notebooks of exercises as tests take them apart."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cvlib.notebooks import ROOT, chapters

CHAPTERS = chapters()
FOLDER = ROOT / "notebooks" / "exercises"


def read(path: Path) -> list[NotebookNode]:
    """Cells of a notebook."""
    return list(nbformat.read(path, as_version=4).cells)


def source(chapter: str) -> list[NotebookNode]:
    """Cells of the notebook that holds the exercises of a chapter."""
    return read(FOLDER / f"{chapter}.ipynb")


def marks(cell: NotebookNode) -> dict[str, Any]:
    """What a cell says to nbgrader."""
    return dict(cell.metadata.get("nbgrader", {}))


def solutions(cells: list[NotebookNode]) -> dict[str, NotebookNode]:
    """Cells to be filled, by the name of their exercise."""
    return {marks(cell)["grade_id"]: cell for cell in cells if marks(cell).get("solution")}


def checks(cells: list[NotebookNode]) -> dict[str, NotebookNode]:
    """Cells that give points, by name."""
    return {marks(cell)["grade_id"]: cell for cell in cells if marks(cell).get("grade")}


def faults(cells: list[NotebookNode]) -> Iterator[tuple[NotebookNode, Exception]]:
    """Run code cells in order in one namespace; each that fails, with its error, until the reader stops.

    The reader may mend the cell and go on: it is run again.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        while (fault := _fault(cell, names)) is not None:
            yield cell, fault


def _fault(cell: NotebookNode, names: dict[str, Any]) -> Exception | None:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(cell.source, "cell", "exec"), names)
    except Exception as error:
        return error
    return None
