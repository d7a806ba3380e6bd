"""The reader of CrackForest: with made-up files always, with the real ones where they are."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from cvlib.data import CoatingVision, CrackForest, check, data_root, open_dataset, write
from cvlib.data.crack_forest import OVERLAPPING
from cvlib.errors import DataError

LABELS = np.array([[1, 2, 3, 4, 1]] * 4, np.uint8)


def save(path: Path, labels: object, name: str = "groundTruth", field: str = "Segmentation") -> None:
    scipy.io.savemat(path, {name: {field: labels, "Boundaries": LABELS > 1}}, do_compression=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three annotated images, two of one place, and two without annotation."""
    folder = tmp_path / "crack-forest"
    for name in ("image", "groundTruth"):
        (folder / name).mkdir(parents=True)
    for name in ("001", "002", "095", "201", "202"):
        Image.new("RGB", (5, 4), (90, 80, 70)).save(folder / f"image/{name}.jpg")
        if name < "200":
            save(folder / f"groundTruth/{name}.mat", LABELS)
    return folder


def test_cracks_fill_the_channel_of_surface_cracks(root: Path) -> None:
    data = CrackForest(root)
    assert data.frames["name"].tolist() == ["001", "002", "095"]
    assert data.frames["clip"].tolist() == [0, 1, 0]
    assert data.mask(0)[0, :, 0].tolist() == [False, True, False, True, False]
    assert not data.mask(0)[..., 1:].any()
    assert data.image(2).shape == (4, 5, 3)
    assert "2 of 5 images have no annotation and are left out." in data.remarks


def test_it_is_opened_by_name_and_survives_writing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVLIB_DATA", str(root.parent))
    data = open_dataset("crack-forest")
    assert check("crack-forest") == []
    write(data, root.parent / "out", progress=False)
    read = CoatingVision(root.parent / "out")
    assert all(np.array_equal(read.mask(index), data.mask(index)) for index in range(3))
    assert read.frames["name"].tolist() == data.frames["name"].tolist()
    before = data.fingerprint()
    save(root / "groundTruth/002.mat", LABELS[:, ::-1])
    assert open_dataset("crack-forest").fingerprint() != before


def matrix(inner: bytes) -> bytes:
    """A MATLAB file with a head and one plain element."""
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x100) + b"IM"
    return head + struct.pack("<II", 14, len(inner)) + inner


def nested(levels: int) -> bytes:
    """Cell arrays within each other, packed as the published files are; SciPy crashes on 20,000 levels."""
    cell = struct.pack("<IIIIIIiiII", 6, 8, 1, 0, 5, 8, 1, 1, 1, 0)
    inner = b"".join(struct.pack("<II", 14, 48 * left + 40) + cell for left in reversed(range(levels)))
    head = struct.pack("<IIIIIIiiII", 6, 8, 1, 0, 5, 8, 1, 1, 1, 11) + b"groundTruth".ljust(16, b"\0")
    packed = zlib.compress(struct.pack("<II", 14, len(head) + len(inner)) + head + inner)
    return matrix(b"")[:128] + struct.pack("<II", 15, len(packed)) + packed


def bomb() -> bytes:
    packed = zlib.compress(bytes(50_000_000))
    return matrix(b"")[:128] + struct.pack("<II", 15, len(packed)) + packed


def old() -> bytes:
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, {"groundTruth": LABELS}, format="4")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes, expected a MATLAB file"),
        (b"not MATLAB", "damaged, or not a MATLAB file with groundTruth.Segmentation"),
        (b"MATLAB 7.3 MAT-file, HDF5".ljust(600), "damaged, or not a MATLAB file"),
        (old(), "damaged, or not a MATLAB file"),
        (matrix(b""), "damaged, or not a MATLAB file"),
        (
            matrix(struct.pack("<II", 14, 8) * 500_000),
            "damaged, or not a MATLAB file",
        ),  # nested: SciPy crashes
        (bomb(), "damaged, or not a MATLAB file"),
        (nested(8_000), "damaged, or not a MATLAB file"),
        (nested(20_000), "damaged, or not a MATLAB file"),
    ],
)
def test_other_files_are_refused(root: Path, content: bytes, words: str) -> None:
    (root / "groundTruth/002.mat").write_bytes(content)
    with pytest.raises(DataError, match=f"groundTruth/002.mat: {words}") as caught:
        CrackForest(root).mask(1)
    assert [str(finding) for finding in check(CrackForest(root))] == [str(caught.value)]


@pytest.mark.parametrize(
    "labels",
    [
        LABELS * 2,
        LABELS + np.nan,
        LABELS + 0.5,
        LABELS + 1j,
        LABELS[..., None].repeat(2, 2),
        "text",
        np.array([[1, "x"]], object),
        np.zeros((0, 0)),
    ],
)
def test_other_labels_are_refused(root: Path, labels: object) -> None:
    save(root / "groundTruth/002.mat", labels)
    with pytest.raises(DataError, match=r"groundTruth/002.mat: (Segmentation is not a table of|mask of 0 x)"):
        CrackForest(root).mask(1)


def test_another_variable_field_or_size_is_refused(root: Path) -> None:
    path = root / "groundTruth/002.mat"
    for names in ({"name": "truth"}, {"field": "Labels"}):
        save(path, LABELS, **names)
        with pytest.raises(DataError, match="not a MATLAB file with groundTruth"):
            CrackForest(root).mask(1)
    save(path, LABELS.T)
    with pytest.raises(DataError, match=r"002\.mat: mask of 5 x 4 pixels, its image has 4 x 5"):
        CrackForest(root).mask(1)
    save(path, LABELS.astype(float))
    assert CrackForest(root).mask(1).any()


def test_an_annotation_without_image_and_a_missing_folder_are_refused(root: Path) -> None:
    (root / "image/002.jpg").unlink()
    with pytest.raises(DataError, match=r"groundTruth/002.mat: no photograph image/002.jpg"):
        CrackForest(root)
    (root / "groundTruth").rename(root / "truth")
    with pytest.raises(DataError, match="no folder groundTruth in it"):
        CrackForest(root)


@pytest.fixture(scope="module")
def real() -> CrackForest:
    folder = data_root() / "crack-forest"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: set CVLIB_DATA to the folder that holds crack-forest")
    return CrackForest(folder)


def test_the_real_one(real: CrackForest) -> None:
    assert len(real) == 118 and "37 of 155 images have no annotation and are left out." in real.remarks
    masks = np.array([real.mask(index)[..., 0] for index in range(len(real))])
    assert masks.shape == (118, 320, 480) and masks.sum() == 292_885 + 1_352
    assert masks.any(axis=(1, 2)).all()
    assert real.frames["clip"].nunique() == 118 - sum(len(group) - 1 for group in OVERLAPPING) == 105
    assert check(real) == []
