"""Which runs are compared, and the commands that train them."""

from __future__ import annotations

import sys

import pytest

from cvlib import cli, profiles
from cvlib.errors import UserError
from cvlib.segment.plan import CLASSICAL, TASK, chapter_jobs, grid_jobs, models
from cvlib.training.plan import Job


def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """The one line that a mistaken command ends with."""
    monkeypatch.setattr(sys, "argv", ["cvlib", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_the_papers_six_models_and_what_stands_in_for_them() -> None:
    paper = [
        f"{decoder}-{encoder}"
        for encoder in ("resnet50", "efficientnet-b6")
        for decoder in ("unet", "fpn", "linknet")
    ]
    assert [*models("paper")] == paper
    assert [*models("quick").values()] == paper
    assert not set(models("quick")) & set(paper)


def test_the_chapter_compares_all_models_seeds_and_splits() -> None:
    jobs = chapter_jobs("quick", [0, 1, 2])
    assert {job.model for job in jobs} == {*models("quick"), CLASSICAL}
    assert {job.seed for job in jobs if job.model == "unet-resnet18" and job.kind == "groups"} == {0, 1, 2}
    assert {job.model for job in jobs if job.kind == "random"} == {"unet-resnet18", CLASSICAL}
    assert len(jobs) == len(set(jobs)) == 11


def test_a_job_is_found_again_by_its_file_name() -> None:
    job = Job(TASK, "fpn-efficientnet-b0", "random", 3, ("lr=1e-3", "epochs=4"))
    assert Job.named(job.file_name()) == job


def test_a_grid_is_every_combination() -> None:
    jobs = grid_jobs(
        "unet-resnet18", "groups", ["epochs=2"], ["lr=1e-3,1e-4", "encoder=resnet18,resnet34", "seed=0,1"]
    )
    assert len(set(jobs)) == 8
    assert Job(TASK, "unet-resnet34", "groups", 1, ("epochs=2", "lr=1e-4")) in jobs


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("lr", "expected FIELD=V1,V2"),
        ("lr=", "expected FIELD=V1,V2"),
        ("rate=1", "expected FIELD=VALUE with a field of"),
        ("lr=fast", "lr=fast: Input should be a valid number"),
        ("seed=one", "expected whole numbers"),
        ("seed=-1", "expected whole numbers"),
    ],
)
def test_a_grid_that_cannot_be_trained_is_refused(grid: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        grid_jobs("unet-resnet18", "groups", [], [grid])


def test_a_dry_run_prints_a_command_for_each_combination(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["sweep", "segmentation", "--grid", "lr=1e-3,1e-4", "--profile", "paper", "--dry-run"]
    monkeypatch.setattr(sys, "argv", ["cvlib", *words])
    cli.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" -p ")[1].split()[0] for line in lines] == ["lr=1e-3", "lr=1e-4"]
    assert all(line.startswith("cvlib train segmentation unet-resnet18") for line in lines)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["unet-resnet18", "--profile", "fast"],
            "profile 'fast' is unknown, expected trial, quick, standard, paper",
        ),
        (["unet-resnet18", "-p", "epoch=3"], "did you mean epochs?"),
        (
            ["unet-resnet18", "-p", "height=100"],
            "not divisible by 32, as the decoders need; 96 or 128 would do",
        ),
        (["opencv", "--seeds", "0,x"], "seeds '0,x': expected whole numbers"),
        (["unet-resnet19"], "encoder 'resnet19' is unknown"),
        (["segnet-resnet18"], "decoder 'segnet' is unknown, expected unet, fpn, linknet"),
        (["unet-resnet18", "--dataset", "magnetic"], "did you mean magnetic-tile?"),
    ],
)
def test_a_mistake_ends_with_one_line_that_says_what_would_do(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert expected in told(capsys, monkeypatch, "train", "segmentation", *words)


def test_overriding_names_what_differs() -> None:
    profile = profiles.Segmentation.find("paper", ["weights=random", "batch=8"])
    assert profile.label("paper") == "paper (batch=8, weights=random)"
    assert profiles.Segmentation.find("paper").label("paper") == "paper"
