"""What is decoded is what Pillow decodes, bit for bit, for every way to store a picture."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from cvlib.data.files import read_grey_png, read_image, read_mask_png
from cvlib.errors import DataError

SIZES = [(1, 1), (17, 33), (64, 48), (321, 239)]
JPEGS: dict[str, dict[str, object]] = {
    "4:4:4": {"subsampling": 0},
    "4:2:2": {"subsampling": 1},
    "4:2:0": {"subsampling": 2},
    "progressive": {"progressive": True},
    "optimised": {"optimize": True, "quality": 30},
    "stored as RGB": {"keep_rgb": True},
    "restart markers": {"restart_marker_rows": 1},
    "with Exif orientation": {
        "exif": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    },
    "with broken Exif": {"exif": b"Exif\0\0II*\0\x08\0\0\0\xff\xff"},
}


def picture(size: tuple[int, int], channels: int) -> np.ndarray:
    """Noise on a slope, so that every filter of PNG and every part of JPEG has work."""
    width, height = size
    noise = np.random.default_rng(width).integers(0, 60, (height, width, channels))
    slope = np.linspace(0, 190, width * height * channels).reshape(noise.shape)
    return (
        (noise + slope).astype(np.uint8).squeeze(axis=2)
        if channels == 1
        else (noise + slope).astype(np.uint8)
    )


def with_pillow(path: Path, mode: str) -> np.ndarray:
    with warnings.catch_warnings(action="ignore"), Image.open(path) as image:  # it warns of broken Exif
        return np.asarray(image.convert(mode))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", JPEGS)
def test_jpeg(tmp_path: Path, size: tuple[int, int], way: str) -> None:
    for channels in (1, 3):
        path = tmp_path / f"{channels}.jpg"
        options = {key: value for key, value in JPEGS[way].items() if channels == 3 or key != "keep_rgb"}
        Image.fromarray(picture(size, channels)).save(path, **options)  # type: ignore[arg-type]
        assert np.array_equal(read_image(path), with_pillow(path, "RGB"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("level", [0, 1, 9])
def test_png(tmp_path: Path, size: tuple[int, int], level: int) -> None:
    for channels in (1, 3):
        path = tmp_path / f"{channels}.png"
        information = PngImagePlugin.PngInfo()
        information.add(b"gAMA", struct.pack(">I", 22222))  # is left alone, as by Pillow
        Image.fromarray(picture(size, channels)).save(path, compress_level=level, pnginfo=information)
        assert np.array_equal(read_image(path), with_pillow(path, "RGB"))
    mask = (np.random.default_rng(1).random((*size, 4)) < 0.3).astype(np.uint8) * 255
    Image.fromarray(mask).save(tmp_path / "mask.png", compress_level=level)
    assert np.array_equal(read_mask_png(tmp_path / "mask.png"), mask)


def png(width: int, height: int, depth: int, colour: int, rows: bytes, interlace: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    packed = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def adam7(pixels: np.ndarray) -> bytes:
    """The rows of an interlaced PNG, unfiltered."""
    passes = [
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ]
    rows = b""
    for top, left, down, across in passes:
        part = pixels[top::down, left::across]
        rows += b"".join(b"\0" + row.tobytes() for row in part if row.size)
    return rows


@pytest.mark.parametrize("size", SIZES)
def test_interlaced_masks(tmp_path: Path, size: tuple[int, int]) -> None:
    mask = (np.random.default_rng(1).random((*size[::-1], 4)) < 0.3).astype(np.uint8) * 255
    (tmp_path / "mask.png").write_bytes(png(*size, 8, 6, adam7(mask), interlace=1))
    assert np.array_equal(read_mask_png(tmp_path / "mask.png"), mask)
    assert np.array_equal(with_pillow(tmp_path / "mask.png", "RGBA"), mask)


def test_sixteen_bits_and_rows_that_are_not_there(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 65536, (9, 7, 3)).astype(">u2")
    (tmp_path / "16.png").write_bytes(png(7, 9, 16, 2, b"".join(b"\0" + row.tobytes() for row in colours)))
    assert np.array_equal(read_image(tmp_path / "16.png"), with_pillow(tmp_path / "16.png", "RGB"))
    (tmp_path / "few.png").write_bytes(png(7, 9, 8, 6, (b"\0" + b"\xff" * 28) * 4))
    assert np.array_equal(read_mask_png(tmp_path / "few.png"), with_pillow(tmp_path / "few.png", "RGBA"))
    (tmp_path / "grey.png").write_bytes(png(7, 9, 16, 0, (b"\0" + b"\1" * 14) * 9))
    for read in (read_image, read_grey_png):
        with pytest.raises(DataError, match="colour mode I;16"):
            read(tmp_path / "grey.png")


def test_every_cut_and_every_flipped_bit_of_a_mask_is_refused(tmp_path: Path) -> None:
    """Pillow skips the checksum of the pixels, so it reads some of these wrongly."""
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((20, 30, 4), np.uint8)).save(buffer, "PNG")
    content, path = buffer.getvalue(), tmp_path / "mask.png"
    for place in range(len(content)):
        broken = bytearray(content)
        broken[place] ^= 1 << place % 8
        for spoilt in (bytes(broken), content[:place]):
            path.write_bytes(spoilt)
            with pytest.raises(DataError, match=r"damaged|not a JPEG|0 bytes|million"):
                read_mask_png(path)


def test_every_cut_of_an_image_is_refused_as_pillow_refuses_it(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture((40, 30), 3)).save(buffer, "JPEG")
    path = tmp_path / "image.jpg"
    for place in range(0, len(buffer.getvalue()), 3):
        path.write_bytes(buffer.getvalue()[:place])
        try:
            expected = with_pillow(path, "RGB")
        except Exception:
            with pytest.raises(DataError, match=r"damaged|not a JPEG|0 bytes"):
                read_image(path)
        else:
            assert np.array_equal(read_image(path), expected)


def test_values_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    for values, words in (
        ((0, 128), "values 128,"),
        ((0, 2), "values 2,"),
        ((254, 255), "values 254,"),
        ((1, 255), "mixed"),
    ):
        Image.fromarray(np.resize(np.array(values, np.uint8), (5, 5, 4))).save(path)
        with pytest.raises(DataError, match=words):
            read_mask_png(path)
    for values in ((0, 1), (1, 1), (0, 255), (255, 255), (0, 0)):
        Image.fromarray(np.resize(np.array(values, np.uint8), (5, 5, 4))).save(path)
        assert sorted(set(read_mask_png(path).ravel())) == sorted(set(values))
