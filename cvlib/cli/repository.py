"""`cvlib repository`: where readers may open the chapters in Binder and Colab."""

from __future__ import annotations

import click

from cvlib.errors import UserError


@click.command()
@click.argument("url", required=False)
@click.option("--branch", help="That readers get; else main.")
@click.option("--none", "removed", is_flag=True, help="There is no public repository (any more).")
def repository(url: str | None, branch: str | None, removed: bool) -> None:
    """Tell or set the public address of this repository; pages get buttons for Binder and Colab by it.

    It is written to _config.yml, and into each notebook as a cell that sets Colab up.

    \b
    cvlib repository
    cvlib repository https://github.com/OWNER/NAME
    cvlib repository --none
    """
    from cvlib import launch
    from cvlib.notebooks import ROOT

    if url and removed:
        raise UserError(f"{url}: --none removes the address, so it takes none; leave one of them out")
    if branch and not url:
        raise UserError(f"--branch {branch}: expected the address that it belongs to; give it before")
    if url is None and not removed:
        found = launch.configured()
        click.echo(f"{found.url}, branch {found.branch}" if found else "no public repository, so no buttons")
        return
    for path in launch.set_repository(launch.parse(url, branch or "main") if url else None):
        click.echo(path.relative_to(ROOT))
