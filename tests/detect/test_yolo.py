"""YOLO11: what training leaves, repeats and keeps to itself, and what its weights find."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import huggingface_hub
import huggingface_hub.constants
import numpy as np
import pandas as pd
import pytest
import requests
import torch

from cvlib.detect import yolo
from cvlib.detect.scoring import Found
from cvlib.errors import UserError
from cvlib.profiles import Detection
from cvlib.training.fitting import LOG, WEIGHTS

pytestmark = pytest.mark.skipif(find_spec("ultralytics") is None, reason="the extra yolo is not installed")

Find = Callable[[np.ndarray], Found]

SIZE = 64
EPOCHS = 2
RED, BLUE = (220, 60, 60), (60, 60, 220)
RUNS = {"first": 0, "again": 0, "other": 1}
"""Seeds of the runs that are watched."""


class Squares:
    """Images with one square each: red ones are of class 0, blue ones of class 1."""

    def __init__(self, number: int, seed: int) -> None:
        self.number, self.seed = number, seed

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        draw = np.random.default_rng(self.seed)
        for _ in range(self.number):
            image = draw.integers(40, 60, (SIZE, SIZE, 3), dtype=np.uint8)
            side, kind = int(draw.integers(12, 28)), int(draw.integers(2))
            left, top = draw.integers(0, SIZE - side, 2)
            image[top : top + side, left : left + side] = (RED, BLUE)[kind]
            yield image, np.array([[kind, left, top, side, side]], float)


def profile(**values: Any) -> Detection:
    return Detection(height=SIZE, width=SIZE, batch=8, lr=3e-3, weights="random").model_copy(update=values)


Crops = Iterable[tuple[np.ndarray, np.ndarray]]


def trained(
    folder: Path,
    seed: int = 0,
    start: str = "random",
    train: Crops = Squares(16, 0),  # noqa: B008
    validation: Crops = Squares(8, 1),  # noqa: B008
    **values: Any,
) -> Any:
    folder.mkdir(exist_ok=True)
    crops = {"train": train, "validation": validation}
    return yolo.train(folder, crops, profile(**{"epochs": EPOCHS, **values}), "yolo11n", start, seed)


def network(folder: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = torch.load(folder / WEIGHTS, weights_only=True)["network"]
    return weights


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``RUNS``, and ``events``: what the processes that Ultralytics was in did."""
    place = tmp_path_factory.mktemp("watched")
    for name in ("home", "elsewhere", "watcher", "temporary", "others"):
        (place / name).mkdir()
    # Python imports sitecustomize in every process, so in those that a process starts, too
    (place / "watcher" / "sitecustomize.py").write_text(WATCHER)
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    environment |= {name: str(place / "others") for name in ("MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR")}
    environment |= {"HOME": str(place / "home"), "TMPDIR": str(place / "temporary")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "ULTRALYTICS_API_KEY": "mine"}
    environment |= {"PYTHONPATH": paths(place / "watcher", ROOT), "EVENTS": str(place / "events")}
    command = [sys.executable, "-c", ALL_RUNS, str(place / "runs")]
    subprocess.run(command, check=True, env=environment, cwd=place / "elsewhere")
    return place


WATCHER = """
import os, sys

STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")

def watch(event, arguments):
    if event == "open":
        path, _, flags = arguments
        noted = isinstance(path, (str, bytes)) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    else:
        noted = event.startswith("socket.") or event in STARTS or event in ("os.mkdir", "os.rename")
    if noted:
        what = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else str(arguments)
        kind = "start" if event in STARTS else "socket" if event.startswith("socket.") else "write"
        os.write(log, f"{kind}\\t{os.path.abspath(what)}\\n".encode())

if "cvlib.detect.yolo_process" in sys.orig_argv:
    log = os.open(os.environ["EVENTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    sys.addaudithook(watch)
"""

ALL_RUNS = """
import sys
from pathlib import Path
from cvlib.detect import yolo
from tests.detect.test_yolo import RUNS, Squares, trained

runs = Path(sys.argv[1])
runs.mkdir()
for name, seed in RUNS.items():
    trained(runs / name, seed)
image, _ = next(iter(Squares(1, 2)))
yolo.predictor(runs / "first" / "weights.pt")(image)
"""

ROOT = Path(__file__).parents[2]


def paths(*folders: Path) -> str:
    return os.pathsep.join(map(str, folders))


