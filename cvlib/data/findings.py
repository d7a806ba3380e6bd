"""How a bad file is reported: the same words from the reader that meets it and from ``check``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cvlib.errors import DataError


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, what was found and expected, what to do.

    >>> print(Finding("detection/labels/image_7.txt", 3, "4 fields, expected 5"))
    detection/labels/image_7.txt, line 3: 4 fields, expected 5
    """

    file: str
    line: int | None
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return one_line(f"{place}: {self.message}")


class BadFile(DataError):
    """A file, or a set of files, is not what its format says; ``findings`` holds all that is wrong.

    The message is the first finding and how many more there are.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        more = len(self.findings) - 1
        super().__init__(f"{self.findings[0]} (and {more} more)" if more else str(self.findings[0]))

    def __reduce__(self) -> tuple[type[BadFile], tuple[tuple[Finding, ...]]]:
        """Let it travel between processes: it is made from findings, not from its message."""
        return type(self), (self.findings,)


def one_line(text: str) -> str:
    """Text with line breaks and whatever else cannot be printed as escapes; names may hold anything.

    >>> print(one_line("image" + chr(10) + "1"))
    image\\n1
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def bad_file(file: str, message: str, line: int | None = None) -> BadFile:
    """The error for a file with one thing wrong."""
    return BadFile([Finding(file, line, message)])
