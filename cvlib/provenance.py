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
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]

MIME = "application/vnd.cvlib.provenance+json"
"""Type of the output in which an executed notebook keeps its record."""

PACKAGES = (
    *("numpy", "scipy", "pandas", "cv2", "PIL", "matplotlib", "seaborn", "sklearn", "kornia"),
    *("torch", "torchvision", "lightning", "timm", "segmentation_models_pytorch", "ultralytics"),
)
"""What numbers and figures are computed with, by the name it is imported as."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a run of a notebook was made from; all of it plain values, as JSON has them.

    Attributes
    ----------
    commit, dirty
        Twelve digits, empty where the package is not in a repository; whether its files differ from it.
    code
        A hash by module of this package that was loaded, see :func:`code`.
    data, settings, content, whole
        Title of the data set, what it was made with, the SHA-256 of its content, and that of the data set
        it is a part of, which is its own where it is not.
    parameters
        Values the notebook ran with.
    python, packages
        Versions, of those of ``PACKAGES`` that were loaded.
    machine, accelerator
        In words.
    wall_seconds, peak_mib
        From :func:`start` to :func:`collect`, and of the notebook's own process; memory is None where the
        system does not tell.
    executed
        When, in UTC, as ISO 8601 has it.
    """

    commit: str
    dirty: bool
    code: Mapping[str, str]
    data: str
    settings: Mapping[str, Any]
    content: str
    whole: str
    parameters: Mapping[str, Any]
    python: str
    packages: Mapping[str, str]
    machine: str
    accelerator: str
    wall_seconds: float
    peak_mib: int | None
    executed: str

    def facts(self) -> dict[str, str]:
        """What a reader needs to get the same numbers again: text by heading, in the order to be shown."""
        return {
            "code": self.revision(),
            "data set": self.data,
            "content (SHA-256)": self.content[:16],
            "made with": _listed(self.settings) or "-",
            "parameters": _listed(self.parameters),
            "Python": self.python,
            "packages": ", ".join(f"{package} {version}" for package, version in self.packages.items()),
            "machine": self.machine,
            "accelerator": self.accelerator,
            "wall time": f"{self.wall_seconds:.0f} s",
            "peak memory": "not measured on this system" if self.peak_mib is None else f"{self.peak_mib} MiB",
            "executed": f"{self.executed[:16].replace('T', ' ')} UTC",
        }

    def revision(self) -> str:
        """The commit, with a word if files differed from it."""
        return _revision(self.commit, self.dirty)

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> Record | None:
        """The record that ``to_json`` gave; None for anything else, such as one of another version."""
        if not isinstance(values, dict) or values.keys() != {field.name for field in fields(cls)}:
            return None
        return cls(**values)


class Start(NamedTuple):
    """What to remember of the start of a notebook: the clock, and the code as it was loaded."""

    clock: float
    code: Mapping[str, str]


def start() -> Start:
    """To be called when a notebook has imported what it uses; files may be edited while it runs."""
    return Start(time.perf_counter(), code(_modules()))


def collect(
    parameters: Mapping[str, Any],
    data: str,
    settings: Mapping[str, Any],
    content: str,
    started: Start,
    whole: str = "",
) -> Record:
    """What the numbers of the running notebook come from.

    Parameters
    ----------
    parameters, data, settings, content, whole
        As :class:`Record` has them; ``whole`` is ``content`` unless told.
    started
        What :func:`start` gave.
    """
    seconds = time.perf_counter() - started.clock
    revision, dirty = _commit(ROOT)
    return Record(
        commit=revision,
        dirty=dirty,
        code={**code(_modules() - started.code.keys()), **started.code},
        data=data,
        settings=dict(settings),
        content=content,
        whole=whole or content,
        parameters=dict(parameters),
        python=platform.python_version(),
        packages=_loaded(),
        machine=f"{platform.system()} {platform.machine()}, {processor()}",
        accelerator=accelerator(),
        wall_seconds=round(seconds, 2),
        peak_mib=peak_mib(),
        executed=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in values.items())


def _modules() -> set[str]:
    """Modules of this package that this process has imported."""
    return {name for name in sys.modules if name.partition(".")[0] == "cvlib"}


