"""Paper 2's published numbers."""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path

import pytest

from cvlib.papers.claims import claim, claims

CORNERS = ("128", "256", "512")
ROWS = {"baseline": "hrnet baseline"} | {f"n{n}": f"hrnet corner point n{n}" for n in CORNERS}
SCORES = {"nme": "nme", "pck05": "pck0.5", "pck1": "pck1.0", "pcs05": "pcs0.5", "pcs1": "pcs1.0"}


def printed(row: str) -> list[str]:
    return [claim(f"p2.table1.{row}.{score}").printed for score in SCORES]


def value(row: str, score: str) -> float:
    return claim(f"p2.table1.{row}.{score}").value


def test_table_1_is_complete() -> None:
    held = {id for id in claims() if id.startswith("p2.table1.")}
    assert held == {f"p2.table1.{row}.{score}" for row, score in product((*ROWS, "gain"), SCORES)}


@pytest.mark.parametrize("score", SCORES)
def test_the_gain_is_that_of_512_corners_over_the_baseline(score: str) -> None:
    gain, baseline = claim(f"p2.table1.gain.{score}"), value("baseline", score)
    change = 100 * (value("n512", score) / baseline - 1)
    assert abs((-change if score == "nme" else change) - gain.value) <= gain.half_unit


def test_only_with_pck1_and_pcs1_exchanged_can_the_table_follow_from_its_definitions() -> None:
    """A sample is correct only if all its keypoints are, and a looser threshold accepts no fewer."""
    for row in ROWS:
        pck05, pck1, pcs05, pcs1 = (value(row, score) for score in SCORES if score != "nme")
        assert pcs1 > pck1
        assert pcs05 <= min(pck05, pck1) and max(pck05, pck1) <= pcs1


@pytest.fixture(scope="module")
def text() -> str:
    """The paper's readable text, which is not in this repository: one line, formulas and spaces lost.

    A stemmed copy comes before it; both hold the numbers, the later one whole words.
    """
    path = Path(os.environ.get("CVLIB_PAPERS", "")) / "electrode-localization-paper-raw.txt"
    if not path.is_file():
        pytest.skip(f"no {path.name}: set CVLIB_PAPERS to the folder that holds it")
    return path.read_text("utf-8").partition("sections abstract ")[2].lower()


def after(text: str, words: str) -> str:
    """What follows the one place where these words stand."""
    assert text.count(words) == 1, words
    return text.partition(words)[2]


def test_table_1_is_as_in_the_paper(text: str) -> None:
    table = after(text, "table 1 performance comparison")
    assert table.split("method ")[1].startswith("nme pck0.5pck1.0pcs0.5pcs1.0hrnet")
    for row, words in ROWS.items():
        cells = re.match(r" ?((?:0\.\d{3}){5})(?!\d)", after(table, words))
        assert cells and re.findall(r"0\.\d{3}", cells[1]) == printed(row)


def test_the_gains_are_as_in_the_paper(text: str) -> None:
    cells = re.match(r" ((?:\d+\.\d\d){5})4\. conclusion", after(text, "relative gain"))
    assert cells and re.findall(r"\d+\.\d\d", cells[1]) == printed("gain")


def test_sizes_and_numbers_of_corners_are_as_in_the_paper(text: str) -> None:
    train, test = (claim(f"p2.samples.{part}").printed for part in ("train", "test"))
    after(text, f"approximately {train}samples , while the test set contains around {test}samples")
    table = after(text, "table 1 performance comparison")
    found = re.findall(r"corner point n(\d+) ", table)
    assert found == [claim(f"p2.settings.n{n}").printed for n in CORNERS]


def test_resolution_and_thresholds_are_as_in_the_paper(text: str) -> None:
    assert after(text, "feature mapscale is1").startswith(claim("p2.heatmap.divisor").printed)
    strict, loose = (claim(f"p2.threshold.{name}").printed for name in ("strict", "loose"))
    assert f"including nme , pck{strict} , pck{loose}pcs{strict}and pcs{loose}" in text


def test_every_printed_number_of_paper_2_is_read_again() -> None:
    numbers = {id for id, each in claims().items() if each.number and each.paper == 2}
    read = {"p2.heatmap.divisor", "p2.threshold.strict", "p2.threshold.loose"}
    read |= {f"p2.samples.{part}" for part in ("train", "test")} | {f"p2.settings.n{n}" for n in CORNERS}
    assert {id for id in numbers if not id.startswith("p2.table1.")} == read
