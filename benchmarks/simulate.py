"""How long the simulated coatings take to draw: CPU time per image, linearity, and the ratio to a peer.

The peer is what anybody does next with such pictures: OpenCV's JPEG and PNG encoders on the same images and
masks. Run ``python benchmarks/simulate.py [IMAGES]``.
"""

from __future__ import annotations

import sys
import time

import cv2
import numpy as np

from cvlib.simulate.coating import Clip, draw, plan


def draw_all(clips: list[Clip]) -> tuple[float, float]:
    """CPU seconds for drawing all frames, and for encoding them."""
    drawing = encoding = 0.0
    for clip in clips:
        frames = draw(clip)
        while True:
            start = time.process_time()
            frame = next(frames, None)
            drawn = time.process_time()
            drawing += drawn - start
            if frame is None:
                break
            image, mask = frame
            cv2.imencode(".jpg", image[:, :, ::-1])
            cv2.imencode(".png", mask.astype(np.uint8) * 255)
            encoding += time.process_time() - drawn
    return drawing, encoding


def main() -> None:
    """Measure and print."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    cv2.setNumThreads(1)
    draw_all(plan(16))  # first calls load code
    start = time.process_time()
    plan(2227)
    print(f"plan of 2,227 images: {time.process_time() - start:.2f} CPU seconds")
    half, _ = draw_all(plan(images // 2))
    whole, encoding = draw_all(plan(images))
    print(f"drawing {images} images: {1e3 * whole / images:.1f} CPU ms per image")
    print(f"time for {images} against {images // 2} images: {whole / half:.2f} (linear: 2)")
    print(f"drawing against OpenCV's JPEG + PNG encoding of the same images: {whole / encoding:.2f}")


if __name__ == "__main__":
    main()
