"""The command that finds plate ends in X-rays nobody has labelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvlib.errors import DataError, UserError

if TYPE_CHECKING:
    from cvlib.localize.locate import Located, Locator, Side

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")

Bounds = tuple[float, float]


def _parsed(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """A callback of an option whose text is parsed by a function that knows no None."""
    return lambda _context, _parameter, text: None if text is None else parse(text)


def _scale(text: str) -> float:
    numbers = _numbers(text)
    if len(numbers) != 1 or numbers[0] <= 0:
        message = f"--um-per-pixel {text}: expected the size of a pixel in micrometres, above 0"
        raise UserError(f"{message}; give one such as --um-per-pixel 20")
    return numbers[0]


def _bounds(text: str) -> Bounds:
    numbers = _numbers(text)
    if len(numbers) != 2 or numbers[0] > numbers[1]:
        message = f"--tolerance {text}: expected the least and the greatest overhang in micrometres"
        raise UserError(f"{message}; give them as --tolerance 300,700")
    return numbers[0], numbers[1]


def _numbers(text: str) -> list[float]:
    """Numbers between commas; none where one of them is none, or not finite."""
    from math import isfinite

    try:
        numbers = [float(each) for each in text.split(",")]
    except ValueError:
        return []
    return numbers if all(map(isfinite, numbers)) else []


@click.command()
@click.argument("images", type=click.Path(path_type=Path))
@click.option(
    "--um-per-pixel",
    "um_per_px",
    metavar="UM",
    callback=_parsed(_scale),
    help="Size of a pixel in micrometres; must be given.",
)
@click.option(
    "--csv",
    "to",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The table to write; one that is there is replaced.",
)
@click.option(
    "--run",
    "identifier",
    metavar="ID",
    help="The localization run to use; default: the newest for any number of plates.",
)
@click.option(
    "--tolerance",
    metavar="LOW,HIGH",
    callback=_parsed(_bounds),
    help="Least and greatest overhang of a good plate, micrometres.",
)
@click.option(
    "--tips",
    type=click.Choice(["left", "right", "up", "down"]),
    default="left",
    show_default=True,
    help="Where in the images the plates end.",
)
def locate(
    images: Path,
    um_per_px: float | None,
    to: Path,
    identifier: str | None,
    tolerance: Bounds | None,
    tips: Side,
) -> None:
    """Find the plate ends in X-rays of cell edges, and how far negative plates stick out.

    IMAGES is a folder of grey X-rays, or one file. The table has one row per plate end: image, polarity,
    number (by polarity, from the top; with tips up or down from the left), place in px, confidence 0 to 1,
    and of each positive plate the overhang of the negative plate before and after it, empty where there is
    none. One line per image says what was found and what is doubtful. An image in which no point could be
    trusted has no rows and an error line; the command then ends with 2, and the table holds the others.

    \b
    cvlib locate xrays --um-per-pixel 20 --csv ends.csv
    cvlib locate cell.png --um-per-pixel 14.5 --csv ends.csv --tolerance 300,700 --tips right
    """  # fmt: skip
    if um_per_px is None:
        message = "--um-per-pixel: not given, expected the size of a pixel in micrometres"
        raise UserError(f"{message}; add --um-per-pixel 20 if it is 20")
    files = _files(images)
    if to.resolve() in [path.resolve() for path in files]:
        raise UserError(f"{to}: one of the X-rays, expected another file to write; name one")
    if to.is_dir() or not to.absolute().parent.is_dir():
        raise UserError(f"{to}: expected a file to write, in a folder that exists; name such a file")
    locator = _locator(identifier)
    rows: list[dict[str, Any]] = []
    failed = 0
    for path in files:
        try:
            found = _located(locator, path, tips)
        except DataError as error:
            click.echo(f"error: {error}", err=True)
            failed += 1
        else:
            click.echo(f"{path.name}: {_in_words(found, um_per_px, tolerance)}")
            rows += _rows(path.name, found, um_per_px)
    if failed < len(files):
        click.echo(_write(to, rows))
    if failed:
        left = "nothing written" if failed == len(files) else "the table holds the others"
        message = f"{images}: no points of {failed} of {len(files)} images, {left}"
        raise DataError(f"{message}; mend or remove those named above")


def _files(images: Path) -> list[Path]:
    """The images to look at, by number in their names."""
    from cvlib.data.findings import BadFile, Finding
    from cvlib.data.layout import files_in

    if images.is_file():
        return [images]
    findings: list[Finding] = []
    files = [path for path in files_in(images, ENDINGS, images, findings) if not path.name.startswith(".")]
    if findings or not files:
        none = Finding(str(images), None, f"no {' or '.join(ENDINGS)} file in it; put X-rays there")
        raise BadFile(findings or [none])
    return files


def _locator(identifier: str | None) -> Locator:
    """The one to use; says which run it is of, and whether it can correct."""
    from cvlib.localize.locate import Locator, default_run
    from cvlib.localize.scoring import in_words
    from cvlib.runs import find

    run = default_run() if identifier is None else find(identifier)
    locator = Locator.of(run)
    click.echo(f"run {run.id}: {run.settings.model}, {run.settings.profile}, {run.settings.dataset}")
    click.echo(f"run {run.id}: {in_words(run.metrics)}")
    if poles := locator.profile.poles:
        click.echo(f"run {run.id}: always tells {poles} plate ends, whatever an image shows")
    if locator.calibration is None:
        click.echo(f"run {run.id}: no calibration, so the network's points are taken as they are")
    return locator


def _located(locator: Locator, path: Path, tips: Side) -> Located:
    """DataError that begins with the file's name."""
    from cvlib.data.findings import BadFile, bad_file
    from cvlib.data.xray_images import read_xray

    image = read_xray(path, path.name)
    try:
        return locator.locate(image, tips)
    except BadFile:
        raise
    except DataError as error:
        raise bad_file(path.name, str(error)) from None


