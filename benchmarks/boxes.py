"""Average precision against pycocotools on the same boxes.

450 images, two classes, up to 12 truths and 20 to 100 detections per image. Each gets its input as it wants
it, ready-made: ours arrays, the peer its indexed dictionaries. Timed are ``match`` and ``average_precision``
at ten overlaps against ``evaluate`` and ``accumulate``, asked for the same (all areas, 100 detections), and
once more as they come (four ranges of area, three numbers of detections). CPU time on one thread, in turns,
so that a busy machine slows all. What they find is compared first. Run ``python benchmarks/boxes.py``.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from statistics import quantiles

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cvlib.measure.average_precision import average_precision
from cvlib.measure.boxes import Boxes, match

IMAGES, CLASSES, REPEATS = 450, 2, 21


def example() -> tuple[Boxes, Boxes]:
    """Detections and truths: most truths are found once or more, give or take some pixels."""
    generator = np.random.default_rng(0)
    images = np.repeat(np.arange(IMAGES), generator.integers(0, 13, IMAGES))
    corners = generator.uniform(0, 400, (len(images), 2))
    truths = Boxes(
        images,
        generator.integers(0, CLASSES, len(images)),
        np.hstack([corners, generator.lognormal(3.5, 0.7, (len(images), 2))]),
    )
    parts = []
    for image, number in enumerate(generator.integers(20, 101, IMAGES)):
        near = np.flatnonzero(images == image)
        chosen = generator.choice(near, number) if len(near) else np.zeros(number, int)
        about = generator.random(number) < min(0.5, 2 * len(near) / number)
        close = truths.boxes[chosen]
        moved = close + np.tile(close[:, 2:], 2) * generator.normal(0, 0.08, (number, 4))
        anywhere = np.hstack(
            [generator.uniform(0, 400, (number, 2)), generator.lognormal(3.5, 0.7, (number, 2))]
        )
        boxes = np.where(about[:, None], moved, anywhere)
        classes = np.where(about, truths.classes[chosen], generator.integers(0, CLASSES, number))
        scores = generator.beta(*np.where(about, [[5], [2]], [[1], [4]]))
        parts.append((np.full(number, image), classes, np.abs(boxes), scores))
    return Boxes(*(np.concatenate(column) for column in zip(*parts, strict=True))), truths


def indexed(boxes: Boxes) -> COCO:
    """Boxes as the peer wants them."""
    found = COCO()
    found.dataset = {
        "images": [{"id": image} for image in range(IMAGES)],
        "categories": [{"id": number} for number in range(CLASSES)],
        "annotations": [
            {
                "id": place + 1,
                "image_id": int(boxes.images[place]),
                "category_id": int(boxes.classes[place]),
                "bbox": boxes.boxes[place].tolist(),
                "area": float(boxes.boxes[place, 2:].prod()),
                "iscrowd": 0,
                "score": float(boxes.scores[place]) if boxes.scores is not None else 0,
            }
            for place in range(len(boxes))
        ],
    }
    found.createIndex()
    return found


def seconds(task: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    task()
    return time.process_time() - start


def main() -> None:
    """Measure and print the median ratios with their quartiles."""
    detections, truths = example()
    with redirect_stdout(io.StringIO()):
        pair = indexed(truths), indexed(detections)

    def ours() -> np.ndarray:
        return np.array([average_precision(each) for each in match(detections, truths, IMAGES, CLASSES)])

    def theirs(same: bool = True) -> np.ndarray:
        evaluation = COCOeval(*pair, "bbox")
        if same:
            evaluation.params.areaRng, evaluation.params.maxDets = [[0, 1e10]], [100]
        with redirect_stdout(io.StringIO()):
            evaluation.evaluate()
            evaluation.accumulate()
        return np.asarray(evaluation.eval["precision"][..., 0, -1].mean(axis=1).T)

    if not np.allclose(ours(), theirs(), rtol=0, atol=1e-12):
        sys.exit("the average precisions differ from pycocotools'")
    tasks: list[Callable[[], object]] = [ours, theirs, lambda: theirs(same=False)]
    taken = np.array([[seconds(task) for task in tasks] for _ in range(REPEATS)])
    print(
        f"{len(detections)} detections and {len(truths)} truths on {IMAGES} images: "
        f"{1e3 * np.median(taken[:, 0]):.1f} CPU ms, mean AP {ours().mean():.3f} as by pycocotools"
    )
    for place, peer in ((1, "pycocotools asked for the same"), (2, "pycocotools as it comes")):
        low, middle, high = quantiles(taken[:, place] / taken[:, 0], n=4)
        print(f"  {middle:.1f} times as fast as {peer} (quartiles {low:.1f} to {high:.1f})")


if __name__ == "__main__":
    main()
