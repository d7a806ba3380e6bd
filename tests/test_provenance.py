"""What a page says of its origin."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cvlib import provenance
from cvlib.chapter import Chapter
from cvlib.data import Dataset, Subset
from cvlib.provenance import Record, Start


def collected(code: dict[str, str] | None = None) -> Record:
    started = Start(provenance.start().clock, code or {})
    return provenance.collect(
        {"seed": 3, "dataset": "simulated"}, "six images", {"images": 6}, "abc" * 20, started
    )


def test_everything_needed_to_get_the_numbers_again_is_named() -> None:
    facts = collected().facts()
    assert facts["made with"] == "images = 6"
    assert facts["parameters"] == "seed = 3, dataset = 'simulated'"
    assert facts["content (SHA-256)"] == ("abc" * 20)[:16]
    assert f"numpy {np.__version__}" in facts["packages"]
    assert re.fullmatch(r"\d+ s", facts["wall time"])
    assert facts["peak memory"].endswith("MiB")
    assert all(facts.values())


def test_only_packages_in_use_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", SimpleNamespace())
    assert "opencv-python-headless" in collected().packages
    monkeypatch.delitem(sys.modules, "cv2")
    assert "opencv-python-headless" not in collected().packages


def test_a_record_reads_back_as_it_was_written_and_nothing_else_does() -> None:
    record = collected()
    written = json.loads(json.dumps(record.to_json()))
    assert Record.from_json(written) == record
    del written["content"]
    assert Record.from_json(written) is None
    assert Record.from_json("commit 0123") is None


def test_code_is_recorded_as_it_was_loaded_even_if_edited_meanwhile() -> None:
    code = collected({"cvlib.errors": "as it was"}).code
    assert code["cvlib.errors"] == "as it was"
    assert code["cvlib.provenance"] == provenance.code(["cvlib.provenance"])["cvlib.provenance"]


def test_a_part_of_a_data_set_is_recorded_with_the_whole(small_data: Dataset) -> None:
    part = Subset(small_data, [0, 2])
    record = Chapter({}).provenance(part).record
    assert (record.data, record.content) == (part.title, part.fingerprint())
    assert record.whole == small_data.fingerprint() != record.content


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a ``cvlib`` to be edited."""
    (tmp_path / "cvlib" / "papers").mkdir(parents=True)
    for name in ("errors.py", "papers/__init__.py", "papers/electrode.yaml"):
        shutil.copy(provenance.ROOT / "cvlib" / name, tmp_path / "cvlib" / name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "added", "same"),
    [
        ("errors.py", '\n# a remark\n"""And a text."""\n', True),
        ("errors.py", "\nLIMIT = 3\n", False),
        ("errors.py", "\ndef half(", False),
        ("papers/electrode.yaml", "\n# a remark\n", False),
    ],
)
def test_code_counts_by_what_it_does_and_data_files_by_every_byte(
    copy: Path, name: str, added: str, same: bool
) -> None:
    modules = ["cvlib.errors", "cvlib.papers"]
    before = provenance.code(modules, copy)
    assert before["cvlib.errors"] == provenance.code(modules)["cvlib.errors"]
    with (copy / "cvlib" / name).open("a", encoding="utf-8") as file:
        file.write(added)
    assert (provenance.code(modules, copy) == before) is same


def test_a_module_that_has_gone_is_another(copy: Path) -> None:
    before = provenance.code(["cvlib.errors"], copy)
    (copy / "cvlib" / "errors.py").unlink()
    assert provenance.code(["cvlib.errors"], copy) != before


def test_the_commit_is_named_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
        answer = subprocess.run(["git", *identity, *arguments], cwd=tmp_path, capture_output=True, text=True)
        return answer.stdout.strip()

    assert provenance.commit(tmp_path).endswith("not from a repository")
    git("init")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "-m", "first")
    assert provenance.commit(tmp_path) == f"commit {git('rev-parse', '--short=12', 'HEAD')}"
    (tmp_path / "mine.ipynb").write_text("a file that no number comes from")
    assert not provenance.commit(tmp_path).endswith(", with uncommitted changes")
    (tmp_path / "cvlib").mkdir()
    (tmp_path / "cvlib" / "new.py").write_text("")
    assert provenance.commit(tmp_path).endswith(", with uncommitted changes")
    shutil.rmtree(tmp_path / "cvlib")
    (tmp_path / "file").write_text("two")
    assert provenance.commit(tmp_path).endswith(", with uncommitted changes")


def test_the_accelerator_is_named_without_loading_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.accelerator() == "no accelerator"
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho NVIDIA H200\necho NVIDIA H200\n")
    tool.chmod(0o755)
    assert provenance.accelerator() == "NVIDIA H200, not in use here"
    assert "torch" not in sys.modules
    cuda = SimpleNamespace(is_initialized=lambda: True, get_device_name=lambda: "NVIDIA H200")
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert provenance.accelerator() == "NVIDIA H200, in use"
