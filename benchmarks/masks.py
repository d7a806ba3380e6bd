"""Counting the pixels of masks against segmentation_models_pytorch's ``get_stats`` on the same masks.

Eight images of four classes and 480 x 640 pixels. Each gets its input as it wants it, ready-made: ours bool
arrays, the peer tensors of long. CPU time on one thread, in turns, so that a busy machine slows both. What is
counted is compared first. Run ``python benchmarks/masks.py``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import quantiles

import cv2
import numpy as np
import torch
from segmentation_models_pytorch.metrics import get_stats

from cvlib.measure.masks import count

REPEATS = 51


def seconds(counting: Callable[[], object]) -> float:
    """CPU time of the quicker of two calls."""
    quicker = np.inf
    for _ in range(2):
        start = time.process_time()
        counting()
        quicker = min(quicker, time.process_time() - start)
    return quicker


def main() -> None:
    """Measure and print the median ratio with its quartiles."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    predicted, truth = np.random.default_rng(0).random((2, 8, 4, 480, 640)) < 0.2
    tensors = [torch.from_numpy(each).long() for each in (predicted, truth)]

    def ours() -> np.ndarray:
        return count(predicted, truth).to_array()

    def theirs() -> np.ndarray:
        return torch.stack(get_stats(*tensors, mode="multilabel"), dim=-1).numpy()

    if not np.array_equal(ours(), theirs()):
        sys.exit("the counts differ from get_stats's")
    taken = np.array([[seconds(ours), seconds(theirs)] for _ in range(REPEATS)])
    low, middle, high = quantiles(taken[:, 1] / taken[:, 0], n=4)
    print(
        f"8 x 4 masks of 480 x 640: {1e3 * np.median(taken[:, 0]):.2f} CPU ms, {middle:.1f} times as fast as "
        f"get_stats (quartiles {low:.1f} to {high:.1f} over {REPEATS} repeats), the same counts"
    )


if __name__ == "__main__":
    main()
