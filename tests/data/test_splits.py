"""Splits: what goes where, for any sizes of groups and on simulated data."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cvlib.data import Subset, open_dataset
from cvlib.data.splits import PARTS, Kind, Split, split
from cvlib.defects import CLASSES
from cvlib.errors import UserError

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


def frames_of(sizes: list[int], seed: int = 0) -> pd.DataFrame:
    """Groups of these sizes, their images in any order."""
    clips = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    return pd.DataFrame({"name": [f"image_{number}" for number in range(len(clips))], "clip": clips})


def labels_of(frames: pd.DataFrame, showing: np.ndarray) -> pd.DataFrame:
    """All images of a group show what (groups, classes) says."""
    index = pd.Index(frames["name"])
    return pd.DataFrame(showing[frames["clip"]], index, columns=list(CLASSES[: showing.shape[1]]))


def clips_in(parts: Split, frames: pd.DataFrame) -> list[set[int]]:
    return [set(frames["clip"].iloc[parts.positions(part, frames)]) for part in PARTS]


sizes_of_groups = st.lists(st.integers(1, 16), min_size=3, max_size=30)
seeds = st.integers(0, 2**32)


@given(sizes_of_groups, seeds, st.sampled_from(["random", "groups"]), st.sampled_from([0, 0.05, 0.1, 0.3]))
def test_every_image_is_in_one_part_in_the_order_of_the_data_set(
    sizes: list[int], seed: int, kind: Kind, validation: float
) -> None:
    frames = frames_of(sizes)
    parts = split(frames, kind, seed, validation=validation)
    positions = [parts.positions(part, frames) for part in PARTS]
    assert sorted(np.concatenate(positions)) == list(range(len(frames)))
    assert all((np.diff(found) > 0).all() for found in positions)
    assert [len(found) > 0 for found in positions] == [True, validation > 0, True]


@given(sizes_of_groups, seeds)
def test_groups_are_never_cut(sizes: list[int], seed: int) -> None:
    frames = frames_of(sizes)
    train, validation, test = clips_in(split(frames, "groups", seed), frames)
    assert len(train) + len(validation) + len(test) == len(sizes)
    assert train | validation | test == set(range(len(sizes)))


@given(sizes_of_groups, seeds)
def test_sizes_miss_their_shares_by_no_more_than_the_largest_group(sizes: list[int], seed: int) -> None:
    assume(max(sizes) <= 0.3 * sum(sizes))  # else one group may have to fill a part it is too large for
    parts = split(frames_of(sizes), "groups", seed).parts
    for part, share in SHARES.items():
        assert abs(len(parts[part]) - share * sum(sizes)) <= max(sizes)


@given(st.integers(3, 500), seeds)
def test_a_random_split_has_the_stated_sizes(images: int, seed: int) -> None:
    frames = frames_of([images])
    parts = split(frames, "random", seed).parts
    sizes = {part: len(names) for part, names in parts.items()}
    assert sizes["test"] == max(1, round(0.2 * images)) and sizes["validation"] == max(1, round(0.1 * images))
    assert split(frames, "random", seed, validation=0.3).parts["test"] == parts["test"]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 15)), min_size=3, max_size=6),
    seeds,
)
def test_classes_come_into_all_parts_wherever_some_split_by_groups_does_it(
    groups: list[tuple[int, int]], seed: int
) -> None:
    frames = frames_of([size for size, _ in groups])
    showing = np.array([[code >> bit & 1 for bit in range(4)] for _, code in groups], bool)
    found = split(frames, "groups", seed, labels_of(frames, showing))
    mine = [[clip in clips for clip in range(len(groups))] for clips in clips_in(found, frames)]
    every = np.array(list(product(range(3), repeat=len(groups))))
    assert (
        lacking(np.array([mine]), showing) == lacking(every[:, None] == np.arange(3)[:, None], showing).min()
    )


def lacking(parts: np.ndarray, showing: np.ndarray) -> np.ndarray:
    """How often a part is empty or lacks a class of three groups: (splits, 3, groups) bool to (splits,)."""
    things = np.column_stack([np.ones(len(showing), bool), showing[:, showing.sum(axis=0) >= 3]])
    return np.asarray((parts.astype(int) @ things == 0).sum(axis=(1, 2)))


@given(sizes_of_groups, seeds)
def test_a_rare_class_is_learnt_first_then_tested(sizes: list[int], seed: int) -> None:
    frames = frames_of(sizes)
    for groups_with_it, where in [(1, {"train"}), (2, {"train", "test"}), (3, set(PARTS))]:
        labels = labels_of(frames, np.arange(len(sizes))[:, None] < groups_with_it)
        parts = split(frames, "groups", seed, labels).parts
        assert {part for part in PARTS if labels.loc[list(parts[part])].any(axis=None)} == where


def test_each_class_is_spread_in_the_shares_of_the_parts() -> None:
    data = open_dataset("simulated", images=400)
    labels, clips = data.labels(), data.frames["clip"]
    for seed in range(5):
        table = split(data.frames, "groups", seed, labels).summary(labels, clips)
        for column in ["images", *CLASSES]:
            shares = table[column] / table[column].sum()
            assert shares.to_dict() == pytest.approx(SHARES, abs=0.05)
        assert table["groups"].sum() == clips.nunique()


def test_a_random_split_of_frames_leaks_and_says_so() -> None:
    data = open_dataset("simulated", images=400)
    table = split(data.frames, "random").summary(data.labels(), data.frames["clip"])
    assert table["images"].to_dict() == {"train": 280, "validation": 40, "test": 80}
    assert table["groups"].sum() > 2 * data.frames["clip"].nunique()
    assert table[list(CLASSES)].sum().to_dict() == data.labels().sum().to_dict()


@pytest.mark.parametrize("kind", ["random", "groups"])
def test_same_seed_same_split_and_other_seeds_others(kind: Kind) -> None:
    data = open_dataset("simulated", images=400)
    made = [split(data.frames, kind, seed, data.labels()).parts for seed in [0, 0, 1, 2, 3]]
    assert made[0] == made[1]
    assert len({parts["test"] for parts in made}) == len({parts["train"] for parts in made}) == 4


def test_stated_groups_take_the_place_of_clips() -> None:
    frames = frames_of([1] * 30)
    groups = np.repeat(list("abcdefghij"), 3)
    parts = split(frames, "groups", groups=groups)
    table = parts.summary(labels_of(frames, np.ones((30, 1), bool)), groups)
    assert table["groups"].sum() == 10
    assert table["images"].tolist() == [21, 3, 6]


def test_images_without_a_group_stay_together() -> None:
    frames = frames_of([1] * 20)
    groups = [None] * 4 + list(range(16))
    parts = split(frames, "groups", groups=groups)
    without = {f"image_{number}" for number in range(4)}
    assert sum(not without.isdisjoint(names) for names in parts.parts.values()) == 1


def test_without_a_validation_part_two_groups_are_enough() -> None:
    parts = split(frames_of([3, 1]), "groups", validation=0).parts
    assert {part: len(names) for part, names in parts.items()} == {"train": 3, "validation": 0, "test": 1}


@given(sizes_of_groups, st.sampled_from(["random", "groups"]))
def test_it_is_the_same_after_storing(sizes: list[int], kind: Kind) -> None:
    made = split(frames_of(sizes), kind)
    text = made.to_json()
    assert Split.from_json(text) == made
    assert Split.from_json(text).to_json() == text
    turned = {part: made.parts[part] for part in ["test", "train", "validation"]}
    assert Split(made.kind, made.seed, turned).to_json() == text


def test_positions_follow_the_table_they_are_asked_for() -> None:
    data = open_dataset("simulated", images=40)
    parts = split(data.frames, "groups")
    turned = data.frames.iloc[::-1].reset_index(drop=True)
    assert turned["name"].iloc[parts.positions("test", turned)].tolist() == list(parts.parts["test"])
    tested = Subset(data, parts.positions("test", data.frames).tolist())
    assert tested.frames["name"].tolist() == list(parts.parts["test"])


def test_positions_in_another_data_set_are_refused() -> None:
    frames = frames_of([1] * 10)
    parts = split(frames, "random")
    gone = parts.parts["test"][1]
    with pytest.raises(UserError, match=f"1 of 2 test images are not in the data set, the first is {gone};"):
        parts.positions("test", frames[frames["name"] != gone])
    with pytest.raises(UserError, match="no part 'val', expected train, validation, test"):
        parts.positions("val", frames)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "clips"}, "kind is 'clips': expected random or groups"),
        ({"seed": -1}, "seed is -1: expected an integer of at least 0"),
        ({"seed": 1.0}, "seed is 1.0: expected an integer"),
        ({"seed": True}, "seed is True: expected an integer"),
        ({"test": 0}, "test is 0 and validation 0.1: expected shares of all images"),
        ({"test": 0.9}, "test is 0.9 and validation 0.1: expected shares"),
        ({"test": 20, "validation": 10}, "test is 20 and validation 10: expected shares"),
        ({"validation": -0.1}, "validation -0.1: expected shares"),
        ({"test": float("nan")}, "test is nan"),
        ({"groups": [0, 1]}, "groups: 2 entries for 12 images, expected one for each"),
        ({"groups": [0, 1] * 6}, "frames: 2 groups of images, expected at least 3, one per part; take more"),
        ({"groups": [None] * 12}, "frames: 1 groups of images"),
        (
            {"labels": pd.DataFrame({"pinhole": [True]}, ["image_0"])},
            "labels: 1 rows that are not those of the 12",
        ),
    ],
)
def test_other_arguments_are_refused_in_one_line(changed: dict, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        split(**{"frames": frames_of([3] * 4), "kind": "groups", **changed})
    assert "\n" not in str(caught.value)


def test_labels_in_another_order_are_refused() -> None:
    frames = frames_of([3] * 4)
    labels = labels_of(frames, np.ones((4, 1), bool))
    with pytest.raises(UserError, match=r"pass labels\(\) of the same data set"):
        split(frames, "groups", labels=labels.iloc[::-1])


def test_too_few_images_are_refused() -> None:
    with pytest.raises(
        UserError, match="frames: 2 images, expected at least 3, one per part; take more images"
    ):
        split(frames_of([1, 1]), "random")


GOOD = split(frames_of([1] * 5), "random").to_json()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Invalid JSON"),
        ("[]", "split: "),
        (GOOD[:-10], "Invalid JSON"),
        (GOOD.replace('"random"', '"clips"'), "kind: "),
        (GOOD.replace('"seed": 0', '"seed": "0"'), "seed: "),
        (GOOD.replace('"image_0"', "0"), "parts."),
        (GOOD.replace('"test"', '"val"'), "parts .*val.*, expected train, validation, test"),
        (GOOD.replace('"image_0"', '"image_1"'), "image_1 stands twice"),
        (json.dumps({"seed": 0, "kind": "random"}), "parts: Field required"),
    ],
)
def test_a_spoilt_text_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        Split.from_json(text)
    assert "\n" not in str(caught.value) and str(caught.value).endswith("split the data set anew")
