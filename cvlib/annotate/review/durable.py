"""Writes that last: what is said to be written is on the disk, whenever the power goes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_durably(path: Path, content: bytes, instead_of: Path | None = None) -> None:
    """Write a file, and have the disk know it by name; with the permissions of the one it will replace."""
    path.unlink(missing_ok=True)  # a link planted there would have the content written elsewhere
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if instead_of is not None:
        with suppress(FileNotFoundError):
            path.chmod(instead_of.stat().st_mode)
    sync_folder(path.parent)


def move_durably(path: Path, to: Path) -> None:
    """Rename a file, and have the disk know it; whoever looks finds what was there or what is now."""
    path.replace(to)
    for folder in {to.parent, path.parent}:
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the disk know which names a folder holds; Windows does that by itself and refuses to be asked."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
