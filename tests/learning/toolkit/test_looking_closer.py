"""Subgroups, drift, saliency maps and errors."""

import copy
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch

from imaging.phantoms import FINDINGS, render_radiograph, sample_thorax
from learning.recipe import load_recipe
from learning.toolkit.data import DataError, Examples
from learning.toolkit.drift import DRIFT_P, drift, one_per_patient
from learning.toolkit.errors import worst_mistakes
from learning.toolkit.localise import class_activation
from learning.toolkit.nets import build_network
from learning.toolkit.ranks import auroc
from learning.toolkit.saliency import METHODS, explain, grad_cam, occlusion, points_at, randomised, sanity_check
from learning.toolkit.subgroups import by_subgroup
from learning.toolkit.train import fit
from tests.learning.toolkit.shapes import tiny_recipe


def cases(n=400, *, blind=0.0, seed=0):
    """A finding that is told apart in women, and less so in a share `blind` of it in men."""
    rng = np.random.default_rng(seed)
    t = (rng.random(n) < 0.4).astype(float)
    sex = rng.choice(["F", "M"], n)
    strength = np.where(sex == "M", 2.0 * (1 - blind), 2.0)
    p = 1 / (1 + np.exp(-(strength * (2 * t - 1) / 2 + rng.normal(0, 1, n))))
    return p[:, None], t[:, None], sex.tolist(), [f"p{i}" for i in range(n)]


def test_group_that_is_served_worse_stands_out_after_adjustment():
    p, t, sex, patients = cases(blind=1.0)
    found = {one.group: one for one in by_subgroup(p, t, {"sex": sex}, findings=["EFF"], patients=patients)}
    men = np.array(sex) == "M"
    assert found["M"].auroc.value == pytest.approx(auroc(p[men, 0], t[men, 0]))
    assert found["M"].difference.value == pytest.approx(found["M"].auroc.value - found["F"].auroc.value)
    assert found["M"].difference.high < 0
    assert found["M"].p_value < 0.02
    assert found["M"].n == men.sum()


def test_groups_that_are_served_equally_are_not_accused():
    p, t, sex, patients = cases()
    for one in by_subgroup(p, t, {"sex": sex}, findings=["EFF"], patients=patients):
        assert one.difference.low < 0 < one.difference.high


def test_group_that_is_too_small_says_so_and_an_attribute_of_one_group_is_left_out():
    p, t, _, patients = cases(60)
    band = ["under 18"] * 3 + ["18 to 39"] * 57
    groups = {"age": band, "sex": ["F"] * 60, "unknown": [""] * 60}
    found = by_subgroup(p, t, groups, findings=["EFF"], patients=patients)
    assert {one.attribute for one in found} == {"age"}
    small = next(one for one in found if one.group == "under 18")
    assert small.auroc is None
    assert "5 of each are needed" in small.reason
    assert next(one for one in found if one.group == "18 to 39").auroc is not None


def embeddings(n, *, shift=0.0, seed=0):
    return np.random.default_rng(seed).normal(0, 1, (n, 16)) + shift


def test_images_of_another_kind_are_drift_and_more_of_the_same_are_not():
    old = embeddings(200)
    assert drift(old, embeddings(200, shift=0.6, seed=1)).is_drift
    alarms = [drift(old, embeddings(120, seed=seed), permutations=200) for seed in range(2, 22)]
    assert sum(one.is_drift for one in alarms) == 0
    assert sum(one.p_value < 0.05 for one in alarms) <= 4
    assert "no drift by the threshold" in alarms[0].sentence


def test_difference_that_many_images_prove_but_that_hardly_matters_is_no_drift():
    told = drift(embeddings(400), embeddings(400, shift=0.1, seed=1))
    assert told.p_value < DRIFT_P
    assert told.separable < 0.65
    assert not told.is_drift


