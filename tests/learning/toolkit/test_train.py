import math
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from learning.recipe_parts.network import HAND_CRAFTED, VOLUMETRIC
from learning.toolkit import objective, rows
from learning.toolkit.checkpoint import CheckpointError
from learning.toolkit.controls import Strategy, determinism_and_resume, leak_guard, no_op, shuffled_labels, supervised
from learning.toolkit.crossfit import fit_by_evaluation
from learning.toolkit.data import DataError, Examples
from learning.toolkit.nets import NETWORKS, build_network
from learning.toolkit.prediction import predict
from learning.toolkit.readers import input_shape
from learning.toolkit.resume import CHECKPOINT
from learning.toolkit.streams import STREAMS, Streams
from learning.toolkit.train import TrainError, fit
from learning.toolkit.trainer import Trainer
from learning.toolkit.weights import ModelFileError
from tests.learning.toolkit.shapes import FINDINGS, squares, tiny_recipe

TRAIN, VAL = squares(96, seed=1, prefix="t"), squares(48, seed=2, prefix="v")
EXTRA = squares(32, seed=3, prefix="x")
PSEUDO = Strategy(
    "pseudolabels", {"pseudolabels": {"weight": 1.0}}, knob="pseudolabels.weight", gradient="pseudo",
    how={"extra": EXTRA},
)


def metrics(result):
    return [report.metrics() for report in result.history]


def weights(result):
    return {name: tensor.clone() for name, tensor in result.model.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_small_network_learns_where_a_square_is_bright_or_dark(tmp_path):
    recipe = tiny_recipe(optimiser={"max_epochs": 25, "learning_rate": 0.005}, augmentation={"kind": "none"})
    result = fit(squares(300, seed=1, prefix="t"), squares(150, seed=2, prefix="v"), recipe, workdir=tmp_path)
    best = result.history[result.kept_epoch - 1]
    assert min(best.val_auroc.values()) > 0.85
    assert result.stopped_because == "finished"
    assert best.is_best


@pytest.mark.parametrize("kill_at_batch", [0, 3, 6, 7, 13, 17])
def test_run_killed_at_any_batch_and_resumed_ends_bit_identical(tmp_path, kill_at_batch):
    recipe = tiny_recipe(pseudolabels={"weight": 0.5}, imbalance={"class_weights": "inverse_prevalence"})
    control = determinism_and_resume(TRAIN, VAL, recipe, kill_at_batch=kill_at_batch, workdir=tmp_path, extra=EXTRA)
    assert control.passed, control.sentence


def test_run_killed_while_reporting_an_epoch_reports_it_again_with_equal_metrics(tmp_path):
    seen = []

    def crash_in_epoch_2(report):
        seen.append(report.metrics())
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path, on_epoch=crash_in_epoch_2)
    resumed = fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path, resume=True, on_epoch=lambda r: seen.append(r.metrics()))
    assert [report["epoch"] for report in seen] == [1, 2, 2, 3]
    assert seen[1] == seen[2]
    assert metrics(resumed) == [seen[0], *seen[2:]]


def test_finished_run_resumes_to_its_result_without_training(tmp_path):
    first = fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path)
    again = fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path, resume=True, should_stop=lambda: 1 / 0)
    assert same(weights(first), weights(again))
    assert metrics(first) == metrics(again)
    assert again.stopped_because == "finished"


def test_unused_pseudolabels_change_nothing_and_used_ones_do(tmp_path):
    control = no_op(PSEUDO, TRAIN, VAL, tiny_recipe(), workdir=tmp_path)
    assert control.passed, control.sentence


def test_no_op_control_notices_a_strategy_that_leaks_into_the_plain_run(tmp_path, monkeypatch):
    plain = Streams.seed

    def leaking(self, name):
        return plain(self, "sampling" if name == "unlabelled" else name)

    monkeypatch.setattr(Streams, "seed", leaking)
    assert not no_op(PSEUDO, TRAIN, VAL, tiny_recipe(), workdir=tmp_path).passed


def test_shuffled_labels_teach_nothing(tmp_path):
    test = squares(400, seed=9, prefix="test")
    control = shuffled_labels(TRAIN, test, supervised(tiny_recipe(), workdir=tmp_path), seed=0)
    assert control.passed, control.sentence


def test_shuffled_label_control_notices_a_pipeline_that_reads_the_test_labels():
    test = squares(400, seed=9, prefix="test")
    noise = np.random.default_rng(0).random((400, 2))

    def peeking(train, test):
        return 0.8 * noise + 0.2 * np.nan_to_num(test.targets)

    assert not shuffled_labels(TRAIN, test, peeking, seed=0).passed


