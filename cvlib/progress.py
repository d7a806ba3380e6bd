"""A bar that says which section of a notebook is running: papermill's own, told what to show."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

ENGINE = "cvlib"
BAR = {"desc": "starting", "bar_format": "{n_fmt} of {total_fmt} |{bar:20}| {elapsed}  {desc}"}
"""Cells done of all cells, time, and what is running now."""
WIDTH = 50
"""Characters of a description; longer ones are cut, so that the bar stays on its line."""


def sections(cells: list[NotebookNode]) -> list[str]:
    """What each cell belongs to: the last heading so far, before any heading its own first words.

    >>> from nbformat.v4 import new_code_cell, new_markdown_cell
    >>> sections([new_code_cell("x = 1\\ny = 2"), new_markdown_cell("## Scores"), new_code_cell("y")])
    ['x = 1', 'Scores', 'Scores']
    """
    found, heading = [], ""
    for cell in cells:
        lines = cell.source.strip().splitlines()
        if cell.cell_type == "markdown":
            titles = [line.lstrip("# ") for line in lines if line.startswith("#")]
            heading = titles[0] if titles else heading
        text = heading or (lines[0] if lines else "")
        found.append(text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…")
    return found


class _Engine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """Papermill's engine; ``set_description`` is the one thing that its bar is told otherwise."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **kwargs: Any
    ) -> Any:
        """Run the notebook, with the section of each cell before the cell starts."""
        told, start = sections(nb_man.nb.cells), nb_man.cell_start

        def cell_start(cell: NotebookNode, cell_index: int | None = None, **more: Any) -> None:
            if nb_man.pbar and cell_index is not None:
                nb_man.pbar.set_description_str(told[cell_index])
            start(cell, cell_index, **more)

        nb_man.cell_start = cell_start
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


papermill_engines.register(ENGINE, _Engine)
