"""Masks: losses and distances by hand, U-Nets of any size on any backbone, patches, windows, what is not known."""

import copy

import numpy as np
import pytest
import torch

from learning.recipe import RecipeError, load_recipe
from learning.toolkit.crossfit import fit_by_evaluation
from learning.toolkit.data import DataError, Examples
from learning.toolkit.nets import build_network
from learning.toolkit.prediction import predict
from learning.toolkit.segment import UNKNOWN, MaskExamples, dice, evaluate_masks, hd95, segment
from learning.toolkit.segment.loss import dice_and_cross_entropy, hard_dice
from learning.toolkit.segment.patches import Patcher
from learning.toolkit.segment.predict import windowed, windows_of
from learning.toolkit.segment.scores import score_cases
from learning.toolkit.train import fit
from learning.toolkit.trainer import Trainer
from learning.toolkit.weights import WEIGHTS, start_from


def recipe(**sections):
    data = {
        "targets": {"kind": "segmentation"}, "input": {"size": 32}, "augmentation": {"kind": "none"},
        "regularisation": {"dropout_hidden": 0}, "network": {}, "evaluation": {},
        "optimiser": {"max_epochs": 2, "batch_size": 8, "patience": 0},
    }
    changed = {name: {**part, **sections.get(name, {})} for name, part in data.items()}
    return load_recipe({**changed, "precision": "fp32"})


def discs(n, *, size=32, seed=0, findings=("disc",), prefix=""):
    """Noise with a bright disc, and its mask; every fourth image has none."""
    generator = np.random.default_rng(seed)
    images = generator.normal(0, 0.3, (n, size, size)).astype(np.float32)
    masks = np.zeros((n, len(findings), size, size), np.uint8)
    y, x = np.mgrid[:size, :size]
    for row in range(n):
        if row % 4:
            cy, cx = generator.uniform(8, size - 8, 2)
            masks[row, 0] = (y - cy) ** 2 + (x - cx) ** 2 < 36
            images[row] += 2.0 * masks[row, 0]
    return MaskExamples.of_masks(images, masks, patients=[f"{prefix}{i}" for i in range(n)], findings=findings)


def test_gradient_of_dice_equals_the_formula():
    logits = torch.tensor([[[[0.3, -0.7, 1.1]]]], dtype=torch.float64, requires_grad=True)
    masks = torch.tensor([[[[1.0, 0.0, 1.0]]]], dtype=torch.float64)
    loss = dice_and_cross_entropy(logits, masks, torch.ones(1, 1), dice_weight=1.0)
    p = torch.sigmoid(logits.detach().float())
    above, below = 2 * (p * masks).sum() + 1, p.sum() + masks.sum() + 1
    assert loss.item() == pytest.approx(float(1 - above / below), abs=1e-6)
    (gradient,) = torch.autograd.grad(loss, logits)
    expected = -(2 * masks * below - above) / below**2 * p * (1 - p)
    torch.testing.assert_close(gradient, expected.double(), atol=1e-6, rtol=1e-5)


def test_loss_without_dice_is_the_mean_cross_entropy():
    generator = torch.Generator().manual_seed(0)
    logits, masks = torch.randn(2, 1, 4, 4, generator=generator), torch.rand(2, 1, 4, 4, generator=generator).round()
    found = dice_and_cross_entropy(logits, masks, torch.ones(2, 1), dice_weight=0.0)
    torch.testing.assert_close(found, torch.nn.functional.binary_cross_entropy_with_logits(logits, masks))


def test_pixels_that_nobody_assessed_change_neither_value_nor_gradient():
    logits = torch.randn(2, 2, 5, 5, generator=torch.Generator().manual_seed(1)).requires_grad_()
    masks = torch.zeros(2, 2, 5, 5)
    masks[0, 0, :2], masks[0, 0, 3:] = 1, torch.nan
    masks[1, 1] = torch.nan
    weights = torch.tensor([[1.0, 1.0], [1.0, 0.0]])
    loss = dice_and_cross_entropy(logits, masks, weights)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.equal(gradient[0, 0, 3:], torch.zeros(2, 5))
    assert torch.equal(gradient[1, 1], torch.zeros(5, 5))
    assert gradient[0, 0, :3].abs().min() > 0
    other = torch.where(torch.isnan(masks), logits + 3, logits.detach())
    assert dice_and_cross_entropy(other, masks, weights).item() == loss.item()


