"""What a network makes of regions: stored heatmaps, and their scores with the plainest decoding."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from cvlib.data.files import write_bytes
from cvlib.errors import UserError
from cvlib.localize.heatmap import Method, decode
from cvlib.localize.peaks import peaks
from cvlib.localize.roi import Roi
from cvlib.measure import points as measure
from cvlib.measure.plates import corrected
from cvlib.runs import Run

HEATMAPS = "heatmaps.npz"

REACH_PX = 6.0
"""A peak farther than this from every plate end is none of theirs: about half the way to the next end of its
polarity."""

APART = 2.0
"""Cells; of two peaks of one polarity that are closer, only the higher one counts."""


@dataclass(frozen=True)
class Scored:
    """The N images of one part, and what a network made of them.

    Attributes
    ----------
    names, positions
        (N,) of the images, and where they stand in the data set.
    groups
        (N,) which of them show one cell: what intervals resample.
    um_per_px
        (N,) scale, NaN where unknown.
    rois
        (N, 4) left, top, right, bottom of each region of interest.
    truth, labels
        (N, K, 2) px in the image: plate ends, and the labels of them, which are the same unless annotation
        noise was put in. Images with fewer ends than K are filled up with NaN.
    positive
        (N, K) bool.
    heatmaps
        (N, C, h, w) float16.
    size
        (2,) height and width of the network's input.
    sigma
        Of the Gaussians learned, cells.
    """

    names: np.ndarray
    positions: np.ndarray
    groups: np.ndarray
    um_per_px: np.ndarray
    rois: np.ndarray
    truth: np.ndarray
    labels: np.ndarray
    positive: np.ndarray
    heatmaps: np.ndarray
    size: np.ndarray
    sigma: float

    def __len__(self) -> int:
        return len(self.names)

    @property
    def any_number(self) -> bool:
        """Whether there is a heatmap per polarity, not per end."""
        return self.heatmaps.shape[1] == 2 != self.truth.shape[1]

    @property
    def reference(self) -> np.ndarray:
        """(N,) the diagonal of each region, px: the reference distance of NME, PCK and PCS."""
        return np.array([Roi(*roi).diagonal for roi in self.rois])

    def predicted(self, method: Method) -> tuple[np.ndarray, np.ndarray]:
        """Points (N, K, 2) in px of the image and their confidence (N, K), of networks with K heatmaps."""
        found = decode(self.heatmaps.astype(np.float32), method, self.sigma)
        return self._in_images(found.points), found.confidence

    def found(self, method: Method) -> list[tuple[np.ndarray, np.ndarray]]:
        """Negative and positive ends (n, 2) of each image, of networks with a heatmap per polarity."""
        found = []
        for roi, maps in zip(self.rois, self.heatmaps.astype(np.float32), strict=True):
            both = peaks(maps, apart=APART, method=method, sigma=self.sigma)
            size = (int(self.size[0]), int(self.size[1]))
            negative, positive = (Roi(*roi).to_image(each.points, size) for each in both)
            found.append((negative, positive))
        return found

    def ends(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The true negative and positive ends of each image."""
        pairs = []
        for points, positive in zip(self.truth, self.positive, strict=True):
            present = np.isfinite(points[:, 0])
            pairs.append((points[present & ~positive], points[present & positive]))
        return pairs

    def _in_images(self, points: np.ndarray) -> np.ndarray:
        size = (int(self.size[0]), int(self.size[1]))
        return np.stack([Roi(*roi).to_image(own, size) for roi, own in zip(self.rois, points, strict=True)])


def save(parts: Mapping[str, Scored], folder: Path) -> None:
    """Write ``heatmaps.npz`` into the folder of a run."""
    arrays = {
        f"{part}.{field.name}": np.asarray(getattr(scored, field.name))
        for part, scored in parts.items()
        for field in fields(scored)
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_bytes(folder / HEATMAPS, buffer.getvalue())


def load(run: Run) -> dict[str, Scored]:
    """What ``save`` wrote, by part; UserError if the file is missing or damaged."""
    path = run.path(HEATMAPS)
    try:
        with np.load(io.BytesIO(path.read_bytes())) as stored:
            arrays = {name: stored[name] for name in stored.files}
        names = [field.name for field in fields(Scored)]
        found = {}
        for part in ("validation", "test"):
            values = {name: arrays[f"{part}.{name}"] for name in names}
            found[part] = Scored(**values | {"sigma": float(values["sigma"])})
        return found
    except Exception as error:  # zipfile, zlib and NumPy raise whatever they meet
        reason = " ".join(str(error).split())
        message = f"{path}: damaged ({reason}); drop the run with cvlib runs prune {run.id}"
        raise UserError(f"{message} and train it again") from None


def summary(tested: Scored) -> dict[str, Any]:
    """Scores as ``metrics.json`` holds them: of the network alone, before any correction."""
    if tested.any_number:
        return {"any number": _counted(tested)}
    return {method: _scores(tested, method) for method in ("quarter", "dark")}


def _scores(tested: Scored, method: Method) -> dict[str, float]:
    errors = measure.errors(tested.predicted(method)[0], tested.truth, tested.reference)
    nme = measure.nme(errors, missing="reference")
    pck, pcs = measure.pck, measure.pcs
    shares = {f"{name}{at}": score(errors, at) for name, score in (("pck", pck), ("pcs", pcs))
              for at in measure.PERCENTS}  # fmt: skip
    return {"nme": nme, **shares, "missing": errors.missing}


def _counted(tested: Scored) -> dict[str, float]:
    # Counts need no scale, which is not known of all images.
    found = corrected(tested.found("dark"), tested.ends(), tested.groups, REACH_PX, um_per_px=1)
    return {"both_counts_right": found.both_count_accuracy.value}


def in_words(metrics: Mapping[str, Any]) -> str:
    """What ``metrics.json`` holds, in a line."""
    images = f"{metrics['images']['test']} test images"
    if "any number" in metrics:
        return f"both counts right in {metrics['any number']['both_counts_right']:.3f} of {images}"
    told = [
        f"{method} NME {own['nme']:.3f} %, PCK@.5 {own['pck0.5']:.3f}, PCS@.5 {own['pcs0.5']:.3f}"
        for method, own in ((name, metrics[name]) for name in ("quarter", "dark"))
    ]
    return f"{'; '.join(told)}; {images}"
