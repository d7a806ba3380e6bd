"""Fetching, from a server on this machine that misbehaves in every way met in the wild."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from filelock import FileLock
from PIL import Image

from cvlib.cli.data import data as command
from cvlib.data import CoatingVision, fetch_http
from cvlib.data.archives import unpack
from cvlib.data.fetch import fetch
from cvlib.data.fetch_figshare import Figshare
from cvlib.data.fetch_http import download
from cvlib.errors import DataError
from tests.data.server import Answer, Server, serving

BODY = np.random.default_rng(0).bytes(100_000)
MD5 = hashlib.md5(BODY).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data root; no waiting, small blocks, no proxy between this machine and itself."""
    monkeypatch.setenv("CVLIB_DATA", str(tmp_path / "root"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch_http, "WAITS", (0.01, 0.01, 0.01))
    monkeypatch.setattr(fetch_http, "BLOCK", 1000)
    return tmp_path / "root"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


@pytest.fixture
def records(folder: Path) -> dict[str, bytes]:
    """The files of a sound folder by path, in the paper's three formats."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def fetch_coatings(address: str) -> Path:
    return fetch("coatingvision", lambda line: None, Figshare(address))


def refused(address: str, root: Path, words: str) -> None:
    """Fetching says these words in one line, and nothing is where a reader would look."""
    with pytest.raises(DataError, match=words) as caught:
        fetch_coatings(address)
    assert "\n" not in str(caught.value)
    assert not (root / "coatingvision").exists()
    assert not (root / ".partial/coatingvision/unpacked").exists()


# ---- what the article holds


def one_zip(files: dict[str, bytes]) -> dict[str, bytes]:
    return {"Data.zip": zipped(files)}


def zip_with_folder_and_leftovers(files: dict[str, bytes]) -> dict[str, bytes]:
    held = {f"CoatingVision v1/data/{name}": body for name, body in files.items()}
    return {"CoatingVision.ZIP": zipped(held | {"__MACOSX/._x": b"", ".DS_Store": b""}), "README.md": b"#"}


def tar_from_windows(files: dict[str, bytes]) -> dict[str, bytes]:
    return {"coatings.tar.gz": tarred({f"top\\{name}".replace("/", "\\"): files[name] for name in files})}


def one_zip_each(files: dict[str, bytes]) -> dict[str, bytes]:
    kinds = ("segmentation", "classification", "detection")
    return {
        f"{kind}.zip": zipped({name: files[name] for name in files if name.startswith(kind)})
        for kind in kinds
    }


def one_zip_each_without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    held: dict[str, dict[str, bytes]] = {"segmentation": {}, "classification": {}, "detection": {}}
    for name, body in files.items():
        if "/" in name:
            held[name.split("/", 1)[0]][name.split("/", 1)[1]] = body
    return {f"CoatingVision_{kind}.zip": zipped(held[kind]) for kind in held}


@pytest.mark.parametrize(
    "pack",
    [
        one_zip,
        zip_with_folder_and_leftovers,
        tar_from_windows,
        one_zip_each,
        one_zip_each_without_folder,
    ],
)
def test_an_article_can_be_read_however_it_is_packed(
    server: Server, root: Path, folder: Path, records: dict[str, bytes], pack: Callable[..., Any]
) -> None:
    said: list[str] = []
    place = fetch("coatingvision", said.append, Figshare(server.publish(pack(records))))
    assert place == root / "coatingvision" and len(CoatingVision(place, "RGBA")) == 12
    assert CoatingVision(place, "RGBA").labels().equals(CoatingVision(folder).labels())
    assert said[1:] == [f"coatingvision: whole, in {place}"] and re.match(
        r"coatingvision: CoatingVision; [0-9.]+ MB \(.*\); licence: CC BY 4.0$", said[0]
    )
    assert not (root / ".partial/coatingvision").exists()
    asked = len(server.seen)
    assert fetch("coatingvision", said.append) == place  # from the real address, were it not there
    assert len(server.seen) == asked and "already in" in said[2]


def test_an_article_of_more_than_ten_files_is_listed_in_full(
    server: Server, root: Path, records: dict[str, bytes]
) -> None:
    files = {f"notes {number}.txt": b"text" for number in range(11)}
    place = fetch_coatings(server.publish(files | one_zip(records)))
    assert len(list(place.glob("notes*"))) == 11 and len(CoatingVision(place)) == 12


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"computed_md5": ""}, "file 'a.zip' has no computed_md5"),
        ({"computed_md5": None}, "file 'a.zip' has no computed_md5"),
        ({"computed_md5": "0" * 32}, "a.zip: its MD5 is not the expected 0000.*fetch it again"),
        ({"size": 7}, r"/files/0: [0-9,]+ bytes, expected 7; a page may stand in the way"),
        ({"is_link_only": True}, "file 'a.zip' is a link to elsewhere"),
        ({"name": "../a.zip"}, r"file '../a.zip', expected a plain name"),
        ({"name": ".."}, r"file '..', expected a plain name"),
        ({"size": 10**18}, "MB free, expected room for .* MB; make room, or set CVLIB_DATA"),
        ({"size": "much"}, "not as documented .files: 0: size: .*; download by hand"),
        ({"download_url": "file:///etc/passwd"}, "file:///etc/passwd: cannot be asked for"),
    ],
)
def test_a_bad_listing_is_refused(
    server: Server, root: Path, changes: dict[str, Any], words: str, records: dict[str, bytes]
) -> None:
    refused(server.publish({"a.zip": zipped(records)}, **changes), root, words)


def test_a_bad_answer_of_the_api_is_refused(server: Server, root: Path) -> None:
    address = server.publish({})
    refused(address, root, "lists 0 files, expected some")
    server.answers["/articles/1"] = [Answer(b"<html>Down for maintenance</html>")]
    refused(address, root, r"/articles/1: its answer is not as documented .*; download by hand")
    refused(address + "0", root, "/articles/10: answered 404 Not Found, expected the file; look for a newer")
    assert len(server.asked("/articles/10")) == 1


def test_what_is_laid_out_otherwise_is_kept_for_unpacking_by_hand(server: Server, root: Path) -> None:
    address = server.publish({"a.zip": zipped({"pictures/a.jpg": b"", "b.jpg": b""})})
    refused(
        address, root, r"coatingvision: downloaded whole to .*downloads, but not laid out as expected .its"
    )
    refused(address, root, "no records in it; .*unpack it by hand and open it as path:DIR")
    assert len(server.asked("/files/0")) == 1


# ---- the way there


def test_a_cut_download_goes_on(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = [Answer(BODY, cut=30_000), Answer(BODY, cut=20_000), Answer(BODY)]
    download(f"{server.url}/a", tmp_path / "a", len(BODY), MD5)
    assert (tmp_path / "a").read_bytes() == BODY
    first, second, third = server.asked("/a")
    assert "Range" not in first
    assert (second["Range"], second["If-Range"]) == ("bytes=30000-", '"first"')
    assert third["Range"] == "bytes=50000-"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]


def test_it_goes_on_as_long_as_it_gets_further(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = [Answer(BODY, cut=10_000)]
    download(f"{server.url}/a", tmp_path / "a", len(BODY), MD5)
    assert (tmp_path / "a").read_bytes() == BODY and len(server.seen) == 10
    server.answers["/b"] = [Answer(BODY, cut=10_000, ranges=False)]
    with pytest.raises(
        DataError, match=r"/b: no connection, or cut off after 10,000 bytes, tried 4 times; .*kept"
    ):
        download(f"{server.url}/b", tmp_path / "b", len(BODY), MD5)


def test_a_server_that_knows_no_ranges_starts_anew(server: Server, tmp_path: Path) -> None:
    server.answers["/a"] = [Answer(BODY, cut=30_000), Answer(BODY, ranges=False)]
    download(f"{server.url}/a", tmp_path / "a", len(BODY), MD5)
    assert (tmp_path / "a").read_bytes() == BODY


@pytest.mark.parametrize("tag", ['"second"', ""])
def test_two_versions_are_never_joined(server: Server, tmp_path: Path, tag: str) -> None:
    server.answers["/a"] = [Answer(bytes(50_000), cut=30_000, tag=tag), Answer(BODY[:50_000])]
    download(f"{server.url}/a", tmp_path / "a")  # no hash would tell
    assert (tmp_path / "a").read_bytes() == BODY[:50_000]


def test_a_wrong_whole_made_of_parts_is_fetched_once_more_from_the_start(
    server: Server, tmp_path: Path
) -> None:
    server.answers["/a"] = [Answer(bytes(100_000), cut=30_000, tag=""), Answer(BODY, tag="")]
    download(f"{server.url}/a", tmp_path / "a", len(BODY), MD5)
    assert (tmp_path / "a").read_bytes() == BODY
    assert [asked.get("Range") for asked in server.asked("/a")] == [None, "bytes=30000-", None]
    server.answers["/b"] = [Answer(bytes(100_000), tag="")]
    with pytest.raises(DataError, match="b: its MD5 is not the expected"):
        download(f"{server.url}/b", tmp_path / "b", len(BODY), MD5)
    assert len(server.asked("/b")) == 1 and not (tmp_path / "b").exists()


def test_a_range_beyond_the_end_or_another_range_starts_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(bytes(200_000))
    server.answers["/a"] = [Answer(BODY)]
    download(f"{server.url}/a", tmp_path / "a", len(BODY), MD5)
    (tmp_path / "b.part").write_bytes(BODY[:50_000])
    server.answers["/b"] = [
        Answer(BODY[7:], status=206),
        Answer(BODY),
    ]
    download(f"{server.url}/b", tmp_path / "b", len(BODY), MD5)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == BODY


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(b"slow down", 429, {"Retry-After": "0"}),
        Answer(b"slow down", 429, {"Retry-After": "Fri, 01 Jan 2021 00:00:00 GMT"}),
        Answer(b"slow down", 429, {"Retry-After": "soon"}),
        Answer(b"oops", 500),
        Answer(b"", 503),
        Answer(BODY, cut=0),
        Answer(BODY, pause=0.5),
    ],
)
def test_passing_troubles_are_waited_for(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Answer
) -> None:
    monkeypatch.setattr(fetch_http, "TIMEOUT", 0.2)
    server.answers["/a"] = [trouble, trouble, Answer(BODY)]
    download(f"{server.url}/a", tmp_path / "a", len(BODY), MD5)
    assert (tmp_path / "a").read_bytes() == BODY and len(server.seen) == 3


def test_the_waits_are_those_asked_for(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("cvlib.data.fetch_http.time.sleep", waits.append)
    server.answers["/a"] = [Answer(b"", 429, {"Retry-After": "50"}), Answer(b"", 500), Answer(BODY)]
    download(f"{server.url}/a", tmp_path / "a")
    assert waits == [50, 0.01]
    server.answers["/b"] = [Answer(b"", 429, {"Retry-After": "3600"})]
    with pytest.raises(
        DataError, match="/b: answered 429 Too Many Requests and asks to wait 3,600 s; run this"
    ):
        download(f"{server.url}/b", tmp_path / "b")


@pytest.mark.parametrize(
    ("answer", "tries", "words"),
    [
        (Answer(b"", 404), 1, "answered 404 Not Found, expected the file; look for"),
        (Answer(b"", 403), 1, "answered 403 Forbidden"),
        (Answer(b"", 202), 1, "answered 202 Accepted, a check for robots instead of the file; try again"),
        (Answer(b"", 302, {"Location": "/a"}), 11, "more than 10 redirects"),
        (Answer(b"", 500), 4, "answered 500 Internal Server Error, tried 4 times; check the network"),
        (Answer(BODY, cut=0), 4, "no connection, or cut off after 0 bytes, tried 4 times"),
        (Answer(BODY, pause=0.3), 4, r"no answer within 0.1 s, tried 4 times"),
        (Answer(BODY[:-1]), 1, "99,999 bytes, expected 100,000"),
        (Answer(BODY + b"more", length=False), 1, "more than 100,000 bytes, expected 100,000"),
        (Answer(BODY[:-1], length=False, ranges=False), 4, "cut off after 99,999 of 100,000 bytes"),
        (Answer(BODY[:-1], length=False), 4, "another part of the file than asked for, tried"),
    ],
)
def test_lasting_troubles_are_given_up(
    server: Server, root: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, tries: int, words: str
) -> None:
    monkeypatch.setattr(fetch_http, "TIMEOUT", 0.1)
    address = server.publish({"a.zip": BODY})
    server.answers["/a"] = [answer]
    server.answers["/articles/1"][0].body = server.answers["/articles/1"][0].body.replace(b"/files/0", b"/a")
    refused(address, root, rf"{server.url}/a: .*{words}")
    assert len(server.asked("/a")) == tries


def test_nobody_there_is_said(server: Server, root: Path) -> None:
    refused(
        "http://127.0.0.1:9/articles/1",
        root,
        r"127.0.0.1:9/articles/1: no connection, .*tried 4 times; check",
    )


def test_a_redirect_to_the_file_is_followed(server: Server, root: Path, records: dict[str, bytes]) -> None:
    address = server.publish(one_zip(records))
    body = server.answers["/files/0"][0].body
    server.answers["/files/0"] = [Answer(b"", 302, {"Location": f"{server.url}/store?signed=1"})]
    server.answers["/store?signed=1"] = [Answer(body, cut=len(body) // 2), Answer(body)]
    assert len(CoatingVision(fetch_coatings(address))) == 12
    assert "Range" in server.asked("/store?signed=1")[1]


# ---- archives


def hostile_zip(name: str, mode: int = stat.S_IFREG) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("segmentation/images/a.jpg", b"")
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, (mode | 0o644) << 16
        archive.writestr(info, b"/etc/passwd")
    return buffer.getvalue()


def hostile_tar(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.zip", hostile_zip("../evil"), "member '../evil' would leave the folder"),
        ("a.zip", hostile_zip("x/../../evil"), "member 'x/../../evil' would leave the folder"),
        ("a.zip", hostile_zip("..\\evil"), "would leave the folder"),
        ("a.zip", hostile_zip("/evil"), "member '/evil' would leave the folder"),
        ("a.zip", hostile_zip("C:evil"), "member 'C:evil' would leave the folder"),
        ("a.zip", hostile_zip("link", stat.S_IFLNK), "member 'link' is a link or a device"),
        ("a.zip", hostile_zip("device", stat.S_IFBLK), "member 'device' is a link or a device"),
        ("a.zip", hostile_zip("./segmentation/images/a.jpg"), "is in it twice"),
        ("a.zip", hostile_zip("segmentation/images/a.jpg/b"), r"a.jpg: .*, expected to write there"),
        ("a.tgz", hostile_tar("../evil"), "member '../evil' would leave the folder"),
        ("a.tgz", hostile_tar("/evil"), "member '/evil' would leave the folder"),
        ("a.tgz", hostile_tar("link", tarfile.SYMTYPE), "member 'link' is a link or a device"),
        ("a.tgz", hostile_tar("link", tarfile.LNKTYPE), "member 'link' is a link or a device"),
        ("a.tgz", hostile_tar("pipe", tarfile.FIFOTYPE), "member 'pipe' is a link or a device"),
        ("a.zip", BODY, "a.zip: damaged or not an archive"),
        ("a.tar.gz", BODY, "a.tar.gz: damaged or not an archive"),
        ("a.zip", zipped({"a": BODY})[:50_000], "a.zip: damaged or not an archive"),
        ("a.tgz", tarred({"a": BODY})[:50_000], "a.tgz: damaged or not an archive"),
        ("a.zip", zipped({"a": BODY}).replace(BODY[:9], b"other byt"), r"a.zip: damaged .*CRC"),
    ],
    ids=lambda value: "content" if isinstance(value, bytes) else None,  # gzip stores the time of day
)
def test_a_hostile_or_damaged_archive_is_refused(
    server: Server, root: Path, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    refused(server.publish({name: content}), root, words)
    assert not list(tmp_path.rglob("*evil*")) and not Path("/evil").exists()


def test_a_bomb_is_refused(
    server: Server, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(3_000_000))
    refused(
        server.publish({"a.zip": buffer.getvalue()}), root, "a.zip: 3.0 MB unpacked, .*decompression bomb"
    )
    lying = bytearray(buffer.getvalue())  # its listing, at its end, says 1,000 bytes
    place = lying.index(b"PK\x01\x02") + 24
    lying[place : place + 4] = (1000).to_bytes(4, "little")
    refused(server.publish({"b.zip": bytes(lying)}), root, "b.zip: damaged or not an archive")
    (tmp_path / "c.zip").write_bytes(zipped({"a": BODY}))
    free = shutil.disk_usage(tmp_path)._replace(free=9)
    monkeypatch.setattr("cvlib.data.archives.shutil.disk_usage", lambda folder: free)
    with pytest.raises(DataError, match=r"0\.0 MB free, expected room for 0\.1 MB"):
        unpack(tmp_path / "c.zip", tmp_path / "to")


# ---- repositories, checked by a manifest


@pytest.fixture
def tiles() -> dict[str, bytes]:
    files = {}
    for number, category in enumerate(("Blowhole", "Break", "Crack", "Fray", "Free", "Uneven")):
        for ending, form in (("jpg", "JPEG"), ("png", "PNG")):
            buffer = io.BytesIO()
            Image.new("L", (30, 20)).save(buffer, form)
            files[f"MT_{category}/Imgs/exp1_num_{number}0001.{ending}"] = buffer.getvalue() + bytes([number])
    return files


@pytest.fixture
def repository(server: Server, tmp_path: Path, tiles: dict[str, bytes]) -> Any:
    """A function that serves files as GitHub does, with the manifest of the tiles."""
    from cvlib.data.fetch import Repository

    manifest = tmp_path / "tiles.sha256"
    manifest.write_text(
        "".join(f"{hashlib.sha256(tiles[name]).hexdigest()} {len(tiles[name]):8d} {name}\n" for name in tiles)
    )

    def serve(files: dict[str, bytes]) -> Repository:
        top = "Magnetic-tile-defect-datasets.-cc4eb53"
        held = {f"{top}/{name}": body for name, body in files.items()}
        server.answers["/zip/cc4eb53"] = [Answer(zipped(held), length=False, tag='W/"1"')]
        return Repository("tiles", "free", f"{server.url}/zip/cc4eb53", manifest)

    return serve


def test_a_repository_is_taken_by_its_manifest(root: Path, tiles: dict[str, bytes], repository: Any) -> None:
    said: list[str] = []
    more = tiles | {"README.md": b"#", "MT_Free/Imgs/Thumbs.db": b"", ".gitignore": b""}
    place = fetch("magnetic-tile", said.append, repository(more))
    found = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    assert found == set(tiles)
    assert said == [
        "magnetic-tile: tiles; 12 files, 0.0 MB; licence: free",
        f"magnetic-tile: whole, in {place}",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"MT_Break/Imgs/exp1_num_10001.png": None},
            "1 of 12 files .* MT_Break/Imgs/exp1_num_10001.png is missing",
        ),
        (
            {"MT_Break/Imgs/exp1_num_10001.png": b"x", "MT_Free/Imgs/exp1_num_40001.jpg": None},
            "2 of 12 files are not the expected ones, first MT_Break/Imgs/exp1_num_10001.png differs; its",
        ),
        (
            {"MT_Free/Imgs/exp1_num_40001.jpg": bytes(90_000)},
            "magnetic-tile.zip: 0.1 MB unpacked, expected at",
        ),
        ({"../evil": b""}, "member '.*/../evil' would leave the folder"),
    ],
)
def test_a_changed_repository_is_refused(
    server: Server,
    root: Path,
    tiles: dict[str, bytes],
    repository: Any,
    change: dict[str, bytes | None],
    words: str,
) -> None:
    changed = {name: body for name, body in (tiles | change).items() if body is not None}
    with pytest.raises(DataError, match=words):
        fetch("magnetic-tile", lambda line: None, repository(changed))
    assert not (root / "magnetic-tile").exists()
    fetch("magnetic-tile", lambda line: None, repository(tiles))  # nothing wrong is left behind
    assert (root / "magnetic-tile").exists()


def test_the_manifests_name_every_file_once() -> None:
    from cvlib.data.fetch import REMOTES, Repository, _read_manifest

    counts = {}
    for name, remote in REMOTES.items():
        if isinstance(remote, Repository):
            manifest = _read_manifest(remote.manifest)
            assert len(manifest) == len(remote.manifest.read_text().splitlines())
            assert all(re.fullmatch("[0-9a-f]{64}", sha256) and size for sha256, size in manifest.values())
            counts[name] = len(manifest)
    assert counts == {"magnetic-tile": 2 * 1344, "crack-forest": 155 + 118}


# ---- the place it goes to


def test_a_full_disk_is_said_and_cleared(
    server: Server, root: Path, monkeypatch: pytest.MonkeyPatch, records: dict[str, bytes]
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    address = server.publish(one_zip(records))
    for function in ("archives.shutil.copyfileobj", "fetch_http.ResumingDownloader._note_tag"):
        with monkeypatch.context() as patch:
            patch.setattr(f"cvlib.data.{function}", full)
            refused(
                address, root, "coatingvision: .*root: No space left on device, expected to write .*make room"
            )
        assert [path.name for path in (root / ".partial").iterdir()] == ["coatingvision.lock"]
    assert len(CoatingVision(fetch_coatings(address))) == 12


def test_a_folder_that_cannot_be_made_is_said(server: Server, root: Path) -> None:
    root.write_text("a file")
    with pytest.raises(DataError, match=r"coatingvision: .*root.*: Not a directory, expected to write there"):
        fetch_coatings(server.publish({}))


def test_stopped_in_the_middle_nothing_is_seen_and_the_next_call_goes_on(
    server: Server, root: Path, monkeypatch: pytest.MonkeyPatch, records: dict[str, bytes]
) -> None:
    address = server.publish(one_zip(records))
    body = server.answers["/files/0"][0].body

    received = [0]

    def stop_half_way(bar: object, count: int) -> None:
        received[0] += count
        if received[0] > len(body) / 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cvlib.data.fetch_http.tqdm.update", stop_half_way)
        with pytest.raises(KeyboardInterrupt):
            fetch_coatings(address)
    assert [path.name for path in root.iterdir()] == [".partial"]
    assert len(CoatingVision(fetch_coatings(address))) == 12
    begin = int(server.asked("/files/0")[1]["Range"][6:-1])
    assert 0 < begin < len(body)


def test_leftovers_of_a_kill_do_no_harm(server: Server, root: Path, records: dict[str, bytes]) -> None:
    partial = root / ".partial/coatingvision"
    for file in (
        "unpacked/segmentation/images/half.jpg",
        "unpacked/.part/x",
        "downloads/tmpabc",
        "answer.json",
    ):
        (partial / file).parent.mkdir(parents=True, exist_ok=True)
        (partial / file).write_bytes(b"half")
    (partial / "downloads/Data.zip").write_bytes(b"wrong")
    place = fetch_coatings(server.publish(one_zip(records)))
    assert len(CoatingVision(place)) == 12 and not partial.exists()


def test_the_second_of_two_at_once_says_so(server: Server, root: Path) -> None:
    (root / ".partial").mkdir(parents=True)
    with FileLock(root / ".partial/coatingvision.lock"):
        refused(
            server.publish({}), root, "coatingvision: another process is fetching it; wait until it is done"
        )


def test_the_command_says_what_it_does(
    server: Server, root: Path, monkeypatch: pytest.MonkeyPatch, records: dict[str, bytes]
) -> None:
    from cvlib.data.fetch import REMOTES

    monkeypatch.setitem(REMOTES, "coatingvision", Figshare(server.publish(one_zip(records))))
    first, again = (CliRunner().invoke(command, ["fetch", "coatingvision"]).output for _ in range(2))
    assert re.fullmatch(
        rf"coatingvision: .* licence: CC BY 4.0\ncoatingvision: whole, in {root}/coatingvision\n", first
    )
    assert again.startswith(f"coatingvision: already in {root}/coatingvision")
    with pytest.raises(
        DataError, match="'cifar' cannot be fetched, expected one of coatingvision, magnetic-tile"
    ):
        fetch("cifar")