def test_drift_names_the_brightness_that_moved():
    rng = np.random.default_rng(0)
    before, after = rng.normal(0, 1, (100, 10)), rng.normal(0, 1, (100, 10))
    after[:, 0] += 2
    told = drift(embeddings(100), embeddings(100, shift=1, seed=1), statistics=(before, after))
    assert [name for name, _, _ in told.moved] == ["mean"]
    assert "Brightness differs in: mean." in told.sentence
    with pytest.raises(DataError, match="at least 20"):
        drift(embeddings(100), embeddings(19))
    with pytest.raises(DataError, match="different networks"):
        drift(embeddings(30), embeddings(30)[:, :8])
    assert one_per_patient(["a", "a", "b", "a"]) == [0, 2]


@pytest.fixture(scope="module")
def bright():
    """A network that has learned a bright square, and images with the square's place."""
    rng = np.random.default_rng(0)
    n = 160
    images, targets = rng.normal(0, 1, (n, 64, 64)).astype(np.float32), (np.arange(n) % 2).astype(np.float32)
    boxes = []
    for row in range(n):
        y, x = rng.integers(0, 48, 2)
        boxes.append((float(x), float(y), 16.0, 16.0) if targets[row] else None)
        if targets[row]:
            images[row, y : y + 16, x : x + 16] += 2
    examples = Examples.of(images, targets[:, None], patients=[str(i) for i in range(n)], findings=["BRIGHT"])
    recipe = tiny_recipe(
        input={"size": 64}, augmentation={"kind": "none"}, regularisation={"dropout_hidden": 0.0},
        optimiser={"max_epochs": 12, "learning_rate": 0.01, "keep": "last"},
    )
    with tempfile.TemporaryDirectory() as folder:
        model = fit(examples.take(range(120)), None, recipe, workdir=Path(folder)).model
    return model, images[120:], boxes[120:]


def test_maps_point_at_what_was_learned_and_lose_it_with_random_weights(bright):
    """A square covers a sixteenth of the image: maps that point anywhere would hit it 6 times of 100."""
    model, images, boxes = bright
    assert points_at(grad_cam(model, images), boxes, size=64) > 0.4
    assert points_at(occlusion(model, images), boxes, size=64) > 0.9
    control = build_network(tiny_recipe(input={"size": 64}), ("BRIGHT",), seed=5)
    assert points_at(grad_cam(control, images), boxes, size=64) < 0.3


def test_maps_that_follow_the_weights_pass_the_sanity_check(bright):
    model, images, _ = bright
    told = sanity_check(model, images[:12])
    assert told.passed, told.sentence
    assert "what was learned" in told.sentence


def edges(model, images, finding, tell):
    """Looks like a heat map, whatever the weights are (Adebayo et al. 2018)."""
    return np.abs(np.diff(images, axis=1))


def test_maps_that_only_show_the_image_fail_the_sanity_check(bright):
    model, images, _ = bright
    told = sanity_check(model, images[:6], draw=edges)
    assert told.similarity == pytest.approx(1.0)
    assert not told.passed
    assert "do not read them as evidence" in told.sentence


@pytest.mark.parametrize("imbalance", [{}, {"loss": "ldam"}])
def test_randomising_leaves_no_learned_weight_and_no_trace_in_the_random_state(imbalance):
    model = build_network(tiny_recipe(imbalance=imbalance), ("BRIGHT",), seed=5)
    before = torch.get_rng_state()
    other = randomised(copy.deepcopy(model), seed=1)
    assert torch.equal(before, torch.get_rng_state())
    pairs = zip(model.named_parameters(), other.named_parameters(), strict=True)
    assert all(not torch.equal(a, b) for (name, a), (_, b) in pairs if a.ndim > 1)


