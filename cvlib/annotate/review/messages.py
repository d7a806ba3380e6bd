"""What a tab sends, and the two ways in which it can be told that it is behind."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cvlib.annotate.review.log import Line, Session
from cvlib.defects import CLASSES
from cvlib.errors import DataError

_POSTED = ConfigDict(strict=True, extra="forbid")


class Drawn(BaseModel):
    """Lines that a tab sends, drawn on the mask whose SHA-256 is ``base``."""

    model_config = _POSTED

    base: str = Field(max_length=64)
    lines: list[Line] = Field(min_length=1)


class Saved(BaseModel):
    """A wish to save: the mask drawn on, the lines drawn, and the CRC-32 of what each channel shows now."""

    model_config = _POSTED

    session: Session
    base: str = Field(max_length=64)
    lines: int = Field(ge=0)
    checksums: list[int] = Field(min_length=len(CLASSES), max_length=len(CLASSES))


class Resolved(BaseModel):
    """What becomes of strokes whose mask was changed on disk: drawn on the new one, or put beside it."""

    model_config = _POSTED

    choice: Literal["replay", "beside"]


class Conflict(DataError):
    """The review is not as the tab believes; it must load the image again. Nothing was changed."""


class ChangedOnDisk(Conflict):
    """The mask file is not the one that the strokes were drawn on. Nothing was changed."""
