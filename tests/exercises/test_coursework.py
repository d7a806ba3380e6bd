"""A course as `cvlib coursework build` leaves it: what students get, and what they do not."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from cvlib import coursework, notebooks
from cvlib.errors import UserError
from tests.exercises.notebooks import faults, marks, read, solutions, source

CHAPTERS = notebooks.exercises()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of all chapters."""
    folder = tmp_path_factory.mktemp("teaching") / "course"
    coursework.build(folder)
    return folder


def student(course: Path, chapter: str) -> Path:
    return course / "student" / chapter / f"{chapter}.ipynb"


def kept_back(cells: list[NotebookNode]) -> Iterator[str]:
    """Lines that no student may see: of solutions, hidden tests and explanations."""
    for cell in cells:
        inside = "explanation" in cell.metadata.get("tags", [])
        for line in cell.source.splitlines():
            if "### BEGIN" in line:
                inside = True
            if inside:
                yield line.strip()
            if "### END" in line:
                inside = False


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_of_a_solution_is_left_in_a_student_file(course: Path, chapter: str) -> None:
    handed_out = student(course, chapter).read_text("utf-8")
    lines = [line for line in kept_back(source(chapter)) if len(line) > 8]
    assert len(lines) >= 2 * len(solutions(source(chapter)))
    assert [line for line in lines if json.dumps(line, ensure_ascii=False)[1:-1] in handed_out] == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_student_notebook_stops_at_each_stub_and_for_that_reason_only(course: Path, chapter: str) -> None:
    cells, solved = read(student(course, chapter)), solutions(source(chapter))
    stubs = solutions(cells)
    assert list(stubs) == list(solved)
    stopped = []
    for cell, fault in faults(cells):
        name = marks(cell)["grade_id"].removesuffix("-check")
        assert isinstance(fault, NotImplementedError), f"{name}: {fault!r}"
        assert name not in stopped
        stopped.append(name)
        # filled in as a student would, in the cell that stopped or the one that it checks
        if cell is not stubs[name]:
            cell.source = f"{solved[name].source}\n{cell.source}"
        else:
            cell.source = solved[name].source
    assert stopped == list(solved)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_students_can_change_what_is_theirs_alone(course: Path, chapter: str) -> None:
    cells = read(student(course, chapter))
    for cell in cells:
        if marks(cell).get("grade"):
            assert cell.metadata["editable"] is False
        if marks(cell).get("solution"):
            assert cell.metadata.get("editable", True)
            assert "raise NotImplementedError()" in cell.source
    assert not any(cell.get("outputs") for cell in cells)


def test_the_instructor_has_it_all_and_a_syllabus_says_how_to_go_on(course: Path) -> None:
    assert sorted(path.name for path in course.iterdir()) == sorted(
        ["student", "instructor", "submitted", "nbgrader_config.py", "syllabus.md", "syllabus.html"]
    )
    assert sorted(path.name for path in (course / "instructor").iterdir()) == CHAPTERS
    assert "### Roundness of pinholes" in (course / "syllabus.md").read_text("utf-8")
    page = (course / "syllabus.html").read_text("utf-8")
    assert "<h3>Roundness of pinholes</h3>" in page
    assert "<td><code>course/student/</code></td>" in page
    assert not any(str(course) in path.read_text("utf-8") for path in course.glob("*.*"))


@pytest.mark.parametrize("what", ["a folder with something in it", "a file"])
def test_what_is_there_is_not_written_over(tmp_path: Path, what: str) -> None:
    taken = tmp_path / "course"
    if what == "a file":
        taken.write_text("mine")
    else:
        taken.mkdir()
        (taken / "mine").touch()
    with pytest.raises(UserError, match="is there already and not an empty folder; name a new one"):
        coursework.build(taken)
    assert list(tmp_path.iterdir()) == [taken]


def test_mistakes_are_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"no exercises for 'roundnes'; there are some for: .*roundness"):
        coursework.build(tmp_path / "course", ["roundnes"])
    with pytest.raises(UserError, match=r"file/course: cannot be written \(.*\); name another folder"):
        coursework.build(tmp_path / "file" / "course", ["roundness"])
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="nbgrader is not installed; install the extra 'teach'"):
        coursework.build(tmp_path / "course")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_course_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(coursework, "_release", full)
    with pytest.raises(UserError, match="No space left on device"):
        coursework.build(tmp_path / "course", ["roundness"])
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_taken_and_few_chapters_are_few(tmp_path: Path) -> None:
    coursework.build(tmp_path, ["roundness"])
    assert [path.name for path in (tmp_path / "student").iterdir()] == ["roundness"]


@pytest.mark.slow
def test_nbgrader_marks_the_course_as_the_syllabus_says(course: Path) -> None:
    answered = nbformat.read(student(course, "roundness"), as_version=4)
    right = solutions(source("roundness"))
    for name, cell in solutions(answered.cells).items():
        cell.source = right[name].source.replace("connectivity=8", "connectivity=4")
    handed_in = course / "submitted" / "ada" / "roundness"
    handed_in.mkdir(parents=True)
    nbformat.write(answered, handed_in / "roundness.ipynb")
    before = student(course, "roundness").read_bytes()
    tools = Path(sys.executable).parent
    way = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    [commands] = re.findall(r"```bash\n(.*?)```", (course / "syllabus.md").read_text("utf-8"), re.DOTALL)
    for line in commands.replace("segmentation", "roundness").splitlines():
        words = shlex.split(line, comments=True)
        subprocess.run([tools / words[0], *words[1:]], cwd=course, env=way, check=True)
    [marked] = csv.DictReader((course / "grades.csv").read_text("utf-8").splitlines())
    assert (marked["student_id"], marked["score"], marked["max_score"]) == ("ada", "3.0", "5.0")
    told = (course / "feedback/ada/roundness/roundness.html").read_text("utf-8")
    assert "two parts that touch at a corner are one object" in told
    assert student(course, "roundness").read_bytes() == before
