"""The commands about data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvlib.cli.duplicates import duplicates, leaks
from cvlib.cli.export import channels_option, export
from cvlib.errors import DataError

if TYPE_CHECKING:
    from cvlib.data.channels import Channels


@click.group()
def data() -> None:
    """Fetch, list, describe, check, simulate, export and measure data sets.

    NAME is one that `cvlib data list` shows, or path:DIR for a folder in the paper's formats. Photographs are
    looked for in the folder that CVLIB_DATA names, else in your cache folder.

    \b
    cvlib data list                              which data sets there are, and which are here
    cvlib data fetch magnetic-tile               photographs that are free to use
    cvlib data check path:/my/coatings           what is wrong with a folder of yours
    """


data.add_command(duplicates)
data.add_command(export)
data.add_command(leaks)

__all__ = ["channels_option", "data"]


@data.command("list")
def list_sources() -> None:
    """List the data sets, and say which are here.

    \b
    cvlib data list
    CVLIB_DATA=/large/disk cvlib data list
    """
    from cvlib.data import SOURCES, state_of

    for source in SOURCES:
        click.echo(f"{source.name:14s} {source.title}\n{'':14s} here: {state_of(source)}")


@data.command()
@click.argument("name")
@channels_option
def describe(name: str, channels: Channels) -> None:
    """Say what the data set NAME holds, whether it is here and under which terms it may be used.

    The folder of path:DIR is opened and tells its own numbers.

    \b
    cvlib data describe crack-forest
    cvlib data describe path:/my/coatings
    """
    from cvlib.data import facts_of

    for heading, text in facts_of(name, channels):
        click.echo(f"{heading:9s} {text}")


@data.command()
@click.argument("name")
@channels_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def check(name: str, channels: Channels, as_json: bool) -> None:
    """Read every record of the data set NAME and list what is wrong, one line each; exit 2 if anything is.

    \b
    cvlib data check path:/my/coatings
    cvlib data check path:/my/few/coatings --channels RGBA
    cvlib data check path:/my/coatings --json | jq '.findings[].file'
    """
    import json
    from dataclasses import asdict

    from cvlib.data import check as findings_of

    findings = findings_of(name, channels, progress=not as_json)
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


@data.command("simulate-xrays")
@click.option("--images", type=click.IntRange(min=1), default=3000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--poles",
    type=click.IntRange(min=0),
    default=13,
    show_default=True,
    help="Plate ends in each, odd; 0: any number.",
)
@click.option(
    "--to", type=click.Path(path_type=Path), required=True, help="A folder that does not exist yet."
)
def simulate_xrays_command(images: int, seed: int, poles: int, to: Path) -> None:
    """Draw X-rays of electrode stacks with exact plate ends and write them in PBD5K's layout.

    \b
    cvlib data simulate-xrays --images 100 --seed 1 --to xrays
    """
    from cvlib.data.xrays import simulate_xrays
    from cvlib.simulate.cell import Scene

    simulate_xrays(to, images, seed, Scene(poles=poles))
    click.echo(f"{images:,} simulated X-rays in {to}")


@data.command()
@click.argument("name")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="A folder for objects.csv.")
@channels_option
def objects(name: str, to: Path, channels: Channels) -> None:
    """Measure every object of the data set NAME: place, area, holes, roundness, as a CSV table.

    \b
    cvlib data objects path:/my/coatings --to measured
    """
    from cvlib.results import store_objects

    table = to / "objects.csv"
    before = table.exists()
    count = store_objects(name, to, channels=channels)
    click.echo(f"{count:,} objects in {table}{', in place of the file that was there' if before else ''}")
