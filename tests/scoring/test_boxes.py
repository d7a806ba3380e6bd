"""Boxes score as the chapter on detection scores them, whichever format they come in."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cvlib.data.cache import cached
from cvlib.detect import benchmark
from cvlib.detect.crops import in_pixels
from cvlib.detect.scoring import Found, score_images
from cvlib.errors import DataError, UserError
from cvlib.scoring.boxes import CONFIDENCE
from cvlib.scoring.card import Card
from cvlib.scoring.score import Request, score_detection
from cvlib.scoring.writing import write
from tests.scoring.conftest import (
    HEIGHT,
    WIDTH,
    Coatings,
    Rows,
    chosen_of,
    detections,
    write_coco_rows,
    write_yolo_rows,
)


def names_of(data: Coatings) -> list[str]:
    return data.frames["name"].tolist()


def numbers(card: Card) -> list[float]:
    return [value for each in card.sections for score in each.scores.values() for value in score]


def test_perfect_boxes_score_one(coatings: Coatings, tmp_path: Path) -> None:
    rows: Rows = {}
    for index, name in enumerate(names_of(coatings)):
        boxes = in_pixels(coatings.boxes(index), HEIGHT, WIDTH).tolist()
        rows[name] = [(int(row[0]), 0.9, row[1:]) for row in boxes]
    card = score_detection(Request(write_yolo_rows(rows, tmp_path / "yolo"), split="all"), coatings)
    assert [each.value for each in card.sections[0].scores.values()] == pytest.approx([1, 1, 1, 1])


@pytest.mark.parametrize("split", ["all", "groups", "random"])
def test_both_formats_score_the_same(coatings: Coatings, tmp_path: Path, split: str) -> None:
    rows = detections(coatings)
    yolo = write_yolo_rows(rows, tmp_path / "yolo")
    results, instances = write_coco_rows(rows, tmp_path / "coco", names_of(coatings))
    one = score_detection(Request(yolo, split=split), coatings)
    two = score_detection(Request(results, split=split), coatings, instances)
    np.testing.assert_allclose(numbers(one), numbers(two), atol=1e-12)
    assert one.remarks == two.remarks


def test_they_score_as_in_the_chapter(coatings: Coatings, tmp_path: Path) -> None:
    rows, chosen = detections(coatings, 5), chosen_of(coatings, "groups")
    found = [
        Found(*(np.array(column) for column in zip(*rows[name], strict=True))) for name in names_of(coatings)
    ]
    cache = cached(coatings, tmp_path / "cache", progress=False)
    by_image = {cache.image(index).tobytes(): each for index, each in enumerate(found)}
    boxes = [in_pixels(coatings.boxes(index), HEIGHT, WIDTH) for index in range(len(coatings))]
    run, parts = tmp_path / "run", {"validation": chosen.validation, "test": chosen.test}
    run.mkdir()
    theirs = score_images(
        lambda image: by_image[image.tobytes()], cache, boxes, parts, chosen.names, chosen.groups, run
    )
    results, instances = write_coco_rows(rows, tmp_path / "coco", names_of(coatings))
    card = score_detection(Request(results), coatings, instances)
    assert card.provenance["settings"]["confidence"] == theirs.confidence
    for measure, head in zip(benchmark.MEASURES, card.sections[0].scores, strict=True):
        expected = benchmark.scores({"": theirs}, measure)[""]
        own = [each.scores[head] for each in (*card.sections[1:], card.sections[0])]
        np.testing.assert_equal(own, list(expected.values()))


def test_average_precision_is_that_of_pycocotools(coatings: Coatings, tmp_path: Path) -> None:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    from cvlib.export.coco import write_coco

    write_coco(coatings, tmp_path / "data", "all", progress=False)
    instances = tmp_path / "data" / "annotations" / "detection_all.json"
    ids = {each["file_name"][:-4]: each["id"] for each in json.loads(instances.read_text())["images"]}
    results = [
        {"image_id": ids[name], "category_id": 3 + number, "bbox": box, "score": score}
        for name, own in detections(coatings, 9).items()
        for number, score, box in own
    ]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results))
    truth = COCO(str(instances))
    judge = COCOeval(truth, truth.loadRes(str(path)), "bbox")
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    scores = score_detection(Request(path, split="all"), coatings, instances).sections[0].scores
    assert scores["AP@[.5:.95]"].value == pytest.approx(judge.stats[0], abs=1e-9)
    assert scores["AP@.5"].value == pytest.approx(judge.stats[1], abs=1e-9)


def test_where_precision_is_read_is_told(coatings: Coatings, tmp_path: Path) -> None:
    rows = detections(coatings)
    yolo = write_yolo_rows(rows, tmp_path / "yolo")
    score = partial(score_detection, Request(yolo, split="groups"), coatings)
    assert "highest mean F1 on the 6 validation images" in score().remarks[-1]
    assert "confidence 0.4, as asked for" in score(confidence=0.4).remarks[-1]
    chosen = chosen_of(coatings, "groups")
    first, *others = chosen.names[chosen.validation]
    (yolo / f"{first}.txt").unlink()
    assert "on the 6 validation images, of which 5 have an entry" in score().remarks[-1]
    for name in others:
        (yolo / f"{name}.txt").unlink()
    without = score()
    assert without.provenance["settings"]["confidence"] == CONFIDENCE
    assert "for want of predictions for validation images" in without.remarks[-1]


def test_nothing_that_hits_is_no_number(coatings: Coatings, tmp_path: Path) -> None:
    rows: Rows = {name: [(0, 0.9, [0, 0, 64, 1])] for name in names_of(coatings)}
    card = score_detection(Request(write_yolo_rows(rows, tmp_path / "yolo")), coatings)
    assert "no box hits on the validation images" in card.remarks[-1] and "nan" not in card.remarks[-1]
    assert card.sections[0].scores["AP@.5"].value == 0
    assert list(write(card, tmp_path / "to")) == ["scores.csv", "scores.json", "scores.md", "scores.tex"]


def test_images_without_a_file_count_as_empty_and_are_told(coatings: Coatings, tmp_path: Path) -> None:
    yolo = write_yolo_rows(detections(coatings), tmp_path / "yolo")
    (yolo / "image_3.txt").unlink()
    (yolo / "image_8.txt").write_text("")
    remarks = score_detection(Request(yolo, split="all"), coatings).remarks
    assert remarks[0].startswith(
        "1 of 36 images have no entry, the first is image_3: counted as images where"
    )


def changed(rows: Rows, how: str) -> Rows:
    """The same boxes written in another convention; those that no reader could take are cut."""
    other: Rows = {}
    for name, own in rows.items():
        other[name] = []
        for number, score, (left, top, width, height) in own:
            if how == "exchanged":
                other[name].append((1 - number, score, [left, top, width, height]))
            else:
                moved = [max(left - width / 2, 0), max(top - height / 2, 0), width, height]
                other[name].append((number, score, moved))
    return other


@pytest.mark.parametrize(
    "how, words", [("exchanged", "the two classes exchanged"), ("corner", "the place as the box's corner")]
)
def test_another_convention_is_hinted_at(coatings: Coatings, tmp_path: Path, how: str, words: str) -> None:
    yolo = write_yolo_rows(changed(detections(coatings), how), tmp_path / "yolo")
    assert words in score_detection(Request(yolo, split="all"), coatings).remarks[-1]


@pytest.mark.parametrize(
    "line, words",
    [
        ("0 .5 .5 .1 .1", "5 fields, expected 6: no confidence"),
        ("0 .5 .5 .1", "4 fields, expected 6"),
        ("0 .5 .5 .1 .1 high", "'high' is not a number; write six"),
        ("0 .5 here .1 .1 .9", "'here' is not a number; write six"),
        ("0 .5 .5 .1 .1 nan", "confidence is nan, expected 0 to 1"),
        ("0 .5 .5 .1 .1 87", "confidence is 87, expected 0 to 1; divide percent"),
        ("0 32 24 8 8 .9", "centre x is 32, expected 0 to 1; divide pixels by"),
        ("0 nan .5 .1 .1 .9", "expected finite numbers"),
        ("2 .5 .5 .1 .1 .9", "class 2 is unknown, expected 0 (pinhole), 1 (unclassified)"),
        ("0 .99 .5 .2 .1 .9", "the box reaches from 0.89 to 1.09 in x"),
        ("0 .5 .5 0 .1 .9", "a box without width or height"),
        ("0 .5 .5 .1 .1 .9\n0 .5 .5 .1 .1 .9", "line 2: the same line twice"),
    ],
)
def test_bad_lines_are_named(coatings: Coatings, tmp_path: Path, line: str, words: str) -> None:
    yolo = write_yolo_rows(detections(coatings), tmp_path / "yolo")
    (yolo / "image_5.txt").write_text(line + "\n")
    with pytest.raises(DataError) as caught:
        score_detection(Request(yolo, split="all"), coatings)
    assert str(caught.value).startswith("image_5.txt, line ") and words in str(caught.value)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"image_id": 5}, "image_id 5 is not in the annotations"),
        ({"category_id": 1}, "category_id 1 is unknown, expected 7 (pinhole), 8 (unclassified)"),
        ({"category_id": [7]}, "category_id [7] is unknown"),
        ({"bbox": [1, 2, 10**400, 3]}, "expected a bbox of four finite numbers"),
        ({"bbox": [1, 2, 3]}, "expected a bbox of four finite numbers"),
        ({"bbox": [1, 2, float("nan"), 3]}, "expected a bbox of four finite numbers"),
        ({"bbox": [60, 2, 30, 3]}, "the box reaches from 60 to 90 in x, expected 0 to 64; bbox is left, top"),
        ({"bbox": [9, 2, -3, 3]}, "width -3 and height 3, expected above 0"),
        ({"score": 3.5}, "confidence is 3.5, expected 0 to 1"),
        ({"score": True}, "expected a bbox of four finite numbers and a score"),
    ],
)
def test_bad_entries_are_named(
    coatings: Coatings, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    results, instances = write_coco_rows(detections(coatings), tmp_path / "coco", names_of(coatings))
    content = json.loads(results.read_text())
    content[3] |= change
    results.write_text(json.dumps(content))
    with pytest.raises(DataError) as caught:
        score_detection(Request(results, split="all"), coatings, instances)
    assert f"results.json: entry 4: {words}" in str(caught.value)


def test_a_results_file_is_refused_as_a_whole(coatings: Coatings, tmp_path: Path) -> None:
    rows = {name: [(0, 0.5, [0.1, 0.2, 0.3, 0.4])] for name in names_of(coatings)}
    results, instances = write_coco_rows(rows, tmp_path / "coco", names_of(coatings))
    score = partial(score_detection, Request(results, split="all"), coatings)
    with pytest.raises(DataError, match="give the annotations they refer to with --instances"):
        score()
    with pytest.raises(DataError, match="look like shares of the image, expected pixels"):
        score(instances)
    entry = json.loads(results.read_text())[0]
    for text, words in (
        ("{}", "expected a JSON list"),
        ("[1", "not JSON"),
        (json.dumps([{"image_id": 100}]), "entry 1: no category_id"),
        (json.dumps([entry, entry]), "entry 2: the same box twice"),
    ):
        results.write_text(text)
        with pytest.raises(DataError, match=words):
            score(instances)
    about = json.loads(instances.read_text())
    for change, words in (
        ({"categories": [{"id": 1, "name": "crack"}]}, "categories crack, expected pinhole and unclassified"),
        ({"categories": [{"id": "7", "name": "pinhole"}]}, "category id '7', expected a whole number"),
        ({"images": [*about["images"], about["images"][0]]}, "two images with id 100; give each its own"),
        ({"images": [{"id": at, "file_name": "a.jpg"} for at in (1, 2)]}, "two images with file_name a"),
    ):
        instances.write_text(json.dumps(about | change))
        with pytest.raises(DataError, match=words):
            score(instances)


def test_annotations_beside_text_files_are_refused(coatings: Coatings, tmp_path: Path) -> None:
    yolo = write_yolo_rows(detections(coatings), tmp_path / "yolo")
    with pytest.raises(UserError, match="--instances explains a results file"):
        score_detection(Request(yolo), coatings, tmp_path / "instances.json")
