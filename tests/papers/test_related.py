"""Table 1 as data."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from cvlib.papers import claims, related_datasets
from cvlib.papers.related import RelatedDataset

ROWS = {row.name: row for row in related_datasets()}


def test_all_fifteen_rows_are_there() -> None:
    assert len(related_datasets()) == len(ROWS) == 15


def test_sizes_and_pixels_are_read_from_what_is_printed() -> None:
    assert (ROWS["Severstal"].images, ROWS["Severstal"].pixels) == (12568, 1600 * 256)
    assert ROWS["KolektorSDD"].pixels == 500 * 1250


@pytest.mark.parametrize(
    ("name", "stated", "holds"),
    [
        ("NEU", "3 x 300", False),
        ("Pavel et al.", "more than 43,000", False),
        ("Severstal", "more than 12,000", True),
        ("KolektorSDD", "52 + 347", True),
        ("Heat Sink", "1000", True),
    ],
)
def test_text_and_table_are_compared(name: str, stated: str, holds: bool) -> None:
    text = ROWS[name].text
    assert text is not None
    assert (text.said(claims()), text.holds(ROWS[name].images, claims())) == (stated, holds)


def test_where_the_text_gives_no_number_none_is_made_up() -> None:
    assert sum(row.text is None for row in related_datasets()) == 10


@pytest.mark.parametrize("change", [{"size": "many"}, {"resolution": "large"}, {"industry": "Paper"}])
def test_a_row_that_does_not_parse_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        RelatedDataset.model_validate(ROWS["NEU"].model_dump() | change)
