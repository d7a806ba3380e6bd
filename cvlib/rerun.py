"""A chapter run again by a reader: a folder of its own with the notebook, the page and the parameters."""

from __future__ import annotations

import hashlib
import itertools
import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cvlib import notebooks
from cvlib.errors import UserError
from cvlib.notebooks import ROOT
from cvlib.parameters import convert
from cvlib.provenance import commit


class Rerun(NamedTuple):
    """The files of one run."""

    notebook: Path
    page: Path
    parameters: Path


def rerun(
    chapter: str,
    texts: tuple[str, ...],
    runs: Path | None = None,
    say: Callable[[str], object] = lambda _: None,
) -> Rerun:
    """Run a chapter with ``name=value`` texts in place of its defaults, and render it to one page.

    Parameters
    ----------
    chapter, texts
        As :func:`cvlib.notebooks.run` takes them.
    runs
        Where runs land, each in ``CHAPTER/DATE-TIME-HASH`` with the hash of its notebook and parameters; else
        ``_build/runs``. No run is written over another, nor over the book.
    say
        Is told what happens when the last cell has run.

    Returns
    -------
    Rerun
        ``CHAPTER.ipynb``, ``CHAPTER.html`` and ``parameters.json``.

    Raises
    ------
    UserError
        As :func:`cvlib.notebooks.run`; of a run that failed the folder keeps ``CHAPTER.failed.ipynb`` alone.
        If the page cannot be rendered; the notebook stays.
    """
    source = notebooks.find(chapter)
    declared = notebooks.parameters(source)
    values = {name: each.default for name, each in declared.items()} | convert(texts, declared)
    told = {"chapter": chapter, "parameters": values}
    digest = hashlib.sha256(json.dumps(told).encode() + source.read_bytes()).hexdigest()[:8]
    folder = _new_folder((runs or ROOT / "_build" / "runs") / chapter, digest)
    files = Rerun(folder / f"{chapter}.ipynb", folder / f"{chapter}.html", folder / "parameters.json")
    try:
        notebooks.run(chapter, texts, files.notebook)
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()
    words = ["cvlib", "run", chapter, *(word for text in texts for word in ("-p", text))]
    told |= {"command": shlex.join(words), "code": commit()}
    files.parameters.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    say(f"rendering {files.page.name}")
    _render(files, banner(chapter, values, texts))
    return files


def banner(chapter: str, values: dict[str, Any], texts: tuple[str, ...]) -> str:
    """What stands on top of the page of a run, so that nobody takes it for the book's.

    >>> banner("roundness", {"dataset": "simulated", "images": 30}, ("images=30",))
    'A run of the chapter roundness with images=30, not part of the book. Data set: simulated.'
    """
    given = f"with {', '.join(texts)}" if texts else "with its defaults"
    data = str(values.get("dataset", "simulated"))
    said = f"A run of the chapter {chapter} {given}, not part of the book. Data set: {data}."
    if data != "simulated":
        said += " The page may contain photographs: ask whose they are before you pass it on."
    return said


def _render(files: Rerun, said: str) -> None:
    from cvlib.run_page import write_page

    try:
        write_page(files.notebook, files.page, said)
    except UserError as error:
        raise UserError(f"{files.notebook} is complete, its page cannot be rendered: {error}") from None


def _new_folder(parent: Path, digest: str) -> Path:
    """A folder that nobody else has, named by the time in UTC."""
    name = f"{time.strftime('%Y-%m-%d-%H%M%S', time.gmtime())}-{digest}"
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    folder = next(parent / each for each in names if not (parent / each).exists())
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        from cvlib.data.files import reason_unwritten

        raise UserError(f"{folder}: {reason_unwritten(error)}") from None
    return folder
