import math

import pytest
import torch

from learning.recipe_parts import AugmentationPart
from learning.toolkit.augment import augment
from learning.toolkit.losses import inverse_prevalence, masked_bce

NAN = torch.nan


@pytest.mark.parametrize(
    ("logit", "target", "smoothing", "expected"),
    [
        (0.0, 1.0, 0.0, math.log(2)),
        (2.0, 1.0, 0.0, math.log(1 + math.exp(-2))),
        (2.0, 0.0, 0.0, math.log(1 + math.exp(2))),
        (2.0, 0.5, 0.0, 0.5 * math.log(1 + math.exp(-2)) + 0.5 * math.log(1 + math.exp(2))),
        (2.0, 1.0, 0.1, 0.95 * math.log(1 + math.exp(-2)) + 0.05 * math.log(1 + math.exp(2))),
        (-100.0, 1.0, 0.0, 100.0),
    ],
)
def test_loss_of_one_target_by_hand(logit, target, smoothing, expected):
    value = masked_bce(torch.tensor([[logit]]), torch.tensor([[target]]), torch.ones(1, 1), label_smoothing=smoothing)
    assert value.item() == pytest.approx(expected, abs=1e-6)


def test_loss_is_the_weighted_mean_with_class_weights():
    logits = torch.tensor([[0.0, 1.0], [0.0, -1.0]])
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    weights = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    sides = torch.tensor([[1.0, 5.0], [0.5, 1.0]])
    by_hand = (1 * 5 * math.log(2) + 2 * 0.5 * math.log(1 + math.e) + 3 * 1 * math.log(2)) / 6
    assert masked_bce(logits, targets, weights, class_weights=sides).item() == pytest.approx(by_hand, abs=1e-6)


def test_target_that_was_not_assessed_has_no_influence():
    weights = torch.ones(2, 2)
    targets = torch.tensor([[1.0, NAN], [NAN, 0.0]])
    logits = torch.tensor([[0.3, 5.0], [-7.0, 0.2]], requires_grad=True)
    loss = masked_bce(logits, targets, weights)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[0, 1] == 0
    assert logits.grad[1, 0] == 0
    other = masked_bce(torch.tensor([[0.3, -50.0], [9.0, 0.2]]), targets, weights)
    assert other.item() == loss.item()


def test_nothing_assessed_gives_zero_and_no_gradient():
    logits = torch.zeros(2, 1, requires_grad=True)
    loss = masked_bce(logits, torch.full((2, 1), NAN), torch.ones(2, 1))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_class_weights_balance_the_sides_up_to_a_cap():
    targets = torch.tensor([[1.0, 1, NAN], [0, 1, NAN], [0, 1, NAN], [0, NAN, NAN]])
    table = inverse_prevalence(targets, torch.ones_like(targets))
    torch.testing.assert_close(table, torch.tensor([[4 / 6, 2.0], [1, 1], [1, 1]]))
    rare = torch.zeros(1000, 1)
    rare[0] = 1
    assert inverse_prevalence(rare, torch.ones_like(rare))[0, 1] == 20


def test_augmentation_depends_on_its_own_generator_alone():
    batch = torch.rand(4, 1, 32, 32) * 4 - 2
    part = AugmentationPart()

    def run(seed: int) -> torch.Tensor:
        torch.rand(7)
        return augment(batch, part, generator=torch.Generator().manual_seed(seed))

    assert torch.equal(run(3), run(3))
    assert not torch.equal(run(3), run(4))
    assert not torch.equal(run(3)[0], run(3)[1])


def test_no_augmentation_changes_nothing():
    batch = torch.rand(2, 1, 32, 32)
    assert augment(batch, AugmentationPart(kind="none"), generator=torch.Generator()) is batch


def test_sides_are_mirrored_only_on_demand():
    batch = torch.zeros(64, 1, 32, 32)
    batch[..., :16] = 2.0  # bright on the left
    plain = augment(batch, AugmentationPart(), generator=torch.Generator().manual_seed(0))
    left = plain[..., :8].mean(dim=(1, 2, 3)) > plain[..., -8:].mean(dim=(1, 2, 3))
    assert bool(left.all())
    mirrored = augment(
        batch, AugmentationPart(kind="none", lateral_flip=True), generator=torch.Generator().manual_seed(0)
    )
    exact = [torch.equal(image, batch[0]) or torch.allclose(image, batch[0].flip(-1)) for image in mirrored]
    right = mirrored[..., :8].mean(dim=(1, 2, 3)) < mirrored[..., -8:].mean(dim=(1, 2, 3))
    assert all(exact)
    assert 15 < int(right.sum()) < 49


def test_alterations_stay_within_their_limits():
    batch = torch.full((200, 1, 65, 65), -2.0)
    batch[..., 30:35, 30:35] = 2.0
    moved = augment(batch, AugmentationPart(), generator=torch.Generator().manual_seed(1))
    weight = (moved + 2).clamp_min(1) - 1
    place = torch.arange(65.0)
    x = (weight.sum(dim=(1, 2)) * place).sum(-1) / weight.sum(dim=(1, 2, 3))
    shift = (x - 32).abs() / 65
    assert float(shift.max()) < 0.115
    assert float(shift.max()) > 0.06
