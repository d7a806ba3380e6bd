"""The rendered book in one file, for people who only want to read it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from cvlib.data.files import reason_unwritten, write_bytes
from cvlib.errors import UserError

NAME = "electrode-defects-recomputed"
"""The folder that unpacking makes."""

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""When every file in the archive says it was written: the earliest that the format knows."""


def pack(folder: Path, to: Path) -> Path:
    """Pack a rendered book into a zip archive; the same pages give the same bytes.

    Parameters
    ----------
    folder
        With ``index.html`` in it. Hidden files are left out.
    to
        The archive; one that is there is replaced once the new one is whole.

    Returns
    -------
    pathlib.Path
        ``to``.

    Raises
    ------
    UserError
        There is no book, or the archive cannot be written or would be among the pages.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     pages = Path(folder, "html")
    ...     pages.mkdir()
    ...     _ = (pages / "index.html").write_text("A book")
    ...     print(zipfile.ZipFile(pack(pages, Path(folder, "book.zip"))).namelist())
    ['electrode-defects-recomputed/index.html']
    """
    if not (folder / "index.html").exists():
        raise UserError(f"{folder}: no rendered book is here; run make book with this data set")
    if to.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{to}: lies among the pages that it would hold; name a file elsewhere")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not _hidden(path, folder):
                _add(archive, path, path.relative_to(folder).as_posix())
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(to, content.getvalue())
    except OSError as error:
        raise UserError(f"{to}: {reason_unwritten(error)}") from None
    return to


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    entry = zipfile.ZipInfo(f"{NAME}/{name}", LONG_AGO)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
