"""What each stage of locating plate ends costs."""

from __future__ import annotations

import time

import numpy as np
import torch

from cvlib.localize.benchmark import Bench
from cvlib.localize.corners import find_corners
from cvlib.localize.fusion import fuse
from cvlib.localize.heatmap import Method, decode
from cvlib.localize.module import Localizer
from cvlib.localize.refine import correct
from cvlib.localize.regions import normal
from cvlib.localize.roi import find_roi

STAGES = (
    "corners", "region of interest", "cutting out", "network", "decoding", "the paper's correction", "ours",
)  # fmt: skip


def by_stage(bench: Bench, module: Localizer, method: Method, images: int = 30) -> dict[str, list[float]]:
    """Processor seconds per image of every stage on one thread, on the first test images of a bench.

    Parameters
    ----------
    bench
        Whose images.
    module
        The network, in evaluation mode.
    method
        Of decoding.
    images
        How many, at most.
    """
    spent: dict[str, list[float]] = {}
    module.cpu()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    shown = zip(bench.tested_pictures.images[:images], bench.positive, strict=False)
    for image, positive in shown:
        for stage, seconds in _one(image, positive, bench, module, method).items():
            spent.setdefault(stage, []).append(seconds)
    torch.set_num_threads(threads)
    return spent


def _one(
    image: np.ndarray, positive: np.ndarray, bench: Bench, module: Localizer, method: Method
) -> dict[str, float]:
    size, sigma = (module.profile.height, module.profile.width), module.profile.sigma
    marks = [time.process_time()]
    corners = find_corners(image)
    marks.append(time.process_time())
    roi = find_roi(image, corners).roi
    marks.append(time.process_time())
    crop = normal(roi.crop(image, size))
    marks.append(time.process_time())
    with torch.inference_mode():
        maps = module(torch.from_numpy(crop[None, None]).to(module.device)).float().cpu().numpy()
    marks.append(time.process_time())
    points = roi.to_image(decode(maps[0], method, sigma).points, size)
    marks.append(time.process_time())
    correct(image, points, positive, corners)
    marks.append(time.process_time())
    if bench.calibration:
        fuse(image, points, positive, corners, bench.calibration)
    marks.append(time.process_time())
    return dict(zip(STAGES, np.diff(marks).tolist(), strict=True))
