"""The commands about data sets."""

from __future__ import annotations

from pathlib import Path

import click

from cvlib.errors import DataError


@click.group()
def data() -> None:
    """List, describe, check, simulate, export and measure data sets.

    NAME is simulated, magnetic-tile or path:DIR for a folder in the paper's formats. Photographs are looked
    for in the folder that CVLIB_DATA names, else in your cache folder.
    """


@data.command("list")
def list_sources() -> None:
    """List the data sets."""
    from cvlib.data import SOURCES

    for source in SOURCES:
        click.echo(f"{source.name:14s} {source.title}")


@data.command()
@click.argument("name")
def describe(name: str) -> None:
    """Say what the data set NAME holds, where it is looked for and under which terms it may be used."""
    from dataclasses import asdict

    from cvlib.data import describe as source_of

    for heading, text in asdict(source_of(name)).items():
        click.echo(f"{heading:9s} {text}")


@data.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def check(name: str, as_json: bool) -> None:
    """Read every record of the data set NAME and list what is wrong, one line each; exit 2 if anything is.

    \b
    cvlib data check path:/my/coatings
    cvlib data check path:/my/coatings --json | jq '.findings[].file'
    """
    import json
    from dataclasses import asdict

    from cvlib.data import check as findings_of

    findings = findings_of(name, progress=not as_json)
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        counts = {"data_set": name, "errors": errors, "warnings": len(findings) - errors}
        click.echo(json.dumps({**counts, "findings": [asdict(finding) for finding in findings]}, indent=1))
    else:
        for finding in findings:
            click.echo(f"{finding.severity}: {finding}")
    if errors:
        raise DataError(
            f"{name}: {errors} {'error' if errors == 1 else 'errors'}; mend the files named above"
        )
    if not as_json:
        click.echo(f"{name}: every record can be read")


@data.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download the data set NAME: coatingvision, magnetic-tile or crack-forest.

    It goes into the folder that CVLIB_DATA names, else into your cache folder, whole or not at all. A
    download that was cut off goes on when this is run again.

    \b
    cvlib data fetch magnetic-tile
    CVLIB_DATA=/large/disk cvlib data fetch coatingvision
    cvlib data check path:/large/disk/coatingvision
    """
    from cvlib.data.fetch import fetch as fetch_to

    fetch_to(name, say=click.echo)


@data.command()
@click.option("--images", type=click.IntRange(min=1), default=2227, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--to", type=click.Path(path_type=Path), required=True, help="A folder that does not exist yet."
)
def simulate(images: int, seed: int, to: Path) -> None:
    """Draw coatings with exact masks and write them in the paper's three record formats.

    \b
    cvlib data simulate --images 100 --seed 1 --to coatings
    """
    from cvlib.data import open_dataset, write

    write(open_dataset("simulated", images=images, seed=seed), to)
    click.echo(f"{images:,} simulated images in {to}")


@data.command()
@click.argument("name")
@click.option(
    "--to", type=click.Path(path_type=Path), required=True, help="A folder that does not exist yet."
)
def export(name: str, to: Path) -> None:
    """Write the data set NAME in the paper's three record formats.

    \b
    cvlib data export magnetic-tile --to tiles
    """
    from cvlib.data import open_dataset, write

    dataset = open_dataset(name)
    write(dataset, to)
    click.echo(f"{len(dataset):,} images in {to}")


@data.command()
@click.argument("name")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="A folder for objects.csv.")
def objects(name: str, to: Path) -> None:
    """Measure every object of the data set NAME: place, area, holes, roundness, as a CSV table.

    \b
    cvlib data objects path:/my/coatings --to measured
    """
    from cvlib.results import store_objects

    store_objects(name, to)
