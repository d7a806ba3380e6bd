"""The commands that run chapters and build the book, and the way errors reach a user."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvlib.cli.annotate import annotate
from cvlib.cli.claims import claims
from cvlib.cli.coursework import coursework
from cvlib.cli.data import data
from cvlib.cli.locate import locate
from cvlib.cli.pack import pack
from cvlib.cli.repository import repository
from cvlib.cli.review import review
from cvlib.cli.run import run
from cvlib.cli.runs import runs
from cvlib.cli.score import score
from cvlib.cli.train import sweep, train
from cvlib.errors import UserError

if TYPE_CHECKING:
    from cvlib.data.channels import Channels


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="coatingvision-companion")
def cvlib() -> None:
    """The executable companion to two papers on battery- and fuel-cell electrodes.

    \b
    cvlib book                                   build the book
    cvlib run roundness -p images=300            run one chapter with other parameters
    cvlib data check path:/my/coatings           find what is wrong with a folder of images
    """


cvlib.add_command(annotate)
cvlib.add_command(claims)
cvlib.add_command(coursework)
cvlib.add_command(data)
cvlib.add_command(locate)
cvlib.add_command(repository)
cvlib.add_command(pack)
cvlib.add_command(review)
cvlib.add_command(run)
cvlib.add_command(runs)
cvlib.add_command(score)
cvlib.add_command(train)
cvlib.add_command(sweep)


def main() -> None:
    """Run the command line; a user's mistake ends with one line and exit status 2."""
    try:
        cvlib(standalone_mode=False)
    except UserError as error:
        click.echo(f"cvlib: {error}", err=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if (error.name or "cvlib").partition(".")[0] == "cvlib":
            raise
        message = f"the package {error.name!r} is not installed, expected it for this command"
        click.echo(f"cvlib: {message}; install what requirements.lock lists, as the README says", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("cvlib: stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # whoever read our output has gone; without this Python complains when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@cvlib.command()
@click.option(
    "--dataset", default="simulated", show_default=True, help="A name from `cvlib data list`, or path:DIR."
)
@click.option(
    "--channels",
    type=click.Choice(["auto", "RGBA", "BGRA"]),
    default="auto",
    show_default=True,
    help="Channel order of path:DIR masks.",
)
@click.option("--profile", default="quick", show_default=True, help="Of the chapters that train.")
@click.option("--cores", type=click.IntRange(min=1), help="Chapters run side by side; default: all cores.")
def book(dataset: str, channels: Channels, profile: str, cores: int | None) -> None:
    """Execute every chapter and render the book; what is up to date is left as it is.

    \b
    cvlib book
    CVLIB_DATA=/folder/with/photographs cvlib book --dataset magnetic-tile
    cvlib book --profile trial                   a few steps of training: do all chapters run?
    """
    from cvlib import graph
    from cvlib.data import open_dataset
    from cvlib.places import html_folder
    from cvlib.profiles import Segmentation

    Segmentation.find(profile)
    dataset = graph.placed(dataset)
    if dataset != "simulated":
        open_dataset(dataset, channels=channels).need("masks")
    graph.make([], dataset, channels, cores, profile)
    if (dataset, profile) == ("simulated", "quick"):
        _tell_changed_verdicts()
    click.echo(html_folder(dataset) / "index.html")


def _tell_changed_verdicts() -> None:
    """Of the book whose verdicts are stored."""
    from cvlib.ledger import entries

    for line in entries.drift(entries.read_stored(), entries.of_book()):
        click.echo(f"verdict changed: {line}", err=True)


@cvlib.command(hidden=True)
@click.argument("dataset")
@click.argument("executed", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--channels", default="auto")
@click.option("--profile", default="quick")
def render(dataset: str, executed: tuple[Path, ...], channels: Channels, profile: str) -> None:
    """Render executed chapters: the last step of building the book."""
    from cvlib import book
    from cvlib.data import open_dataset

    data = open_dataset(dataset, channels=channels)
    book.render(dataset, data, list(executed), profile, partial(click.echo, err=True))
