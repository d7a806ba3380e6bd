"""Buttons for Binder and Colab: none without a public repository, and none that leads nowhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from cvlib import book
from cvlib.cli.repository import repository
from cvlib.data import Dataset
from cvlib.errors import UserError
from cvlib.launch import BINDER, TAG, configured, parse, set_repository, targets, with_cell
from cvlib.notebooks import ROOT, chapters, parameters
from tests.test_book import chapter, root  # noqa: F401

REPOSITORY = parse("https://github.com/someone/book")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The configuration and two chapters of this repository."""
    (tmp_path / "notebooks").mkdir()
    for name in ("_config.yml", *(f"notebooks/{each}{end}" for each in TWO for end in (".py", ".ipynb"))):
        shutil.copy(ROOT / name, tmp_path / name)
    set_repository(None, tmp_path)
    return tmp_path


TWO = ("audit", "roundness")


@pytest.mark.parametrize("name", chapters())
def test_each_button_opens_a_notebook_of_this_tree(name: str) -> None:
    for url in targets(name, REPOSITORY).values():
        path = re.search(r"notebooks/[\w-]+\.ipynb$", url)
        assert path
        assert (ROOT / path[0]).is_file()
    assert ("Binder" in targets(name, REPOSITORY)) == (name in BINDER)


def test_every_notebook_has_the_set_up_cell_of_the_repository_or_none_has_one() -> None:
    repository = configured()
    for name in chapters():
        text = (ROOT / "notebooks" / f"{name}.py").read_text("utf-8")
        assert with_cell(text, repository) == text, "run: cvlib repository URL, or --none"


def test_setting_a_repository_writes_the_same_cell_into_every_notebook(tree: Path) -> None:
    changed = {path.name for path in set_repository(REPOSITORY, tree)}
    assert changed == {"_config.yml", *(f"{name}{end}" for name in TWO for end in (".py", ".ipynb"))}
    assert configured(tree) == REPOSITORY
    cells = []
    for name in TWO:
        notebook = nbformat.read(tree / "notebooks" / f"{name}.ipynb", as_version=4)
        assert notebook.cells[0].metadata.tags == ["remove-cell", TAG]
        assert [each.source for each in jupytext.read(tree / "notebooks" / f"{name}.py").cells] == [
            each.source for each in notebook.cells
        ]
        assert parameters(tree / "notebooks" / f"{name}.ipynb") == parameters(
            ROOT / "notebooks" / f"{name}.ipynb"
        )
        cells.append(notebook.cells[0].source)
    assert cells[0] == cells[1]
    assert REPOSITORY.url in cells[0]
    subprocess.run([sys.executable, "-c", cells[0]], check=True)  # elsewhere than on Colab it does nothing


def test_on_colab_the_cell_fetches_the_branch_and_installs_all_that_chapters_train(tmp_path: Path) -> None:
    for name in ("git", "pip"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/asked\n')
        (tmp_path / name).chmod(0o755)
    on_colab = "import sys\nsys.modules['google.colab'] = sys\n"
    cell = with_cell("# %% [markdown]\n", REPOSITORY)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run([sys.executable, "-c", on_colab + cell], check=True, env=path)
    cloned, installed = (tmp_path / "asked").read_text().splitlines()
    assert cloned.endswith(f"--branch main {REPOSITORY.url} /content/book")
    assert installed.endswith("--editable /content/book[train,yolo]")


def test_removing_a_repository_leaves_everything_as_it_was(tree: Path) -> None:
    before = {path: path.read_text() for path in (tree / "_config.yml", *(tree / "notebooks").glob("*.py"))}
    set_repository(REPOSITORY, tree)
    set_repository(parse("https://github.com/other/place", "1.10"), tree)
    assert (tree / "_config.yml").read_text().count("repository:") == 1
    assert configured(tree) == ("other", "place", "1.10")
    set_repository(None, tree)
    assert {path: path.read_text() for path in before} == before
    assert set_repository(None, tree) == []


@pytest.mark.parametrize(
    "url", ["github.com/someone/book", "https://gitlab.com/a/b", "https://github.com/a b/c"]
)
def test_an_address_that_colab_cannot_open_is_refused(url: str) -> None:
    with pytest.raises(UserError, match=r"expected https://github\.com/OWNER/NAME"):
        parse(url)


def test_a_branch_with_a_space_is_refused() -> None:
    with pytest.raises(UserError, match="expected the name of a branch"):
        parse(REPOSITORY.url, "my branch; rm")


@pytest.mark.parametrize(
    "entry", [f"repository: {REPOSITORY.url}", f"repository: {{url: {REPOSITORY.url}, branch: 1.10}}"]
)
def test_an_entry_written_by_hand_that_cannot_be_read_is_one_line(tmp_path: Path, entry: str) -> None:
    (tmp_path / "_config.yml").write_text(entry)
    with pytest.raises(UserError, match=r"_config\.yml: repository is .*; set it with cvlib repository URL"):
        configured(tmp_path)


@pytest.mark.parametrize("arguments", [["--none", REPOSITORY.url], ["--branch", "main"]])
def test_orders_that_contradict_each_other_change_nothing(arguments: list[str]) -> None:
    before = (ROOT / "_config.yml").read_bytes()
    with pytest.raises(UserError, match=r"leave one of them out|give it before"):
        repository.main(arguments, standalone_mode=False)
    assert (ROOT / "_config.yml").read_bytes() == before


@pytest.mark.parametrize("public", [False, True])
def test_pages_have_buttons_if_and_only_if_there_is_a_repository(
    root: Path,  # noqa: F811
    small_data: Dataset,
    public: bool,
) -> None:
    config = (root / "_config.yml").read_text()
    config = re.sub(r"^repository:\n(?:  .*\n)+", "", config, flags=re.MULTILINE)
    (root / "_config.yml").write_text(config + f"\nrepository:\n  url: {REPOSITORY.url}\n" * public)
    index = book.render("simulated", small_data, [chapter(root, "# One")], say=lambda _: None)
    page = (index.parent / "executed" / "one.html").read_text("utf-8")
    found = re.findall(r'href="(https://(?:colab|mybinder)[^"]*)"', page)
    assert found == ([targets("one", REPOSITORY)["Colab"]] if public else [])
