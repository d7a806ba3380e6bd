"""What each chapter took: read from what Snakemake and papermill recorded when they ran it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cvlib import tasks
from cvlib.provenance import processor
from cvlib.tables import Table
from cvlib.training.plan import Job


def page(
    executed: list[Path], records: Path, profile: str = "quick", warned: Mapping[str, str] | None = None
) -> str:
    """The status page as MyST Markdown.

    Parameters
    ----------
    executed
        Notebooks as papermill left them.
    records
        Folder of Snakemake's benchmark files, one ``CHAPTER.tsv`` each; a chapter without one shows dashes.
    profile
        Of the training runs.
    warned
        By chapter, the title of the warning that its page carries.
    """
    states = warned or {}
    rows = [
        _row(notebook, records / f"{notebook.stem}.tsv")
        | {"up to date": states.get(notebook.stem, "yes").lower()}
        for notebook in executed
    ]
    table = Table(
        pd.DataFrame(rows),
        "tab-status",
        f"What each chapter took, on {processor()}, one thread per chapter.",
    )
    return "\n".join(
        [
            "# Status",
            "",
            "Every chapter was executed by papermill, first cell to last, when this book was built; a",
            "cell that fails stops the build. Drawing or reading the data is part of each chapter's time.",
            "",
            table.markdown(),
            "",
            *_trained(records / "trained" / profile, profile),
        ]
    )


def _trained(records: Path, profile: str) -> list[str]:
    jobs = [job for task in tasks.TASKS for job in tasks.shown(task, profile)]
    found = {job: records / f"{job.file_name()}.tsv" for job in jobs}
    rows = [{"run": _named(job), **_measured(record)} for job, record in found.items() if record.exists()]
    if not rows:
        return []
    caption = (
        "What the training runs took that the chapters show, one thread each. One that was there was loaded."
    )
    return [Table(pd.DataFrame(rows), "tab-trained", caption).markdown(), ""]


def _named(job: Job) -> str:
    changed = "".join(f", {override}" for override in job.overrides)
    return f"{job.task}: {tasks.title(job.task, job.model)}, {job.kind} split, seed {job.seed}{changed}"


def _measured(record: Path) -> dict[str, str]:
    measured = pd.read_csv(record, sep="\t").iloc[-1]
    return {
        "wall time": f"{measured['s']:.0f} s",
        "CPU time": f"{measured['cpu_time']:.0f} s",
        "peak memory": f"{measured['max_rss']:.0f} MiB",
    }


def _row(notebook: Path, record: Path) -> dict[str, str]:
    import nbformat

    run = nbformat.read(notebook, as_version=4).metadata.get("papermill", {})
    started = str(run.get("start_time") or "")[:16].replace("T", " ")
    row = {
        "chapter": f"{{doc}}`executed/{notebook.stem}`",
        "wall time": f"{run['duration']:.0f} s" if run.get("duration") else "-",
        "CPU time": "-",
        "peak memory": "-",
        "executed": f"{started} UTC" if started else "-",
    }
    return row | (_measured(record) if record.exists() else {})
