"""Unpack an archive from elsewhere without leaving the folder it is unpacked into.

pooch.Unzip and pooch.Untar neither refuse members nor choose among them, so only the standard library's
readers are used: regular files alone are written, under names checked here, with no owner, mode or link.
"""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from cvlib.errors import DataError

TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
LARGEST_RATIO = 200
"""Unpacked bytes per packed byte; more is refused. Photographs hardly shrink, text to a tenth or so."""


@dataclass(frozen=True)
class Member:
    """What an archive's listing says of one entry; size in bytes."""

    name: str
    size: int
    kind: str  # file, folder or other: links, devices, pipes
    open: Callable[[], IO[bytes] | None]

    @property
    def path(self) -> PurePosixPath:
        """The name with forward slashes; some archives made on Windows have others."""
        return PurePosixPath(self.name.replace("\\", "/"))


def is_archive(name: str) -> bool:
    """Whether ``unpack`` takes a file of that name.

    >>> is_archive("CoatingVision.ZIP"), is_archive("README.txt")
    (True, False)
    """
    return name.lower().endswith((".zip", *TAR_ENDINGS))


def unpack(
    archive: Path,
    to: Path,
    wanted: Collection[str] | None = None,
    largest: int | None = None,
    keep: Collection[str] = (),
) -> None:
    """Unpack the regular files of a zip or tar archive into a folder.

    Parameters
    ----------
    archive
        Its name tells its format, see ``is_archive``.
    to
        A folder that does not exist yet. Left half-filled by an error: the caller removes it.
    wanted
        The paths to unpack, others are passed over; None for all but hidden files.
    largest
        Bytes that the unpacked files may have; by default what ``LARGEST_RATIO`` allows.
    keep
        A folder that holds all else is left out of the paths, unless it has one of these names (lower case).

    Raises
    ------
    DataError
        The archive is damaged or encrypted; a member leaves the folder, is a link or device, or is there
        twice; the files are larger than ``largest`` or the free space.
    """
    largest = largest if largest is not None else LARGEST_RATIO * archive.stat().st_size
    try:
        with _open(archive) as members:
            files = _without_top(_checked(members, archive.name), keep)
            chosen = {path: member for path, member in files.items() if wanted is None or str(path) in wanted}
            _refuse_sizes(archive.name, sum(member.size for member in chosen.values()), largest, to)
            to.mkdir()
            for path, member in chosen.items():
                _write(member, to / path)
    except Exception as error:  # damaged archives raise whatever their parsers meet
        if isinstance(error, DataError) or getattr(error, "errno", None):
            raise
        words = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{archive.name}: damaged or not an archive ({words}); fetch it again") from error


@contextmanager
def _open(archive: Path) -> Iterator[Iterator[Member]]:
    if archive.name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            yield (
                Member(info.filename, info.file_size, _kind(info), partial(zipped.open, info))
                for info in zipped.infolist()
            )
    else:
        with tarfile.open(archive) as tar:
            yield (
                Member(
                    info.name,
                    info.size,
                    "file" if info.isreg() else "folder" if info.isdir() else "other",
                    partial(tar.extractfile, info),
                )
                for info in tar
            )


def _kind(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0 from systems that store no Unix mode
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "other"
    return "folder" if info.is_dir() else "file"


def _checked(members: Iterator[Member], archive: str) -> dict[PurePosixPath, Member]:
    """The files by path, hidden ones and macOS's copies of them left out; DataError for an unsafe member."""
    files: dict[PurePosixPath, Member] = {}
    for member in members:
        path = member.path
        trouble = None
        if ".." in path.parts or path.is_absolute() or PureWindowsPath(member.name).drive:
            trouble = "would leave the folder"
        elif member.kind == "other":
            trouble = "is a link or a device"
        elif path in files:
            trouble = "is in it twice"
        if trouble:
            message = f"{archive}: member {member.name!r} {trouble}, expected plain files in plain folders"
            raise DataError(f"{message}; refused: ask its authors")
        if member.kind == "file" and not any(part.startswith((".", "__MACOSX")) for part in path.parts):
            files[path] = member
    return files


def _without_top(files: dict[PurePosixPath, Member], keep: Collection[str]) -> dict[PurePosixPath, Member]:
    while len({path.parts[0] for path in files}) == 1 and all(len(path.parts) > 1 for path in files):
        top = next(iter(files)).parts[0]
        if top.lower() in keep:
            break
        files = {path.relative_to(top): member for path, member in files.items()}
    return files


def _refuse_sizes(archive: str, size: int, largest: int, to: Path) -> None:
    """The readers never give more bytes than the listing says, so its sum is all there is to check."""
    if size > largest:
        message = f"{archive}: {size / 1e6:,.1f} MB unpacked, expected at most {largest / 1e6:,.1f} MB"
        raise DataError(f"{message}; refused as a decompression bomb: ask its authors")
    refuse_full_disk(to.parent, size)


def refuse_full_disk(folder: Path, size: int) -> None:
    """Raise DataError where a disk has less room than so many bytes."""
    free = shutil.disk_usage(folder).free
    if size > free:
        message = f"{folder}: {free / 1e6:,.1f} MB free, expected room for {size / 1e6:,.1f} MB"
        raise DataError(f"{message}; make room, or set CVLIB_DATA to a folder on another disk")


def _write(member: Member, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source = member.open()
    assert source is not None  # only for members that are not files
    with source, target.open("xb") as file:
        shutil.copyfileobj(source, file, 1 << 18)
