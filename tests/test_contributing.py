"""The worked examples of CONTRIBUTING.md, followed step by step in a copy of the repository."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from cvlib.data import open_dataset
from cvlib.notebooks import ROOT
from tests.test_troubleshooting import as_printed

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^## ", PAGE, flags=re.M)[1:]}
EXAMPLES = [title for title in SECTIONS if title.startswith("Add ")]
NEW_FILE = re.compile(r"^`([^`]+)`, a new file:\n\n```python\n(.*?)^```$", re.M | re.S)
CHANGE = re.compile(r"^```diff\n--- a/(\S+)\n\+\+\+ b/\1\n(.*?)^```$", re.M | re.S)
SESSION = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def changed(text: str, hunk: str) -> str:
    """A text with one hunk of a diff applied; its unchanged lines must stand there once, as they are.

    >>> changed("a\\nb\\n", " a\\n+new\\n b\\n")
    'a\\nnew\\nb\\n'
    """
    lines = hunk.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    assert text.count(before) == 1, f"CONTRIBUTING.md changes what is not there once:\n{before}"
    return text.replace(before, "".join(line[1:] for line in lines if line[0] != "-"))


def follow(section: str, copy: Path) -> None:
    """Write the new files of a section and make its changes."""
    for name, content in NEW_FILE.findall(section):
        assert not (copy / name).exists()
        (copy / name).write_text(content, encoding="utf-8")
    for name, hunks in CHANGE.findall(section):
        text = (copy / name).read_text("utf-8")
        for hunk in re.split(r"^@@\n", hunks, flags=re.M)[1:]:
            text = changed(text, hunk)
        (copy / name).write_text(text, encoding="utf-8")


def type_in(session: str, copy: Path, environment: dict[str, str]) -> None:
    """Run the commands of a session; the lines below each must be among those it prints."""
    for command, shown in re.findall(r"^\$ (.*)\n((?:[^$\n].*\n)*)", session, flags=re.M):
        program, *words = shlex.split(command)
        start = {"cvlib": [sys.executable, "-m", "cvlib"], "python": [sys.executable]}
        start["jupytext"] = [sys.executable, "-m", "jupytext"]
        answer = subprocess.run(
            [*start[program], *words], cwd=copy, env=environment, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        for line in shown.splitlines():
            assert any(as_printed(line, said) for said in answer.stdout.splitlines()), answer.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, with a small data set of foils and one of coatings beside it."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("cvlib", "notebooks", "results", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "book").mkdir()
    shutil.copy(ROOT / "book/_toc.yml", folder / "book")
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "photographs/foils").mkdir(parents=True)
    coatings = open_dataset("simulated", images=3)
    for index, name in enumerate(coatings.frames["name"]):
        Image.fromarray(coatings.image(index)).save(folder / f"photographs/foils/{name}.jpg")
        Image.fromarray(coatings.mask(index)[..., 2]).convert("L").save(
            folder / f"photographs/foils/{name}.png"
        )
    return folder


@pytest.mark.slow
def test_the_examples_can_be_followed(copy: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(copy),
        "CVLIB_DATA": str(copy / "photographs"),
        "CVLIB_RUNS": str(copy / "runs"),
        "HF_HUB_OFFLINE": "1",
    }
    assert len(EXAMPLES) == 4
    for title in EXAMPLES:
        follow(SECTIONS[title], copy)
        for session in SESSION.findall(SECTIONS[title]):
            type_in(session, copy, environment)
    ruff = [sys.executable, "-m", "ruff", "check", "--quiet", "cvlib", "notebooks"]
    assert subprocess.run(ruff, cwd=copy, check=False).returncode == 0


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_has_files_or_changes_and_commands(title: str) -> None:
    section = SECTIONS[title]
    assert SESSION.findall(section) and CHANGE.findall(section)
    fences = re.findall(r"^```(\w+)$", section, flags=re.M)
    assert len(fences) == sum(len(kind.findall(section)) for kind in (NEW_FILE, CHANGE, SESSION))


def test_the_map_is_that_of_the_import_linter() -> None:
    drawn = re.findall(r"cvlib\.\w+", SECTIONS["The map"].split("```")[1])
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = [re.findall(r"cvlib\.\w+", layer) for layer in contract["contracts"][0]["layers"]]
    depth = {name: place for place, layer in enumerate(layers) for name in layer}
    assert [depth[name] for name in drawn] == sorted(depth[name] for name in drawn)


def test_what_the_page_names_is_there() -> None:
    new = {name for name, _ in NEW_FILE.findall(PAGE)}
    named = set(re.findall(r"`((?:cvlib|tests|notebooks|book|results)/[\w/.]*|\.ci/run)`", PAGE)) - new
    assert len(named) > 10
    assert not [name for name in named if not (ROOT / name).exists()]
