"""The commands that look through images for repeated and overlapping ones, and for what these give away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvlib.errors import UserError

if TYPE_CHECKING:
    from cvlib.data import Dataset
    from cvlib.data.repeats import Repeats

SHOWN = 10
"""Groups, pairs and images of a group that are listed."""


@click.command()
@click.argument("name")
@click.option(
    "--least",
    type=click.FloatRange(0, 1),
    default=0.75,
    show_default=True,
    help="Correlation from which two images count as overlapping.",
)
@click.option(
    "--bits",
    type=click.IntRange(0, 64),
    default=8,
    show_default=True,
    help="Bits of 64 in which the perceptual hashes of alike images may differ.",
)
@click.option("--no-overlaps", is_flag=True, help="Hashes alone: for very many images.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV file for the groups: a line image,group for each image.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def duplicates(name: str, least: float, bits: int, no_overlaps: bool, to: Path | None, as_json: bool) -> None:
    """Look for repeated and overlapping images in NAME: a data set, path:DIR, or any folder of images.

    Images that overlap belong on one side of a split. This is a report: it exits with 0 whatever it finds,
    with 2 only where it could not look. For moving samples the default correlation is about right; of still
    photographs that look much alike, take 0.9.

    \b
    cvlib data duplicates /my/frames
    cvlib data duplicates path:/my/coatings --to groups.csv
    cvlib data duplicates magnetic-tile --least 0.9 --json | jq .groups
    """
    import json

    from cvlib.data.repeats import find

    if to is not None:
        _refuse_place(to)
    dataset = open_images(name)
    found = find(dataset, bits, least, not no_overlaps, progress=not as_json)
    if to is not None:
        _write(found, to)
    if as_json:
        click.echo(json.dumps({"data_set": name, **_facts(found)}, indent=1))
        return
    for line in _lines(found, dataset, bits, no_overlaps):
        click.echo(line)
    if to is not None:
        click.echo(f"groups of all images in {to}")


@click.command()
@click.argument("name")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="A folder for the tables.")
def leaks(name: str, to: Path) -> None:
    """Look for repeats in the data set NAME and score a memoriser under a random and a group-disjoint split.

    \b
    cvlib data leaks magnetic-tile --to results/magnetic-tile
    """
    from cvlib.leaks.stored import store

    store(name, to)
    click.echo(to)


def open_images(name: str) -> Dataset:
    """The data set of that name, or the images of that folder; DataError where there is neither."""
    from cvlib.data import SOURCES, open_dataset
    from cvlib.data.image_folder import ImageFolder

    place = Path(name.removeprefix("path:")).expanduser()
    if name in {source.name for source in SOURCES}:
        return open_dataset(name)
    if name.startswith("path:") or place.exists() or len(place.parts) > 1:
        return ImageFolder(place)
    return open_dataset(name)  # says which names there are


def _lines(found: Repeats, dataset: Dataset, bits: int, no_overlaps: bool) -> list[str]:
    names, largest = found.names, found.largest()
    lines = [
        f"{dataset.name}: {len(names):,} images",
        f"identical: {_counted(len(found.identical), 'image')} with the "
        f"{'bytes' if no_overlaps else 'pixels'} of an earlier one",
        f"alike by perceptual hash ({bits} bits or fewer differ): {_counted(len(found.alike), 'pair')}",
    ]
    if not no_overlaps:
        lines.append(
            f"overlapping (correlation {found.least:g} or more): {_counted(len(found.overlapping), 'pair')}"
        )
    held = sum(map(len, largest))
    lines.append(f"groups of two or more: {len(largest):,}, with {_counted(held, 'image')} in them")
    for group in largest[:SHOWN]:
        shown = ", ".join(names[group[:SHOWN]])
        more = f" and {len(group) - SHOWN} more" if len(group) > SHOWN else ""
        lines.append(f"  {len(group)}: {shown}{more}")
    lines += _pairs(found, no_overlaps)
    if not dataset.frames["clip"].is_unique:
        lines += _against(found, dataset)
    return lines


def _counted(number: int, what: str) -> str:
    """A number with its noun.

    >>> _counted(1, "pair"), _counted(1200, "pair")
    ('1 pair', '1,200 pairs')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _pairs(found: Repeats, no_overlaps: bool) -> list[str]:
    names = found.names
    if no_overlaps:
        best = found.alike.sort_values("bits", kind="stable").head(SHOWN)
        told = [f"{each} bits differ" for each in best["bits"]]
    else:
        best = found.overlapping.head(SHOWN)
        columns = best[["shift_px", "overlap", "score"]].to_numpy().tolist()
        told = [f"shift {shift:+.0f} px, overlap {share:.0%}, {score:.2f}" for shift, share, score in columns]
    ends = best[["first", "second"]].to_numpy(int)
    rows = [f"  {names[a]}  {names[b]}  {text}" for (a, b), text in zip(ends, told, strict=True)]
    return ["closest pairs:", *rows] if rows else []


def _against(found: Repeats, dataset: Dataset) -> list[str]:
    """How what was found agrees with the clips that the data set knows."""
    scores = {
        what: each
        for what, each in found.score_against(dataset.frames["clip"]).items()
        if each.found and each.true
    }
    return [
        f"{what} against the known clips: {each.precision:.1%} of the pairs right, {each.recall:.1%} of "
        f"{each.true:,} pairs found"
        for what, each in scores.items()
    ]


def _facts(found: Repeats) -> dict[str, Any]:
    names = found.names
    return {
        "images": len(names),
        "groups": [names[group].tolist() for group in found.largest()],
        "identical": _named(found, found.identical[["first", "second"]]),
        "alike": _named(found, found.alike),
        "overlapping": _named(found, found.overlapping),
    }


def _named(found: Repeats, table: Any) -> list[dict[str, Any]]:
    named = table.assign(**{end: found.names[table[end].to_numpy(int)] for end in ("first", "second")})
    return named.round(4).to_dict("records")


def _refuse_place(to: Path) -> None:
    """Say at once, not after the search, that the file has nowhere to go."""
    if not to.parent.is_dir():
        raise UserError(f"{to}: no folder {to.parent} to write it to; make it or name another place")


def _write(found: Repeats, to: Path) -> None:
    import pandas as pd

    from cvlib.data.files import csv_bytes, reason_unwritten, write_bytes

    table = pd.DataFrame({"image": found.names, "group": found.groups})
    try:
        write_bytes(to, csv_bytes(table))
    except OSError as error:
        raise UserError(f"{to}: {reason_unwritten(error)}") from error
