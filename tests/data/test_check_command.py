"""``cvlib data check NAME --json``: one JSON object on the standard output, and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cvlib.cli import main
from cvlib.data import check


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit status of a command."""
    monkeypatch.setattr(sys, "argv", ["cvlib", *words])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_a_sound_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "data", "check", f"path:{folder}", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["data_set"], answer["errors"], answer["warnings"]) == (f"path:{folder}", 0, 1)
    assert answer["findings"][0].keys() == {"file", "line", "message", "severity"}


def test_a_damaged_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "segmentation/masks/image_7.png").write_bytes(b"")
    (folder / "detection/labels/image_1.txt").write_text("0 1 1\n")
    assert run(monkeypatch, "data", "check", f"path:{folder}", "--json") == 2
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert (answer["errors"], answer["warnings"]) == (2, 1)
    assert [(one["file"], one["line"], one["severity"]) for one in answer["findings"]] == [
        ("segmentation/masks/image_7.png", None, "error"),
        ("segmentation/images", None, "warning"),
        ("detection/labels/image_1.txt", 1, "error"),
    ]
    assert [one["message"] for one in answer["findings"]] == [one.message for one in check(f"path:{folder}")]
    assert "2 errors" in err and len(err.splitlines()) == 1


@pytest.mark.parametrize("name", ["magnetic-tile", "crack-forest", "path:nowhere"])
def test_a_data_set_that_is_not_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CVLIB_DATA", str(tmp_path))
    assert run(monkeypatch, "data", "check", name, "--json") == 2
    assert json.loads(capsys.readouterr().out)["errors"] == 1
