"""Table 4 of paper 1: precision, recall, F1 and accuracy of three networks and three classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from scipy.stats import hypergeom

from cvlib.audit.bounds import Bounds
from cvlib.audit.check import Check, Ledger
from cvlib.defects import CLASSES, TITLES
from cvlib.papers import Claim

ARCHITECTURES = ("resnet", "convnext", "efficientnet")
"""Rows of Table 4 as their claims call them."""

RARE = 1e-6
"""How seldom a random test set may show a class more often, or more rarely, than a check allows for."""

DEFECTS = CLASSES[:3]
"""Classes of Table 4."""

MEASURES = ("precision", "recall", "f1", "accuracy")
"""Columns of Table 4."""


@dataclass(frozen=True)
class Row:
    """Four scores of a network for a class, and the share of all images said to show the class.

    Attributes
    ----------
    architecture, defect
        As the claims call them.
    precision, recall, f1, accuracy
        Of Table 4.
    share
        Of Data Records, in percent of all images.
    test
        The share of test images that shows the class, of 1, if a fifth is drawn at random.
    """

    architecture: str
    defect: str
    precision: Claim
    recall: Claim
    f1: Claim
    accuracy: Claim
    share: Claim
    test: Bounds

    @property
    def about(self) -> str:
        """Network and class in words."""
        return f"{self.precision.row}, {TITLES[self.defect]}"

    @property
    def stated(self) -> Bounds:
        """The share of all images said to show the class, of 1."""
        return Bounds.of(self.share) / 100

    @property
    def implied(self) -> Bounds:
        """The share that precision, recall and accuracy imply, of 1."""
        return share_of_positives(*map(Bounds.of, (self.precision, self.recall, self.accuracy)))

    @property
    def most_accurate(self) -> Bounds:
        """The accuracy on a random test set if all that is wrong are the misses that the recall leaves."""
        return accuracy_without_false_alarms(Bounds.of(self.recall), self.test)

    @property
    def harmonic(self) -> Bounds:
        """F1 by precision and recall."""
        return harmonic_mean(Bounds.of(self.precision), Bounds.of(self.recall))


def rows(ledger: Ledger) -> list[Row]:
    """The nine rows, network by network."""
    return [_row(ledger, architecture, defect) for architecture in ARCHITECTURES for defect in DEFECTS]


def _row(ledger: Ledger, architecture: str, defect: str) -> Row:
    precision, recall, f1, accuracy = (
        ledger[f"p1.table4.{architecture}.{defect}.{measure}"] for measure in MEASURES
    )
    share, images, part = (ledger[id] for id in (f"p1.{defect}.share", *DRAWN))
    test = share_of_a_draw(share.value / 100, int(images.value), part.value / 100)
    return Row(architecture, defect, precision, recall, f1, accuracy, share, test)


DRAWN = ("p1.images", "p1.split.test")
"""What the share of positives in a test set depends on beside that in all images."""


def share_of_a_draw(share: float, images: int, part: float) -> Bounds:
    """The share of positives in some of the images drawn at random, outside which one draw in a million lies.

    Parameters
    ----------
    share
        Of all images, of 1.
    images
        All of them.
    part
        Drawn, of 1.

    >>> print(f"{share_of_a_draw(0.8743, 2227, 0.2):.3f}")
    0.802 to 0.939
    """
    drawn = round(part * images)
    counts = hypergeom(images, round(share * images), drawn).ppf([RARE / 2, 1 - RARE / 2])
    low, high = (Fraction(int(count), drawn) for count in counts)
    return Bounds(low, high)


def checks(ledger: Ledger) -> list[Check]:
    """All checks of Table 4."""
    table = rows(ledger)
    found = [check(row) for check in (_share, _f1, _mean_f1, _misses) for row in table]
    return [*found, _granularity(table, ledger["p1.images"])]


def share_of_positives(precision: Bounds, recall: Bounds, accuracy: Bounds) -> Bounds:
    """The share of positives that three scores of one set of images imply, of 1.

    ``cvlib.measure.implied.implied_share`` for numbers that are rounded.

    >>> print(f"{share_of_positives(*map(Bounds.around, ('0.9121', '0.8736', '0.9074'))):.4f}")
    0.4393 to 0.4402
    """
    return (1 - accuracy) / (1 + recall * (1 / precision - 2))


def accuracy_at(precision: Bounds, recall: Bounds, share: Bounds) -> Bounds:
    """The accuracy that precision and recall have where a share of the images, of 1, is positive.

    >>> print(f"{accuracy_at(*map(Bounds.around, ('0.9121', '0.8736', '0.8743'))):.3f}")
    0.816
    """
    return 1 - share * (1 + recall * (1 / precision - 2))


def harmonic_mean(one: Bounds, two: Bounds) -> Bounds:
    """Eq. 5 of paper 1 for numbers that are rounded.

    >>> print(f"{harmonic_mean(Bounds.around('0.75'), Bounds.around('0.60')):.3f}")
    0.662 to 0.672
    """
    return 2 / (1 / one + 1 / two)


def accuracy_without_false_alarms(recall: Bounds, share: Bounds) -> Bounds:
    """The accuracy at a recall and a share of positives, of 1, if all that is wrong are misses.

    >>> print(f"{accuracy_without_false_alarms(Bounds.around('0.8736'), Bounds.around('0.8743')):.3f}")
    0.889 to 0.890
    """
    return 1 - share * (1 - recall)


def least_spread(row: Row) -> float:
    """How unequal the shares of positives of parts must be for means over them to get past their misses.

    The standard deviation over the parts, of 1: the mean of share times (1 - recall) is that of the means
    less the covariance of both, and numbers of 0 to 1 with mean R vary by sqrt(R (1 - R)) at most. Below 0
    where equal shares do.
    """
    excess = float(Bounds.of(row.accuracy).low - row.most_accurate.high)
    return excess / sqrt(row.recall.value * (1 - row.recall.value))


def sizes(shares: Sequence[Bounds], most: int) -> list[int]:
    """All numbers of images, up to the most, of which every one of the shares can be a share.

    >>> sizes([Bounds.around("0.33"), Bounds.around("0.71")], most=40)
    [21, 24]
    """
    return [images for images in range(1, most + 1) if all(_is_share(each, images) for each in shares)]


def _is_share(share: Bounds, images: int) -> bool:
    """Whether a multiple of 1 / images lies within bounds."""
    at_least = -(-share.low.numerator * images // share.low.denominator)
    return at_least <= share.high * images


def _share(row: Row) -> Check:
    measures = (row.precision, row.recall, row.accuracy)
    expected = accuracy_at(Bounds.of(row.precision), Bounds.of(row.recall), row.stated)
    printed = ", ".join(each.printed for each in measures)
    return Check(
        id=f"table4.share.{row.architecture}.{row.defect}",
        about=row.about,
        theorem="share-of-positives",
        judged=tuple(each.id for each in measures),
        given=(row.share.id, *DRAWN),
        holds=row.implied.overlaps(row.test),
        found=f"Precision, recall and accuracy {printed} of one set of images imply "
        f"{100 * row.implied:.2f} % positives; stated are {row.share.printed} % of all images, so "
        f"{100 * row.test:.0f} % of a random test set. At the stated share the accuracy would be "
        f"{expected.middle:.3f}.",
    )


def _f1(row: Row) -> Check:
    printed = Bounds.of(row.f1)
    return Check(
        id=f"table4.f1.{row.architecture}.{row.defect}",
        about=row.about,
        theorem="f1-of-counts",
        judged=(row.f1.id,),
        given=(row.precision.id, row.recall.id),
        holds=row.harmonic.overlaps(printed),
        found=f"Precision {row.precision.printed} and recall {row.recall.printed} give an F1 of "
        f"{row.harmonic:.5f}; printed is {row.f1.printed}.",
    )


def _mean_f1(row: Row) -> Check:
    printed = Bounds.of(row.f1)
    return Check(
        id=f"table4.mean-f1.{row.architecture}.{row.defect}",
        about=row.about,
        theorem="f1-of-means",
        judged=(row.f1.id,),
        given=(row.precision.id, row.recall.id),
        holds=printed.can_be_at_most(row.harmonic),
        found=f"With mean precision {row.precision.printed} and mean recall {row.recall.printed}, a mean F1 "
        f"is at most {float(row.harmonic.high):.5f}; printed is {row.f1.printed}.",
    )


def _misses(row: Row) -> Check:
    printed = Bounds.of(row.accuracy)
    return Check(
        id=f"table4.misses.{row.architecture}.{row.defect}",
        about=row.about,
        theorem="misses-alone",
        judged=(row.recall.id, row.accuracy.id),
        given=(row.share.id, *DRAWN),
        holds=printed.can_be_at_most(row.most_accurate),
        found=f"Of {100 * row.test:.0f} % positives, as a random test set has them, those missed at recall "
        f"{row.recall.printed} leave an accuracy of at most {float(row.most_accurate.high):.4f}; "
        f"{row.accuracy.printed}.",
    )


def _granularity(table: Sequence[Row], images: Claim) -> Check:
    fit = sizes([Bounds.of(row.accuracy) for row in table], int(images.value))
    which = f"{len(fit)} sizes, the smallest {fit[0]}" if fit else "none"
    return Check(
        id="table4.granularity",
        about="all nine accuracies",
        theorem="granularity",
        judged=tuple(row.accuracy.id for row in table),
        given=(images.id,),
        holds=bool(fit),
        found=f"Of all sizes of a test set up to {images.printed} images, {which} can have the nine "
        "accuracies of Table 4.",
    )
