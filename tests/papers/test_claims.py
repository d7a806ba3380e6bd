"""The ledger of published numbers."""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path

import pytest

from cvlib.errors import UserError
from cvlib.notebooks import chapters
from cvlib.papers import related_datasets
from cvlib.papers.claims import claim, claims, read_claims, refuse_unknown_grounds
from cvlib.simulate.clip import GAPS_UM, HEIGHT, WIDTH
from cvlib.simulate.plan import SHARES

GOOD: dict[str, object] = {
    "id": "x",
    "where": "Table 1",
    "printed": "1,947",
    "unit": "images",
    "definition": "a count",
    "rests_on": ["data set"],
    "page": "data-records",
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


def cells_of(lines: list[str], first: str) -> list[str]:
    """The other cells of the row of Table 1 that begins with this data set."""
    (row,) = (line for line in lines if line.startswith(f"{first} [") and "\t" in line)
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


CONTEXTS = {
    "p1.abstract.images": "With over {} image samples",
    "p1.text.sdnet.narrowest": "as small as {} mm",
    "p1.text.sdnet.widest": "wider gaps of {} mm",
    "p1.text.kolektor.defective": "With {} defective",
    "p1.text.kolektor.flawless": "and {} non-defective",
    "p1.text.heat_sink.images": "contains {} surface images",
    "p1.text.neu.images_per_type": "with {} images for each defect",
    "p1.text.severstal.images": "over {} high-resolution",
    "p1.text.wood.images": "more than {} labeled",
    "p1.text.wood.types": "across {} different types",
    "p1.speed": "coating speed of {} m/min",
    "p1.gap.smallest": "varied between {} μm",
    "p1.gap.largest": "and {} μm with",
    "p1.gap.step": "a {} μm increment",
    "p1.coating.width": "is {} mm and",
    "p1.coating.distance": "and {} mm, respectively",
    "p1.drying.air": "in air for {} minutes",
    "p1.drying.oven": "additional {} minutes",
    "p1.drying.temperature": "at {}°C in an oven",
    "p1.lens.zoom": "Navitar {}x zoom",
    "p1.figure2.short_bar": "\n{} mm\n",
    "p1.figure2.long_bar": "\n{} mm\n",
    "p1.annotation.steps": "Step {}: Final",
    "p1.images": "consists of {} images",
    "p1.height": "resolution of {} by",
    "p1.width": "by {} pixels",
    "p1.channels": "and {} color channels",
    "p1.surface_crack.images": "in {} images, which",
    "p1.surface_crack.share": "approximately {}% of",
    "p1.delamination.images": "only {} images",
    "p1.delamination.share": "images ({}%)",
    "p1.pinhole.images": "present in {} images",
    "p1.pinhole.share": "about {}% of the total",
    "p1.mask_channels": "a {}-channel PNG",
    "p1.mask.value": "marked with a {} in",
    "p1.mask.first": "in Channel {},",
    "p1.split.train": "with {}% of the images used for training",
    "p1.split.test": "remaining {}% reserved for testing",
}
"""Some words of the paper around each number of its prose."""


@pytest.mark.parametrize("id", CONTEXTS)
def test_a_number_of_the_prose_is_as_in_the_paper(lines: list[str], id: str) -> None:
    assert CONTEXTS[id].format(claim(id).printed) in "\n".join(lines)


SAYINGS = {
    "p1.text.trend": "defects increased with larger coating gaps and higher water/alcohol ratios",
    "p1.text.unique": "free from repetition",
    "p1.text.overlap": "without overlap",
    "p1.text.roundness": "Most defects exhibit significant deviations from a roundness value of 1",
    "p1.text.iou": "penalize false positives more heavily",
    "p1.text.classification.models": "two well-known deep learning models: ResNet [37], ConvNext [39], and",
    "p1.text.classification.metrics": "two standard metrics: F1 Score Precision, Recall and Accuracy",
    "p1.eq6.limit": "\\sum_{i=1}^i",
}
"""Some words of the paper for each statement."""


@pytest.mark.parametrize("id", SAYINGS)
def test_a_statement_is_made_in_the_paper(lines: list[str], id: str) -> None:
    assert claim(id).says and SAYINGS[id] in "\n".join(lines)


def test_every_statement_of_paper_1_is_read_again() -> None:
    assert SAYINGS.keys() == {id for id, each in claims().items() if each.says and each.paper == 1}


def test_numbers_that_are_words_are_as_in_the_paper(lines: list[str]) -> None:
    assert claim("p1.text.neu.types").value == 3 and "into three main types" in "\n".join(lines)


def test_tables_1_and_2_are_as_in_the_paper(lines: list[str]) -> None:
    for row in related_datasets():
        assert cells_of(lines, row.name)[2:4] == [row.size, row.resolution]
        assert claim(f"p1.table1.{row.slug}.size").printed == row.size
        sides = [claim(f"p1.table1.{row.slug}.{side}_side").printed for side in ("first", "second")]
        assert re.findall(r"\d+", row.resolution) == sides
    for defect in ("pinhole", "unclassified"):
        printed = [claim(f"p1.table2.{defect}.{column}").printed for column in ("class", "x", "y", "w", "h")]
        assert "\t".join(printed) in lines


def test_the_numbers_of_the_published_notebook_are_as_noted() -> None:
    path = Path(os.environ.get("CVLIB_PAPERS", "")) / "coatingvision-notes.md"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set CVLIB_PAPERS to the folder that holds it")
    noted = path.read_text("utf-8")
    held = [each for id, each in claims().items() if id.startswith("p1.notebook.")]
    assert len(held) == 13
    for each in held:
        assert re.search(rf"(?<![\d.]){re.escape(each.printed.removeprefix('0'))}(?!\d)", noted), each.id


def test_every_printed_number_of_paper_1_is_read_again() -> None:
    prose = ("p1.table", "p1.figure15.", "p1.notebook.")
    numbers = {id for id, each in claims().items() if each.number and each.paper == 1}
    assert {id for id in numbers if not id.startswith(prose)} == {*CONTEXTS, "p1.text.neu.types"}


def test_every_claim_names_a_page_that_there_is() -> None:
    assert {each.page for each in claims().values()} <= {*chapters()}


def test_the_ledger_is_large_enough_to_be_worth_reading() -> None:
    assert len(claims()) >= 150


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"definition": ""}, "definition"),
        ({"definition": None}, "definition"),
        ({"where": None}, "where"),
        ({"page": ""}, "page"),
        ({"rests_on": []}, "rests_on"),
        ({"printed": "about 3"}, "'about 3' is not a number"),
        ({"printed": "1,94"}, "'1,94' is not a number"),
        ({"printed": "19.5"}, "'19.5' is not a whole number of images"),
        ({"printed": "87.43", "unit": "1"}, "'87.43' is above 1"),
        ({"printed": 3.0}, "printed"),
        ({"unit": "furlongs"}, "unknown unit 'furlongs'"),
        ({"unit": None}, "a number has a unit"),
        ({"says": "many"}, "a statement"),
        ({"comment": "new"}, "comment"),
    ],
)
def test_a_faulty_entry_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=rf"^claim 'x': .*{message}.*; mend the entry in cvlib/papers$"):
        read_claims(1, [GOOD | change])


