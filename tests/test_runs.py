"""Training runs: which settings are the same run, and that a run is there whole or not at all."""

from __future__ import annotations

import dataclasses
import errno
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib import runs
from cvlib.cli import main
from cvlib.errors import UserError
from cvlib.runs import Run, Settings, obtain

SETTINGS = Settings(
    task="segmentation",
    model="unet-resnet18",
    profile="quick",
    dataset="path:/a",
    content="0" * 64,
    split={"kind": "clips", "seed": 0, "shares": (0.8, 0.2)},
    seed=0,
    options={"rate": 1e-3, "batch": 4, "weights": None},
    versions={"torch": "2.9.1"},
)
OTHER = dataclasses.replace(SETTINGS, seed=1, options={"rate": 3e-4, "batch": 4})


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store of its own for each test."""
    monkeypatch.setenv("CVLIB_RUNS", str(tmp_path / "trained"))
    return tmp_path / "trained"


def train(folder: Path) -> Mapping[str, Any]:
    """A training of two epochs, done at once."""
    (folder / "log.csv").write_text("epoch,loss\n0,0.7\n1,0.1\n")
    (folder / "predictions").mkdir(exist_ok=True)
    (folder / "predictions" / "0.bin").write_bytes(bytes(2_000_000))
    return {"per_class": {"crack": 0.8, "pinhole": math.nan}, "dice": 0.9, "images": 6}


def never(folder: Path) -> Mapping[str, Any]:
    """A training that must not be called."""
    raise AssertionError(f"trained again in {folder}")


def unfinished(store: Path, settings: Settings = SETTINGS) -> Path:
    """Where an unfinished run lies."""
    return store / "unfinished" / settings.id


# Settings

values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters())
)
few = st.sampled_from([None, True, False, 0, 1, 0.0, 1.0, "", "1", "é"])


def settings_with(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Settings]:
    """Settings whose open parts hold such values."""
    flat = st.dictionaries(st.sampled_from("ab"), value, max_size=2)
    nested = st.dictionaries(st.sampled_from("ab"), value | st.lists(value, max_size=2) | flat, max_size=2)
    name = st.sampled_from(["x", "y"])
    return st.builds(
        Settings,
        task=name,
        model=name,
        profile=name,
        dataset=name,
        content=name,
        split=nested,
        seed=st.integers(0, 1),
        options=flat,
        versions=flat,
    )


def same(a: Any, b: Any) -> bool:
    """Equal in value and in type all the way down; what JSON should tell apart, said without JSON."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)


@hypothesis.settings(deadline=None)
@given(settings_with(few), few | st.lists(few, max_size=2), few | st.lists(few, max_size=2), st.booleans())
def test_two_settings_are_one_run_only_if_all_but_the_name_of_the_data_is_the_same(
    one: Settings, value: Any, other_value: Any, renamed: bool
) -> None:
    a = dataclasses.replace(one, options={**one.options, "c": value})
    options = dict(reversed([*one.options.items(), ("c", other_value)]))
    b = dataclasses.replace(one, options=options, dataset="path:/b" if renamed else one.dataset)
    assert (a.id == b.id) == same(value, other_value)
    assert (a == b) == (same(value, other_value) and not renamed)


@hypothesis.settings(deadline=None)
@given(settings_with(few), st.sampled_from([field.name for field in dataclasses.fields(Settings)]), few)
def test_changing_one_setting_changes_the_id_and_changing_it_back_restores_it(
    one: Settings, name: str, value: Any
) -> None:
    before = getattr(one, name)
    after: Any = {str: "other", int: 2, dict: {"other": value}}[type(before)]
    changed = dataclasses.replace(one, **{name: after})
    assert (changed.id == one.id) == (name == "dataset")
    assert changed != one
    assert dataclasses.replace(changed, **{name: before}).id == one.id


@hypothesis.settings(deadline=None)
@given(settings_with(values))
def test_settings_are_read_back_as_they_were_written(one: Settings) -> None:
    again = Settings.from_json(one.to_json())
    assert same(dataclasses.asdict(again), dataclasses.asdict(one))
    assert (again, again.id, hash(again)) == (one, one.id, hash(one))


