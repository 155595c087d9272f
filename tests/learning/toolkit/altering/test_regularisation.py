import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from learning.recipe import RecipeError, load_recipe
from learning.recipe_parts import RegularisationPart
from learning.recipe_parts.warnings import dropout_warning, repetition_warning
from learning.toolkit.averaging import ExponentialAverage, MeanAverage
from learning.toolkit.data import DataError
from learning.toolkit.export import ModelCard, load_model, save_model
from learning.toolkit.nets import build_network
from learning.toolkit.nets.norms import norm_kind
from learning.toolkit.objective import make_objective
from learning.toolkit.prediction import predict
from learning.toolkit.regularise import share_of_zeros, shrink
from learning.toolkit.train import fit
from learning.toolkit.trainer import Trainer
from learning.toolkit.weights import ModelFileError, start_from
from tests.learning.toolkit.shapes import FINDINGS, squares, tiny_recipe

TRAIN, VAL = squares(64, seed=1, prefix="t"), squares(32, seed=2, prefix="v")


def norms(net, kind):
    return [m for m in net.modules() if isinstance(m, kind)]


@pytest.mark.parametrize("field", ["dropout_hidden", "dropout_input", "dropout_stages"])
def test_dropout_preserves_the_mean_activation_within_2_percent(field):
    value = "0.5" if field == "dropout_stages" else 0.5
    net = build_network(tiny_recipe(regularisation={"dropout_hidden": 0, field: value}), FINDINGS, seed=3)
    with torch.no_grad():
        if field == "dropout_stages":  # of the first block alone, whose output is linear in what is dropped
            stage = nn.Sequential(net.stages[0][1][-1])
            x = torch.rand(4000, 64, 4, 4) + 1
        elif field == "dropout_hidden":
            net.head.weight.abs_()
            net.head.bias.zero_()
            stage, x = net.classify, torch.rand(4000, net.width) + 1
        else:
            net.backbone, net.scaling = nn.Identity(), nn.Identity()
            stage, x = net.features, torch.rand(500, 1, 32, 32) + 1
        torch.manual_seed(0)
        net.train()
        dropped = stage(x)
        net.eval()
        plain = stage(x)
    assert not torch.equal(dropped, plain)
    assert dropped.mean().item() == pytest.approx(plain.mean().item(), rel=0.02)


def test_evaluation_is_deterministic_with_every_dropout_on():
    recipe = tiny_recipe(
        regularisation={"dropout_hidden": 0.5, "dropout_input": 0.2, "dropout_stages": "0.1, 0.2, 0.3, 0.4"}
    )
    net, x = build_network(recipe, FINDINGS, seed=1).eval(), torch.rand(5, 1, 32, 32)
    assert torch.equal(net(x), net(x))
    plain = build_network(tiny_recipe(), FINDINGS, seed=1).eval()
    assert torch.equal(net(x), plain(x))
    assert net.state_dict().keys() == plain.state_dict().keys()


def test_stage_dropout_drops_whole_maps_and_one_number_goes_for_all_stages():
    net = build_network(tiny_recipe(regularisation={"dropout_stages": "0.5"}), FINDINGS, seed=1).train()
    torch.manual_seed(1)
    for name, layers in net.stages:
        out = nn.Sequential(*layers)[-1](torch.rand(8, 64, 6, 6) + 1) if name == "conv3" else None
        if out is not None:
            gone = (out == 0).all(dim=(2, 3))
            assert 0.3 < gone.float().mean() < 0.7
    assert all(layers[-1]._forward_hooks for _, layers in net.stages)


@pytest.mark.parametrize("text", ["0.5, much", "1", "-0.1", "0.2; 0.3"])
def test_drop_probabilities_that_are_none_are_refused(text):
    with pytest.raises(RecipeError, match="is not a drop probability; write numbers from 0 to below 1"):
        load_recipe({"regularisation": {"dropout_stages": text}})


