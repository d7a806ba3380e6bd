"""The ledger of published numbers."""

from __future__ import annotations

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
