"""The commands that make masks of one's own: frames from video, first labels, what those are worth."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cvlib.cli.rounds import check, loop, next_round
from cvlib.errors import UserError

if TYPE_CHECKING:
    from cvlib.annotate.frames import Choices, Extracted
    from cvlib.annotate.prelabel_settings import Settings
    from cvlib.data.channels import Channels

_PATH = click.Path(path_type=Path)
_CHANNELS = click.Choice(["auto", "RGBA", "BGRA"])


class _WithSettings(click.Command):
    """A command whose help ends with the settings, which are imported only when somebody asks for it."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from cvlib.annotate.prelabel_settings import SETTINGS

        with formatter.section('Settings, for a JSON file such as {"threshold": 90, "polarity": "dark"}'):
            formatter.write_dl(list(SETTINGS.items()))


@click.group()
def annotate() -> None:
    """Go from your own coating videos to reviewed masks, as paper 1's Data Annotation Methods do.

    \b
    cvlib annotate frames coating.avi --to mine          images without repeats
    cvlib annotate prelabel mine/images --to mine/masks  first labels
    cvlib review mine/images mine/masks                  correct some by hand
    cvlib annotate round mine/images mine/masks          networks learn from them and label the rest
    cvlib review mine/images mine/masks --order FILE     most disputed first; then another round
    cvlib annotate check mine/images mine/masks          cross-validation, once enough are corrected
    """


annotate.add_command(next_round)
annotate.add_command(check)
annotate.add_command(loop)


@annotate.command()
@click.argument("video", type=_PATH)
@click.option("--to", type=_PATH, required=True, help="A folder that does not exist yet.")
@click.option(
    "--every", type=click.IntRange(min=1), default=1, show_default=True, help="Take every Nth frame."
)
@click.option("--start", type=click.IntRange(min=0), default=0, show_default=True, help="The first to take.")
@click.option(
    "--most", type=click.IntRange(min=1), help="How many to take at most, before repeats are dropped."
)
@click.option(
    "--blur",
    type=click.FloatRange(min=0),
    default=0,
    metavar="PX",
    help="Put motion blur of PX pixels on, as the paper had it from filming; for stills.",
)
@click.option(
    "--axis",
    type=click.Choice(["x", "y"]),
    default="x",
    show_default=True,
    help="How the sample moves in the picture: along its rows or its columns.",
)
@click.option(
    "--bits",
    type=click.IntRange(0, 64),
    default=8,
    show_default=True,
    help="Bits of 64 in which perceptual hashes of alike frames may differ.",
)
@click.option("--identical-only", is_flag=True, help="Drop frames with the same pixels, not alike ones.")
@click.option(
    "--distinct",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Of frames that share more than SHARE (0 to 1) of their width, keep one.",
)
@click.option(
    "--keep",
    type=click.Choice(["first", "sharpest"]),
    default="first",
    show_default=True,
    help="Which one --distinct keeps.",
)
@click.option("--no-overlaps", is_flag=True, help="Do not look for overlaps: for very many frames.")
@click.option(
    "--quality",
    type=click.IntRange(1, 100),
    help="Write JPEG of this quality; else PNG, which loses nothing.",
)
def frames(
    video: Path,
    to: Path,
    every: int,
    start: int,
    most: int | None,
    blur: float,
    axis: Literal["x", "y"],
    bits: int,
    identical_only: bool,
    distinct: float | None,
    keep: str,
    no_overlaps: bool,
    quality: int | None,
) -> None:
    """Take images out of VIDEO, or out of a folder of stills, and drop repeats.

    Dropped are frames with the pixels of an earlier one, and those whose perceptual hash is nearly that of
    a kept one: the paper's filter. Frames that overlap, shifted, are told and numbered by group, and dropped
    only with --distinct; overlaps of less than 30 % of the width are not seen.

    In the folder are images/image_NNNNNN.png with the number of the frame (of stills, the place in their
    folder), frames.csv (its column clip tells which overlap: split by it), dropped.csv (which frames, and
    why) and manifest.json. A video that ends early is read as far as it goes, less its last frame, which may
    be incomplete.

    \b
    cvlib annotate frames coating.avi --to mine --every 5
    cvlib annotate frames coating.mp4 --to mine --distinct 0.5 --keep sharpest
    cvlib annotate frames stills --to blurred --blur 4.5
    """
    from cvlib.annotate.frames import Choices, extract

    choices = Choices(
        start=start,
        every=every,
        most=most,
        blur=blur,
        axis=axis,
        bits=None if identical_only else bits,
        overlapping=not no_overlaps,
        distinct=distinct,
        sharpest=keep == "sharpest",
        quality=quality,
    )
    done = extract(video, to, choices)
    if done.note:
        click.echo(f"cvlib: warning: {done.note}", err=True)
    for line in _lines(done, choices):
        click.echo(line)
    clips = done.table["clip"].nunique()
    groups = f"; groups to split them by: {clips:,}" if choices.overlapping else ""
    click.echo(f"{done.dropped(''):,} images in {to / 'images'}{groups}")