def _in_words(found: Located, um_per_px: float, tolerance: Bounds | None) -> str:
    """Counts, overhang, plates out of tolerance, and what is doubtful."""
    import numpy as np

    told = [f"{len(found.negative)} negative, {len(found.positive)} positive"]
    overhang = found.overhang * um_per_px
    measured = overhang[np.isfinite(overhang)]
    if len(measured):
        told.append(f"overhang {np.median(measured):.0f} µm ({measured.min():.0f} to {measured.max():.0f})")
    else:
        told.append("no overhang measured")
    if tolerance:
        out = ((overhang < tolerance[0]) | (overhang > tolerance[1])).any(axis=1)
        judged = np.isfinite(overhang).any(axis=1)
        told.append(f"{out.sum()} of {judged.sum()} positive plates out of tolerance")
    doubt = f"; doubtful: {', '.join(found.notes)}" if found.notes else ""
    return "; ".join(told) + doubt


def _rows(name: str, found: Located, um_per_px: float) -> list[dict[str, Any]]:
    """One per plate end."""
    import numpy as np

    none = np.full((len(found.negative), 2), np.nan)
    rows = []
    for polarity, points, confidence, overhang in (
        ("negative", found.negative, found.negative_confidence, none),
        ("positive", found.positive, found.positive_confidence, found.overhang * um_per_px),
    ):
        for number, (place, sure, (before, after)) in enumerate(
            zip(points, confidence, overhang, strict=True), start=1
        ):
            rows.append({
                "image": name, "polarity": polarity, "number": number,
                "x_px": round(place[0], 3), "y_px": round(place[1], 3), "confidence": round(sure, 3),
                "overhang_previous_um": round(before, 1), "overhang_next_um": round(after, 1),
            })  # fmt: skip
    return rows


def _write(to: Path, rows: list[dict[str, Any]]) -> str:
    """Write the table whole or not at all; what to say of it."""
    import pandas as pd

    from cvlib.data.files import reason_unwritten, write_bytes

    before = to.exists()
    try:
        write_bytes(to, pd.DataFrame(rows).to_csv(index=False, lineterminator="\n").encode())
    except OSError as error:
        raise UserError(f"{to}: {reason_unwritten(error)}") from error
    return f"{len(rows):,} plate ends in {to}{', in place of the file that was there' if before else ''}"
