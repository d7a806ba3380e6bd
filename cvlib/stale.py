"""Whether an executed chapter still shows what the code, the data and the notebook of now would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cvlib import provenance
from cvlib.data import open_dataset
from cvlib.errors import DataError
from cvlib.provenance import MIME, ROOT, Record

if TYPE_CHECKING:
    from nbformat import NotebookNode

OWN_TYPES = "application/vnd.cvlib."
"""How the types of output begin that are kept for programs, not shown to readers."""

Asked = tuple[str, str]
"""What ``open_dataset`` was asked for: name and channel order."""


class Now(NamedTuple):
    """What there is now: a hash by module, the content of a data set by what was asked for."""

    code: Mapping[str, str]
    content: Mapping[Asked, str]


class Warned(NamedTuple):
    """A page to be read with care: a heading, and a sentence in Markdown."""

    title: str
    text: str

    def markdown(self, command: str) -> str:
        """The warning as a MyST directive, with the command that computes the page again."""
        text = f"{self.text} {remedy(command)}"
        return f":::{{admonition}} {self.title}\n:class: warning\n{text}\n:::"


def remedy(command: str) -> str:
    """A sentence with the command that computes pages again.

    >>> remedy("make book")
    'To compute again: `make book`; should that leave all as it is, `make clean book`.'
    """
    # the graph goes by times: it misses what was edited while a chapter ran, or within the data's folder
    again = command.replace("make", "make clean", 1)
    return f"To compute again: `{command}`; should that leave all as it is, `{again}`."


def warnings(executed: Sequence[Path], folder: Path, root: Path = ROOT) -> dict[Path, Warned]:
    """What to say on top of executed chapters; those that are up to date are left out.

    Parameters
    ----------
    executed
        Notebooks as papermill left them.
    folder
        The notebooks they were made from.
    root
        The folder that ``cvlib`` lies in.
    """
    import nbformat

    pages = {path: nbformat.read(path, as_version=4) for path in executed}
    records = {path: record_of(page) for path, page in pages.items()}
    present = now([record for record in records.values() if record], root)
    found = {}
    for path, record in records.items():
        if record is None:
            found[path] = Warned("Provenance unknown", UNKNOWN)
            continue
        source = folder / path.name
        notebook = nbformat.read(source, as_version=4) if source.exists() else None
        changed = changes(record, pages[path], notebook, present)
        if changed:
            found[path] = Warned("Stale", _sentence(changed, record))
    return found


UNKNOWN = (
    "This page has no record of what it was computed with, so it may not show what the code and the data of "
    "this book give."
)


def record_of(page: NotebookNode) -> Record | None:
    """The record that the last cell of a chapter left in its output."""
    outputs = [output for cell in page.cells for output in cell.get("outputs", [])]
    kept = [output.data[MIME] for output in outputs if MIME in output.get("data", {})]
    return Record.from_json(kept[-1]) if kept else None


def drop_records(page: NotebookNode) -> None:
    """Take our own types of output out of a page to be rendered: MyST-NB warns of those it does not know."""
    for cell in page.cells:
        for output in cell.get("outputs", []):
            for kind in [kind for kind in output.get("data", {}) if kind.startswith(OWN_TYPES)]:
                del output["data"][kind]


def now(records: Sequence[Record], root: Path = ROOT) -> Now:
    """The code and the data of some records, as they are now; each is read once."""
    modules = {module for record in records for module in record.code}
    asked = {_asked(record) for record in records}
    content = {each: found for each in asked if (found := _content(*each))}
    return Now(provenance.code(modules, root), content)


def changes(record: Record, page: NotebookNode, notebook: NotebookNode | None, now: Now) -> list[str]:
    """What is no longer as it was when a page was computed; values given for its parameters do not count.

    Parameters
    ----------
    record
        What the page was made from.
    page, notebook
        As papermill left it, and as it is now; None where it has gone.
    now
        The code and the data.
    """
    found = []
    modules = [module for module, was in record.code.items() if now.code.get(module) != was]
    if modules:
        more = f" and {len(modules) - 3} more" if len(modules) > 3 else ""
        found.append(f"the code ({', '.join(f'`{module}`' for module in modules[:3])}{more})")
    if now.content.get(_asked(record), record.whole) != record.whole:
        found.append("the data")
    if notebook is None or _cells(page) != _cells(notebook):
        found.append("the notebook")
    return found


def mark(page: NotebookNode, warned: Warned, command: str) -> None:
    """Put a warning below the title of a page, with the command that computes it again."""
    put_below_title(page, warned.markdown(command))


def put_below_title(page: NotebookNode, text: str) -> None:
    """Put Markdown below the title of a page, or first where it has none."""
    from nbformat.v4 import new_markdown_cell

    for cell in page.cells:
        lines = cell.source.splitlines()
        titles = [place for place, line in enumerate(lines) if line.startswith("# ")]
        if cell.cell_type == "markdown" and titles:
            below = titles[0] + 1
            cell.source = "\n".join([*lines[:below], "", text, *lines[below:]])
            return
    page.cells.insert(0, new_markdown_cell(text))


def _asked(record: Record) -> Asked:
    given = record.parameters
    return str(given.get("dataset", "simulated")), str(given.get("channels", "auto"))


def _content(dataset: str, channels: Any) -> str | None:
    """None for what is drawn, which the code stands for, and for what is no longer there to be compared."""
    if dataset == "simulated":
        return None
    try:
        return open_dataset(dataset, channels=channels).fingerprint()
    except DataError:
        return None


def _cells(notebook: NotebookNode) -> list[tuple[Any, ...]]:
    """What decides a page: text, tags and captions, without what papermill puts in."""
    written = [
        (cell.cell_type, cell.source, cell.metadata.get("tags", []), cell.metadata.get("mystnb"))
        for cell in notebook.cells
    ]
    return [cell for cell in written if "injected-parameters" not in cell[2]]


def _sentence(changed: Sequence[str], record: Record) -> str:
    *first, last = changed
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"{listed[0].upper()}{listed[1:]} changed since this page was computed, from {record.revision()}."