def test_more_drop_probabilities_than_stages_are_refused_with_the_stages_names():
    with pytest.raises(DataError, match="has 5 probabilities; this network has 4 stages: conv1, conv2"):
        build_network(tiny_recipe(regularisation={"dropout_stages": "0,0,0,0,0.1"}), FINDINGS, seed=1)


@pytest.mark.parametrize(("n", "warned"), [(499, True), (500, False)])
def test_dropout_on_few_images_is_warned_of(n, warned):
    assert bool(dropout_warning(RegularisationPart(), n)) is warned
    assert dropout_warning(RegularisationPart(dropout_hidden=0), n) == ""
    told = dropout_warning(RegularisationPart(dropout_hidden=0, dropout_stages="0,0.1"), 80)
    assert told.startswith("Dropout (stages 0.1) on 80 training images")


def test_warnings_are_in_the_runs_notes(tmp_path):
    recipe = tiny_recipe(imbalance={"sampling": "oversample"}, optimiser={"max_epochs": 1})
    rare = squares(64, seed=1, prefix="t", missing=0)
    rare.targets[:] = 0
    rare.targets[3, 0] = 1
    notes = fit(rare, VAL, recipe, workdir=tmp_path).notes
    assert notes[0].startswith("Dropout (hidden 0.5) on 64 training images")
    assert "each of the 1 rarest cases about 32 times" in notes[1]
    part = recipe.imbalance
    assert repetition_warning(part, 30, 300) == ""
    assert repetition_warning(part, 0, 300) == ""
    alone = fit(TRAIN, None, tiny_recipe(imbalance={"sampling": "dynamic"}), workdir=tmp_path / "b").notes
    assert "no validation case to learn from" in alone[1]


def test_form_says_drop_probability_and_what_08_means():
    text = RegularisationPart.model_fields["dropout_hidden"].description
    assert "Drop probability" in text
    assert "0.8 is a probability to keep: a drop probability of 0.2" in text


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ({"optimiser": {"batch_size": 16}}, "own"),
        ({"optimiser": {"batch_size": 15}}, "group"),
        ({"optimiser": {"batch_size": 8}, "regularisation": {"norm": "batch"}}, "batch"),
        ({"optimiser": {"batch_size": 64}, "regularisation": {"norm": "group"}}, "group"),
        ({"optimiser": {"batch_size": 8}, "input": {"normalise": "imagenet", "channels": 3},
          "network": {"name": "resnet18"}, "start": {"kind": "weights", "weights": "imagenet/resnet18"}}, "own"),
    ],
)
def test_normalisation_follows_the_batch_size_unless_named(recipe, kind):
    assert norm_kind(load_recipe(recipe)) == kind


@pytest.mark.parametrize("network", ["resnet18", "densenet121", "small_cnn"])
def test_norms_are_exchanged_in_every_network_and_stages_still_hold_all_weights(network):
    for kind, there, gone in (
        ("group", nn.GroupNorm, nn.BatchNorm2d), ("batch", nn.BatchNorm2d, nn.GroupNorm)
    ):
        recipe = tiny_recipe(network={"name": network}, regularisation={"norm": kind})
        net = build_network(recipe, FINDINGS, seed=1)
        assert norms(net, there)
        assert not norms(net, gone)
        held = {id(p) for _, layers in net.stages for layer in layers for p in layer.parameters()}
        assert held == {id(p) for p in net.backbone.parameters()}
        assert net.eval()(torch.rand(2, 1, 64, 64)).shape == (2, 2)


