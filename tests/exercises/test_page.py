"""Exercises on a page of the book: numbered, labelled, the solution folded with what it printed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from cvlib import book, notebooks
from cvlib.data import Dataset
from cvlib.errors import UserError
from cvlib.exercises import page
from cvlib.notebooks import execute
from tests.exercises.notebooks import FOLDER

CHAPTER = "roundness"


def chapter() -> NotebookNode:
    """A page whose exercises come before its last words."""
    cells = [
        nbformat.v4.new_markdown_cell("# Roundness"),
        nbformat.v4.new_markdown_cell("## Exercises\n\nHere.", metadata={"tags": ["exercises"]}),
        nbformat.v4.new_markdown_cell("## Provenance"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    language = {"name": "python", "pygments_lexer": "ipython3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": language})


def test_task_and_solution_come_between_the_heading_and_what_follows() -> None:
    shown = chapter()
    page.insert(shown, CHAPTER, FOLDER / f"{CHAPTER}.ipynb")
    texts = [cell.source for cell in shown.cells]
    assert texts[1].startswith("## Exercises")
    assert texts[-1] == "## Provenance"
    assert shown.cells[2].metadata["tags"] == ["hide-input"]
    order = [text for text in texts if "exercise-roundness-polygon" in text or "def polygon_rou" in text]
    assert [text.split()[0] for text in order] == ["```{exercise-start}", "```{solution-start}", "def"]
    assert ":class: dropdown" in order[1]


def test_no_mark_and_no_hidden_test_is_shown() -> None:
    shown = chapter()
    page.insert(shown, CHAPTER, FOLDER / f"{CHAPTER}.ipynb")
    text = "\n".join(cell.source for cell in shown.cells)
    assert "def polygon_roundness(mask):\n    contours, _ =" in text
    assert not re.search(r"BEGIN|END|dot\[", text)


def test_a_page_without_the_tag_is_left_as_it_is_and_exercises_that_never_ran_are_told(
    tmp_path: Path,
) -> None:
    plain = chapter()
    del plain.cells[1].metadata["tags"]
    before = [cell.source for cell in plain.cells]
    page.insert(plain, CHAPTER, tmp_path / "none.ipynb")
    assert [cell.source for cell in plain.cells] == before
    with pytest.raises(UserError, match=r"none\.ipynb: the exercises of roundness are not executed; run"):
        page.insert(chapter(), CHAPTER, tmp_path / "none.ipynb")


@pytest.mark.slow
def test_a_solution_that_fails_is_told_and_kept_under_another_name(tmp_path: Path) -> None:
    broken = nbformat.read(FOLDER / f"{CHAPTER}.ipynb", as_version=4)
    cell = next(cell for cell in broken.cells if "connectivity=8" in cell.source)
    cell.source = cell.source.replace("connectivity=8", "connectivity=4")
    nbformat.write(broken, tmp_path / "broken.ipynb")
    with pytest.raises(UserError, match=r"broken\.ipynb, cell 7: WrongAnswer: two parts that touch at a cor"):
        execute(tmp_path / "broken.ipynb", tmp_path / "out" / "done.ipynb", {})
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["done.failed.ipynb"]


@pytest.mark.slow
def test_the_book_shows_them_with_what_they_printed(
    tmp_path: Path, small_data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "book" / "vendor").mkdir(parents=True)
    (tmp_path / "book" / "index.md").write_text("# A book\n\n{ref}`exercise-roundness-formula`\n")
    (tmp_path / "book" / "references.bib").write_text("")
    toc = "format: jb-book\nroot: index\nchapters: [{file: executed/roundness}, {file: status}]\n"
    (tmp_path / "book" / "_toc.yml").write_text(toc)
    shutil.copy(notebooks.ROOT / "_config.yml", tmp_path)
    monkeypatch.setattr(book, "ROOT", tmp_path)
    execute(FOLDER / f"{CHAPTER}.ipynb", tmp_path / "_build" / "exercises" / f"{CHAPTER}.ipynb", {})
    nbformat.write(chapter(), tmp_path / f"{CHAPTER}.ipynb")
    index = book.render("simulated", small_data, [tmp_path / f"{CHAPTER}.ipynb"], say=lambda line: None)
    text = (index.parent / "executed" / f"{CHAPTER}.html").read_text("utf-8")
    assert len(re.findall(r'class="[^"]*\bexercise\b[^"]*" id="exercise-roundness-', text)) == 3
    solutions = re.findall(r'class="[^"]*\bsolution\b[^"]*\bdropdown\b', text)
    assert len(solutions) == 3
    for name in ("formula", "polygon", "whole-objects"):
        assert f"roundness.{name}: right" in text
