"""How long ``check`` takes against decoding the same files once, and how its memory grows.

The peer reads what check has to read and judges nothing: every stored image and every mask once with Pillow
(``numpy.asarray(PIL.Image.open(...))``) or with ``cv2.imread``, and the bytes of every text file. Repeats
alternate; a ratio is the median over them. Memory is what Python and NumPy have taken at most (tracemalloc),
for a quarter of the records and for all.

Run ``python benchmarks/check.py [FOLDER]``: a folder in CoatingVision's format, else 200 simulated images.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import cv2
import numpy as np
from PIL import Image

from cvlib.data import Subset, check, open_dataset, write

REPEATS = 7


def decode_with(read: Callable[[Path], object], folder: Path) -> None:
    """Read every stored file once; hard links to one image are one file."""
    seen = set()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.stat().st_ino in seen:
            continue
        seen.add(path.stat().st_ino)
        if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
            read(path)
        else:
            path.read_bytes()


def with_pillow(path: Path) -> object:
    """The pixels as Pillow gives them."""
    with Image.open(path) as image:
        return np.asarray(image)


def with_opencv(path: Path) -> object:
    """The pixels as OpenCV gives them."""
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def measure(folder: Path) -> None:
    """Print the ratios to both peers with their quartiles."""
    tasks: list[Callable[[], object]] = [
        lambda: check(f"path:{folder}"),
        lambda: decode_with(with_pillow, folder),
        lambda: decode_with(with_opencv, folder),
    ]
    taken = np.zeros((REPEATS, len(tasks)))
    for repeat in taken:
        for place, task in enumerate(tasks):
            start = time.process_time()
            task()
            repeat[place] = time.process_time() - start
    records = len(list((folder / "segmentation/images").iterdir()))
    print(f"check of {records} records: {np.median(taken[:, 0]):.2f} CPU seconds")
    for place, peer in ((1, "Pillow"), (2, "cv2.imread")):
        low, middle, high = quantiles(taken[:, 0] / taken[:, place], n=4)
        print(f"  against decoding once with {peer}: {middle:.2f} (quartiles {low:.2f} to {high:.2f})")


def peak(folder: Path) -> float:
    """Megabytes taken at most while checking."""
    tracemalloc.start()
    check(f"path:{folder}")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def main() -> None:
    """Measure and print."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder, part = Path(temporary) / "simulated", Path(temporary) / "part"
        if len(sys.argv) > 1:
            folder = Path(sys.argv[1])
        else:
            write(open_dataset("simulated", images=200), folder)
        measure(folder)
        whole = open_dataset(f"path:{folder}")
        write(Subset(whole, range(len(whole) // 4)), part, progress=False)
        print(f"peak memory: {peak(part):.1f} MB for a quarter of the records, {peak(folder):.1f} MB for all")


if __name__ == "__main__":
    main()
