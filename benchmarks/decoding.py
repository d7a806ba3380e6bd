"""How long images and masks take to decode, as ratios to OpenCV's and Pillow's readers in one run.

The peers are ``cv2.imread`` (``IMREAD_UNCHANGED`` for masks) and ``numpy.asarray(PIL.Image.open(...))``. Ours
also refuse what is damaged and test every value of a mask. Each repeat reads every file with all readers, in
turns; a ratio is the median over the repeats. Pixels are compared with Pillow's first.

Run ``python benchmarks/decoding.py [FOLDER]``: a folder in CoatingVision's format, else 200 simulated images.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles

import cv2
import numpy as np
from PIL import Image

from cvlib.data import open_dataset, write
from cvlib.data.files import read_image, read_mask_png

REPEATS = 15
Reader = Callable[[Path], np.ndarray]


def with_pillow(path: Path) -> np.ndarray:
    """The pixels as Pillow gives them."""
    with Image.open(path) as image:
        return np.asarray(image)


def with_opencv(path: Path) -> np.ndarray:
    """An image as OpenCV gives it."""
    return np.asarray(cv2.imread(str(path)))


def mask_with_opencv(path: Path) -> np.ndarray:
    """A mask as OpenCV gives it."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))


def seconds(readers: Sequence[Reader], files: Sequence[Path]) -> np.ndarray:
    """CPU seconds for all files: (repeats, readers)."""
    taken = np.zeros((REPEATS, len(readers)))
    for repeat in taken:
        for turn, path in enumerate(files):
            for place in np.roll(range(len(readers)), turn):  # whoever is first finds the file out of cache
                start = time.process_time()
                readers[place](path)
                repeat[place] += time.process_time() - start
    return taken


def report(kind: str, ours: Reader, opencv: Reader, files: Sequence[Path]) -> None:
    """Print our time, and the ratio to each peer with its quartiles."""
    if not all(np.array_equal(ours(path), with_pillow(path)) for path in files):
        sys.exit(f"{kind}: pixels differ from Pillow's")
    taken = seconds([ours, opencv, with_pillow], files)
    print(
        f"{len(files)} {kind}: {1e3 * median(taken[:, 0]) / len(files):.2f} CPU ms each, pixels as Pillow's"
    )
    for place, peer in ((1, "cv2.imread"), (2, "Pillow")):
        low, middle, high = quantiles(taken[:, 0] / taken[:, place], n=4)
        print(f"  against {peer}: {middle:.2f} (quartiles {low:.2f} to {high:.2f} over {REPEATS} repeats)")


def main() -> None:
    """Measure and print."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary) / "simulated"
        if len(sys.argv) <= 1:
            write(open_dataset("simulated", images=200), folder)
        report("images", read_image, with_opencv, sorted((folder / "segmentation/images").iterdir()))
        report("masks", read_mask_png, mask_with_opencv, sorted((folder / "segmentation/masks").iterdir()))


if __name__ == "__main__":
    main()
