"""The commands about training runs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from cvlib.errors import UserError


@click.group()
def runs() -> None:
    """List, show, compare and remove training runs.

    ID is the first few digits of a run's id, as `cvlib runs list` shows it. Runs are kept in the folder that
    CVLIB_RUNS names, else in _build/trained of the repository.

    \b
    cvlib runs list
    cvlib runs compare 3fa 91c
    cvlib runs prune --unfinished
    """


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")


@runs.command("list")
@click.option("--task", help="Only runs of this task, such as segmentation.")
@json_option
def list_runs(task: str | None, as_json: bool) -> None:
    """List the runs: what was trained, its first metric, and which are unfinished or damaged.

    \b
    cvlib runs list --task segmentation
    cvlib runs list --json | jq '.runs[] | [.id, .settings.model]'
    """
    from cvlib.runs import store

    found = [one for one in _all() if task in (None, one["settings"].get("task"))]
    if as_json:
        click.echo(json.dumps({"store": str(store()), "runs": found}))
    elif not found:
        click.echo(f"no runs in {store()}")
    else:
        heads = ("id", "task", "model", "profile", "data set", "split", "seed", "result", "when")
        _print_table([heads, *map(_row, found)])


@runs.command()
@click.argument("identifier", metavar="ID")
@json_option
def show(identifier: str, as_json: bool) -> None:
    """Show the settings, metrics, environment and files of the run ID.

    \b
    cvlib runs show 3fa
    """
    from cvlib.runs import files, find

    run = find(identifier)
    sizes = {name: status.st_size for name, status in files(run.folder).items()}
    if as_json:
        facts = {"id": run.id, "folder": str(run.folder), "settings": asdict(run.settings)}
        more = {"metrics": run.metrics, "environment": run.environment, "files": sizes}
        click.echo(json.dumps(facts | more))
        return
    click.echo(f"run {run.id} in {run.folder}")
    packages = ", ".join(f"{name} {version}" for name, version in run.environment.get("packages", {}).items())
    parts = {
        "settings": _flat(asdict(run.settings)),
        "metrics": _flat(run.metrics),
        "environment": {**run.environment, "packages": packages},
        "files": _by_folder(sizes),
    }
    for heading, values in parts.items():
        click.echo(f"\n{heading}")
        _print_table([(f"  {name}", _text(value)) for name, value in values.items()])


@runs.command()
@click.argument("identifiers", nargs=-1, required=True, metavar="ID ID ...")
@json_option
def compare(identifiers: tuple[str, ...], as_json: bool) -> None:
    """Put runs side by side: the settings in which they differ, and all metrics.

    \b
    cvlib runs compare 3fa 91c
    """
    from cvlib.runs import find

    found = [find(identifier) for identifier in identifiers]
    ids = [run.id for run in found]
    settings = _side_by_side([_flat(asdict(run.settings)) for run in found], only_different=True)
    metrics = _side_by_side([_flat(run.metrics) for run in found])
    if as_json:
        click.echo(json.dumps({"runs": ids, "settings": settings, "metrics": metrics}))
        return
    rows = [(name, *map(_text, row)) for name, row in settings.items()]
    rows += [(name, *map(_rounded, row)) for name, row in metrics.items()]
    _print_table([("", *ids), *rows])


@runs.command()
@click.argument("identifiers", nargs=-1, metavar="[ID ...]")
@click.option("--unfinished", is_flag=True, help="Only runs that were stopped.")
@click.option("--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="Only runs older than this.")
@click.option("--yes", is_flag=True, help="Remove without asking.")
def prune(identifiers: tuple[str, ...], unfinished: bool, older_than: float | None, yes: bool) -> None:
    """Remove runs: those named, else all that the options leave.

    Says what it would remove, and asks; without a terminal it removes with --yes only. A run that is being
    trained is kept.

    \b
    cvlib runs prune 3fa 91c
    cvlib runs prune --unfinished --older-than 7 --yes
    """
    from cvlib.runs import files, is_training, remove

    if not identifiers and not unfinished and older_than is None:
        raise UserError("nothing named to remove, expected an ID, --unfinished or --older-than; name one")
    chosen = _chosen(identifiers, unfinished, older_than)
    for folder in [folder for folder in chosen if is_training(folder.name)]:
        click.echo(f"{folder.name}  being trained now, kept")
        chosen.remove(folder)
    total = 0
    for folder in chosen:
        size = sum(status.st_size for status in files(folder).values())
        total += size
        click.echo(f"{folder.name}  {size / 1e6:,.1f} MB  {folder}")
    summary = f"{len(chosen)} run{'s' * (len(chosen) != 1)}, {total / 1e6:,.1f} MB"
    if not chosen or not (yes or _agreed(summary)):
        click.echo(f"nothing removed ({summary})" + ("; add --yes to remove" if chosen else ""))
        return
    for folder in chosen:
        remove(folder)
    click.echo(f"removed {summary}")


def _agreed(summary: str) -> bool:
    return sys.stdin.isatty() and click.confirm(f"remove {summary}?")


def _chosen(prefixes: Sequence[str], unfinished: bool, days: float | None) -> list[Path]:
    from cvlib.runs import identifiers, last_change, named, store

    stopped = [store() / "unfinished" / one for one in identifiers(finished=False)]
    finished = [store() / one for one in identifiers()]
    known = sorted({folder.name for folder in finished + stopped})
    wanted = {named(prefix, known) for prefix in prefixes} if prefixes else known
    latest = time.time() - 86400 * (days or 0)
    return [
        folder
        for folder in (stopped if unfinished else finished + stopped)
        if folder.name in wanted and (days is None or last_change(folder) < latest)
    ]


def _all() -> list[dict[str, Any]]:
    """One entry per run, the latest last, as ``list --json`` gives it."""
    from cvlib.runs import identifiers, last_change, load, unfinished

    found: list[dict[str, Any]] = []
    for identifier in identifiers():
        entry: dict[str, Any] = {
            "id": identifier,
            "state": "finished",
            "settings": {},
            "metrics": {},
            "when": "",
        }
        try:
            run = load(identifier)
        except UserError as error:
            entry |= {"state": "damaged", "problem": str(error)}
        else:
            settings, when = asdict(run.settings), run.environment.get("date", "")
            entry |= {"settings": settings, "metrics": run.metrics, "when": when}
        found.append(entry)
    for one in unfinished():
        state = "being trained" if one.training else "unfinished"
        settings = asdict(one.settings) if one.settings else {}
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(last_change(one.folder)))
        found.append(
            {"id": one.folder.name, "state": state, "settings": settings, "metrics": {}, "when": when}
        )
    return sorted(found, key=lambda entry: str(entry["when"]))


def _row(entry: Mapping[str, Any]) -> tuple[str, ...]:
    settings = entry["settings"]
    names = ("task", "model", "profile", "dataset")
    split = settings.get("split", {})
    result = entry["state"]
    if result == "finished":
        named = (*entry["metrics"].items(), *_flat(entry["metrics"]).items())
        numbers = ((name, value) for name, value in named if _is_number(value))
        result = " ".join(map(_rounded, next(numbers, ("-",))))
    return (
        entry["id"],
        *(_text(settings.get(name)) for name in names),
        " ".join(_text(split[name]) for name in ("kind", "seed") if name in split) or "-",
        _text(settings.get("seed")),
        result,
        entry["when"],
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flat(values: Mapping[str, Any], start: str = "") -> dict[str, Any]:
    """Nested values by dotted name."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        inner = isinstance(value, Mapping) and value
        found |= _flat(value, f"{start}{name}.") if inner else {f"{start}{name}": value}
    return found


def _side_by_side(columns: Sequence[Mapping[str, Any]], only_different: bool = False) -> dict[str, list[Any]]:
    """A row per name that any column has, in the order met; None where a column lacks it."""
    rows = {}
    for name in dict.fromkeys(name for column in columns for name in column):
        texts = {json.dumps(column[name]) if name in column else "" for column in columns}
        if len(texts) > 1 or not only_different:
            rows[name] = [column.get(name) for column in columns]
    return rows


def _by_folder(sizes: Mapping[str, int]) -> dict[str, str]:
    """Size in MB by name; those in a folder together, with their number."""
    tops: dict[str, list[int]] = {}
    for name, size in sizes.items():
        top, slash, _ = name.partition("/")
        tops.setdefault(top + slash, []).append(size)
    return {
        top: f"{sum(inside) / 1e6:,.3f} MB" + (f" in {len(inside):,} files" if top.endswith("/") else "")
        for top, inside in tops.items()
    }


def _text(value: object) -> str:
    return "-" if value is None else value if isinstance(value, str) else json.dumps(value)


def _rounded(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else _text(value)


def _print_table(rows: Iterable[Sequence[str]]) -> None:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())
