"""The ledger as it is kept, stored and compared."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cvlib.audit.check import Check
from cvlib.audit.theorems import THEOREMS
from cvlib.errors import UserError
from cvlib.ledger.entries import Entry, Ledger, drift, entries, found_in, read_stored, store
from cvlib.measure.intervals import Interval
from cvlib.papers import claims
from cvlib.verdict import Measured

SHARE = "p1.pinhole.share"
HERE = Measured(Interval(24.0, 23.0, 25.0), "all images of drawn coatings", "simulated data")


def check(judged: str, given: str = "p1.images", holds: bool = True) -> Check:
    return Check("id", "about", next(iter(THEOREMS)), (judged,), (given,), holds, f"{judged} was looked at.")


def by_id(found: list[Entry]) -> dict[str, Entry]:
    return {each.id: each for each in found}


def test_every_claim_has_an_entry_and_says_why() -> None:
    found = entries({}, [])
    assert [each.id for each in found] == [*claims()]
    assert {each.verdict for each in found} == {"not checkable here", "not in the source"}
    assert all(each.because.endswith(".") for each in found)


def test_a_check_bears_on_what_it_judges_not_on_what_it_takes_as_given() -> None:
    found = by_id(entries({}, [check(SHARE, holds=False)]))
    assert found[SHARE].verdict == "inconsistent in the text we have"
    assert found[SHARE].because == f"{SHARE} was looked at."
    assert found["p1.images"].verdict == "not checkable here"


def test_what_is_measured_is_told_with_its_interval_and_its_data() -> None:
    because = by_id(entries({SHARE: HERE}, []))[SHARE].because
    assert because == "Here 24 [23, 25] (all images of drawn coatings; simulated data)."


@pytest.mark.parametrize("judged", [True, False])
def test_what_is_no_claim_is_named(judged: bool) -> None:
    with pytest.raises(UserError, match=r"'p1\.pinhols' is measured or checked, but is no claim"):
        entries({}, [check("p1.pinhols") if judged else check(SHARE, "p1.pinhols")])
    with pytest.raises(UserError, match=r"'p1\.pinhols'"):
        entries({"p1.pinhols": HERE}, [])


def test_stored_entries_come_back(tmp_path: Path) -> None:
    whole = entries({SHARE: HERE}, [check("p1.images")])
    store(whole, tmp_path / "claims.csv")
    assert read_stored(tmp_path / "claims.csv") == whole
    assert drift(read_stored(tmp_path / "claims.csv"), whole) == []
    assert [path.name for path in tmp_path.iterdir()] == ["claims.csv"]


def test_drift_tells_changed_new_and_lost_verdicts_and_no_changed_number() -> None:
    before = [Entry("a", "consistent", "x"), Entry("b", "differs", "x"), Entry("c", "differs", "Here 1.")]
    now = [Entry("a", "differs", "Here 2."), Entry("c", "differs", "Here 3."), Entry("d", "consistent", "y")]
    assert drift(before, now) == [
        "a: 'consistent' is stored, now 'differs': Here 2.",
        "d: not stored, now 'consistent'",
        "b: stored, but no claim now",
    ]


def test_a_notebook_keeps_its_ledger(tmp_path: Path) -> None:
    whole = entries({}, [])
    output = nbformat.v4.new_output("display_data", Ledger(whole)._repr_mimebundle_())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    nbformat.write(notebook, tmp_path / "claims.ipynb")
    assert found_in(tmp_path / "claims.ipynb") == whole


def test_a_notebook_without_a_ledger_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"claims\.ipynb: there is no such notebook; run make book"):
        found_in(tmp_path / "claims.ipynb")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "claims.ipynb")
    with pytest.raises(UserError, match=r"claims\.ipynb: keeps no ledger"):
        found_in(tmp_path / "claims.ipynb")


def test_missing_and_damaged_stores_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no verdicts are stored; run make book"):
        read_stored(tmp_path / "claims.csv")
    (tmp_path / "claims.csv").write_text("id,verdict,because\na,true,x\n")
    with pytest.raises(UserError, match="a has the unknown verdict 'true'"):
        read_stored(tmp_path / "claims.csv")
