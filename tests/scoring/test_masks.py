"""Masks score as the chapter on segmentation scores them; what is wrong with them is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from cvlib import baseline
from cvlib.data.cache import cached
from cvlib.data.findings import BadFile
from cvlib.errors import DataError
from cvlib.scoring.masks import read_masks
from cvlib.scoring.score import Request, score_segmentation
from cvlib.segment import benchmark
from cvlib.segment.scoring import score_images
from tests.scoring.conftest import Coatings, chosen_of, noisy

Make = Callable[[Callable[[np.ndarray, int], np.ndarray]], Path]


def test_perfect_masks_score_one(coatings: Coatings, masks: Make) -> None:
    card = score_segmentation(Request(masks(lambda mask, _: mask), split="all"), coatings)
    assert [each.scores["Dice"].value for each in card.sections] == [1] * 5
    assert [each.scores["IoU"].value for each in card.sections] == [1] * 5
    assert card.remarks == []


def test_endings_in_capitals_are_read(coatings: Coatings, masks: Make) -> None:
    place = masks(lambda mask, _: mask)
    before = score_segmentation(Request(place), coatings).provenance["predictions"]["content_sha256"]
    for path in place.iterdir():
        path.rename(path.with_suffix(".PNG"))
    card = score_segmentation(Request(place), coatings)
    assert card.sections[0].scores["Dice"].value == 1
    assert card.provenance["predictions"]["content_sha256"] != before


def test_the_baseline_scores_as_in_the_chapter(coatings: Coatings, tmp_path: Path) -> None:
    cache, chosen = cached(coatings, tmp_path / "cache", progress=False), chosen_of(coatings, "groups")

    def predict(image: np.ndarray) -> np.ndarray:
        return baseline.predict(image).transpose(2, 0, 1)

    run = tmp_path / "run"
    run.mkdir()
    theirs = score_images(predict, cache, chosen.test, chosen.names, chosen.groups, run)
    ours, _ = read_masks(run / "predictions", coatings, chosen)
    pairs = zip(theirs.counts["threshold"].to_array(), ours.counts["threshold"].to_array(), strict=True)
    assert all(np.array_equal(*pair) for pair in pairs)
    card = score_segmentation(Request(run / "predictions", seed=4), coatings)
    scores = benchmark.scores({"": theirs}, seed=4)[""]
    np.testing.assert_equal([each.scores["Dice"] for each in card.sections[1:]], list(scores.values())[:-1])
    np.testing.assert_equal(card.sections[0].scores["Dice"], scores[benchmark.MEAN])


def test_the_other_channel_order_is_hinted_at_and_not_repaired(coatings: Coatings, masks: Make) -> None:
    swapped = masks(lambda mask, index: noisy(mask, index)[..., [2, 1, 0, 3]])
    wrong, remarks = read_masks(swapped, coatings, chosen_of(coatings))
    assert len(remarks) == 1 and "try --order BGRA" in remarks[0]
    right, none = read_masks(swapped, coatings, chosen_of(coatings), "BGRA")
    assert not none
    cracks = [benchmark.scores({"": each})[""]["surface_crack"].value for each in (wrong, right)]
    assert cracks[0] < 0.2 < 0.4 < cracks[1]


def test_other_mixed_channels_are_hinted_at(coatings: Coatings, masks: Make) -> None:
    _, remarks = read_masks(masks(lambda mask, _: np.roll(mask, 1, axis=2)), coatings, chosen_of(coatings))
    assert "surface_crack fits channel 1" in remarks[0] and "--order" not in remarks[0]


def test_an_opaque_alpha_channel_is_hinted_at(coatings: Coatings, masks: Make) -> None:
    def opaque(mask: np.ndarray, _: int) -> np.ndarray:
        return np.concatenate([mask[..., :3], np.ones_like(mask[..., 3:])], axis=2)

    _, remarks = read_masks(masks(opaque), coatings, chosen_of(coatings))
    assert "Alpha is set in nearly every pixel" in remarks[0]


@pytest.mark.parametrize("seed", range(3))
def test_poor_masks_alone_give_no_hint(coatings: Coatings, masks: Make, seed: int) -> None:
    random = np.random.default_rng(seed)
    place = masks(lambda mask, _: random.random(mask.shape) < 0.05)
    assert read_masks(place, coatings, chosen_of(coatings))[1] == []


def spoil_size(place: Path) -> None:
    cv2.imwrite(str(place / "image_4.png"), np.zeros((50, 64, 4), np.uint8))


def spoil_channels(place: Path) -> None:
    cv2.imwrite(str(place / "image_4.png"), np.zeros((64, 64, 3), np.uint8))


def spoil_values(place: Path) -> None:
    cv2.imwrite(str(place / "image_4.png"), np.full((64, 64, 4), 128, np.uint8))


def spoil_bytes(place: Path) -> None:
    path = place / "image_4.png"
    path.write_bytes(path.read_bytes()[:-20])


def add_unknown(place: Path) -> None:
    (place / "picture_4.png").write_bytes((place / "image_4.png").read_bytes())


@pytest.mark.parametrize(
    "spoil, words",
    [
        (spoil_size, "image_4.png: mask of 50 x 64 pixels, its image has 64 x 64; export"),
        (spoil_channels, "image_4.png: 3 channels, expected 4"),
        (spoil_values, "image_4.png: pixel values 128, expected only 0 and 255"),
        (spoil_bytes, "image_4.png: damaged or cut off"),
        (lambda place: (place / "image_4.png").unlink(), "nothing for image image_4; add the mask"),
        (add_unknown, "picture_4.png: no image picture_4 in the data set; remove it"),
    ],
)
def test_bad_masks_are_named(
    coatings: Coatings, masks: Make, spoil: Callable[[Path], None], words: str
) -> None:
    place = masks(lambda mask, _: mask)
    spoil(place)
    with pytest.raises(DataError) as caught:
        read_masks(place, coatings, chosen_of(coatings))
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_all_bad_masks_are_listed(coatings: Coatings, masks: Make) -> None:
    place = masks(lambda mask, _: mask)
    for number in range(36):
        cv2.imwrite(str(place / f"image_{number}.png"), np.zeros((64, 64), np.uint8))
    with pytest.raises(BadFile) as caught:
        read_masks(place, coatings, chosen_of(coatings))
    assert len(caught.value.findings) == 36


def test_names_that_fit_nowhere_are_one_line(coatings: Coatings, masks: Make) -> None:
    place = masks(lambda mask, _: mask)
    for path in place.iterdir():
        path.rename(place / f"mask-of-{path.name}")
    with pytest.raises(BadFile, match="none of its 36 names is an image's: 'mask-of-image_0', expected such"):
        read_masks(place, coatings, chosen_of(coatings))