def _lines(done: Extracted, choices: Choices) -> list[str]:
    lines = [
        f"frames taken: {len(done.table):,}",
        f"identical to an earlier one: {done.dropped('identical'):,}, dropped",
    ]
    if choices.bits is not None:
        what = f"alike, {choices.bits} of 64 bits or fewer from a kept one"
        lines.append(f"{what}: {done.dropped('alike'):,}, dropped")
    if choices.overlapping:
        kept = "" if choices.distinct is not None else ", none dropped"
        lines.append(f"overlapping pairs among the others: {len(done.pairs):,}{kept}")
    if choices.distinct is not None:
        what = f"sharing more than {choices.distinct:g} of the width with a kept one"
        lines.append(f"{what}: {done.dropped('overlapping'):,}, dropped")
    return lines


@annotate.command(cls=_WithSettings)
@click.argument("images", type=_PATH)
@click.option("--to", type=_PATH, required=True, help="A folder for the masks that does not exist yet.")
@click.option(
    "--grey",
    is_flag=True,
    help="The authors' other way: grey values above 170 instead of contrast above 100.",
)
@click.option(
    "--settings",
    "settings_file",
    type=_PATH,
    metavar="FILE",
    help="JSON file with any of the settings below, or the prelabels.json of earlier masks.",
)
@click.option(
    "--fit",
    "labelled",
    type=_PATH,
    metavar="FOLDER",
    help="Choose the settings on labelled images in the paper's format.",
)
@click.option(
    "--channels",
    type=_CHANNELS,
    default="auto",
    show_default=True,
    help="Channel order of the masks in --fit FOLDER.",
)
def prelabel(
    images: Path,
    to: Path,
    grey: bool,
    settings_file: Path | None,
    labelled: Path | None,
    channels: Channels,
) -> None:
    """Label the images of a folder by thresholds and rules on shape: step 1 of the paper's pipeline.

    Uneven light is removed, a threshold finds what stands out, and the shape of each connected component
    tells cracks from delamination from pinholes. Masks are 4-channel PNG files named as the images;
    components.csv tells of every component what was measured and which rule named its class; prelabels.json
    holds the settings. Without an option they are those of the authors' code, made for their photographs.

    \b
    cvlib annotate prelabel mine/images --to mine/masks
    cvlib annotate prelabel mine/images --to mine/masks --fit labelled --channels RGBA
    cvlib annotate prelabel more/images --to more/masks --settings mine/masks/prelabels.json
    """
    from cvlib.annotate.prelabels import prelabel as label_folder

    settings, chosen = _settings(grey, settings_file, labelled, channels)
    click.echo(f"settings: {chosen}")
    done = label_folder(images, to, settings, chosen)
    for name, count in done.components.items():
        click.echo(f"{name}: {count:,} components")
    command = shlex.join(["cvlib", "review", str(images), str(to), "--channels", "RGBA"])
    click.echo(f"{done.images:,} masks in {to}; review them: {command}")


def _settings(
    grey: bool, settings_file: Path | None, labelled: Path | None, channels: Channels
) -> tuple[Settings, str]:
    """The settings, and how they were chosen."""
    from cvlib.annotate.prelabel_settings import DEFAULT, Settings, fit_folder, read_settings
    from cvlib.baseline import AUTHORS_SMOOTH

    options = {"--grey": grey, "--settings": settings_file, "--fit": labelled}
    asked = [name for name, given in options.items() if given]
    if len(asked) > 1:
        raise UserError(f"{' and '.join(asked)} together, expected one of them; leave out the others")
    if settings_file is not None:
        return read_settings(settings_file), f"read from {settings_file.name}"
    if labelled is not None:
        click.echo("fitting: a few hundred combinations of settings, about a minute", err=True)
        settings, count = fit_folder(labelled, channels)
        return settings, f"fitted on {count} images of {labelled.name}"
    if grey:
        return Settings(AUTHORS_SMOOTH), "the authors', grey values"
    return DEFAULT, "the authors', contrast"


@annotate.command()
@click.argument("name")
@click.option("--images", type=click.IntRange(min=1), default=400, show_default=True, help="Of simulated.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of simulated, and of the split."
)
@click.option(
    "--channels",
    type=_CHANNELS,
    default="auto",
    show_default=True,
    help="Order of path:DIR's mask channels.",
)
@click.option("--to", type=_PATH, required=True, help="A folder for thresholds.csv and .json.")
def score(name: str, images: int, seed: int, channels: Channels, to: Path) -> None:
    """Score first labels on the data set NAME, whose masks are known.

    Settings are fitted on training clips; they and the authors' are scored on the clips held out. NAME is one
    that `cvlib data list` shows, or path:DIR. The folder gets
    thresholds.csv, scores by class, and thresholds.json with the settings.

    \b
    cvlib annotate score magnetic-tile --to results/magnetic-tile
    """
    from cvlib.annotate.prelabel_scores import store
    from cvlib.annotate.scores import MEAN
    from cvlib.data import open_dataset

    table = store(open_dataset(name, images, seed, channels), to, seed)
    means = table[table["class"] == MEAN]
    for row in means.to_dict("records"):
        few = row["low"] != row["low"]  # NaN
        bounds = "too few clips for an interval" if few else f"{row['low']:.3f} to {row['high']:.3f}"
        click.echo(f"{row['settings']}: {row['measure']} {row['value']:.3f} ({bounds})")
    click.echo(f"scores by class in {to / 'thresholds.csv'}")
