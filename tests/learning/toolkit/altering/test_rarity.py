import math

import numpy as np
import pytest
import torch

from learning.toolkit.losses import masked_bce
from learning.toolkit.nets import build_network
from learning.toolkit.nets.cosine import CosineHead
from learning.toolkit.objective import make_objective
from learning.toolkit.prior_shift import correct_class_priors, correct_prior
from learning.toolkit.rarity import class_balanced, log_odds, margins, prior_shift, side_counts
from learning.toolkit.sampling import make_sampler
from learning.toolkit.taught_prior import taught_shares, taught_shift
from tests.learning.toolkit.shapes import tiny_recipe

NAN = torch.nan
# 16 absent, 1 present, 3 unknown
TARGETS = torch.tensor([[0.0]] * 16 + [[1.0]] + [[NAN]] * 3)
WEIGHTS = torch.ones(20, 1)


def objective(**imbalance):
    return make_objective(tiny_recipe(imbalance=imbalance), TARGETS, WEIGHTS)


def value(made, logit, target, *, training=True, share=0.0):
    z, t = torch.tensor([[logit]]), torch.tensor([[target]])
    return made.loss(z, t, torch.ones(1, 1), training=training, share=share).item()


def plus(z):
    return math.log1p(math.exp(z))


def test_sides_are_counted_by_weight_without_what_is_unknown():
    counts = side_counts(torch.tensor([[1.0, 0.25], [0.0, NAN], [NAN, 1.0]]), torch.tensor([[2.0, 1], [1, 1], [1, 0]]))
    assert counts.tolist() == [[1.0, 2.0], [0.75, 0.25]]


@pytest.mark.parametrize(
    ("logit", "target", "gamma", "expected"),
    [
        (0.0, 1.0, 2.0, 0.25 * math.log(2)),
        (0.0, 0.0, 1.0, 0.5 * math.log(2)),
        (2.0, 1.0, 2.0, (1 / (1 + math.exp(2))) ** 2 * plus(-2)),
        (2.0, 0.0, 2.0, (1 / (1 + math.exp(-2))) ** 2 * plus(2)),
        (-3.0, 1.0, 0.5, (1 / (1 + math.exp(-3))) ** 0.5 * plus(3)),
        (100.0, 0.0, 2.0, 100.0),
        (100.0, 1.0, 2.0, 0.0),
    ],
)
def test_focal_loss_by_hand(logit, target, gamma, expected):
    assert value(objective(loss="focal", focal_gamma=gamma), logit, target) == pytest.approx(expected, abs=1e-6)


def test_focal_alpha_weighs_present_and_one_less_it_absent():
    made = objective(loss="focal", focal_gamma=0, focal_alpha=0.25)
    assert value(made, 0.0, 1.0) == pytest.approx(0.25 * math.log(2), abs=1e-6)
    assert value(made, 0.0, 0.0) == pytest.approx(0.75 * math.log(2), abs=1e-6)


@pytest.mark.parametrize("zero", [{"loss": "focal", "focal_gamma": 0}, {"loss": "logit_adjustment", "logit_tau": 0}])
def test_focal_loss_and_logit_adjustment_at_0_are_cross_entropy_exactly(zero):
    z = (torch.randn(64, 1, generator=torch.Generator().manual_seed(0)) * 20).requires_grad_()
    t = torch.where(torch.arange(64)[:, None] % 3 == 0, 1.0, torch.where(torch.arange(64)[:, None] % 7 == 0, NAN, 0.0))
    gradients = []
    for made in (objective(), objective(**zero)):
        loss = made.loss(z, t, torch.ones(64, 1), training=True, share=0.5)
        gradients.append((loss, *torch.autograd.grad(loss, z)))
    assert torch.equal(gradients[0][0], gradients[1][0])
    assert torch.equal(gradients[0][1], gradients[1][1])


def test_focal_gradient_is_finite_where_a_probability_is_0_or_1():
    z = torch.tensor([[-200.0, 200.0]], requires_grad=True)
    masked_bce(z, torch.tensor([[1.0, 1.0]]), torch.ones(1, 2), focal_gamma=0.5).backward()
    assert z.grad is not None
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize(
    ("counts", "beta", "expected"),
    [
        ([16, 1], 0.0, [1.0, 1.0]),
        ([16, 1], 0.5, [2 * (0.5 / (1 - 0.5**16)) / (0.5 / (1 - 0.5**16) + 1), 2 / (0.5 / (1 - 0.5**16) + 1)]),
        ([1000, 10], 0.9999, None),
        ([5, 0], 0.9, [1.0, 1.0]),
    ],
)
def test_class_balanced_weights_by_hand(counts, beta, expected):
    found = class_balanced(torch.tensor([counts], dtype=torch.float64), beta)[0].tolist()
    if expected is None:
        raw = [(1 - beta) / (1 - beta**n) for n in counts]
        expected = [2 * one / sum(raw) for one in raw]
    assert found == pytest.approx(expected, abs=1e-6)


