"""The notebook that paper 1's authors published: its batches, and its scores of one model."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from cvlib.audit.bounds import Bounds
from cvlib.audit.check import Check, Ledger
from cvlib.audit.classification import harmonic_mean
from cvlib.audit.records import shared_at_least

PARTS = {"train": "training", "val": "validation"}
"""Of the data, as the claims and the text call them."""


def checks(ledger: Ledger) -> list[Check]:
    """All checks of the notebook."""
    return [
        *(_batches(ledger, part) for part in PARTS),
        _disjoint(ledger),
        _iou(ledger),
        _dice(ledger),
        _precision(ledger),
    ]


def batches_of(images: Fraction, batch: int) -> set[int]:
    """Numbers of batches that one pass over so many images can take: part of an image, and the last
    batch if it is not full, may be left out or not.

    >>> sorted(batches_of(Fraction(178, 10), 4))
    [4, 5]
    """
    wholes = (floor(images), ceil(images))
    return {round_to(Fraction(whole, batch)) for whole in wholes for round_to in (floor, ceil)}


def fewest_in(batches: int, batch: int) -> int:
    """The fewest images that so many batches hold: the last may have a single one.

    >>> fewest_in(3, 4)
    9
    """
    return batch * (batches - 1) + 1


def iou_of(dice: Bounds) -> Bounds:
    """IoU from Dice of the same counts.

    >>> print(f"{iou_of(Bounds.around('0.80')):.3f}")
    0.660 to 0.674
    """
    return 1 / (2 / dice - 1)


def _batches(ledger: Ledger, part: str) -> Check:
    number, batch, images = (
        ledger[id] for id in (f"p1.notebook.{part}_batches", "p1.notebook.batch", "p1.images")
    )
    share = ledger["p1.split.train" if part == "train" else "p1.split.test"]
    expected = sorted(batches_of(Fraction(share.printed) / 100 * int(images.value), int(batch.value)))
    return Check(
        id=f"notebook.batches.{part}",
        about=f"{PARTS[part]} batches",
        theorem="same-thing-twice",
        judged=(number.id,),
        given=(batch.id, images.id, share.id),
        holds=int(number.value) in expected,
        found=f"{share.printed} % of {images.printed} images are {' or '.join(map(str, expected))} batches "
        f"of {batch.printed}; the notebook logs {number.printed} {PARTS[part]} batches.",
    )


def _disjoint(ledger: Ledger) -> Check:
    numbers = [ledger[f"p1.notebook.{part}_batches"] for part in PARTS]
    batch, images = ledger["p1.notebook.batch"], ledger["p1.images"]
    train, val = (fewest_in(int(each.value), int(batch.value)) for each in numbers)
    shared = shared_at_least(train, val, int(images.value))
    logged = " training and ".join(each.printed for each in numbers)
    return Check(
        id="notebook.disjoint",
        about="images in training and validation",
        theorem="pigeonhole",
        judged=tuple(each.id for each in numbers),
        given=(batch.id, images.id),
        holds=shared == 0,
        found=f"{logged} validation batches of {batch.printed} hold {train:,} and {val:,} images or more; "
        f"of {images.printed} images at least {shared:,} are in both.",
    )


def _iou(ledger: Ledger) -> Check:
    dice, iou = ledger["p1.notebook.dice"], ledger["p1.notebook.iou"]
    implied = iou_of(Bounds.of(dice))
    return Check(
        id="notebook.iou",
        about="IoU from Dice",
        theorem="dice-and-iou",
        judged=(iou.id,),
        given=(dice.id,),
        holds=implied.overlaps(Bounds.of(iou)),
        found=f"A Dice of {dice.printed} is an IoU of {implied:.4f}; the notebook prints {iou.printed}.",
    )


def _dice(ledger: Ledger) -> Check:
    dice, precision, recall = (ledger[f"p1.notebook.{each}"] for each in ("dice", "precision", "recall"))
    implied = harmonic_mean(Bounds.of(precision), Bounds.of(recall))
    return Check(
        id="notebook.dice",
        about="Dice from precision and recall",
        theorem="dice-and-iou",
        judged=(dice.id, precision.id, recall.id),
        given=(),
        holds=implied.overlaps(Bounds.of(dice)),
        found=f"Precision {precision.printed} and recall {recall.printed} give a Dice of {implied:.4f}; "
        f"the notebook prints {dice.printed}.",
    )


def _precision(ledger: Ledger) -> Check:
    iou, precision = (ledger[f"p1.notebook.argmax.surface_crack.{each}"] for each in ("iou", "precision"))
    return Check(
        id="notebook.argmax",
        about="IoU against precision, surface crack",
        theorem="iou-below-precision",
        judged=(iou.id, precision.id),
        given=(),
        holds=Bounds.of(iou).can_be_at_most(Bounds.of(precision)),
        found=f"By class, surface cracks have an IoU of {iou.printed} at a precision of {precision.printed}, "
        "which must not be lower.",
    )
