"""First labels: images per second, and the CPU time of two peers against ours, as ratios in one run.

Ours reads a folder of 480 x 640 JPEG images and writes masks and the table of components. The peers, image by
image on one thread: a plain script that calls OpenCV for every step and goes through the contours in Python,
as one would write it down, and the same chain in scikit-image. Both compute the contrast of the authors'
code, threshold it, measure the components, name them by area and elongation, and write a 4-channel PNG. How
far their masks of defects agree with ours is printed first. Ours looks for patches and foreign matter as
well, writes the table of components, and runs on all cores, which slow each other down. CPU time, in turns,
so that a busy machine slows all alike; a ratio is the median over the repeats, with quartiles.

Run ``python benchmarks/prelabels.py [IMAGES]``.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import cv2
import numpy as np
from skimage import color, filters, io, measure, morphology

from cvlib.annotate.prelabel_settings import DEFAULT, Settings
from cvlib.annotate.prelabels import prelabel
from cvlib.baseline import AUTHORS, AUTHORS_SMOOTH
from cvlib.data import open_dataset
from cvlib.data.files import write_image

REPEATS, SLOW = 5, 3
"""Repeats, and images that the slow peer gets."""


def class_of(area: float, width: float) -> int:
    """By the rules of the baseline, patches aside."""
    if area >= AUTHORS.elongation * width**2 or area < AUTHORS.pinhole_least:
        return 0
    return 2 if area <= AUTHORS.pinhole_most else 3


def plain_script(paths: list[Path], to: Path) -> None:
    """Every step a call of OpenCV, every contour a turn of a loop."""
    for path in paths:
        image = cv2.bitwise_not(np.asarray(cv2.imread(str(path))))
        background = cv2.medianBlur(cv2.dilate(image, np.ones((7, 7), np.uint8)), 21)
        distance = cv2.cvtColor(cv2.absdiff(image, background), cv2.COLOR_BGR2GRAY)
        local = cv2.GaussianBlur(distance, (21, 21), 0)
        contrast = cv2.divide(distance, 255 - local, scale=256)
        _, binary = cv2.threshold(contrast, AUTHORS.threshold, 255, cv2.THRESH_BINARY)
        inner = cv2.distanceTransform(binary, cv2.DIST_L2, 5)
        planes = [np.zeros(binary.shape, np.uint8) for _ in range(4)]
        contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            x, y, width, height = cv2.boundingRect(contour)
            inside = np.zeros((height, width), np.uint8)
            cv2.drawContours(inside, [contour], -1, 255, -1, offset=(-x, -y))
            inside = np.asarray(cv2.bitwise_and(inside, binary[y : y + height, x : x + width]))
            area = cv2.countNonZero(inside)
            if area >= AUTHORS.least_area:
                _, far, _, _ = cv2.minMaxLoc(inner[y : y + height, x : x + width], mask=inside)
                cv2.arcLength(contour, True)
                planes[class_of(area, 2 * far)][y : y + height, x : x + width] |= inside
        red, green, blue, alpha = planes
        cv2.imwrite(str(to / f"{path.stem}.png"), cv2.merge([blue, green, red, alpha]))


def with_skimage(paths: list[Path], to: Path) -> None:
    """The same chain in scikit-image."""
    for path in paths:
        image = 255 - io.imread(path)
        spread = [morphology.dilation(image[..., k], np.ones((7, 7), np.uint8)) for k in range(3)]
        background = np.stack([filters.rank.median(each, np.ones((21, 21), np.uint8)) for each in spread], -1)
        difference = np.abs(image.astype(np.int16) - background).astype(np.uint8)
        distance = 255 * color.rgb2gray(difference)
        local = filters.gaussian(distance, 3.5, truncate=3)
        binary = 256 * distance / (255 - local) > AUTHORS.threshold
        inner = np.asarray(cv2.distanceTransform(binary.astype(np.uint8), cv2.DIST_L2, 5))
        mask = np.zeros((*binary.shape, 4), np.uint8)
        for region in measure.regionprops(measure.label(binary, connectivity=2), intensity_image=inner):
            if region.area >= AUTHORS.least_area:
                _ = region.perimeter
                shown = mask[region.slice][..., class_of(region.area, 2 * region.intensity_max)]
                shown[region.image] = 255
        io.imsave(to / f"{path.stem}.png", mask, check_contrast=False)


def taken(task: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds of one call."""
    start, clock = time.process_time(), time.perf_counter()
    task()
    return time.process_time() - start, time.perf_counter() - clock


def agreement(ours: Path, theirs: Path) -> float:
    """Dice of the pixels that are defect in any channel."""
    both = total = 0
    for path in theirs.glob("*.png"):
        found, other = (
            np.asarray(cv2.imread(str(folder / path.name), cv2.IMREAD_UNCHANGED)).any(axis=2)
            for folder in (ours, theirs)
        )
        both += int(np.count_nonzero(found & other))
        total += int(np.count_nonzero(found) + np.count_nonzero(other))
    return 2 * both / total


def compare(
    folder: Path, temporary: Path, peer: str, task: Callable[[list[Path], Path], None], most: int
) -> None:
    """Print how much faster ours is than a peer on the same images."""
    paths = sorted(folder.iterdir())
    some = paths[:: max(len(paths) // most, 1)][:most]
    ratios = []
    for repeat in range(REPEATS):
        ours, theirs = temporary / f"ours-{peer}-{repeat}", temporary / f"theirs-{peer}-{repeat}"
        theirs.mkdir()
        own = taken(lambda to=ours: prelabel(folder, to, progress=False))[0] / len(paths)  # type: ignore[misc]
        ratios.append(taken(lambda to=theirs: task(some, to))[0] / len(some) / own)  # type: ignore[misc]
    low, middle, high = quantiles(ratios, n=4)
    print(f"{peer}: its defects agree with ours by a Dice of {agreement(ours, theirs):.3f};")
    print(f"  it takes {middle:.2f} times the CPU time of ours (quartiles {low:.2f} to {high:.2f})")


def speed(folder: Path, temporary: Path, name: str, settings: Settings) -> None:
    """Print images per second of ours."""
    count = len(list(folder.iterdir()))
    times = np.array(
        [
            taken(lambda to=temporary / f"{name}-{n}": prelabel(folder, to, settings, progress=False))  # type: ignore[misc]
            for n in range(REPEATS)
        ]
    )
    cpu, wall = count / times[:, 0], count / times[:, 1]
    print(
        f"{name}: {median(wall):.0f} images/s by the clock ({wall.min():.0f} to {wall.max():.0f}), "
        f"{median(cpu):.0f} per CPU second ({cpu.min():.0f} to {cpu.max():.0f})"
    )


def main() -> None:
    """Measure and print."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        folder = temporary / "images"
        folder.mkdir()
        data = open_dataset("simulated", images=images)
        for index in range(images):
            write_image(folder / f"{data.frames['name'].iloc[index]}.jpg", data.image(index))
        prelabel(folder, temporary / "first", progress=False)  # loads code
        load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        print(f"{images} images of 480 x 640, {os.cpu_count()} cores{load}")
        speed(folder, temporary, "the authors' contrast", DEFAULT)
        speed(folder, temporary, "the authors' grey values", Settings(AUTHORS_SMOOTH))
        compare(folder, temporary, "plain OpenCV script", plain_script, images)
        compare(folder, temporary, "scikit-image", with_skimage, SLOW)


if __name__ == "__main__":
    main()
