"""Which weights learn: claims about frozen stages, rates and the choice of a depth."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from learning.toolkit.depths import DepthPoint, choose_depth
from learning.toolkit.incremental import CURVE, fit_incremental
from learning.toolkit.nets import build_network
from learning.toolkit.train import fit
from learning.toolkit.trainer import Trainer
from learning.toolkit.tuning import TuneStages, make_tuning, words_of
from tests.learning.toolkit.shapes import FINDINGS, squares, tiny_recipe

TRAIN, VAL = squares(48, seed=1, prefix="t"), squares(24, seed=2, prefix="v")
STAGES = ("conv1", "conv2", "conv3", "surroundings")
FEW_STEPS = {"max_steps": 4, "patience": 0, "keep": "last"}


def hashes(model):
    """Stage → hash of its weights and of its statistics."""
    return {
        name: hashlib.sha256(
            b"".join(t.detach().numpy().tobytes() for layer in layers for t in layer.state_dict().values())
        ).hexdigest()
        for name, layers in model.stages
    }


def trained(tmp_path, network="small_cnn", **tuning):
    recipe = tiny_recipe(
        network={"name": network}, tuning=tuning, optimiser=FEW_STEPS, regularisation={"weight_decay": 0.1}
    )
    before = Trainer(TRAIN, VAL, recipe, workdir=tmp_path)
    before.start()
    start = hashes(before.model)
    return start, hashes(fit(TRAIN, VAL, recipe, workdir=tmp_path).model)


@pytest.mark.parametrize("stages", [0, 1, 3])
def test_shallow_tuning_leaves_the_lower_stages_as_they_were_bit_for_bit(tmp_path, stages):
    start, end = trained(tmp_path, kind="shallow", stages=stages)
    changed = [name for name in STAGES if start[name] != end[name]]
    assert changed == list(STAGES[len(STAGES) - stages :])


def test_deep_tuning_changes_every_stage(tmp_path):
    start, end = trained(tmp_path, kind="all", body_rate=0.1)
    assert all(start[name] != end[name] for name in STAGES)


def test_frozen_batch_normalisation_keeps_its_statistics(tmp_path):
    start, end = trained(tmp_path, network="resnet18", kind="shallow", stages=1)
    assert [name for name in start if start[name] != end[name]] == ["layer4"]


@pytest.mark.parametrize(("kept", "moves"), [("update", True), ("keep", False)])
def test_statistics_of_stages_that_learn_move_only_if_they_are_to(kept, moves):
    recipe = tiny_recipe(network={"name": "resnet18"}, tuning={"norm_statistics": kept})
    model = build_network(recipe, FINDINGS, seed=0)
    make_tuning(recipe, model).train_mode(model)
    before = model.backbone.bn1.running_mean.clone()
    model(torch.randn(4, 1, 32, 32) + 3)
    assert torch.equal(before, model.backbone.bn1.running_mean) is not moves


def test_each_stage_learns_at_its_own_rate():
    recipe = tiny_recipe(tuning={"body_rate": 0.1, "layer_decay": 0.5})
    model = build_network(recipe, FINDINGS, seed=0)
    rates = {id(p): g["factor"] for g in make_tuning(recipe, model).groups(model) for p in g["params"]}
    assert {rates[id(p)] for p in model.head.parameters()} == {1.0}
    for distance, (_, layers) in enumerate(reversed(model.stages)):
        assert {rates[id(p)] for layer in layers for p in layer.parameters()} == {0.1 * 0.5**distance}
    assert len(rates) == len(list(model.parameters()))


@pytest.mark.parametrize("tuning", [{}, {"layer_decay": 0.5}, {"kind": "shallow", "stages": 2}])
def test_kernels_and_matrices_decay_and_norms_and_biases_do_not(tuning):
    recipe = tiny_recipe(tuning=tuning, regularisation={"weight_decay": 0.3})
    model = build_network(recipe, FINDINGS, seed=0)
    groups = make_tuning(recipe, model).groups(model)
    assert all(g["weight_decay"] == (0.3 if p.ndim > 1 else 0.0) for g in groups for p in g["params"])
    assert {p.ndim > 1 for g in groups for p in g["params"]} == {True, False}


def test_a_layer_that_belongs_to_no_stage_learns_with_the_head():
    model = build_network(tiny_recipe(), FINDINGS, seed=0)
    model.backbone.fuse = torch.nn.Linear(2, 2)
    tuning = TuneStages(0.0, free=0)
    learning = {id(p) for group in tuning.groups(model) for p in group["params"]}
    assert learning == {id(p) for p in [*model.head.parameters(), *model.backbone.fuse.parameters()]}
    assert all(p.requires_grad == (id(p) in learning) for p in model.parameters())


@pytest.mark.parametrize("field", ["body_rate", "layer_decay"])
def test_a_rate_of_nearly_one_is_plain_training(tmp_path, field):
    """C1 at a knob of 1e-9: the way through the groups, not an `if`, gives the plain result."""
    plain = fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path / "plain").model.state_dict()
    near = fit(TRAIN, VAL, tiny_recipe(tuning={field: 1 - 1e-9}), workdir=tmp_path / "near").model.state_dict()
    slow = fit(TRAIN, VAL, tiny_recipe(tuning={field: 0.3}), workdir=tmp_path / "slow").model.state_dict()
    assert all(torch.allclose(plain[name], near[name], atol=1e-5) for name in plain)
    assert any(not torch.allclose(plain[name], slow[name], atol=1e-5) for name in plain)


def test_probe_then_tune_moves_the_head_first_and_the_body_after():
    recipe = tiny_recipe(tuning={"kind": "probe_then_tune", "probe_share": 0.5})
    model = build_network(recipe, FINDINGS, seed=0)
    tuning = make_tuning(recipe, model)
    tuning.groups(model)
    body = [p for _, layers in model.stages for layer in layers for p in layer.parameters()]
    tuning.at_step(model, 0.49)
    assert not any(p.requires_grad for p in body)
    assert all(p.requires_grad for p in model.head.parameters())
    tuning.at_step(model, 0.5)
    assert all(p.requires_grad for p in body)
    assert model.training


def test_probing_leaves_the_body_untouched_until_its_share_is_over(tmp_path):
    start, end = trained(tmp_path, kind="probe_then_tune", probe_share=0.99)
    assert start == end
    start, end = trained(tmp_path / "half", kind="probe_then_tune", probe_share=0.5)
    assert all(start[name] != end[name] for name in STAGES)


def test_what_learns_is_said_in_words():
    recipe = tiny_recipe(tuning={"kind": "shallow", "stages": 1})
    model = build_network(recipe, FINDINGS, seed=0)
    assert words_of(recipe, model) == "Frozen: conv1, conv2, conv3. Learning: surroundings and the head."
    assert words_of(tiny_recipe(tuning={"kind": "frozen"}), model).startswith("Frozen: the whole network")


CURVES = {
    "the largest area": ([(0.7, 0.6), (0.7, 0.8), (0.6, 0.7)], 1),
    "ties by the loss": ([(0.7, 0.8), (0.6, 0.8), (0.9, 0.8)], 1),
    "full ties to the fewest stages": ([(0.7, 0.8), (0.7, 0.8)], 0),
    "no area anywhere": ([(0.7, None), (0.5, None), (0.6, None)], 1),
}


@pytest.mark.parametrize("name", CURVES)
def test_depth_is_chosen_by(name):
    points, expected = CURVES[name]
    assert choose_depth([DepthPoint(d, "", loss, area) for d, (loss, area) in enumerate(points)]) == expected


INCREMENTAL = tiny_recipe(
    tuning={"kind": "incremental", "most_stages": 2, "inner_folds": 2}, optimiser={"max_epochs": 6, "patience": 0}
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Left alone, with all that it told."""
    told = []
    folder = tmp_path_factory.mktemp("whole")
    return fit(TRAIN, VAL, INCREMENTAL, workdir=folder, on_epoch=told.append), told, folder