def test_l1_makes_exact_zeros_and_l2_makes_none(tmp_path):
    shares, results = {}, {}
    for name, part in (("l1", {"l1": 0.01}), ("l2", {"weight_decay": 0.5}), ("plain", {})):
        recipe = tiny_recipe(
            regularisation={"dropout_hidden": 0, **part}, augmentation={"kind": "none"},
            optimiser={"max_epochs": 8, "learning_rate": 0.005, "keep": "last"},
        )
        results[name] = fit(TRAIN, None, recipe, workdir=tmp_path / name)
        shares[name] = share_of_zeros(results[name].model.state_dict())
    assert shares["l1"] > 0.3
    assert shares["l2"] == shares["plain"] == 0
    assert results["l1"].history[-1].train_loss < results["l1"].history[0].train_loss


def test_l1_step_by_hand_in_the_metric_of_the_optimiser():
    p = nn.Parameter(torch.tensor([[0.5, -0.5, 0.001]]))
    optimiser = torch.optim.AdamW([{"params": [p], "weight_decay": 0.0}], lr=0.1)
    p.grad = torch.tensor([[2.0, 1.0, 4.0]])
    optimiser.step()
    before = p.detach().clone()
    shrink(optimiser, tiny_recipe(regularisation={"l1": 0.5}))
    # the first step's metric is |gradient|: thresholds 0.1 x 0.5 / |g|
    moved = np.array([0.025, 0.05, 0.0125])
    expected = np.sign(before.numpy()) * np.maximum(np.abs(before.numpy()) - moved, 0)
    np.testing.assert_allclose(p.detach().numpy(), expected, atol=1e-6)


def test_a_weight_at_0_stays_there_while_its_mean_gradient_is_below_the_penalty():
    recipe = tiny_recipe(regularisation={"l1": 0.1})
    for gradient, stays in ((0.09, True), (0.11, False)):
        p = nn.Parameter(torch.zeros(1, 1))
        optimiser = torch.optim.AdamW([{"params": [p], "weight_decay": 0.0}], lr=0.01)
        for _ in range(20):
            p.grad = torch.full((1, 1), gradient)
            optimiser.step()
            shrink(optimiser, recipe)
        assert (p.item() == 0) is stays


