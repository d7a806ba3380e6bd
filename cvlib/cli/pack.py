"""The command that packs the rendered book."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--dataset", default="simulated", show_default=True, help="The book on these images, as in `cvlib book`."
)
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The archive; else book.zip beside the rendered pages.",
)
def pack(dataset: str, to: Path | None) -> None:
    """Pack the rendered book into one zip archive, for people who only want to read it.

    \b
    cvlib pack
    cvlib pack --dataset magnetic-tile --to tiles.zip    contains other people's photographs
    """
    from cvlib import graph
    from cvlib.pack import pack
    from cvlib.places import html_folder

    folder = html_folder(graph.placed(dataset))
    path = pack(folder, to or folder.with_name("book.zip"))
    click.echo(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
