"""Saving a mask: every earlier version stays, with who changed what, and no kill leaves half a save.

In the masks' folder, ``review`` holds for a mask NAME.png

    NAME.jsonl           all that was done, see ``cvlib.annotate.review.log``: strokes; who saved what when
    versions/NAME.1.png  an earlier mask, as it was, byte for byte
    beside/NAME.1.png    a mask drawn on a file that was changed by others meanwhile
    .NAME.png            the new mask during a save
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cvlib.annotate.review.durable import move_durably, write_durably
from cvlib.annotate.review.log import Begin, Beside, Log, Save, read_log
from cvlib.annotate.review.masks import MaskFile, sha256_of
from cvlib.annotate.review.messages import ChangedOnDisk
from cvlib.data.files import read_bytes, reason_unwritten
from cvlib.data.findings import bad_file
from cvlib.errors import DataError

REVIEW = "review"


@dataclass(frozen=True)
class History:
    """The files about one mask in ``review``.

    Attributes
    ----------
    mask
        The mask file.
    name
        Its name without ending.
    folder
        The folder ``review``.
    """

    mask: Path
    name: str
    folder: Path

    @property
    def log_path(self) -> Path:
        return self.folder / f"{self.name}.jsonl"

    @property
    def _next(self) -> Path:
        """The new mask during a save, from before its line is written: where both are, it was cut off."""
        return self.folder / f".{self.name}.png"

    @property
    def _part(self) -> Path:
        return self.folder / f".{self.name}.part"

    def log(self) -> Log:
        """What was done to the mask; DataError where the file is damaged."""
        return read_log(self.log_path, cut_off=self._next.exists())

    def begun(self, mask: MaskFile) -> Begin:
        """What strokes on a mask begin with; a copy of the mask is among the versions when this returns."""
        return Begin(base=mask.sha256, version=self._keep(mask.content))

    def base(self, begin: Begin) -> Path:
        """The copy of the mask that strokes were drawn on; DataError where it is gone or another."""
        path = self.folder / "versions" / (Path(begin.version).name or ".none")
        if sha256_of(path, str(path)) != begin.base:
            message = f"not the mask that strokes were drawn on; put it back or move {self.name}.jsonl away"
            raise bad_file(str(path), message)
        return path

    def save(self, mask: MaskFile, save: Save) -> None:
        """Replace the mask file; killed anywhere, the old mask and its strokes are there, or the new mask.

        Raises
        ------
        ChangedOnDisk
            The file is not the one that ``save`` changes.
        OSError, DataError
            The disk is full or may not be written to; the mask and its log are as they were.
        """
        log = self.log()
        try:
            if save.after == save.before:
                return log.append(save)
            if log.begin is None:  # a new mask without strokes: no line of a save may stand last from here on
                log.append(Begin(base=save.before, version=save.earlier))
            write_durably(self._next, mask.content, instead_of=self.mask)
            log.append(save)
            if sha256_of(self.mask, str(self.mask)) != save.before:
                raise ChangedOnDisk(f"{self.mask}: changed on disk this moment; nothing saved")
            move_durably(self._next, self.mask)
        except (OSError, DataError):
            self.recover()
            raise

    def relabel(self, before: MaskFile, after: MaskFile) -> None:
        """Replace a mask that nobody has drawn on; the one before goes among the versions."""
        if after.content != before.content:
            self._keep(before.content)
            write_durably(self._part, after.content, instead_of=self.mask)
            move_durably(self._part, self.mask)

    def recover(self) -> None:
        """Take back a save that was cut off; its strokes wait again."""
        self._part.unlink(missing_ok=True)
        if self._next.exists():
            self.log().append()  # writes nothing, and cuts the save's line off
            self._next.unlink()

    def put_beside(self, mask: MaskFile) -> Path:
        """Write the waiting strokes' mask, which may not replace the file, under a name of its own."""
        path = self._free("beside")
        path.parent.mkdir(exist_ok=True)
        self._write(path, mask.content)
        self.log().append(Beside(file=path.name))
        return path

    def _keep(self, content: bytes) -> str:
        if not content:
            return ""
        number = self._newest("versions")
        newest = self.folder / f"versions/{self.name}.{number}.png"
        if number and read_bytes(newest) == content:
            return newest.name
        path = self._free("versions")
        self._write(path, content)
        return path.name

    def _write(self, path: Path, content: bytes) -> None:
        write_durably(self._part, content)
        move_durably(self._part, path)

    def _free(self, folder: str) -> Path:
        return self.folder / folder / f"{self.name}.{self._newest(folder) + 1}.png"

    def _newest(self, folder: str) -> int:
        pattern = re.compile(re.escape(self.name) + r"\.([1-9][0-9]*)\.png")
        found = (pattern.fullmatch(path.name) for path in (self.folder / folder).glob("*"))
        return max((int(match[1]) for match in found if match), default=0)


def reviewed_names(masks: Path) -> set[str]:
    """Names, without ending, of the masks in a folder that somebody saved or marked as needing no change."""
    folder = masks / REVIEW
    names = [path.stem for path in folder.glob("*.jsonl")]
    return {name for name in names if History(masks / f"{name}.png", name, folder).log().saves}


def make_review_folder(masks: Path) -> Path:
    """Make ``review`` and ``versions`` in a masks' folder where they are not there yet.

    Raises
    ------
    DataError
        The folder may not be written to.
    """
    folder = masks / REVIEW
    try:
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        probe = folder / ".part"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise bad_file(str(folder), reason_unwritten(error)) from error
    return folder
