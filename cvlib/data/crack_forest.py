"""Photographs of road cracks (CrackForest, CFD): the row CFD of paper 1's Table 1, its reference [18]."""

from __future__ import annotations

import hashlib
import io
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from cvlib.data.dataset import Dataset
from cvlib.data.files import image_size, read_bytes, read_image, refuse_size
from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.data.layout import by_number, child, files_in, show
from cvlib.defects import CLASSES

LABELS: dict[int, str] = {1: "pavement", 2: "crack", 3: "pavement enclosed by cracks", 4: "faint crack"}
"""What the values of ``Segmentation`` mean. Nothing that comes with the data says so; found by looking.

1 and 2 stand in all 118 files. 3 stands in 22: it fills the meshes of the cracks (of 76 patches 75 touch a
crack, 61 nothing else), as bright as the pavement around: sound, though often counted as crack (``> 1``), of
which it would be 29 %. 4 stands in 5 files, 1,352 pixels: thin lines apart from the others, darker than their
surroundings by 7 to 20 of 255 grey levels where cracks are by 25 to 36. ``Boundaries`` holds the outlines."""

CRACK = (2, 4)
"""Values that go to the channel of surface cracks."""

OVERLAPPING = (
    ("001", "095"),
    ("004", "008"),
    ("012", "013"),
    ("016", "028"),
    ("020", "090"),
    ("034", "102"),
    ("038", "103"),
    ("064", "067", "115"),
    ("066", "114"),
    ("073", "109"),
    ("075", "077"),
    ("084", "085"),
)
"""Annotated images that show the same piece of road, turned, moved or nearer.

Found by matching SIFT points of all pairs under a similarity, then by correlating the two images laid over
each other with their shading removed (.29 to .81 for these), and by looking at each. Pieces that overlap by
less than a tenth may have been missed."""

_LARGEST = 400_000
"""Bytes of an unpacked ground-truth file (they hold 307,424): more could fill the memory, and SciPy's reader
crashes on arrays nested twenty thousand times, which take about a million."""


class CrackForest(Dataset):
    """CrackForest: 118 annotated photographs of urban roads of 480 x 320 pixels.

    Y. Shi, L. Cui, Z. Qi, F. Meng and Z. Chen, IEEE Trans. Intell. Transp. Syst. 17(12), 3434-3445 (2016),
    and L. Cui, Z. Qi, Z. Chen, F. Meng and Y. Shi, Int. Conf. Data Science, 95-102 (2015); the authors of the
    data ask to cite them, and allow non-commercial research only. Not part of this package.

    Parameters
    ----------
    root
        The folder that holds ``image/NNN.jpg`` and ``groundTruth/NNN.mat``.

    Attributes
    ----------
    frames
        ``name`` (such as 001) and ``clip`` (see ``OVERLAPPING``) of the annotated images.
    remarks
        Also how many images were left out since they have no annotation.

    Raises
    ------
    DataError
        The folder is missing or lacks one of the two folders, or an annotation has no image; later, when a
        record is read, its file is bad.
    """

    name = "crack-forest"
    title = "road cracks (CrackForest)"
    origin = "photographs"
    licence = (
        "non-commercial research only; cite Shi et al. (2016), IEEE Trans. Intell. Transp. Syst. 17(12), "
        "3434-3445, and Cui et al. (2015), Int. Conf. Data Science, 95-102"
    )
    class_titles: Mapping[str, str] = {
        "surface_crack": "road crack",
        "delamination": "none",
        "pinhole": "none",
        "unclassified": "none",
    }

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._images, self._annotations, findings = _find(self.root)
        if findings:
            raise BadFile(findings)
        names = sorted(self._annotations, key=by_number)
        self.frames = pd.DataFrame({"name": names, "clip": places(names)})
        left_out = len(self._images) - len(names)
        self.remarks = (
            "Roads, not coatings: every defect is a crack.",
            f"{left_out} of {len(self._images)} images have no annotation and are left out.",
            "Pavement enclosed by cracks counts as sound, faint cracks as cracks; many papers count both as "
            "cracks.",
            "A clip is one piece of road; pairs of images that share less than a tenth may have been missed.",
        )

    def image(self, index: int) -> np.ndarray:
        """The photograph at a position: (320, 480, 3) uint8, RGB; DataError where its file is bad."""
        path = self.image_file(index)
        return read_image(path, show(path, self.root))

    def image_file(self, index: int) -> Path:
        """The file of the photograph at a position."""
        return self._images[self.frames["name"].iloc[index]]

    def mask(self, index: int) -> np.ndarray:
        """The mask at a position: (320, 480, 4) bool; DataError where its file is bad or of another size."""
        name = self.frames["name"].iloc[index]
        image, path = self._images[name], self._annotations[name]
        labels = read_segmentation(path, show(path, self.root))
        height, width = labels.shape
        refuse_size((height, width), image_size(image, show(image, self.root)), show(path, self.root))
        mask = np.zeros((height, width, len(CLASSES)), bool)
        mask[..., CLASSES.index("surface_crack")] = np.isin(labels, CRACK)
        return mask

    def fingerprint(self) -> str:
        """A SHA-256 over all files of annotated images and the table of frames; reads every file once."""
        digest = hashlib.sha256(self.frames.to_csv(index=False).encode())
        for name in self.frames["name"]:
            for path in (self._images[name], self._annotations[name]):
                digest.update(hashlib.sha256(read_bytes(path, show(path, self.root))).digest())
        return digest.hexdigest()


