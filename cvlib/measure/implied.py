"""What scores of one class imply of the images they were taken on."""

from __future__ import annotations


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
    if not (0 < precision <= 1 and 0 < recall <= 1):
        raise ValueError(
            f"expected precision and recall above 0 and at most 1, but got {precision} and {recall}"
        )
    if not 0 <= accuracy <= 1:
        raise ValueError(f"expected an accuracy from 0 to 1, but got {accuracy}")
    errors_per_positive = (1 - recall) + recall * (1 / precision - 1)
    if errors_per_positive == 0:
        raise ValueError("precision and recall are both 1, which tells nothing of the share of positives")
    share = (1 - accuracy) / errors_per_positive
    if share * (1 + recall / precision - recall) > 1 + 1e-9:  # positives and false alarms
        raise ValueError(f"no images have precision {precision}, recall {recall} and accuracy {accuracy}")
    return share
