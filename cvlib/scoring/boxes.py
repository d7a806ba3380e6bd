"""Predicted boxes: what both formats share, and YOLO text files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cvlib.data import Dataset
from cvlib.data.annotations import box_problem, text_of
from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.data.layout import by_number
from cvlib.defects import DETECTION_CLASSES
from cvlib.detect.crops import in_pixels
from cvlib.detect.scoring import Found, Scored, joined
from cvlib.measure.average_precision import mean_ap
from cvlib.measure.boxes import Boxes, match
from cvlib.measure.operating_point import best_confidence
from cvlib.scoring.files import by_image
from cvlib.scoring.images import Chosen, Sizes
from cvlib.scoring.mistakes import better_reading

CONFIDENCE = 0.25
"""Where precision and recall are read when nothing better is known: Ultralytics' default when it predicts."""

NONE = Found(np.zeros(0, int), np.zeros(0), np.zeros((0, 4)))


def sizes_of(data: Dataset, places: np.ndarray) -> dict[str, tuple[int, int]]:
    """Height and width of some images, by name."""
    names = data.frames["name"]
    shapes = {names.iloc[place]: data.image(int(place)).shape for place in places}
    return {name: (shape[0], shape[1]) for name, shape in shapes.items()}


def read_yolo_folder(folder: Path, sizes: Sizes, chosen: Chosen) -> tuple[dict[str, Found], list[str]]:
    """The boxes in a folder of YOLO text files.

    Parameters
    ----------
    folder
        One file per image, called as the image, with a line for each box: class id, centre x, centre y,
        width, height, confidence; lengths as shares of the image. As Ultralytics writes with ``save_txt`` and
        ``save_conf``, an image without a box may have no file.
    sizes
        Of the images to be read; files of others are left alone.
    chosen
        The images to be scored.

    Returns
    -------
    Boxes by image name, and remarks.

    Raises
    ------
    DataError
        A file belongs to no image, or a line is no such box; all of them are listed.
    """
    files, remarks = by_image(folder, (".txt",), chosen)
    found: dict[str, Found] = {}
    findings: list[Finding] = []
    for name in files.keys() & sizes.keys():
        try:
            found[name] = _read_yolo(files[name], *sizes[name])
        except BadFile as error:
            findings += error.findings
    if findings:
        raise BadFile(sorted(findings, key=lambda each: (by_number(each.file), each.line or 0)))
    return found, remarks


def _read_yolo(path: Path, height: int, width: int) -> Found:
    rows: dict[tuple[str, ...], list[float]] = {}
    findings = []
    for line, content in enumerate(text_of(path, path.name).splitlines(), 1):
        fields = tuple(content.split())
        if not fields:
            continue
        problem = _problem(list(fields)) or ("the same line twice; remove one" if fields in rows else "")
        if problem:
            findings.append(Finding(path.name, line, problem))
        else:
            rows[fields] = [float(field) for field in fields]
    if findings:
        raise BadFile(findings)
    table = np.array([*rows.values()], float).reshape(-1, 6)
    boxes = in_pixels(table[:, :5], height, width)
    return Found(boxes[:, 0].astype(int), table[:, 5], boxes[:, 1:])


def _problem(fields: list[str]) -> str:
    if len(fields) == 5:
        return "5 fields, expected 6: no confidence; write it last (with Ultralytics: save_conf=True)"
    if len(fields) != 6:
        expected = "6 (class, centre x and y, width, height, confidence)"
        return f"{len(fields)} fields, expected {expected}; correct the line"
    for field in fields:
        try:
            score = float(field)
        except ValueError:
            return f"{field[:20]!r} is not a number; write six numbers separated by spaces"
    return box_problem(fields[:5]) or score_problem(score)


def score_problem(score: float) -> str:
    """What is wrong with a confidence; empty where nothing is.

    >>> score_problem(87)
    'confidence is 87, expected 0 to 1; divide percent by 100, and put logits through a sigmoid'
    """
    if 0 <= score <= 1:
        return ""
    return (
        f"confidence is {score:g}, expected 0 to 1; divide percent by 100, and put logits through a sigmoid"
    )