def test_class_balanced_weights_go_from_none_to_inverse_prevalence_with_beta():
    counts = torch.tensor([[900.0, 100.0]])
    ratio = [float((w := class_balanced(counts, beta))[0, 1] / w[0, 0]) for beta in (0.0, 0.99, 0.9999999)]
    assert ratio[0] == 1
    assert 1 < ratio[1] < 5
    assert ratio[2] == pytest.approx(9, rel=1e-3)


def test_class_balanced_loss_by_hand():
    made = objective(class_weights="class_balanced", beta=0.5)
    absent, present = class_balanced(torch.tensor([[16.0, 1.0]]), 0.5)[0].tolist()
    assert value(made, 1.0, 1.0) == pytest.approx(present * plus(-1), abs=1e-6)
    assert value(made, 1.0, 0.0) == pytest.approx(absent * plus(1), abs=1e-6)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("tau", [0.5, 1.0])
def test_logit_adjustment_by_hand(tau, training):
    made = objective(loss="logit_adjustment", logit_tau=tau)
    shifted = 0.7 + tau * math.log(1 / 16)
    assert value(made, 0.7, 1.0, training=training) == pytest.approx(plus(-shifted), abs=1e-6)
    assert value(made, 0.7, 0.0, training=training) == pytest.approx(plus(shifted), abs=1e-6)


def test_margins_fall_with_the_fourth_root_and_the_rarest_side_has_the_largest():
    found = margins(torch.tensor([[16.0, 1.0], [81.0, 16.0], [5.0, 0.0]]), 0.5)
    expected = [[0.25, 0.5], [0.5 / 3, 0.25], [0, 0]]
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize(("target", "moved"), [(1.0, 3.0 - 30 * 0.5), (0.0, 3.0 + 30 * 0.25)])
def test_ldam_by_hand_with_weights_that_set_in_late(target, moved):
    made = objective(loss="ldam", beta=0.5)
    plain = plus(-moved) if target else plus(moved)
    late = class_balanced(torch.tensor([[16.0, 1.0]]), 0.5)[0, int(target)].item()
    assert value(made, 3.0, target, share=0.79) == pytest.approx(plain, abs=1e-5)
    assert value(made, 3.0, target, share=0.8) == pytest.approx(late * plain, abs=1e-5)
    judged = plus(-3.0) if target else plus(3.0)
    assert value(made, 3.0, target, training=False, share=1.0) == pytest.approx(judged, abs=1e-6)


def test_ldam_answers_by_cosines_whatever_the_length_of_the_embedding():
    net = build_network(tiny_recipe(imbalance={"loss": "ldam", "ldam_scale": 20}), ("A", "B"), seed=1).eval()
    assert isinstance(net.head, CosineHead)
    x = torch.randn(7, net.width)
    torch.testing.assert_close(net.head(x), net.head(9 * x))
    assert net.head(1000 * net.head.weight.detach()).diagonal().tolist() == pytest.approx([20, 20], abs=1e-4)


