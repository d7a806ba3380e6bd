"""Counts of paper 1 against its percentages, and against its Tables 1 and 2 and its prose."""

from __future__ import annotations

from cvlib.audit.bounds import Bounds, Number
from cvlib.audit.check import Check, Ledger
from cvlib.defects import DETECTION_CLASSES, TITLES
from cvlib.papers import RelatedDataset, related_datasets

COUNTED = ("surface_crack", "delamination", "pinhole")
"""Classes whose images Data Records counts."""


def checks(ledger: Ledger) -> list[Check]:
    """All checks of counts, sizes and boxes."""
    return [
        *(_share(ledger, defect) for defect in COUNTED),
        _abstract(ledger),
        _split(ledger),
        _gaps(ledger),
        *(_size(ledger, row) for row in related_datasets() if row.text),
        *(_box(ledger, defect) for defect in DETECTION_CLASSES),
    ]


def shared_at_least(one: Number, two: Number, whole: Number) -> Number:
    """The fewest elements that two sets share, by how many each has, and the whole that both are part of.

    >>> shared_at_least(70, 50, 100), shared_at_least(30, 50, 100)
    (20, 0)
    """
    return max(0, one + two - whole)


def _share(ledger: Ledger, defect: str) -> Check:
    share, count, images = (ledger[id] for id in (f"p1.{defect}.share", f"p1.{defect}.images", "p1.images"))
    implied = 100 * Bounds.exactly(count) / Bounds.exactly(images)
    return Check(
        id=f"records.share.{defect}",
        about=f"share of images with {TITLES[defect]}",
        theorem="same-thing-twice",
        judged=(share.id, count.id),
        given=(images.id,),
        holds=implied.overlaps(Bounds.of(share)),
        found=f"{count.printed} of {images.printed} images are {implied:.4f} %; "
        f"printed are {share.printed} %.",
    )


def _abstract(ledger: Ledger) -> Check:
    said, images = ledger["p1.abstract.images"], ledger["p1.images"]
    return Check(
        id="records.abstract",
        about="images in the abstract",
        theorem="same-thing-twice",
        judged=(said.id, images.id),
        given=(),
        holds=images.value > said.value,
        found=f"The abstract says over {said.printed} images, Data Records {images.printed}.",
    )


def _split(ledger: Ledger) -> Check:
    train, test = ledger["p1.split.train"], ledger["p1.split.test"]
    total = Bounds.of(train) + Bounds.of(test)
    return Check(
        id="records.split",
        about="parts of the split",
        theorem="same-thing-twice",
        judged=(train.id, test.id),
        given=(),
        holds=total.contains(100),
        found=f"{train.printed} % and {test.printed} % are {total.middle:.0f} % together.",
    )


def _gaps(ledger: Ledger) -> Check:
    smallest, largest, step = (ledger[f"p1.gap.{each}"] for each in ("smallest", "largest", "step"))
    steps = (largest.value - smallest.value) / step.value
    return Check(
        id="records.gaps",
        about="coating gaps",
        theorem="same-thing-twice",
        judged=(smallest.id, largest.id, step.id),
        given=(),
        holds=steps >= 1 and steps == round(steps),
        found=f"From {smallest.printed} to {largest.printed} µm there are {steps:g} steps of "
        f"{step.printed} µm.",
    )


def _size(ledger: Ledger, row: RelatedDataset) -> Check:
    assert row.text
    size = ledger[f"p1.table1.{row.slug}.size"]
    return Check(
        id=f"records.size.{row.slug}",
        about=f"images of {row.name}",
        theorem="same-thing-twice",
        judged=(size.id, *row.text.claims),
        given=(),
        holds=row.text.holds(size.value, ledger),
        found=f"Table 1 says {size.printed} images of {row.name}, the text {row.text.said(ledger)}.",
    )


def _box(ledger: Ledger, defect: str) -> Check:
    x, y, w, h = (ledger[f"p1.table2.{defect}.{each}"] for each in "xywh")
    sides = [(Bounds.of(centre), Bounds.of(size) / 2) for centre, size in ((x, w), (y, h))]
    ends = [(centre - half, centre + half) for centre, half in sides]
    spans = " and ".join(f"{first.middle:.4f} to {last.middle:.4f}" for first, last in ends)
    return Check(
        id=f"records.box.{defect}",
        about=f"box of Table 2, {TITLES[defect]}",
        theorem="box-in-image",
        judged=tuple(each.id for each in (x, y, w, h)),
        given=(),
        holds=all(first.high >= 0 and last.low <= 1 for first, last in ends),
        found=f"The box spans {spans} of the image.",
    )