def test_order_tuples_and_numpy_numbers_do_not_matter_whole_and_real_numbers_do() -> None:
    split = {"shares": np.array([0.8, 0.2]), "seed": np.int64(0), "kind": "clips"}
    options = dict(reversed(list(SETTINGS.options.items()))) | {"rate": np.float64(1e-3)}
    assert dataclasses.replace(SETTINGS, split=split, options=options) == SETTINGS
    ids = {dataclasses.replace(SETTINGS, options={"batch": batch}).id for batch in (1, 1.0, True, "1", None)}
    assert len(ids) == 5


def test_the_canonical_text_by_hand() -> None:
    settings = dataclasses.replace(SETTINGS, content="c", options={"b": 1e-3, "a": None}, versions={"é": 1.0})
    assert settings.canonical() == (
        '{"content":"c","model":"unet-resnet18","options":{"a":null,"b":0.001},"profile":"quick","seed":0,'
        '"split":{"kind":"clips","seed":0,"shares":[0.8,0.2]},"task":"segmentation","versions":{"\\u00e9":1.0}}'
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"options": {"rate": math.nan}},
        {"options": {"rate": -math.inf}},
        {"options": {"rate": {1, 2}}},
        {"options": [1]},
        {"seed": 1.0},
        {"seed": True},
        {"model": None},
    ],
)
def test_settings_that_are_no_json_or_of_the_wrong_type_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=f"settings, {next(iter(wrong))}: .*expected") as caught:
        dataclasses.replace(SETTINGS, **wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seed": NaN}', '{"color": 1}', "[" * 100_000])
def test_a_text_that_holds_no_settings_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="settings"):
        Settings.from_json(text)


# Train or load


def test_a_run_is_trained_once_and_then_loaded(store: Path) -> None:
    said: list[str] = []
    trained = obtain(SETTINGS, train, said.append)
    loaded = obtain(SETTINGS, never, said.append)
    assert len(said) == 1 and SETTINGS.id in said[0]
    for run in (trained, loaded):
        assert (run.id, run.folder, run.settings) == (SETTINGS.id, store / SETTINGS.id, SETTINGS)
        assert run.metrics == {"per_class": {"crack": 0.8, "pinhole": None}, "dice": 0.9, "images": 6}
        assert run.log.to_dict("list") == {"epoch": [0, 1], "loss": [0.7, 0.1]}
        assert run.environment["packages"]["numpy"] == np.__version__
        assert run.environment["attempts"] == 1
    assert trained == loaded
    names = {"settings.json", "metrics.json", "environment.json", "log.csv", "predictions"}
    assert {path.name for path in loaded.folder.iterdir()} == names
    assert runs.all_runs() == [loaded] and runs.unfinished() == []


def test_the_same_images_under_another_name_are_the_same_run() -> None:
    obtain(SETTINGS, train)
    assert obtain(dataclasses.replace(SETTINGS, dataset="path:/b"), never).settings.dataset == "path:/a"


def test_a_run_is_loaded_from_a_store_that_cannot_be_written(store: Path) -> None:
    run = obtain(SETTINGS, train)
    shutil.rmtree(store / "locks")
    (store / "locks").touch()
    assert obtain(SETTINGS, never) == run


def test_metrics_may_be_numbers_of_numpy() -> None:
    metrics = {"dice": np.float32(0.5), "count": np.int64(3), "ious": np.array([0.25, np.inf])}
    assert obtain(SETTINGS, lambda _: metrics).metrics == {"dice": 0.5, "count": 3, "ious": [0.25, None]}


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt, UserError])
def test_what_stops_a_training_is_passed_on_and_the_next_attempt_goes_on(
    stop: type[BaseException], store: Path
) -> None:
    def stopped(folder: Path) -> Mapping[str, Any]:
        (folder / "checkpoint").write_text("epoch 1")
        raise stop("half way")

    with pytest.raises(stop, match="half way"):
        obtain(SETTINGS, stopped)
    [left] = runs.unfinished()
    assert (left.settings, left.training) == (SETTINGS, False)
    assert runs.all_runs() == []

    def goes_on(folder: Path) -> Mapping[str, Any]:
        return {"from": (folder / "checkpoint").read_text()}

    said: list[str] = []
    run = obtain(SETTINGS, goes_on, said.append)
    assert run.metrics == {"from": "epoch 1"}
    assert run.environment["attempts"] == 2
    assert "goes on" in said[0]
    assert runs.unfinished() == []