def test_occlusion_finds_the_lesion_of_a_phantom_that_alone_decides():
    """A network that sees nothing but the brightest place: the map must find a lesion painted into a phantom."""
    chest = render_radiograph(
        sample_thorax(seed=3, index=0, prevalence=dict.fromkeys(FINDINGS, 0.0)), rows=64, columns=64
    ).pixels.astype(np.float32) / 4096
    lesion = chest.copy()
    lesion[20:28, 36:44] = 1.5
    network = build_network(load_recipe({"input": {"size": 64, "normalise": "none"}}), ("NODULE",), seed=0)

    def forward(x):
        return (10 * torch.relu(x - 3)).mean(dim=(1, 2, 3))[:, None]

    network.forward = forward
    maps = occlusion(network, lesion[None], patch=8, stride=4)
    assert points_at(maps, [(36.0, 20.0, 8.0, 8.0)], size=64) == 1.0
    with pytest.raises(DataError, match="No image has a box"):
        points_at(maps, [None], size=64)


@pytest.mark.parametrize(("volume", "network"), [("slices", "small_cnn"), ("3d", "small_cnn3d")])
def test_of_a_volume_every_plane_has_a_map_and_the_evidence_lies_on_its_own(volume, network):
    """A network that sees nothing but what is bright: planes 6 and 7 of 16 hold it, the third stack of two."""
    recipe = tiny_recipe(
        input={"size": 32, "volume": volume, "depth": 16, "normalise": "none"}, network={"name": network}
    )
    made = build_network(recipe, ("NODULE",), seed=0)
    cube = np.zeros((1, 16, 32, 32), np.float32)
    cube[0, 6:8, 4:8, 20:24] = 1
    drawn = METHODS["grad_cam"].draw(made, cube, 0, lambda share: None)
    assert drawn.shape[:2] == class_activation(made, cube)[:, 0].shape[:2]
    made.forward = lambda x: x.clamp_min(0).sum(dim=tuple(range(1, x.ndim)))[:, None]
    told = []
    falls = METHODS["occlusion"].draw(made, cube, 0, told.append)
    assert falls.shape == (1, 16, 8, 8)
    assert set(np.argwhere(falls[0] > falls[0].max() / 2)[:, 0]) == {6, 7}
    assert told == sorted(told)
    assert told[-1] == 1


def test_a_square_covers_its_cell_and_the_cells_tile_an_image_of_any_size():
    network = build_network(tiny_recipe(input={"size": 50, "normalise": "none"}), ("A",), seed=0)
    network.forward = lambda x: x.sum(dim=(1, 2, 3))[:, None]
    image = np.zeros((1, 50, 50), np.float32)
    image[0, 45:, :5] = 1
    found = occlusion(network, image, patch=8, stride=8)
    assert found.shape == (1, 6, 6)
    assert found[0].argmax() == 5 * 6


@pytest.mark.parametrize("method", METHODS)
def test_each_case_has_a_check_of_its_own_map(bright, method):
    model, images, _ = bright
    told = []
    found = explain(model, images[1:4:2], finding=0, method=method, tell=told.append)
    assert [one.passed for one in found.checks] == [True, True]
    assert len(found.maps) == 2
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


def test_a_flat_map_passes_no_check_and_an_unknown_one_names_the_known(bright):
    told = sanity_check(bright[0], np.ones((2, 8, 8)), draw=lambda model, images, finding, tell: 0 * images)
    assert told.is_flat
    assert not told.passed
    with pytest.raises(DataError, match="known: class_activation, grad_cam, occlusion"):
        explain(None, [], finding=0, method="tea_leaves")


def test_gallery_holds_the_surest_errors_of_both_kinds():
    p, t = [0.95, 0.6, 0.9, 0.05, 0.4, 0.2, 0.99], [0, 0, 1, 1, 1, 0, np.nan]
    found = worst_mistakes(p, t, threshold=0.5, count=2)
    assert [(one.row, one.kind) for one in found] == [
        (0, "false alarm"), (3, "missed"), (1, "false alarm"), (4, "missed"),
    ]
    assert found[0].surprise == pytest.approx(-np.log2(0.05))
    assert [one.row for one in worst_mistakes(p, t, threshold=0.5, count=1)] == [0, 3]
    assert worst_mistakes([0.9], [1], threshold=0.5) == []