def test_an_entry_without_a_field_is_named() -> None:
    for field in ("where", "definition", "rests_on", "page"):
        with pytest.raises(UserError, match=f"claim 'x': {field}: Field required"):
            read_claims(1, [{name: value for name, value in GOOD.items() if name != field}])


def test_what_an_entry_rests_on_is_known() -> None:
    for ground, known in (("data set", True), ("x", True), ("p1.imags", False)):
        ledger = read_claims(1, [GOOD | {"rests_on": [ground]}])
        if known:
            assert refuse_unknown_grounds(ledger) == ledger
        else:
            with pytest.raises(UserError, match=r"claim 'x' rests on 'p1\.imags'"):
                refuse_unknown_grounds(ledger)


def test_what_is_not_in_the_text_has_no_number_to_take() -> None:
    missing = {name: value for name, value in GOOD.items() if name != "printed"}
    entry = read_claims(1, [missing])["x"]
    assert not entry.in_source
    with pytest.raises(UserError, match="claim 'x' prints no number"):
        _ = entry.value


def test_an_id_that_stands_twice_is_named() -> None:
    with pytest.raises(UserError, match="'x' stands twice"):
        read_claims(1, [GOOD, GOOD])


def test_an_unknown_id_is_answered_with_near_ones() -> None:
    with pytest.raises(UserError, match=r"p1\.pinhole\.share"):
        claim("p1.pinhole.shares")
