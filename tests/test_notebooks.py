"""Chapters as files: pairs in step, parameters refused in time, failures told by name."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from cvlib import notebooks
from cvlib.errors import UserError
from cvlib.launch import TAG
from cvlib.notebooks import ROOT, chapters, first_error, module_files, modules, parameters
from cvlib.papers import claims
from tests.chapters import write_chapter

CHAPTERS = chapters()


def run_cvlib(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cvlib", *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture
def chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small chapter of its own: three parameters, a check, and a cell that divides by one of them."""
    cells = [
        nbformat.v4.new_code_cell(
            "number: int = 6  # to be divided\nby: int = 2  # divisor\nname: str = ''  # of nobody",
            metadata={"tags": ["parameters"]},
        ),
        nbformat.v4.new_code_cell("from cvlib.parameters import check\nvalues = check(globals())"),
        nbformat.v4.new_code_cell("print(number / by, repr(name))"),
    ]
    write_chapter(tmp_path, "division", cells)
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    return "division"


def outputs(notebook: Path) -> str:
    cells = nbformat.read(notebook, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


@pytest.mark.parametrize("name", CHAPTERS)
def test_ipynb_and_py_are_in_step_and_without_outputs(name: str) -> None:
    source = jupytext.read(ROOT / "notebooks" / f"{name}.py")
    paired = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    assert [(cell.cell_type, cell.source, cell.metadata) for cell in source.cells] == [
        (cell.cell_type, cell.source, cell.metadata) for cell in paired.cells
    ]
    code = [cell for cell in paired.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_declares_its_parameters_checks_them_next_and_ends_with_its_provenance(name: str) -> None:
    path = ROOT / "notebooks" / f"{name}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    code = [each for each in cells if each.cell_type == "code" and TAG not in each.metadata.get("tags", [])]
    assert {"dataset", "seed"} <= parameters(path).keys()
    assert "parameters" in code[0].metadata.tags
    assert "chapter.begin(globals())" in code[1].source
    assert "provenance(" in code[-1].source


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_shows_and_does_not_define(name: str) -> None:
    tree = ast.parse((ROOT / "notebooks" / f"{name}.py").read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_published_number_is_typed_into_a_chapter(name: str) -> None:
    source = (ROOT / "notebooks" / f"{name}.py").read_text("utf-8")
    source = source.replace("images: int = 2227", "")  # as many as the paper's, unless told
    held = [each.number for each in claims().values() if each.number and ".table1." not in each.id]
    printed = {number for number in held if len(number.strip("0.")) > 2}
    numbers = "|".join(re.escape(number) for number in printed | {each.replace(",", "") for each in printed})
    assert not re.findall(rf"(?<![\w.])(?:{numbers})(?!\w)", source)


def test_a_run_takes_the_values_it_is_given(chapter: str, tmp_path: Path) -> None:
    notebooks.run(chapter, ("number=9", "name=007"), tmp_path / "new" / "out.ipynb")
    assert outputs(tmp_path / "new" / "out.ipynb") == "4.5 '007'\n"


@pytest.mark.parametrize("text", ["numbr=9", "number=nine", "number"])
def test_a_bad_parameter_is_refused_before_a_kernel_starts(
    chapter: str, tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "_execute", lambda *_: pytest.fail("a kernel was started"))
    with pytest.raises(UserError, match=r"allowed: number \(int, default 6\), by \(int"):
        notebooks.run(chapter, (text,), tmp_path / "out.ipynb")


def test_a_failing_cell_is_named_and_leaves_no_result(chapter: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"division\.ipynb, cell .*ZeroDivisionError: division by zero"):
        notebooks.run(chapter, ("by=0",), tmp_path / "out.ipynb")
    assert sorted(path.name for path in tmp_path.glob("*.ipynb")) == ["out.failed.ipynb"]
    assert "ZeroDivisionError" in str(first_error(tmp_path / "out.failed.ipynb"))


def test_papermill_alone_is_stopped_by_the_notebooks_own_check(chapter: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "papermill", f"notebooks/{chapter}.ipynb", "out.ipynb", "-k", "python3"]
    good = subprocess.run([*command, "-p", "number", "9"], cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0
    bad = subprocess.run(
        [*command, "-p", "number", "abc"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert bad.returncode != 0
    assert "parameter number = 'abc' is not of type int" in bad.stderr


def test_a_kernel_that_dies_is_one_line_and_leaves_nothing(chapter: str, tmp_path: Path) -> None:
    path = notebooks.find(chapter)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source = "import os\nos._exit(1)"
    nbformat.write(notebook, path)
    with pytest.raises(UserError, match=r"division\.ipynb: the kernel died"):
        notebooks.run(chapter, (), tmp_path / "out" / "out.ipynb")
    assert not (tmp_path / "out" / "out.ipynb").exists()
    assert not list((tmp_path / "out").glob("*.partial.ipynb"))


@pytest.mark.parametrize("place", ["out.txt", "notebooks/division.ipynb"])
def test_a_chapter_is_never_overwritten_and_other_endings_are_refused(
    chapter: str, tmp_path: Path, place: str
) -> None:
    before = notebooks.find(chapter).read_bytes()
    with pytest.raises(UserError, match=r"expected a name ending in \.ipynb, and not among the chapters"):
        notebooks.run(chapter, (), tmp_path / place)
    assert notebooks.find(chapter).read_bytes() == before


@pytest.mark.parametrize(
    ("place", "message"),
    [("file/out.ipynb", "a file stands in the way"), (f"{'n' * 245}.ipynb", "File name too long")],
)
def test_a_place_that_cannot_be_written_is_one_line(
    chapter: str, tmp_path: Path, place: str, message: str
) -> None:
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=message):
        notebooks.run(chapter, (), tmp_path / place)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_lost_tag_is_named(chapter: str) -> None:
    path = notebooks.find(chapter)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata.tags = []
    nbformat.write(notebook, path)
    with pytest.raises(UserError, match=r"division\.ipynb: 0 cells tagged 'parameters'"):
        parameters(path)


def test_what_a_chapter_depends_on() -> None:
    names = {str(path.relative_to(ROOT)) for path in modules(ROOT / "notebooks" / "roundness.ipynb")}
    assert {"cvlib/measure/objects.py", "cvlib/papers/coatingvision.yaml", "cvlib/figures/style.py"} <= names
    assert not {"cvlib/book.py", "cvlib/cli/command.py", "cvlib/figures/records.py"} & names
    assert "cvlib/defects.py" in {
        str(path.relative_to(ROOT)) for path in module_files("cvlib.simulate.coating")
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "roundnes"], "unknown chapter 'roundnes'; chapters: "),
        (["run", "roundness", "-p", "imges=3"], "unknown parameter 'imges'; allowed: dataset (str"),
        (["run", "roundness", "-p", "images=many"], "'many' is not of type int"),
        (["data", "describe", "magnetic-tiles"], "did you mean magnetic-tile?"),
        (["data", "check", "path:nowhere"], "nowhere: no such file or folder"),
        (["book", "--dataset", "path:nowhere"], "nowhere: no such file or folder"),
        (["data", "simulate", "--images", "0", "--to", "x"], "--images"),
    ],
)
def test_a_users_mistake_ends_with_its_line_and_status_2(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    answer = run_cvlib(*arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert message in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    assert list(tmp_path.iterdir()) == []
