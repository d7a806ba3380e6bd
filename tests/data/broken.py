"""Ways to break a folder, drawn by hypothesis: each takes the folder and changes one file of it."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st
from PIL import Image

Break = Callable[[Path], None]
Edit = Callable[[bytes], bytes]

SHARE = st.integers(0, 999)  # a place in a file or among files, in thousandths
ODD = st.sampled_from(
    [
        "",
        " ",
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "1e400",
        "-1",
        "-0",
        "2",
        "1.0",
        "1_0",
        "9" * 25,
        "9" * 5000,
        "0x1",
        "٣",
        "½",
        "é",
        "\u2028",
        "\x85",
        "\x0c",
        "\x00",
        "\x1b[31m",
        "\ufeff",
        "\U0001f600",
        '"',
        "'",
        ",",
        "\n",
        "\r",
        "\t",
        ";",
        "image_1",
        "image_1.jpg",
        "../image_1.jpg",
        "true",
        "null",
        "a" * 200_000,
        "{",
        "[[[[",
    ]
)
NAMES = st.one_of(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.sampled_from(["image_01.jpg", "image_1.JPG", "image_1.jpeg", "image_1", ".jpg", "９.png", "a\nb.jpg"]),
    st.sampled_from(
        ["exp1_num_" + "9" * 99 + ".jpg", "exp1_num_9.png", "exp٣_num_٣.jpg", "001.MAT", "x.txt"]
    ),
    st.just(os.fsdecode(b"\xff\xfe.jpg")),
    st.just(os.fsdecode(b"\xff\xfe.png")),
)


def place(content: bytes, share: int) -> int:
    return len(content) * share // 1000


def flipped(content: bytes, share: int, bits: int) -> bytes:
    if not content:
        return content
    at = place(content, share)
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


def inserted(content: bytes, share: int, more: bytes) -> bytes:
    at = place(content, share)
    return content[:at] + more + content[at:]


def field_replaced(content: bytes, share: int, odd: str) -> bytes:
    """One field between separators becomes something odd."""
    for separator in (b",", b" ", b":"):
        fields = content.split(separator)
        if len(fields) > 1:
            fields[len(fields) * share // 1000] = odd.encode()
            return separator.join(fields)
    return content + odd.encode()


def line_moved(content: bytes, share: int, times: int) -> bytes:
    """One line disappears or is there again; no times, or two or three."""
    lines = content.splitlines(keepends=True) or [b""]
    at = len(lines) * share // 1000
    return b"".join([*lines[:at], *[lines[at]] * times, *lines[at + 1 :]])


def resaved(content: bytes, mode: str, size: tuple[int, int], kind: str) -> bytes:
    """The picture in another mode, size or format; what is none stays."""
    try:
        image = Image.open(io.BytesIO(content)).convert(mode).resize(size, Image.Resampling.NEAREST)
        buffer = io.BytesIO()
        image.save(buffer, kind)
    except (OSError, ValueError):
        return content
    return buffer.getvalue()


BYTES = st.one_of(
    st.builds(lambda share, bits: lambda content: flipped(content, share, bits), SHARE, st.integers(1, 255)),
    st.builds(lambda share: lambda content: content[: place(content, share)], SHARE),
    st.builds(
        lambda share, more: lambda content: inserted(content, share, more), SHARE, st.binary(max_size=9)
    ),
    st.builds(lambda new: lambda content: new, st.binary(max_size=40)),
    st.builds(
        lambda mode, size, kind: lambda content: resaved(content, mode, size, kind),
        st.sampled_from(["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "I;16", "I", "F"]),
        st.sampled_from([(32, 24), (24, 32), (1, 1), (300, 2)]),
        st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP"]),
    ),
)
TEXT = st.one_of(
    st.builds(lambda share, odd: lambda content: field_replaced(content, share, odd), SHARE, ODD),
    st.builds(lambda share, odd: lambda content: inserted(content, share, odd.encode()), SHARE, ODD),
    st.builds(
        lambda share, times: lambda content: line_moved(content, share, times),
        SHARE,
        st.sampled_from([0, 2, 3]),
    ),
    st.sampled_from(
        [
            lambda content: content.replace(b"\n", b"\r\n"),
            lambda content: content.replace(b"\n", b"\r"),
            lambda content: content.replace(b"\n", b"\n\n \n"),
            lambda content: b"\xef\xbb\xbf" + content,
            lambda content: content.decode("latin-1").encode("utf-16"),
            lambda content: b"",
            lambda content: content + content,
        ]
    ),
)


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def rewritten(edit: Edit, share: int, endings: tuple[str, ...]) -> Break:
    """Change the content of one file; other hard links to it keep theirs."""

    def act(folder: Path) -> None:
        files = [path for path in files_of(folder) if path.suffix in endings]
        if files:
            path = files[len(files) * share // 1000]
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(edit(content))

    return act


def relaid(way: str, name: str, share: int, other: int) -> Break:
    """Rename, move or remove a file or folder, or put something else in its place."""

    def act(folder: Path) -> None:
        paths = sorted(folder.rglob("*"))
        path, target = paths[len(paths) * share // 1000], paths[len(paths) * other // 1000]
        if way == "rename" and len(os.fsencode(name)) < 250 and not (path.parent / name).exists():
            path.rename(path.parent / name)
        elif way == "move" and path.is_file() and target.is_file() and path != target:
            path.replace(target)
        elif way == "into" and path.is_file() and target.is_dir():
            path.replace(target / path.name)
        elif way in ("remove", "folder", "link"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            if way == "folder":
                path.mkdir()
            if way == "link":
                path.symlink_to("nowhere")

    return act


BREAKS: st.SearchStrategy[Break] = st.one_of(
    st.builds(rewritten, BYTES, SHARE, st.just((".jpg", ".png", ".mat"))),
    st.builds(rewritten, BYTES, SHARE, st.just((".png", ".csv", ".json", ".txt", ".mat"))),
    st.builds(rewritten, TEXT, SHARE, st.just((".csv", ".json", ".txt"))),
    st.builds(rewritten, TEXT, SHARE, st.just((".txt",))),
    st.builds(
        relaid, st.sampled_from(["rename", "move", "into", "remove", "folder", "link"]), NAMES, SHARE, SHARE
    ),
)