def test_frozen_weights_and_biases_are_not_shrunk():
    frozen, bias = nn.Parameter(torch.ones(2, 2), requires_grad=False), nn.Parameter(torch.ones(2))
    optimiser = torch.optim.AdamW([{"params": [frozen, bias]}], lr=0.1)
    bias.grad = torch.ones(2)
    optimiser.step()
    kept = bias.detach().clone()
    shrink(optimiser, tiny_recipe(regularisation={"l1": 1.0}))
    assert torch.equal(frozen, torch.ones(2, 2))
    assert torch.equal(bias, kept)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_labels_are_smoothed_while_learning_and_hard_where_epochs_are_judged(kind):
    targets, weights, logits = torch.eye(3)[[0, 1, 2, 0]], torch.ones(4, 3), torch.randn(4, 3)
    hard, smooth = (
        make_objective(tiny_recipe(targets={"kind": kind}, regularisation={"label_smoothing": s}), targets, weights)
        for s in (0.0, 0.2)
    )
    plain, judged, taught = (
        made.loss(logits, targets, weights, training=training, share=0.5)
        for made, training in ((hard, True), (smooth, False), (smooth, True))
    )
    assert torch.equal(plain, judged)
    t = 0.8 * targets + (0.1 if kind == "binary" else 0.2 / 3)
    if kind == "binary":
        expected = F.binary_cross_entropy_with_logits(logits, t)
    else:
        expected = -(t * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()
    torch.testing.assert_close(taught, expected)


def walk(average, steps=20):
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    made, seen = average(model), []
    for step in range(steps):
        with torch.no_grad():
            for p in model.parameters():
                p.fill_(float(step))
            model[1].running_mean.fill_(float(step))
        made.update(model, (step + 1) / steps)
        seen.append(float(step))
    return made, model, seen


def test_exponential_average_by_hand():
    made, model, seen = walk(lambda m: ExponentialAverage(m, 0.8))
    expected = 0.0
    for t, value in enumerate(seen):
        keep = min(0.8, (1 + t) / (10 + t))
        expected = value if t < 0 else keep * expected + (1 - keep) * value
    judged = made.judged(model)
    # the first of these steps starts from the network's own first weights, which are 0 in the running mean
    assert judged[1].running_mean[0].item() == pytest.approx(expected, rel=1e-5)
    assert judged[0].weight[0, 0].item() == pytest.approx(expected, abs=0.05)


def test_mean_average_is_the_mean_of_the_last_part_and_is_judged_only_then():
    made, model, seen = walk(lambda m: MeanAverage(m, 0.75))
    assert made.judged(model)[0].weight[0, 0].item() == pytest.approx(np.mean(seen[15:]))
    early = MeanAverage(model, 0.75)
    early.update(model, 0.7)
    assert early.judged(model) is model


def test_swa_computes_batch_statistics_for_the_averaged_weights(tmp_path):
    recipe = tiny_recipe(
        regularisation={"average": "swa", "swa_from": 0.3, "norm": "batch"},
        optimiser={"max_epochs": 3, "keep": "last", "learning_rate": 0.01}, augmentation={"kind": "none"},
    )
    trainer = Trainer(TRAIN, VAL, recipe, workdir=tmp_path)
    trainer.start()
    trainer.run()
    average = trainer.stepper.average
    first = next(m for m in average.own.modules() if isinstance(m, nn.BatchNorm2d))
    seen = []
    hook = first.register_forward_hook(lambda m, args, out: seen.append(args[0].detach()))
    with torch.no_grad():
        average.own.eval()(trainer.labelled.plain(np.arange(len(TRAIN)))[0])
    hook.remove()
    torch.testing.assert_close(first.running_mean, seen[0].mean(dim=(0, 2, 3)), atol=1e-4, rtol=1e-3)


def test_average_is_what_is_judged_kept_and_predicts(tmp_path):
    recipe = tiny_recipe(regularisation={"average": "ema", "ema_decay": 0.9}, optimiser={"keep": "last"})
    trainer = Trainer(TRAIN, VAL, recipe, workdir=tmp_path)
    trainer.start()
    result = trainer.run()
    kept, average = result.model.state_dict(), trainer.stepper.average.own.state_dict()
    assert all(torch.equal(kept[name], average[name]) for name in kept)
    assert predict(result.model, VAL.images).probabilities.shape == (32, 2)


def test_model_from_before_groups_were_chosen_is_loaded_with_its_batches(tmp_path):
    recipe = tiny_recipe(network={"name": "resnet18"}, optimiser={"batch_size": 8})
    batched = tiny_recipe(
        network={"name": "resnet18"}, optimiser={"batch_size": 8}, regularisation={"norm": "batch"}
    )
    old = build_network(batched, FINDINGS, seed=1).eval()
    card = ModelCard(name="old", findings=FINDINGS, recipe=recipe)
    save_model(tmp_path / "old.safetensors", old, card)
    loaded, _ = load_model(tmp_path / "old.safetensors")
    x = torch.rand(2, 1, 32, 32)
    assert torch.equal(loaded(x), old(x))


@pytest.mark.parametrize(("mine", "theirs"), [("batch", "group"), ("group", "batch")])
def test_weights_of_the_other_normalisation_are_refused_with_the_remedy(tmp_path, mine, theirs):
    nets = {
        kind: build_network(tiny_recipe(network={"name": "resnet18"}, regularisation={"norm": kind}), FINDINGS, seed=1)
        for kind in (mine, theirs)
    }
    save_file({name: t.contiguous() for name, t in nets[theirs].state_dict().items()}, tmp_path / "w.safetensors")
    with pytest.raises(ModelFileError, match=f"set regularisation.norm to '{theirs}'"):
        start_from(nets[mine], tmp_path / "w.safetensors")
    start_from(nets[theirs], tmp_path / "w.safetensors")
