"""`cvlib run`: execute a chapter with parameters of one's own."""

from __future__ import annotations

import shutil
import sys
import textwrap
from functools import partial
from pathlib import Path

import click

from cvlib.errors import UserError


class _Run(click.Command):
    """A command whose help, once a chapter is named, is that chapter's."""

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        chapter = context.params.get("chapter")
        if chapter is None:
            super().format_help(context, formatter)
            return
        from cvlib import notebooks

        notebook = notebooks.find(chapter)
        about = notebooks.about(notebook)
        declared = notebooks.parameters(notebook).values()
        formatter.write_usage(context.command_path, f"{chapter} [-p NAME=VALUE]... [OPTIONS]")
        with formatter.indentation():
            formatter.write_paragraph()
            formatter.write_text(f"{about.title}. {about.line}")
        with formatter.section("Parameters (type, default, meaning)"):
            rows = [(f"{each.name}: {each.type} = {each.default!r}", each.meaning) for each in declared]
            formatter.write_dl(rows, col_max=36)
        self.format_options(context, formatter)


@click.command(cls=_Run, add_help_option=False)
@click.argument("chapter", required=False)
@click.option("-p", "texts", multiple=True, metavar="NAME=VALUE", help="Put a value in place of a default.")
@click.option("--list", "listed", is_flag=True, help="Name the chapters and say what they are about.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the notebook alone, to this .ipynb file, over what was there.",
)
@click.option("--open", "opened", is_flag=True, help="Open the page when it is there.")
@click.option("-h", "--help", "helped", is_flag=True, help="Of CHAPTER, where one is named: its parameters.")
@click.pass_context
def run(
    context: click.Context,
    chapter: str | None,
    texts: tuple[str, ...],
    listed: bool,
    to: Path | None,
    opened: bool,
    helped: bool,
) -> None:
    """Execute CHAPTER with parameters of your own, and make one page of it.

    The notebook, the page and the parameters land in a folder of their own under _build/runs. Unknown names
    and wrong types are refused before anything runs.

    \b
    cvlib run --list
    cvlib run roundness --help                   the chapter's parameters
    cvlib run roundness -p images=300 --open
    cvlib run segmentation -p profile=standard -p dataset=magnetic-tile
    cvlib run data-records -p dataset=path:/my/coatings
    """
    if helped:
        click.echo(context.get_help())
    elif listed:
        _list()
    elif chapter is None:
        raise UserError("run: no chapter named; `cvlib run --list` names them")
    elif to and opened:
        raise UserError("--to writes a notebook alone, so there is no page to --open; leave one of them out")
    elif to:
        from cvlib import notebooks

        notebooks.run(chapter, texts, to)
        click.echo(to)
    else:
        _rerun(chapter, texts, opened)


def _list() -> None:
    from cvlib import notebooks

    names = notebooks.chapters() or [str(notebooks.find(""))]
    column = max(map(len, names)) + 2
    width = max(60, shutil.get_terminal_size((100, 24)).columns - column)
    for name in names:
        about = notebooks.about(notebooks.find(name))
        line = textwrap.shorten(f"{about.title}. {about.line}", width, placeholder=" …")
        click.echo(f"{name:<{column}}{line}")


def _rerun(chapter: str, texts: tuple[str, ...], opened: bool) -> None:
    from cvlib.rerun import rerun

    say = partial(click.echo, err=True) if sys.stderr.isatty() else lambda _: None
    files = rerun(chapter, texts, say=say)
    for path in files:
        click.echo(path)
    if opened and click.launch(str(files.page)):
        click.echo("no program here opens pages; open the .html file yourself", err=True)