def test_the_time_of_all_attempts_is_counted_but_not_the_time_between(store: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        obtain(SETTINGS, lambda folder: {"never": 1 / 0})
    attempt = json.loads((unfinished(store) / "attempt.json").read_text())
    attempt["started"] -= 1000
    (unfinished(store) / "attempt.json").write_text(json.dumps(attempt))
    for path in unfinished(store).iterdir():
        os.utime(path, (time.time() - 400,) * 2)  # its last file 600 s after its start, then 400 s of nothing
    assert obtain(SETTINGS, train).environment["wall_seconds"] == pytest.approx(600, abs=20)


@pytest.mark.parametrize("found", ["", "not JSON", OTHER.to_json(), None])
def test_an_unfinished_folder_of_other_settings_is_not_gone_on_with(found: str | None, store: Path) -> None:
    unfinished(store).mkdir(parents=True)
    (unfinished(store) / "checkpoint").touch()
    (unfinished(store) / "environment.json").write_text("{}")
    (unfinished(store) / "metrics.json").write_text("{}")
    if found is not None:
        (unfinished(store) / "settings.json").write_text(found)

    def fresh(folder: Path) -> Mapping[str, Any]:
        return {"checkpoint": (folder / "checkpoint").exists()}

    assert obtain(SETTINGS, fresh).metrics == {"checkpoint": False}


# Several processes, and those that die


TRAINS = """
import faulthandler, os, sys
from cvlib.runs import Settings, obtain
faulthandler.dump_traceback_later(60, exit=True)  # rather than that a test waits for ever
def train(folder):
    (folder / "checkpoint").write_text("epoch 1")
    (folder / ".weights.pt.1.part").write_text("half")
    child = os.fork() if hasattr(os, "fork") else None  # as a loader of images that outlives its master
    if not child:
        print("training", flush=True)
    sys.stdin.read()
    if child == 0:
        os._exit(0)
    return {"dice": 0.9}
obtain(Settings.from_json(sys.argv[1]), train, say=str)
"""


@contextmanager
def training() -> Iterator[subprocess.Popen[str]]:
    """Another process, in the midst of training; it ends when its input does."""
    command = [sys.executable, "-c", TRAINS, SETTINGS.to_json()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout and process.stdout.readline() == "training\n"
        yield process


def test_of_two_processes_one_trains_and_the_other_waits_says_so_and_loads() -> None:
    said: list[str] = []
    with training() as other:
        assert [one.training for one in runs.unfinished()] == [True]

        def say(line: str) -> None:
            said.append(line)
            other.communicate(timeout=30)

        assert obtain(SETTINGS, never, say).metrics == {"dice": 0.9}
    assert other.returncode == 0
    assert len(said) == 1 and "waiting" in said[0]


def test_many_that_ask_at_once_train_once() -> None:
    trained: list[Path] = []
    got: list[Run] = []
    barrier = threading.Barrier(8)

    def counted(folder: Path) -> Mapping[str, Any]:
        trained.append(folder)
        return train(folder)

    def ask() -> None:
        barrier.wait()
        got.append(obtain(SETTINGS, counted))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(trained) == 1
    assert len(got) == 8 and all(run == got[0] for run in got)


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_training_leaves_nothing_that_looks_finished_and_goes_on() -> None:
    def goes_on(folder: Path) -> Mapping[str, Any]:
        assert not list(folder.glob(".*.part"))
        return {"from": (folder / "checkpoint").read_text()}

    said: list[str] = []
    with training() as other:
        other.send_signal(signal.SIGKILL)
        other.wait(30)
        assert runs.all_runs() == []
        assert [(one.settings, one.training) for one in runs.unfinished()] == [(SETTINGS, False)]
        run = obtain(SETTINGS, goes_on, said.append)
    assert run.metrics == {"from": "epoch 1"} and run.environment["attempts"] == 2
    assert len(said) == 1 and "goes on" in said[0]


DIES_AT_EACH_STEP = """
import itertools, os, signal, sys
from cvlib.runs import Settings, obtain
def train(folder):
    (folder / "log.csv").write_text("epoch,loss\\n0,0.7\\n1,0.1\\n")
    return {"dice": 0.9}
def die(at):
    steps = itertools.count()
    def hook(event, arguments):
        changes = event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir") or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if changes and str(arguments[0]).startswith(root) and next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
root, settings = os.environ["CVLIB_RUNS"], Settings.from_json(sys.argv[1])
for at in itertools.count():
    os.environ["CVLIB_RUNS"] = f"{root}/{at}"
    os.makedirs(f"{root}/{at}")
    if (child := os.fork()) == 0:
        die(at)
        obtain(settings, train, say=str)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
print(at)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
def test_killed_before_any_change_of_the_disk_a_run_is_whole_or_not_there(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.mkdir()
    command = [sys.executable, "-c", DIES_AT_EACH_STEP, SETTINGS.to_json()]
    steps = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert steps > 12
    for at in range(steps + 1):
        monkeypatch.setenv("CVLIB_RUNS", str(store / str(at)))
        assert len(runs.all_runs()) == (at == steps)
        run = obtain(SETTINGS, never if at == steps else train)
        assert run.metrics["dice"] == 0.9 and len(run.log) == 2
        left = {path.name for path in run.folder.iterdir()} - {"predictions"}
        assert left == {"settings.json", "metrics.json", "environment.json", "log.csv"}
        assert runs.unfinished() == []


def test_a_run_that_only_lacked_its_renaming_is_not_trained_again(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refused(path: Path, target: Path) -> Path:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(UserError, match=r"permission denied.*CVLIB_RUNS"):
        obtain(SETTINGS, train)
    monkeypatch.setattr(Path, "rename", rename)
    assert runs.all_runs() == []
    assert obtain(SETTINGS, never).metrics["dice"] == 0.9


# Disks


def test_a_disk_that_fills_up_while_training_is_told_in_one_line_and_costs_nothing(store: Path) -> None:
    def fills(folder: Path) -> Mapping[str, Any]:
        (folder / "checkpoint").write_text("epoch 1")
        raise OSError(errno.ENOSPC, "No space left on device", "weights.pt")

    with pytest.raises(UserError, match=r"weights\.pt: No space left.*make room.*kept in") as caught:
        obtain(SETTINGS, fills)
    assert "\n" not in str(caught.value)
    assert (unfinished(store) / "checkpoint").read_text() == "epoch 1"
    assert obtain(SETTINGS, train).metrics["dice"] == 0.9


def test_a_disk_that_is_full_when_the_metrics_are_written(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if "metrics" not in path.name:
            return write(path, content)
        write(path, content[:3])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match=r"No space left on device.*make room"):
        obtain(SETTINGS, lambda folder: {"dice": 0.9})
    assert runs.all_runs() == []
    assert {path.name for path in unfinished(store).iterdir()} == {"attempt.json", "settings.json"}


def test_other_errors_of_the_system_in_a_training_stay_what_they_are() -> None:
    with pytest.raises(FileNotFoundError):
        obtain(SETTINGS, lambda folder: json.loads((folder / "nowhere").read_text()))


@pytest.mark.parametrize("where", [".", "locks", "unfinished"])
def test_a_store_that_cannot_be_written_is_told_before_training(where: str, store: Path) -> None:
    (store / where).parent.mkdir(parents=True, exist_ok=True)
    (store / where).write_text("a file stands here")
    with pytest.raises(UserError, match="set CVLIB_RUNS") as caught:
        obtain(SETTINGS, never)
    assert "\n" not in str(caught.value)


def test_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CVLIB_RUNS", "here")
    assert runs.store() == tmp_path / "here"
    monkeypatch.delenv("CVLIB_RUNS")
    assert runs.store() == Path(__file__).parents[1] / "_build" / "trained"
    monkeypatch.setattr(runs, "__file__", str(tmp_path / "site-packages" / "cvlib" / "runs.py"))
    with pytest.raises(UserError, match="set CVLIB_RUNS"):
        runs.store()


# Damage


def cut(path: Path) -> None:
    """Half of a file is lost."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("name", ["settings.json", "metrics.json", "environment.json"])
@pytest.mark.parametrize(
    "damage",
    [
        cut,
        Path.unlink,
        lambda path: path.write_text("[1]"),
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.write_text("[" * 100_000),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(name: str, damage: Callable[[Path], object]) -> None:
    run = obtain(SETTINGS, train)
    damage(run.folder / name)
    for ask in (lambda: obtain(SETTINGS, never), lambda: runs.find(run.id), runs.all_runs):
        with pytest.raises(UserError, match=f"{name}.*cvlib runs prune {run.id} and train") as caught:
            ask()
        assert "\n" not in str(caught.value)


def test_settings_that_are_not_those_of_the_folder_are_refused() -> None:
    run = obtain(SETTINGS, train)
    (run.folder / "settings.json").write_text(OTHER.to_json())
    with pytest.raises(UserError, match="not the settings of this run"):
        runs.find(run.id)


@pytest.mark.parametrize("content", [b"", b"epoch,loss\n0,1\n1,2,3\n", b"\xff\xfe\xff"])
def test_a_damaged_or_missing_log_is_named(content: bytes) -> None:
    run = obtain(SETTINGS, train)
    (run.folder / "log.csv").write_bytes(content)
    with pytest.raises(UserError, match=r"log\.csv.*cvlib runs prune") as caught:
        _ = run.log
    assert "\n" not in str(caught.value)
    (run.folder / "log.csv").unlink()
    with pytest.raises(UserError, match=r"log\.csv: missing"):
        _ = run.log


def test_a_file_of_the_training_is_found_or_said_to_be_missing() -> None:
    run = obtain(SETTINGS, train)
    assert run.path("predictions/0.bin").stat().st_size == 2_000_000
    with pytest.raises(UserError, match=r"weights\.pt: missing.*cvlib runs prune"):
        run.path("weights.pt")


# Finding and the commands


def test_a_run_is_found_by_the_start_of_its_id(store: Path) -> None:
    with pytest.raises(UserError, match=f"no run '{SETTINGS.id[:4]}'.*there are none"):
        runs.find(SETTINGS.id[:4])
    run, other = obtain(SETTINGS, train), obtain(OTHER, train)
    assert runs.find(run.id[:4].upper()) == run
    assert runs.find(other.id) == other
    with pytest.raises(UserError, match="no run 'x'") as caught:
        runs.find("x")
    assert run.id in str(caught.value) and other.id in str(caught.value)
    twin = store / (run.id[:15] + ("0" if run.id[15] != "0" else "1"))
    twin.mkdir()
    with pytest.raises(UserError, match=f"start of .*{run.id}.*more digits"):
        runs.find(run.id[:4])
    with pytest.raises(UserError, match="no run ''"):
        runs.find("")


@pytest.mark.parametrize("first", [SETTINGS, OTHER])
def test_runs_come_in_the_order_they_were_finished(
    first: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for one, year in ((SETTINGS, 2026), (OTHER, 2026), (first, 2025)):
        path = obtain(one, train, str).path("environment.json")
        path.write_text(json.dumps(json.loads(path.read_text()) | {"date": f"{year}-01-01 00:00:00 UTC"}))
    order = [run.id for run in runs.all_runs()]
    assert len(order) == 2 and order[0] == first.id
    assert command(monkeypatch, "list", "--json") == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["runs"]] == order


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit status of ``cvlib runs``."""
    monkeypatch.setattr(sys, "argv", ["cvlib", "runs", *words])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


Capture = pytest.CaptureFixture[str]


def test_the_list_tells_finished_unfinished_and_damaged_runs_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, store: Path
) -> None:
    assert command(monkeypatch, "list") == 0
    assert capsys.readouterr().out == f"no runs in {store}\n"
    stopped = dataclasses.replace(SETTINGS, task="detection", dataset="simulated")
    with pytest.raises(ZeroDivisionError):
        obtain(stopped, lambda _: {"never": 1 / 0}, str)
    run, damaged = obtain(SETTINGS, train, str), obtain(OTHER, train, str)
    (damaged.folder / "metrics.json").unlink()
    assert command(monkeypatch, "list") == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines.keys() == {"id", run.id, damaged.id, stopped.id}
    when = run.environment["date"]
    row = f"{run.id}  segmentation  unet-resnet18  quick    path:/a    clips 0  0     dice 0.9    {when}"
    assert lines[run.id] == row
    assert "damaged" in lines[damaged.id] and "unfinished" in lines[stopped.id]
    assert command(monkeypatch, "list", "--task", "detection", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["state"]) for one in answer["runs"]] == [(stopped.id, "unfinished")]
    assert command(monkeypatch, "list", "--json") == 0
    states = {one["id"]: one for one in json.loads(capsys.readouterr().out)["runs"]}
    assert "metrics.json: missing" in states[damaged.id]["problem"]
    assert states[run.id]["settings"] == json.loads(SETTINGS.to_json())


def test_show_tells_all_of_a_run(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    run = obtain(SETTINGS, train, str)
    assert command(monkeypatch, "show", run.id[:6], "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["settings"] == json.loads(SETTINGS.to_json())
    assert (answer["metrics"], answer["environment"]) == (run.metrics, run.environment)
    assert answer["files"]["predictions/0.bin"] == 2_000_000
    assert command(monkeypatch, "show", run.id[:6]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for words in (["options.rate", "0.001"], ["dice", "0.9"], ["per_class.pinhole", "-"]):
        assert words in lines
    assert ["predictions/", "2.000", "MB", "in", "1", "files"] in lines
    assert command(monkeypatch, "show", "x") == 2
    out, err = capsys.readouterr()
    assert out == "" and "no run 'x'" in err and err.count("\n") == 1


def test_compare_shows_the_settings_that_differ_and_all_metrics(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    run = obtain(SETTINGS, train, str)
    other = obtain(OTHER, lambda _: {"dice": 0.8123456, "iou": 0.7}, str)
    assert command(monkeypatch, "compare", run.id, other.id, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "runs": [run.id, other.id],
        "settings": {"seed": [0, 1], "options.rate": [0.001, 0.0003], "options.weights": [None, None]},
        "metrics": {
            "per_class.crack": [0.8, None],
            "per_class.pinhole": [None, None],
            "dice": [0.9, 0.8123456],
            "images": [6, None],
            "iou": [None, 0.7],
        },
    }
    assert command(monkeypatch, "compare", run.id, other.id) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [run.id, other.id] in lines and ["dice", "0.9", "0.8123"] in lines


def test_prune_removes_what_is_named_and_only_when_told(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, store: Path
) -> None:
    run, other = obtain(SETTINGS, train, str), obtain(OTHER, train, str)
    (run.folder / "metrics.json").unlink()
    assert command(monkeypatch, "prune", run.id[:5]) == 0
    out = capsys.readouterr().out
    assert "nothing removed (1 run, 2.0 MB)" in out and "--yes" in out and str(run.folder) in out
    assert command(monkeypatch, "prune", run.id[:5], "--yes") == 0
    assert capsys.readouterr().out.endswith("removed 1 run, 2.0 MB\n")
    assert runs.all_runs() == [other]
    assert not list((store / "removed").iterdir())
    assert command(monkeypatch, "prune") == 2
    assert command(monkeypatch, "prune", "x", "--yes") == 2
    assert runs.all_runs() == [other]
    assert obtain(SETTINGS, train, str).metrics["dice"] == 0.9


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1), ("", 1)])
def test_prune_asks_at_a_terminal(answer: str, left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    run = obtain(SETTINGS, train, str)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: answer)
    assert command(monkeypatch, "prune", run.id) == 0
    assert len(runs.all_runs()) == left


def test_prune_by_age_and_by_being_unfinished(monkeypatch: pytest.MonkeyPatch) -> None:
    third = dataclasses.replace(SETTINGS, seed=2)
    for settings in (OTHER, third):
        with pytest.raises(ZeroDivisionError):
            obtain(settings, lambda _: {"never": 1 / 0}, str)
    run = obtain(SETTINGS, train, str)
    for folder in (run.folder, runs.store() / "unfinished" / third.id):
        for path in folder.rglob("*"):
            os.utime(path, (time.time() - 10 * 86400,) * 2)

    def left() -> set[str]:
        return {*runs.identifiers(), *runs.identifiers(finished=False)}

    assert command(monkeypatch, "prune", "--older-than", "11", "--yes") == 0
    assert left() == {run.id, OTHER.id, third.id}
    assert command(monkeypatch, "prune", "--unfinished", "--older-than", "9", "--yes") == 0
    assert left() == {run.id, OTHER.id}
    assert command(monkeypatch, "prune", OTHER.id, "--older-than", "9", "--yes") == 0
    assert left() == {run.id, OTHER.id}
    assert command(monkeypatch, "prune", "--older-than", "9", "--yes") == 0
    assert left() == {OTHER.id}
    assert command(monkeypatch, "prune", "--unfinished", "--yes") == 0
    assert left() == set()


def test_a_run_that_is_being_trained_is_never_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def prunes(folder: Path) -> Mapping[str, Any]:
        assert command(monkeypatch, "prune", "--unfinished", "--yes") == 0
        assert command(monkeypatch, "prune", folder.name, "--yes") == 0
        assert command(monkeypatch, "list") == 0
        with pytest.raises(UserError, match="being trained now"):
            runs.remove(folder)
        return train(folder)

    obtain(SETTINGS, prunes, str)
    out = capsys.readouterr().out
    assert out.count(f"{SETTINGS.id}  being trained now, kept") == 2
    assert out.count("being trained ") == 3
    assert len(runs.all_runs()) == 1
