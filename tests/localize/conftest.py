"""A few simulated X-rays, drawn once, and runs of a second on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cvlib.data.xrays import Xrays, open_xrays


@pytest.fixture(scope="session")
def xrays(tmp_path_factory: pytest.TempPathFactory) -> Xrays:
    """Six cells of four views."""
    return open_xrays("simulated", tmp_path_factory.mktemp("xrays"), images=24, seed=3)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of a test stay in its folder."""
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"
