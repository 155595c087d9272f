import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import learning.recipe
import learning.toolkit
from learning.toolkit.baselines import BASELINES, predict_baseline
from learning.toolkit.controls import BudgetExceeded, Oracle, against_random, trivial_baseline
from learning.toolkit.data import DataError, Examples
from learning.toolkit.ranks import auroc
from tests.learning.toolkit.shapes import squares, tiny_recipe


def test_oracle_counts_each_label_once_and_refuses_beyond_the_budget():
    oracle = Oracle(np.arange(10)[:, None], budget=3)
    assert oracle.read([4, 7]).ravel().tolist() == [4, 7]
    oracle.read([7])
    assert oracle.spent == 2
    with pytest.raises(BudgetExceeded, match="budget is 3"):
        oracle.read([1, 2])
    assert oracle.spent == 2


def test_strategy_is_compared_with_chance_over_paired_seeds():
    pairs = against_random(lambda seed: 0.8 + seed / 100, lambda seed: 0.7 + seed / 100, seeds=range(5))
    low, high = pairs.interval()
    assert low == pytest.approx(high) == pytest.approx(0.1)
    assert "0.820 ± 0.016 against 0.720 ± 0.016" in pairs.sentence
    with pytest.raises(ValueError, match="5 different seeds"):
        against_random(lambda seed: 1.0, lambda seed: 0.0, seeds=[1, 1, 2, 3, 4])


def test_trivial_statistics_find_brightness_but_not_position():
    train, test = squares(200, seed=1, prefix="a"), squares(200, seed=2, prefix="b")
    figures = trivial_baseline(train, test, tiny_recipe())
    assert min(metric.auroc.value for metric in figures.findings) > 0.7

    def sided(n, seed):
        rng = np.random.default_rng(seed)
        images, sides = rng.normal(0, 1, (n, 32, 32)).astype(np.float32), rng.integers(0, 2, n)
        for image, side in zip(images, sides, strict=True):
            image[12:20, 4 + 16 * side : 12 + 16 * side] += 3
        return Examples.of(images, sides[:, None], patients=[f"{seed}-{i}" for i in range(n)], findings=["RIGHT"])

    train, test = sided(200, 3), sided(200, 4)
    spec = tiny_recipe().input
    trivial = predict_baseline("trivial", train, test.images, spec)
    gradients = predict_baseline("hog", train, test.images, spec)
    assert abs(auroc(trivial[:, 0], test.targets[:, 0]) - 0.5) < 0.12
    assert auroc(gradients[:, 0], test.targets[:, 0]) > 0.9


@pytest.mark.parametrize("name", BASELINES)
def test_baseline_without_both_classes_gives_the_prevalence(name):
    examples = squares(20, seed=1)
    examples.targets[:, 0], examples.targets[:, 1] = 1.0, np.nan
    p = predict_baseline(name, examples, examples.images[:3], tiny_recipe().input)
    assert p.tolist() == [[1.0, 0.5]] * 3


def test_unknown_baseline_lists_the_known_ones():
    with pytest.raises(DataError, match="trivial, hog"):
        predict_baseline("magic", squares(4, seed=0), squares(4, seed=0).images, tiny_recipe().input)


def test_examples_in_the_documentation_run():
    names = [
        "learning.recipe",
        *(m.name for m in pkgutil.walk_packages(learning.toolkit.__path__, "learning.toolkit.")),
    ]
    results = [doctest.testmod(importlib.import_module(name)) for name in names]
    assert sum(result.failed for result in results) == 0
    assert sum(result.attempted for result in results) >= 14
