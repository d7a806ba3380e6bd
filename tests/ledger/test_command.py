"""The command `cvlib claims`, as a reader types it."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from cvlib.cli.claims import claims as command
from cvlib.errors import UserError
from cvlib.ledger import entries
from cvlib.ledger.entries import Ledger
from cvlib.papers import claims


@pytest.fixture(scope="module")
def stored() -> list[entries.Entry]:
    return entries.read_stored()


def run(*arguments: str) -> str:
    return CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False).output


def executed(folder: Path, held: list[entries.Entry]) -> str:
    output = nbformat.v4.new_output("display_data", Ledger(held)._repr_mimebundle_())
    cells = [nbformat.v4.new_code_cell("", outputs=[output])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "claims.ipynb")
    return str(folder / "claims.ipynb")


def test_what_is_stored_is_on_the_claims_of_now(stored: list[entries.Entry]) -> None:
    assert [each.id for each in stored] == [*claims()]


def test_claims_are_listed_and_filtered() -> None:
    whole = json.loads(run("--json"))
    assert [each["id"] for each in whole] == [*claims()]
    second = json.loads(run("--json", "--paper", "2"))
    assert {each["paper"] for each in second} == {"2"} and len(second) < len(whole)
    missing = json.loads(run("--json", "--verdict", "not in the source"))
    assert {each["says"] for each in missing} == {"not in the text we have"}
    assert f"{len(second)} of {len(whole)} claims" in run("--paper", "2")


def test_a_changed_verdict_is_told_and_can_be_stored(
    stored: list[entries.Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "claims.csv"
    monkeypatch.setattr(entries, "STORED", kept)
    first, *others = stored
    book = executed(tmp_path, [entries.Entry(first.id, "differs", "Here 2226."), *others])
    with pytest.raises(UserError, match="no verdicts are stored"):
        run("--check", "--book", book)
    entries.store(stored, kept)
    with pytest.raises(
        UserError, match=rf"(?s)^1 verdicts are not as stored; .*{first.id}: .* now 'differs'"
    ):
        run("--check", "--book", book)
    assert run("--store", "--book", book) == f"{kept}\n"
    assert run("--check", "--book", book) == f"{len(stored)} verdicts are as stored\n"


@pytest.mark.parametrize("more", [["--store"], ["--paper", "1"], ["--json"]])
def test_what_does_not_go_together_is_refused(more: list[str]) -> None:
    with pytest.raises(UserError, match="do not go together"):
        run("--check", *more)
