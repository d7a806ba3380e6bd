"""YOLO11 through Ultralytics, which is under the AGPL-3.0 licence, as are the weights it publishes.

Ultralytics runs in a process of its own, see ``cvlib.detect.yolo_process``: nothing that it changes reaches
the one that asks, nothing is fetched or reported, and nothing is written but into the folder it is given.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import huggingface_hub
import numpy as np
import pandas as pd
import torch

from cvlib.data.files import write_bytes
from cvlib.defects import DETECTION_CLASSES
from cvlib.detect.scoring import Found
from cvlib.detect.yolo_process import Process
from cvlib.errors import UserError
from cvlib.profiles import Detection
from cvlib.training.fitting import FAULTS, LOG, WEIGHTS, damaged
from cvlib.training.study import device
from cvlib.training.weights import start_from, trouble_with

REPOSITORY = "Ultralytics/YOLO11"
"""Where Ultralytics keeps COCO's weights on the Hugging Face hub."""

WORKING = "ultralytics"
"""Folder within that of a run, gone when training is done."""

FIXED = {
    "optimizer": "AdamW",
    "momentum": 0.9,
    "warmup_epochs": 1,
    "warmup_bias_lr": 0.0,
    "flipud": 0.5,
    "deterministic": True,
    "plots": False,
}
"""Where we differ from Ultralytics' defaults.

Its own choice of optimizer, ``auto``, would set the learning rate aside; momentum and warm-up of biases are
what it takes with AdamW. Warm-up is 1 epoch, not 3, of the few there are. A coating has no up or down. Its
other augmentations stay: shifts, scaling by half to one and a half, colours, flips from left to right, and
mosaics but in the last tenth of the epochs (10 of its 100).
"""

_AMP: Mapping[str, Any] = {"32": False, "bf16-mixed": "bf16"}

_SCORES = {
    "metrics/mAP50(B)": "map50",
    "metrics/mAP50-95(B)": "map50_95",
    "metrics/precision(B)": "precision",
    "metrics/recall(B)": "recall",
}

Crop = tuple[np.ndarray, np.ndarray]


def start_of(model: str, weights: str) -> str:
    """What a network starts from here: ``random``, or ``coco`` where that is wanted and can be had.

    Parameters
    ----------
    model
        ``yolo11n``, ``yolo11s``, ``yolo11m``, ``yolo11l`` or ``yolo11x``.
    weights
        ``random``, ``coco``, or ``auto``: COCO's where they can be had.

    Raises
    ------
    UserError
        Ultralytics is not installed, the model is unknown, or COCO weights are demanded and cannot be had.
    """
    if find_spec("ultralytics") is None:
        install = "pip install 'coatingvision-companion[yolo]'"
        raise UserError(f"model {model!r}: ultralytics (AGPL-3.0) is not installed; install it: {install}")
    if not re.fullmatch("yolo11[nsmlx]", model):
        known = ", ".join(f"yolo11{size}" for size in "nsmlx")
        raise UserError(f"model {model!r} is unknown, expected {known}; choose one of them")
    return start_from(
        weights, "coco", f"COCO weights of {model}", lambda: trouble_with(REPOSITORY, f"{model}.pt")
    )


def train(
    folder: Path,
    crops: Mapping[str, Iterable[Crop]],
    profile: Detection,
    model: str,
    start: str,
    seed: int,
    progress: bool = False,
    say: Callable[[str], object] = print,
) -> Mapping[str, float]:
    """Train for the profile's epochs, each of which sees every training crop once; or be done.

    Leaves ``log.csv``, then ``weights.pt``: those of the epoch with the best mAP@[.5:.95] of the validation
    crops, by Ultralytics' own reckoning, the last of equals. On a processor the same seed and as many threads
    give the same weights, bit for bit. A training that was stopped starts over: Ultralytics would go on from
    weights rounded to 16 bits, and draw other augmentations.

    Parameters
    ----------
    folder
        Of the run.
    crops
        ``train`` and ``validation``: images (height, width, 3) uint8 RGB of the profile's size, each with its
        boxes (K, 5): class, left, top, width, height in pixels.
    profile
        ``images``, ``steps``, ``focus`` and ``weights`` have no part here.
    model, start
        As ``start_of`` takes and gives them.
    seed
        Of weights, order and augmentation.
    progress
        Show Ultralytics' tables and bars on the standard error stream.
    say
        Told, in a sentence, if an earlier training was stopped.

    Returns
    -------
    ``epoch`` (counted from 0) and ``validation_map50`` of the best epoch.

    Raises
    ------
    UserError
        No training crop shows a box, the loss becomes NaN, or the precision or rate is not to be had.
    """
    if (folder / WEIGHTS).exists():
        return _best(pd.read_csv(folder / LOG), _read(folder / WEIGHTS)["epoch"])
    if profile.precision not in _AMP:  # with 16-mixed Ultralytics fetches a network to try it on
        known = ", ".join(_AMP)
        raise UserError(f"precision={profile.precision}: YOLO is trained here with {known}; give one of them")
    if profile.lr > 1:
        raise UserError(f"lr={profile.lr}: Ultralytics takes rates up to 1; give a smaller one")
    working = folder.absolute() / WORKING  # the other process is at home elsewhere
    if working.exists():
        say("starting over: Ultralytics cannot go on exactly where it was stopped")
        shutil.rmtree(working)
    with closing(Process(working, progress)) as process:
        parts = {"train": working / "train", "val": working / "validation"}
        _write(crops["validation"], parts["val"], profile)
        if not _write(crops["train"], parts["train"], profile):
            raise UserError("no training crop shows a box, so nothing can be learned; take more images")
        names = dict(enumerate(DETECTION_CLASSES))
        data = {"names": names, "nc": len(names), "channels": 3, **{part: str(parts[part]) for part in parts}}
        best = working / WEIGHTS
        epoch, table = process.ask("train", data, _options(working, profile, model, start, seed), best)
        log = _log(table)
        write_bytes(folder / LOG, log.to_csv(index=False, lineterminator="\n").encode())
        best.replace(folder / WEIGHTS)
    return _best(log, epoch)


