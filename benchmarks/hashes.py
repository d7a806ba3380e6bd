"""Perceptual hashes and the search for alike pairs against imagehash, as ratios in one run.

Timed are hashes of images in memory (ours arrays, the peer Pillow images), of JPEG files, and all pairs of
2,227 hashes within 8 bits: the peer subtracts its objects pair by pair. Then 100,000 random hashes, ours
alone, with the memory they take. CPU time on one thread, in turns, so that a busy machine slows all; what
they find is compared first. Run ``python benchmarks/hashes.py [FOLDER]``: a folder of JPEG images, else 200
simulated ones.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import cv2
import imagehash
import numpy as np
from PIL import Image

from cvlib.data import open_dataset, write
from cvlib.data.hashes import distance, near, phash, phash_files

REPEATS, MOST, IMAGES, HASHES, MANY = 15, 8, 200, 2227, 100_000


def seconds(task: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    task()
    return time.process_time() - start


def compare(
    what: str, ours: Callable[[], object], theirs: Callable[[], object], each: int, repeats: int = REPEATS
) -> None:
    """Print our time, and how many times as fast it is, with quartiles."""
    taken = np.array([[seconds(task) for task in (ours, theirs)] for _ in range(repeats)])
    low, middle, high = quantiles(taken[:, 1] / taken[:, 0], n=4)
    print(
        f"{what}: {1e6 * median(taken[:, 0]) / each:.3g} CPU µs each, {middle:.1f} times as fast as "
        f"imagehash (quartiles {low:.1f} to {high:.1f} over {repeats} repeats)"
    )


def hashing(paths: list[Path]) -> None:
    """From arrays and from files."""
    arrays = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    pictures = [Image.fromarray(array) for array in arrays]
    theirs = np.array([int(str(imagehash.phash(picture)), 16) for picture in pictures], np.uint64)
    for what, own in (("images", phash(arrays)), ("files", phash_files(paths))):
        bits = distance(own, theirs)
        print(
            f"{len(paths)} {what}: {bits.mean():.2f} bits from imagehash's on average, at most {bits.max()}"
        )
        if bits.mean() > 2:
            sys.exit("the hashes differ from imagehash's")
    count = len(paths)
    compare("images", lambda: phash(arrays), lambda: [imagehash.phash(each) for each in pictures], count)
    compare(
        "files",
        lambda: phash_files(paths),
        lambda: [imagehash.phash(Image.open(path)) for path in paths],
        count,
    )


def search() -> None:
    """All pairs of many hashes; a tenth of them are copies with up to ten bits changed."""
    random = np.random.default_rng(0)
    found = random.integers(0, 2**63, HASHES, dtype=np.uint64)
    for place in range(HASHES // 10):
        flipped = random.choice(64, random.integers(0, 11), replace=False).astype(np.uint64)
        found[-1 - place] = np.bitwise_xor.reduce(np.uint64(1) << flipped, initial=found[place])
    objects = [imagehash.hex_to_hash(f"{value:016x}") for value in found.tolist()]

    def theirs() -> list[tuple[int, int]]:
        return [
            (first, second)
            for first, own in enumerate(objects)
            for second in range(first + 1, HASHES)
            if own - objects[second] <= MOST
        ]

    if near(found, MOST)[0].tolist() != [list(pair) for pair in theirs()]:
        sys.exit("the pairs differ from imagehash's")
    pairs = HASHES * (HASHES - 1) // 2
    compare(f"pairs of {HASHES:,} hashes", lambda: near(found, MOST), theirs, pairs, repeats=5)


def many() -> None:
    """A search too large for the peer."""
    found = np.random.default_rng(1).integers(0, 2**63, MANY, dtype=np.uint64)
    taken = [seconds(lambda: near(found, MOST)) for _ in range(3)]
    tracemalloc.start()
    near(found, MOST)
    _, peak = tracemalloc.get_traced_memory()
    print(f"pairs of {MANY:,} hashes: {min(taken):.1f} to {max(taken):.1f} CPU s, {peak / 1e6:.0f} MB")


def main() -> None:
    """Measure and print."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary) / "simulated/segmentation/images"
        if len(sys.argv) <= 1:
            write(open_dataset("simulated", images=IMAGES), Path(temporary) / "simulated", progress=False)
        hashing(sorted(folder.glob("*.jpg"))[:IMAGES])
    search()
    many()


if __name__ == "__main__":
    main()