def test_target_that_was_not_assessed_has_no_influence_whatever_stands_there(tmp_path):
    hidden = TRAIN.targets.copy()
    hidden[:20, 1] = np.nan
    masked_by_nan = Examples.of(TRAIN.images, hidden, patients=TRAIN.patients, keys=TRAIN.keys, findings=FINDINGS)
    shares = np.ones_like(hidden)
    shares[:20, 1] = 0
    wrong = np.where(np.isnan(TRAIN.targets), 0, 1 - TRAIN.targets)
    filled = np.where(shares == 0, wrong, TRAIN.targets)
    masked_by_weight = Examples.of(
        TRAIN.images, filled, patients=TRAIN.patients, keys=TRAIN.keys, findings=FINDINGS, weights=shares
    )
    first = fit(masked_by_nan, VAL, tiny_recipe(), workdir=tmp_path / "a")
    second = fit(masked_by_weight, VAL, tiny_recipe(), workdir=tmp_path / "b")
    assert same(weights(first), weights(second))


def test_cancel_is_asked_before_every_batch_and_keeps_the_checkpoint(tmp_path):
    calls = iter([False] * 8)
    result = fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path, should_stop=lambda: next(calls, True))
    assert result.stopped_because == "cancelled"
    assert len(result.history) == 1
    whole = fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path / "whole")
    resumed = fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path, resume=True)
    assert metrics(resumed) == metrics(whole)


def test_early_stop_keeps_the_best_epoch(tmp_path):
    recipe = tiny_recipe(optimiser={"max_epochs": 40, "patience": 2, "learning_rate": 0.05})
    result = fit(TRAIN, VAL, recipe, workdir=tmp_path)
    assert result.stopped_because == "early"
    losses = [report.val_loss for report in result.history]
    assert losses[result.kept_epoch - 1] == min(losses)
    assert len(losses) == result.kept_epoch + 2


def test_time_budget_ends_the_run_after_the_epoch_that_passes_it(tmp_path):
    recipe = tiny_recipe(optimiser={"max_epochs": 1000, "seconds": 0.01})
    result = fit(TRAIN, VAL, recipe, workdir=tmp_path)
    assert (result.stopped_because, len(result.history)) == ("time", 1)


def test_steps_bound_the_run_and_the_cosine_ends_at_zero(tmp_path):
    trainer = Trainer(TRAIN, None, tiny_recipe(optimiser={"max_steps": 8}), workdir=tmp_path)
    trainer.start()
    result = trainer.run()
    assert [report.step for report in result.history] == [6, 8]
    assert result.history[-1].learning_rate == pytest.approx(0.002 * 0.5 * (1 + math.cos(math.pi * 7 / 8)))
    assert result.history[-1].val_loss is None
    assert result.kept_epoch == 2


def test_out_of_memory_halves_the_batch_says_so_and_goes_on(tmp_path, monkeypatch):
    plain = rows.augment

    def small_machine(batch, *args, **kwargs):
        if len(batch) > 8:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return plain(batch, *args, **kwargs)

    monkeypatch.setattr(rows, "augment", small_machine)
    result = fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path)
    assert result.stopped_because == "finished"
    assert "parts of 8" in result.notes[-1]
    assert result.history[0].notes == result.notes


def test_parts_of_a_batch_give_the_gradient_of_the_whole(tmp_path):
    recipe = tiny_recipe(augmentation={"kind": "none"}, regularisation={"dropout_hidden": 0})
    gradients = []
    for size in (16, 5):
        trainer = Trainer(TRAIN, None, recipe, workdir=tmp_path)
        trainer.start()
        trainer.stepper.micro_batch = size
        trainer.stepper.backward(trainer.labelled, np.arange(16), (0, 0), 1.0, share=0.0)
        gradients.append(torch.cat([g.flatten() for g in trainer.stepper.gradients()]))
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-6)


def test_another_error_in_a_step_is_not_hidden(tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(objective, "masked_bce", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path)


def test_loss_that_is_no_number_ends_the_run_with_advice(tmp_path, monkeypatch):
    monkeypatch.setattr(objective, "masked_bce", lambda logits, *args, **kwargs: logits.sum() * math.inf)
    with pytest.raises(TrainError, match="learning_rate"):
        fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path)


def test_checkpoint_of_another_run_is_refused(tmp_path):
    fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path)
    with pytest.raises(CheckpointError, match="another recipe"):
        fit(TRAIN, VAL, tiny_recipe(seed=1), workdir=tmp_path, resume=True)


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", pickle.dumps({"epoch": 1})])
def test_damaged_checkpoint_is_refused_with_advice(tmp_path, damage):
    (tmp_path / CHECKPOINT).write_bytes(damage)
    with pytest.raises(CheckpointError, match="Delete it"):
        fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path, resume=True)


