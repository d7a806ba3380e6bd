"""How far conventions move scores of the same predictions, and whether they move the ranking of models."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

ANY = "any"
"""Stands for the options of a choice that makes no difference."""


def by_convention(frame: pd.DataFrame, axes: Sequence[str], columns: Sequence[str] = ()) -> pd.DataFrame:
    """The models side by side: from long form to a row per convention and a column per model.

    Parameters
    ----------
    frame
        With the axes, ``model`` and ``value``, as the modules of this package give it.
    axes
        The choices.
    columns
        Choices that stand above the models instead.

    >>> frame = pd.DataFrame({"average": ["a", "b"], "model": "net", "value": [0.25, 0.5]})
    >>> by_convention(frame, ["average"])["net"].to_dict()
    {('a',): 0.25, ('b',): 0.5}
    """
    names = [*(axis for axis in axes if axis not in columns), *columns, "model"]
    listed, rows = [frame[name].unique() for name in names], len(axes) - len(columns)
    ways, heads, every = (
        pd.MultiIndex.from_product(listed[part], names=names[part])
        for part in (slice(rows), slice(rows, None), slice(None))
    )
    values = frame.set_index(names)["value"].reindex(every).to_numpy(float)
    shown = heads if columns else heads.get_level_values("model")
    return pd.DataFrame(values.reshape(len(ways), len(heads)), ways, shown)


def distinct(wide: pd.DataFrame) -> pd.DataFrame:
    """The same with one row for those that a choice leaves equal; its option becomes ``ANY``.

    The first choice stays as it is: it parts the rows.

    >>> ways = pd.MultiIndex.from_product([["a", "b"], ["0", "1"]], names=["average", "undefined"])
    >>> distinct(pd.DataFrame({"net": [0.5, 0.5, 0.6, 0.7]}, ways)).index.tolist()
    [('a', 'any'), ('b', '0'), ('b', '1')]
    """
    labels, values = wide.index.to_frame(index=False), wide.to_numpy(float).round(9)
    for axis in labels.columns[1:]:
        others = [name for name in labels.columns if name != axis]
        together = [part.index for _, part in labels.groupby(others, sort=False)]
        for first, *again in together:
            if again and all(np.array_equal(values[at], values[first], equal_nan=True) for at in again):
                labels = labels.drop(index=again)
                labels.loc[first, axis] = ANY
    return wide.iloc[labels.index].set_axis(pd.MultiIndex.from_frame(labels))


def by_model(wide: pd.DataFrame) -> pd.DataFrame:
    """Lowest and highest score of each model over the conventions, and the swing between them.

    A convention under which a model has no score counts nowhere; a swing is infinite where a score is.
    """
    low, high = wide.min(), wide.max()
    return pd.DataFrame({"lowest": low, "highest": high, "swing": high - low})


def one_at_a_time(
    frame: pd.DataFrame, axes: Sequence[str], default: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """By choice, the swing of each model when this choice alone leaves the default; as ``by_model``."""
    return {axis: by_model(_with(frame, default, but=axis, axes=axes)) for axis in axes}


def _with(frame: pd.DataFrame, default: Mapping[str, str], but: str, axes: Sequence[str]) -> pd.DataFrame:
    kept = [frame[axis] == default[axis] for axis in axes if axis != but]
    return by_convention(frame[np.logical_and.reduce(kept)] if kept else frame, axes)


class Swap(NamedTuple):
    """Two models that change places.

    Attributes
    ----------
    ahead, behind
        By the default convention.
    share
        Share of the conventions that place them the other way round, 0 to 1; equal scores do not.
    """

    ahead: str
    behind: str
    share: float


def swaps(wide: pd.DataFrame, default: Sequence[str], lower_is_better: bool = False) -> list[Swap]:
    """Pairs of models that some convention ranks the other way round than the default does.

    Parameters
    ----------
    wide
        As :func:`by_convention` gives it, without columns of choices.
    default
        The label of a row.
    lower_is_better
        As of errors.

    Examples
    --------
    >>> ways = pd.MultiIndex.from_tuples([("a",), ("b",)], names=["average"])
    >>> swaps(pd.DataFrame({"one": [0.5, 0.6], "two": [0.4, 0.7]}, ways), ("a",))
    [Swap(ahead='one', behind='two', share=0.5)]
    """
    sign = -1 if lower_is_better else 1
    rows = sign * wide.to_numpy(float).round(9)  # the last bits of a sum order no models
    at = wide.index.tolist().index(tuple(default))
    found = []
    for one, other in itertools.permutations(range(rows.shape[1]), 2):
        share = float((rows[:, other] > rows[:, one]).mean())
        if rows[at, one] > rows[at, other] and share > 0:
            found.append(Swap(wide.columns[one], wide.columns[other], share))
    return sorted(found, key=lambda swap: -swap.share)


class Summary(NamedTuple):
    """What conventions do to the scores of a task, in numbers.

    Attributes
    ----------
    conventions
        How many there are.
    different
        How many different rows of scores they give.
    default
        Scores under the default convention.
    between_models
        Highest minus lowest of them.
    swing
        Of each model, over all conventions.
    pairs
        Pairs of models that have different scores under the default convention.
    swaps
        Those that change places.
    """

    conventions: int
    different: int
    default: pd.Series
    between_models: float
    swing: pd.Series
    pairs: int
    swaps: list[Swap]


def summary(
    frame: pd.DataFrame, axes: Sequence[str], default: Mapping[str, str], lower_is_better: bool = False
) -> Summary:
    """Scores in long form, told by a few numbers.

    Parameters
    ----------
    frame
        Of the conventions and models to be compared.
    axes
        The choices.
    default
        Option of each.
    lower_is_better
        As of errors.
    """
    wide = by_convention(frame, axes)
    label = tuple(default[axis] for axis in axes)
    own = wide.loc[[label]].iloc[0].dropna()
    return Summary(
        conventions=len(wide),
        different=len(wide.round(9).drop_duplicates()),
        default=own,
        between_models=float(own.max() - own.min()) if len(own) else np.nan,
        swing=by_model(wide)["swing"],
        pairs=sum(a != b for a, b in itertools.combinations(own.round(9).tolist(), 2)),
        swaps=swaps(wide, label, lower_is_better),
    )
