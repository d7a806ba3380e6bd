"""The ledger of published numbers."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest

from cvlib.errors import UserError
from cvlib.papers.claims import claim, claims, read_claims
from cvlib.simulate.clip import GAPS_UM, HEIGHT, WIDTH
from cvlib.simulate.plan import SHARES

GOOD: dict[str, object] = {
    "id": "x",
    "place": "Table 1",
    "printed": "1,947",
    "unit": "images",
    "definition": "a count",
}


def test_published_shares_are_the_published_counts() -> None:
    images = claim("p1.images").value
    for defect in ("surface_crack", "delamination", "pinhole"):
        share, count = claim(f"p1.{defect}.share"), claim(f"p1.{defect}.images")
        assert abs(share.value - 100 * count.value / images) <= share.half_unit


def test_value_and_precision_come_from_what_is_printed() -> None:
    entry = read_claims(1, [GOOD])["x"]
    assert (entry.value, entry.half_unit) == (1947, 0.5)


def test_every_id_names_its_paper() -> None:
    assert claims() and all(id.startswith(f"p{each.paper}.") for id, each in claims().items())


def test_the_simulator_and_the_reader_hold_the_published_numbers() -> None:
    for defect in ("surface_crack", "delamination", "pinhole"):
        assert SHARES[defect] == claim(f"p1.{defect}.images").value / claim("p1.images").value
    assert (claim("p1.height").value, claim("p1.width").value) == (HEIGHT, WIDTH)
    smallest, largest, step = (int(claim(f"p1.gap.{each}").value) for each in ("smallest", "largest", "step"))
    assert [*range(smallest, largest + 1, step)] == [*GAPS_UM]


DETECTION_SCORES = ("map50", "map50_95", "precision", "recall")
MODELS = {"yolo11": "YOLOv11", "faster_rcnn": "Faster-RCNN"}
ARCHITECTURES = {"resnet": "ResNet", "convnext": "ConvNext", "efficientnet": "EfficientNet"}
DEFECTS = {"surface_crack": "Surface Crack", "delamination": "Delamination", "pinhole": "Pinholes"}
SCORES = {"precision": "Precision", "recall": "Recall", "f1": "F1", "accuracy": "Accuracy"}


def test_tables_3_and_4_are_complete_and_hold_shares() -> None:
    table_3 = {f"p1.table3.{model}.{score}" for model in MODELS for score in DETECTION_SCORES}
    table_4 = {f"p1.table4.{'.'.join(cell)}" for cell in product(ARCHITECTURES, DEFECTS, SCORES)}
    held = {id for id in claims() if id.startswith(("p1.table3.", "p1.table4."))}
    assert held == table_3 | table_4
    assert all(0 < claim(id).value < 1 and len(claim(id).printed) == 6 for id in held)


def test_the_average_of_figure_15_is_the_printed_one_and_not_that_of_table_3() -> None:
    mean = (claim("p1.figure15.pinhole").value + claim("p1.figure15.unclassified").value) / 2
    printed, table = claim("p1.figure15.all"), claim("p1.table3.yolo11.map50")
    rounding = claim("p1.figure15.pinhole").half_unit
    assert abs(mean - printed.value) <= rounding + printed.half_unit
    assert abs(mean - table.value) > rounding + table.half_unit


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """The paper's text, which is not in this repository."""
    path = Path(os.environ.get("CVLIB_PAPERS", "")) / "coatingvision-paper.txt"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set CVLIB_PAPERS to the folder that holds it")
    return path.read_text("utf-8").splitlines()


def cells(lines: list[str], first: str) -> list[str]:
    """The other cells of the one row that begins with this one."""
    (row,) = (line for line in lines if line.split("\t")[0].split(" [")[0] == first and "\t0." in line)
    return row.split("\t")[1:]


@pytest.mark.parametrize("model", MODELS)
def test_table_3_is_as_in_the_paper(lines: list[str], model: str) -> None:
    assert "Model\t$mAP @ 0.5$\t$mAP @ [0.5:0.95]$\tPrecision\tRecall" in lines
    printed = [claim(f"p1.table3.{model}.{score}").printed for score in DETECTION_SCORES]
    assert printed == cells(lines, MODELS[model])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_table_4_is_as_in_the_paper(lines: list[str], architecture: str) -> None:
    head = next(place for place, line in enumerate(lines) if line.startswith("Architecture\t"))
    assert [cell for cell in lines[head].split("\t")[1:] if cell] == [*DEFECTS.values()]
    assert lines[head + 1].split("\t")[1:] == 3 * [*SCORES.values()]
    columns = product(DEFECTS, SCORES)
    printed = [claim(f"p1.table4.{architecture}.{defect}.{score}").printed for defect, score in columns]
    assert printed == cells(lines, ARCHITECTURES[architecture])


def test_the_legend_of_figure_15_and_the_split_are_as_in_the_paper(lines: list[str]) -> None:
    for id, name in (("pinhole", "pinhole"), ("unclassified", "unclassified"), ("all", "all classes")):
        assert any(line.startswith(f"{name} {claim(f'p1.figure15.{id}').printed}") for line in lines)
    train, test = (claim(f"p1.split.{part}").printed for part in ("train", "test"))
    said = f"{train}% of the images used for training and the remaining {test}% reserved for testing"
    assert any(line.startswith("For the segmentation experiments") and said in line for line in lines)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"definition": ""}, "definition"),
        ({"place": None}, "place"),
        ({"printed": "about 3"}, "printed"),
        ({"printed": 3.0}, "printed"),
        ({"comment": "new"}, "comment"),
    ],
)
def test_a_faulty_entry_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=f"claim 'x': {message}"):
        read_claims(1, [GOOD | change])


def test_an_id_that_stands_twice_is_named() -> None:
    with pytest.raises(UserError, match="'x' stands twice"):
        read_claims(1, [GOOD, GOOD])


def test_an_unknown_id_is_answered_with_near_ones() -> None:
    with pytest.raises(UserError, match=r"p1\.pinhole\.share"):
        claim("p1.pinhole.shares")