@pytest.mark.parametrize(
    ("imbalance", "expected"),
    [
        ({}, 0.0),
        ({"class_weights": "inverse_prevalence"}, math.log(16)),
        ({"class_weights": "class_balanced", "beta": 0.5}, None),
        ({"loss": "logit_adjustment"}, math.log(16)),
        ({"loss": "logit_adjustment", "logit_tau": 0.5}, math.log(16) / 2),
        ({"loss": "focal", "focal_gamma": 0, "focal_alpha": 0.8}, math.log(4)),
        ({"sampling": "oversample"}, math.log(16)),
        ({"sampling": "undersample"}, math.log(16)),
    ],
)
def test_correcting_the_prior_brings_the_best_constant_answer_back_to_the_prevalence(imbalance, expected):
    """The constant that the loss likes best, less the shift, is the log odds of the data."""
    recipe = tiny_recipe(imbalance=imbalance)
    shift = prior_shift(recipe, TARGETS, WEIGHTS)
    if expected is not None:
        assert shift.tolist() == pytest.approx([expected], abs=1e-5)
    made = make_objective(recipe, TARGETS, WEIGHTS)
    often = 1.0
    if imbalance.get("sampling"):
        often = torch.where(TARGETS == 1, 8.5, 8.5 / 16)
    z = torch.zeros(1, 1, requires_grad=True)
    optimiser = torch.optim.LBFGS([z], max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = made.loss(z.expand(20, 1), TARGETS, WEIGHTS * often, training=True, share=0.5)
        loss.backward()
        return loss

    optimiser.step(closure)
    assert z.item() - shift.item() == pytest.approx(math.log(1 / 16), abs=2e-3)
    if imbalance:
        counts = side_counts(TARGETS, WEIGHTS)
        trained = torch.sigmoid(log_odds(counts) + shift).numpy()
        corrected = correct_prior(torch.sigmoid(z).detach().numpy(), trained=trained, deployed=[1 / 17])
        assert corrected[0, 0] == pytest.approx(1 / 17, abs=2e-4)


def test_dynamic_sampling_is_corrected_as_equal_shares_unless_it_followed_validation_cases():
    dynamic = tiny_recipe(imbalance={"sampling": "dynamic"})
    assert taught_shift(dynamic, TARGETS, WEIGHTS, followed=True) is None
    assert taught_shift(dynamic, TARGETS, WEIGHTS, followed=False).tolist() == pytest.approx([math.log(16)], abs=1e-5)
    rows, draw = make_sampler(dynamic, TARGETS, WEIGHTS), np.random.default_rng(0)
    drawn = TARGETS[np.concatenate([rows.order(draw) for _ in range(300)])]
    assert float(drawn.nansum() / (~drawn.isnan()).sum()) == pytest.approx(0.5, abs=1e-6)
    off = tiny_recipe(imbalance={"sampling": "dynamic", "sampling_strength": 0})
    assert taught_shift(off, TARGETS, WEIGHTS, followed=True).tolist() == [0.0]


CLASSES = torch.eye(3)[[0] * 8 + [1] * 4 + [2] * 1]


def classes(**imbalance):
    recipe = tiny_recipe(imbalance=imbalance, targets={"kind": "multiclass"})
    return make_objective(recipe, CLASSES, torch.ones(13, 3))


def of_class(made, logits, number):
    z, t = torch.tensor([logits]), torch.eye(3)[[number]]
    return made.loss(z, t, torch.ones(1, 3), training=True, share=0.0).item()


def softmax(*z):
    powers = [math.exp(one) for one in z]
    return [one / sum(powers) for one in powers]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_losses_of_classes_by_hand(number):
    z = [0.5, -1.0, 2.0]
    p = softmax(*z)[number]
    assert of_class(classes(loss="focal", focal_gamma=2), z, number) == pytest.approx(
        -((1 - p) ** 2) * math.log(p), abs=1e-6
    )
    shifted = softmax(*(one + 0.5 * math.log(n / 13) for one, n in zip(z, (8, 4, 1), strict=True)))[number]
    adjusted = classes(loss="logit_adjustment", logit_tau=0.5)
    assert of_class(adjusted, z, number) == pytest.approx(-math.log(shifted), abs=1e-6)
    raw = [(1 - 0.9) / (1 - 0.9**n) for n in (8, 4, 1)]
    weight = 3 * raw[number] / sum(raw)
    balanced = classes(class_weights="class_balanced", beta=0.9)
    assert of_class(balanced, z, number) == pytest.approx(-weight * math.log(p), abs=1e-6)


@pytest.mark.parametrize("zero", [{"loss": "focal", "focal_gamma": 0}, {"loss": "logit_adjustment", "logit_tau": 0}])
def test_losses_of_classes_at_0_are_cross_entropy_exactly(zero):
    z = torch.randn(13, 3, generator=torch.Generator().manual_seed(0)) * 30
    ones, both = torch.ones(13, 3), (classes(), classes(**zero))
    values = [made.loss(z, CLASSES, ones, training=True, share=0.0) for made in both]
    assert torch.equal(*values)


@pytest.mark.parametrize(
    ("imbalance", "expected"),
    [
        ({}, [8 / 13, 4 / 13, 1 / 13]),
        ({"class_weights": "inverse_prevalence"}, [1 / 3] * 3),
        ({"class_weights": "class_balanced", "beta": 0.9}, None),
        ({"loss": "logit_adjustment"}, [1 / 3] * 3),
        ({"loss": "logit_adjustment", "logit_tau": 0.5}, None),
        ({"sampling": "oversample"}, [1 / 3] * 3),
        ({"sampling": "undersample", "sampling_strength": 0.5}, None),
        ({"sampling": "dynamic"}, [1 / 3] * 3),
    ],
)
def test_correcting_the_taught_shares_of_classes_gives_the_shares_of_the_cases(imbalance, expected):
    """The constant answer that the loss likes best is the taught one; corrected, it is that of the cases."""
    recipe, ones = tiny_recipe(imbalance=imbalance, targets={"kind": "multiclass"}), torch.ones(13, 3)
    taught, own = taught_shares(recipe, CLASSES, ones)
    assert own.tolist() == pytest.approx([8 / 13, 4 / 13, 1 / 13])
    assert expected is None or taught.tolist() == pytest.approx(expected, abs=1e-6)
    made = make_objective(recipe, CLASSES, ones)
    often = ones * torch.from_numpy(counted(recipe))[:, None].float()
    z = torch.zeros(1, 3, requires_grad=True)
    optimiser = torch.optim.LBFGS([z], max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-9)

    def closure():
        optimiser.zero_grad()
        loss = made.loss(z.expand(13, 3), CLASSES, often, training=True, share=0.5)
        loss.backward()
        return loss

    optimiser.step(closure)
    answer = torch.softmax(z.detach(), dim=1).double().numpy()
    np.testing.assert_allclose(answer[0], taught, atol=2e-3)
    np.testing.assert_allclose(correct_class_priors(answer, trained=taught, deployed=own)[0], own, atol=2e-3)


def counted(recipe):
    """How often each case comes in an epoch, counted."""
    made, draw = make_sampler(recipe, CLASSES, torch.ones(13, 3)), np.random.default_rng(0)
    return np.bincount(np.concatenate([made.order(draw) for _ in range(3000)]), minlength=13) / 3000
