"""Table 3 and Figure 15 of paper 1: average precision."""

from __future__ import annotations

from cvlib.audit.bounds import Bounds, mean
from cvlib.audit.check import Check, Ledger
from cvlib.defects import DETECTION_CLASSES
from cvlib.papers import Claim

MODELS = ("yolo11", "faster_rcnn")
"""Rows of Table 3 as their claims call them."""

OVERLAPS = 10
"""In AP@[.5:.95]: .5, .55 and so on."""


def checks(ledger: Ledger) -> list[Check]:
    """All checks of average precision."""
    legend, table = ledger["p1.figure15.all"], ledger["p1.table3.yolo11.map50"]
    return [
        _mean(ledger, "detection.mean.legend", legend, "the legend of Figure 15"),
        _mean(ledger, "detection.mean.table3", table, "Table 3"),
        *(_order(ledger, model) for model in MODELS),
    ]


def _mean(ledger: Ledger, id: str, printed: Claim, where: str) -> Check:
    classes = [ledger[f"p1.figure15.{defect}"] for defect in DETECTION_CLASSES]
    implied = mean([Bounds.of(each) for each in classes])
    each = " and ".join(one.printed for one in classes)
    return Check(
        id=id,
        about=f"mAP@.5 of YOLOv11, {where}",
        theorem="mean-of-classes",
        judged=(printed.id,),
        given=tuple(one.id for one in classes),
        holds=implied.overlaps(Bounds.of(printed)),
        found=f"The AP of Figure 15's classes, {each}, have a mean of {implied:.4f}; "
        f"{where} prints {printed.printed}.",
    )


def _order(ledger: Ledger, model: str) -> Check:
    loose, strict = (ledger[f"p1.table3.{model}.{each}"] for each in ("map50", "map50_95"))
    most = Bounds.of(loose)
    least = most / OVERLAPS
    return Check(
        id=f"detection.order.{model}",
        about=f"Table 3, {loose.row}",
        theorem="stricter-overlap",
        judged=(loose.id, strict.id),
        given=(),
        holds=Bounds.of(strict).can_be_at_most(most) and least.can_be_at_most(Bounds.of(strict)),
        found=f"With an mAP@.5 of {loose.printed}, mAP@[.5:.95] lies between {least.middle:.4f} and "
        f"{loose.printed}; printed is {strict.printed}.",
    )
