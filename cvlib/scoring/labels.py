"""Predicted image labels: a CSV with a score, or 0 and 1, for each class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cvlib.classify.scoring import Scored
from cvlib.data import Dataset
from cvlib.data.annotations import columns_of, stem
from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.defects import CLASSES
from cvlib.measure.curves import choose_thresholds, roc_auc
from cvlib.scoring.files import lines_of, matched
from cvlib.scoring.images import Chosen
from cvlib.scoring.mistakes import better_reading

MISSING = "add its line, or score fewer images with --split"

THRESHOLD = 0.5
"""At and above which a class counts as predicted when nothing better is known."""


def read_scores(path: Path, chosen: Chosen) -> tuple[dict[str, np.ndarray], list[str]]:
    """The lines of a CSV of predictions.

    Parameters
    ----------
    path
        A first line with the names of the columns, then one line per image: its name, and for each class a
        score from 0 to 1, or 0 and 1. Columns may be called as ``cvlib.data.annotations.read_labels_csv``
        has it.
    chosen
        The images to be scored.

    Returns
    -------
    (4,) float64 scores by image name, in the order of ``cvlib.defects.CLASSES``, and remarks.

    Raises
    ------
    DataError
        A column or line is missing, stands twice or belongs to no image, or a cell is no such score; all of
        them are listed.
    """
    header, lines = lines_of(path)
    columns = columns_of(header, path.name)
    scores: dict[str, np.ndarray] = {}
    findings: list[Finding] = []
    for line, row in lines:
        name, values, problem = _row(row, columns)
        if not problem and name in scores:
            problem = f"{name[:60]} for the second time; keep one line per image"
        if problem:
            findings.append(Finding(path.name, line, problem))
        scores.setdefault(name, values)
    if findings:
        raise BadFile(findings)
    if not scores:
        raise bad_file(path.name, "no line below the first; write one per image")
    others = [title for at, title in enumerate(header) if at not in columns and title.strip()]
    remarks = [f"Columns that are not scored: {', '.join(others)}."] if others else []
    return scores, remarks + matched({name: path.name for name in scores}, chosen, MISSING, path.name)


def _row(row: list[str], columns: list[int]) -> tuple[str, np.ndarray, str]:
    """Image name, scores, and what is wrong."""
    none = np.zeros(len(CLASSES))
    if len(row) <= max(columns):
        return "", none, f"{len(row)} cells, expected at least {max(columns) + 1}; complete the line"
    name, *cells = [row[column].strip() for column in columns]
    if not stem(name):
        return "", none, "no image name; write one or remove the line"
    values = []
    for title, cell in zip(CLASSES, cells, strict=True):
        try:
            value = float(cell)
        except ValueError:
            return (
                stem(name),
                none,
                f"{title} is {cell[:20]!r}, expected a number from 0 to 1; correct the cell",
            )
        if not 0 <= value <= 1:
            repair = "divide percent by 100, and put logits through a sigmoid"
            return stem(name), none, f"{title} is {cell[:20]}, expected 0 to 1; {repair}"
        values.append(value)
    return stem(name), np.array(values), ""


def scored_labels(
    found: dict[str, np.ndarray], data: Dataset, chosen: Chosen, threshold: float | None
) -> tuple[Scored, list[str]]:
    """Predicted labels beside the true ones, ready for the measures.

    Parameters
    ----------
    found
        As ``read_scores`` gives them.
    data, chosen
        The truth, and the images to be scored.
    threshold
        At and above which a class counts as predicted. None for the thresholds with the highest F1 on the
        validation images where all of them have scores, else ``THRESHOLD``.

    Returns
    -------
    Scored, and remarks; one of them says where the thresholds come from.
    """
    truth, at = data.labels().to_numpy(bool), chosen.test
    scores = np.array([found[name] for name in chosen.wanted])
    validation = [str(chosen.names[place]) for place in chosen.validation]
    thresholds, told = np.full(len(CLASSES), THRESHOLD if threshold is None else threshold), "as asked for"
    binary = np.isin(np.stack([*found.values()]), (0, 1)).all()
    if threshold is None and binary:
        told = "the file holds 0 and 1 alone"
    elif threshold is None and validation and all(name in found for name in validation):
        own = np.array([found[name] for name in validation])
        thresholds = choose_thresholds(own, truth[chosen.validation])
        told = "those with the highest F1 on the validation images"
    elif threshold is None:
        told = "for want of predictions for all validation images; --threshold takes another"
    by_class = zip(CLASSES, thresholds.tolist(), strict=True)
    shown = ", ".join(f"{name} {each:.3g}" for name, each in by_class)
    if len(set(thresholds.tolist())) == 1:
        shown = f"{thresholds[0]:.3g}"
    scored = Scored(chosen.names[at], chosen.groups[at], truth[at], scores, thresholds)
    return scored, [f"Thresholds: {shown}; {told}.", *_mistaken(scored)]


def _mistaken(scored: Scored) -> list[str]:
    """A hint at scores that say the contrary."""
    areas = [roc_auc(*each) for each in zip(scored.scores.T, scored.truth.T, strict=True)]
    if np.isnan(areas).all():
        return []
    area = float(np.nanmean(areas))
    reading = {"scores of absence, not of presence,": 1 - area}
    return better_reading(area, reading, "the mean area under the ROC curve", least=0.4)