def predictor(weights: Path) -> Callable[[np.ndarray], Found]:
    """What finds boxes on images, with weights that ``train`` left.

    It takes (H, W, 3) uint8 RGB of any size, filled up with grey at the right and lower edge to what the
    network takes, and finds boxes from a confidence of .001 (what Ultralytics takes for scores), cut at the
    image's edges. Of boxes of a class that overlap by more than .7, its default, only the surest stays, and
    100 at most of an image.

    Raises
    ------
    UserError
        The file is damaged, or not of this kind.
    """
    stored = _read(weights)
    process = Process(Path(tempfile.mkdtemp(prefix="cvlib-")))
    try:
        process.ask("load", stored["model"], stored["network"], device().type)
    except RuntimeError as error:
        raise UserError(damaged(weights, error)) from None

    def find(image: np.ndarray) -> Found:
        found = process.ask("find", image).astype(np.float64)
        height, width = image.shape[:2]
        corners = found[:, :4].clip(0, [width, height, width, height])
        boxes = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
        inside = (boxes[:, 2:] > 0).all(axis=1)  # not in what the image was filled up with
        return Found(found[inside, 5].astype(int), found[inside, 4], boxes[inside])

    return find


def _write(crops: Iterable[Crop], folder: Path, profile: Detection) -> int:
    """Write images and boxes as Ultralytics reads them; how many boxes."""
    images, labels = folder / "images", folder / "labels"
    images.mkdir(parents=True)
    labels.mkdir()
    total, size = 0, (profile.height, profile.width)
    for number, (image, boxes) in enumerate(crops):
        if image.shape[:2] != size:
            raise ValueError(f"crop {number}: {image.shape[:2]}, expected {size}; others would be scaled")
        _, content = cv2.imencode(".bmp", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        (images / f"{number:06d}.bmp").write_bytes(content.tobytes())
        shares = boxes[:, 1:] / np.tile(size[::-1], 2)
        shares[:, :2] += shares[:, 2:] / 2
        rows = np.column_stack([boxes[:, 0], shares])
        np.savetxt(labels / f"{number:06d}.txt", rows, ["%d", *["%.8f"] * 4])
        total += len(boxes)
    return total


def _options(
    working: Path, profile: Detection, model: str, start: str, seed: int
) -> dict[str, str | int | float | bool]:
    return {
        **FIXED,
        "model": f"{model}.yaml",
        "pretrained": start == "coco" and _fetched(model),
        "epochs": profile.epochs,
        "patience": profile.epochs,
        "close_mosaic": max(1, round(0.1 * profile.epochs)),
        "batch": profile.batch,
        "nbs": profile.batch,
        "imgsz": max(profile.height, profile.width),
        "lr0": profile.lr,
        "amp": _AMP[profile.precision],
        "seed": seed,
        "device": device().type,
        "workers": min(8, os.cpu_count() or 1) if torch.accelerator.is_available() else 0,
        "save_dir": str(working / "run"),
    }


def _fetched(model: str) -> str:
    """The file of COCO's weights on this computer."""
    try:
        return huggingface_hub.hf_hub_download(REPOSITORY, f"{model}.pt")
    except OSError as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"COCO weights of {model}: {reason}; try again, or take weights=random") from None


def _log(table: str) -> pd.DataFrame:
    """Ultralytics' table of epochs under our names."""
    read = pd.read_csv(io.StringIO(table))
    losses = [name for name in read.columns if name.startswith("train/")]
    log = pd.DataFrame({"epoch": read["epoch"] - 1, "train_loss": read[losses].sum(axis=1).round(5)})
    for name in losses:
        log[name.replace("/", "_")] = read[name]
    for theirs, ours in _SCORES.items():
        log[f"validation_{ours}"] = read[theirs]
    for name in losses:
        log[name.replace("train/", "validation_")] = read[name.replace("train/", "val/")]
    return log.assign(lr=read["lr/pg0"])


def _best(log: pd.DataFrame, epoch: int) -> dict[str, float]:
    score = log.loc[log["epoch"] == epoch, "validation_map50"].item()
    return {"epoch": epoch, "validation_map50": float(score)}


def _read(path: Path) -> dict[str, Any]:
    """What ``train`` left."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        return {name: stored[name] for name in ("model", "epoch", "network")}
    except FAULTS as error:
        raise UserError(damaged(path, error)) from None