@pytest.mark.parametrize(
    ("guess", "truth", "expected"),
    [([1, 1, 0], [1, 1, 0], 1.0), ([1, 0, 0], [0, 1, 1], 0.0), ([0, 0, 0], [0, 0, 0], 1.0), ([0, 0, 0], [0, 1, 0], 0.0),
     ([1, 1, 0], [1, 0, 0], 2 / 3)],
)
def test_dice_by_hand(guess, truth, expected):
    assert dice(np.array(guess), np.array(truth)) == pytest.approx(expected)
    logits = torch.tensor(guess, dtype=torch.float32).reshape(1, 1, 1, 3) * 2 - 1
    assert hard_dice(logits, torch.tensor(truth).float().reshape(1, 1, 1, 3)).item() == pytest.approx(expected)


def _square(top, left, side=4, size=20):
    mask = np.zeros((size, size))
    mask[top : top + side, left : left + side] = 1
    return mask


@pytest.mark.parametrize(
    ("guess", "truth", "spacing", "expected"),
    [
        (_square(5, 5), _square(5, 5), (1, 1), 0.0),
        (_square(5, 5, 1), _square(5, 9, 1), (1, 0.5), 2.0),
        (_square(5, 5, 1), _square(9, 5, 1), (3, 0.5), 12.0),
        (_square(5, 5), _square(8, 5), (2.0, 1.0), 6.0),
        (np.zeros((20, 20)), np.zeros((20, 20)), (1, 1), 0.0),
        (np.zeros((20, 20)), _square(5, 5), (0.3, 0.4), 10.0),
        (_square(5, 5), np.zeros((20, 20)), (0.3, 0.4), 10.0),
    ],
)
def test_hd95_of_known_shapes_in_millimetres(guess, truth, spacing, expected):
    assert hd95(guess, truth, spacing) == pytest.approx(expected)


def test_hd95_leaves_out_the_farthest_twentieth():
    """Of 100 border pixels in a row 3 lie astray: the largest distance is 30, the 95th percentile 0."""
    truth = np.zeros((40, 200))
    truth[5, :100] = 1
    guess = truth.copy()
    guess[35, :3] = 1
    assert hd95(guess, truth, (1, 1)) == 0.0
    guess[35, :20] = 1
    assert hd95(guess, truth, (1, 1)) == hd95(truth, guess, (1, 1)) == 30.0


def test_hd95_in_volumes_follows_the_slices_distance():
    a, b = np.zeros((2, 6, 8, 8))
    a[1, 2:5, 2:5], b[3, 2:5, 2:5] = 1, 1
    assert hd95(a, b, (5.0, 0.7, 0.7)) == 10.0


def test_figures_of_masks_say_where_they_stand_on_nothing():
    masks = np.zeros((3, 2, 8, 8), np.uint8)
    masks[0, 0, 2:4, 2:4] = 1
    masks[:, 1] = UNKNOWN
    scores = score_cases((masks == 1).astype(float), masks, np.ones((3, 2)))
    first, second = evaluate_masks(scores, findings=["a", "b"], patients="xyz", replicates=20)["findings"]
    assert (first["n"], first["n_present"], first["dice"]["value"], first["hd95_mm"]["value"]) == (3, 1, 1.0, 0.0)
    assert second["dice"] is None
    assert "No case was assessed" in second["reason"]


@pytest.mark.parametrize("size", [32, 37, 45])
@pytest.mark.parametrize("name", ["small_cnn", "resnet18"])
def test_unet_answers_at_the_images_size_even_where_it_is_odd(name, size):
    net = build_network(recipe(network={"name": name}, input={"size": size}), ("a", "b"), seed=0).eval()
    with torch.no_grad():
        assert net(torch.zeros(2, 1, size, size)).shape == (2, 2, size, size)


