import numpy as np
import pytest
import torch

from learning.toolkit import crossfit
from learning.toolkit.controls import leak_guard
from learning.toolkit.sampling import Balanced, Dynamic, HardCases, Permutation, make_sampler, shown
from learning.toolkit.sides import Sides
from learning.toolkit.train import fit
from learning.toolkit.trainer import Trainer
from tests.learning.toolkit.shapes import squares, tiny_recipe

NAN = torch.nan
ABSENT, PRESENT = 180, 20
TARGETS = torch.tensor([[0.0]] * ABSENT + [[1.0]] * PRESENT)
WEIGHTS = torch.ones(len(TARGETS), 1)


def sampler(sampling, strength=1.0, targets=TARGETS, **more):
    recipe = tiny_recipe(imbalance={"sampling": sampling, "sampling_strength": strength}, **more)
    return make_sampler(recipe, targets, torch.ones_like(targets))


def drawn(made, epochs=50, seed=0):
    generator = np.random.default_rng(seed)
    return np.concatenate([made.order(generator) for _ in range(epochs)])


@pytest.mark.parametrize("sampling", ["oversample", "hard_cases", "dynamic", "undersample"])
def test_sides_are_drawn_as_often_as_they_should_be(sampling):
    made = sampler(sampling)
    rows = drawn(made)
    assert len(rows) == 50 * len(TARGETS)
    present = (rows >= ABSENT).sum()
    deviation = np.sqrt(len(rows) * 0.25)
    assert abs(present - len(rows) / 2) <= 3 * deviation


@pytest.mark.parametrize("strength", [0.25, 0.5])
def test_strength_lies_between_the_datas_own_share_and_an_even_one(strength):
    share = (drawn(sampler("oversample", strength)) >= ABSENT).mean()
    assert share == pytest.approx((1 - strength) * 0.1 + strength * 0.5, abs=0.002)


def test_rows_of_one_side_are_drawn_alike():
    counts = np.bincount(drawn(sampler("oversample"), epochs=200), minlength=len(TARGETS))
    for side, expected in ((counts[:ABSENT], 200 * 100 / ABSENT), (counts[ABSENT:], 200 * 100 / PRESENT)):
        assert side.sum() == 200 * 100
        assert (np.abs(side - expected) <= 4 * np.sqrt(expected)).all()


def test_undersampling_leaves_the_same_frequent_cases_out_in_every_epoch():
    made = sampler("undersample")
    first, second = set(made.order(np.random.default_rng(1))), set(made.order(np.random.default_rng(2)))
    assert first == second
    assert sum(row < ABSENT for row in first) == PRESENT
    assert set(range(ABSENT, ABSENT + PRESENT)) <= first
    assert set(sampler("undersample", seed=5).order(np.random.default_rng(1))) != first


@pytest.mark.parametrize("sampling", ["oversample", "hard_cases", "dynamic", "undersample"])
@pytest.mark.parametrize("strength", [0.0, 1e-9])
def test_without_strength_the_order_and_the_stream_are_those_of_a_permutation(sampling, strength):
    ours, plain = np.random.default_rng(3), np.random.default_rng(3)
    made, permutation = sampler(sampling, strength), Permutation(len(TARGETS))
    for _ in range(3):
        assert np.array_equal(made.order(ours), permutation.order(plain))
    assert ours.bit_generator.state == plain.bit_generator.state


def test_rows_belong_to_the_rarest_answer_they_hold():
    targets = torch.tensor([[0.0, 0], [0, 0], [0, 0], [1, 0], [0, 1], [1, 1], [NAN, 0], [NAN, NAN], [0, 0]])
    sides = Sides.of(targets, torch.ones_like(targets), exclusive=False)
    # absent A 5, present A 2, absent B 6, present B 2: a row with both rare ones counts for the first
    assert sides.group.tolist() == [0, 0, 0, 1, 3, 1, 2, 4, 0]
    assert 7 not in drawn(Balanced(sides, 1.0))
    classes = Sides.of(torch.eye(3)[[0, 0, 0, 1, 1, 2]], torch.ones(6, 3), exclusive=True)
    counts = np.bincount(drawn(Balanced(classes, 1.0), epochs=30)).tolist()
    assert [sum(counts[:3]), counts[3:]] == [60, [30, 30, 60]]


def test_a_row_that_weighs_nothing_holds_no_answer():
    weights = WEIGHTS.clone()
    weights[:10] = 0
    sides = Sides.of(TARGETS, weights, exclusive=False)
    assert sides.group[:10].tolist() == [2] * 10