@pytest.mark.parametrize(
    ("train", "val", "extra", "told"),
    [
        (TRAIN, TRAIN, None, "split by patient"),
        (TRAIN, VAL, VAL, "pseudolabelled"),
        (TRAIN.take([0]), VAL, None, "at least 2 images"),
    ],
)
def test_unfit_data_is_refused(tmp_path, train, val, extra, told):
    with pytest.raises(DataError, match=told):
        fit(train, val, tiny_recipe(), workdir=tmp_path, extra=extra)


def test_leak_guard_names_what_two_parts_share():
    assert leak_guard({"train": TRAIN, "val": VAL}).passed
    renamed = Examples.of(
        TRAIN.images[:4], TRAIN.targets[:4], patients=["q"] * 4, keys=["a", "b", "c", "d"], findings=FINDINGS
    )
    control = leak_guard({"train": TRAIN, "test": renamed})
    assert not control.passed
    assert control.sentence == "train and test share 4 images"


def test_streams_are_independent_and_resume_where_they_stood():
    one, other = Streams(5), Streams(5)
    for name in STREAMS[:-1]:
        assert [one.seed(name) for _ in range(3)] == [other.seed(name) for _ in range(3)]
        other["unlabelled"].random(10)
    state = one.state()
    expected = [one.seed(name) for name in STREAMS]
    one.restore(state)
    assert [one.seed(name) for name in STREAMS] == expected
    assert len(set(expected)) == len(STREAMS)


def test_training_leaves_the_global_random_state_as_it_was(tmp_path):
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": {f"module.{k}": v for k, v in s.items()}}])
def test_start_from_weights_takes_what_fits_and_leaves_the_rest_fresh(tmp_path, wrap):
    given = build_network(tiny_recipe(), ("A", "B", "C"), seed=99).state_dict()
    torch.save(wrap(given), tmp_path / "given.pt")
    trainer = Trainer(TRAIN, VAL, tiny_recipe(), workdir=tmp_path)
    trainer.start(init_state=tmp_path / "given.pt")
    own = trainer.model.state_dict()
    assert all(torch.equal(own[name], given[name]) for name in own if name.startswith("backbone"))
    assert "fresh: head.weight, head.bias" in trainer.progress.notes[0]


class _Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_weights_that_could_execute_code_are_refused(tmp_path):
    path = tmp_path / "evil.pt"
    torch.save({"state_dict": _Payload(str(tmp_path / "executed"))}, path)
    with pytest.raises(ModelFileError, match="could execute code"):
        fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path, init_state=path)
    assert not (tmp_path / "executed").exists()


