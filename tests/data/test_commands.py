"""The commands about data sets: what they print, and with which status they end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cvlib.cli import main
from cvlib.data import CoatingVision, check
from cvlib.data.xrays import open_xrays


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


def test_an_unclear_channel_order_is_an_error_until_it_is_stated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "manifest.json").unlink()
    for command in (["check"], ["describe"], ["export", "--to", "x"], ["objects", "--to", "x"]):
        assert run(monkeypatch, "data", *command, f"path:{folder}") == 2
        out, err = capsys.readouterr()
        assert "12 masks, expected at least 50" in out + err and "--channels RGBA" in out + err
        assert err.count("\n") == 1 and "can be read" not in out
    for order in ("RGBA", "BGRA"):
        to = str(folder.parent / order)
        for command in (["check"], ["describe"], ["export", "--to", to]):
            assert run(monkeypatch, "data", *command, f"path:{folder}", "--channels", order) == 0
    assert CoatingVision(folder.parent / "BGRA").mask(1)[..., 0].any()
    assert run(monkeypatch, "data", "check", f"path:{folder}", "--channels", "RGB") == 2


def test_measuring_says_how_many_objects_and_where(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "manifest.json").unlink()
    to = folder.parent / "measured"
    words = ["data", "objects", f"path:{folder}", "--to", str(to), "--channels", "RGBA"]
    assert run(monkeypatch, *words) == 0
    table = to / "objects.csv"
    count = len(table.read_text().splitlines()) - 1
    assert capsys.readouterr().out == f"{count} objects in {table}\n"
    assert run(monkeypatch, *words) == 0
    assert capsys.readouterr().out == f"{count} objects in {table}, in place of the file that was there\n"


def test_the_list_says_what_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "crack-forest").mkdir()
    monkeypatch.setenv("CVLIB_DATA", str(tmp_path))
    assert run(monkeypatch, "data", "list") == 0
    out = capsys.readouterr().out
    assert out.count("here: yes") == 2 and f"here: yes, {tmp_path}/crack-forest\n" in out
    assert out.count("cvlib data fetch") == 2


def test_simulated_xrays_are_written_and_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "xrays"
    words = ["data", "simulate-xrays", "--images", "3", "--poles", "5", "--to", str(folder)]
    assert run(monkeypatch, *words) == 0
    data = open_xrays(f"path:{folder}", tmp_path)
    assert data.origin == "simulated" and data.counts().tolist() == [[3, 2]] * 3
    assert run(monkeypatch, *words[:-1], str(tmp_path / "even"), "--poles", "4") == 2
    assert capsys.readouterr().err.startswith("cvlib: poles is 4: expected an odd number")
    assert not (tmp_path / "even").exists()
