"""Predicted boxes in COCO's results format: one JSON list, with ids that another file explains."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cvlib.data.annotations import OUTSIDE, plain, stem, text_of
from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.defects import DETECTION_CLASSES
from cvlib.detect.scoring import Found
from cvlib.scoring.boxes import score_problem
from cvlib.scoring.files import matched
from cvlib.scoring.images import Chosen, Sizes

_RESULT = "image_id, category_id, bbox and score"


def read_coco_results(
    path: Path, instances: Path | None, sizes: Sizes, chosen: Chosen
) -> tuple[dict[str, Found], list[str]]:
    """The boxes of a COCO results file.

    Parameters
    ----------
    path
        A JSON list of objects with ``image_id``, ``category_id``, ``bbox`` (left, top, width and height in
        pixels) and ``score``.
    instances
        The annotations that the ids refer to: ``images`` (``id``, ``file_name``) and ``categories`` (``id``,
        ``name``). Ids mean nothing by themselves, so it must be given. In place of an id an image may be
        called by its file's name without ending, as Ultralytics does.
    sizes
        Of the images to be read; boxes of others are left alone.
    chosen
        The images to be scored.

    Returns
    -------
    Boxes by image name, and remarks.

    Raises
    ------
    DataError
        A file is not in its format, or an id is unknown; all such entries are listed.
    """
    if instances is None:
        message = "its ids mean nothing by themselves; give the annotations they refer to with --instances"
        raise bad_file(path.name, f"{message} (cvlib data export --format coco writes them)")
    results = _json(path)
    if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
        raise bad_file(
            path.name, f"expected a JSON list of objects with {_RESULT}; write the results as such"
        )
    images, classes = _images(instances), _classes(instances)
    rows: dict[str, list[tuple[int, float, tuple[float, ...]]]] = {}
    findings: list[Finding] = []
    seen: set[tuple[Any, ...]] = set()
    for number, each in enumerate(results, 1):
        name = images.get(str(each.get("image_id")), "")
        problem = _problem(each, name, classes, sizes, seen)
        if problem:
            findings.append(Finding(path.name, None, f"entry {number}: {problem}"))
        else:
            box = tuple(float(length) for length in each["bbox"])
            rows.setdefault(name, []).append((classes[each["category_id"]], float(each["score"]), box))
    if findings:
        raise BadFile(findings)
    _refuse_shares(path, rows)
    remarks = matched({name: path.name for name in rows}, chosen, "", path.name)
    return {name: _found(own) for name, own in rows.items() if name in sizes}, remarks


def _found(rows: list[tuple[int, float, tuple[float, ...]]]) -> Found:
    classes, scores, boxes = zip(*rows, strict=True)
    return Found(np.array(classes, int), np.array(scores, float), np.array(boxes, float))


def _problem(
    each: Mapping[str, Any], name: str, classes: Mapping[int, int], sizes: Sizes, seen: set[tuple[Any, ...]]
) -> str:
    lacking = [key for key in ("image_id", "category_id", "bbox", "score") if key not in each]
    if lacking:
        return f"no {lacking[0]}, expected {_RESULT}; add it"
    if not name:
        return f"image_id {each['image_id']!r} is not in the annotations; give those the ids were made with"
    if not _is_number(each["category_id"]) or each["category_id"] not in classes:
        known = ", ".join(f"{id} ({DETECTION_CLASSES[at]})" for id, at in classes.items())
        return f"category_id {each['category_id']!r} is unknown, expected {known}; correct or remove it"
    box, score = each["bbox"], each["score"]
    if not isinstance(box, list) or len(box) != 4 or not all(map(_is_number, [*box, score])):
        return "expected a bbox of four finite numbers and a score; correct or remove it"
    key = (name, each["category_id"], *box, score)
    if key in seen:
        return "the same box twice; remove one"
    seen.add(key)
    return score_problem(score) or _outside(box, sizes.get(name))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _outside(box: list[float], size: tuple[int, int] | None) -> str:
    left, top, width, height = box
    if width <= 0 or height <= 0:
        return (
            f"width {width:g} and height {height:g}, expected above 0; remove it, or check the order of bbox"
        )
    if size is None:
        return ""
    for title, low, length, limit in (("x", left, width, size[1]), ("y", top, height, size[0])):
        if low < -OUTSIDE * limit or low + length > (1 + OUTSIDE) * limit:
            reach = f"the box reaches from {low:g} to {low + length:g} in {title}, expected 0 to {limit}"
            return f"{reach}; bbox is left, top, width, height in pixels"
    return ""


def _refuse_shares(path: Path, rows: Mapping[str, list[tuple[int, float, tuple[float, ...]]]]) -> None:
    lengths = [length for own in rows.values() for _, _, box in own for length in box]
    if lengths and max(lengths) <= 1:
        message = "no bbox is longer than 1: these look like shares of the image, expected pixels"
        raise bad_file(path.name, f"{message}; multiply by the image's width and height")


def _images(path: Path) -> dict[str, str]:
    """Image names by id; a file's name without ending stands for itself."""
    images = _listed(path, "images", ("id", "file_name"))
    ids = [str(each["id"]) for each in images]
    names = [stem(str(each["file_name"])) for each in images]
    for what, keys in (("id", ids), ("file_name", names)):
        twice = next((key for key, count in Counter(keys).items() if count > 1), None)
        if twice is not None:
            raise bad_file(path.name, f"two images with {what} {twice[:60]}; give each its own")
    return dict(zip(names, names, strict=True)) | dict(zip(ids, names, strict=True))


def _classes(path: Path) -> dict[int, int]:
    """Positions in ``DETECTION_CLASSES`` by category id; other categories are not scored."""
    names = {plain(name): at for at, name in enumerate(DETECTION_CLASSES)}
    categories = _listed(path, "categories", ("id", "name"))
    for each in categories:
        if not isinstance(each["id"], int):
            message = f"category id {str(each['id'])[:20]!r}, expected a whole number; correct it"
            raise bad_file(path.name, message)
    classes = {each["id"]: names[plain(str(each["name"]))] for each in categories
               if plain(str(each["name"])) in names}  # fmt: skip
    if len(set(classes.values())) < len(DETECTION_CLASSES):
        found = ", ".join(str(each["name"]) for each in categories) or "none"
        message = f"categories {found}, expected {' and '.join(DETECTION_CLASSES)} among them"
        raise bad_file(path.name, f"{message}; rename the categories")
    return classes


def _listed(path: Path, key: str, fields: tuple[str, ...]) -> list[Mapping[str, Any]]:
    content = _json(path)
    listed = content.get(key) if isinstance(content, dict) else None
    if not isinstance(listed, list) or not all(
        isinstance(each, dict) and all(field in each for field in fields) for each in listed
    ):
        message = f"no list {key} of objects with {' and '.join(fields)}, as COCO's annotations have"
        raise bad_file(path.name, f"{message}; give such a file with --instances")
    return listed


def _json(path: Path) -> Any:
    text = text_of(path, path.name)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"not JSON ({' '.join(str(error).split())}); write the file again"
        raise bad_file(path.name, message) from error
