"""Where training runs live: settings name a folder; the run is loaded from there, or trained into it.

A finished run is ``store()/ID`` and never changes. One that is being trained, or was stopped, is
``store()/unfinished/ID``; renaming it into place is the last step, so a run is there whole or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from filelock import FileLock, Timeout

from cvlib.data.files import reason, reason_unwritten, write_bytes
from cvlib.errors import UserError
from cvlib.provenance import commit, processor

STORE_VARIABLE = "CVLIB_RUNS"

Value = str | int | float | bool | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Settings:
    """All that decides what a training run gives; the same settings are the same run.

    Values are kept as JSON has them: a tuple becomes a list, a number of NumPy's one of Python's; 1 and 1.0
    stay different.

    Attributes
    ----------
    task, model, profile
        Such as ``segmentation``, ``unet-resnet18`` and ``quick``.
    dataset
        What ``open_dataset`` was asked for. It says where the images were, not which, so it has no part in
        ``id``.
    content
        SHA-256 of the data set, as ``Dataset.fingerprint`` gives it.
    split
        How the images were divided: kind, seed, shares.
    seed
        Of the training.
    options
        Learning rate, batch size and the like, by name.
    versions
        Of what decides the numbers: libraries, code.

    Raises
    ------
    UserError
        A value has the wrong type, or is something JSON does not have, such as NaN.

    Examples
    --------
    >>> settings = Settings(task="segmentation", model="unet-resnet18", profile="quick", dataset="simulated",
    ...     content="0" * 64, split={"kind": "clips", "seed": 0, "shares": (0.8, 0.2)}, seed=0,
    ...     options={"rate": 1e-3}, versions={"torch": "2.9.1"})
    >>> settings.id
    '79acd88e69b13823'
    >>> Settings.from_json(settings.to_json()) == settings
    True
    """

    task: str
    model: str
    profile: str
    dataset: str
    content: str
    split: Mapping[str, Any]
    seed: int
    options: Mapping[str, Value]
    versions: Mapping[str, Value]

    def __post_init__(self) -> None:
        for field in fields(self):
            try:
                text = json.dumps(getattr(self, field.name), default=_plain, allow_nan=False)
            except (TypeError, ValueError, AttributeError) as error:
                raise UserError(f"settings, {field.name}: {error}; expected what JSON can hold") from None
            value, kind = json.loads(text), _KINDS.get(field.name, str)
            if type(value) is not kind:
                found = f"{type(value).__name__} {text[:60]}"
                raise UserError(
                    f"settings, {field.name}: {found}, expected {kind.__name__}; mend the settings"
                )
            object.__setattr__(self, field.name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    @property
    def id(self) -> str:
        """Name of the run: the first 16 hexadecimal digits of the SHA-256 of ``canonical()``."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:16]

    def canonical(self) -> str:
        """The settings that decide the numbers (all but ``dataset``): JSON, keys sorted, no white space."""
        values = asdict(self)
        del values["dataset"]
        return json.dumps(values, sort_keys=True, separators=(",", ":"))

    def to_json(self) -> str:
        """All settings, as ``settings.json`` holds them."""
        return json.dumps(asdict(self), sort_keys=True, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """What ``to_json`` wrote; UserError for any other text."""
        try:
            values = json.loads(text)
            return cls(**values)
        except (TypeError, ValueError, RecursionError) as error:
            raise UserError(f"settings: {error}; expected what Settings.to_json writes") from None


_KINDS: Mapping[str, type] = {"seed": int, "split": dict, "options": dict, "versions": dict}
"""Settings that are no text."""


def _plain(value: Any) -> Any:
    """What JSON has for a mapping, or for NumPy's numbers and arrays."""
    return dict(value) if isinstance(value, Mapping) else value.tolist()


@dataclass(frozen=True)
class Run:
    """A finished training run, to be read.

    Attributes
    ----------
    folder
        Where its files lie: ``settings.json``, ``metrics.json``, ``environment.json``, and what the training
        left.
    settings
        What it was trained with; ``dataset`` as the one who trained it named it.
    metrics
        What the training returned. What was not a finite number is None.
    environment
        ``python``, ``packages`` (version by name of those in use), ``machine``, ``commit``, ``wall_seconds``
        (all attempts), ``attempts`` and ``date`` (UTC).
    """

    folder: Path
    settings: Settings
    metrics: Mapping[str, Any]
    environment: Mapping[str, Any]

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def log(self) -> pd.DataFrame:
        """The table ``log.csv``, one row per epoch; UserError if it is missing or damaged."""
        path = self.path("log.csv")
        try:
            return pd.read_csv(path)
        except (OSError, ValueError) as error:
            raise _damaged(self.folder, "log.csv", str(error)) from None

    def path(self, name: str) -> Path:
        """Where a file or folder that the training left lies; UserError if it has gone."""
        path = self.folder / name
        if not path.exists():
            raise _damaged(self.folder, name, "missing")
        return path


class Unfinished(NamedTuple):
    """A run that is being trained, or was stopped; ``settings`` is None where they cannot be read."""

    folder: Path
    settings: Settings | None
    training: bool


def store() -> Path:
    """The folder of training runs: the one in CVLIB_RUNS, else ``_build/trained`` of the repository.

    Raises
    ------
    UserError
        CVLIB_RUNS is not set, and cvlib was installed without its repository.
    """
    stated = os.environ.get(STORE_VARIABLE)
    if stated:
        return Path(stated).expanduser().absolute()
    repository = Path(__file__).resolve().parents[1]
    if not (repository / "pyproject.toml").exists():
        message = f"{repository}: not a clone of the repository, so there is no place for training runs"
        raise UserError(f"{message}; set {STORE_VARIABLE} to a folder for them")
    return repository / "_build" / "trained"


def obtain(
    settings: Settings, train: Callable[[Path], Mapping[str, Any]], say: Callable[[str], object] = print
) -> Run:
    """The run with these settings: loaded if it is there, else trained now.

    Of several processes that ask for the same run, one trains; the others wait and load.

    Parameters
    ----------
    settings
        What is to be trained.
    train
        Is given a folder, writes its files there (``log.csv`` with one row per epoch, weights, predictions)
        and returns the metrics, nested or not; lists show the first that is a number by itself. The folder
        may hold a checkpoint of an attempt with the same settings that was stopped. ``settings.json``,
        ``metrics.json``, ``environment.json`` and ``attempt.json`` are not its to write.
    say
        Is given a line when training starts or goes on, and when another process is waited for.

    Raises
    ------
    UserError
        The run is there but damaged, or the disk is full or not to be written. What ``train`` raises is
        passed on. What was trained until then is kept, and goes on from there when asked for again.
    """
    root = store()
    if (root / settings.id).exists():
        return load(settings.id)
    with _alone(root, settings.id, say):
        if not (root / settings.id).exists():
            folder = root / "unfinished" / settings.id
            _clear_unless_resumable(folder)
            if not (folder / "environment.json").exists():  # else stopped just before the renaming
                _train(settings, train, folder, say)
            with _writing(folder):
                (folder / "attempt.json").unlink(missing_ok=True)
                folder.rename(root / settings.id)
        return load(settings.id)


def load(identifier: str) -> Run:
    """The finished run with this whole id; UserError if it is missing or damaged."""
    folder = store() / identifier
    if (store() / "unfinished" / identifier).is_dir() and not folder.is_dir():
        raise UserError(f"run {identifier}: unfinished; start again what trained it, and it goes on")
    if not folder.is_dir():
        raise UserError(f"{folder}: no such run; cvlib runs list shows those there are")
    settings = _settings(folder)
    if settings is None:
        raise _damaged(folder, "settings.json", "missing, or not the settings of this run")
    return Run(folder, settings, _read(folder, "metrics.json"), _read(folder, "environment.json"))


def find(prefix: str) -> Run:
    """The finished run whose id starts so; UserError if there is none, several, or it is damaged."""
    return load(named(prefix, sorted({*identifiers(), *identifiers(finished=False)})))


def named(prefix: str, known: Sequence[str]) -> str:
    """The one id among those known that starts so.

    >>> named("3f", ["3f00000000000000", "4000000000000000"])
    '3f00000000000000'
    """
    found = [one for one in known if prefix and one.startswith(prefix.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"{prefix!r} is the start of {_listed(found)}; give more digits")
    there = f"there are {_listed(known)}" if known else "there are none"
    raise UserError(f"no run {prefix!r} in {store()}, {there}; cvlib runs list tells more")


def _listed(names: Sequence[str], most: int = 6) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def all_runs() -> list[Run]:
    """All finished runs, the latest last; UserError if one is damaged."""
    return sorted(map(load, identifiers()), key=lambda run: str(run.environment.get("date")))


def unfinished() -> list[Unfinished]:
    """The runs that are being trained or were stopped, by id."""
    root = store()
    folders = [root / "unfinished" / one for one in identifiers(finished=False)]
    return [Unfinished(folder, _settings(folder), is_training(folder.name)) for folder in folders]


def is_training(identifier: str) -> bool:
    """Whether a process is training, or removing, the run with this id just now."""
    path = _lock_file(store(), identifier)
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # somebody else's store: to be looked at, not to be locked
        return False


def identifiers(finished: bool = True) -> list[str]:
    """Ids of the finished runs, sound or not, or of the unfinished ones."""
    folder = store() if finished else store() / "unfinished"
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"{folder}: {reason(error)}, or set {STORE_VARIABLE} to another folder") from None
    return [name for name in names if re.fullmatch("[0-9a-f]{16}", name)]


def remove(folder: Path) -> None:
    """Remove a run, finished or not.

    It goes to ``store()/removed`` first, so that nothing half removed can be taken for a run.

    Raises
    ------
    UserError
        It is being trained now, or the system does not let it go.
    """
    root = store()
    away = root / "removed"
    try:
        with FileLock(_lock_file(root, folder.name), timeout=0):
            away.mkdir(exist_ok=True)
            for left in away.iterdir():  # by a process that was killed while it removed
                shutil.rmtree(left, ignore_errors=True)
            folder.rename(away / folder.name)
            shutil.rmtree(away / folder.name)
    except Timeout:
        raise UserError(f"{folder}: being trained now, not removed; stop its process first") from None
    except OSError as error:
        raise UserError(f"{folder}: not removed ({error.strerror}); remove it by hand") from None


def files(folder: Path) -> dict[str, os.stat_result]:
    """What lies in the folder of a run, by path within it; of a training that goes on, what there just is."""
    found = {}
    for parent, _, names in os.walk(folder):
        for path in (Path(parent) / name for name in names):
            with suppress(FileNotFoundError):
                found[path.relative_to(folder).as_posix()] = path.lstat()
    return dict(sorted(found.items()))


def last_change(folder: Path) -> float:
    """When the newest file of a run was written: seconds since 1970."""
    return max((status.st_mtime for status in files(folder).values()), default=0.0)


def _train(
    settings: Settings,
    train: Callable[[Path], Mapping[str, Any]],
    folder: Path,
    say: Callable[[str], object],
) -> None:
    with _writing(folder):
        attempts, seconds = _prepare(settings, folder, say)
    code, started = commit(), time.perf_counter()
    try:
        metrics = train(folder)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = f"{error.filename or folder}: {error.strerror}; make room and run this again"
        raise UserError(f"{message}: what was trained is kept in {folder}") from error
    seconds += time.perf_counter() - started
    facts = {"commit": code, "wall_seconds": round(seconds, 1), "attempts": attempts}
    with _writing(folder):
        _write(folder / "metrics.json", _finite(metrics))
        _write(folder / "environment.json", _environment() | facts)


def _clear_unless_resumable(folder: Path) -> None:
    if folder.exists() and _settings(folder) is None:  # nobody knows what it was trained with
        with _writing(folder):
            shutil.rmtree(folder)


def _prepare(settings: Settings, folder: Path, say: Callable[[str], object]) -> tuple[int, float]:
    """Make the folder ready for an attempt; give its number, and the seconds spent on those before."""
    what = f"{settings.task} {settings.model} ({settings.profile}, seed {settings.seed}), run {settings.id}"
    say(f"{what}: {'goes on where it was stopped' if folder.exists() else 'training'}")
    folder.mkdir(parents=True, exist_ok=True)
    for part in folder.rglob(".*.part"):  # of write_bytes, when it was killed
        part.unlink()
    attempts, seconds = _spent(folder)
    write_bytes(folder / "settings.json", settings.to_json().encode())
    attempt = {"number": attempts + 1, "seconds_before": seconds, "started": time.time()}
    _write(folder / "attempt.json", attempt)
    return attempts + 1, seconds


def _spent(folder: Path) -> tuple[int, float]:
    """How many attempts were stopped, and the seconds until each wrote its last file."""
    try:
        last = json.loads((folder / "attempt.json").read_bytes())
        seconds = last["seconds_before"] + max(0.0, last_change(folder) - last["started"])
        return int(last["number"]), float(seconds)
    except (OSError, ValueError, TypeError, KeyError):
        return 0, 0.0


def _environment() -> dict[str, Any]:
    loaded = {name.partition(".")[0] for name in sys.modules}
    packages = {package for name in loaded for package in _packages_by_module().get(name, [])}
    return {
        "python": platform.python_version(),
        "packages": {package: version(package) for package in sorted(packages)},
        "machine": f"{platform.system()} {platform.machine()}, {processor()}",
        "date": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
    }


_packages_by_module = cache(packages_distributions)


def _finite(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics as JSON holds them: None for what is not a finite number."""
    return json.loads(json.dumps(dict(metrics), default=_plain), parse_constant=lambda _: None)


def _settings(folder: Path) -> Settings | None:
    """The settings of a run if they are there and whole, and are those its folder is named after."""
    path = folder / "settings.json"
    try:
        settings = Settings.from_json(path.read_text("utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, UserError):
        return None
    except OSError as error:
        raise UserError(f"{path}: {reason(error)}") from None
    return settings if settings.id == folder.name else None


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        values = json.loads((folder / name).read_bytes())
    except FileNotFoundError:
        raise _damaged(folder, name, "missing") from None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(folder, name, f"unreadable ({error})") from None
    if not isinstance(values, dict):
        raise _damaged(folder, name, "no JSON object")
    return values


def _write(path: Path, values: Mapping[str, Any]) -> None:
    write_bytes(path, (json.dumps(values, indent=2) + "\n").encode())


def _damaged(folder: Path, name: str, what: str) -> UserError:
    message = f"{folder / name}: {' '.join(what.split())}"
    return UserError(f"{message}; drop the run with cvlib runs prune {folder.name} and train it again")


def _lock_file(root: Path, identifier: str) -> Path:
    return root / "locks" / f"{identifier}.lock"


@contextmanager
def _alone(root: Path, identifier: str, say: Callable[[str], object]) -> Iterator[None]:
    """One process at a time trains or removes a run; a lock goes with the process that holds it."""
    path = _lock_file(root, identifier)
    lock = FileLock(path)
    with _writing(path):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"run {identifier}: another process trains it, waiting until it is done")
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    """What the system says where something cannot be written, in one line."""
    try:
        yield
    except OSError as error:
        message = f"{error.filename or place}: {reason_unwritten(error)}"
        raise UserError(f"{message}: set {STORE_VARIABLE} to a folder for training runs") from error
