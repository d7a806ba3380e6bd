"""Jobs by name, and the runs that each chapter shows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cvlib import profiles, tasks
from cvlib.errors import UserError
from cvlib.training.plan import Job, Task, seeds_of


@pytest.mark.parametrize("task", tasks.TASKS)
def test_a_job_of_any_chapter_is_found_again_by_its_file_name(task: Task) -> None:
    jobs = tasks.shown(task, "standard", [0, 3])
    assert [Job.named(job.file_name()) for job in jobs] == jobs
    assert len(set(jobs)) == len(jobs)
    assert {job.task for job in jobs} == {task}


@pytest.mark.parametrize("task", ["segmentation", "detection", "classification"])
def test_every_chapter_on_coatings_compares_both_splits_and_a_classical_baseline(task: Task) -> None:
    jobs = tasks.shown(task)
    twice = {job.model for job in jobs if job.kind == "random"}
    assert len(twice) == 2 and twice < {job.model for job in jobs if job.kind == "groups"}
    assert all(tasks.title(task, job.model) for job in jobs)


def test_overrides_are_part_of_a_job() -> None:
    job = Job("detection", "yolo11n", "random", 3, ("lr=1e-3", "epochs=4"))
    assert Job.named(job.file_name()) == job


@pytest.mark.parametrize("text", ["", "one", "0,", "-1", "0;1", "1.5"])
def test_what_is_no_seed_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="expected whole numbers with commas between"):
        seeds_of(text)


@pytest.mark.parametrize(
    "kind",
    [profiles.Segmentation, profiles.Detection, profiles.Classification],
    ids=lambda each: each.__name__,
)
def test_every_task_has_every_profile(kind: type[profiles.Profile]) -> None:
    assert tuple(kind.named) == profiles.NAMES
    trial = kind.find("trial")
    assert trial.epochs * trial.steps < 10


def test_the_plans_are_told_without_loading_what_trains() -> None:
    told = (
        "import sys, cvlib.tasks; print([each for each in ('torch', 'ultralytics') if each in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
