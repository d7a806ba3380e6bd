"""The command that writes a data set in another format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cvlib.errors import UserError

if TYPE_CHECKING:
    from cvlib.data.channels import Channels
    from cvlib.export.parts import Way

Format = Literal["paper", "coco", "yolo", "croissant"]

channels_option = click.option(
    "--channels",
    type=click.Choice(["auto", "RGBA", "BGRA"]),
    default="auto",
    show_default=True,
    help="Order of path:DIR's mask channels: RGBA has the surface crack in red, BGRA in blue.",
)


@click.command()
@click.argument("name")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["paper", "coco", "yolo", "croissant"]),
    default="paper",
    show_default=True,
    help="paper: its three record formats.",
)
@click.option(
    "--split",
    "way",
    type=click.Choice(["groups", "random", "all"]),
    default="groups",
    show_default=True,
    help="Train, val and test: clips kept together, by image, or undivided. Not of paper.",
)
@click.option("--link", is_flag=True, help="Hard links to the images in place of copies; of coco and yolo.")
@click.option(
    "--to", type=click.Path(path_type=Path), required=True, help="A folder that does not exist yet."
)
@channels_option
def export(name: str, kind: Format, way: Way, link: bool, to: Path, channels: Channels) -> None:
    """Write the data set NAME in the paper's three record formats, or as COCO, YOLO or Croissant.

    \b
    paper         segmentation, classification and detection records, see the chapter on data records
    coco          images, instances_PART.json (outlines of all classes), detection_PART.json (boxes)
    yolo          images, labels and data.yaml for Ultralytics; boxes of pinholes and unclassified defects
    croissant     as paper, with croissant.json for mlcroissant (pip install .[croissant])

    \b
    cvlib data export magnetic-tile --to tiles
    cvlib data export path:/my/coatings --format coco --to coco
    cvlib data export simulated --format yolo --split random --to yolo
    """
    from cvlib.data import open_dataset
    from cvlib.data.writing import refuse_taken

    if link and kind not in ("coco", "yolo"):
        raise UserError(f"--link: {kind} writes its images anew; leave it out, or take coco or yolo")
    refuse_taken(to)
    dataset = open_dataset(name, channels=channels)
    progress = sys.stderr.isatty()
    if kind == "paper":
        from cvlib.data import write

        write(dataset, to, progress)
    elif kind == "coco":
        from cvlib.export.coco import write_coco

        write_coco(dataset, to, way, link, progress)
    elif kind == "yolo":
        from cvlib.export.yolo import write_yolo_folder

        write_yolo_folder(dataset, to, way, link, progress)
    else:
        from cvlib.export.croissant import write_croissant

        write_croissant(dataset, to, way, progress)
    click.echo(f"{len(dataset):,} images in {to}")
    if dataset.origin == "photographs":
        from cvlib.export.parts import licence_of

        click.echo(f"These are other people's photographs. Terms: {licence_of(dataset)}")
