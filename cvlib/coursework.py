"""A course of the exercises: notebooks for students and instructor, what nbgrader needs, a syllabus."""

from __future__ import annotations

import html
import importlib.util
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from string import Template

from cvlib import notebooks
from cvlib.errors import UserError
from cvlib.exercises import syllabus

SETTINGS = '''"""Where nbgrader finds this course, and what students do not get."""

from nbgrader.converters import GenerateAssignment

c = get_config()  # noqa: F821
c.CourseDirectory.source_directory = "instructor"
c.CourseDirectory.release_directory = "student"
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"explanation"}
c.GenerateAssignment.preprocessors = [
    "nbconvert.preprocessors.TagRemovePreprocessor",
    *GenerateAssignment.class_traits()["preprocessors"].default(),
]
'''
"""``nbgrader_config.py`` of a course; generating an assignment again strips as much as the first time."""

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif; }
:root { color-scheme: light dark; }
table { border-collapse: collapse; }
td, th { padding: .2rem .6rem; border: 1px solid; text-align: left; }
td:first-child { white-space: nowrap; }
pre { overflow-x: auto; }
</style>
</head>
<body>
$body</body>
</html>
""")
"""A page that needs nothing beside it."""


def build(to: Path, chapters: Sequence[str] = ()) -> None:
    """Write a course into a new folder; nothing is left there if it cannot be finished.

    Parameters
    ----------
    to
        Does not exist, or is an empty folder.
    chapters
        All that have exercises, unless told.

    Raises
    ------
    UserError
        The folder holds something or cannot be written, a chapter is unknown, or nbgrader is not installed.
    """
    chosen = _chosen(chapters)
    if importlib.util.find_spec("nbgrader") is None:
        raise UserError("nbgrader is not installed; install the extra 'teach' of this package")
    to = to.resolve()
    partial = to.parent / f".{to.name}.{os.getpid()}.partial"
    try:
        if to.exists() and not (to.is_dir() and not any(to.iterdir())):
            raise UserError(f"{to}: is there already and not an empty folder; name a new one")
        partial.mkdir(parents=True)
        _write(partial, chosen)
        if to.exists():
            to.rmdir()
        partial.replace(to)
    except OSError as error:
        raise UserError(f"{to}: cannot be written ({error.strerror}); name another folder") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _chosen(chapters: Sequence[str]) -> list[str]:
    """Chapters in the order of the syllabus."""
    known = notebooks.exercises()
    if not known:
        raise UserError("no exercises here; run cvlib from a clone of the repository")
    for chapter in chapters:
        if chapter not in known:
            raise UserError(f"no exercises for {chapter!r}; there are some for: {', '.join(known)}")
    return [name for name in syllabus.syllabus().chapters if name in (chapters or known)]


def _write(folder: Path, chapters: Sequence[str]) -> None:
    for chapter in chapters:
        source = notebooks.ROOT / "notebooks" / "exercises" / f"{chapter}.ipynb"
        lesson = folder / "instructor" / chapter
        lesson.mkdir(parents=True)
        shutil.copyfile(source, lesson / source.name)
    (folder / "submitted").mkdir()
    (folder / "nbgrader_config.py").write_text(SETTINGS, encoding="utf-8")
    _release(folder)
    titles = {
        chapter: notebooks.about(notebooks.find(chapter)).title for chapter in syllabus.syllabus().chapters
    }
    text = "# Syllabus\n\n" + syllabus.markdown(titles.__getitem__, chapters)
    (folder / "syllabus.md").write_text(text, encoding="utf-8")
    (folder / "syllabus.html").write_text(_page(text), encoding="utf-8")


def _release(folder: Path) -> None:
    """Have nbgrader write the students' notebooks from the instructor's."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.assignment_id = "*"
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    config.GenerateAssignment.no_database = True  # the gradebook is the instructor's to begin
    config.SaveCells.enabled = False
    GenerateAssignment(coursedir=CourseDirectory(config=config), config=config).start()


def _page(text: str) -> str:
    """A page of its own from Markdown that begins with its title."""
    from markdown_it import MarkdownIt

    title = text.partition("\n")[0].removeprefix("# ")
    body = MarkdownIt("commonmark").enable("table").render(text)
    return PAGE.substitute(title=html.escape(title), body=body)