def test_depth_is_chosen_without_the_cases_that_judge(tmp_path, whole):
    """Turning all validation answers round changes what is reported of them, and nothing that was chosen or learned."""
    first = whole[0]
    turned = fit(TRAIN, replace(VAL, targets=1 - VAL.targets), INCREMENTAL, workdir=tmp_path / "b")
    assert first.chosen == turned.chosen
    assert first.history[-1].val_auroc != turned.history[-1].val_auroc
    assert [p["depth"] for p in first.chosen["curve"]] == [0, 1, 2]
    assert first.chosen["curve"][2]["learning"] == "conv3, surroundings, head"


def test_chosen_depth_alone_learns(tmp_path, monkeypatch):
    monkeypatch.setattr("learning.toolkit.incremental.choose_depth", lambda curve: 1)
    start = hashes(build_at_start(INCREMENTAL, tmp_path))
    result = fit(TRAIN, VAL, INCREMENTAL, workdir=tmp_path / "run")
    end = hashes(result.model)
    assert [name for name in STAGES if start[name] != end[name]] == ["surroundings"]
    assert [report.epoch for report in result.history] == [1, 2, 3, 4]


def test_each_depth_goes_on_from_the_weights_of_the_one_before(tmp_path, monkeypatch):
    began, ended = [], []

    class Told(Trainer):
        def start(self, **how):
            super().start(**how)
            began.append(hashes(self.model) | {"head": self.model.head.weight.detach().clone()})

        def run(self, **how):
            result = super().run(**how)
            ended.append(hashes(result.model) | {"head": result.model.head.weight.detach().clone()})
            return result

    monkeypatch.setattr("learning.toolkit.incremental.Trainer", Told)
    monkeypatch.setattr("learning.toolkit.incremental.choose_depth", lambda curve: 2)
    fit(TRAIN, VAL, INCREMENTAL, workdir=tmp_path)
    assert len(began) == 3 * 3  # two inner folds, and the whole
    for chain in range(3):
        for depth in (1, 2):
            before, after = ended[3 * chain + depth - 1], began[3 * chain + depth]
            assert torch.equal(before.pop("head"), after.pop("head"))
            assert before == after


