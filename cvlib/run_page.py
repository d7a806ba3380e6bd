"""The page of one run: an executed chapter, rendered as the book renders it, in one file."""

from __future__ import annotations

import html
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from cvlib import stale
from cvlib.book import jupyter_book
from cvlib.data.files import write_bytes
from cvlib.inline import inlined
from cvlib.notebooks import ROOT

_REFERENCES = "## References\n\n```{bibliography}\n```"


def write_page(notebook: Path, to: Path, banner: str) -> None:
    """Render an executed chapter to one self-contained HTML page.

    Jupyter Book renders it, alone: references, figure numbers and formulas look as in the book, and what it
    refers to in other chapters stands there as text.

    Parameters
    ----------
    notebook
        As papermill left it.
    to
        The page; written whole or not at all.
    banner
        What stands on top of it, as plain text.

    Raises
    ------
    UserError
        If Jupyter Book cannot render it.
    """
    with TemporaryDirectory() as folder:
        source, work = Path(folder) / "source", Path(folder) / "work"
        _lay(notebook, source, banner)
        pages = jupyter_book(source, work, strict=False)
        page = inlined(pages / "executed" / f"{notebook.stem}.html", ROOT / "book" / "vendor" / "mathjax")
    write_bytes(to, page.encode())


def _lay(notebook: Path, source: Path, banner: str) -> None:
    """A book of one chapter, which finds pictures where the book has them."""
    import nbformat

    (source / "executed").mkdir(parents=True)
    page = nbformat.read(notebook, as_version=4)
    stale.drop_records(page)
    if any("{cite:" in cell.source for cell in page.cells):
        page.cells.append(nbformat.v4.new_markdown_cell(_REFERENCES))
    nbformat.write(page, source / "executed" / notebook.name)
    shutil.copy(ROOT / "book" / "references.bib", source)
    for name in ("_static", "images"):
        shutil.copytree(ROOT / "book" / name, source / name)
    (source / "_toc.yml").write_text(f"format: jb-book\nroot: executed/{notebook.stem}\n", encoding="utf-8")
    (source / "_config.yml").write_text(yaml.safe_dump(_configuration(banner)), encoding="utf-8")


def _configuration(banner: str) -> dict[str, Any]:
    """The book's, less what leads to other pages."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    config["html"]["announcement"] = html.escape(banner)
    settings = config["sphinx"]["config"]
    settings["html_extra_path"] = []
    settings["html_sidebars"] = {"**": []}
    settings["html_theme_options"]["article_header_start"] = []
    return config
