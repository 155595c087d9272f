"""Kinds of task: what columns mean, and what their losses, heads, calibration and figures promise, by hand."""

import math

import numpy as np
import pytest
import torch

from learning.recipe import RecipeError, load_recipe
from learning.toolkit.class_metrics import class_metrics
from learning.toolkit.classes import fit_class_temperature, inverse_frequency, masked_softmax_ce, soften
from learning.toolkit.data import DataError, Examples
from learning.toolkit.nets.heads import CoralHead, probabilities
from learning.toolkit.ordinal import grade_distribution, grade_metrics, median_level, quadratic_kappa
from learning.toolkit.prediction import predict
from learning.toolkit.task_scaling import fit_task_scaling, scale_task
from learning.toolkit.tasks import Asked, Said, columns_of, encode, level_probabilities, worse
from learning.toolkit.train import fit

GRADED, PLAIN = Asked("opacity", 3), Asked("effusion")
PRESENT, ABSENT, DOUBT = Said(1.0), Said(0.0), Said(-1.0)
NAN = math.nan


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(1.0, 0), [1, 0, 0]),
        (Said(1.0, 2), [1, 1, 1]),
        (ABSENT, [0, 0, 0]),
        (PRESENT, [1, NAN, NAN]),
        (DOUBT, [-1, NAN, NAN]),
        (None, [NAN, NAN, NAN]),
    ],
)
def test_a_grade_is_what_is_reached_and_what_is_not_known_stays_masked(said, expected):
    row = encode("ordinal", [GRADED, PLAIN], {"opacity": said} if said else {})
    found = [row.get(name, NAN) for name in columns_of("ordinal", [GRADED])]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"a": PRESENT, "b": ABSENT}, {"a": 1, "b": 0, "none": 0}),
        ({"b": PRESENT}, {"a": 0, "b": 1, "none": 0}),
        ({"a": ABSENT, "b": ABSENT}, {"a": 0, "b": 0, "none": 1}),
        ({"a": ABSENT}, {}),
        ({"a": PRESENT, "b": PRESENT}, {}),
        ({"a": DOUBT, "b": ABSENT}, {}),
    ],
)
def test_a_case_has_a_class_only_where_its_answers_single_one_out(said, expected):
    assert encode("multiclass", [Asked("a"), Asked("b")], said) == expected


def test_the_grades_of_one_finding_can_be_classes():
    assert columns_of("multiclass", [GRADED]) == ("opacity=0", "opacity=1", "opacity=2", "opacity=3")
    assert encode("multiclass", [GRADED], {"opacity": Said(1.0, 1)})["opacity=2"] == 1
    assert encode("multiclass", [GRADED], {"opacity": PRESENT}) == {}


@pytest.mark.parametrize(
    ("kind", "asked", "words"),
    [("multiclass", [PLAIN], "two or more"), ("ordinal", [PLAIN], "no grade to learn")],
)
def test_findings_that_make_no_such_task_are_refused(kind, asked, words):
    with pytest.raises(DataError, match=words):
        columns_of(kind, asked)


def test_a_grade_out_of_range_is_refused():
    with pytest.raises(DataError, match="grades 0 to 2; an answer has grade 3"):
        encode("ordinal", [GRADED], {"opacity": Said(1.0, 3)})


@pytest.mark.parametrize(
    ("before", "now", "levels", "expected"),
    [
        (ABSENT, PRESENT, 1, 1.0), (PRESENT, PRESENT, 1, 0.0), (PRESENT, ABSENT, 1, 0.0),
        (Said(1.0, 0), Said(1.0, 1), 3, 1.0), (Said(1.0, 2), Said(1.0, 1), 3, 0.0), (ABSENT, PRESENT, 3, 1.0),
        (PRESENT, Said(1.0, 1), 3, None), (None, PRESENT, 1, None), (DOUBT, PRESENT, 1, None),
    ],
)
def test_worse_is_known_only_where_both_studies_say_enough(before, now, levels, expected):
    assert worse(before, now, levels) == expected


