"""Renders executed chapters and prose pages into the HTML book."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from cvlib import landing, launch, stale, status
from cvlib.data import Dataset
from cvlib.errors import UserError
from cvlib.exercises import page as exercises
from cvlib.exercises import syllabus
from cvlib.ledger.entries import found_in
from cvlib.ledger.report import anchor
from cvlib.notebooks import ROOT, first_error
from cvlib.papers import claim
from cvlib.places import html_folder, slug
from cvlib.provenance import commit


def render(
    dataset: str,
    data: Dataset,
    executed: list[Path],
    profile: str = "quick",
    say: Callable[[str], object] = print,
) -> Path:
    """Build the book from ``book/`` and executed chapters; warnings are errors.

    The sources are laid together in a folder of their own, so that books on different data sets do not
    overwrite each other's chapters and each can name its data on every page. A chapter that code, data or
    its notebook have left behind is shown with a warning on top.

    Parameters
    ----------
    dataset, data
        What the chapters ran on, as ``open_dataset`` takes it and as it gives it.
    executed
        Notebooks as papermill left them.
    profile
        Of the training runs they show.
    say
        Is told which pages carry a warning.

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
    for page in source.glob("*.md"):
        page.write_text(with_claims(page.read_text("utf-8"), page.name), encoding="utf-8")
    _first_page(source, {path.stem: path for path in executed}, data)
    warnings = stale.warnings(executed, ROOT / "notebooks")
    _lay(executed, source / "executed", warnings, _command(dataset, profile), say)
    told = status.page(
        executed, work / "benchmarks", profile, {path.stem: each.title for path, each in warnings.items()}
    )
    (source / "status.md").write_text(told, encoding="utf-8")
    lessons = syllabus.markdown(lambda chapter: f"{{doc}}`executed/{chapter}`")
    (source / "syllabus.md").write_text(lessons, encoding="utf-8")
    (source / "_config.yml").write_text(configuration(data, profile), encoding="utf-8")
    jupyter_book(source, work)
    return _publish(work / "_build" / "html", html_folder(dataset))


def _first_page(source: Path, executed: Mapping[str, Path], data: Dataset) -> None:
    """What was reproduced, where the first page asks for it and the chapter on claims has been executed."""
    page = source / "index.md"
    text = page.read_text("utf-8")
    if landing.MARK not in text:
        return
    if "claims" not in executed:
        raise UserError(
            "the first page counts claims, but the chapter claims was not executed; run make book"
        )
    found = found_in(executed["claims"])
    page.write_text(landing.with_verdicts(text, found, data.origin == "simulated"), encoding="utf-8")
    landing.draw(source)


def with_claims(text: str, page: str) -> str:
    """A page's text with what a claim says in place of its name, linked to the chapter on claims.

    Parameters
    ----------
    text
        MyST Markdown; claims stand in it as ``{claim}`p1.images```.
    page
        Name of the page, for errors.

    Raises
    ------
    UserError
        A claim is unknown.

    >>> with_claims("of {claim}`p1.images`.", "index.md")
    'of <a href="executed/claims.html#claim-p1-images">2,227 images</a>.'
    """
    try:
        return re.sub(r"\{claim\}`([^`]*)`", lambda found: _linked(found[1]), text)
    except UserError as error:
        raise UserError(f"{page}: {error}") from None


def _linked(id: str) -> str:
    return f'<a href="executed/claims.html#{anchor(id)}">{html.escape(claim(id).text)}</a>'


def configuration(data: Dataset, profile: str) -> str:
    """``_config.yml`` with what every page says: on top which data it shows, at its foot what made it."""
    banner = f"The chapters show: {data.title}."
    if data.origin == "photographs":
        banner += " Not for publication: the pages contain other people's photographs."
    if profile != "quick":
        banner += f" Trained with the profile {profile}."
    built = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    foot = f"Built {built} from {commit()}; data: {data.title}; profile: {profile}."
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    config["html"]["announcement"] = html.escape(banner)
    config["html"]["extra_footer"] += f"\n<p>{html.escape(foot)}</p>"
    return str(yaml.safe_dump(config))


def _lay(
    executed: list[Path],
    to: Path,
    warnings: Mapping[Path, stale.Warned],
    command: str,
    say: Callable[[str], object],
) -> None:
    """Copy executed chapters to where the book is built, with buttons and warnings where there are."""
    import nbformat

    to.mkdir()
    repository = launch.configured(ROOT)
    for notebook in executed:
        page = nbformat.read(notebook, as_version=4)
        stale.drop_records(page)
        if repository:
            stale.put_below_title(page, launch.buttons(notebook.stem, repository))
        if notebook in warnings:
            stale.mark(page, warnings[notebook], command)
            say(f"{notebook.stem}: {warnings[notebook].title.lower()}. {warnings[notebook].text}")
        exercises.insert(page, notebook.stem, ROOT / "_build" / "exercises" / notebook.name)
        nbformat.write(page, to / notebook.name)
    if warnings:
        say(f"{len(warnings)} of {len(executed)} chapters carry a warning. {stale.remedy(command)}")


def _command(dataset: str, profile: str) -> str:
    """What brings this book up to date; pages name no folder of the reader's."""
    name = "path:DIR" if dataset.startswith("path:") else dataset
    given = [f"DATASET={name}"] * (name != "simulated") + [f"PROFILE={profile}"] * (profile != "quick")
    return " ".join(["make", "book", *given])


def jupyter_book(source: Path, work: Path, strict: bool = True) -> Path:
    """Run Jupyter Book on a folder of sources.

    Parameters
    ----------
    source
        With ``_config.yml`` and ``_toc.yml``.
    work
        Where it builds; what it built there before is removed.
    strict
        Whether warnings are errors.

    Returns
    -------
    pathlib.Path
        The folder of pages.

    Raises
    ------
    UserError
        If it does not build.
    """
    shutil.rmtree(work / "_build", ignore_errors=True)
    options = ["-W", "-n", "--keep-going"] * strict + ["--quiet", "--path-output", str(work)]
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
    return work / "_build" / "html"


def _publish(built: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    former = built.with_name("former")
    shutil.rmtree(former, ignore_errors=True)
    if to.exists():
        to.replace(former)  # to remove it takes a while, in which half a book would lie there
    built.replace(to)
    shutil.rmtree(former, ignore_errors=True)
    return to / "index.html"
