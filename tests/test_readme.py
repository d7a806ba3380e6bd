"""The commands that pages print: the README's are run as written, all others are parsed as they stand."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import pytest

from cvlib.data import open_dataset, write
from cvlib.data.xrays import simulate_xrays
from cvlib.notebooks import ROOT, chapters, find, parameters
from cvlib.parameters import convert
from cvlib.simulate.cell import Scene
from tests.commands import parsed, words_of

PAGES = sorted(path.name for path in (ROOT / "book").glob("*.md") if path.name != "troubleshooting.md")

NOT_RUN = {
    "make book": "by .ci/run",
    "make test": "by .ci/run",
    "make zip": "by .ci/run",
    "CVLIB_DATA=/my/data make book DATASET=magnetic-tile": "by .ci/run, with PROFILE=trial",
    "make book DATASET=path:/my/coatings PROFILE=trial": "takes minutes; .ci/run does it with other images",
    "python -m venv .venv": "what make does, by another way",
    ".venv/bin/pip install --require-hashes --no-deps -r requirements.lock": "what make does, by another way",
    ".venv/bin/pip install --no-deps --no-build-isolation -e .": "what make does, by another way",
    ".venv/bin/python -m cvlib book": "what make book runs",
    ".venv/bin/cvlib train detection yolo11n": "trains for minutes; make book does the same",
    ".venv/bin/cvlib run localization -p dataset=path:/my/xrays": "trains for minutes",
}
"""Lines of the README that this test does not run, and why."""

OTHER_PROGRAMS = {"make", "export", "papermill", "jupytext", "docker", "python", "pip", "conda", "jupyter"}
"""What pages call beside cvlib."""


def lines_of(page: Path) -> Iterator[str]:
    """The lines of a page's blocks of bash, without remarks."""
    for block in re.findall(r"^```bash\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if command := re.sub(r"(^|\s+)# .*", "", line).strip():
                yield command


README = list(lines_of(ROOT / "README.md"))


def test_a_line_that_is_not_run_is_still_there() -> None:
    assert NOT_RUN.keys() <= set(README)


@pytest.mark.parametrize(
    "line", [*README, *(line for page in PAGES for line in lines_of(ROOT / "book" / page))]
)
def test_a_printed_command_can_be_typed(line: str) -> None:
    words = words_of(line)
    if words[0] != "cvlib":
        assert words[0] in OTHER_PROGRAMS
    elif parsed(words) == ("run",) and (set(words) & set(chapters())) and "--help" not in words:
        [chapter] = set(words) & set(chapters())
        given = [value for option, value in pairwise(words) if option == "-p"]
        convert(tuple(given), parameters(find(chapter)))


@pytest.fixture
def my(tmp_path: Path) -> Path:
    """Small data of every kind that the README speaks of, in place of `/my`, and a video beside it."""
    coatings = open_dataset("simulated", images=60)
    write(coatings, tmp_path / "my/coatings", progress=False)
    shutil.copytree(tmp_path / "my/coatings/segmentation/images", tmp_path / "my/images")
    shutil.copytree(tmp_path / "my/coatings/segmentation/masks", tmp_path / "my/masks")
    simulate_xrays(tmp_path / "my/xrays-and-labels", 3, scene=Scene(poles=13))
    shutil.copytree(tmp_path / "my/xrays-and-labels/img", tmp_path / "my/xrays")
    height, width = coatings.image(0).shape[:2]
    video = cv2.VideoWriter(
        str(tmp_path / "coating.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 5, (width, height)
    )
    for index in range(6):
        video.write(cv2.cvtColor(coatings.image(index), cv2.COLOR_RGB2BGR))
    video.release()
    return tmp_path / "my"


def run_as_written(line: str, my: Path) -> str:
    """What a line prints, run by a shell beside the folder that stands for `/my`."""
    program = f'"{sys.executable}" -m cvlib '
    command = re.sub(r"(?<![\w.])/my/", f"{my}/", line).replace(".venv/bin/cvlib ", program)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "BROWSER": "true"}
    with subprocess.Popen(
        ["/bin/bash", "-c", f"exec {command}"],
        cwd=my.parent,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout
        said = ""
        for each in running.stdout:
            said += each
            if each.startswith("Ctrl-C ends it"):
                running.send_signal(signal.SIGINT)
    assert running.returncode == 0, f"{line}\n{said}"
    return said


@pytest.mark.slow
def test_the_commands_of_the_readme_run_as_written(my: Path) -> None:
    said = {line: run_as_written(line, my) for line in README if line not in NOT_RUN}
    assert len(said) >= 8 and all(said.values())
    assert (my.parent / "ends.csv").exists() and (my.parent / "mine/masks/prelabels.json").exists()