def test_softmax_cross_entropy_equals_the_sum_by_hand():
    logits = torch.tensor([[1.0, 2.0, 0.0], [5.0, 5.0, 5.0]])
    targets = torch.tensor([[0.0, 1.0, 0.0], [torch.nan, 1.0, 0.0]])
    expected = -(2 - math.log(math.e + math.e**2 + 1))
    found = masked_softmax_ce(logits.requires_grad_(), targets, torch.ones(2, 3))
    assert found.item() == pytest.approx(expected, abs=1e-6)
    (gradient,) = torch.autograd.grad(found, logits)
    p = torch.softmax(logits[0].detach(), 0)
    torch.testing.assert_close(gradient[0], p - torch.tensor([0.0, 1.0, 0.0]))
    assert torch.equal(gradient[1], torch.zeros(3))


def test_class_weights_make_every_class_weigh_the_same():
    targets = torch.eye(3)[[0, 0, 0, 0, 1, 1, 2]]
    weights = inverse_frequency(targets, torch.ones(7, 3))
    torch.testing.assert_close(targets.sum(0) * weights, torch.full((3,), 7 / 3))


def test_thresholds_of_levels_fall_for_any_weights():
    head = CoralHead(4, ("a>=1", "a>=2", "a>=3", "b", "c>=1", "c>=2"))
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):
        with torch.no_grad():
            for weights in head.parameters():
                weights.copy_(10 * torch.randn(weights.shape, generator=generator))
        logits = head(torch.randn(8, 4, generator=generator))
        p = probabilities("ordinal", logits)
        for first, second in ((0, 1), (1, 2), (4, 5)):
            assert (logits[:, first] >= logits[:, second]).all()
            assert (p[:, first] >= p[:, second] - 1e-6).all()  # sigmoid itself rounds
    assert torch.equal(head.weight[0], head.weight[2])
    assert not torch.equal(head.weight[2], head.weight[3])


def test_probabilities_of_levels_sum_to_one_and_the_median_is_between():
    assert level_probabilities([[0.9, 0.4, 0.1]]).round(6).tolist() == [[0.1, 0.5, 0.3, 0.1]]
    assert grade_distribution([0.9, 0.4, 0.1]) == [0.1, 0.5, 0.3, 0.1]
    assert median_level([[0.9, 0.5, 0.1], [0.2, 0.1, 0.0]]).tolist() == [2.0, 0.0]


def test_quadratic_kappa_equals_the_table_by_hand():
    guess, truth = [0, 0, 1, 2, 2], [0, 1, 1, 2, 0]
    table = np.zeros((3, 3))
    np.add.at(table, (truth, guess), 1)
    apart = np.subtract.outer(np.arange(3), np.arange(3)) ** 2
    by_chance = np.outer(table.sum(1), table.sum(0)) / 5
    expected = 1 - (apart * table).sum() / (apart * by_chance).sum()
    assert quadratic_kappa(guess, truth)[0] == pytest.approx(expected, abs=1e-12)
    assert np.isnan(quadratic_kappa([1, 1], [1, 1])[0])


def test_figures_of_grades_leave_out_cases_without_a_grade():
    p = np.array([[0.9, 0.9], [0.9, 0.1], [0.1, 0.0], [0.8, 0.7]])
    t = np.array([[1, 1], [1, 1], [0, 0], [1, NAN]])
    (found,) = grade_metrics(p, t, columns=["a>=1", "a>=2"], patients="abcd", replicates=50)
    assert (found.n, found.mae.value, found.confusion) == (3, pytest.approx(1 / 3), ((1, 0, 0), (0, 0, 0), (0, 1, 1)))


def test_one_temperature_for_all_classes_is_found_again_and_keeps_sums_and_order():
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (4000, 3))
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    targets = np.eye(3)[[generator.choice(3, p=row) for row in true]]
    sharp = soften(true, 1 / 2.5)
    assert fit_class_temperature(sharp, targets) == pytest.approx(2.5, rel=0.1)
    temperatures, shifts = fit_task_scaling("multiclass", "abc", sharp, targets)
    calibrated = scale_task("multiclass", sharp, temperatures, shifts)
    np.testing.assert_allclose(calibrated.sum(1), 1)
    assert np.array_equal(calibrated.argmax(1), sharp.argmax(1))
    assert fit_class_temperature(sharp[:9], targets[:9]) == 1.0