def test_unet_of_volumes_on_a_network_for_volumes():
    spec = recipe(network={"name": "small_cnn3d"}, input={"size": 32, "volume": "3d", "depth": 9})
    net = build_network(spec, ("a",), seed=0).eval()
    with torch.no_grad():
        assert net(torch.zeros(1, 1, 9, 32, 32)).shape == (1, 1, 9, 32, 32)


@torch.no_grad()
@pytest.mark.parametrize("name", ["small_cnn", "resnet18"])
def test_the_outline_follows_the_image_and_the_map_of_every_resolution(name):
    net = build_network(recipe(network={"name": name}), ("a",), seed=1).eval()
    image = torch.rand(1, 1, 32, 32)
    maps, _ = net.maps_of(net.backbone, net.scaling(image))
    plain = net.decoder(image, maps)
    assert len(maps) >= 2
    assert not torch.allclose(net.decoder(image + torch.rand_like(image), maps), plain, atol=1e-3)
    for place in range(len(maps)):
        other = [m + torch.rand_like(m) * m.std() if n == place else m for n, m in enumerate(maps)]
        assert not torch.allclose(net.decoder(image, other), plain, atol=1e-3)


def test_every_weight_of_the_unet_learns():
    net = build_network(recipe(), ("a",), seed=0)
    net(torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))).square().sum().backward()
    idle = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert idle == []


def test_a_copy_of_the_network_keeps_its_own_maps():
    net = build_network(recipe(), ("a",), seed=0).eval()
    twin = copy.deepcopy(net)
    with torch.no_grad():
        for weights in net.parameters():
            weights.zero_()
        x = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
        assert twin(x).abs().sum() > 0
        assert net(x).abs().sum() == 0


def test_encoder_is_taken_over_from_classification_and_back(tmp_path):
    from safetensors.torch import save_file

    plain = build_network(load_recipe({"input": {"size": 32}}), ("x",), seed=1)
    tensors = {WEIGHTS + name: t.contiguous() for name, t in plain.state_dict().items()}
    save_file(tensors, tmp_path / "plain.safetensors")
    net = build_network(recipe(), ("a",), seed=2)
    assert start_from(net, tmp_path / "plain.safetensors").loaded >= len(plain.backbone.state_dict())
    for name, tensor in plain.backbone.state_dict().items():
        assert torch.equal(net.backbone.state_dict()[name], tensor)


def test_learning_discs_from_masks_and_outlining_new_ones(tmp_path):
    train, held = discs(32), discs(12, seed=9, prefix="h")
    settings = recipe(optimiser={"max_epochs": 24, "learning_rate": 0.01, "keep": "last"})
    result = fit(train, held, settings, workdir=tmp_path)
    last = result.history[-1]
    assert last.figure == "Dice"
    assert last.val_auroc["disc"] > 0.85
    assert last.val_loss < result.history[0].val_loss
    probabilities = segment(result.model, held.images)
    scores = score_cases(probabilities, held.masks, held.spacing)
    assert np.nanmean(scores[:, 0, 0]) == pytest.approx(last.val_auroc["disc"], abs=1e-6)
    there = predict(result.model, held.images).probabilities[:, 0]
    np.testing.assert_allclose(there, probabilities.reshape(12, -1).max(axis=1), atol=1e-5)


def test_cross_validation_scores_the_masks_of_every_case_once(tmp_path):
    examples = discs(12)
    settings = recipe(evaluation={"kind": "kfold", "folds": 2}, optimiser={"max_epochs": 1, "keep": "last"})
    outcome = fit_by_evaluation(examples, settings, workdir=tmp_path)
    assert outcome.mask_scores.shape == (12, 1, 3)
    assert sorted(outcome.rows) == list(range(12))
    assert np.array_equal(outcome.mask_scores[:, 0, 2], examples.targets[outcome.rows, 0])
    again = fit_by_evaluation(examples, settings, workdir=tmp_path, resume=True)
    np.testing.assert_array_equal(again.mask_scores, outcome.mask_scores)


