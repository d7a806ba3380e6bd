"""Folders broken in generated ways: a clear line naming the file, from reader and check, or read right."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from cvlib.data import BadFile, CoatingVision, Dataset, Finding, check, open_dataset, write
from cvlib.data.magnetic_tile import CATEGORIES
from cvlib.errors import DataError
from tests.data.broken import BREAKS, Break
from tests.data.conftest import FakeDataset

ONLY_CHECKED = ("classification", "detection")
"""Where check reads more than a data set needs: the same images again, text files of no image."""


def coatings(folder: Path) -> None:
    write(FakeDataset(3), folder, progress=False)


def magnetic_tile(folder: Path) -> None:
    for number, category in enumerate(CATEGORIES):
        place = folder / category / "Imgs"
        place.mkdir(parents=True)
        Image.new("L", (30, 20), 90).save(place / f"exp1_num_{number}0001.jpg")
        Image.new("L", (30, 20), 255).save(place / f"exp1_num_{number}0001.png")


def crack_forest(folder: Path) -> None:
    (folder / "image").mkdir(parents=True)
    (folder / "groundTruth").mkdir()
    labels = np.ones((20, 30), np.uint8)
    labels[4], labels[5, 6:9], labels[9] = 2, 3, 4
    for name in ("001", "002", "095", "201"):
        Image.new("RGB", (30, 20), (90, 80, 70)).save(folder / f"image/{name}.jpg")
        if name != "201":
            truth = {"groundTruth": {"Segmentation": labels, "Boundaries": labels > 1}}
            scipy.io.savemat(folder / f"groundTruth/{name}.mat", truth, do_compression=True)


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "coatings": coatings,
    "magnetic-tile": magnetic_tile,
    "crack-forest": crack_forest,
}


def reading(name: str) -> Iterator[Callable[[], object]]:
    """Everything a data set can be asked for, one step at a time; a folder in one format has no others."""
    data: list[Dataset] = []
    yield lambda: data.append(open_dataset(name))
    if data:
        known = data[0].known
        if "labels" in known:
            yield data[0].labels
        for index in range(len(data[0])):
            yield lambda index=index: compare_image(data[0], index)  # type: ignore[misc]
            if "masks" in known:
                yield lambda index=index: data[0].mask(index)  # type: ignore[misc]
            if "boxes" in known:
                yield lambda index=index: data[0].boxes(index)  # type: ignore[misc]


def compare_image(data: Dataset, index: int) -> None:
    """What is read is what Pillow reads."""
    image = data.image(index)
    if isinstance(data, CoatingVision):
        path = data._layout.main.images[data.frames["name"].iloc[index]]
        with Image.open(path) as whole:
            assert np.array_equal(image, np.asarray(whole.convert("RGB")))


def read_errors(name: str) -> list[DataError]:
    errors = []
    for step in reading(name):
        try:
            step()
        except DataError as error:
            errors.append(error)
    return errors


def judge(name: str) -> None:
    """Check and reader agree, and each finding is one clear line."""
    findings = check(name)
    for finding in findings:
        line = str(finding)
        assert finding.file and line.isprintable() and len(line) < 1000, line
    met: set[Finding] = set()
    for error in read_errors(name):
        assert str(error).isprintable()
        if isinstance(error, BadFile):
            met.update(error.findings)
        else:  # the folder as a whole
            assert any(str(error).endswith(finding.message) for finding in findings), str(error)
    assert met <= set(findings)
    unmet = {finding for finding in set(findings) - met if finding.severity == "error"}
    assert met or all(finding.file.startswith(ONLY_CHECKED) for finding in unmet), unmet


def break_and_judge(layout: str, examples: int, root: Path) -> None:
    sound = root / "sound"
    LAYOUTS[layout](sound)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(BREAKS, min_size=1, max_size=2))
    def act(breaks: list[Break]) -> None:
        with tempfile.TemporaryDirectory(dir=root) as temporary, pytest.MonkeyPatch.context() as patch:
            folder = Path(temporary) / layout
            shutil.copytree(sound, folder, copy_function=os.link)
            for one in breaks:
                one(folder)
            patch.setenv("CVLIB_DATA", temporary)
            judge(f"path:{folder}" if layout == "coatings" else layout)

    act()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where the system has such: a disk spends most of the time on removing folders."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_broken_folder_is_reported_or_read_right(
    place: Path, layout: str, capfd: pytest.CaptureFixture[str]
) -> None:
    break_and_judge(layout, 150, place)
    assert capfd.readouterr().err == ""


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_many_broken_folders(place: Path, layout: str, capfd: pytest.CaptureFixture[str]) -> None:
    break_and_judge(layout, 3000, place)
    assert capfd.readouterr().err == ""