def test_hard_cases_are_drawn_again_by_their_error():
    made = sampler("hard_cases")
    assert isinstance(made, HardCases)
    logits = torch.where(TARGETS == 1, 4.0, -4.0)
    logits[ABSENT : ABSENT + 2] = -4.0  # two present cases that the network denies
    made.hear(np.arange(len(TARGETS)), logits)
    counts = np.bincount(drawn(made, epochs=40), minlength=len(TARGETS))
    assert counts.sum() == 40 * len(TARGETS)
    assert counts[:ABSENT].sum() == counts[ABSENT:].sum()
    present = counts[ABSENT:]
    assert present[2:].min() >= 40  # each in every epoch
    assert present[:2].min() > 10 * present[2:].max()


def test_dynamic_sampling_follows_1_less_f1_of_the_last_epoch():
    made = sampler("dynamic")
    assert isinstance(made, Dynamic)
    truth = torch.tensor([[1.0]] * 10 + [[0.0]] * 10)
    logits = torch.tensor([[1.0]] * 4 + [[-1.0]] * 16)
    made.learn(logits, truth)
    present, absent = 2 * 4 / (2 * 4 + 6), 2 * 10 / (2 * 10 + 6)
    assert made.f1[:2].tolist() == pytest.approx([absent, present])
    wanted = (1 - present + 0.05) / (2 - present - absent + 0.1)
    assert (drawn(made) >= ABSENT).mean() == pytest.approx(wanted, abs=0.003)


def test_training_tells_dynamic_sampling_the_validation_answers_and_hard_cases_those_of_its_own_rows(tmp_path):
    train, val = squares(24, seed=1, prefix="t", missing=0), squares(16, seed=2, prefix="v", missing=0)
    told = {}
    for sampling in ("dynamic", "hard_cases"):
        recipe = tiny_recipe(imbalance={"sampling": sampling}, optimiser={"max_epochs": 1, "keep": "last"})
        trainer = Trainer(train, val, recipe, workdir=tmp_path / sampling)
        trainer.start()
        trainer.run()
        told[sampling] = trainer
    logits = told["dynamic"].stepper.judge(told["dynamic"].validation)[1]
    made = told["dynamic"].sampler
    assert made.f1.tolist() == made.sides.f1(logits.numpy(), val.targets).tolist()
    assert made.f1.any()
    errors = told["hard_cases"].sampler.errors
    assert (errors != 0.5).mean() > 0.5
    assert ((errors > 0) & (errors < 1)).all()


@pytest.mark.parametrize("sampling", ["dynamic", "hard_cases"])
def test_state_is_json_and_goes_on_where_it_was_taken(sampling):
    import json

    first, second = sampler(sampling), sampler(sampling)
    first.hear(np.arange(5), torch.linspace(-2, 2, 5)[:, None])
    first.learn(torch.tensor([[1.0], [1.0]]), torch.tensor([[1.0], [0.0]]))
    second.restore(json.loads(json.dumps(first.state())))
    a, b = np.random.default_rng(7), np.random.default_rng(7)
    assert np.array_equal(first.order(a), second.order(b))


def test_how_often_rows_are_shown_is_what_the_sampler_draws():
    for sampling in ("none", "oversample", "undersample"):
        recipe = tiny_recipe(imbalance={"sampling": sampling})
        expected = shown(recipe, TARGETS, WEIGHTS)
        found = np.bincount(drawn(make_sampler(recipe, TARGETS, WEIGHTS), 400), minlength=len(TARGETS)) / 400
        assert np.abs(found - expected.numpy()).max() < 0.4


@pytest.mark.parametrize("sampling", ["oversample", "undersample", "hard_cases", "dynamic"])
def test_duplicates_never_straddle_folds(tmp_path, monkeypatch, sampling):
    """Rows are drawn from one training part; what is drawn again is never in the part that is judged."""
    examples, parts, seen = squares(60, seed=1), [], []

    def spy(train, val, recipe, **how):
        parts.append((train, val))
        return fit(train, val, recipe, **how)

    plain = Trainer._epoch

    def epoch(self, should_stop):
        order = self.sampler.order

        def remembered(generator):
            rows = order(generator)
            seen.append((len(parts) - 1, rows))
            return rows

        self.sampler.order = remembered
        try:
            return plain(self, should_stop)
        finally:
            self.sampler.order = order

    monkeypatch.setattr(crossfit, "fit", spy)
    monkeypatch.setattr(Trainer, "_epoch", epoch)
    recipe = tiny_recipe(
        imbalance={"sampling": sampling}, evaluation={"kind": "kfold", "folds": 3},
        optimiser={"max_epochs": 1, "patience": 0, "keep": "last"},
    )
    outcome = crossfit.fit_by_evaluation(examples, recipe, workdir=tmp_path)
    assert len(parts) == 4
    for number, rows in seen:
        train, val = parts[number]
        assert rows.max() < len(train)
        if val is not None:
            assert leak_guard({"train": train, "val": val}).passed
    for fold in range(3):
        judged = {examples.keys[i] for i in outcome.rows[outcome.folds == fold]}
        shown_keys = {parts[fold][0].keys[i] for number, rows in seen if number == fold for i in rows}
        assert not judged & shown_keys