def build_at_start(recipe, folder):
    trainer = Trainer(TRAIN, VAL, recipe, workdir=folder / "start")
    trainer.start()
    return trainer.model


def test_inner_trainings_are_reported_apart_from_the_curve(whole):
    told = whole[1]
    inner = [report for report in told if report.inner]
    assert len(inner) == 2 * 3 * 2
    assert "fold 2 of 2" in inner[-1].inner
    parts = [report.done for report in told]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert "chosen on 2 inner folds" in next(report for report in told if not report.inner).notes[0]


class _Killed(Exception):
    pass


@pytest.mark.parametrize("batch", [2, 9, 20, 27])
def test_killed_anywhere_it_ends_as_if_left_alone(tmp_path, batch, whole):
    left = iter(range(batch))

    def kill():
        if next(left, None) is None:
            raise _Killed
        return False

    with pytest.raises(_Killed):
        fit(TRAIN, VAL, INCREMENTAL, workdir=tmp_path / "killed", should_stop=kill)
    resumed = fit(TRAIN, VAL, INCREMENTAL, workdir=tmp_path / "killed", resume=True)
    alone = whole[0]
    assert resumed.chosen == alone.chosen
    assert [r.metrics() for r in resumed.history] == [r.metrics() for r in alone.history]
    weights = (result.model.state_dict().values() for result in (alone, resumed))
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


def test_finished_folds_are_not_trained_again(whole):
    folder, told = whole[2], []
    assert (folder / CURVE).exists()
    assert not list(folder.glob("inner-*"))
    fit_incremental(TRAIN, VAL, INCREMENTAL, workdir=folder, resume=True, on_epoch=told.append)
    assert told == []


def test_cancelling_while_a_depth_is_chosen_says_so(tmp_path):
    result = fit(TRAIN, VAL, INCREMENTAL, workdir=tmp_path, should_stop=lambda: True)
    assert result.stopped_because == "cancelled"


def test_incremental_tuning_starts_from_the_given_weights(tmp_path):
    given = {k: t.contiguous() for k, t in build_network(INCREMENTAL, ("OTHER",), seed=7).state_dict().items()}
    save_file(given, tmp_path / "given.safetensors")
    result = fit(TRAIN, VAL, INCREMENTAL, workdir=tmp_path / "run", init_state=tmp_path / "given.safetensors")
    assert result.start.fresh == ("head.weight", "head.bias")
    own = result.model.state_dict()
    assert torch.equal(own["backbone.layers.0.weight"], given["backbone.layers.0.weight"])
    assert np.isfinite([p["loss"] for p in result.chosen["curve"]]).all()
