"""What the first page says of the ledger."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cvlib import landing
from cvlib.ledger.entries import Entry, read_stored
from cvlib.notebooks import chapters
from cvlib.papers import claim, claims
from cvlib.verdict import VERDICTS


def entry(id: str, verdict: str) -> Entry:
    return Entry(id, verdict, "")  # type: ignore[arg-type]


FOUND = [
    entry("p1.images", "consistent"),
    entry("p1.height", "not comparable"),
    entry("p1.table3.yolo11.map50", "reproduced"),
    entry("p2.table1.baseline.nme", "differs"),
]


def test_the_first_sentence_counts_what_is_reproduced() -> None:
    told = landing.with_verdicts("{landing}", FOUND).splitlines()[0]
    assert told.startswith("**1 of 4 [claims](executed/claims) are reproduced, 1 differ.** Not")
    assert "Not comparable, since measured on simulated images: 1." in told
    assert "1 do, 0 do not" in told


def test_that_nothing_is_reproduced_is_shown_and_not_left_out() -> None:
    text = landing.with_verdicts("{landing}", [entry("p1.images", "consistent")])
    assert text.startswith("**0 of 1 [claims](executed/claims) are reproduced.**")
    assert ">reproduced</th>" in text and ">differs</th>" in text
    assert ">not checkable here</th>" not in text


def test_photographs_are_not_called_simulated() -> None:
    assert "simulated" not in landing.with_verdicts("{landing}", FOUND, simulated=False).splitlines()[0]


def test_every_stored_claim_is_counted_once_by_paper_and_verdict() -> None:
    stored = read_stored()
    rows = re.findall(r"Paper \d</th>(.*?)</tr>", landing.totals(stored))
    counts = np.array([[int(cell) for cell in re.findall(r"<td>(\d+)</td>", row)] for row in rows])
    shown = [each for each in VERDICTS if f">{each}</th>" in landing.totals(stored)]
    for paper, row in zip((1, 2), counts, strict=True):
        own = [each.verdict for each in stored if claim(each.id).paper == paper]
        assert dict(zip(shown, row.tolist(), strict=True)) == {each: own.count(each) for each in shown}
    assert counts.sum() == len(stored)


def test_a_task_counts_the_claims_of_its_chapters_and_leads_to_one() -> None:
    [tile] = [each for each in landing.tiles(FOUND).split(":::{grid-item-card}") if "**Detection**" in each]
    assert ":link: executed/detection\n" in tile
    assert 'aria-label="1 claims: 1 reproduced"' in tile and "1 of 1 reproduced" in tile


def test_tasks_name_chapters_that_there_are_and_no_claim_is_counted_twice() -> None:
    pages = [page for task in landing.TASKS for page in task.pages]
    assert len(set(pages)) == len(pages)
    assert {*pages} <= {*chapters()}
    assert {*pages} <= {each.page for each in claims().values()}
    assert all(task.page in task.pages for task in landing.TASKS)


def test_a_page_without_the_mark_stays_as_it_is() -> None:
    assert landing.with_verdicts("# A book", FOUND) == "# A book"


@pytest.mark.slow
def test_every_task_has_a_picture_of_one_size_that_shows_something(tmp_path: Path) -> None:
    landing.draw(tmp_path)
    pictures = {path.stem: Image.open(path) for path in (tmp_path / landing.FOLDER).iterdir()}
    assert {*pictures} == {task.page for task in landing.TASKS}
    assert len({each.size for each in pictures.values()}) == 1
    assert all(np.asarray(each.convert("L")).std() > 20 for each in pictures.values())
