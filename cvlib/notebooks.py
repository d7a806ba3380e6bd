"""Chapters as files: find a notebook, run it with papermill, tell what it depends on."""

from __future__ import annotations

import ast
import os
import re
import sys
from pathlib import Path
from typing import Any

from cvlib.errors import UserError
from cvlib.parameters import Parameter, convert, declared
from cvlib.provenance import files_of

ROOT = Path(__file__).resolve().parents[1]
"""The repository: notebooks and book live beside the package."""


def chapters() -> list[str]:
    """Names of the chapters, as ``cvlib run`` takes them."""
    return sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


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
        raise UserError(f"unknown chapter {chapter!r}; chapters: {', '.join(known)}")
    return ROOT / "notebooks" / f"{chapter}.ipynb"


def parameters(notebook: Path) -> dict[str, Parameter]:
    """What the parameters cell of a notebook declares.

    Raises
    ------
    UserError
        If not exactly one cell is tagged ``parameters``, or that cell is not as :func:`declared` wants it.
    """
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    tagged = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise UserError(
            f"{notebook.name}: {len(tagged)} cells tagged 'parameters', expected one; tag that cell"
        )
    try:
        return declared(tagged[0])
    except ValueError as error:
        raise UserError(f"{notebook.name}: {error}; mend the cell") from None


def run(chapter: str, texts: tuple[str, ...], to: Path) -> None:
    """Run a chapter with ``name=value`` texts in place of its defaults and write the executed notebook.

    Nothing is written to ``to`` unless every cell ran; of a run that failed, ``*.failed.ipynb`` beside it
    keeps what there was, the fault included.

    Raises
    ------
    UserError
        For an unknown chapter, parameter or type, before a kernel starts; for a cell that fails, with the
        notebook and the cell.
    """
    notebook = find(chapter)
    values = convert(texts, parameters(notebook))
    if to.suffix != ".ipynb" or to.resolve().parent == notebook.parent.resolve():
        raise UserError(f"{to}: expected a name ending in .ipynb, and not among the chapters; name another")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{to.parent}: cannot be made a folder ({error.strerror}); name another place"
        ) from None
    failed = to.with_suffix(".failed.ipynb")
    failed.unlink(missing_ok=True)
    partial = to.with_name(f".{to.stem}.{os.getpid()}.partial.ipynb")
    try:
        _execute(notebook, partial, values)
    except UserError as error:
        if not partial.exists():
            raise
        partial.replace(failed)
        raise UserError(f"{error} (see {failed})") from None
    except KeyboardInterrupt:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(to)


def _execute(notebook: Path, to: Path, values: dict[str, Any]) -> None:
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError

    try:
        papermill.execute_notebook(
            notebook,
            to,
            values,
            kernel_name="python3",
            progress_bar=sys.stderr.isatty(),
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
