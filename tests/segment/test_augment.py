"""What augmentation does to images and their masks."""

from __future__ import annotations

import pytest
import torch

from cvlib.segment.augment import Augment


def pictures(side: int = 64, count: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """Grey images, and masks of a bright square in each, one class."""
    masks = torch.zeros(count, 4, side, side)
    masks[:, 1, side // 4 : side // 2, side // 4 : side // 2] = 1
    return 0.2 + 0.6 * masks[:, 1:2].expand(-1, 3, -1, -1), masks


def augmented(kind: str, seed: int = 0, side: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(seed)
    return Augment(kind)(*pictures(side))


def test_none_changes_nothing() -> None:
    images, masks = pictures()
    changed = Augment("none")(images, masks)
    assert torch.equal(changed[0], images)
    assert torch.equal(changed[1], masks)


@pytest.mark.parametrize("kind", ["light", "paper"])
def test_masks_move_with_their_images_and_stay_masks(kind: str) -> None:
    for seed in range(5):
        images, masks = augmented(kind, seed)
        assert images.shape == (8, 3, 64, 64)
        assert set(masks.flatten().tolist()) <= {0.0, 1.0}
        assert not masks[:, [0, 2, 3]].any()
        for image, mask in zip(images.mean(1), masks[:, 1] > 0, strict=True):
            if 40 < mask.sum() < 3000:  # not moved out of sight
                assert image[mask].median() > image[~mask].median() + 0.2


@pytest.mark.parametrize("kind", ["light", "paper"])
def test_the_same_seed_gives_the_same_and_another_another(kind: str) -> None:
    assert torch.equal(augmented(kind)[0], augmented(kind)[0])
    assert not torch.equal(augmented(kind)[0], augmented(kind, seed=1)[0])


def test_light_keeps_dark_defects_on_dark_coatings_visible() -> None:
    images = torch.full((200, 3, 8, 8), 0.2)
    images[:, :, :, :4] = 0.1
    torch.manual_seed(0)
    changed, _ = Augment("light")(images, torch.zeros(200, 4, 8, 8))
    halves = changed.unflatten(-1, (2, 4)).mean((1, 2, 4))
    assert (halves[:, 0] - halves[:, 1]).abs().min() > 0.04


def test_the_authors_now_and_then_show_a_small_crop_only() -> None:
    seen = [augmented("paper", seed, 320)[0].mean(1) > 0 for seed in range(10)]
    shares = torch.cat(seen).float().mean((1, 2))
    small = (shares <= (200 / 320) ** 2 + 0.01).float().mean()
    assert 0.08 < small < 0.4  # 0.2 of 80 images
