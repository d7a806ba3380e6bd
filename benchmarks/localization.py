"""What localization spends beside the network: shares of one forward pass of HRNet, on the same images.

The network is the paper's (``hrnet_w18``) on the input of the profile ``paper``, an image at a time, with
random weights: they do not change its time. So points are the true ones with errors of 1.5 px, and what is
decoded are heatmaps drawn around them. CPU seconds of one thread, the quicker of two calls, every step image
by image in turns with the network, so that a busy machine slows both.

Run: python benchmarks/localization.py [images]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from statistics import median, quantiles
from typing import get_args

import cv2
import numpy as np
import torch

from cvlib.localize import heatmap, network
from cvlib.localize.calibration import Calibration, Example, calibrate
from cvlib.localize.corners import find_corners
from cvlib.localize.edges import fit_tips
from cvlib.localize.fusion import fuse
from cvlib.localize.module import Localizer
from cvlib.localize.plan import model_of
from cvlib.localize.refine import correct
from cvlib.localize.regions import CORNERS, normal
from cvlib.localize.roi import find_roi
from cvlib.profiles import Localization
from cvlib.simulate.cell import View, plan
from cvlib.simulate.xray import draw

PROFILE = Localization.find("paper")
SIZE = (PROFILE.height, PROFILE.width)

CALIBRATED_ON, ERROR_PX = 20, 1.5

SUMS = {
    "corners + paper's correction": ("corners", "paper's correction"),
    "corners + project's correction": ("corners", "project's correction"),
    "all but the network": ("corners", "ROI", "crop", "decode dark", "project's correction"),
}

BARS = {
    "paper's correction": 5.0,
    "project's correction": 5.0,
    "corners + paper's correction": 15.0,
    "corners + project's correction": 15.0,
}
"""Percent of a forward pass that may be spent."""

SIMULATOR_MS = 100.0


def seconds(step: Callable[[], object]) -> float:
    """CPU time of the quicker of two calls."""
    quicker = np.inf
    for _ in range(2):
        start = time.process_time()
        step()
        quicker = min(quicker, time.process_time() - start)
    return quicker


def guessed(view: View, random: np.random.Generator) -> np.ndarray:
    """Points as a network might find them."""
    return view.points + random.normal(0, ERROR_PX, view.points.shape)


def calibrated(views: list[View], random: np.random.Generator) -> Calibration:
    """Of the project's correction, which is done once for a network."""
    examples = []
    for view in views:
        image, points = draw(view), guessed(view, random)
        tips = fit_tips(image, points, view.positive)
        examples.append(Example(points, view.points, view.positive, find_corners(image, CORNERS), tips))
    return calibrate(examples)


def steps(
    view: View, module: Localizer, calibration: Calibration, random: np.random.Generator
) -> Mapping[str, Callable[[], object]]:
    """What is done to one image, by name."""
    image = draw(view)
    corners = find_corners(image, CORNERS)
    roi = find_roi(image, corners).roi
    points, positive = guessed(view, random), view.positive
    maps = heatmap.encode(roi.to_input(points, SIZE), SIZE, PROFILE.sigma)
    seen = torch.from_numpy(normal(roi.crop(image, SIZE)))[None, None]

    def decoding(method: heatmap.Method) -> Callable[[], object]:
        return lambda: heatmap.decode(maps, method, PROFILE.sigma)

    return {
        "forward": lambda: module(seen),
        "simulator": lambda: draw(view),
        "corners": lambda: find_corners(image, CORNERS),
        "ROI": lambda: find_roi(image, corners),
        "crop": lambda: normal(roi.crop(image, SIZE)),
        **{f"decode {method}": decoding(method) for method in get_args(heatmap.Method)},
        "paper's correction": lambda: correct(image, points, positive, corners),
        "project's correction": lambda: fuse(image, points, positive, corners, calibration),
    }


def measured(images: int) -> dict[str, np.ndarray]:
    """CPU seconds of each step by image, and their sums."""
    random, views = np.random.default_rng(0), plan(CALIBRATED_ON + images)
    calibration = calibrated(views[:CALIBRATED_ON], random)
    built = network.build(model_of("paper"), PROFILE.poles)
    module = Localizer(built, PROFILE, [], [], seed=0).eval()
    with torch.inference_mode():
        every = [steps(view, module, calibration, random) for view in views[CALIBRATED_ON:]]
        for step in every[0].values():  # first calls load code
            step()
        rows = [{name: seconds(step) for name, step in own.items()} for own in every]
    taken = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return taken | {name: np.sum([taken[part] for part in parts], axis=0) for name, parts in SUMS.items()}


def report(taken: Mapping[str, np.ndarray]) -> None:
    """Print times, and shares with their quartiles and bars."""
    forward, drawing = taken["forward"], 1e3 * median(taken["simulator"])
    size = f"{SIZE[0]} x {SIZE[1]}"
    print(f"forward pass of {model_of('paper')} at {size}: {1e3 * median(forward):.0f} CPU ms per image")
    print(f"simulator: {drawing:.0f} CPU ms per image{verdict(drawing, SIMULATOR_MS, 'ms')}")
    print(f"shares of the forward pass, median (quartiles) over {len(forward)} images:")
    for name, own in taken.items():
        if name in ("forward", "simulator"):
            continue
        low, share, high = quantiles(100 * own / forward, n=4)
        bar = verdict(share, BARS[name], "%") if name in BARS else ""
        print(f"  {name:31}{share:6.2f} % ({low:.2f} to {high:.2f}), {1e3 * median(own):6.2f} ms{bar}")


def verdict(value: float, bar: float, unit: str) -> str:
    """Whether a figure keeps to what is allowed."""
    return f"; bar {bar:.0f} {unit}: {'held' if value <= bar else 'MISSED'}"


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    report(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 20))


if __name__ == "__main__":
    main()