@pytest.mark.slow
def test_ultralytics_writes_where_it_is_told_and_calls_nobody(watched: Path) -> None:
    events = [line.split("\t") for line in (watched / "events").read_text().splitlines()]
    started, sockets, written = (
        {path for kind, path in events if kind == wanted} for wanted in ("start", "socket", "write")
    )
    assert sockets == set()
    assert started <= {"/sbin/ldconfig"}  # ctypes, as torch is imported, looks for a library
    places = [*(watched / "runs" / name / yolo.WORKING for name in RUNS), watched / "temporary"]
    assert all(any(Path(path).is_relative_to(place) for path in written) for place in places)
    allowed = [*places, watched / "others", Path(os.devnull)]
    assert [path for path in written if not any(Path(path).is_relative_to(place) for place in allowed)] == []
    for name in ("home", "elsewhere", "temporary"):
        assert list((watched / name).iterdir()) == []


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights_and_another_gives_others(watched: Path) -> None:
    first, again, other = (network(watched / "runs" / name) for name in RUNS)
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.slow
def test_training_leaves_weights_and_a_row_per_epoch(watched: Path) -> None:
    folder = watched / "runs" / "first"
    assert sorted(path.name for path in folder.iterdir()) == [LOG, WEIGHTS]
    log = pd.read_csv(folder / LOG)
    assert log["epoch"].tolist() == list(range(EPOCHS))
    assert {"train_loss", "validation_map50", "lr"} < set(log.columns)
    assert np.isfinite(log.to_numpy()).all()
    best = trained(folder)  # is done already
    assert best["validation_map50"] == log["validation_map50"][best["epoch"]]
    assert log["validation_map50_95"][best["epoch"]] == log["validation_map50_95"].max()


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Find:
    """Trained long enough to know the squares."""
    folder = tmp_path_factory.mktemp("learned")
    trained(folder, train=Squares(256, 0), epochs=5)
    return yolo.predictor(folder / WEIGHTS)


@pytest.mark.slow
def test_squares_are_found_where_they_are_and_told_apart_by_colour(find: Find) -> None:
    for image, boxes in Squares(10, seed=3):
        found = find(image)
        surest = found.scores.argmax()
        assert found.classes[surest] == boxes[0, 0]
        assert found.boxes[surest] == pytest.approx(boxes[0, 1:], abs=4)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(SIZE, SIZE), (33, 70), (95, 31), (200, 161)])
def test_boxes_lie_within_images_of_any_size(find: Find, shape: tuple[int, int]) -> None:
    found = find(np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8))
    assert 0 < len(found.classes) == len(found.scores) == len(found.boxes) <= 100
    assert set(found.classes) <= {0, 1}
    assert ((found.scores > 0) & (found.scores <= 1)).all()
    assert (found.boxes[:, :2] >= 0).all() and (found.boxes[:, 2:] > 0).all()
    assert (found.boxes[:, :2] + found.boxes[:, 2:] <= np.array(shape[::-1]) + 1e-6).all()


@pytest.mark.slow
def test_a_square_is_found_at_any_place_of_a_larger_image(find: Find) -> None:
    image, boxes = next(iter(Squares(1, seed=3)))
    found = find(np.tile(image, (1, 3, 1))[:, : 2 * SIZE + 9])
    lefts = found.boxes[found.scores.argsort()[-2:], 0]
    assert np.sort(lefts) == pytest.approx(boxes[0, 1] + np.array([0, SIZE]), abs=4)


@pytest.mark.slow
def test_nothing_changes_for_whoever_trains(tmp_path: Path) -> None:
    def state() -> list[object]:
        return [
            *(torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.initial_seed()),
            *(torch.save, cv2.getNumThreads(), np.get_printoptions(), random.getstate()),
            *(dict(os.environ), list(warnings.filters), "ultralytics" in sys.modules),
        ]

    before = state()
    trained(tmp_path, epochs=1)
    yolo.predictor(tmp_path / WEIGHTS)
    assert state() == before


