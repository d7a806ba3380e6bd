"""What lies in a folder, drawn as a tree."""

from __future__ import annotations

from pathlib import Path


def tree(folder: Path, limit: int = 5) -> str:
    """Files and folders below a folder as indented text; of many files in one folder only the first few.

    Parameters
    ----------
    folder
        Where to look.
    limit
        Entries shown of each folder.
    """
    return "\n".join([f"{folder.name}/", *_lines(folder, limit, "")])


def _lines(folder: Path, limit: int, indent: str) -> list[str]:
    entries = sorted(folder.iterdir())
    lines = []
    for place, entry in enumerate(entries[:limit]):
        last = place == len(entries) - 1
        lines.append(f"{indent}{'└── ' if last else '├── '}{entry.name}{'/' if entry.is_dir() else ''}")
        if entry.is_dir():
            lines += _lines(entry, limit, indent + ("    " if last else "│   "))
    if len(entries) > limit:
        lines.append(f"{indent}└── … {len(entries) - limit:,} more")
    return lines
