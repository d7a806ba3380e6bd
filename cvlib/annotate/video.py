"""Pictures one at a time, from a video or from a folder of stills."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from cvlib.data.files import reason
from cvlib.data.findings import bad_file
from cvlib.data.image_folder import ENDINGS, ImageFolder

_QUIET = "-8"
"""FFmpeg's level for no messages: it would tell of damage in words of its own, several lines of them."""


class Frame(NamedTuple):
    """A picture.

    Attributes
    ----------
    number
        Its place in the video or the folder, from 0.
    seconds
        Its time in the video; NaN for a still.
    image
        (H, W, 3) uint8, RGB.
    source
        File it comes from.
    """

    number: int
    seconds: float
    image: np.ndarray
    source: str


class Source(Protocol):
    """Where frames come from."""

    @property
    def title(self) -> str:
        """What messages and tables call it."""

    @property
    def note(self) -> str:
        """What a reader of the frames must know, once they have been read; mostly empty."""

    def frames(self, start: int = 0, every: int = 1) -> Iterator[Frame]:
        """Frames ``start``, ``start + every`` and so on."""


def open_source(path: Path) -> Source:
    """A video, or the stills of a folder; DataError where there is neither."""
    return Stills(path) if path.is_dir() else Video(path)


class Video:
    """A video file that the FFmpeg within OpenCV can decode: AVI, MP4, MOV, MKV, WebM and more.

    A video that ends early is read as far as it goes, since what came before is sound and such recordings
    cannot be filmed again; ``note`` says so. Its last frame is left out: FFmpeg fills in what is missing of
    it without a word. Of damage further ahead nothing is noticed.

    Attributes
    ----------
    stated
        Frames the file says it has; an estimate in some containers (MKV, WebM), 0 where it says nothing.
    note
        Filled when the frames have been read to the end.

    Raises
    ------
    DataError
        There is no such file, it cannot be read, or it is no video.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.title, self.note = path, path.name, ""
        _refuse(path)
        capture = self._open()
        self.stated = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
        capture.release()

    def _open(self) -> cv2.VideoCapture:
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _QUIET)  # read when the first video is opened
        log = cv2.utils.logging
        level = log.setLogLevel(log.LOG_LEVEL_SILENT)  # OpenCV too would tell of what is refused below
        capture = cv2.VideoCapture(str(self.path), cv2.CAP_FFMPEG)
        log.setLogLevel(level)
        if not capture.isOpened():
            message = "no video that can be read: another kind of file, or its beginning or index is missing"
            raise bad_file(str(self.path), f"{message}; play it, or convert it to AVI or MP4")
        return capture

    def frames(self, start: int = 0, every: int = 1) -> Iterator[Frame]:
        """Frames ``start``, ``start + every`` and so on, two in memory at a time.

        Skipped frames are decoded too: to jump to a frame is not exact in every format.

        Raises
        ------
        DataError
            No frame can be read, or none from ``start``.
        """
        capture = self._open()
        try:
            waiting: Frame | None = None
            number = 0
            while capture.grab():
                if waiting is not None:  # the next one has come, so it was not the last
                    yield waiting
                    waiting = None
                if number >= start and (number - start) % every == 0:
                    waiting = self._retrieved(capture, number)
                number += 1
        finally:
            capture.release()
        early = number < self.stated
        self._refuse_short(max(number - early, 0), start)
        if early:
            self.note = f"{self.title} says it has {self.stated:,} frames, but {number:,} could be read: it "
            self.note += "ends early, or says a wrong number; the last one may be incomplete and is left out"
        if waiting is not None and not early:
            yield waiting

    def _retrieved(self, capture: cv2.VideoCapture, number: int) -> Frame:
        seconds = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        good, image = capture.retrieve()
        if not good or image is None:
            raise bad_file(
                str(self.path), f"frame {number} cannot be decoded; convert the video and try again"
            )
        return Frame(number, seconds, cv2.cvtColor(image, cv2.COLOR_BGR2RGB), self.title)

    def _refuse_short(self, number: int, start: int) -> None:
        if number == 0:
            raise bad_file(str(self.path), "no whole frame of it can be read; play it, or record it again")
        if number <= start:
            raise bad_file(str(self.path), f"{number:,} frames, none from frame {start:,} on; start earlier")


class Stills:
    """The images of a folder, in the order of the numbers in their names; DataError where there is none."""

    note = ""

    def __init__(self, folder: Path) -> None:
        self._images = ImageFolder(folder)
        self.title = self._images.title

    def frames(self, start: int = 0, every: int = 1) -> Iterator[Frame]:
        """Images ``start``, ``start + every`` and so on; DataError where one is bad, or there is none."""
        count = len(self._images)
        if count <= start:
            message = f"{count:,} images, none from image {start:,} on; start earlier"
            raise bad_file(str(self._images.root), message)
        for number in range(start, count, every):
            name = self._images.frames["name"].iloc[number]
            yield Frame(number, np.nan, self._images.image(number), name)


def _refuse(path: Path) -> None:
    if path.suffix.lower() in ENDINGS and path.exists():
        raise bad_file(str(path), "one image, expected a video or a folder of images; name its folder")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise bad_file(str(path), reason(error)) from error
    if empty:
        raise bad_file(str(path), "an empty file, expected a video; copy or record it again")
