"""What stops a book from being rendered, on a book of one chapter."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from filelock import FileLock

from cvlib import book, notebooks, places
from cvlib.data import Dataset
from cvlib.errors import UserError
from cvlib.provenance import MIME

TOC = "format: jb-book\nroot: index\nchapters: [{file: executed/one}, {file: status}]\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one page; its chapter is written by the tests."""
    (tmp_path / "book" / "vendor").mkdir(parents=True)
    (tmp_path / "book" / "index.md").write_text("# A book\n")
    (tmp_path / "book" / "references.bib").write_text("")
    (tmp_path / "book" / "_toc.yml").write_text(TOC)
    shutil.copy(notebooks.ROOT / "_config.yml", tmp_path)
    for module in (book, places):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


def chapter(folder: Path, text: str, outputs: list[nbformat.NotebookNode] | None = None) -> Path:
    """An executed notebook with one page of text and one cell."""
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("1", outputs=outputs or [])]
    path = folder / "one.ipynb"
    language = {"name": "python", "pygments_lexer": "ipython3"}
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": language}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def test_pages_say_their_data_and_origin_and_there_is_a_status_page(root: Path, small_data: Dataset) -> None:
    data = {"text/plain": "a table", MIME: {"commit": "of another version"}}
    output = nbformat.v4.new_output("execute_result", data=data)
    told: list[str] = []
    index = book.render("simulated", small_data, [chapter(root, "# One", [output])], say=told.append)
    assert index == root / "_build" / "html" / "index.html"
    for page in (index, index.parent / "executed" / "one.html"):
        assert "The chapters show: six small images." in page.read_text("utf-8")
        assert re.search(
            r"Built 20.* UTC from .*; data: six small images; profile: quick\.", page.read_text("utf-8")
        )
    page = index.parent / "executed" / "one.html"
    assert re.search(r'admonition-title">Provenance unknown</p>', page.read_text("utf-8"))
    assert "a table" in page.read_text("utf-8")
    assert told[0].startswith("one: provenance unknown. ")
    assert told[-1].startswith("1 of 1 chapters carry a warning. To compute again: `make book`")
    assert "one thread per chapter" in (index.parent / "status.html").read_text("utf-8")


def test_what_a_data_set_is_called_is_shown_as_text(root: Path, small_data: Dataset) -> None:
    small_data.title, small_data.origin = "<b>tiles & more</b>", "photographs"
    html = yaml.safe_load(book.configuration(small_data, "trial"))["html"]
    name = "&lt;b&gt;tiles &amp; more&lt;/b&gt;"
    assert html["announcement"].startswith(f"The chapters show: {name}. Not for publication")
    assert html["announcement"].endswith("Trained with the profile trial.")
    assert f"data: {name}; profile: trial.</p>" in html["extra_footer"]
    assert "Unofficial companion" in html["extra_footer"]


def test_a_broken_reference_stops_the_build_and_leaves_the_pages_of_before(
    root: Path, small_data: Dataset
) -> None:
    index = book.render("simulated", small_data, [chapter(root, "# One")])
    small_data.title = "other images"
    with pytest.raises(UserError, match=r"(?s)without warnings.*one\.ipynb.*nowhere"):
        book.render("simulated", small_data, [chapter(root, "# One\n\n{ref}`nowhere`")])
    assert "six small images" in index.read_text("utf-8")


def test_an_error_output_stops_the_build_and_names_notebook_and_cell(root: Path, small_data: Dataset) -> None:
    fault = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    with pytest.raises(UserError, match=r"one\.ipynb, cell 1: ValueError: no"):
        book.render("simulated", small_data, [chapter(root, "# One", [fault])])


def test_two_folders_of_one_name_have_builds_of_their_own() -> None:
    assert len({places.slug(each) for each in ("path:/a/b", "path:/a-b", "path:/c/b", "path:b")}) == 4


def test_a_second_build_waits_its_turn() -> None:
    folder = notebooks.ROOT / "_build"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / ".lock"):
        command = [sys.executable, "-m", "cvlib", "book"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "another build is at work here" in answer.stderr


def test_the_status_page_tells_what_training_took(root: Path, small_data: Dataset) -> None:
    records = root / "_build" / "simulated" / "benchmarks" / "trained" / "quick"
    records.mkdir(parents=True)
    (records / "segmentation~unet-resnet18~groups~0.tsv").write_text(
        "s\tcpu_time\tmax_rss\n121.4\t99.9\t812.2\n"
    )
    index = book.render("simulated", small_data, [chapter(root, "# One")])
    page = (index.parent / "status.html").read_text("utf-8")
    assert "U-Net, resnet18, groups split, seed 0" in page
    assert "121 s" in page


def test_a_page_shows_what_a_claim_says_and_an_unknown_one_stops_the_build(
    root: Path, small_data: Dataset
) -> None:
    assert "2,227 images" in book.with_claims("{claim}`p1.images`", "index.md")
    (root / "book" / "index.md").write_text("# A book\n\n{claim}`p1.imagse`")
    message = r"^index\.md: no claim has the id 'p1\.imagse'; near ones .*p1\.images"
    with pytest.raises(UserError, match=message):
        book.render("simulated", small_data, [chapter(root, "# One")], say=print)
    assert not (root / "_build" / "html").exists()


def test_a_first_page_that_counts_claims_needs_the_chapter_on_claims(root: Path, small_data: Dataset) -> None:
    (root / "book" / "index.md").write_text("# A book\n\n{landing}\n")
    with pytest.raises(UserError, match="the chapter claims was not executed; run make book"):
        book.render("simulated", small_data, [chapter(root, "# One")], say=print)
    assert not (root / "_build" / "html").exists()
