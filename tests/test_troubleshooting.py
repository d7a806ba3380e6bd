"""The page *Troubleshooting*: every message on it is what the program says, and every situation is on it."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from cvlib.cli import main
from cvlib.notebooks import ROOT
from cvlib.stale import UNKNOWN, Warned, remedy
from tests.commands import words_of
from tests.situations import SITUATIONS, Place

PAGE = (ROOT / "book/troubleshooting.md").read_text("utf-8")
ENTRIES = dict(re.findall(r"^### (.+)\n\n```console\n\$ ((?:.|\n)+?)\n```$", PAGE, flags=re.M))
"""By title, the command and what is printed."""
LOAD_TORCH = {"A model is unknown", "A field of a profile is unknown", "Weights cannot be fetched"}
LOAD_TORCH |= {"There are boxes or labels, and no masks"}
LOAD_TORCH |= {"YOLO is not installed", "There is too little to divide", "There is no run to locate with"}
START_KERNELS = {"A cell of a chapter fails"}


def as_printed(pattern: str, text: str) -> bool:
    """Whether a text is as the page has it: folded lines count as one, `…` stands for anything.

    >>> as_printed("no folder …/x; get\\n  it", "cvlib: no folder /tmp/a b/x; get it")
    False
    >>> as_printed("cvlib: no folder …/x; get\\n  it", "cvlib: no folder /tmp/a b/x; get it")
    True
    """
    parts = (re.escape(" ".join(part.split())).replace(r"\ ", " ") for part in pattern.split("…"))
    return re.fullmatch(" ?.*? ?".join(parts), " ".join(text.split())) is not None


def test_the_page_and_the_situations_are_the_same() -> None:
    assert list(ENTRIES) == list(SITUATIONS)
    told = [title for title in re.findall(r"^### (.+)$", PAGE, flags=re.M) if title not in ENTRIES]
    assert told == ["A page says that it is stale", "Formulas or search do not work"]


@pytest.mark.parametrize(
    "title",
    [
        pytest.param(title, marks=[pytest.mark.slow] * (title in LOAD_TORCH | START_KERNELS))
        for title in SITUATIONS
    ],
)
def test_a_situation_is_answered_as_the_page_has_it(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    command, _, printed = ENTRIES[title].partition("\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CVLIB_DATA", "photographs")
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "runs"))
    with ExitStack() as held:
        SITUATIONS[title](Place(tmp_path, monkeypatch, held))
        monkeypatch.setattr(sys, "argv", words_of(command))
        capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
    out, err = capfd.readouterr()
    assert status == (0 if title == "No browser opens" else 2)
    assert err.count("\n") == (0 if status == 0 else 1)
    said = "\n".join(line for line in (out + err).splitlines() if "not 480 x 640 pixels" not in line)
    assert as_printed(printed, said), said


def test_what_stands_on_stale_pages_is_told() -> None:
    assert remedy("make book") in PAGE
    box = Warned("Stale", "The code changed.").markdown("make book")
    assert "} Stale\n" in box and "headed *Stale*" in PAGE
    assert "no record of what it was computed with" in UNKNOWN and "*Provenance unknown*" in PAGE
