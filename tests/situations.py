"""What goes wrong on the page *Troubleshooting*: each situation, as small as can be, under its title."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from cvlib.data import write
from tests.data.conftest import FakeDataset


class Place(NamedTuple):
    """Where a command is run: an empty folder, what is changed for it, and what is held until it is over."""

    folder: Path
    patch: pytest.MonkeyPatch
    held: ExitStack


Situation = Callable[[Place], object]


def _coatings(folder: Path, images: int = 12, stated: bool = True) -> Path:
    """A sound data set in ``coatings``, with or without the file that states its channel order."""
    write(FakeDataset(images), folder / "coatings", progress=False)
    if not stated:
        (folder / "coatings/manifest.json").unlink()
    return folder / "coatings"


def _three_channels(place: Place) -> None:
    mask = _coatings(place.folder) / "segmentation/masks/image_3.png"
    Image.open(mask).convert("RGB").save(mask)


def _smooth(place: Place) -> None:
    mask = _coatings(place.folder) / "segmentation/masks/image_3.png"
    pixels = np.array(Image.open(mask))
    pixels[:2, :2] = 128
    Image.fromarray(pixels).save(mask)


def _cut_off(place: Place) -> None:
    image = _coatings(place.folder) / "segmentation/images/image_3.jpg"
    image.write_bytes(image.read_bytes()[:400])


def _full_disk(place: Place) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    place.patch.setattr(Path, "mkdir", refuse)


def _no_network(place: Place) -> None:
    import requests

    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError

    place.patch.setattr(requests.Session, "get", refuse)
    place.patch.setattr(time, "sleep", lambda _: None)


def _no_such_kernel(place: Place) -> None:
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel

    def refuse(*_: object, **__: object) -> None:
        raise NoSuchKernel("python3")

    place.patch.setattr(papermill, "execute_notebook", refuse)


def _dead_kernel(place: Place) -> None:
    import papermill
    from nbclient.exceptions import DeadKernelError

    def refuse(*_: object, **__: object) -> None:
        raise DeadKernelError("Kernel died")

    place.patch.setattr(papermill, "execute_notebook", refuse)


def _another_build(place: Place) -> None:
    from filelock import FileLock

    place.patch.setattr("cvlib.graph.ROOT", place.folder)
    (place.folder / "_build").mkdir()
    place.held.enter_context(FileLock(place.folder / "_build/.lock"))


def _images_and_masks(place: Place) -> None:
    _coatings(place.folder).joinpath("segmentation").rename(place.folder / "mine")


def _port_taken(place: Place) -> None:
    _images_and_masks(place)
    place.held.enter_context(socket.create_server(("127.0.0.1", 8765)))


def _reviewed_elsewhere(place: Place) -> None:
    from filelock import FileLock

    _images_and_masks(place)
    (place.folder / "mine/masks/review").mkdir()
    place.held.enter_context(FileLock(place.folder / "mine/masks/review/.lock"))


def _no_browser(place: Place) -> None:
    from cvlib.annotate.review import Server

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    _images_and_masks(place)
    place.patch.setattr(Server, "serve_forever", stop)
    place.patch.setattr("webbrowser.open", lambda _: False)


def _damaged_run(place: Place) -> None:
    run = place.folder / "runs/3fa0123456789abc"
    run.mkdir(parents=True)
    (run / "settings.json").write_text("{")


def _predicted(place: Place) -> None:
    """Masks for all images but one, and labels without confidence."""
    segmentation = _coatings(place.folder) / "segmentation"
    masks = shutil.copytree(segmentation / "masks", place.folder / "masks")
    (masks / "image_3.png").unlink()
    (place.folder / "labels").mkdir()
    (place.folder / "labels/image_1.txt").write_text("0 0.5 0.5 0.1 0.1\n")


def _nothing(place: Place) -> None:
    pass


SITUATIONS: dict[str, Situation] = {
    "The name of a data set is unknown": _nothing,
    "The data set is not on this computer": _nothing,
    "The folder is not there": _nothing,
    "The folder is laid out in another way": lambda place: (place.folder / "coatings/photographs").mkdir(
        parents=True
    ),
    "There are boxes or labels, and no masks": lambda place: shutil.rmtree(
        _coatings(place.folder, stated=False) / "segmentation"
    ),
    "It is not clear which channel is which": lambda place: _coatings(place.folder, stated=False),
    "An image is cut off": _cut_off,
    "A mask has lost a channel": _three_channels,
    "A mask has other values than 0 and 255": _smooth,
    "A box is not as YOLO has it": lambda place: (
        _coatings(place.folder) / "detection/labels/image_1.txt"
    ).write_text("0 0.5 1.5 0.1 0.1\n"),
    "The folder to write to is not empty": lambda place: _coatings(place.folder),
    "The disk is full": _full_disk,
    "A file stands in the way": lambda place: (place.folder / "results").write_text(""),
    "There is no network": _no_network,
    "A chapter is unknown": _nothing,
    "A chapter has no such parameter": _nothing,
    "A parameter is of another type": _nothing,
    "A cell of a chapter fails": _nothing,
    "The kernel dies": _dead_kernel,
    "There is no kernel": _no_such_kernel,
    "There are no notebooks": lambda place: place.patch.setattr("cvlib.notebooks.ROOT", place.folder),
    "A package is missing": lambda place: place.patch.setitem(sys.modules, "papermill", None),
    "Another build is at work": _another_build,
    "A profile is unknown": _nothing,
    "No chapter has been run": lambda place: place.patch.setattr(
        "cvlib.ledger.entries.STORED", place.folder / "results/claims.csv"
    ),
    "A model is unknown": lambda place: _coatings(place.folder),
    "A field of a profile is unknown": lambda place: _coatings(place.folder),
    "Weights cannot be fetched": lambda place: (
        _coatings(place.folder),
        place.patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True),
        place.patch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None),
    ),
    "YOLO is not installed": lambda place: (
        _coatings(place.folder),
        place.patch.setattr("cvlib.detect.yolo.find_spec", lambda _: None),
    ),
    "There is too little to divide": lambda place: _coatings(place.folder, images=6),
    "There is no such run": _nothing,
    "A run is damaged": _damaged_run,
    "There is no run to locate with": lambda place: shutil.copytree(
        _coatings(place.folder) / "segmentation/images", place.folder / "xrays"
    ),
    "A prediction is missing": _predicted,
    "Boxes have no confidence": _predicted,
    "The folder for a course holds something": lambda place: (place.folder / "course/submitted").mkdir(
        parents=True
    ),
    "A video cannot be read": lambda place: (place.folder / "coating.avi").write_bytes(b"no video"),
    "The port of the review page is taken": _port_taken,
    "Somebody else reviews there": _reviewed_elsewhere,
    "No browser opens": _no_browser,
}
