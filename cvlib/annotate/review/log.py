"""What was done to one mask, line by line in a file that only grows: strokes, undos, saves.

A line is on the disk before it is acknowledged. The line ``begin`` names the mask that the strokes after it
are drawn on; they wait for a line ``save``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from cvlib.annotate.review.durable import sync_folder
from cvlib.annotate.review.strokes import LARGEST_DIAMETER, Point, paint
from cvlib.data.channels import Order
from cvlib.data.files import read_bytes, reason_unwritten
from cvlib.data.findings import bad_file
from cvlib.defects import CLASSES

Session = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
"""Names the browser tab that drew."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Stroke(_Strict):
    """One path of the brush over one class.

    Attributes
    ----------
    defect
        One of ``cvlib.defects.CLASSES``.
    diameter, value, points
        As ``cvlib.annotate.review.strokes.paint`` takes them.
    """

    defect: Literal["surface_crack", "delamination", "pinhole", "unclassified"]
    diameter: int = Field(ge=1, le=LARGEST_DIAMETER)
    value: Literal[0, 1]
    points: list[Point] = Field(min_length=1)

    def inside(self, height: int, width: int) -> bool:
        """Whether its points lie within one image's size of the image: no line takes for ever to draw."""
        return all(-width <= x < 2 * width and -height <= y < 2 * height for x, y in self.points)


class Line(_Strict):
    """What a reviewer did.

    Attributes
    ----------
    op
        A stroke; or the last one that counts is undone; or the last undone one counts again.
    n
        1 for the first since the last save, then without a gap.
    session
        The tab it came from.
    stroke
        What was drawn, where ``op`` is ``stroke``.
    """

    op: Literal["stroke", "undo", "redo"]
    n: int = Field(ge=1)
    session: Session
    stroke: Stroke | None = None

    @model_validator(mode="after")
    def _stroke_has_a_path(self) -> Line:
        if (self.op == "stroke") != (self.stroke is not None):
            raise ValueError("a stroke needs its path, and nothing else has one")
        return self


class Begin(_Strict):
    """The mask that strokes are drawn on; where some wait already, they are from now on drawn on this one.

    Attributes
    ----------
    base
        SHA-256 of the mask file; empty where there was no file.
    version
        The file in ``versions`` that keeps it; empty where there was none.
    """

    op: Literal["begin"] = "begin"
    base: str
    version: str


class Change(_Strict):
    """Pixels of one class that a save added and removed."""

    added: int
    removed: int


class Save(_Strict):
    """One save: who, when, what.

    Attributes
    ----------
    by, time
        Who saved, and when, UTC.
    strokes, lines
        Strokes that count, and all that was done, undone ones included.
    changed
        Pixels added and removed by class; only classes with any.
    before, after
        SHA-256 of the mask file; ``before`` is empty where there was no file.
    earlier
        The file in ``versions`` that keeps the mask before; empty where there was none or nothing changed.
    channels
        Channel order of the file.
    session
        The tab that saved.
    """

    op: Literal["save"] = "save"
    by: str
    time: str
    strokes: int
    lines: int
    changed: dict[str, Change]
    before: str
    after: str
    earlier: str
    channels: Order
    session: Session


class Beside(_Strict):
    """The strokes went into a mask of their own, the named file in ``beside``."""

    op: Literal["beside"] = "beside"
    file: str


Entry = Begin | Line | Save | Beside
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="op")])


@dataclass
class Log:
    """A log and the file it is kept in.

    Attributes
    ----------
    path
        The file; it need not exist before the first ``append``.
    begin
        What strokes are drawn on; None after a save.
    lines
        What was done since the last save.
    saves
        Oldest first.
    size
        Bytes of the file that count; what follows them was cut off and is written over.
    """

    path: Path
    begin: Begin | None = None
    lines: list[Line] = field(default_factory=list)
    saves: list[Save] = field(default_factory=list)
    size: int = 0

    def append(self, *entries: Entry) -> None:
        """Add entries; when this returns they are on the disk.

        Raises
        ------
        DataError
            The disk is full or may not be written to; what was there before still counts, and nothing else.
        """
        content = "".join(f"{entry.model_dump_json(exclude_none=True)}\n" for entry in entries).encode()
        try:
            new = not self.path.exists()
            with self.path.open("xb" if new else "r+b") as file:
                file.truncate(self.size)
                file.seek(self.size)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if new:
                sync_folder(self.path.parent)
        except OSError as error:
            raise bad_file(str(self.path), reason_unwritten(error)) from error
        for entry in entries:
            self._take(entry)
        self.size += len(content)

    def _take(self, entry: Entry) -> None:
        if isinstance(entry, Begin):
            self.begin = entry
        elif isinstance(entry, Line):
            if self.begin is None or entry.n != len(self.lines) + 1:
                raise ValueError("out of order")
            self.lines.append(entry)
        else:
            self.begin, self.lines = None, []
            if isinstance(entry, Save):
                self.saves.append(entry)

    def strokes(self) -> list[Stroke]:
        """The strokes that wait to be saved: those made and not undone, in order.

        A new stroke forgets what was undone; an undo or redo with nothing to act on does nothing.
        """
        counting: list[Stroke] = []
        undone: list[Stroke] = []
        for line in self.lines:
            if line.stroke is not None:
                counting.append(line.stroke)
                undone.clear()
            elif line.op == "undo" and counting:
                undone.append(counting.pop())
            elif line.op == "redo" and undone:
                counting.append(undone.pop())
        return counting

    def replay(self, planes: np.ndarray) -> np.ndarray:
        """The planes, (4, H, W) uint8 of 0 and 1, after all strokes that wait; the given ones stay."""
        planes = planes.copy()
        for stroke in self.strokes():
            paint(planes[CLASSES.index(stroke.defect)], stroke.points, stroke.diameter, stroke.value)
        return planes


def read_log(path: Path, cut_off: bool = False) -> Log:
    """The log in a file; an empty one where there is none.

    A last line without its end was being written when the power went: nobody was told that it is safe, and
    it is left out. So is a last save where it is known to be ``cut_off``.

    Raises
    ------
    DataError
        A whole line is damaged.
    """
    log = Log(path)
    if not path.exists():
        return log
    lines = read_bytes(path).splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        del lines[-1]
    for number, line in enumerate(lines, start=1):
        try:
            entry = _ENTRY.validate_json(line)
            if cut_off and number == len(lines) and isinstance(entry, Save):
                break
            log._take(entry)
        except ValueError as error:
            message = "damaged, expected a line that a review wrote; move the file away to go on without it"
            raise bad_file(str(path), message, number) from error
        log.size += len(line)
    return log


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
