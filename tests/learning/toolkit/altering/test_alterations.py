import numpy as np
import pytest
import torch

from learning.recipe_parts import AugmentationPart
from learning.recipe_parts.alterations import ALTERATIONS, BREAKS, GEOMETRIC, POLICIES, Plan, plan_of
from learning.recipe_parts.invariances import INVARIANCES
from learning.toolkit.augment import apply, augment, augment_with_masks
from tests.learning.toolkit.altering.landmarks import chests, found_in, images_of, largest_change, ratios

MOST = 0.01


def altered(images, part, seed=0, chunk=100):
    generator = torch.Generator().manual_seed(seed)
    return torch.cat([augment(images[i : i + chunk], part, generator=generator) for i in range(0, len(images), chunk)])


def changes(part, count):
    dots = chests(count)
    images = images_of(dots)
    return largest_change(ratios(found_in(images)), ratios(found_in(altered(images, part))))


def test_landmarks_are_found_where_they_were_drawn():
    dots = chests(50)
    assert np.abs(found_in(images_of(dots)) - dots).max() < 0.002


@pytest.mark.parametrize("kind", ["limited", "standard"])
def test_ratio_is_kept_in_all_of_1000_chests_where_it_must_be(kind):
    change = changes(AugmentationPart(kind=kind, invariances=("preserve_ratio",)), 1000)
    assert change.max() <= MOST


@pytest.mark.parametrize("kind", ["strong", "trivial_augment"])
def test_ratio_is_kept_by_stronger_policies_as_far_as_noise_lets_it_be_measured(kind):
    change = changes(AugmentationPart(kind=kind, invariances=("preserve_ratio", "hu_safe")), 200)
    assert change.max() <= MOST


@pytest.mark.parametrize("kind", ["limited", "standard", "strong", "trivial_augment"])
def test_the_same_check_fails_for_every_policy_without_the_invariance(kind):
    change = changes(AugmentationPart(kind=kind), 300)
    assert (change > MOST).mean() > 0.05
    assert kind in ("limited", "trivial_augment") or (change > MOST).mean() > 0.3


@pytest.mark.parametrize("name", GEOMETRIC)
def test_declared_breach_of_proportions_is_what_chests_show(name, monkeypatch):
    """Each alteration alone: those that say they break the ratio do, the others do not, once contained."""
    plan = Plan({name: POLICIES["strong"][name]}, {}, contains=True)
    monkeypatch.setattr(apply, "plan_of", lambda part: plan)
    change = changes(AugmentationPart(), 60)
    assert (change.max() > MOST) == ("preserve_ratio" in BREAKS[name])


def test_scale_and_shift_alone_cut_the_chest_off_unless_they_are_contained(monkeypatch):
    plan = Plan({"scale": 0.2, "shift": 0.15}, {})
    monkeypatch.setattr(apply, "plan_of", lambda part: plan)
    assert np.isinf(changes(AugmentationPart(), 60)).any()


@pytest.mark.parametrize("kind", ["limited", "standard", "strong", "trivial_augment"])
def test_flip_only_gives_each_image_or_its_mirror_image_exactly(kind):
    batch = torch.rand(200, 1, 24, 24) * 4 - 2
    out = altered(batch, AugmentationPart(kind=kind, invariances=("flip_only",)))
    same = torch.tensor([torch.equal(a, b) for a, b in zip(out, batch, strict=True)])
    mirrored = torch.tensor([torch.equal(a, b.flip(-1)) for a, b in zip(out, batch, strict=True)])
    assert bool((same | mirrored).all())
    assert 60 < int(mirrored.sum()) < 140


@pytest.mark.parametrize("kind", ["standard", "strong", "trivial_augment"])
def test_nothing_is_mirrored_where_sides_matter(kind):
    batch = torch.full((64, 1, 32, 32), -2.0)
    batch[..., 8:24, 4:12] = 2.0
    plan = plan_of(AugmentationPart(kind=kind, invariances=("no_lateral_flip",)))
    assert not {"lateral_flip", "vertical_flip"} & plan.ranges.keys()
    out = altered(batch, AugmentationPart(kind=kind, invariances=("no_lateral_flip",), strength=0.5))
    weight = (out - out.amin(dim=(1, 2, 3), keepdim=True)).sum(dim=(1, 2))
    assert bool(((weight * torch.arange(32.0)).sum(1) / weight.sum(1) < 16).all())


@pytest.mark.parametrize("kind", ["limited", "standard", "strong", "trivial_augment"])
def test_hounsfield_units_stay_what_they_are_up_to_interpolation(kind):
    levels = torch.linspace(-1.9, 1.9, 50).reshape(-1, 1, 1, 1).expand(-1, 1, 24, 24)
    kept = altered(levels, AugmentationPart(kind=kind, invariances=("hu_safe",)))
    torch.testing.assert_close(kept, levels.contiguous(), atol=1e-5, rtol=0)
    assert (altered(levels, AugmentationPart(kind=kind)) - levels).abs().max() > 0.05
    noise = torch.rand(20, 1, 24, 24) * 4 - 2
    out = altered(noise, AugmentationPart(kind=kind, invariances=("hu_safe",)))
    assert out.max() <= noise.max() + 1e-5
    assert out.min() >= noise.min() - 1e-5


def test_orientation_stays_where_it_is_fixed():
    plan = plan_of(AugmentationPart(kind="strong", lateral_flip=True, invariances=("orientation_fixed",)))
    assert not {"rotation", "shear", "lateral_flip", "vertical_flip"} & plan.ranges.keys()
    assert {"scale", "stretch", "shift"} <= plan.ranges.keys()


