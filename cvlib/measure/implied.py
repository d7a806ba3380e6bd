"""What printed scores of one class imply: of each other, and of the images they were taken on."""

from __future__ import annotations

import numpy as np


def harmonic_mean(precision: float, recall: float) -> float:
    """F1 from precision and recall as eq. 5 of paper 1 has it; NaN where that is 0/0 or one of them is NaN.

    For numbers that are printed; where there are counts, take ``cvlib.measure.labels.f1``.

    >>> round(harmonic_mean(0.75, 0.6), 4)
    0.6667
    """
    return 2 * precision * recall / (precision + recall) if precision + recall else np.nan


def implied_share(precision: float, recall: float, accuracy: float) -> float:
    """The share of positives among the images of the one confusion matrix that has these three scores.

    A share pi of positives, found with recall R, gives (1 - R) pi misses and, with precision P,
    R pi (1/P - 1) false alarms; together they are the errors 1 - A. So

        pi = (1 - A) / ((1 - R) + R (1/P - 1)).

    This holds of counts on one set of images. Averages over folds or runs need not obey it.

    Parameters
    ----------
    precision, recall
        Above 0, at most 1.
    accuracy
        0 to 1.

    Returns
    -------
    0 to 1.

    Raises
    ------
    ValueError
        If precision and recall are both 1, which any share would give; if something is out of range; or if
        no confusion matrix has these three.

    Examples
    --------
    >>> round(implied_share(0.9121, 0.8736, 0.9074), 3)  # Table 4, ResNet, surface crack
    0.44
    """
    share = _share(precision, recall, accuracy)
    if share * (1 + recall / precision - recall) > 1 + 1e-9:  # positives and false alarms
        raise _contradiction(precision, recall, accuracy)
    return share


def implied_share_bounds(
    precision: float, recall: float, accuracy: float, half_unit: float
) -> tuple[float, float]:
    """Lowest and highest ``implied_share`` of all scores that are printed as these three.

    With D = (1 - R) + R (1/P - 1) = 1 + R (1/P - 2), pi = (1 - A) / D rises with P and falls with A. In R it
    is monotone for given P: it falls where P < 1/2 and rises where P > 1/2. So over the box of all that
    rounds to the three it is lowest where P is lowest, A highest and R at one of its ends, and highest where
    P is highest, A lowest and R at one of its ends. Scores of the box that no confusion matrix has may widen
    the bounds, never narrow them.

    Parameters
    ----------
    precision, recall, accuracy
        As printed, in the ranges that ``implied_share`` names.
    half_unit
        Half a unit of the last printed digit, such as ``cvlib.papers.Claim.half_unit``.

    Returns
    -------
    Two shares from 0 to 1.

    Raises
    ------
    ValueError
        If the box reaches precision and recall 1, or precision or recall 0, or no confusion matrix has
        scores of it.

    Examples
    --------
    >>> [round(bound, 4) for bound in implied_share_bounds(0.9121, 0.8736, 0.9074, half_unit=0.00005)]
    [0.4393, 0.4402]
    """
    ends = ([value + sign * half_unit for sign in (-1, 1)] for value in (precision, recall, accuracy))
    (least_p, most_p), recalls, (least_a, most_a) = (np.clip(each, 0, 1).tolist() for each in ends)
    low = min(_share(least_p, each, most_a) for each in recalls)
    high = max(_share(most_p, each, least_a) for each in recalls)
    if low > 1:
        raise _contradiction(precision, recall, accuracy)
    return low, min(high, 1)


def implied_accuracy(precision: float, recall: float, share: float) -> float:
    """The accuracy that precision and recall have on images of which a share is positive.

    ``implied_share`` solved for the accuracy; the same holds of it, and the same errors are raised, but that
    precision and recall may both be 1.

    >>> round(implied_accuracy(0.9121, 0.8736, 0.8743), 3)  # Table 4 as above, with the share of all images
    0.816
    """
    if not 0 <= share <= 1:
        raise ValueError(f"expected a share from 0 to 1, but got {share}")
    return 1 - share * _errors_per_positive(precision, recall)


def _contradiction(precision: float, recall: float, accuracy: float) -> ValueError:
    return ValueError(f"no images have precision {precision}, recall {recall} and accuracy {accuracy}")


def _share(precision: float, recall: float, accuracy: float) -> float:
    if not 0 <= accuracy <= 1:
        raise ValueError(f"expected an accuracy from 0 to 1, but got {accuracy}")
    errors = _errors_per_positive(precision, recall)
    if errors == 0:
        raise ValueError("precision and recall are both 1, which tells nothing of the share of positives")
    return (1 - accuracy) / errors


def _errors_per_positive(precision: float, recall: float) -> float:
    if not (0 < precision <= 1 and 0 < recall <= 1):
        raise ValueError(
            f"expected precision and recall above 0 and at most 1, but got {precision} and {recall}"
        )
    return (1 - recall) + recall * (1 / precision - 1)
