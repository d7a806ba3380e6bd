"""A review in progress: what can be asked of it, and what may be done to it, without a word of HTTP."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from filelock import FileLock, Timeout

from cvlib.annotate.review.log import Change, Line, Log, Save, now
from cvlib.annotate.review.masks import MaskFile, load_mask, sha256_of
from cvlib.annotate.review.messages import ChangedOnDisk, Conflict, Drawn, Resolved, Saved
from cvlib.annotate.review.queue import channel_order, inside, scan
from cvlib.annotate.review.versions import REVIEW, History, make_review_folder
from cvlib.data.channels import Channels, Order
from cvlib.data.files import read_image, read_mask_png, reason_unwritten, refuse_size
from cvlib.data.findings import bad_file
from cvlib.defects import CLASSES, COLOURS, TITLES
from cvlib.errors import DataError


class Workspace:
    """Two folders under review, by one process at a time.

    Parameters
    ----------
    images, masks
        The folders; see ``cvlib.annotate.review.queue.scan``.
    order
        CSV file of disagreements, in whose order images come; else they come by name.
    by
        Who reviews; stands in every record.
    channels
        Which mask channel holds which class; ``auto`` finds out, see ``channel_order``.

    Raises
    ------
    DataError
        A folder, a file or the order is not as expected, the masks' folder may not be written to, or another
        process reviews it.
    """

    def __init__(
        self, images: Path, masks: Path, by: str, order: Path | None = None, channels: Channels = "auto"
    ) -> None:
        self.images, self.masks, self.by = images, masks, by
        self.items = scan(images, masks, order)
        for name in ("", "versions", "beside", ".lock", ".part"):
            inside(masks / REVIEW / name, masks)
        self._review = make_review_folder(masks)
        self._alone = FileLock(self._review / ".lock", thread_local=False)
        try:
            self._alone.acquire(timeout=0)
        except Timeout:
            message = "in use by another cvlib review, round or check; stop it first"
            raise bad_file(str(masks), message) from None
        self._lock = threading.Lock()
        try:
            with _writing(self._review):
                self._recover(channels)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let another process review the folder; what is under way ends first, and nothing is done after."""
        if self._alone.is_locked:
            self._lock.acquire()
            self._alone.release()

    def _recover(self, channels: Channels) -> None:
        self._reviewed: set[int] = set()
        self._unsaved: set[int] = set()
        written: Order | None = None
        for index in range(len(self.items)):
            history = self._history(index)
            history.recover()
            log = history.log()
            self._note(index, log)
            if log.saves:
                written = log.saves[-1].channels
        self.channels = channel_order(channels, self.masks, self.items, written)
        self._empty_value = self._usual_value()

    def _note(self, index: int, log: Log) -> None:
        (self._reviewed.add if log.saves else self._reviewed.discard)(index)
        (self._unsaved.add if log.strokes() else self._unsaved.discard)(index)

    def _usual_value(self) -> int:
        """What stands for a defect in these masks: 255, or 1 where the first mask with any defect says so."""
        for item in self.items[:20]:
            with suppress(DataError):  # not there, or damaged, which is told when it is opened
                if value := int(read_mask_png(inside(item.mask, self.masks)).max()):
                    return value
        return 255

    def queue(self) -> dict[str, Any]:
        """All images in their order, and how far the review is."""
        with self._lock:
            images = [
                {
                    "name": item.name,
                    "uncertainty": item.uncertainty,
                    "reviewed": index in self._reviewed,
                    "unsaved": index in self._unsaved,
                }
                for index, item in enumerate(self.items)
            ]
        classes = [{"name": name, "title": TITLES[name], "colour": COLOURS[name]} for name in CLASSES]
        return {"images": images, "classes": classes}

    def item(self, index: int) -> dict[str, Any]:
        """One image: its size, the strokes that wait to be saved, the last save."""
        item = self.items[index]
        with self._lock:
            mask, log = self._drawn_on(index)
            changed = bool(log.lines) and self._on_disk(index) != mask.sha256
        return {
            "name": item.name,
            "width": item.width,
            "height": item.height,
            "base": mask.sha256,
            "lines": [line.model_dump() for line in log.lines],
            "changed": changed,
            "last": _last(log),
            "new": not mask.content,
        }

    def image(self, index: int) -> bytes:
        """An image as a PNG file, its pixels as every other part of the project reads them."""
        item = self.items[index]
        pixels = read_image(inside(item.image, self.images), str(item.image))
        if pixels.shape[:2] != (item.height, item.width):
            raise bad_file(str(item.image), "another size than before; start the review again")
        _, content = cv2.imencode(".png", pixels[..., ::-1], (cv2.IMWRITE_PNG_COMPRESSION, 1))
        return content.tobytes()

    def mask(self, index: int) -> bytes:
        """The mask that strokes are drawn on: 4 x H x W bytes of 0 and 1, class after class."""
        with self._lock:
            mask, _ = self._drawn_on(index)
        return mask.planes(self.channels).tobytes()

    def draw(self, index: int, drawn: Drawn) -> int:
        """Write lines into the log; they are on the disk when this returns.

        Lines that are there already, sent again because the answer was lost, are passed over.

        Returns
        -------
        The number of the last line.

        Raises
        ------
        Conflict
            The lines were drawn on another state than this: in another tab it went on.
        """
        item = self.items[index]
        for line in drawn.lines:
            if line.stroke is not None and not line.stroke.inside(item.height, item.width):
                raise bad_file(item.name, "a stroke far outside the image, refused; load the page again")
        with self._lock, _writing(self._review):
            history = self._history(index)
            log = history.log()
            base = log.begin.base if log.begin and log.lines else self._on_disk(index)
            if drawn.base != base:
                raise Conflict(f"{item.name}: saved or changed elsewhere meanwhile; loaded again")
            lines = _new_lines(log.lines, drawn.lines, item.name)
            if lines:
                begin = [] if log.lines else [history.begun(self._load(index))]
                log.append(*begin, *lines)
                self._note(index, log)
            return len(log.lines)

    def save(self, index: int, saved: Saved) -> dict[str, Any]:
        """Make the strokes a new version of the mask; without strokes, record that nothing had to change.

        Returns
        -------
        The SHA-256 of the mask file as ``base``, the pixels ``changed`` by class, and the ``last`` save.

        Raises
        ------
        ChangedOnDisk
            The mask file changed since the strokes were begun.
        Conflict
            Another tab went on, or the page shows something else than its strokes give.
        DataError
            The disk is full or may not be written to.
        """
        with self._lock, _writing(self.items[index].mask):
            history = self._history(index)
            history.recover()
            mask, log = self._drawn_on(index)
            if not _sent_again(log, saved, mask):
                self._refuse(index, saved, mask, log)
                before = mask.planes(self.channels)
                after = log.replay(before)
                _refuse_checksums(self.items[index].name, after, saved.checksums)
                new = mask.replaced(after, self.channels, self._empty_value)
                history.save(new, self._record(saved, log, new, _changed(before, after)))
                log = history.log()
                self._note(index, log)
        last = log.saves[-1]
        changed = {name: change.model_dump() for name, change in last.changed.items()}
        return {"base": last.after, "changed": changed, "last": _last(log)}

    def resolve(self, index: int, resolved: Resolved) -> str:
        """Settle strokes whose mask was changed on disk; one sentence that says what was done."""
        item = self.items[index]
        with self._lock, _writing(self._review):
            history = self._history(index)
            mask, log = self._drawn_on(index)
            if not log.lines:
                raise Conflict(f"{item.name}: no strokes that are not saved; loaded again")
            if resolved.choice == "replay":
                log.append(history.begun(self._load(index)))
                return f"{item.name}: your strokes now lie on the mask as it is on disk; not saved yet."
            planes = log.replay(mask.planes(self.channels))
            path = history.put_beside(mask.replaced(planes, self.channels, self._empty_value))
            self._note(index, history.log())
            return f"{item.name}: your mask is in {path.relative_to(self._review.parent).as_posix()}."

    def reviewed(self) -> list[int]:
        """Positions of the images that somebody saved or marked as needing no change."""
        with self._lock:
            return sorted(self._reviewed - self._unsaved)

    def untouched(self) -> list[int]:
        """Positions of the images that nobody has saved or drawn on."""
        with self._lock:
            return sorted(set(range(len(self.items))) - self._reviewed - self._unsaved)

    def planes(self, index: int) -> np.ndarray:
        """Where each class is on the mask as it is on disk: (4, H, W) bool."""
        with self._lock:
            return self._load(index).planes(self.channels).view(bool)

    def shown_first(self, index: int) -> np.ndarray:
        """The label of a reviewed image as it was before its first save: (4, H, W) bool."""
        item = self.items[index]
        with self._lock:
            saves = self._history(index).log().saves
            kept = next((save.earlier for save in saves if save.earlier), "")
            path = self._review / "versions" / (kept or ".none")
            if saves[0].before and not kept:  # never changed
                return self._load(index).planes(self.channels).view(bool)
            if not saves[0].before:
                path = self._review / "versions" / ".none"
            return load_mask(path, (item.height, item.width), str(path)).planes(self.channels).view(bool)

    def relabel(self, index: int, planes: np.ndarray) -> None:
        """Replace the mask of an untouched image; the one before stays among the versions.

        Parameters
        ----------
        index
            Its position.
        planes
            (4, H, W) bool.

        Raises
        ------
        Conflict
            Somebody has saved it or drawn on it.
        DataError
            The disk is full or may not be written to.
        """
        with self._lock, _writing(self.items[index].mask):
            if index in self._reviewed or index in self._unsaved:
                raise Conflict(f"{self.items[index].name}: reviewed or drawn on; left as it is")
            before = self._load(index)
            new = before.replaced(planes.view(np.uint8), self.channels, self._empty_value)
            self._history(index).relabel(before, new)

    def _history(self, index: int) -> History:
        item = self.items[index]
        history = History(inside(item.mask, self.masks), item.name, self._review)
        inside(history.log_path, self.masks)
        return history

    def _load(self, index: int) -> MaskFile:
        """The mask file as it is on disk now."""
        item = self.items[index]
        size = (item.height, item.width)
        mask = load_mask(inside(item.mask, self.masks), size, str(item.mask))
        refuse_size((mask.pixels.shape[0], mask.pixels.shape[1]), size, str(item.mask))
        return mask

    def _on_disk(self, index: int) -> str:
        item = self.items[index]
        return sha256_of(inside(item.mask, self.masks), str(item.mask))

    def _drawn_on(self, index: int) -> tuple[MaskFile, Log]:
        """The mask that strokes are drawn on, and what was done since the last save."""
        item, history = self.items[index], self._history(index)
        log = history.log()
        if not log.begin or not log.lines or log.begin.base == self._on_disk(index):
            return self._load(index), log
        path = history.base(log.begin)
        return load_mask(path, (item.height, item.width), str(path)), log

    def _refuse(self, index: int, saved: Saved, mask: MaskFile, log: Log) -> None:
        item = self.items[index]
        if mask.sha256 != saved.base or len(log.lines) != saved.lines:
            raise Conflict(f"{item.name}: another tab went on with it; nothing saved, loaded again")
        if self._on_disk(index) != mask.sha256:
            message = "changed on disk since you began; nothing saved, your strokes are kept"
            raise ChangedOnDisk(f"{item.mask}: {message}")

    def _record(self, saved: Saved, log: Log, new: MaskFile, changed: dict[str, Change]) -> Save:
        return Save(
            by=self.by,
            time=now(),
            strokes=len(log.strokes()),
            lines=saved.lines,
            changed=changed,
            before=saved.base,
            after=new.sha256,
            earlier=log.begin.version if log.begin and changed else "",
            channels=self.channels,
            session=saved.session,
        )


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say in one line why something could not be written."""
    try:
        yield
    except OSError as error:
        raise bad_file(str(path), reason_unwritten(error)) from error


def _last(log: Log) -> dict[str, str] | None:
    return {"by": log.saves[-1].by, "time": log.saves[-1].time} if log.saves else None


def _new_lines(before: list[Line], sent: list[Line], name: str) -> list[Line]:
    """Those of the lines sent that are not there yet; Conflict where they do not follow what is there."""
    new = [line for line in sent if line not in before]
    if [line.n for line in new] != list(range(len(before) + 1, len(before) + len(new) + 1)):
        raise Conflict(f"{name}: another tab drew on it meanwhile; loaded again, without your last stroke")
    return new


def _sent_again(log: Log, saved: Saved, mask: MaskFile) -> bool:
    """Whether this save is done already, and only its answer was lost."""
    if log.lines or not log.saves:
        return False
    last = log.saves[-1]
    asked = (saved.session, saved.base, saved.lines, mask.sha256)
    return asked == (last.session, last.before, last.lines, last.after)


def _refuse_checksums(name: str, planes: np.ndarray, checksums: list[int]) -> None:
    for title, plane, checksum in zip(TITLES.values(), planes, checksums, strict=True):
        if zlib.crc32(plane.tobytes()) != checksum:
            message = f"the page shows another {title} mask than its strokes give"
            raise Conflict(f"{name}: {message}; nothing saved, loaded again")


def _changed(before: np.ndarray, after: np.ndarray) -> dict[str, Change]:
    changed = {}
    for name, old, new in zip(CLASSES, before, after, strict=True):
        added, removed = int((new > old).sum()), int((new < old).sum())
        if added or removed:
            changed[name] = Change(added=added, removed=removed)
    return changed
