"""The losses against their peers and by hand."""

from __future__ import annotations

import pytest
import segmentation_models_pytorch as smp
import torch

from cvlib.segment.losses import categorical_focal, soft_dice, total

LOGITS = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0)) * 3
TRUTH = (torch.rand(2, 4, 8, 8, generator=torch.Generator().manual_seed(1)) > 0.7).float()


def test_soft_dice_is_that_of_the_peer_where_every_class_is_shown() -> None:
    peer = smp.losses.DiceLoss("multilabel", smooth=0.5)  # which it adds twice
    assert soft_dice(LOGITS, TRUTH).item() == pytest.approx(peer(LOGITS, TRUTH).item(), rel=1e-5)


def test_focal_where_all_is_labelled_is_that_of_the_peer() -> None:
    peer = smp.losses.FocalLoss("multilabel", alpha=0.25, gamma=2.0)
    everywhere = torch.ones_like(TRUTH)
    found = categorical_focal(LOGITS, everywhere).item()
    assert found == pytest.approx(peer(LOGITS, everywhere).item(), rel=1e-5)


def test_focal_counts_labelled_pixels_only() -> None:
    # p = .5 in one labelled pixel of two: .25 * .5 ** 2 * ln 2 / 2
    truth = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    expected = 0.25 * 0.25 * 0.693147 / 2
    for elsewhere in (0.0, 9.0):
        logits = torch.tensor([0.0, elsewhere]).view(1, 1, 1, 2)
        assert categorical_focal(logits, truth).item() == pytest.approx(expected)


def test_what_is_predicted_of_a_class_that_is_not_there_costs() -> None:
    nothing = torch.zeros(1, 1, 4, 4)
    much, little = torch.full((1, 1, 4, 4), 2.0), torch.full((1, 1, 4, 4), -6.0)
    assert soft_dice(much, nothing) > soft_dice(little, nothing)


def test_classes_that_are_not_there_can_be_left_out() -> None:
    with_one_empty = torch.cat([TRUTH[:, :3], torch.zeros(2, 1, 8, 8)], 1)
    of_three = soft_dice(LOGITS[:, :3], TRUTH[:, :3])
    assert soft_dice(LOGITS, with_one_empty, present_only=True).item() == pytest.approx(of_three.item())


def test_the_total_of_the_authors_is_focal_plus_dice_and_ours_counts_all_pixels() -> None:
    authors = categorical_focal(LOGITS, TRUTH) + soft_dice(LOGITS, TRUTH)
    assert total(LOGITS, TRUTH, "categorical-focal").item() == pytest.approx(authors.item())
    nothing = torch.zeros(1, 4, 8, 8)
    sure = torch.full((1, 4, 8, 8), 3.0)
    assert total(sure, nothing, "cross-entropy").item() > 8 * 3


@pytest.mark.parametrize("kind", ["categorical-focal", "cross-entropy"])
def test_very_sure_logits_give_finite_losses_and_slopes(kind: str) -> None:
    sure = torch.tensor([-200.0, 200.0]).view(1, 1, 1, 2).requires_grad_()
    truth = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    loss = total(sure, truth, kind)
    [slope] = torch.autograd.grad(loss, sure)
    assert torch.isfinite(loss)
    assert torch.isfinite(slope).all()
