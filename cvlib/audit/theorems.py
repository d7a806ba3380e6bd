"""The theorems of the chapter on the audit: their names, and what each assumes."""

from __future__ import annotations

from typing import NamedTuple


class Theorem(NamedTuple):
    """What a check applies; statement and proof stand in the chapter, under the same label.

    Attributes
    ----------
    says
        In a few words.
    assumes
        Of what numbers it speaks.
    """

    says: str
    assumes: str


THEOREMS = {
    "share-of-positives": Theorem(
        "precision, recall and accuracy fix the share of positives",
        "counts on one set of images, drawn at random from all",
    ),
    "f1-of-counts": Theorem("F1 is the harmonic mean of precision and recall", "counts on one set of images"),
    "granularity": Theorem(
        "a share of n images is a multiple of 1/n", "counts on one set of at most as many images as there are"
    ),
    "f1-of-means": Theorem(
        "mean F1 is at most the harmonic mean of mean precision and mean recall",
        "one set of images, or a mean over parts",
    ),
    "misses-alone": Theorem(
        "accuracy is at most 1 less the share of misses",
        "images drawn at random, or a mean over parts that show the class equally often",
    ),
    "same-thing-twice": Theorem("two numbers for one thing agree", "both speak of the same thing"),
    "box-in-image": Theorem("a box lies within its image", "fractions of the image, centre and size"),
    "pigeonhole": Theorem(
        "two sets larger together than the whole share elements", "no image twice in one pass over a set"
    ),
    "mean-of-classes": Theorem("mAP is the mean of the classes' AP", "one run, one rule of integration"),
    "stricter-overlap": Theorem(
        "AP@[.5:.95] lies between a tenth of AP@.5 and the whole of it",
        "detections matched by COCO's rule",
    ),
    "whole-samples": Theorem("PCS is at most PCK", "equally many keypoints in every sample"),
    "looser-threshold": Theorem("PCK and PCS do not fall as the threshold rises", "the same predictions"),
    "mean-error": Theorem(
        "PCK at two thresholds bounds NME from both sides", "predicted and true points within the ROI"
    ),
    "dice-and-iou": Theorem(
        "Dice, IoU, precision and recall of the same counts fix each other", "counts pooled over all pixels"
    ),
    "iou-below-precision": Theorem(
        "IoU is at most precision", "one set of counts, or means over the same images"
    ),
}
"""By label, in the order of the chapter."""
