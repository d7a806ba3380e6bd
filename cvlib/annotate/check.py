"""Step 6 of paper 1's pipeline: cross-validation on what was reviewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil

import numpy as np
from sklearn.model_selection import GroupKFold

from cvlib.annotate.ensemble import Rule, decide, labeller, members
from cvlib.annotate.reviewed import ReviewedStudy
from cvlib.annotate.scores import Corrected
from cvlib.data import Dataset, Subset
from cvlib.errors import UserError


def cross_validated(
    data: Dataset,
    groups: np.ndarray,
    folds: int = 3,
    rule: Rule = "mean",
    profile: str = "quick",
    overrides: Sequence[str] = (),
    seed: int = 0,
    progress: bool = False,
    say: Callable[[str], object] = print,
) -> Corrected:
    """Labels of every image by networks that never saw its group, beside its own mask.

    What it tells holds of images like those given: where the most disputed were reviewed first, they are
    harder than the rest.

    Parameters
    ----------
    data
        Reviewed images.
    groups
        (N,) images of one group lie in one fold.
    folds
        2 or more; the networks are trained anew for each.
    rule
        How several opinions become one label, see :func:`cvlib.annotate.ensemble.decide`.
    profile, overrides, seed, progress, say
        As :meth:`cvlib.training.study.TaskStudy.run` takes them; the seed also draws the folds.

    Raises
    ------
    UserError
        There are too few groups: each fold needs one, and leaves two or more to learn from.
    """
    there = len(np.unique(groups))
    if there < max(folds, 3) or there - ceil(there / folds) < 2:
        message = (
            f"{there} groups of images, too few for {folds} folds: each leaves two or more to learn from"
        )
        raise UserError(f"{data.title}: {message}; review images of other pieces, or take fewer folds")
    divided = list(GroupKFold(folds, shuffle=True, random_state=seed).split(groups, groups=groups))
    order = np.concatenate([test for _, test in divided])

    def pairs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for number, (train, test) in enumerate(divided, start=1):
            say(f"fold {number} of {folds}: {len(train)} images to learn from, {len(test)} to label")
            study = ReviewedStudy(Subset(data, train.tolist()), profile, overrides)
            runs = [study.run(model, seed=seed, progress=progress, say=say) for model in members(profile)]
            label = labeller(study, runs)
            for at in test:
                yield decide(label(data.image(at)), rule), data.mask(at).transpose(2, 0, 1)

    return Corrected.of(pairs(), groups[order])