def _loaded() -> dict[str, str]:
    """Installed versions of those of ``PACKAGES`` that this process has imported."""
    distributions = packages_distributions()
    names = [name for module in PACKAGES if module in sys.modules for name in distributions.get(module, [])]
    return versions_of(dict.fromkeys(names))


def commit(folder: Path = ROOT) -> str:
    """The commit a folder stands at, this package's unless told, with a word if files differ from it."""
    return _revision(*_commit(folder))


def _revision(commit: str, dirty: bool) -> str:
    if not commit:
        return f"coatingvision-companion {version('coatingvision-companion')}, not from a repository"
    return f"commit {commit}" + (", with uncommitted changes" if dirty else "")


def _commit(folder: Path) -> tuple[str, bool]:
    """The commit, and whether files differ from it: tracked ones, or new ones of what makes the numbers."""
    revision = _answer("git", "rev-parse", "--short=12", "HEAD", folder=folder)
    if not revision:
        return "", False
    changed = _answer("git", "status", "--porcelain", folder=folder).splitlines()
    makers = ("?? cvlib/", "?? notebooks/", "?? results/")
    return revision, any(not line.startswith("??") or line.startswith(makers) for line in changed)


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


def code(modules: Iterable[str], root: Path = ROOT) -> dict[str, str]:
    """A short hash by module, of what it does, as :func:`code_of` has it, and of the data files it reads.

    Parameters
    ----------
    modules
        Names; a package stands for its ``__init__`` alone.
    root
        The folder that ``cvlib`` lies in.

    >>> list(code(["cvlib.errors", "cvlib.papers"]))
    ['cvlib.errors', 'cvlib.papers']
    """
    return {module: _hash(files_of(module, root)) for module in sorted(modules)}


_READERS = ("cvlib.results", "cvlib.leaks.stored", "cvlib.annotate.study", "cvlib.annotate.prelabel_scores")
"""Modules that read tables of ``results``."""


def files_of(module: str, root: Path = ROOT) -> list[Path]:
    """The source file of a module of this package, and the data files it reads.

    >>> [path.name for path in files_of("cvlib.errors")]
    ['errors.py']
    """
    place = root.joinpath(*module.split("."))
    if place.is_dir():
        return [place / "__init__.py", *sorted(place.glob("*.yaml"))]
    tables = sorted((root / "results").glob("*/*.csv")) if module in _READERS else []
    return [place.with_suffix(".py"), *tables]


def _hash(paths: Iterable[Path]) -> str:
    """Of files that are there; a module that has gone differs from what it was."""
    digest = hashlib.sha256()
    for path in filter(Path.exists, paths):
        digest.update(f"{path.parent.name}/{path.name}\n".encode())
        digest.update(_doing(path))
    return digest.hexdigest()[:12]


def _doing(path: Path) -> bytes:
    """What decides the numbers in a file: of source, all but comments and docstrings."""
    content = path.read_bytes()
    if path.suffix != ".py":
        return content
    try:
        return _without_docstrings(content.decode()).encode()
    except (SyntaxError, ValueError):  # half edited
        return content


def _without_docstrings(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _answer(*command: str, folder: Path | None = None) -> str:
    """What a program prints; nothing where there is none, or where it fails."""
    try:
        answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.rstrip() if answer.returncode == 0 else ""


def processor() -> str:
    """Model of the processor where the system tells it, and the number of its cores."""
    model = platform.processor() or "unknown processor"
    information = Path("/proc/cpuinfo")
    if information.exists():
        named = (line for line in information.read_text().splitlines() if line.startswith("model name"))
        model = next(named, f": {model}").partition(":")[2].strip()
    return f"{model}, {os.cpu_count()} cores"


def accelerator() -> str:
    """The GPU that this process computes on, or has beside it."""
    torch = sys.modules.get("torch")  # importing it only to ask would cost seconds
    if torch is not None and torch.cuda.is_initialized():
        return f"{torch.cuda.get_device_name()}, in use"
    present = _answer("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines()
    return f"{', '.join(dict.fromkeys(present))}, not in use here" if present else "no accelerator"


def peak_mib() -> int | None:
    """The most memory this process has held, in MiB; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 2**20)
