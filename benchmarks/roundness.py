"""Roundness of every pinhole of a data set against scikit-image's ``regionprops_table`` on the same masks.

Both find the objects of a mask and measure area and perimeter; ours adds bounding boxes, holes and both
roundness estimates. CPU time, mask by mask in turn, so that a busy machine slows both. Run
``python benchmarks/roundness.py [IMAGES]``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import islice

import cv2
import numpy as np
from skimage.measure import label, regionprops_table

from cvlib.defects import CLASSES
from cvlib.measure.crofton import crofton_lengths
from cvlib.measure.objects import find_objects
from cvlib.measure.roundness import plain_roundness, roundness
from cvlib.simulate.coating import masks, plan


def ours(mask: np.ndarray) -> None:
    """Objects and both estimates of their roundness."""
    found = find_objects(mask)
    roundness(found.area, found.boundary_length)
    plain_roundness(found.polygon_area, found.polygon_length)


def theirs(mask: np.ndarray) -> None:
    """The peer's label, area and perimeter."""
    regionprops_table(label(mask), properties=("label", "area", "perimeter"))


def seconds(measure: Callable[[np.ndarray], object], mask: np.ndarray) -> float:
    """CPU time of the quickest of three calls: masks come fresh from a decoder."""
    quickest = np.inf
    for _ in range(3):
        start = time.thread_time()
        measure(mask)
        quickest = min(quickest, time.thread_time() - start)
    return quickest


def main() -> None:
    """Measure and print the median, and the middle 90 %, of the ratio mask by mask."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    cv2.setNumThreads(1)
    for channel, defect in enumerate(CLASSES):
        shown = (mask[:, :, channel] for clip in plan() for mask in masks(clip) if mask[:, :, channel].any())
        chosen = [np.ascontiguousarray(mask) for mask in islice(shown, images)]
        times = np.array(
            [[seconds(each, mask) for each in (ours, theirs, crofton_lengths)] for mask in chosen]
        )
        low, middle, high = np.quantile(times[:, 1] / times[:, 0], [0.05, 0.5, 0.95])
        whole = times.sum(axis=0)
        print(
            f"{defect:14s} {len(chosen)} masks: {1e6 * whole[0] / len(chosen):.0f} µs a mask, "
            f"{whole[1] / whole[0]:.1f} times as fast as regionprops_table "
            f"(by mask: {middle:.1f}, middle 90 % {low:.1f} to {high:.1f}); "
            f"Crofton adds {1e6 * whole[2] / len(chosen):.0f} µs"
        )


if __name__ == "__main__":
    main()
