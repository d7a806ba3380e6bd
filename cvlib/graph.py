"""The graph of what is made from what, in ``Snakefile``: data, training runs, chapters, book."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from cvlib.data import data_root, describe, path_of
from cvlib.data.catalogue import ROOT_VARIABLE
from cvlib.data.channels import Channels
from cvlib.errors import UserError
from cvlib.notebooks import ROOT
from cvlib.places import slug
from cvlib.runs import STORE_VARIABLE, store
from cvlib.training.plan import Job

SIMULATED = ROOT / "_build" / "data" / "simulated"
"""The simulated images of the book: written once, and read as a reader's own would be."""


def placed(dataset: str) -> str:
    """A data set's name with a whole path in it, as the graph wants it wherever it is started."""
    return f"path:{path_of(dataset).resolve()}" if describe(dataset).name == "path:DIR" else dataset


def source(dataset: str) -> str:
    """What ``open_dataset`` is asked for within the graph."""
    return f"path:{SIMULATED}" if dataset == "simulated" else dataset


def simulated() -> str:
    """The folder of the simulated images, from the repository's root."""
    return str(SIMULATED.relative_to(ROOT))


def trained(dataset: str, profile: str, job: Job) -> str:
    """The file, from the repository's root, that marks a training run as there."""
    return f"_build/{slug(dataset)}/trained/{profile}/{job.file_name()}"


def make(
    targets: Sequence[str],
    dataset: str,
    channels: Channels,
    cores: int | None = None,
    profile: str = "quick",
) -> None:
    """Bring files of the graph up to date.

    Parameters
    ----------
    targets
        File names from the repository's root; none for the whole book.
    dataset
        As :func:`placed` gives it.
    channels
        Channel order of the masks of ``path:DIR``.
    cores
        Steps side by side; all cores where not given. Where there is a GPU, one training at a time.
    profile
        Of the chapters that train.

    Raises
    ------
    UserError
        A step failed, or another process is building here.
    """
    command = [sys.executable, "-m", "snakemake", *targets, "--cores", str(cores or "all"), "--nolock"]
    command += ["--rerun-incomplete", "--config", f"dataset={json.dumps(dataset)}"]
    command += [f"channels={channels}", f"profile={profile}"]
    if shutil.which("nvidia-smi"):
        command += ["--resources", "training=1"]
    with _alone(ROOT / "_build"):
        folders = {ROOT_VARIABLE: str(data_root().resolve()), STORE_VARIABLE: str(store())}
        _snakemake(command, os.environ | folders)


def _snakemake(command: list[str], environment: dict[str, str]) -> None:
    if subprocess.run([*command, "--quiet", "all"], cwd=ROOT, env=environment, check=False).returncode == 0:
        return
    # A step that fails has said why; a graph that cannot be drawn says so only where it is not kept quiet.
    trial = [*command, "--dry-run", "--quiet", "host", "progress", "reason", "rules"]
    answer = subprocess.run(trial, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    told = (
        f"\n{answer.stderr.strip()}" if answer.returncode else "; the line above that names a file says why"
    )
    raise UserError(f"not everything could be made{told}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise UserError(f"{folder}: another build is at work here; wait until it is done") from None