@pytest.mark.parametrize("kind", list(POLICIES))
def test_what_is_left_breaks_nothing_that_was_declared(kind):
    for one in INVARIANCES:
        for other in INVARIANCES:
            plan = plan_of(AugmentationPart(kind=kind, lateral_flip=True, invariances=(one, other)))
            assert all(not BREAKS[name] & {one, other} for name in plan.ranges)
            assert set(plan.left_out) | set(plan.ranges) >= set(POLICIES[kind])
            assert all(set(why) <= {one, other} for why in plan.left_out.values())


def test_every_alteration_says_what_it_breaks_and_every_policy_is_of_known_ones():
    assert set(BREAKS) == set(ALTERATIONS)
    assert all(set(policy) <= set(ALTERATIONS) for policy in POLICIES.values())
    assert {one for broken in BREAKS.values() for one in broken} == set(INVARIANCES)


def test_sentence_tells_what_is_altered_and_what_is_left_out_and_why():
    told = plan_of(AugmentationPart(kind="standard", invariances=("preserve_ratio",))).sentence
    assert "turned up to 15 degrees" in told
    assert "Left out: stretched by (preserve_ratio), cropped by (preserve_ratio)." in told
    assert plan_of(AugmentationPart(kind="none")).sentence == "Nothing is altered."


def test_trivial_augment_alters_each_image_in_one_way_and_some_not_at_all():
    batch = torch.rand(300, 1, 16, 16) * 2 - 1
    out = altered(batch, AugmentationPart(kind="trivial_augment", invariances=("flip_only",)), chunk=300)
    mirrored = sum(torch.equal(a, b.flip(-1)) for a, b in zip(out, batch, strict=True))
    assert 120 < mirrored < 180  # one alteration is left, so that it comes half of the time
    shifted = altered(torch.full((300, 1, 16, 16), 0.8), AugmentationPart(kind="trivial_augment"), chunk=300)
    touched = (shifted - 0.8).abs().amax(dim=(1, 2, 3)) > 1e-4
    assert 0.15 < float(touched.float().mean()) < 0.55  # brightness, contrast about its mean, gamma, noise: 4 of 13


def test_strength_0_and_no_policy_give_back_the_batch_itself():
    batch = torch.rand(4, 1, 16, 16)
    generator = torch.Generator().manual_seed(1)
    before = generator.get_state()
    for part in (AugmentationPart(kind="none"), AugmentationPart(kind="strong", lateral_flip=True, strength=0)):
        assert augment(batch, part, generator=generator) is batch
    assert torch.equal(generator.get_state(), before)


def test_a_trace_of_strength_alters_hardly_anything():
    batch = torch.rand(20, 1, 32, 32) * 3.8 - 1.9
    for kind in ("limited", "standard", "strong"):
        out = altered(batch, AugmentationPart(kind=kind, strength=1e-9))
        torch.testing.assert_close(out, batch, atol=1e-4, rtol=0)


@pytest.mark.parametrize("shape", [(3, 1, 5, 20, 20), (3, 4, 1, 20, 20)])
def test_all_planes_of_a_volume_or_a_set_of_views_move_together(shape):
    plane = torch.rand(3, 1, 1, 20, 20) * 2 - 1
    batch = plane.expand(shape).contiguous()
    out = augment(batch, AugmentationPart(kind="standard", invariances=("hu_safe",)),
                  generator=torch.Generator().manual_seed(2))
    assert out.shape == batch.shape
    torch.testing.assert_close(out, out[:, :1, :1].expand(shape))
    assert not torch.allclose(out, batch, atol=0.01)
    noisy = augment(batch, AugmentationPart(), generator=torch.Generator().manual_seed(2))
    first, second = noisy.reshape(3, -1, 20, 20)[:, 0], noisy.reshape(3, -1, 20, 20)[:, 1]
    assert not torch.equal(first, second)  # noise is drawn for each slice


@pytest.mark.parametrize("kind", ["limited", "strong"])
def test_masks_move_with_their_images_and_keep_their_values(kind):
    masks = torch.zeros(30, 1, 48, 48, dtype=torch.uint8)
    masks[:, :, 12:30, 15:34] = 3
    images = masks.float() - 1.5
    part = AugmentationPart(kind=kind, invariances=("hu_safe",))
    moved, carried = augment_with_masks(images, masks, part, generator=torch.Generator().manual_seed(5))
    assert carried.dtype == torch.uint8
    assert set(carried.unique().tolist()) == {0, 3}
    assert ((moved > 0) == (carried > 0)).float().mean() > 0.97
    assert not torch.equal(carried, masks)


def test_oblong_images_are_turned_without_being_sheared():
    dots = torch.full((1, 3, 40, 80), -1.5)
    for plane, (y, x) in enumerate(((20, 40), (20, 60), (8, 40))):
        dots[0, plane, y - 1 : y + 2, x - 1 : x + 2] = 1.5
    plan = AugmentationPart(kind="strong", strength=1.0,
                            invariances=("preserve_ratio", "hu_safe", "no_lateral_flip"))
    out = augment(dots, plan, generator=torch.Generator().manual_seed(9))
    weight = (out + 1.5).clamp_min(0)
    y = (weight.sum(3) * torch.arange(40.0)).sum(2) / weight.sum(dim=(2, 3))
    x = (weight.sum(2) * torch.arange(80.0)).sum(2) / weight.sum(dim=(2, 3))
    arms = torch.stack([x[0, 1:] - x[0, 0], y[0, 1:] - y[0, 0]], dim=1)
    lengths = arms.norm(dim=1)
    assert float(lengths[0] / lengths[1]) == pytest.approx(20 / 12, rel=0.03)
    assert abs(float((arms[0] * arms[1]).sum() / lengths.prod())) < 0.05
