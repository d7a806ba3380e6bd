"""Renders executed chapters and prose pages into the HTML book."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from cvlib import status
from cvlib.errors import UserError
from cvlib.notebooks import ROOT, first_error


def slug(dataset: str) -> str:
    """Name of the build folder for a data set; two folders never share one.

    >>> slug("magnetic-tile"), slug("path:/my/Coatings 1")
    ('magnetic-tile', 'path-Coatings-1-d6e3bcd3')
    """
    if not dataset.startswith("path:"):
        return dataset
    words = "".join(mark if mark.isalnum() else " " for mark in Path(dataset[5:]).name).split()
    return "-".join(["path", *words, hashlib.sha256(dataset.encode()).hexdigest()[:8]])


def html_folder(dataset: str) -> Path:
    """Where the rendered book lands: ``_build/html`` for simulated data, else a folder of its own."""
    return ROOT / "_build" / ("html" if dataset == "simulated" else f"{slug(dataset)}/html")


def render(dataset: str, banner: str, executed: list[Path], profile: str = "quick") -> Path:
    """Build the book from ``book/`` and executed chapters; warnings are errors.

    The sources are laid together in a folder of their own, so that books on different data sets do not
    overwrite each other's chapters and each can name its data on every page.

    Parameters
    ----------
    dataset
        What the chapters ran on.
    banner
        The line on top of every page: which data it shows.
    executed
        Notebooks as papermill left them.
    profile
        Of the training runs they show.

    Returns
    -------
    pathlib.Path
        ``index.html``.

    Raises
    ------
    UserError
        If a notebook holds an error output, or the build warns; the book of before is left as it was.
    """
    for notebook in executed:
        fault = first_error(notebook)
        if fault:
            raise UserError(f"{notebook.name}, {fault}; run the chapter again")
    work = ROOT / "_build" / slug(dataset)
    source = work / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "book", source)
    (source / "executed").mkdir()
    for notebook in executed:
        shutil.copy(notebook, source / "executed")
    told = status.page(executed, work / "benchmarks", profile)
    (source / "status.md").write_text(told, encoding="utf-8")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    config["html"]["announcement"] = banner
    (source / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    _jupyter_book(source, work)
    return _publish(work / "_build" / "html", html_folder(dataset))


def _jupyter_book(source: Path, work: Path) -> None:
    shutil.rmtree(work / "_build", ignore_errors=True)
    options = ["-W", "-n", "--keep-going", "--quiet", "--path-output", str(work)]
    command = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        str(source),
        *options,
    ]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "200"}
    )
    if answer.returncode:
        lines = [line for line in answer.stderr.splitlines() if "WARNING" in line or "ERROR" in line]
        told = "\n".join(lines) or answer.stderr[-4000:]
        raise UserError(f"the book does not build without warnings; mend these and build again:\n{told}")


def _publish(built: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(to, ignore_errors=True)
    built.replace(to)
    return to / "index.html"