def scored_boxes(
    found: Mapping[str, Found], data: Dataset, chosen: Chosen, sizes: Sizes, confidence: float | None
) -> tuple[Scored, list[str]]:
    """Predicted boxes beside the true ones, ready for the measures.

    Parameters
    ----------
    found
        By image name; an image without any box needs no entry.
    data, chosen, sizes
        The truth, the images to be scored, and the size of every one of them.
    confidence
        At which precision and recall are read. None for the one with the highest mean F1 on the validation
        images where they have predictions, else ``CONFIDENCE``.

    Returns
    -------
    Scored, and remarks; one of them says where the confidence comes from.
    """
    test = joined([found.get(name, NONE) for name in chosen.wanted])
    truths = _truths(data, chosen.test, chosen, sizes)
    at, told = _best(found, data, chosen, sizes)
    if confidence is not None:
        at, told = confidence, f"Precision and recall are read at confidence {confidence:.3g}, as asked for."
    scored = Scored(chosen.names[chosen.test], chosen.groups[chosen.test], truths, test, at)
    return scored, [told, *_mistaken(scored)]


def _best(found: Mapping[str, Found], data: Dataset, chosen: Chosen, sizes: Sizes) -> tuple[float, str]:
    """The confidence that the validation images choose, and a remark on it; NaN where no box hits there."""
    read = "Precision and recall are read at confidence"
    names = [str(chosen.names[place]) for place in chosen.validation]
    holding = sum(name in found for name in names)
    if not holding:
        why = "for want of predictions for validation images; --confidence takes another"
        return CONFIDENCE, f"{read} {CONFIDENCE}, {why}."
    own = joined([found.get(name, NONE) for name in names])
    true = _truths(data, chosen.validation, chosen, sizes)
    at = best_confidence(match(own, true, len(names), len(DETECTION_CLASSES)))
    if np.isnan(at):
        why = "no box hits on the validation images; --confidence takes a confidence"
        return at, f"No box counts for precision and recall: {why}."
    some = f", of which {holding:,} have an entry" if holding < len(names) else ""
    return at, f"{read} {at:.3g}, with the highest mean F1 on the {len(names):,} validation images{some}."


def _truths(data: Dataset, places: np.ndarray, chosen: Chosen, sizes: Sizes) -> Boxes:
    rows = [in_pixels(data.boxes(int(at)), *sizes[chosen.names[at]]) for at in places]
    return joined(
        [Found(own[:, 0].astype(int), np.zeros(len(own)), own[:, 1:]) for own in rows], scored=False
    )


def _mistaken(scored: Scored) -> list[str]:
    """Hints at boxes in another convention."""
    own = scored.detections
    left, top, width, height = own.boxes.T
    inner = np.stack([left, top, np.maximum(width - left, 0), np.maximum(height - top, 0)], axis=1)
    others = {
        "the two classes exchanged": (1 - own.classes, own.boxes),
        "the place as the box's corner, not its centre,": (
            own.classes, np.stack([left + width / 2, top + height / 2, width, height], axis=1)),
        "the place as the box's centre, not its corner,": (
            own.classes, np.stack([left - width / 2, top - height / 2, width, height], axis=1)),
        "right and bottom in place of width and height": (own.classes, inner),
        "x and y exchanged": (own.classes, own.boxes[:, [1, 0, 3, 2]]),
    }  # fmt: skip
    areas = {name: _area(scored, Boxes(own.images, *each, own.scores)) for name, each in others.items()}
    return better_reading(_area(scored, own), areas, "mAP@.5")


def _area(scored: Scored, boxes: Boxes) -> float:
    found = match(boxes, scored.truths, len(scored.names), len(DETECTION_CLASSES), thresholds=[0.5])
    return mean_ap(found, threshold=0.5)


def refuse_no_boxes(truths: int, title: str) -> None:
    """DataError where no image to be scored has a true box: no average precision is defined."""
    if not truths:
        raise bad_file(title, "no image to be scored has a box; choose other images with --split")
