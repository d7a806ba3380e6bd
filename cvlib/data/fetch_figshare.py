"""Fetch CoatingVision as it lies at Figshare: what Figshare lists, checked by the hashes it states."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, NonNegativeInt, TypeAdapter, ValidationError

from cvlib.data.archives import is_archive, refuse_full_disk, unpack
from cvlib.data.fetch_http import download
from cvlib.data.layout import find_layout
from cvlib.errors import DataError

KINDS = ("segmentation", "classification", "detection")
FILES_AT_ONCE = 1000  # the most that Figshare lists in one answer


@dataclass(frozen=True)
class Figshare:
    """One version of a Figshare article, whose API names files, sizes, hashes, title and licence."""

    address: str


class _File(BaseModel):
    name: str
    size: NonNegativeInt
    download_url: str
    computed_md5: str | None = None
    is_link_only: bool = False


class _Licence(BaseModel):
    name: str


class _Article(BaseModel):
    title: str
    license: _Licence
    files: list[_File]


def stage_article(name: str, remote: Figshare, staged: Path, say: Callable[[str], object]) -> None:
    """Download, check, unpack into ``staged``; what can be wrong is in ``fetch``."""
    answer = staged.with_name("answer.json")
    article: _Article = _ask(remote.address, answer, _Article)
    files = article.files
    if len(files) >= 10:  # an article's own answer lists no more than ten
        files = _ask(f"{remote.address}/files?page_size={FILES_AT_ONCE}", answer, list[_File])
    _refuse_listing(remote.address, files)
    size = sum(file.size for file in files)
    named = ", ".join(file.name for file in files[:5]) + (", ..." if len(files) > 5 else "")
    title = " ".join(article.title.split())
    say(f"{name}: {title}; {size / 1e6:,.1f} MB ({named}); licence: {article.license.name}")
    downloads = staged.with_name("downloads")
    downloads.mkdir(exist_ok=True)
    refuse_full_disk(downloads, size - sum(path.stat().st_size for path in downloads.iterdir()))
    for file in files:
        download(file.download_url, downloads / file.name, file.size, file.computed_md5)
    staged.mkdir()
    for file in files:
        _lay(downloads / file.name, staged)
    try:
        find_layout(staged)
    except DataError as error:
        found = str(error).replace(str(staged), "its folder")
        message = f"{name}: downloaded whole to {downloads}, but not laid out as expected ({found})"
        raise DataError(f"{message}; unpack it by hand and open it as path:DIR") from error


def _ask(address: str, target: Path, shape: Any) -> Any:
    """What an API answers, in the given shape; DataError where it is not as its documentation says."""
    target.unlink(missing_ok=True)
    download(address, target)
    try:
        return TypeAdapter(shape).validate_json(target.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        found = ": ".join([*map(str, first["loc"]), first["msg"]])
        message = f"{address}: its answer is not as documented ({found})"
        raise DataError(
            f"{message}; download by hand, or look for a newer version of this program"
        ) from error


def _refuse_listing(address: str, files: list[_File]) -> None:
    """Raise DataError for a list that cannot be fetched safely and checked."""
    remedy = "download by hand, and ask Figshare"
    if not 0 < len(files) < FILES_AT_ONCE or len({file.name.lower() for file in files}) < len(files):
        message = f"{address}: lists {len(files):,} files, expected some, each with its own name"
        raise DataError(f"{message}; {remedy}")
    for file in files:
        shown = f"{address}: file {file.name!r}"
        if not file.name or file.name.startswith(".") or any(sign in file.name for sign in "/\\:"):
            raise DataError(f"{shown}, expected a plain name; {remedy}")
        if file.is_link_only:
            raise DataError(f"{shown} is a link to elsewhere, expected a file; {remedy}")
        if len(file.computed_md5 or "") != 32:
            raise DataError(f"{shown} has no computed_md5 to check it by; {remedy}")


def _lay(file: Path, staged: Path) -> None:
    """Unpack or copy one downloaded file to where the reader of the format looks for it.

    There may be one archive of everything or one for each kind of records, with or without a folder on top.
    """
    if not is_archive(file.name):
        shutil.copyfile(file, staged / file.name)
        return
    part = staged / ".part"
    unpack(file, part, keep=KINDS)
    kind = next((kind for kind in KINDS if kind in file.name.lower()), None)
    if kind and not any(child.name.lower() in KINDS for child in part.iterdir()):
        part.rename(staged / kind)
        return
    for child in part.iterdir():
        child.rename(staged / child.name)
    part.rmdir()
