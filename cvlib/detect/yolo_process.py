"""Ultralytics in a process of its own: the end that asks, and the end that answers.

Importing Ultralytics changes how NumPy and torch print, OpenCV's threads, ``torch.save``, filters of warnings
and environment variables; its training seeds every generator and switches torch's deterministic mode. Here
all that ends with the process.
"""

from __future__ import annotations

import io
import math
import os
import pickle
import queue
import shutil
import signal
import subprocess
import sys
import threading
import traceback
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cvlib.data.files import write_bytes
from cvlib.defects import DETECTION_CLASSES
from cvlib.errors import UserError

CONFIDENCE, OVERLAP, MOST = 0.001, 0.7, 100
"""Detections from this confidence; of those of a class that overlap more, the surest; so many of an image."""

FILL = 114
"""Grey that Ultralytics fills crops up with."""


class Process:
    """Ultralytics in a process of its own, which ends with the one that made it.

    Parameters
    ----------
    folder
        Made here if need be, and gone with the process; the only one that Ultralytics is to write into.
    progress
        Let it print, to the standard error stream.
    """

    def __init__(self, folder: Path, progress: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "cvlib.detect.yolo_process"]
        environment = {name: value for name, value in os.environ.items() if "ULTRALYTICS" not in name}
        environment |= {
            "YOLO_CONFIG_DIR": str(folder),
            "YOLO_OFFLINE": "1",
            "YOLO_AUTOINSTALL": "0",
            "YOLO_VERBOSE": str(int(progress)),
            "OMP_NUM_THREADS": str(torch.get_num_threads()),
            "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path),
            "PYTHONWARNINGS": "ignore",
            "ULTRALYTICS_SAFE_LOAD": "1",
        }
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=folder, env=environment, stdin=pipe, stdout=pipe)
        self.close = weakref.finalize(self, _end, self._process, folder)

    def ask(self, name: str, *arguments: Any) -> Any:
        """The answer of a method of ``Work``; raises what it raised."""
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None and answers is not None
        try:
            pickle.dump((name, arguments), questions)
            questions.flush()
            answer = pickle.load(answers)
        except (EOFError, BrokenPipeError):
            code = self._process.wait()
            raise UserError(f"YOLO's process ended ({code}); make room, or take a smaller batch") from None
        if isinstance(answer, Exception):
            raise answer
        return answer


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.kill()
    process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


class Work:
    """What can be asked for; the only one to import Ultralytics."""

    def __init__(self) -> None:
        from ultralytics import settings
        from ultralytics.utils import nms

        settings.update({name: False for name, value in settings.items() if value is True})
        # Its limit of about 2 s a batch would let scores, and which epoch is best, depend on how busy we are
        nms.non_max_suppression = partial(nms.non_max_suppression, max_time_img=math.inf)

    def train(self, data: dict[str, Any], options: dict[str, Any], weights: Path) -> tuple[int, str]:
        """Train as ``options`` say, and write ``weights``; the best epoch, and the table of all epochs."""
        from ultralytics.models.yolo.detect import DetectionTrainer

        class Trainer(DetectionTrainer):
            def get_dataset(self) -> dict[str, Any]:
                return data  # as it is: checking it would fetch a font

            def final_eval(self) -> None:
                """The best weights have been validated in their epoch."""

        trainer: DetectionTrainer = Trainer(overrides=options)
        trainer.add_callback("on_train_epoch_end", _refuse_divergence)
        trainer.train()
        best = torch.load(trainer.best, map_location="cpu", weights_only=False)
        buffer = io.BytesIO()
        network = best["ema"].state_dict()
        kept = {"model": Path(options["model"]).stem, "epoch": best["epoch"], "network": network}
        torch.save(kept, buffer)
        write_bytes(weights, buffer.getvalue())
        return best["epoch"], trainer.csv.read_text("utf-8")

    def load(self, model: str, network: dict[str, torch.Tensor], device: str) -> None:
        """Take up what ``find`` is to use."""
        from ultralytics.nn.tasks import DetectionModel

        built = DetectionModel(f"{model}.yaml", nc=len(DETECTION_CLASSES), verbose=False)
        built.load_state_dict(network)
        self.network = built.float().fuse(verbose=False).eval().to(device)
        self.device = device

    @torch.inference_mode()
    def find(self, image: np.ndarray) -> np.ndarray:
        """(K, 6) on an (H, W, 3) image: left, top, right, bottom, confidence and class."""
        from ultralytics.utils import nms

        height, width = image.shape[:2]
        stride = int(self.network.stride.max())
        below, beside = -height % stride, -width % stride
        whole = np.pad(image, ((0, below), (0, beside), (0, 0)), constant_values=FILL).transpose(2, 0, 1)
        batch = torch.from_numpy(np.ascontiguousarray(whole))[None].to(self.device).float() / 255
        seen = self.network(batch)
        found = nms.non_max_suppression(seen, CONFIDENCE, OVERLAP, multi_label=True, max_det=MOST)
        return found[0].cpu().numpy()


def _refuse_divergence(trainer: Any) -> None:
    """Ultralytics itself would go on with the last weights that it has."""
    loss = sum(trainer.tloss.values())
    if not loss.isfinite():
        raise UserError(f"epoch {trainer.epoch}: the loss is {loss.item()}, no number; take a smaller lr")


def main() -> None:
    """Answer what comes in by the standard input, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked decides
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what else is printed
    asked: queue.SimpleQueue[tuple[str, tuple[Any, ...]]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    work: Work | None = None
    while True:
        name, arguments = asked.get()
        try:
            work = work or Work()
            answer = getattr(work, name)(*arguments)
        except UserError as error:
            answer = error
        except Exception as error:
            answer = RuntimeError(f"{error}\n\n{traceback.format_exc()}")
        pickle.dump(answer, answers)
        answers.flush()


def _listen(asked: queue.SimpleQueue) -> None:
    with suppress(EOFError):
        while True:
            asked.put(pickle.load(sys.stdin.buffer))
    os._exit(0)  # whoever asked has gone, maybe in the middle of a training


if __name__ == "__main__":
    main()
