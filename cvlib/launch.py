"""Open a chapter in Binder or Colab: the buttons on its page, and the cell that sets Colab up.

Both need the address of a public repository, ``repository.url`` in ``_config.yml``; as long as there is none,
pages have no buttons and notebooks no such cell. ``cvlib repository`` changes the address and the cells.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import yaml

from cvlib.data.files import write_bytes
from cvlib.errors import UserError
from cvlib.notebooks import ROOT

BINDER = ("audit", "corners", "data-records", "process", "related-data", "roundness")
"""Chapters that run with what ``.binder`` installs, which trains no networks."""
TAG = "set-up"
_FIRST = "# %% [markdown]\n"
_CELL = f'# %% tags=["remove-cell", "{TAG}"]\n'
_SET_UP = """{mark}# On Colab, which starts empty: fetch the repository and what it needs, among it YOLO11
# (AGPL-3.0). Elsewhere nothing.
import subprocess
import sys

if "google.colab" in sys.modules:
    fetch = "test -d /content/{name} || git clone --quiet --depth 1 --branch {branch} {url} /content/{name}"
    install = "pip install --quiet myst-nb --editable '/content/{name}[train,yolo]'"
    subprocess.run(f"{{fetch}} && {{install}}", shell=True, check=True)
    sys.path.insert(0, "/content/{name}")

"""


class Repository(NamedTuple):
    """A public repository on GitHub, the one place that Colab opens notebooks from."""

    owner: str
    name: str
    branch: str

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://github.com/{self.owner}/{self.name}"


def parse(url: str, branch: str = "main") -> Repository:
    """The repository of an address.

    Raises
    ------
    UserError
        If it is not one of GitHub.

    >>> parse("https://github.com/someone/book.git").name
    'book'
    """
    found = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?", url)
    if not found:
        raise UserError(f"{url}: expected https://github.com/OWNER/NAME, which Colab opens; give it so")
    if not re.fullmatch(r"[\w./-]+", branch):
        raise UserError(f"branch {branch!r}: expected the name of a branch, as main; give that")
    return Repository(found[1], found[2], branch)


def configured(root: Path = ROOT) -> Repository | None:
    """The repository that ``_config.yml`` names; None if it names none.

    Raises
    ------
    UserError
        As :func:`parse`, or if the entry is not as ``cvlib repository`` writes it.
    """
    told = yaml.safe_load((root / "_config.yml").read_text("utf-8")).get("repository") or {}
    if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
        message = f"repository is {told!r}, expected a url and a branch, both text"
        raise UserError(f"_config.yml: {message}; set it with cvlib repository URL")
    return parse(told["url"], told.get("branch", "main")) if told.get("url") else None


def targets(chapter: str, repository: Repository) -> dict[str, str]:
    """Addresses that open the paired notebook of a chapter, by the name of the service.

    >>> targets("roundness", parse("https://github.com/someone/book"))["Colab"]
    'https://colab.research.google.com/github/someone/book/blob/main/notebooks/roundness.ipynb'
    """
    owner, name, branch = repository
    path = f"notebooks/{chapter}.ipynb"
    found = {"Colab": f"https://colab.research.google.com/github/{owner}/{name}/blob/{branch}/{path}"}
    if chapter in BINDER:
        found["Binder"] = f"https://mybinder.org/v2/gh/{owner}/{name}/{branch}?urlpath=lab/tree/{path}"
    return found


def buttons(chapter: str, repository: Repository) -> str:
    """MyST Markdown of the buttons of a chapter."""
    button = "```{{button-link}} {url}\n:color: primary\n:outline:\nOpen in {service}\n```"
    return "\n\n".join(
        button.format(service=service, url=url) for service, url in targets(chapter, repository).items()
    )


def set_repository(repository: Repository | None, root: Path = ROOT) -> list[Path]:
    """Write an address into ``_config.yml`` and a cell that sets Colab up into every chapter, or remove both.

    Parameters
    ----------
    repository
        None removes what was there.
    root
        Of this repository.

    Returns
    -------
    list of pathlib.Path
        Files that changed.
    """
    import jupytext.cli

    config = root / "_config.yml"
    changed = [config] if _rewrite(config, _with_address(config.read_text("utf-8"), repository)) else []
    for chapter in sorted((root / "notebooks").glob("*.py")):
        if _rewrite(chapter, with_cell(chapter.read_text("utf-8"), repository)):
            jupytext.cli.jupytext(["--quiet", "--sync", str(chapter)])
            changed += [chapter, chapter.with_suffix(".ipynb")]
    return changed


def with_cell(text: str, repository: Repository | None) -> str:
    """A chapter, the text of its Python file, with the set-up cell of a repository before all others."""
    head, first, rest = text.partition(_FIRST)
    head = head.partition(_CELL)[0]
    cell = _SET_UP.format(mark=_CELL, url=repository.url, **repository._asdict()) if repository else ""
    return head + cell + first + rest


def _with_address(config: str, repository: Repository | None) -> str:
    """The configuration with another address; its comments stay."""
    kept = re.sub(r"\n*^repository:\n(?:  .*\n)+", "\n", config, flags=re.MULTILINE)
    if repository is None:
        return kept
    told = {"repository": {"url": repository.url, "branch": repository.branch}}
    return f"{kept.rstrip()}\n\n{yaml.safe_dump(told, sort_keys=False)}"


def _rewrite(path: Path, text: str) -> bool:
    """Whether a file had to be written to hold a text."""
    if path.read_text("utf-8") == text:
        return False
    write_bytes(path, text.encode())
    return True
