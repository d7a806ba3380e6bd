"""The command about what the papers claim."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvlib.errors import UserError
from cvlib.verdict import VERDICTS

if TYPE_CHECKING:
    from cvlib.ledger.entries import Entry


@click.command()
@click.option("--paper", type=click.Choice(["1", "2"]), help="Only claims of this paper.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="Only claims with this verdict.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list and nothing else.")
@click.option(
    "--book",
    "executed",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Verdicts of an executed chapter `claims` (.ipynb) in place of the stored ones.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Compare the book just built with what is stored; exit 2 if any verdict differs.",
)
@click.option("--store", "storing", is_flag=True, help="Store the verdicts of the book just built.")
def claims(
    paper: str | None, verdict: str | None, as_json: bool, executed: Path | None, check: bool, storing: bool
) -> None:
    """List what the two papers claim, and the verdict on each.

    The verdicts are those stored with this repository, of the book on simulated data. What they mean stands
    in the book's chapter on claims, and in cvlib.verdict.

    \b
    cvlib claims --paper 2
    cvlib claims --verdict "inconsistent in the text we have"
    cvlib claims --json | jq '.[] | select(.verdict == "reproduced")'
    cvlib claims --check                         after make book: has a verdict changed?
    """
    from cvlib.ledger import entries

    if check + storing + bool(paper or verdict or as_json) > 1:
        raise UserError("--check, --store and what filters a list do not go together; give one of them")
    if check or storing:
        _keep(executed, storing)
        return
    rows = _rows(entries.found_in(executed) if executed else _stored())
    chosen = [row for row in rows if (paper or row["paper"]) == row["paper"]]
    chosen = [row for row in chosen if (verdict or row["verdict"]) == row["verdict"]]
    if as_json:
        import json

        click.echo(json.dumps(chosen, indent=2, ensure_ascii=False))
        return
    for row in chosen:
        click.echo(f"{row['id']}\n  {row['place']}: {row['says']}\n  {row['verdict']}. {row['because']}")
    click.echo(f"{len(chosen)} of {len(rows)} claims")


def _stored() -> list[Entry]:
    """The stored verdicts; of claims that are newer, what arithmetic on the printed values gives."""
    from dataclasses import replace

    from cvlib.audit.checks import checks
    from cvlib.ledger import entries
    from cvlib.papers import claims as known

    stored = entries.read_stored()
    if not known().keys() - {each.id for each in stored}:
        return stored
    verdicts = {each.id: each for each in stored}
    new = "Not stored yet: make book, then cvlib claims --store."
    return [
        verdicts.get(each.id) or replace(each, because=f"{each.because} {new}")
        for each in entries.entries({}, checks())
    ]


def _rows(entries: list[Entry]) -> list[dict[str, str]]:
    from cvlib.papers import claim

    rows = []
    for each in entries:
        of = claim(each.id)
        about = {"id": of.id, "paper": str(of.paper), "place": of.place, "says": of.text}
        about |= {"definition": of.definition, "page": of.page}
        rows.append(about | {"verdict": each.verdict, "because": each.because})
    return rows


def _keep(executed: Path | None, storing: bool) -> None:
    from cvlib.ledger import entries

    now = entries.found_in(executed) if executed else entries.of_book()
    if storing:
        entries.store(now)
        click.echo(entries.STORED)
        return
    changed = entries.drift(entries.read_stored(), now)
    if changed:
        listed = "\n".join(changed)
        raise UserError(
            f"{len(changed)} verdicts are not as stored; find out why, or accept them with "
            f"cvlib claims --store:\n{listed}"
        )
    click.echo(f"{len(now)} verdicts are as stored")
