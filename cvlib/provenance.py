"""Where a page's numbers come from: code, data, parameters, versions, machine, time."""

from __future__ import annotations

import ast
import hashlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "opencv-python-headless", "pandas", "pillow", "matplotlib")


def collect(
    parameters: Mapping[str, Any], data: str, settings: Mapping[str, Any], fingerprint: str, started: float
) -> dict[str, str]:
    """What a reader needs to get the same numbers again.

    Parameters
    ----------
    parameters
        Values the notebook ran with.
    data, settings, fingerprint
        Title of the data set, what it was made with where it was made, and the SHA-256 of its content.
    started
        ``time.perf_counter()`` at the start of the notebook.

    Returns
    -------
    dict
        Text by heading, in the order to be shown.
    """
    return {
        "code": commit(),
        "data set": data,
        "content (SHA-256)": fingerprint[:16],
        "made with": _listed(settings) or "-",
        "parameters": _listed(parameters),
        "Python": platform.python_version(),
        "packages": ", ".join(f"{package} {version(package)}" for package in PACKAGES),
        "machine": f"{platform.system()} {platform.machine()}, {processor()}",
        "wall time": f"{time.perf_counter() - started:.0f} s",
        "peak memory": peak_memory(),
        "executed": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in values.items())


def commit(folder: Path = Path(__file__).parent) -> str:
    """The commit a folder stands at, this package's unless told, with a word if files differ from it."""
    described = _git(folder, "rev-parse", "--short=12", "HEAD")
    if not described:
        return f"coatingvision-companion {version('coatingvision-companion')}, not from a repository"
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"commit {described}" + (", with uncommitted changes" if changed else "")


def versions_of(packages: Iterable[str]) -> dict[str, str]:
    """Installed versions by package."""
    return {package: version(package) for package in packages}


def code_of(modules: Iterable[str]) -> str:
    """A short hash that changes with what modules of this package do, not with comments or docstrings.

    Parameters
    ----------
    modules
        Names; a package stands for all its modules.

    >>> code_of(["cvlib.errors"]) == code_of(["cvlib.defects"])
    False
    """
    digest = hashlib.sha256()
    for name in modules:
        place = Path(__file__).parents[1].joinpath(*name.split("."))
        for path in sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]:
            digest.update(_without_docstrings(path.read_text("utf-8")).encode())
    return digest.hexdigest()[:12]


def _without_docstrings(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _git(folder: Path, *arguments: str) -> str:
    try:
        answer = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def processor() -> str:
    """Model of the processor where the system tells it, and the number of its cores."""
    model = platform.processor() or "unknown processor"
    information = Path("/proc/cpuinfo")
    if information.exists():
        named = (line for line in information.read_text().splitlines() if line.startswith("model name"))
        model = next(named, f": {model}").partition(":")[2].strip()
    return f"{model}, {os.cpu_count()} cores"


def peak_memory() -> str:
    """The most memory this process has held."""
    if sys.platform == "win32":
        return "not measured on this system"
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{peak * (1 if sys.platform == 'darwin' else 1024) / 2**20:.0f} MiB"
