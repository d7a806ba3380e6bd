"""Small folders to review, and a way to draw in them without a browser."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cvlib.annotate.review import Workspace
from cvlib.annotate.review.log import Line, Stroke
from cvlib.annotate.review.messages import Drawn, Saved
from cvlib.annotate.review.strokes import Point
from cvlib.data import write
from tests.conftest import SmallData

HEIGHT, WIDTH = 40, 60
TAB, OTHER_TAB = "a" * 16, "b" * 16


def saves_of(masks: Path, name: str) -> list[dict[str, Any]]:
    """What the log of a mask says of its saves, oldest first."""
    lines = map(json.loads, (masks / f"review/{name}.jsonl").read_text().splitlines())
    return [line for line in lines if line["op"] == "save"]


class Tab:
    """What the page does, in a few lines: it numbers its lines and says what it shows when it saves."""

    def __init__(self, workspace: Workspace, index: int, session: str = TAB) -> None:
        self.workspace, self.index, self.session = workspace, index, session
        self.load()

    def load(self) -> None:
        """Fetch the image anew."""
        self.item = self.workspace.item(self.index)
        self.base, self.lines = self.item["base"], len(self.item["lines"])

    def drawn(self, op: str, stroke: Stroke | None = None) -> Drawn:
        """The next line, as it is sent."""
        line = {"n": self.lines + 1, "session": self.session, "op": op, "stroke": stroke}
        return Drawn(base=self.base, lines=[Line.model_validate(line)])

    def draw(self, *points: Point, defect: str = "pinhole", value: int = 1, diameter: int = 3) -> None:
        """One stroke; without points a dab at (20, 10)."""
        drawn = {"defect": defect, "diameter": diameter, "value": value, "points": [*points] or [(20, 10)]}
        self.lines = self.workspace.draw(self.index, self.drawn("stroke", Stroke.model_validate(drawn)))

    def undo(self, op: str = "undo") -> None:
        """Undo, or ``redo``."""
        self.lines = self.workspace.draw(self.index, self.drawn(op))

    def shown(self) -> np.ndarray:
        """What the page shows: (4, H, W) uint8 of 0 and 1."""
        size = (4, self.item["height"], self.item["width"])
        planes = np.frombuffer(self.workspace.mask(self.index), np.uint8).reshape(size)
        return self.workspace._history(self.index).log().replay(planes)

    def saved(self) -> Saved:
        """The wish to save, as it is sent."""
        sums = [zlib.crc32(plane.tobytes()) for plane in self.shown()]
        return Saved(session=self.session, base=self.base, lines=self.lines, checksums=sums)

    def save(self) -> dict[str, Any]:
        """Save what is shown."""
        answer = self.workspace.save(self.index, self.saved())
        self.base, self.lines = answer["base"], 0
        return answer


def pixels_of(path: Path) -> np.ndarray:
    """A mask file as Pillow reads it: (H, W, 4) uint8."""
    with Image.open(path) as image:
        return np.array(image)


@pytest.fixture
def images(small_data: SmallData, tmp_path: Path) -> Path:
    """Folder of six images; beside it, ``masks``."""
    write(small_data, tmp_path / "coatings", progress=False)
    return tmp_path / "coatings/segmentation/images"


@pytest.fixture
def masks(images: Path) -> Path:
    """Folder of their masks: RGBA of 0 and 255, as ``manifest.json`` says."""
    return images.with_name("masks")


@pytest.fixture
def workspace(images: Path, masks: Path) -> Iterator[Workspace]:
    """A review of them by Anna."""
    workspace = Workspace(images, masks, "anna")
    yield workspace
    workspace.close()
