"""Which images a model learns from, which choose its checkpoint, and which it is tested on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from cvlib.errors import UserError

Kind = Literal["random", "groups"]

PARTS = ("train", "validation", "test")

_NEED = np.array([0, 2, 1])
"""A class that few groups show goes to train first, then to test: learnt, then measured."""

_STARTS = 20


@dataclass(frozen=True)
class Split:
    """Images of a data set, parted.

    Attributes
    ----------
    kind, seed
        How it was made, see :func:`split`.
    parts
        Names of images by part, each in the order of the data set: ``train``, ``validation`` (may be empty)
        and ``test``.

    Raises
    ------
    UserError
        There are other parts than these, or an image stands twice.
    """

    kind: Kind
    seed: int
    parts: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if set(self.parts) != set(PARTS):
            found = ", ".join(self.parts) or "none"
            raise UserError(f"split: parts {found}, expected {', '.join(PARTS)}; split the data set anew")
        names = pd.Series([name for part in PARTS for name in self.parts[part]], dtype=object)
        if not names.is_unique:
            twice = names[names.duplicated()].iloc[0]
            raise UserError(f"split: {twice} stands twice, expected once; split the data set anew")

    def to_json(self) -> str:
        """As text; the same split gives the same bytes."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Split:
        """The split of a text that :meth:`to_json` made; UserError for any other text."""
        try:
            return _STORED.validate_json(text, strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            message = f"split: {place + ': ' if place else ''}{first['msg']}, expected what to_json writes"
            raise UserError(f"{message}; split the data set anew") from error

    def positions(self, part: str, frames: pd.DataFrame) -> np.ndarray:
        """Where the images of a part stand in a table of frames.

        Parameters
        ----------
        part
            ``train``, ``validation`` or ``test``.
        frames
            ``Dataset.frames`` of the data set that was split.

        Returns
        -------
        (K,) int, ascending if the table has the order it had.

        Raises
        ------
        UserError
            The part is none of these, or an image of it is not in the table.
        """
        if part not in self.parts:
            raise UserError(f"split: no part {part!r}, expected {', '.join(PARTS)}; choose one of them")
        names = self.parts[part]
        places = pd.Index(frames["name"]).get_indexer(pd.Index(names, dtype=object))
        lost = np.flatnonzero(places < 0)
        if len(lost):
            message = f"split: {len(lost)} of {len(names)} {part} images are not in the data set"
            raise UserError(f"{message}, the first is {names[lost[0]]}; split this data set anew")
        return places

    def summary(self, labels: pd.DataFrame, groups: Sequence | np.ndarray | pd.Series) -> pd.DataFrame:
        """How many images and groups each part has, and how many of its images show each class.

        Parameters
        ----------
        labels
            (N, classes) bool, indexed by image name, such as ``Dataset.labels()``.
        groups
            (N,) one entry per row of ``labels``. Where the groups of the parts add up to more than there are,
            the split leaks.

        Returns
        -------
        One row per part: ``images``, ``groups`` and the classes.
        """
        member = pd.Series(np.asarray(groups), index=labels.index)
        rows = {
            part: {"images": len(names), "groups": member[list(names)].nunique()}
            | labels.loc[list(names)].sum().to_dict()
            for part, names in ((part, self.parts[part]) for part in PARTS)
        }
        return pd.DataFrame.from_dict(rows, orient="index").astype(int)


_STORED = TypeAdapter(Split)


def split(
    frames: pd.DataFrame,
    kind: Kind,
    seed: int = 0,
    labels: pd.DataFrame | None = None,
    groups: Sequence | np.ndarray | pd.Series | None = None,
    test: float = 0.2,
    validation: float = 0.1,
) -> Split:
    """Part a data set into train, validation and test images.

    Paper 1 (Technical Validation) states 80 % of the images for training and 20 % for testing, no more. The
    images that choose the checkpoint are not to be those it is tested on, so we take a validation part out of
    the 80 %: by default 70, 10 and 20 % of all images.

    Parameters
    ----------
    frames
        ``Dataset.frames``: columns ``name`` and, for groups, ``clip``.
    kind
        ``random``: image by image; the paper does not say how it drew its images. It leaks: neighbouring
        frames of one sample show the same defects and fall on both sides. ``groups``: all images of a group
        go to one part; the sizes of the parts come about as near to their shares as whole groups allow.
    seed
        Not negative. The same seed gives the same split.
    labels
        ``Dataset.labels()``. With them, ``groups`` also spreads the images of each class over the parts in
        their shares. A class in three or more groups comes into all parts wherever whole groups allow, one in
        two groups into train and test, one in a single group into train.
    groups
        (N,) which images belong together, where not ``frames["clip"]``. Where each image has a clip of its
        own nothing is known: take ``cvlib.data.duplicates.groups_of``.
    test, validation
        Shares of all images; validation may be 0.

    Raises
    ------
    UserError
        An argument is out of range or does not fit ``frames``, or there are fewer groups (images) than parts.

    Examples
    --------
    >>> frames = pd.DataFrame({"name": list("abcdefghij"), "clip": [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]})
    >>> {part: len(names) for part, names in split(frames, "random").parts.items()}
    {'train': 7, 'validation': 1, 'test': 2}
    >>> {part: len(names) for part, names in split(frames, "groups").parts.items()}
    {'train': 6, 'validation': 2, 'test': 2}
    """
    shares = np.array([1 - validation - test, validation, test])
    _refuse_arguments(kind, seed, shares)
    shown = np.ones((len(frames), 1))
    if labels is not None:
        _refuse_labels(labels, frames)
        shown = np.column_stack([shown, labels])
    member = np.arange(len(frames)) if kind == "random" else _members(frames, groups)
    count, least = len(np.unique(member)), np.count_nonzero(shares)
    if count < least:
        units = "images" if kind == "random" else "groups of images"
        repair = "take more images" + ("" if kind == "random" else ", or kind random")
        raise UserError(f"frames: {count} {units}, expected at least {least}, one per part; {repair}")
    rng = np.random.default_rng(seed)
    part = _by_image(count, shares, rng) if kind == "random" else _by_group(member, shown, shares, rng)
    names = frames["name"].to_numpy(object)
    return Split(kind, int(seed), {name: tuple(names[part == k].tolist()) for k, name in enumerate(PARTS)})


def _refuse_arguments(kind: str, seed: int, shares: np.ndarray) -> None:
    if kind not in get_args(Kind):
        raise UserError(f"kind is {kind!r}: expected {' or '.join(get_args(Kind))}; choose one of them")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise UserError(f"seed is {seed!r}: expected an integer of at least 0; take 0 for instance")
    train, validation, test = shares.tolist()
    if not (train > 1e-9 and validation >= 0 and test > 0):
        raise UserError(
            f"test is {test:g} and validation {validation:g}: expected shares of all images, test above 0, "
            "both together below 1; take 0.2 and 0.1 for instance"
        )


def _refuse_labels(labels: pd.DataFrame, frames: pd.DataFrame) -> None:
    if labels.index.tolist() != frames["name"].tolist():
        raise UserError(
            f"labels: {len(labels)} rows that are not those of the {len(frames)} frames, expected one per "
            "image in their order; pass labels() of the same data set"
        )


def _members(frames: pd.DataFrame, groups: Sequence | np.ndarray | pd.Series | None) -> np.ndarray:
    """The group of each image, counted from 0: (N,) int."""
    stated = frames["clip"] if groups is None else groups
    if len(stated) != len(frames):
        raise UserError(f"groups: {len(stated)} entries for {len(frames)} images, expected one for each")
    return pd.factorize(np.asarray(stated), use_na_sentinel=False)[0]


def _by_image(images: int, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Position in ``PARTS`` of each image: (N,) int; the test images do not depend on ``validation``."""
    tested = int(np.clip(np.rint(shares[2] * images), 1, images - np.count_nonzero(shares[:2])))
    chosen = int(np.clip(np.rint(shares[1] * images), 1, images - tested - 1)) if shares[1] else 0
    part, order = np.zeros(images, int), rng.permutation(images)
    part[order[:tested]] = 2
    part[order[tested : tested + chosen]] = 1
    return part


@dataclass(frozen=True)
class _Wanted:
    """What P parts should hold of F things: the images themselves, those that show a class.

    Attributes
    ----------
    share
        (P, 1, 1) of all images.
    total
        (F,) images.
    lack
        (P, 1, F) what it counts if a part holds none of a thing.
    """

    share: np.ndarray
    total: np.ndarray
    lack: np.ndarray

    def missed(self, held: np.ndarray) -> np.ndarray:
        """How far parts that hold (P, G, F) images are from it: (P, G)."""
        off = (held / self.total - self.share) ** 2
        return (off + self.lack * (held <= 0)).sum(axis=2)


def _by_group(
    member: np.ndarray, shown: np.ndarray, shares: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Position in ``PARTS`` of each image: (N,) int, from their groups and (N, F) what each shows."""
    weights = np.zeros((member.max() + 1, shown.shape[1]))
    np.add.at(weights, member, shown)
    weights = weights[:, weights.any(axis=0)]
    used = np.flatnonzero(shares)
    holding = np.count_nonzero(weights, axis=0)
    # No part may be empty, then no part without a class that enough groups show, then the rarer classes.
    lack = np.where(holding >= len(used), 1e3, 1e1)
    lack[0] = 1e5
    lack = lack * (holding > _NEED[used, None, None])
    wanted = _Wanted(shares[used, None, None], weights.sum(axis=0), lack)
    tries = [_settled(weights, wanted, rng) for _ in range(_STARTS)]
    best, _ = min(tries, key=lambda found: found[1])
    return used[best[member]]


def _settled(weights: np.ndarray, wanted: _Wanted, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Draw a part for each group, move groups one by one while that helps: (G,) int, and what is missed."""
    parts, groups = len(wanted.share), np.arange(len(weights))
    part = rng.choice(parts, len(groups), p=wanted.share.ravel())
    while True:
        held = np.stack([weights[part == number].sum(axis=0, keepdims=True) for number in range(parts)])
        now = wanted.missed(held)
        leaving = (now - wanted.missed(held - weights))[part, groups]
        gain = now - wanted.missed(held + weights) + leaving
        gain[part, groups] = 0
        to, moved = np.unravel_index(gain.argmax(), gain.shape)
        if gain[to, moved] < 1e-9:
            return part, float(now.sum())
        part[moved] = to