def test_calibrated_levels_keep_their_order():
    generator = np.random.default_rng(1)
    first = generator.uniform(0.3, 1, 200)
    p = np.stack([first, first * generator.uniform(0, 1, 200)], axis=1)
    t = np.stack([generator.uniform(size=200) < 0.6, np.zeros(200)], axis=1) * 1.0
    temperatures, shifts = fit_task_scaling("ordinal", ["a>=1", "a>=2"], p, t)
    assert len(set(temperatures)) == len(set(shifts)) == 1
    q = scale_task("ordinal", p, temperatures, shifts)
    assert (q[:, 0] >= q[:, 1]).all()


def _cases(kind, n=48):
    """Brightness of a square tells the level: 0, 1 or 2."""
    generator = np.random.default_rng(5)
    levels = generator.integers(0, 3, n)
    images = generator.normal(0, 0.1, (n, 32, 32)).astype(np.float32)
    for image, level in zip(images, levels, strict=True):
        image[8 : 8 + 6 * level, 8:24] += 1.0
    if kind == "multiclass":
        table, names = np.eye(3)[levels], ("a", "b", "none")
    else:
        table, names = np.stack([levels >= 1, levels >= 2], axis=1), ("a>=1", "a>=2")
    owners = [f"p{i}" for i in range(n)]
    return Examples.of(images, table.astype(np.float32), patients=owners, findings=names), levels


@pytest.mark.parametrize("kind", ["multiclass", "ordinal"])
def test_learning_classes_and_grades_through_the_one_interface(kind, tmp_path):
    examples, levels = _cases(kind)
    recipe = load_recipe({
        "targets": {"kind": kind}, "input": {"size": 32, "normalise": "none"}, "augmentation": {"kind": "none"},
        "regularisation": {"dropout_hidden": 0}, "precision": "fp32",
        "optimiser": {"max_steps": 60, "patience": 0, "keep": "last", "learning_rate": 0.01},
    })
    result = fit(examples, None, recipe, workdir=tmp_path)
    p = predict(result.model, examples.images).probabilities
    if kind == "multiclass":
        np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
        right = (p.argmax(axis=1) == levels).mean()
    else:
        assert (p[:, 0] >= p[:, 1] - 1e-6).all()
        right = (median_level(p) == levels).mean()
    assert right >= 0.9


@pytest.mark.parametrize(
    ("table", "words"),
    [([[1, 1], [0, 1]], "sums to 2"), ([[1, 0], [1, 0]], "two classes"), ([[NAN, 0], [1, 0]], "two classes")],
)
def test_classes_that_do_not_exclude_each_other_are_refused(table, words, tmp_path):
    images = np.random.default_rng(0).random((2, 32, 32), dtype=np.float32)
    examples = Examples.of(images, table, patients="ab", findings="xy")
    with pytest.raises(DataError, match=words):
        fit(examples, None, load_recipe({"targets": {"kind": "multiclass"}, "input": {"size": 32}}), workdir=tmp_path)


def test_soft_answers_and_classes_do_not_go_together():
    with pytest.raises(RecipeError, match="half present"):
        load_recipe({"targets": {"kind": "multiclass", "uncertain": "soft"}})


def test_figures_of_classes_by_hand():
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.3, 0.3, 0.4]])
    t = np.eye(3)[[0, 1, 1, 2, 2]]
    t[4] = NAN
    found = class_metrics(p, t, classes="abc", patients="vwxyz", replicates=50)
    assert (found.n, found.confusion) == (4, ((1, 0, 0), (1, 1, 0), (0, 0, 1)))
    assert found.accuracy.value == 0.75
    assert found.balanced_accuracy.value == pytest.approx((1 + 0.5 + 1) / 3)
    assert found.log_loss.value == pytest.approx(-np.log([0.7, 0.6, 0.3, 0.5]).mean())
    assert found.volume.value == 1.0  # both trios: 0.7 · 0.6 · 0.5 and 0.7 · 0.3 · 0.5 are the likeliest assignments
    assert class_metrics(p[:, :2], t[:, :2], classes="ab", patients="vwxyz", replicates=20).volume is None
