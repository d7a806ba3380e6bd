"""The command: the link it prints, the line it ends with, the line for each mistake."""

from __future__ import annotations

import getpass
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvlib.annotate.review import Workspace
from cvlib.annotate.review.server import Server
from cvlib.cli.review import review
from cvlib.errors import UserError


@contextmanager
def running(*words: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as a process of its own, and the link it prints."""
    start = [sys.executable, "-c", "from cvlib.cli.review import review; review()"]
    process = subprocess.Popen(
        [*start, *map(str, words), "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        printed = ""
        while not (link := re.search(r"http://\S+/#\S+", printed)):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            printed += line
        yield process, link[0]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_it_says_where_and_ends_with_control_c(images: Path, masks: Path) -> None:
    with running(images, masks) as (process, link):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/#[\w-]{20,}", link)
        with urllib.request.urlopen(link.split("#")[0]) as answer:
            assert b"<title>Mask review</title>" in answer.read()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0 and "Traceback" not in err
    assert out.strip().splitlines()[-1] == "0 of 6 reviewed"
    Workspace(images, masks, "anna").close()  # nothing holds the folder any more


def test_other_addresses_come_with_a_warning(
    images: Path, masks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "serve_forever", lambda *_, **__: None)
    shown = CliRunner().invoke(review, [str(images), str(masks), "--host", "0.0.0.0", "--no-browser"])
    assert "plain HTTP: whoever can reach it and has the link can edit" in shown.stderr
    shown = CliRunner().invoke(review, [str(images), str(masks), "--no-browser"])
    assert shown.stderr == "" and shown.exit_code == 0


def test_the_browser_opens_the_link_and_who_reviews_is_the_user(
    images: Path, masks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    names: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(Server, "serve_forever", lambda server, **_: names.append(server.workspace.by))
    shown = CliRunner().invoke(review, [str(images), str(masks)])
    CliRunner().invoke(review, [str(images), str(masks), "--by", " A. Reviewer "])
    assert len(opened) == 2 and opened[0] in shown.output
    assert names == [getpass.getuser(), "A. Reviewer"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nowhere", "masks"], "nowhere: no such file or folder; check the path"),
        (["images", "nowhere"], "nowhere: no such file or folder; check the path"),
        (["masks", "masks"], "the images' own folder"),
        (["images", "masks", "--order", "nowhere.csv"], "nowhere.csv: no such file or folder"),
        (["images", "masks", "--host", "192.0.2.1"], "192.0.2.1, port 0: cannot listen there"),
    ],
)
def test_a_mistake_is_one_line(
    images: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], expected: str
) -> None:
    monkeypatch.chdir(images.parent)
    error = CliRunner().invoke(review, [*words, "--no-browser"]).exception
    assert isinstance(error, UserError) and expected in str(error) and "\n" not in str(error)