def test_a_run_that_goes_on_ends_as_one_left_alone(tmp_path):
    train, held = discs(16), discs(8, seed=9, prefix="h")
    settings = recipe(targets={"patch": 16}, augmentation={"kind": "limited"}, optimiser={"max_epochs": 3})
    whole = fit(train, held, settings, workdir=tmp_path / "a")
    calls = iter(range(100))
    fit(train, held, settings, workdir=tmp_path / "b", should_stop=lambda: next(calls) >= 3)
    rest = fit(train, held, settings, workdir=tmp_path / "b", resume=True)
    assert [one.metrics() for one in whole.history] == [one.metrics() for one in rest.history]


def test_image_and_mask_are_altered_alike(tmp_path):
    """The mask of a mask is itself: an image that equals its mask still does after any alteration."""
    examples = discs(8)
    same = MaskExamples.of_masks(
        examples.masks[:, 0].astype(np.float32), examples.masks, patients=examples.patients, findings=("disc",)
    )
    settings = recipe(input={"normalise": "none"}, augmentation={"kind": "limited"})
    trainer = Trainer(same, None, settings, workdir=tmp_path)
    batch, masks, _ = trainer.labelled.draw(np.arange(8), torch.Generator().manual_seed(3))
    guess = (batch[:, 0] > 0).float()
    both = 2 * (guess * masks[:, 0].nan_to_num(0)).sum() / (guess.sum() + masks[:, 0].nan_to_num(0).sum())
    assert both > 0.97
    assert not torch.equal(masks[:, 0].nan_to_num(0), torch.from_numpy(same.masks[:, 0]).float())


def test_a_third_of_the_patches_hold_what_is_marked():
    masks = torch.zeros(300, 1, 64, 64)
    masks[:, :, 3, 60] = 1
    generator = torch.Generator().manual_seed(0)
    batch, cut = Patcher(16).cut(masks.clone(), masks, generator)
    assert batch.shape == (300, 1, 16, 16)
    assert torch.equal(batch, cut)
    assert 0.28 < cut.flatten(1).amax(1).mean().item() < 0.42
    assert Patcher(None).cut(batch, cut, generator)[0] is batch


@pytest.mark.parametrize(("whole", "side"), [((10, 33), 16), ((16, 16), 16), ((7, 40, 21), 16)])
def test_windows_cover_everything_and_what_agrees_is_unchanged(whole, side):
    seen = np.zeros(whole)
    for cut in windows_of(whole, side):
        seen[cut] += 1
    assert seen.min() >= 1
    model = torch.nn.Conv2d(1, 1, 1) if len(whole) == 2 else torch.nn.Conv3d(1, 1, 1)
    batch = torch.randn(1, 1, *whole, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(windowed(model, batch, side), model(batch), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m[:, :, :16], "Masks have shape"),
        (lambda m: m * 7, "0, 1, or 255"),
        (lambda m: m[0], "Masks must be"),
    ],
)
def test_masks_that_fit_no_image_are_refused(change, words):
    examples = discs(4)
    with pytest.raises(DataError, match=words):
        MaskExamples.of_masks(
            examples.images, change(examples.masks), patients=examples.patients, findings=examples.findings
        )


def test_segmentation_without_masks_is_refused(tmp_path):
    examples = Examples.of(discs(4).images, [[1], [0], [1], [0]], patients="abcd", findings=["disc"])
    with pytest.raises(DataError, match="learns from masks"):
        fit(examples, None, recipe(), workdir=tmp_path)


@pytest.mark.parametrize("input", [{"region": "crop"}, {"volume": "slices"}, {"spacing_mm": 1.0}])
def test_inputs_that_move_pixels_are_refused(input):
    with pytest.raises(RecipeError, match="segmentation"):
        recipe(input=input)
