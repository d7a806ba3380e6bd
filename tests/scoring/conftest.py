"""Coatings with all four classes, small enough to be scored in no time, and predictions for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib.data import Dataset, write
from cvlib.data.dataset import Origin
from cvlib.data.files import write_mask_png
from cvlib.data.xrays import Xrays, open_xrays
from cvlib.defects import CLASSES, DETECTION_CLASSES
from cvlib.scoring.images import Chosen, choose

HEIGHT, WIDTH = 64, 64
"""Powers of two, so that shares of them are exact."""


class Coatings(Dataset):
    """Three images in each of twelve clips; every class shows in at least six clips."""

    name = "small"
    title = "small coatings"
    origin: Origin = "simulated"

    def __init__(self, images: int = 36) -> None:
        numbers = np.arange(images)
        self.frames = pd.DataFrame({"name": [f"image_{each}" for each in numbers], "clip": numbers // 3})

    def mask(self, index: int) -> np.ndarray:
        """Squares of 8 px in cells of 16, of different classes; cracks may lie over pinholes."""
        random = np.random.default_rng(index)
        mask = np.zeros((HEIGHT, WIDTH, len(CLASSES)), bool)
        cells = random.permutation(12)
        for channel in range(len(CLASSES)):
            if (index // 3 + channel) % 2 or channel == 2:
                for cell in cells[channel : channel + 2]:
                    top, left = 16 * (cell // 4) + random.integers(8), 16 * (cell % 4) + random.integers(8)
                    mask[top : top + 8, left : left + 8, channel] = True
        return mask

    def image(self, index: int) -> np.ndarray:
        """Grey, bright where there is a defect."""
        grey = np.where(self.mask(index).any(axis=2), 200, 60).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)

    def fingerprint(self) -> str:
        """Fixed."""
        return "5" * 64


@pytest.fixture(scope="session")
def coatings() -> Coatings:
    """Thirty-six images."""
    return Coatings()


@pytest.fixture(scope="session")
def folder(coatings: Coatings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same on disk."""
    place = tmp_path_factory.mktemp("data") / "coatings"
    write(coatings, place, progress=False)
    return place


@pytest.fixture(scope="session")
def xrays(tmp_path_factory: pytest.TempPathFactory) -> Xrays:
    """Eight cells of four views."""
    return open_xrays("simulated", tmp_path_factory.mktemp("xrays"), images=32, seed=3)


def chosen_of(data: Dataset, way: str = "all") -> Chosen:
    """Images of a data set by clips."""
    return choose(way, data.frames, data.frames["clip"].to_numpy(), data.labels)


def noisy(mask: np.ndarray, seed: int) -> np.ndarray:
    """A prediction: the mask shifted, and one square too many."""
    random = np.random.default_rng(seed)
    found = np.roll(mask, random.integers(-2, 3, 2), axis=(0, 1))
    top, left = random.integers(0, [HEIGHT - 6, WIDTH - 6])
    found[top : top + 6, left : left + 6, random.integers(4)] = True
    return found


@pytest.fixture
def masks(coatings: Coatings, tmp_path: Path) -> Callable[[Callable[[np.ndarray, int], np.ndarray]], Path]:
    """Writes predicted masks of all images, made from the true ones, into a folder."""

    def make(predict: Callable[[np.ndarray, int], np.ndarray]) -> Path:
        place = tmp_path / "masks"
        place.mkdir(exist_ok=True)
        for index, name in enumerate(coatings.frames["name"]):
            write_mask_png(place / f"{name}.png", predict(coatings.mask(index), index))
        return place

    return make


Rows = dict[str, list[tuple[int, float, list[float]]]]
"""By image name: class, score, and left, top, width, height in px."""


def detections(data: Dataset, seed: int = 0) -> Rows:
    """Each true box moved by whole pixels within its image, a few left out, a few of nothing."""
    random, rows = np.random.default_rng(seed), {}
    for index, name in enumerate(data.frames["name"]):
        own = []
        for number, x, y, across, down in data.boxes(index).tolist():
            left, top = (x - across / 2) * WIDTH, (y - down / 2) * HEIGHT
            moved = np.clip(np.array([left, top]) + random.integers(-1, 3, 2), 0, [WIDTH - 8, HEIGHT - 8])
            if random.random() < 0.85:
                box = [*map(float, moved), across * WIDTH, down * HEIGHT]
                own.append((int(number), float(random.integers(20, 100) / 128), box))
        box = [float(each) for each in (random.integers(50), random.integers(40), 6, 7)]
        own.append((int(random.integers(2)), float(random.integers(1, 80) / 128), box))
        rows[name] = own
    return rows


def write_yolo_rows(rows: Rows, place: Path) -> Path:
    """As Ultralytics writes them, with all digits."""
    place.mkdir()
    for name, own in rows.items():
        lines = [
            f"{number} {(box[0] + box[2] / 2) / WIDTH!r} {(box[1] + box[3] / 2) / HEIGHT!r} "
            f"{box[2] / WIDTH!r} {box[3] / HEIGHT!r} {score!r}\n"
            for number, score, box in own
        ]
        (place / f"{name}.txt").write_text("".join(lines))
    return place


def write_coco_rows(rows: Rows, place: Path, names: list[str]) -> tuple[Path, Path]:
    """A results file, and the annotations its ids refer to, which are not those of YOLO."""
    place.mkdir()
    ids = {name: 100 + at for at, name in enumerate(names)}
    instances: Mapping[str, object] = {
        "images": [{"id": ids[name], "file_name": f"{name}.jpg"} for name in names],
        "categories": [{"id": 7 + at, "name": name} for at, name in enumerate(DETECTION_CLASSES)],
    }
    results = [
        {"image_id": ids[name], "category_id": 7 + number, "bbox": box, "score": score}
        for name, own in rows.items()
        for number, score, box in own
    ]
    (place / "instances.json").write_text(json.dumps(instances))
    (place / "results.json").write_text(json.dumps(results))
    return place / "results.json", place / "instances.json"
