"""One file with the whole book."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from cvlib.cli.pack import pack as command
from cvlib.errors import UserError
from cvlib.pack import NAME, pack


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "html"
    (folder / "executed").mkdir(parents=True)
    (folder / "index.html").write_text("<p>A book")
    (folder / "executed" / "one.html").write_text("<p>One")
    (folder / ".buildinfo").write_text("of the builder")
    return folder


def test_unpacked_it_is_the_book_in_a_folder_of_its_own(book: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack(book, tmp_path / "new" / "book.zip")) as archive:
        archive.extractall(tmp_path / "there")
    there = tmp_path / "there"
    assert [path.name for path in there.iterdir()] == [NAME]
    assert (there / NAME / "executed" / "one.html").read_text() == "<p>One"
    assert not list(there.rglob(".*"))


def test_the_same_pages_give_the_same_bytes(book: Path, tmp_path: Path) -> None:
    first = pack(book, tmp_path / "one.zip").read_bytes()
    (book / "index.html").touch()
    (book / "index.html").chmod(0o600)
    assert pack(book, tmp_path / "two.zip").read_bytes() == first
    (book / "index.html").write_text("<p>Another book")
    assert pack(book, tmp_path / "two.zip").read_bytes() != first


def test_an_archive_that_fails_leaves_the_one_of_before(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pack(book, tmp_path / "book.zip").read_bytes()

    def full(path: Path, content: bytes) -> None:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(
        UserError, match=r"book\.zip: cannot be written \(No space left on device\); make room"
    ):
        pack(book, tmp_path / "book.zip")
    monkeypatch.undo()
    assert (tmp_path / "book.zip").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["book.zip"]


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("html/index.html/book.zip", "lies among the pages"),
        ("html/book.zip", "lies among the pages"),
        ("file/book.zip", "a file stands in the way"),
    ],
)
def test_a_place_that_cannot_hold_it_is_refused(book: Path, tmp_path: Path, to: str, message: str) -> None:
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=message):
        pack(book, tmp_path / to)
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_book_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"html: no rendered book is here; run make book"):
        pack(tmp_path / "html", tmp_path / "book.zip")
    assert not list(tmp_path.iterdir())


def test_the_command_refuses_a_data_set_that_has_no_book() -> None:
    with pytest.raises(UserError, match=r"path-found-\w+/html: no rendered book is here"):
        command.main(["--dataset", "path:/nowhere/to/be/found"], standalone_mode=False)
