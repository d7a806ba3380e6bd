"""Prediction files by image name: which are missing, which belong to no image."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from cvlib.data.annotations import text_of
from cvlib.data.files import read_bytes, reason
from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.data.layout import by_number, files_in
from cvlib.scoring.images import Chosen


def by_image(
    folder: Path, endings: Sequence[str], chosen: Chosen, missing: str = ""
) -> tuple[dict[str, Path], list[str]]:
    """The files of a folder by the image they are about.

    Parameters
    ----------
    folder
        Lies flat; each file is called as its image.
    endings
        In lower case, such as ``(".png",)``; other files are left alone.
    chosen
        The images to be scored.
    missing
        What to do where an image has no file; empty where that is allowed.

    Returns
    -------
    Files by name of the data set's images, and remarks, a sentence each.

    Raises
    ------
    DataError
        The folder cannot be read, a file's name is no image's or taken, or a file is missing.
    """
    if folder.is_file():
        raise bad_file(str(folder), f"a file, expected a folder of {' or '.join(endings)} files; name that")
    findings: list[Finding] = []
    files: dict[str, Path] = {}
    for path in files_in(folder, endings, folder, findings):
        if path.stem in files:
            message = f"the name is taken by {files[path.stem].name}; keep one file per image"
            findings.append(Finding(path.name, None, message))
        files.setdefault(path.stem, path)
    if findings:
        raise BadFile(findings)
    names = {name: path.name for name, path in files.items()}
    return files, matched(names, chosen, missing, str(folder))


def matched(named: dict[str, str], chosen: Chosen, missing: str, shown: str) -> list[str]:
    """Refuse predictions of unknown images and images without a prediction; remarks on what is left out.

    Parameters
    ----------
    named
        By image name, how messages call what holds its prediction.
    chosen, missing
        As ``by_image`` takes them.
    shown
        How messages call the whole.
    """
    known = set(chosen.names.tolist())
    unknown = sorted(named.keys() - known, key=by_number)
    if named and len(unknown) == len(named):
        first = chosen.names[0]
        message = (
            f"none of its {len(named)} names is an image's: {unknown[0][:60]!r}, expected such as {first!r}"
        )
        raise bad_file(shown, f"{message}; call predictions as their images, or check --data")
    findings = [
        Finding(named[name], None, f"no image {name[:60]} in the data set; remove it, or check --data")
        for name in unknown
    ]
    lacking = [name for name in chosen.wanted if name not in named]
    if missing:
        findings += [Finding(shown, None, f"nothing for image {name}; {missing}") for name in lacking]
    if findings:
        raise BadFile(findings)
    more = len(named) - (len(chosen.test) - len(lacking))
    remarks = [f"Predictions of {more:,} other images are not scored."] if more else []
    if lacking:
        told = f"{len(lacking):,} of {len(chosen.test):,} images have no entry, the first is {lacking[0]}"
        remarks.append(f"{told}: counted as images where nothing was found.")
    return remarks


def refuse_absent(path: Path) -> None:
    """DataError where a file or folder cannot be found."""
    try:
        path.stat()
    except OSError as error:
        raise bad_file(str(path), reason(error)) from error


def lines_of(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The first line of a CSV, and those below it that are not blank, numbered; DataError if it is none."""
    if path.is_dir():
        raise bad_file(str(path), "a folder, expected a CSV file; name that")
    rows = csv.reader(io.StringIO(text_of(path, path.name), newline=""))
    try:
        header = next(rows, [])
        return header, [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        message = f"not a comma-separated table ({error}); save it as CSV"
        raise bad_file(path.name, message, rows.line_num) from error


def files_of(path: Path, ending: str, pattern: str = "*") -> list[Path]:
    """The file itself, or those of a folder that fit a pattern, with an ending in any letter case."""
    if path.is_file():
        return [path]
    found = (each for each in path.glob(pattern) if not each.name.startswith("."))
    return [each for each in found if each.suffix.lower() == ending]


def fingerprint(paths: Iterable[Path]) -> str:
    """A SHA-256 of the names and bytes of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.name} {hashlib.sha256(read_bytes(path)).hexdigest()}\n".encode())
    return digest.hexdigest()
