"""The commands that train: one run, or a grid of them."""

from __future__ import annotations

import itertools
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvlib.cli.data import channels_option

if TYPE_CHECKING:
    from cvlib.data import Dataset
    from cvlib.data.channels import Channels
    from cvlib.runs import Run
    from cvlib.training.plan import Kind, Task


@click.group()
def train() -> None:
    """Train one model outside any notebook; what was trained before is loaded.

    Runs lie where `cvlib runs list` shows them.

    \b
    cvlib train segmentation unet-resnet18
    cvlib train detection yolo11n --profile trial            a few steps: does it run?
    cvlib train localization hrnet_w18_small --seeds 0,1,2
    """


def data_options(command: Any) -> Any:
    """Options that say what to train on and how."""
    kinds = click.Choice(["groups", "random"])
    for option in (
        click.option("--profile", default="quick", show_default=True, help="Or trial, standard, paper."),
        click.option("--dataset", default="simulated", show_default=True, help="As `cvlib data list` says."),
        click.option("--split", "kind", type=kinds, default="groups", show_default=True,
                     help="No clip on both sides; or by image, as the paper divides."),
        channels_option,
        click.option("-p", "overrides", multiple=True, metavar="FIELD=VALUE",
                     help="Put a value in place of the profile's."),
    ):  # fmt: skip
        command = option(command)
    return command


def _command(task: Task, about: str) -> None:
    """Add a task to ``cvlib train``."""

    @train.command(task, help=about)
    @click.argument("models", nargs=-1, required=True, metavar="MODEL...")
    @data_options
    @click.option("--seeds", "--seed", default="0", show_default=True, help="As 0,1,2.")
    @click.option("--to", type=click.Path(path_type=Path), help="A folder for scores and their provenance.")
    def command(models: tuple[str, ...], seeds: str, to: Path | None, **told: Any) -> None:
        from cvlib.training.plan import seeds_of

        runs = _train(task, models, seeds_of(seeds), **told)
        if to:
            from cvlib.results import store_scores

            store_scores(runs, to)


_command(
    "segmentation",
    """Train each MODEL, written DECODER-ENCODER, to segment defects, and score it on the test images.

    Decoders are unet, fpn and linknet; encoders those of segmentation-models-pytorch. `opencv` is the
    classical baseline. Stopped at any moment, the same command goes on from the last epoch.

    \b
    cvlib train segmentation unet-resnet18
    cvlib train segmentation unet-resnet50 --profile paper --dataset coatingvision --seeds 0,1,2
    cvlib train segmentation fpn-resnet18 -p lr=5e-4 -p epochs=10
    cvlib train segmentation unet-resnet18 opencv --dataset magnetic-tile --to scores
    """,
)
_command(
    "detection",
    """Train each MODEL to find pinholes and unclassified defects, and score it on the test images.

    Models are yolo11n to yolo11x, fasterrcnn-resnet18, fasterrcnn-resnet50, and `opencv`, the classical
    baseline.

    \b
    cvlib train detection yolo11n fasterrcnn-resnet18
    cvlib train detection yolo11n opencv --dataset magnetic-tile --to scores
    """,
)
_command(
    "classification",
    """Train each MODEL to tell which defects an image shows, and score it on the test images.

    Models are those of timm, such as resnet50, convnext_tiny and efficientnet_b0, and `features`, the
    classical baseline.

    \b
    cvlib train classification resnet50 --profile standard
    cvlib train classification efficientnet_b0 features --dataset magnetic-tile --to scores
    """,
)
_command(
    "localization",
    """Train each MODEL to find where electrode plates end in X-rays, and score it on the test images.

    Models are timm's HRNets. X-rays are `simulated` ones, or path:DIR for a folder in PBD5K's layout.

    \b
    cvlib train localization hrnet_w18_small
    cvlib train localization hrnet_w18_small -p height=96 -p width=160 -p noise_px=1
    cvlib train localization hrnet_w18 --profile paper --dataset path:DIR -p poles=0
    """,
)


def _train(
    task: Task,
    models: Sequence[str],
    seeds: Sequence[int],
    profile: str,
    dataset: str,
    kind: Kind,
    channels: Channels,
    overrides: tuple[str, ...],
) -> list[Run]:
    from cvlib import tasks

    of_task = tasks.module(task, "study").Study
    of_task.profiles.find(profile, overrides)  # a mistake is told before any image is drawn
    study = of_task(_opened(task, dataset, profile, channels, overrides), profile, overrides)
    in_words = tasks.module(task, "scoring").in_words
    for model in models:  # refuse the last one before the first is trained
        study.settings(model, kind)
    runs = []
    for model, seed in itertools.product(models, seeds):
        run = study.run(model, kind, seed, progress=sys.stderr.isatty(), say=click.echo)
        click.echo(f"{run.id}  {model}, seed {seed}  {in_words(run.metrics)}")
        runs.append(run)
    return runs


def _opened(task: Task, dataset: str, profile: str, channels: Channels, overrides: tuple[str, ...]) -> Any:
    """The X-rays or coatings that a task is about."""
    if task == "localization":
        from cvlib.localize.study import open_data
        from cvlib.profiles import Localization

        return open_data(dataset, Localization.find(profile, overrides))
    return open_coatings(dataset, channels)


def open_coatings(dataset: str, channels: Channels) -> Dataset:
    """A data set by name, of `simulated` the images of the book; they are drawn if they are not there."""
    from cvlib import graph
    from cvlib.data import open_dataset

    if dataset == "simulated" and not graph.SIMULATED.exists():
        graph.make([graph.simulated()], dataset, channels)
    return open_dataset(graph.source(dataset), channels=channels)


@click.group()
def sweep() -> None:
    """Train a grid of settings through the run store, several at a time, and compare them.

    \b
    cvlib sweep segmentation --grid lr=1e-3,3e-3 --dry-run
    """


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
    from cvlib.profiles import Segmentation
    from cvlib.segment.plan import grid_jobs

    Segmentation.find(profile, overrides)
    jobs = grid_jobs(model, kind, overrides, grid)
    options = ["--profile", profile, "--dataset", dataset, "--channels", channels]
    if dry_run:
        for job in jobs:
            click.echo(shlex.join(["cvlib", "train", *job.arguments(), *options]))
        return
    dataset = graph.placed(dataset)
    data = open_dataset(dataset, channels=channels) if dataset != "simulated" else None
    graph.make([graph.trained(dataset, profile, job) for job in jobs], dataset, channels, cores)

    from cvlib.segment.scoring import in_words
    from cvlib.segment.study import Study

    data = data or open_dataset(graph.source(dataset))
    runs = {job: Study(data, profile, job.overrides).run(job.model, job.kind, job.seed) for job in jobs}
    for job, run in sorted(runs.items(), key=lambda pair: -pair[1].metrics["best"]["validation_iou"]):
        words = " ".join([job.model, f"seed={job.seed}", *job.overrides])
        validation = run.metrics["best"]["validation_iou"]
        click.echo(f"{run.id}  validation IoU {validation:.3f}  {words}  {in_words(run.metrics)}")
