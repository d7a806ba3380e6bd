"""What the correction's measurements are worth for the network of a run, kept with the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cvlib.data.files import read_bytes, write_bytes
from cvlib.data.xrays import Xrays
from cvlib.errors import DataError, UserError
from cvlib.localize.calibration import Calibration
from cvlib.localize.corrections import Pictures, calibrated
from cvlib.localize.heatmap import Method
from cvlib.localize.scoring import REACH_PX, Scored
from cvlib.localize.stack import stack_of
from cvlib.measure.matching import match
from cvlib.runs import Run

FILE = "calibration.json"


def calibration_of(data: Xrays, scored: Scored, method: Method = "dark") -> Calibration:
    """Learn it from what the network made of validation images.

    A network with a heatmap per polarity gives no order: its points are put into that of the stack, and
    matched to labels; a point that matches none is left out.

    Parameters
    ----------
    data
        The X-rays that ``scored.positions`` count.
    scored
        Of the validation images.
    method
        How heatmaps are decoded.

    Raises
    ------
    DataError
        There are too few plate ends to calibrate on.
    """
    predicted, labelled, positive = zip(*_pairs(scored, method), strict=True)
    return calibrated(Pictures.of(data, scored.positions), predicted, labelled, positive)


def save(data: Xrays, scored: Scored, folder: Path) -> None:
    """Write ``calibration.json`` into the folder of a run; nothing where too little was found."""
    try:
        found = calibration_of(data, scored)
    except DataError:
        (folder / FILE).unlink(missing_ok=True)
        return
    write_bytes(folder / FILE, (found.to_json() + "\n").encode())


def load(run: Run) -> Calibration | None:
    """What ``save`` wrote, None where it wrote nothing; UserError if the file is damaged."""
    path = run.folder / FILE
    if not path.exists():
        return None
    try:
        return Calibration.from_json(read_bytes(path).decode())
    except (DataError, UnicodeDecodeError) as error:
        message = f"{path}: damaged ({error}); drop the run with cvlib runs prune {run.id}"
        raise UserError(f"{message} and train it again") from None


def _pairs(scored: Scored, method: Method) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Points (K, 2), labels (K, 2) and polarity (K,) of each image."""
    if not scored.any_number:
        return list(zip(scored.predicted(method)[0], scored.labels, scored.positive, strict=True))
    pairs = []
    for found, labels, positive in zip(scored.found(method), scored.labels, scored.positive, strict=True):
        points, kind, *_ = stack_of(*found)
        matched = np.full_like(points, np.nan)
        for which in (False, True):
            mine = np.flatnonzero((kind == which) & np.isfinite(points).all(axis=1))
            own = labels[(positive == which) & np.isfinite(labels).all(axis=1)]
            rows, columns = match(points[mine], own, REACH_PX)
            matched[mine[rows]] = own[columns]
        pairs.append((points, matched, kind))
    return pairs
