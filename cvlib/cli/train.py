"""The commands that train: one run, or a grid of them."""

from __future__ import annotations

import itertools
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvlib.cli.data import channels_option

if TYPE_CHECKING:
    from cvlib.data.channels import Channels
    from cvlib.segment.plan import Kind


@click.group()
def train() -> None:
    """Train one model outside any notebook; what was trained before is loaded.

    Runs lie where `cvlib runs list` shows them.
    """


def data_options(command: Any) -> Any:
    """Options that say what to train on and how."""
    kinds = click.Choice(["groups", "random"])
    for option in (
        click.option("--profile", default="quick", show_default=True, help="quick, standard or paper."),
        click.option("--dataset", default="simulated", show_default=True, help="As `cvlib data list` says."),
        click.option("--split", "kind", type=kinds, default="groups", show_default=True,
                     help="No clip on both sides; or by image, as the paper divides."),
        channels_option,
        click.option("-p", "overrides", multiple=True, metavar="FIELD=VALUE",
                     help="Put a value in place of the profile's."),
    ):  # fmt: skip
        command = option(command)
    return command


@train.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@data_options
@click.option("--seeds", "--seed", default="0", show_default=True, help="As 0,1,2.")
@click.option("--to", type=click.Path(path_type=Path), help="A folder for scores and their provenance.")
def segmentation(
    models: tuple[str, ...],
    profile: str,
    dataset: str,
    kind: Kind,
    channels: Channels,
    overrides: tuple[str, ...],
    seeds: str,
    to: Path | None,
) -> None:
    """Train each MODEL, written DECODER-ENCODER, to segment defects, and score it on the test images.

    Decoders are unet, fpn and linknet; encoders those of segmentation-models-pytorch. `opencv` is the
    classical baseline. Stopped at any moment, the same command goes on from the last epoch.

    \b
    cvlib train segmentation unet-resnet18
    cvlib train segmentation unet-resnet50 --profile paper --dataset coatingvision --seeds 0,1,2
    cvlib train segmentation fpn-resnet18 -p lr=5e-4 -p epochs=10
    cvlib train segmentation unet-resnet18 opencv --dataset magnetic-tile --to scores
    """
    from cvlib import graph
    from cvlib.data import open_dataset
    from cvlib.segment.plan import seeds_of
    from cvlib.segment.study import Study

    wanted = seeds_of(seeds)
    if dataset == "simulated" and not graph.SIMULATED.exists():
        graph.make([graph.simulated()], dataset, channels)
    study = Study(open_dataset(graph.source(dataset), channels=channels), profile, overrides)
    for model in models:  # refuse the last one before the first is trained
        study.settings(model, kind)
    runs = []
    for model, seed in itertools.product(models, wanted):
        run = study.run(model, kind, seed, progress=sys.stderr.isatty(), say=click.echo)
        click.echo(f"{run.id}  {model}, seed {seed}  {_in_words(run.metrics)}")
        runs.append(run)
    if to:
        from cvlib.results import store_segmentation

        store_segmentation(runs, to)


def _in_words(metrics: Mapping[str, Any]) -> str:
    scores = (f"{defect} {_shown(score)}" for defect, score in metrics["dice"].items())
    images = metrics["images"]["test"]
    return f"Dice {_shown(metrics['mean_dice'])}: {', '.join(scores)}; pooled over {images} test images"


def _shown(score: float | str | None) -> str:
    return f"{score:.3f}" if isinstance(score, float) else str(score or "absent")


@click.group()
def sweep() -> None:
    """Train a grid of settings through the run store, several at a time, and compare them."""


@sweep.command("segmentation")
@click.option("--model", default="unet-resnet18", show_default=True, help="What the grid starts from.")
@data_options
@click.option("--grid", multiple=True, required=True, metavar="FIELD=V1,V2", help="Values to go through.")
@click.option("--cores", type=click.IntRange(min=1), help="Runs side by side; default: all cores.")
@click.option("--dry-run", is_flag=True, help="Print the commands and train nothing.")
def sweep_segmentation(
    model: str,
    profile: str,
    dataset: str,
    kind: Kind,
    channels: Channels,
    overrides: tuple[str, ...],
    grid: tuple[str, ...],
    cores: int | None,
    dry_run: bool,
) -> None:
    """Train every combination of the grid's values and list them from best to worst.

    FIELD is one of the profile's, or decoder, encoder or seed. The order is that of the validation IoU: the
    test scores stand beside it, but a choice made by them would leave nothing to test on.

    \b
    cvlib sweep segmentation --grid lr=1e-3,3e-3 --grid encoder=resnet18,resnet34
    cvlib sweep segmentation --profile paper --dataset coatingvision --grid lr=1e-4,3e-4 --dry-run
    """
    from cvlib import graph
    from cvlib.data import open_dataset
    from cvlib.profiles import segmentation as segmentation_profile
    from cvlib.segment.plan import grid_jobs

    segmentation_profile(profile, overrides)
    jobs = grid_jobs(model, kind, overrides, grid)
    options = ["--profile", profile, "--dataset", dataset, "--channels", channels]
    if dry_run:
        for job in jobs:
            click.echo(shlex.join(["cvlib", "train", "segmentation", *job.arguments(), *options]))
        return
    dataset = graph.placed(dataset)
    data = open_dataset(dataset, channels=channels) if dataset != "simulated" else None
    graph.make([graph.trained(dataset, profile, job) for job in jobs], dataset, channels, cores)

    from cvlib.segment.study import Study

    data = data or open_dataset(graph.source(dataset))
    runs = {job: Study(data, profile, job.overrides).run(job.model, job.kind, job.seed) for job in jobs}
    for job, run in sorted(runs.items(), key=lambda pair: -pair[1].metrics["best"]["validation_iou"]):
        words = " ".join([job.model, f"seed={job.seed}", *job.overrides])
        validation = run.metrics["best"]["validation_iou"]
        click.echo(f"{run.id}  validation IoU {validation:.3f}  {words}  {_in_words(run.metrics)}")
