import numpy as np
import pytest
import torch

from learning.recipe import RecipeError, load_recipe
from learning.toolkit import rows as row_module
from learning.toolkit.losses import masked_bce
from learning.toolkit.mixing import blended, mix, pasted, shared_answers
from learning.toolkit.train import fit
from tests.learning.toolkit.shapes import squares, tiny_recipe

NAN = torch.nan


def batch_of(n=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(n, 1, 16, 16, generator=generator)
    targets = (torch.rand(n, 2, generator=generator) < 0.5).float()
    targets[torch.rand(n, 2, generator=generator) < 0.3] = NAN
    return images, targets, torch.rand(n, 2, generator=generator) + 0.5


def test_a_share_of_0_gives_everything_back_bit_for_bit():
    images, targets, weights = batch_of()
    partner, none = torch.randperm(12), torch.zeros(12)
    for mixed, taken in (blended(images, partner, none), pasted(images, partner, none, np.random.default_rng(0))):
        assert torch.equal(mixed, images)
        answers, shares = shared_answers(targets, weights, partner, taken)
        assert torch.equal(torch.nan_to_num(answers, 9), torch.nan_to_num(targets, 9))
        assert torch.equal(shares, weights)


def test_by_default_nothing_is_mixed_and_no_number_drawn():
    images, targets, weights = batch_of()
    generator = torch.Generator().manual_seed(3)
    before = generator.get_state()
    same = mix(images, targets, weights, tiny_recipe(), generator=generator)
    assert same[0] is images
    assert same[1] is targets
    assert torch.equal(generator.get_state(), before)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_loss_of_mixed_answers_is_the_mean_of_both_losses_by_share_whatever_is_unknown(share):
    _, targets, weights = batch_of(40)
    partner = torch.randperm(40)
    answers, shares = shared_answers(targets, weights, partner, torch.full((40,), share))
    logits = torch.randn(40, 2)
    table = torch.tensor([[0.5, 2.0], [1.0, 3.0]])
    total = 0.0
    for t, w, part in ((targets, weights, 1 - share), (targets[partner], weights[partner], share)):
        mean = masked_bce(logits, t, w, class_weights=table)
        total += part * mean * (w * ~torch.isnan(t)).sum()
    mixed = masked_bce(logits, answers, shares, class_weights=table) * (shares * ~torch.isnan(answers)).sum()
    torch.testing.assert_close(mixed, total)


def test_pasted_rectangle_has_the_share_that_the_answers_get():
    images = torch.zeros(50, 2, 3, 20, 20)
    images[1::2] = 1
    partner = torch.arange(50).roll(1)
    mixed, area = pasted(images, partner, torch.rand(50) / 2, np.random.default_rng(1))
    found = (mixed != images).float().mean(dim=(1, 2, 3, 4))
    torch.testing.assert_close(found, area)
    first = (mixed != images)[:, :1, :1]
    assert torch.equal((mixed != images), first.expand_as(mixed))  # through all planes


@pytest.mark.parametrize("knob", ["mixup", "cutmix"])
def test_answers_are_mixed_as_the_pixels_are(knob):
    """Images that are as bright as their answer: they stay so, and many are neither black nor white."""
    targets = (torch.arange(200) % 2)[:, None].float()
    images = targets[:, :, None, None].expand(-1, 1, 20, 20).contiguous()
    mixed, answers, weights = mix(
        images, targets, torch.ones(200, 1), tiny_recipe(augmentation={knob: 1.0}),
        generator=torch.Generator().manual_seed(0),
    )
    torch.testing.assert_close(mixed.mean(dim=(2, 3)), answers)
    assert int(((answers > 0.05) & (answers < 0.95)).sum()) > 60
    torch.testing.assert_close(weights, torch.ones(200, 1))


def test_rectangles_lie_anywhere():
    images = torch.zeros(2000, 1, 20, 20)
    images[1::2] = 1
    mixed, _ = pasted(images, torch.arange(2000).roll(1), torch.full((2000,), 0.25), np.random.default_rng(1))
    often = (mixed != images).float().mean(dim=(0, 1))
    assert often.min() > 0  # also in the corners
    torch.testing.assert_close(often, often.flip(0), atol=0.06, rtol=0)
    torch.testing.assert_close(often, often.flip(1), atol=0.06, rtol=0)


@pytest.mark.parametrize("knob", ["mixup", "cutmix"])
def test_a_case_stays_mostly_itself_and_a_small_knob_mixes_hardly(knob):
    images, targets, weights = batch_of(400)
    shares = []
    for a in (1.0, 1e-9):
        recipe = tiny_recipe(augmentation={knob: a})
        mixed = mix(images, targets, weights, recipe, generator=torch.Generator().manual_seed(0))[0]
        shares.append((mixed - images).abs().mean().item())
    assert shares[0] > 0.03
    assert shares[1] < 1e-6


@pytest.mark.parametrize("knob", ["mixup", "cutmix"])
@pytest.mark.parametrize("kind", ["ordinal", "segmentation", "progression"])
def test_answers_that_cannot_be_blended_are_refused_with_a_remedy(knob, kind):
    with pytest.raises(RecipeError, match=rf"augmentation\.{knob} blends answers.*set it to 0"):
        load_recipe({"augmentation": {knob: 0.2}, "targets": {"kind": kind}})


@pytest.mark.parametrize(
    ("knob", "one"), [("mixup", "hu_safe"), ("mixup", "flip_only"), ("cutmix", "preserve_ratio"), ("cutmix", "hu_safe")]
)
def test_mixing_that_would_break_an_invariance_is_refused(knob, one):
    with pytest.raises(RecipeError, match=rf"{knob} would break {one}.*set it to 0"):
        load_recipe({"augmentation": {knob: 0.2, "invariances": [one]}})
    assert load_recipe({"augmentation": {"mixup": 0.2, "invariances": ["preserve_ratio"]}}).augmentation.mixup == 0.2


def test_only_the_training_part_is_altered(tmp_path, monkeypatch):
    train, val = squares(24, seed=1, prefix="t"), squares(12, seed=2, prefix="v")
    altered = []
    plain = row_module.augment

    def spy(batch, *args, **kwargs):
        altered.extend(batch.flatten(1).sum(1).tolist())
        return plain(batch, *args, **kwargs)

    monkeypatch.setattr(row_module, "augment", spy)
    recipe = tiny_recipe(augmentation={"kind": "strong"}, optimiser={"max_epochs": 2})
    fit(train, val, recipe, workdir=tmp_path)
    reader = row_module.make_reader(train.images, recipe.input)
    own = reader.batch(np.arange(24)).flatten(1).sum(1).tolist()
    judged = row_module.make_reader(val.images, recipe.input).batch(np.arange(12)).flatten(1).sum(1).tolist()
    assert {round(one, 2) for one in altered} == {round(one, 2) for one in own}
    assert not {round(one, 2) for one in altered} & {round(one, 2) for one in judged}
