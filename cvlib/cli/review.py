"""The command that opens the review tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cvlib.annotate.review import Server, Workspace
    from cvlib.data.channels import Channels


@click.command()
@click.argument("images", type=click.Path(path_type=Path))
@click.argument("masks", type=click.Path(path_type=Path))
@click.option(
    "--order",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="CSV with the columns image and disagreement, as `cvlib annotate round` writes it; images come so.",
)
@click.option("--by", metavar="NAME", help="Who reviews, for the records; default: your user name.")
@click.option(
    "--channels",
    type=click.Choice(["auto", "RGBA", "BGRA"]),
    default="auto",
    show_default=True,
    help="Order of the masks' channels: RGBA has the surface crack in red, BGRA in blue.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; another one lets other computers in.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any that is free.")
@click.option("--no-browser", is_flag=True, help="Print the link and open nothing.")
def review(
    images: Path,
    masks: Path,
    order: Path | None,
    by: str | None,
    channels: Channels,
    host: str,
    port: int,
    no_browser: bool,
) -> None:
    """Correct masks by hand in the browser.

    IMAGES is a folder of JPEG or PNG files; MASKS a folder of 4-channel PNG masks of the same names, in which
    an image need not have a mask yet. Strokes are on the disk as soon as they are drawn; saving makes a
    version, keeps the one before in MASKS/review, and writes there who changed what. Ctrl-C ends the review;
    strokes that are not saved wait for the next one.

    \b
    cvlib review photographs/images photographs/masks
    cvlib review images masks --order disagreement.csv --by "A. Reviewer"
    """
    from cvlib.annotate.review import Server, Workspace

    workspace = Workspace(images, masks, (by or "").strip() or _user(), order, channels)
    try:
        with Server(workspace, host, port) as server:
            try:
                _announce(server, workspace, no_browser)
                server.serve_forever(poll_interval=0.1)
            except KeyboardInterrupt:
                click.echo(f"\n{_farewell(workspace)}")
    finally:
        workspace.close()


def _announce(server: Server, workspace: Workspace, no_browser: bool) -> None:
    import webbrowser

    from cvlib.annotate.review.server import LOOPBACK

    if server.host not in LOOPBACK:
        warning = (
            f"listening on {server.host} over plain HTTP: whoever can reach it and has the link can edit"
        )
        click.echo(f"cvlib: warning: {warning}", err=True)
    click.echo(f"{len(workspace.items):,} images; channel order {workspace.channels}")
    click.echo(f"review at {server.link}")
    click.echo("Ctrl-C ends it")
    if not no_browser:
        webbrowser.open(server.link)


def _farewell(workspace: Workspace) -> str:
    images = workspace.queue()["images"]
    reviewed, unsaved = (sum(image[key] for image in images) for key in ("reviewed", "unsaved"))
    waiting = f"; strokes on {unsaved} that are not saved are kept for the next time" if unsaved else ""
    return f"{reviewed} of {len(images)} reviewed{waiting}"


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "unknown"