@pytest.mark.slow
def test_a_training_that_was_killed_starts_over_and_leaves_no_process(watched: Path, tmp_path: Path) -> None:
    program = """if True:
        import sys
        from pathlib import Path
        from tests.detect.test_yolo import trained
        trained(Path(sys.argv[1]), epochs=int(sys.argv[2]))
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen([*command, "1000"], env=environment, stderr=subprocess.PIPE) as process:
        wait_for(lambda: any(tmp_path.rglob("last.pt")))
        process.kill()
        assert process.stderr is not None
        process.stderr.read()  # comes to its end when the last process that could write there has gone
    again = [*command, str(EPOCHS)]
    answer = subprocess.run(again, env=environment, check=True, capture_output=True, text=True)
    assert answer.stdout == "starting over: Ultralytics cannot go on exactly where it was stopped\n"
    assert same(network(tmp_path), network(watched / "runs" / "first"))


def wait_for(happened: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Puts weights for 80 classes, as COCO has them, on this computer; those of the first layer are alike."""

    def store(weight: float) -> None:
        program = """if True:
            import sys, torch
            from ultralytics.nn.tasks import DetectionModel
            built = DetectionModel("yolo11n.yaml", nc=80, verbose=False)
            torch.nn.init.constant_(built.model[0].conv.weight, float(sys.argv[2]))
            torch.save({"model": built.half()}, sys.argv[1])
        """
        environment = os.environ | {"YOLO_OFFLINE": "1", "YOLO_CONFIG_DIR": str(tmp_path)}
        command = [sys.executable, "-c", program, str(tmp_path / "yolo11n.pt"), str(weight)]
        subprocess.run(command, env=environment, check=True)
        monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda _, name: str(tmp_path / name))

    return store


@pytest.mark.slow
def test_training_starts_from_stored_weights(tmp_path: Path, stored: Callable[[float], None]) -> None:
    stored(0.25)
    trained(tmp_path / "run", start="coco", lr=1e-9, epochs=1)
    first = network(tmp_path / "run")["model.0.conv.weight"].float()
    assert torch.allclose(first, torch.full_like(first, 0.25), atol=1e-3)


@pytest.mark.slow
def test_a_loss_that_is_no_number_is_told(tmp_path: Path, stored: Callable[[float], None]) -> None:
    stored(np.nan)
    with pytest.raises(UserError, match="epoch 0: the loss is nan, no number; take a smaller lr"):
        trained(tmp_path / "run", start="coco")
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.slow
def test_validation_crops_need_no_boxes(tmp_path: Path) -> None:
    best = trained(tmp_path, validation=[EMPTY] * 3)
    assert best == {"epoch": 1, "validation_map50": 0}


EMPTY = (np.zeros((SIZE, SIZE, 3), np.uint8), np.zeros((0, 5)))


def test_training_crops_need_boxes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no training crop shows a box"):
        trained(tmp_path, train=[EMPTY] * 3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"precision": "16-mixed"}, "precision=16-mixed: .* 32, bf16-mixed; give one"),
        ({"lr": 1.5}, "lr=1.5: .* up to 1; give a smaller one"),
    ],
)
def test_what_ultralytics_does_not_take_is_refused(
    values: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        trained(tmp_path, **values)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "other"])
def test_damaged_weights_are_refused_by_name(damage: str, tmp_path: Path) -> None:
    folder = tmp_path / "0123456789abcdef"
    folder.mkdir()
    path = folder / WEIGHTS
    torch.save({"0.weight": torch.zeros(100)}, path)
    if damage != "other":
        path.write_bytes({"cut": path.read_bytes()[:-200], "text": b"no weights", "empty": b""}[damage])
    with pytest.raises(UserError, match=rf"{WEIGHTS}: damaged.*runs prune {folder.name} and train again"):
        yolo.predictor(path)


@pytest.mark.slow
def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"model": "yolo11n", "epoch": 0, "network": {"weight": torch.zeros(1)}}, tmp_path / WEIGHTS)
    with pytest.raises(UserError, match=rf"{WEIGHTS}: damaged"):
        yolo.predictor(tmp_path / WEIGHTS)


def test_without_a_network_it_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "head", refuse)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_, **__: None)
    started = time.perf_counter()
    with pytest.raises(UserError, match=r"COCO weights of yolo11n: .* does not answer.*weights=random"):
        yolo.start_of("yolo11n", "coco")
    assert yolo.start_of("yolo11n", "auto") == "random"
    assert time.perf_counter() - started < 1


def test_weights_that_are_here_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_, **__: "/somewhere")
    assert yolo.start_of("yolo11m", "auto") == "coco"
    assert yolo.start_of("yolo11m", "random") == "random"


def test_what_is_unknown_or_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"'yolo12n' is unknown, expected yolo11n, .*, yolo11x; choose"):
        yolo.start_of("yolo12n", "random")
    monkeypatch.setattr(yolo, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"not installed; .*pip install 'coatingvision-companion\[yolo\]'"):
        yolo.start_of("yolo11n", "random")
