"""Chapters as files: what they are about, running them with papermill, what they depend on."""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from cvlib.errors import UserError
from cvlib.parameters import Parameter, convert, declared
from cvlib.provenance import files_of

ROOT = Path(__file__).resolve().parents[1]
"""The repository: notebooks and book live beside the package."""


def chapters() -> list[str]:
    """Names of the chapters, as ``cvlib run`` takes them."""
    return sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


def exercises() -> list[str]:
    """Names of the chapters that have a notebook of exercises."""
    return sorted(path.stem for path in (ROOT / "notebooks" / "exercises").glob("*.ipynb"))


def find(chapter: str) -> Path:
    """The ``.ipynb`` of a chapter.

    Raises
    ------
    UserError
        If there is no such chapter, or no notebooks because cvlib was installed without its repository.
    """
    known = chapters()
    if not known:
        raise UserError(f"{ROOT / 'notebooks'}: no notebooks here; run cvlib from a clone of the repository")
    if chapter not in known:
        near = difflib.get_close_matches(chapter.lower().replace("_", "-"), known, n=1)
        guess = f"did you mean {near[0]}?" if near else "choose one of them"
        raise UserError(f"unknown chapter {chapter!r}; chapters: {', '.join(known)}; {guess}")
    return ROOT / "notebooks" / f"{chapter}.ipynb"


class About(NamedTuple):
    """What a chapter is about: its title, and the first sentence of its text."""

    title: str
    line: str


def about(notebook: Path) -> About:
    """Title and first sentence of a notebook, as plain text; empty where it has none."""
    text = "\n".join(source for kind, _, source in _cells(notebook) if kind == "markdown")
    title, _, below = re.sub(r"^.*?^# ", "", text, count=1, flags=re.DOTALL | re.MULTILINE).partition("\n")
    first = re.match(r".*?[.?!](?=\s|$)", plain(below.strip()), flags=re.DOTALL)
    return About(title.strip(), " ".join(first[0].split()) if first else "")


def plain(text: str) -> str:
    """MyST Markdown without its roles and emphasis, for a terminal.

    >>> plain("{cite:t}`wu2024` reads *it* in {ref}`three steps <corners>`")
    'Wu 2024 reads it in three steps'
    """
    text = re.sub(r"\{cite:\w+\}`([a-z]+)(\d{4})\w*`", lambda found: f"{found[1].title()} {found[2]}", text)
    text = re.sub(r"\{glue:\w+\}`[^`]*`", "…", text)
    text = re.sub(r"\{[\w:]+\}`([^`<]*?)(?: <[^>]*>)?`", r"\1", text)
    return re.sub(r"[*`]", "", text)


def _cells(notebook: Path) -> list[tuple[str, list[str], str]]:
    """Type, tags and text of each cell; read without nbformat, which takes longer to import than to ask."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return [(cell["cell_type"], cell["metadata"].get("tags", []), "".join(cell["source"])) for cell in cells]


def parameters(notebook: Path) -> dict[str, Parameter]:
    """What the parameters cell of a notebook declares.

    Raises
    ------
    UserError
        If not exactly one cell is tagged ``parameters``, or that cell is not as
        :func:`cvlib.parameters.declared` wants it.
    """
    tagged = [source for _, tags, source in _cells(notebook) if "parameters" in tags]
    if len(tagged) != 1:
        raise UserError(
            f"{notebook.name}: {len(tagged)} cells tagged 'parameters', expected one; tag that cell"
        )
    try:
        return declared(tagged[0])
    except ValueError as error:
        raise UserError(f"{notebook.name}: {error}; mend the cell") from None


def run(chapter: str, texts: tuple[str, ...], to: Path) -> None:
    """Run a chapter with ``name=value`` texts in place of its defaults, as :func:`execute` does.

    Raises
    ------
    UserError
        For an unknown chapter, parameter or type, before a kernel starts; else as :func:`execute`.
    """
    notebook = find(chapter)
    execute(notebook, to, convert(texts, parameters(notebook)))


def execute(notebook: Path, to: Path, values: dict[str, Any]) -> None:
    """Run a notebook with values of its parameters and write what became of it.

    Nothing is written to ``to`` unless every cell ran; of a run that failed, ``*.failed.ipynb`` beside it
    keeps what there was, the fault included.

    Raises
    ------
    UserError
        Where ``to`` cannot be written, before a kernel starts; for a cell that fails, with the notebook and
        the cell.
    """
    if to.suffix != ".ipynb" or to.resolve().parent == notebook.parent.resolve():
        raise UserError(f"{to}: expected a name ending in .ipynb, and not among the chapters; name another")
    failed = to.with_suffix(".failed.ipynb")
    partial = to.with_name(f".{to.stem}.{os.getpid()}.partial.ipynb")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        failed.unlink(missing_ok=True)
        _execute(notebook, partial, values)
        partial.replace(to)
    except UserError as error:
        if not partial.exists():
            raise
        partial.replace(failed)
        raise UserError(f"{error} (see {failed})") from None
    except OSError as error:
        from cvlib.data.files import reason_unwritten

        raise UserError(f"{to}: {reason_unwritten(error)}") from None
    finally:
        with suppress(OSError):
            partial.unlink()


def _execute(notebook: Path, to: Path, values: dict[str, Any]) -> None:
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError

    from cvlib import progress

    try:
        papermill.execute_notebook(
            notebook,
            to,
            values,
            engine_name=progress.ENGINE,
            kernel_name="python3",
            progress_bar=progress.BAR if sys.stderr.isatty() else False,
            extra_arguments=["--log-level=50"],  # the kernel's own remarks, not the notebook's output
        )
    except papermill.PapermillExecutionError as error:
        # a UserError shows one line and no traceback: what it says is all there is to say
        message = re.sub(r"\s+", " ", f"{error.ename}: {error.evalue}").strip()
        raise UserError(f"{notebook.name}, cell {error.exec_count}: {message}") from None
    except DeadKernelError:
        raise UserError(f"{notebook.name}: the kernel died; was there enough memory? Run it again") from None
    except NoSuchKernel:
        raise UserError(
            "no kernel 'python3' is installed; install the extra 'book' of this package"
        ) from None
    fault = first_error(to)
    if fault:
        raise UserError(f"{notebook.name}, {fault}")


def first_error(notebook: Path) -> str | None:
    """The first error output of an executed notebook, as ``cell N: what``; None if it has none."""
    import nbformat

    for position, cell in enumerate(nbformat.read(notebook, as_version=4).cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"cell {cell.get('execution_count') or position}: {output.ename}: {output.evalue}"
    return None


def modules(notebook: Path) -> list[Path]:
    """Source files of cvlib that a notebook imports, directly or not, and the data files beside them."""
    names = set()
    for node in ast.walk(ast.parse(notebook.with_suffix(".py").read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return module_files(*names)


def module_files(*names: str) -> list[Path]:
    """Source files of these modules and of all of cvlib that they import; other names are passed over.

    >>> [path.name for path in module_files("cvlib.errors", "numpy")]
    ['__init__.py', 'errors.py']
    """
    import grimp

    graph = grimp.build_graph("cvlib", cache_dir=None)
    wanted = {"cvlib", *names} & graph.modules
    found = wanted.union(*(graph.find_upstream_modules(module) for module in wanted))
    # importing a module runs the packages around it
    found |= {
        ".".join(parts[:depth])
        for parts in (each.split(".") for each in found)
        for depth in range(1, len(parts))
    }
    return sorted(path for module in found for path in files_of(module, ROOT))
