"""When a page that was executed before carries a warning, and when it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from cvlib import notebooks, stale
from cvlib.data import Simulated, write
from cvlib.provenance import MIME, ROOT
from tests.chapters import write_chapter

PARAMETERS = 'dataset: str = "simulated"  # of four images\nseed: int = 0  # of nothing'
OPENED = """
from cvlib import chapter
from cvlib.data import open_dataset
from cvlib.papers import claim

this = chapter.begin(globals())
data = open_dataset(dataset, images=4, seed=seed)
"""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with data, a chapter that papermill has executed with values of a reader's, and its code."""
    root = tmp_path_factory.mktemp("book")
    write(Simulated(4, 0), root / "data", progress=False)
    cells = [
        nbformat.v4.new_markdown_cell("(small)=\n# A chapter\n\nWith a sentence."),
        nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(OPENED, metadata={"mystnb": {"figure": {"caption": "One."}}}),
        nbformat.v4.new_code_cell("this.provenance(data)"),
    ]
    write_chapter(root, "small", cells)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebooks, "ROOT", root)
        notebooks.run("small", (f"dataset=path:{root / 'data'}", "seed=3"), root / "small.ipynb")
    for path in sorted((ROOT / "cvlib").rglob("*")):
        if path.suffix in {".py", ".yaml"}:
            copy = root / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    yield root


@pytest.fixture
def book(before: Path) -> Iterator[Path]:
    """The same; what a test changes is put back."""
    kept = {path: path.read_bytes() for path in before.rglob("*") if path.is_file()}
    yield before
    for path, content in kept.items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def warned(book: Path) -> stale.Warned | None:
    return stale.warnings([book / "small.ipynb"], book / "notebooks", book).get(book / "small.ipynb")


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text("utf-8")), encoding="utf-8")


def test_a_page_stays_as_it_is_where_only_values_of_parameters_were_given(book: Path) -> None:
    record = stale.record_of(nbformat.read(book / "small.ipynb", as_version=4))
    assert record is not None
    assert record.parameters == {"dataset": f"path:{book / 'data'}", "seed": 3}
    assert warned(book) is None


def test_comments_and_docstrings_of_the_code_do_not_count(book: Path) -> None:
    edit(book / "cvlib" / "data" / "catalogue.py", lambda text: f'"""Other words."""\n# and more\n{text}')
    assert warned(book) is None


def test_changed_code_is_named(book: Path) -> None:
    edit(book / "cvlib" / "data" / "catalogue.py", lambda text: f"{text}\nLIMIT = 3\n")
    found = warned(book)
    assert found is not None
    assert found.title == "Stale"
    assert found.text.startswith(
        "The code (`cvlib.data.catalogue`) changed since this page was computed, from co"
    )


def test_code_that_the_page_does_not_use_does_not_count(book: Path) -> None:
    edit(book / "cvlib" / "book.py", lambda text: f"{text}\nLIMIT = 3\n")
    assert warned(book) is None


def test_of_many_modules_some_are_named(book: Path) -> None:
    for path in (book / "cvlib" / "data").glob("*.py"):
        edit(path, lambda text: f"{text}\nLIMIT = 3\n")
    assert "`cvlib.data.annotations`, `cvlib.data.catalogue` and" in str(warned(book))


def test_a_published_value_that_was_mended_counts_as_code(book: Path) -> None:
    edit(book / "cvlib" / "papers" / "electrode.yaml", lambda text: f"{text}\n# mended\n")
    assert "`cvlib.papers`" in str(warned(book))


def test_changed_data_are_told(book: Path) -> None:
    image = next((book / "data" / "segmentation" / "images").rglob("*.*"))
    image.write_bytes(image.read_bytes() + b"more")
    assert "The data changed" in str(warned(book))


def test_data_that_have_gone_are_not_said_to_have_changed(book: Path) -> None:
    shutil.rmtree(book / "data")
    assert warned(book) is None


@pytest.mark.parametrize(
    ("cell", "change"),
    [
        (0, {"source": "(small)=\n# A chapter\n\nWith another sentence."}),
        (1, {"source": PARAMETERS.replace("int = 0", "int = 1")}),
        (2, {"source": f"{OPENED}1 + 1"}),
        (2, {"metadata": {"mystnb": {"figure": {"caption": "Two."}}}}),
        (3, {"metadata": {"tags": ["hide-input"]}}),
    ],
)
def test_a_changed_cell_of_the_notebook_is_told(book: Path, cell: int, change: dict[str, object]) -> None:
    path = book / "notebooks" / "small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[cell].update(nbformat.from_dict(change))
    nbformat.write(notebook, path)
    assert "The notebook changed" in str(warned(book))


def test_all_that_changed_is_in_one_sentence(book: Path) -> None:
    edit(book / "cvlib" / "errors.py", lambda text: f"{text}\nLIMIT = 3\n")
    image = next((book / "data" / "segmentation" / "images").rglob("*.*"))
    image.write_bytes(b"")
    (book / "notebooks" / "small.ipynb").unlink()
    assert "The code (`cvlib.errors`), the data and the notebook changed" in str(warned(book))


def test_a_page_without_a_record_says_that_nobody_knows(book: Path) -> None:
    path = book / "small.ipynb"
    page = nbformat.read(path, as_version=4)
    stale.drop_records(page)
    nbformat.write(page, path)
    assert MIME not in path.read_text("utf-8")
    found = warned(book)
    assert found is not None
    assert found.title == "Provenance unknown"


def test_the_warning_stands_between_title_and_text() -> None:
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("(one)=\n# One\n\nText.")])
    stale.mark(page, stale.Warned("Stale", "The data changed."), "make book")
    lines = page.cells[0].source.splitlines()
    assert lines[:3] == ["(one)=", "# One", ""]
    assert lines[3:5] == [":::{admonition} Stale", ":class: warning"]
    assert lines[5].startswith("The data changed. To compute again: `make book`;")
    assert lines[6:] == [":::", "", "Text."]


def test_a_page_without_a_title_has_the_warning_on_top() -> None:
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("# no title")])
    stale.mark(page, stale.Warned("Stale", "The data changed."), "make book")
    assert "The data changed." in page.cells[0].source
