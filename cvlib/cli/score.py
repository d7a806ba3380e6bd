"""The commands that score predictions made elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvlib.cli.data import channels_option
from cvlib.errors import DataError

if TYPE_CHECKING:
    from cvlib.data import Dataset
    from cvlib.data.channels import Channels, Order
    from cvlib.scoring.card import Card
    from cvlib.scoring.score import Request

MOST = 20
"""Findings listed one by one."""


@click.group()
def score() -> None:
    """Score predictions of your own as the book does, beside the rows that the papers print.

    Files are checked first: what is missing, unknown or outside its range is listed, one line each, and
    nothing is repaired. Which images are scored is told; --split says which:

    \b
    groups        the test images of the split that keeps clips together, as `cvlib train` divides all images
    random        those of the split by image
    all           every image
    split.json    the test images of a run, see `cvlib runs show`
    names.txt     a list of your own, an image name in each line

    \b
    cvlib score segmentation masks --data path:/my/coatings --split all
    cvlib score detection runs/detect/predict/labels --data simulated --to scores
    cvlib score classification labels.csv --data magnetic-tile --title "my network"
    cvlib score localization ends.csv --data path:/my/xrays
    """


def _options(command: Any) -> Any:
    """Options that all tasks share."""
    for option in reversed((
        click.argument("predictions", metavar="PRED", type=click.Path(path_type=Path)),
        click.option("--data", "dataset", required=True, help="A name from `cvlib data list`, or path:DIR."),
        click.option("--split", default="groups", show_default=True, 
                     help="Which images: groups, random, all, or a file."),
        click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
                     help="Of the intervals."),
        click.option("--title", default="", help="What the row is called; default: the name of PRED."),
        click.option("--to", type=click.Path(path_type=Path),
                     help="A new folder for scores.csv, .json, .md and .tex."),
    )):  # fmt: skip
        command = option(command)
    return command


_repeats = click.option(
    "--repeats", default="", metavar="MODEL", help="The published model that these predictions come from."
)


@score.command()
@_options
@channels_option
@click.option(
    "--order",
    type=click.Choice(["RGBA", "BGRA"]),
    default="RGBA",
    show_default=True,
    help="Order of PRED's mask channels: RGBA has the surface crack in red, BGRA in blue.",
)
def segmentation(dataset: str, channels: Channels, order: Order, to: Path | None, **told: Any) -> None:
    """Score masks: PRED is a folder with a PNG per image, called as the image.

    Each has four channels of 0 and 255, one per class; alpha is the fourth. A pixel may have several classes.

    \b
    cvlib score segmentation masks --data path:/my/coatings --split all
    cvlib score segmentation masks --data simulated --order BGRA --to scores
    """
    from cvlib.scoring.score import score_segmentation

    _run(lambda: score_segmentation(_request(told), _coatings(dataset, channels), order), to)


@score.command()
@_options
@channels_option
@_repeats
@click.option(
    "--instances",
    type=click.Path(path_type=Path),
    help="COCO annotations that the ids of a results file refer to.",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1),
    help="Where precision and recall are read; default: chosen on validation images, else .25.",
)
def detection(
    dataset: str,
    channels: Channels,
    instances: Path | None,
    confidence: float | None,
    to: Path | None,
    **told: Any,
) -> None:
    """Score boxes of pinholes and unclassified defects.

    PRED is a folder of YOLO text files, one per image (class, centre x, centre y, width, height, confidence),
    or a COCO results file (JSON) with the annotations that its ids refer to.

    \b
    cvlib score detection labels --data simulated
    cvlib score detection results.json --instances coco/annotations/detection_test.json --data simulated
    cvlib score detection labels --data coatingvision --repeats yolo11 --confidence 0.4
    """
    from cvlib.scoring.score import score_detection

    _run(lambda: score_detection(_request(told), _coatings(dataset, channels), instances, confidence), to)


@score.command()
@_options
@channels_option
@_repeats
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="From which a class counts as predicted; default: chosen on validation images, else .5.",
)
def classification(
    dataset: str, channels: Channels, threshold: float | None, to: Path | None, **told: Any
) -> None:
    """Score image labels: PRED is a CSV with a line per image.

    Columns: image, surface_crack, delamination, pinhole, unclassified; each a score from 0 to 1, or 0 and 1.

    \b
    cvlib score classification labels.csv --data simulated
    cvlib score classification labels.csv --data coatingvision --repeats resnet --threshold 0.5
    """
    from cvlib.scoring.score import score_classification

    _run(lambda: score_classification(_request(told), _coatings(dataset, channels), threshold), to)


@score.command()
@_options
def localization(dataset: str, to: Path | None, **told: Any) -> None:
    """Score plate ends in X-rays.

    PRED is a CSV (image, polarity, x, y; as `cvlib locate` writes it), or a folder with neg_location/NAME.npy
    and pos_location/NAME.npy. --data takes path:DIR, or simulated for the X-rays of the book.

    \b
    cvlib score localization ends.csv --data path:/my/xrays --split all
    cvlib score localization found --data simulated
    """
    from cvlib.data.xrays import open_xrays
    from cvlib.profiles import Localization
    from cvlib.runs import store
    from cvlib.scoring.score import score_localization
    from cvlib.simulate.cell import Scene

    quick = Localization.find("quick")
    scene = Scene(poles=quick.poles)
    _run(
        lambda: score_localization(
            _request(told), open_xrays(dataset, store() / "xrays", quick.images, scene=scene)
        ),
        to,
    )


def _request(told: dict[str, Any]) -> Request:
    from cvlib.scoring.score import Request

    return Request(**told, progress=sys.stderr.isatty())


def _coatings(dataset: str, channels: Channels) -> Dataset:
    from cvlib.cli.train import open_coatings

    return open_coatings(dataset, channels)


def _run(scored: Callable[[], Card], to: Path | None) -> None:
    """Print a card, and write it; what is wrong with files is listed one line each."""
    from cvlib.data.findings import BadFile
    from cvlib.data.writing import refuse_taken
    from cvlib.scoring.writing import markdown, write

    if to:
        refuse_taken(to)
    try:
        card = scored()
    except BadFile as error:
        if len(error.findings) == 1:
            raise
        for finding in error.findings[:MOST]:
            click.echo(f"error: {finding}", err=True)
        more = len(error.findings) - MOST
        listed = f"{more:,} more like these; mend the files" if more > 0 else "mend the files named above"
        raise DataError(f"{len(error.findings):,} errors, nothing scored: {listed}") from None
    click.echo(markdown(card), nl=False)
    if to:
        click.echo(f"\n{', '.join(write(card, to))} in {to}")
