"""Small chapters that tests write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nbformat


def write_chapter(root: Path, name: str, cells: Sequence[nbformat.NotebookNode]) -> None:
    """Write a notebook without outputs among the chapters of a repository, which may be an empty folder."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})
    (root / "notebooks").mkdir(exist_ok=True)
    nbformat.write(notebook, root / "notebooks" / f"{name}.ipynb")
