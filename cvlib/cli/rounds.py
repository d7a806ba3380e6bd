"""The commands that let networks learn from reviewed masks."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cvlib.annotate.ensemble import Rule
    from cvlib.annotate.scores import Corrected
    from cvlib.data.channels import Channels

_PATH = click.Path(path_type=Path)
_CHANNELS = click.Choice(["auto", "RGBA", "BGRA"])


_rule = click.option(
    "--rule",
    type=click.Choice(["mean", "vote"]),
    default="mean",
    show_default=True,
    help="One label of three: mean probability of .5, or marked by two.",
)


def _training_options(command: Callable[..., None]) -> Callable[..., None]:
    """What networks are trained with."""
    for option in (
        click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True),
        click.option("-p", "overrides", multiple=True, metavar="FIELD=VALUE", help="Override the profile's."),
        click.option(
            "--profile", default="quick", show_default=True, help="trial, quick, standard or paper."
        ),
        click.option(
            "--channels", type=_CHANNELS, default="auto", show_default=True, help="Order of mask channels."
        ),
    ):
        command = option(command)
    return command


@click.command("round")
@click.argument("images", type=_PATH)
@click.argument("masks", type=_PATH)
@_rule
@click.option("--anyway", is_flag=True, help="Replace labels even where the networks' are worse.")
@_training_options
def next_round(
    images: Path,
    masks: Path,
    rule: Rule,
    anyway: bool,
    profile: str,
    overrides: tuple[str, ...],
    seed: int,
    channels: Channels,
) -> None:
    """Train U-Net, FPN and LinkNet on the reviewed masks and label the other images of IMAGES.

    Steps 2, 3 and 5 of the paper's pipeline. What somebody saved or drew on in `cvlib review` stays as it is;
    of every other mask that is replaced the one before stays in MASKS/review/versions. Says what the labels
    of before were worth on the images reviewed since (their saved masks began as these labels, so what the
    reviewer missed counts as right), and writes in which order the others should be reviewed: most disputed
    first, one of each piece of coating in turn.

    \b
    cvlib annotate round mine/images mine/masks
    cvlib annotate round mine/images mine/masks --profile standard --rule vote
    """
    from cvlib.annotate.review import Workspace
    from cvlib.annotate.rounds import next_round as go

    workspace = Workspace(images, masks, "cvlib annotate round", None, channels)
    try:
        done = go(workspace, profile, overrides, seed, rule, anyway, sys.stderr.isatty(), click.echo)
    finally:
        workspace.close()
    if done.corrected is not None:
        click.echo(f"labels of before, on {len(done.corrected.todo)} images reviewed since:")
        _echo(done.corrected)
    waiting = f"; {done.waiting} left alone, strokes on them are not saved" if done.waiting else ""
    click.echo(f"round {done.number}: learnt from {done.reviewed} images, labelled {done.labelled}{waiting}")
    click.echo(
        f"F1 on the reviewed images that picked the checkpoint: {_number(done.after)}; "
        f"of the labels shown before: {_number(done.before)}"
    )
    if done.worse and not anyway:
        click.echo("that is worse: masks are left as they are; --anyway replaces them")
    if done.order is None:
        click.echo(f"every image is reviewed; go on with: {_command('annotate', 'check', images, masks)}")
    else:
        click.echo(f"go on with: {_command('review', images, masks, '--order', done.order)}")


@click.command()
@click.argument("images", type=_PATH)
@click.argument("masks", type=_PATH)
@click.option("--folds", type=click.IntRange(min=2), default=3, show_default=True)
@_rule
@_training_options
def check(
    images: Path,
    masks: Path,
    folds: int,
    rule: Rule,
    profile: str,
    overrides: tuple[str, ...],
    seed: int,
    channels: Channels,
) -> None:
    """Cross-validate on the reviewed masks: step 6 of the paper's pipeline.

    Images of one piece of coating lie in one fold; each is labelled by networks that never saw its piece.
    No mask is changed.

    \b
    cvlib annotate check mine/images mine/masks --folds 5
    """
    from cvlib.annotate.check import cross_validated
    from cvlib.annotate.review import Workspace
    from cvlib.annotate.rounds import Shown, study_of

    workspace = Workspace(images, masks, "cvlib annotate check", None, channels)
    try:
        shown = Shown(workspace, sys.stderr.isatty())
        data = study_of(shown, profile, overrides).data
        groups = data.frames["clip"].to_numpy()
        found = cross_validated(
            data, groups, folds, rule, profile, overrides, seed, sys.stderr.isatty(), click.echo
        )
    finally:
        workspace.close()
    click.echo(f"cross-validated on {len(data)} reviewed images, {folds} folds:")
    _echo(found)


@click.command()
@click.argument("name")
@click.option("--seeds", default="0", show_default=True, help="Of split, order and training, such as 0,1,2.")
@click.option("--profile", default="quick", show_default=True, help="trial, quick, standard or paper.")
@click.option("-p", "overrides", multiple=True, metavar="FIELD=VALUE", help="Override the profile's.")
@click.option("--channels", type=_CHANNELS, default="auto", show_default=True, help="Of path:DIR's masks.")
@click.option("--to", type=_PATH, required=True, help="A folder for annotation.csv and annotation.json.")
def loop(
    name: str, seeds: str, profile: str, overrides: tuple[str, ...], channels: Channels, to: Path
) -> None:
    """Go through three rounds with a scripted reviewer on the data set NAME, whose masks are known.

    The reviewer saves the true mask of 20 images a round, the most disputed or random ones. Labels are scored
    on images that are never reviewed, and by cross-validation. Each seed trains 27 networks: some two hours
    of a core with `quick`.

    \b
    cvlib annotate loop path:simulated --to results/simulated
    """
    from cvlib.annotate import study
    from cvlib.annotate.loop import Loop
    from cvlib.data import open_dataset
    from cvlib.training.plan import seeds_of

    data, progress = open_dataset(name, channels=channels), sys.stderr.isatty()
    loops = [
        Loop(data, profile, overrides, seed, progress=progress, say=click.echo) for seed in seeds_of(seeds)
    ]
    study.store(loops, to)
    click.echo(to / study.TABLE)


def _echo(found: Corrected) -> None:
    """Scores of labels, a line each."""
    from cvlib.defects import TITLES

    for name, scores in found.scores().items():
        classes = zip(TITLES.values(), scores.classes, strict=True)
        by_class = ", ".join(f"{title} {_number(each.value)}" for title, each in classes)
        bounds = "" if isnan(scores.mean.low) else f" [{scores.mean.low:.2f}, {scores.mean.high:.2f}]"
        click.echo(f"  {name} of pixels, mean {_number(scores.mean.value)}{bounds}: {by_class}")
    click.echo(f"  {found.todo.sum(axis=1).mean():.1f} objects to erase or draw per image")


def _command(*words: object) -> str:
    """A command to type, with quotes where a path needs them."""
    return shlex.join(["cvlib", *map(str, words)])


def _number(score: float) -> str:
    return "absent" if isnan(score) else f"{score:.2f}"