def test_weights_of_another_network_are_refused(tmp_path):
    save_file({"encoder.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelFileError, match="No tensor"):
        fit(TRAIN, VAL, tiny_recipe(), workdir=tmp_path, init_state=tmp_path / "other.safetensors")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_embeds_classifies_and_is_deterministic_when_evaluated(name):
    reads = {"volume": "3d", "depth": 8} if name in VOLUMETRIC else {"channels": 3}
    tuning = {"kind": "frozen"} if name in HAND_CRAFTED else {}
    recipe = tiny_recipe(network={"name": name}, input={"size": 64} | reads, tuning=tuning)
    net = build_network(recipe, FINDINGS, seed=1).eval()
    x = torch.rand(2, *input_shape(recipe.input))
    with torch.no_grad():
        assert net.features(x).shape == (2, net.width)
        assert torch.equal(net(x), net.classify(net.features(x)))
        assert torch.equal(net(x), build_network(recipe, FINDINGS, seed=1).eval()(x))
        assert not torch.equal(net(x), build_network(recipe, FINDINGS, seed=2).eval()(x))
    if name == "small_cnn":
        assert sum(p.numel() for p in net.parameters()) < 30_000


def test_bf16_trains_close_to_fp32(tmp_path):
    plain = fit(TRAIN, VAL, tiny_recipe(precision="fp32"), workdir=tmp_path / "a")
    half = fit(TRAIN, VAL, tiny_recipe(precision="bf16"), workdir=tmp_path / "b")
    assert half.history[-1].val_loss == pytest.approx(plain.history[-1].val_loss, abs=0.05)
    assert metrics(half) != metrics(plain)


def test_prediction_depends_on_model_and_images_alone(tmp_path):
    recipe = tiny_recipe(regularisation={"dropout_input": 0.2})
    net = fit(TRAIN, None, recipe, workdir=tmp_path).model
    whole = predict(net, VAL.images, mc_passes=10)
    torch.rand(5)
    again = predict(net, VAL.images, mc_passes=10)
    parts = predict(net, VAL.images[4::-1], batch_size=2)
    np.testing.assert_array_equal(whole.probabilities, again.probabilities)
    np.testing.assert_array_equal(whole.epistemic, again.epistemic)
    np.testing.assert_allclose(whole.probabilities[4::-1], parts.probabilities, atol=1e-6)
    assert whole.embeddings.shape == (len(VAL), net.width)
    assert whole.epistemic is not None
    assert whole.epistemic.max() > 0
    assert predict(net, VAL.images[:0]).probabilities.shape == (0, 2)


def test_dropout_off_means_no_disagreement_between_passes(tmp_path):
    net = fit(TRAIN, None, tiny_recipe(regularisation={"dropout_hidden": 0}), workdir=tmp_path).model
    epistemic = predict(net, VAL.images, mc_passes=5).epistemic
    assert epistemic is not None
    assert epistemic.max() < 1e-6


def test_cross_validation_predicts_every_image_by_a_model_that_did_not_see_the_patient(tmp_path):
    recipe = tiny_recipe(evaluation={"kind": "kfold", "folds": 3}, optimiser={"max_epochs": 1})
    seen = []
    outcome = fit_by_evaluation(TRAIN, recipe, workdir=tmp_path, on_epoch=lambda fold, r: seen.append(fold))
    assert sorted(outcome.rows) == list(range(len(TRAIN)))
    assert seen == [0, 1, 2, 3]
    for fold in range(3):
        held = {TRAIN.patients[i] for i in outcome.rows[outcome.folds == fold]}
        rest = {TRAIN.patients[i] for i in outcome.rows[outcome.folds != fold]}
        assert not held & rest
    resumed = fit_by_evaluation(TRAIN, recipe, workdir=tmp_path, resume=True)
    np.testing.assert_array_equal(resumed.probabilities, outcome.probabilities)


def test_holdout_predicts_the_held_out_share(tmp_path):
    outcome = fit_by_evaluation(TRAIN, tiny_recipe(), workdir=tmp_path)
    assert outcome.probabilities.shape == (len(outcome.rows), 2)
    assert abs(len(outcome.rows) - 0.2 * len(TRAIN)) <= 3


def test_pseudolabelled_images_do_not_move_the_statistics_of_batch_normalisation(tmp_path):
    recipe = tiny_recipe(network={"name": "resnet18"}, optimiser={"max_steps": 1}, pseudolabels={"weight": 1})
    states = [
        fit(TRAIN, None, recipe, workdir=tmp_path / str(i), extra=extra).model.state_dict()
        for i, extra in enumerate((EXTRA, None))
    ]
    names = [name for name in states[0] if "running" in name]
    assert names
    assert all(torch.equal(states[0][name], states[1][name]) for name in names)
    assert not torch.equal(states[0]["head.weight"], states[1]["head.weight"])


def test_the_last_epochs_weights_are_kept_when_the_recipe_says_so(tmp_path):
    train, val = squares(48, seed=0), squares(24, seed=1, prefix="v")
    schedule = {"max_epochs": 8, "patience": 0, "learning_rate": 0.02}
    best = fit(train, val, tiny_recipe(optimiser=schedule), workdir=tmp_path / "best")
    last = fit(train, val, tiny_recipe(optimiser=schedule | {"keep": "last"}), workdir=tmp_path / "last")
    assert [r.metrics() for r in best.history] == [r.metrics() for r in last.history]
    assert (best.kept_epoch, last.kept_epoch) == (min(range(8), key=lambda i: best.history[i].val_loss) + 1, 8)
    blind = fit(train, None, tiny_recipe(optimiser=schedule), workdir=tmp_path / "blind")
    same = [torch.equal(a, b) for a, b in zip(blind.model.parameters(), last.model.parameters(), strict=True)]
    assert all(same)


def test_a_few_pseudolabels_count_as_few(tmp_path):
    train, few = squares(48, seed=0), squares(3, seed=2, prefix="u", missing=0.0)
    weight = {"pseudolabels": {"weight": 1.0}}
    norms = {
        n: fit(train, None, tiny_recipe(**weight), workdir=tmp_path / str(n), extra=few.take(range(n)))
        .history[0].gradient_norms["pseudo"]
        for n in (1, 3)
    }
    repeated = Examples.of(
        np.concatenate([few.images] * 16), np.concatenate([few.targets] * 16), findings=few.findings,
        patients=[f"u{i}" for i in range(48)],
    )
    full = fit(train, None, tiny_recipe(**weight), workdir=tmp_path / "full", extra=repeated)
    assert 0 < norms[3] < full.history[0].gradient_norms["pseudo"] / 4
