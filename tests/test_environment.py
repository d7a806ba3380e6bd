"""The three descriptions of the environment agree, and the lock is what its readers need."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
KNOWN_STEPS = {"ARG", "FROM", "RUN", "USER", "WORKDIR", "ENV", "COPY", "VOLUME", "EXPOSE", "CMD"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def locked(python: str) -> dict[str, str]:
    """Version of each locked package that this Python gets."""
    lines = re.findall(r"^([^\s#-].*?)(?: \\)?$", LOCK, flags=re.MULTILINE)
    requirements = [Requirement(line) for line in lines]
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    return {
        each.name: str(each.specifier).removeprefix("==")
        for each in requirements
        if each.marker is None or each.marker.evaluate(environment)
    }


def test_conda_users_get_the_locked_versions() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    conda = dict(
        entry.split("=", 1)
        for entry in environment["dependencies"]
        if isinstance(entry, str) and "=" in entry
    )
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    versions = locked(conda["python"])
    extras = [extra for name, extra in PROJECT["optional-dependencies"].items() if name != "yolo"]
    direct = [*PROJECT["dependencies"], *(each for extra in extras for each in extra)]
    expected = {f"{name}=={versions[name]}" for name in (Requirement(each).name for each in direct)}
    assert set(pip) == expected


def test_conda_users_are_told_the_locked_versions_of_what_they_add_for_yolo() -> None:
    comment = next(
        line for line in (ROOT / "environment.yml").read_text("utf-8").splitlines() if "ultralytics==" in line
    )
    versions = locked("3.12")
    told = dict(word.split("==") for word in comment.split() if "==" in word)
    assert told == {name: versions[name] for name in told}


def test_one_opencv_build_only() -> None:
    assert [name for name in locked("3.12") if name.startswith("opencv")] == ["opencv-python-headless"]


def test_every_locked_package_is_pinned_and_hashed_and_no_index_is_named() -> None:
    entries = re.split(r"^(?=[^\s#-])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) > 100
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?://|--(extra-)?index|--find-links", LOCK)


def test_binder_users_get_the_locked_versions() -> None:
    python = (ROOT / ".binder" / "runtime.txt").read_text("utf-8").strip().removeprefix("python-")
    versions = locked(python)
    lines = (ROOT / ".binder" / "requirements.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pins == {name: versions[name] for name in pins}
    assert {Requirement(each).name for each in PROJECT["dependencies"]} <= pins.keys()
    heavy = {Requirement(each).name for each in PROJECT["optional-dependencies"]["train"]}
    assert not heavy & pins.keys()


def test_binders_script_can_be_run() -> None:
    script = ROOT / ".binder" / "postBuild"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_the_container_copies_what_is_there_and_does_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    steps = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert {step[0] for step in steps} <= KNOWN_STEPS
    copied = [word for step in steps if step[0] == "COPY" for word in step[1:-1] if not word.startswith("--")]
    assert "requirements.lock" in copied
    assert all((ROOT / name).exists() for name in copied)
    assert [step[1] for step in steps if step[0] == "USER"][-1] != "root"
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert {".venv", "_build"} <= set(ignored)
    assert not {*copied, "cvlib", "notebooks", "book", ".git"} & set(ignored)
