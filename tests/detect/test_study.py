"""Detection runs from data set to stored scores, on squares that thresholding finds."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from cvlib import cli, results
from cvlib.data.cache import Cache
from cvlib.detect import benchmark, pictures, report
from cvlib.detect.plan import CLASSICAL
from cvlib.detect.scoring import BOXES, Found, Scored, score_images, summary
from cvlib.detect.study import Study
from cvlib.errors import UserError
from tests.detect.conftest import SMALL, Squares, pixel_boxes

FASTER = "fasterrcnn-resnet18"


def silent(_: str) -> None:
    """Nobody listens."""


def quick(data: Squares, *overrides: str) -> Study:
    return Study(data, "quick", [*SMALL, "epochs=1", *overrides])


def test_what_is_scored_is_what_the_data_set_holds(squares: Squares) -> None:
    study = quick(squares)
    tested = Scored.of(study.run(CLASSICAL, say=silent))
    positions = [squares.frames["name"].tolist().index(name) for name in tested.names]
    assert positions == study.positions("groups")["test"].tolist()
    there = [each[:, 1:] for each in pixel_boxes(squares)]
    assert np.array_equal(tested.truths.boxes, np.concatenate([there[at] for at in positions]))
    assert set(tested.groups) == {at // 3 for at in positions}


@pytest.mark.parametrize(("moved", "area"), [(0, 1.0), (2, 1.0), (9, 0.0)])
def test_metrics_are_those_of_the_boxes_found(
    moved: float, area: float, squares: Squares, cache: Cache, tmp_path: Path
) -> None:
    images = {cache.image(at).tobytes(): boxes for at, boxes in enumerate(pixel_boxes(squares))}

    def find(image: np.ndarray) -> Found:
        boxes = images[image.tobytes()]
        return Found(boxes[:, 0].astype(int), np.full(len(boxes), 0.8), boxes[:, 1:] + [moved, 0, 0, 0])

    numbers = np.arange(len(squares))
    parts = {"validation": numbers[:9], "test": numbers[9:]}
    names = squares.frames["name"].to_numpy(str)
    metrics = summary(score_images(find, cache, pixel_boxes(squares), parts, names, numbers // 3, tmp_path))
    assert metrics["map50"] == metrics["ap50"]["pinhole"] == metrics["mean_recall"] == area
    assert metrics["truths"]["pinhole"] == sum((boxes[:, 0] == 0).sum() for boxes in pixel_boxes(squares)[9:])
    assert (metrics["confidence"] == 0.8) == bool(area)
    assert metrics["map50_95"] == area if moved in (0, 9) else 0.2 < metrics["map50_95"] < 0.9


@pytest.mark.parametrize("model", [CLASSICAL, FASTER])
def test_the_same_seed_gives_the_same_detections(
    model: str, squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    for store in ("first", "second"):
        monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / store))
        stored.append(quick(squares).run(model, say=silent).path(BOXES).read_bytes())
    assert stored[0] == stored[1]


def test_the_confidence_does_not_depend_on_the_test_images(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = quick(squares).run(CLASSICAL, say=silent).metrics
    hidden, drawn = quick(squares).positions("groups")["test"], Squares.image
    monkeypatch.setattr(
        Squares, "image", lambda self, at: np.zeros_like(drawn(self, at)) if at in hidden else drawn(self, at)
    )
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "others"))
    after = quick(squares).run(CLASSICAL, say=silent).metrics
    assert after["map50"] == 0
    assert after["confidence"] == before["confidence"]


def test_a_class_that_never_occurs_is_absent_and_has_no_part_in_the_mean() -> None:
    metrics = quick(Squares(kinds=(0,))).run(CLASSICAL, say=silent).metrics
    assert metrics["ap50"]["unclassified"] == metrics["recall"]["unclassified"] == "absent"
    assert metrics["map50"] == metrics["ap50"]["pinhole"]


def test_data_without_boxes_are_refused(squares: Squares, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Squares, "boxes", lambda *_: np.zeros((0, 5)))
    with pytest.raises(UserError, match="squares: no train image has a box; take more images"):
        quick(squares).run(CLASSICAL, say=silent)


def test_damaged_boxes_are_named(squares: Squares) -> None:
    run = quick(squares).run(CLASSICAL, say=silent)
    for damage in (b"", b"no archive", run.path(BOXES).read_bytes()[:-40]):
        run.path(BOXES).write_bytes(damage)
        with pytest.raises(UserError, match=rf"{BOXES}: damaged.*runs prune {run.id} and train it again"):
            Scored.of(run)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["yolo12n"], "is unknown, expected yolo11n, yolo11s, yolo11m, yolo11l, yolo11x"),
        (["fasterrcnn-resnet19"], "is unknown, expected fasterrcnn-resnet18 or fasterrcnn-resnet50"),
        (["retinanet"], "is unknown, expected"),
        ([FASTER, "-p", "weights=coco"], "there are none to be had; choose fasterrcnn-resnet50"),
        ([FASTER, "-p", "height=100"], "not divisible by 32, as the networks need; 96 or 128 would do"),
        ([FASTER, "-p", "weights=imagenet"], "Input should be 'coco', 'auto' or 'random'"),
        ([FASTER, "--seeds", "x"], "seeds 'x': expected whole numbers"),
    ],
)
def test_a_mistake_ends_with_one_line(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    from cvlib.data import write

    write(Squares(), tmp_path / "data", progress=False)
    dataset = ["--dataset", f"path:{tmp_path / 'data'}"]
    monkeypatch.setattr(sys, "argv", ["cvlib", "train", "detection", *words, *dataset])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and expected in lines[0]


def test_stored_scores_are_those_of_the_run(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    run = quick(squares).run(CLASSICAL, say=silent)
    results.store_scores([run], tmp_path / "squares")
    table = results.scores("detection", "squares").set_index(["measure", "class"])["value"]
    assert table["map50", "mean"] == pytest.approx(run.metrics["map50"], abs=1e-4)
    assert table["precision", "pinhole"] == pytest.approx(run.metrics["precision"]["pinhole"], abs=1e-4)


def test_pictures_account_for_every_truth_and_every_sure_detection(squares: Squares) -> None:
    study = quick(squares)
    tested = Scored.of(study.run(CLASSICAL, say=silent))
    for place, name in enumerate(tested.names):
        shown = pictures.outcome(study, tested, place)
        assert np.array_equal(shown.image, squares.image(int(name[-2:])))
        assert len(shown.hits) + len(shown.missed) == (tested.truths.images == place).sum()
        sure = np.asarray(tested.detections.scores) >= tested.confidence
        own = sure & (tested.detections.images == place)
        assert len(shown.hits) + len(shown.false_alarms) == own.sum()
        hits = sum(
            int(each.hit[each.row(0.5), (each.images == place) & (each.scores >= tested.confidence)].sum())
            for each in tested.matched
        )
        assert len(shown.hits) == hits
    assert len(pictures.examples(study, tested)) == 3


def test_table_3_shows_each_published_row_below_its_model(squares: Squares) -> None:
    tested = Scored.of(quick(squares).run(CLASSICAL, say=silent))
    table = report.table3({"yolo11n": tested, FASTER: tested, CLASSICAL: tested}, "quick")
    assert table["model"].tolist() == [
        "YOLO11n",
        "published: YOLOv11",
        "Faster R-CNN, resnet18",
        "published: Faster-RCNN",
        "thresholding (OpenCV)",
    ]
    assert table["mAP@.5"][1] == "0.7956"
    assert table["recall"][3] == "0.6705"


def test_models_tested_on_other_images_are_not_compared(squares: Squares) -> None:
    study = quick(squares)
    groups, random = (Scored.of(study.run(CLASSICAL, kind, say=silent)) for kind in ("groups", "random"))
    with pytest.raises(ValueError, match="expected models tested on the same images"):
        benchmark.behind_best({"one": groups, "other": random})


def test_the_same_detections_differ_by_rule_and_operating_point(squares: Squares) -> None:
    tested = Scored.of(quick(squares).run(CLASSICAL, say=silent))
    by_rule = report.rules({CLASSICAL: tested})
    assert by_rule["rule"].tolist()[0] == "coco" and len(by_rule) == 4
    points = benchmark.by_operating_point(tested)
    assert points["f1"].max() == points["f1"]["highest mean F1 on these test images"]
