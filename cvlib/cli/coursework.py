"""The commands that make a course of the exercises."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def coursework() -> None:
    """Exercises as coursework, for those who teach from the book.

    \b
    cvlib coursework build --to course
    """


@coursework.command()
@click.option("--to", required=True, type=click.Path(path_type=Path), help="A folder that is not there yet.")
@click.option("--chapters", metavar="NAMES", help="Separated by commas; default: all that have exercises.")
def build(to: Path, chapters: str | None) -> None:
    """Write students' and instructor's notebooks, and a syllabus.

    Students' notebooks hold neither solutions nor hidden tests. The folder is a course that nbgrader marks;
    the syllabus says how.

    \b
    cvlib coursework build --to course
    cvlib coursework build --to day --chapters data-records,segmentation,leaks
    """
    from cvlib import coursework

    named = [name.strip() for name in chapters.split(",")] if chapters is not None else []
    coursework.build(to, named)
    click.echo(f"to hand out: {to / 'student'}")
    click.echo(f"to keep: {to / 'instructor'}")
    click.echo(f"how to go on: {to / 'syllabus.html'}")


@coursework.command(hidden=True)
@click.argument("notebook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path))
def execute(notebook: Path, to: Path) -> None:
    """Run a notebook of exercises with its solutions, for the book."""
    from cvlib import notebooks

    notebooks.execute(notebook, to, {})