def _find(root: Path) -> tuple[dict[str, Path], dict[str, Path], list[Finding]]:
    """Images and annotations by name, and what is wrong with how they lie."""
    findings: list[Finding] = []
    found: list[dict[str, Path]] = []
    for kind, ending in (("image", ".jpg"), ("groundTruth", ".mat")):
        known: dict[str, Path] = {}
        found.append(known)
        folder = child(root, kind.lower(), root)
        if folder is None:
            findings.append(
                Finding(str(root), None, f"no folder {kind} in it; unpack the data set there again")
            )
            continue
        for path in files_in(folder, (ending,), root, findings):
            if path.stem in known:
                message = f"the name is taken by {known[path.stem].name}; keep one of them"
                findings.append(Finding(show(path, root), None, message))
            known.setdefault(path.stem, path)
    images, annotations = found
    if images:  # else the folder's own finding says it all
        for name in sorted(annotations.keys() - images.keys(), key=by_number):
            message = f"no photograph image/{name}.jpg; unpack the data set again"
            findings.append(Finding(show(annotations[name], root), None, message))
    return images, annotations, findings


def places(names: list[str]) -> list[int]:
    """Which images show one piece of road: equal numbers, see ``OVERLAPPING``.

    >>> places(["001", "002", "095"])
    [0, 1, 0]
    """
    first = {name: group[0] for group in OVERLAPPING for name in group}
    return pd.factorize(np.array([first.get(name, name) for name in names], object))[0].tolist()


def read_segmentation(path: Path, shown: str | None = None) -> np.ndarray:
    """The labels of one ground-truth file.

    Parameters
    ----------
    path
        A MATLAB 5 file with a structure ``groundTruth`` that has a field ``Segmentation``.
    shown
        How messages call the file; its path where not given.

    Returns
    -------
    (H, W) uint8 with values as in ``LABELS``.

    Raises
    ------
    DataError
        The file is missing, unreadable, cut off, no such MATLAB file, or holds other values.
    """
    import scipy.io  # here, since it takes longer to import than all of this package

    shown = shown or str(path)
    content = read_bytes(path, shown)
    if not content:
        raise bad_file(shown, "0 bytes, expected a MATLAB file; unpack the data set again")
    try:
        _refuse_unsafe(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what SciPy warns of either fails or does not matter here
            variables = scipy.io.loadmat(io.BytesIO(content), variable_names=["groundTruth"])
        labels = np.asarray(variables["groundTruth"]["Segmentation"].item())
    except Exception as error:  # SciPy raises whatever its parser meets
        message = "damaged, or not a MATLAB file with groundTruth.Segmentation; unpack the data set again"
        raise bad_file(shown, message) from error
    if labels.ndim != 2 or labels.dtype.kind not in "uif" or not np.isin(labels, list(LABELS)).all():
        message = f"Segmentation is not a table of {', '.join(map(str, LABELS))}; unpack the data set again"
        raise bad_file(shown, message)
    return labels.astype(np.uint8)


def _refuse_unsafe(content: bytes) -> None:
    """Let only whole, compressed elements through, as all published files hold: they carry a checksum.

    Damaged bytes without one, and deeply nested arrays, make SciPy's reader crash the process. MATLAB 5: a
    head of 128 bytes, then elements behind type (15: compressed) and length.
    """
    if not content.startswith(b"MATLAB 5.0"):
        raise ValueError("not MATLAB 5")
    order: Literal["big", "little"] = "big" if content[126:128] == b"MI" else "little"
    place, size = 128, len(content)
    while place < len(content) and size <= _LARGEST:
        kind = int.from_bytes(content[place : place + 4], order)
        end = place + 8 + int.from_bytes(content[place + 4 : place + 8], order)
        stream = zlib.decompressobj()
        size += len(stream.decompress(content[place + 8 : end], _LARGEST)) if kind == 15 else 0
        if size <= _LARGEST and (kind != 15 or not stream.eof or end > len(content)):
            raise ValueError("an element that is not compressed, or cut off")
        place = end
    if size > _LARGEST:
        raise ValueError("too large")
