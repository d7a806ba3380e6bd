"""What a page says of its origin."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from cvlib import provenance


def test_everything_needed_to_get_the_numbers_again_is_named() -> None:
    facts = provenance.collect(
        {"seed": 3, "dataset": "simulated"}, "six images", {"images": 6}, "abc" * 20, time.perf_counter()
    )
    assert facts["made with"] == "images = 6"
    assert facts["parameters"] == "seed = 3, dataset = 'simulated'"
    assert facts["content (SHA-256)"] == ("abc" * 20)[:16]
    assert "numpy " in facts["packages"]
    assert facts["wall time"] == "0 s"
    assert facts["peak memory"].endswith("MiB")
    assert all(facts.values())


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
    (tmp_path / "file").write_text("two")
    assert provenance.commit(tmp_path).endswith(", with uncommitted changes")
