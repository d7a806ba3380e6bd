"""`cvlib run` as a reader meets it: what it lists, what it refuses, and where a run lands."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import termios
from pathlib import Path

import nbformat
import pytest

from cvlib import notebooks, rerun
from cvlib.errors import UserError
from cvlib.notebooks import ROOT, chapters, parameters
from tests.browser import CHROMIUM, Browser
from tests.chapters import write_chapter

CODE = "number: int = 6  # to be divided\nby: int = 2  # divisor"


def run_cvlib(*arguments: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "cvlib", *arguments], capture_output=True, text=True, check=True
    )
    assert answer.stderr == ""
    return answer.stdout


@pytest.fixture
def chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A chapter that divides a number, and pages that take no time."""
    cells = [
        nbformat.v4.new_markdown_cell("(division)=\n# Division\n\nHow often? See {cite:t}`wu2024`."),
        nbformat.v4.new_code_cell(CODE, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_markdown_cell("## The quotient"),
        nbformat.v4.new_code_cell("print(number / by)"),
    ]
    write_chapter(tmp_path, "division", cells)
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(rerun, "_render", lambda files, said: files.page.write_text(said))
    return "division"


def test_every_chapter_is_listed_on_a_line_of_its_own() -> None:
    lines = run_cvlib("run", "--list").splitlines()
    assert [line.split()[0] for line in lines] == chapters()
    assert all(len(line.split()) > 4 for line in lines)
    assert not [line for line in lines if re.search(r"[{}`*]", line)]


@pytest.mark.parametrize("arguments", [["roundness", "--help"], ["-h", "roundness"]])
def test_the_help_of_a_chapter_names_its_parameters(arguments: list[str]) -> None:
    told = " ".join(run_cvlib("run", *arguments).split())
    assert "Roundness of pinholes. How round is a pinhole?" in told
    for each in parameters(ROOT / "notebooks" / "roundness.ipynb").values():
        assert f"{each.name}: {each.type} = {each.default!r} {each.meaning}" in told


def test_help_loads_nothing_that_takes_long() -> None:
    code = (
        "import sys; from cvlib.cli.command import cvlib; "
        "cvlib(['run', 'segmentation', '--help'], standalone_mode=False); "
        "assert not {'torch', 'papermill', 'nbformat', 'pandas', 'matplotlib'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_the_nearest_chapter_is_suggested() -> None:
    with pytest.raises(UserError, match=r"unknown chapter 'Data_record'; .*; did you mean data-records\?"):
        notebooks.find("Data_record")


def test_runs_of_the_same_second_and_parameters_have_a_folder_each(
    chapter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.strftime", lambda *_: "2026-11-22-173000")
    monkeypatch.setattr(notebooks, "_execute", lambda notebook, to, values: shutil.copy(notebook, to))
    runs = [rerun.rerun(chapter, ("by=3",), tmp_path / "runs") for _ in range(2)]
    other = rerun.rerun(chapter, ("by=4",), tmp_path / "runs")
    folders = [each.notebook.parent.name for each in (*runs, other)]
    assert folders[1] == f"{folders[0]}-2"
    assert folders[0][:-8] == folders[2][:-8] == "2026-11-22-173000-"
    assert len(set(folders)) == 3
    for each in (*runs, other):
        assert sorted(path.name for path in each.notebook.parent.iterdir()) == [
            *("division.html", "division.ipynb", "parameters.json"),
        ]
    told = json.loads(runs[0].parameters.read_text())
    assert told["parameters"] == {"number": 6, "by": 3}
    assert told["command"] == "cvlib run division -p by=3"
    assert "with by=3, not part of the book" in runs[0].page.read_text()


def test_of_a_run_that_fails_the_faulty_notebook_is_kept_and_named(chapter: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"division by zero \(see .*division\.failed\.ipynb\)"):
        rerun.rerun(chapter, ("by=0",), tmp_path / "runs")
    assert [path.name for path in (tmp_path / "runs").rglob("*.*")] == ["division.failed.ipynb"]


def test_a_refused_parameter_leaves_no_folder(chapter: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="unknown parameter 'buy'"):
        rerun.rerun(chapter, ("buy=1",), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_an_interrupted_run_leaves_no_folder(
    chapter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(notebooks, "_execute", stop)
    with pytest.raises(KeyboardInterrupt):
        rerun.rerun(chapter, (), tmp_path / "runs")
    assert not list((tmp_path / "runs" / "division").iterdir())


def test_a_page_that_cannot_be_rendered_leaves_the_notebook_and_nothing_but_a_terminal_sees_a_bar(
    chapter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)

    def refuse(*_: object) -> None:
        raise UserError("no builder")

    monkeypatch.setattr("cvlib.run_page.write_page", refuse)
    with pytest.raises(
        UserError, match=r"division\.ipynb is complete, its page cannot be rendered: no builder"
    ):
        rerun.rerun(chapter, (), tmp_path / "runs")
    assert list((tmp_path / "runs").rglob("division.ipynb"))
    assert capfd.readouterr() == ("", "")


def test_photographs_are_not_passed_on_unasked() -> None:
    said = rerun.banner("roundness", {"dataset": "path:mine"}, ())
    assert "with its defaults" in said
    assert "may contain photographs" in said


def test_a_terminal_shows_the_running_section(chapter: str, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cvlib import notebooks; "
        "notebooks.ROOT = Path(sys.argv[1]); notebooks.run('division', (), Path(sys.argv[1], 'out.ipynb'))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    reader, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    subprocess.run(command, check=True, stderr=terminal)
    os.close(terminal)
    shown = os.read(reader, 1 << 16).decode()
    os.close(reader)
    assert "3 of 4 |" in shown
    assert "Division" in shown
    assert "The quotient" in shown


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this computer")
def test_the_page_of_a_run_needs_nothing_beside_it(tmp_path: Path) -> None:
    paths = [Path(line) for line in run_cvlib("run", "roundness", "-p", "images=20").splitlines()]
    page = paths[1].rename(tmp_path / "alone.html")
    shutil.rmtree(paths[0].parent)
    browser = Browser()
    try:
        tab = browser.open(page.as_uri())
        tab.wait("document.querySelectorAll('mjx-container').length > 5")
        text = tab.evaluate("document.body.innerText")
        pictures = tab.evaluate("[...document.images].map(each => each.naturalWidth)")
        events = browser.events
    finally:
        browser.close()
    asked = [each["params"]["request"]["url"] for each in events if "requestWillBe" in each.get("method", "")]
    assert {url.partition(":")[0] for url in asked if url != page.as_uri()} <= {"data"}
    assert not [
        each for each in events if each.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")
    ]
    assert "with images=20, not part of the book" in text
    assert "Sampath et al." in text
    assert not re.findall(r"\{\w+(?::\w+)?\}", text)
    assert pictures
    assert all(pictures)
    assert page.stat().st_size < 6_000_000
