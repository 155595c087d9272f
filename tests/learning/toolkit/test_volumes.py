"""Volumes: how they are seen, what the views keep of them, and networks that read them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from learning.recipe import Recipe, load_recipe
from learning.recipe_parts import InputPart
from learning.toolkit import prediction as predicting
from learning.toolkit.checkpoint import write_checkpoint
from learning.toolkit.data import DataError, Examples
from learning.toolkit.localise import activation_boxes, class_activation
from learning.toolkit.nets import build_network
from learning.toolkit.nets.views import Recurrent
from learning.toolkit.prediction import predict
from learning.toolkit.ranks import auroc
from learning.toolkit.readers import cases_at_once, input_shape, make_reader
from learning.toolkit.train import fit
from learning.toolkit.volumes import VolumeList, planes_of
from learning.toolkit.weights import start_from
from tests.learning.toolkit.sequences import SIDE, SLICES, ordered_volumes

RNG = np.random.default_rng(5)
CUBE = RNG.normal(0, 1, (32, 32, 32)).astype(np.float32)
WAYS = {
    "2.5d": (3, 32, 32), "tri_planar": (3, 1, 32, 32), "projections": (6, 1, 32, 32), "slices": (16, 1, 32, 32),
    "3d": (1, 16, 32, 32),
}


def recipe(volume: str, **sections: object) -> Recipe:
    data: dict[str, object] = {
        "input": {"size": 32, "volume": volume}, "augmentation": {"kind": "none"},
        "optimiser": {"max_epochs": 2, "batch_size": 4, "patience": 0},
        "network": {"name": "small_cnn3d" if volume == "3d" else "small_cnn"},
    }
    for name, value in sections.items():
        before = data.get(name, {})
        data[name] = {**before, **value} if isinstance(value, dict) and isinstance(before, dict) else value
    return load_recipe(data)


def test_adjacent_slices_are_the_middle_ones():
    assert_array_equal(planes_of(CUBE, InputPart(size=32, volume="2.5d")), CUBE[15:18])


def test_the_three_planes_go_through_the_centre():
    axial, coronal, sagittal = planes_of(CUBE, InputPart(size=32, volume="tri_planar"))
    assert_array_equal(axial, CUBE[16])
    assert_array_equal(coronal, CUBE[::-1, 16])
    assert_array_equal(sagittal, CUBE[::-1, :, 16])


def test_a_projection_is_the_maximum_along_the_rays_and_a_quarter_turn_looks_from_the_side():
    front, side = planes_of(CUBE, InputPart(size=32, volume="projections", views=2))
    assert_allclose(front, CUBE[::-1].max(axis=1), atol=1e-6)
    assert_allclose(np.sort(side), np.sort(CUBE[::-1].max(axis=2)), atol=1e-6)
    mean = planes_of(CUBE, InputPart(size=32, volume="projections", views=1, projection="mean"))[0]
    assert_allclose(mean, CUBE[::-1].mean(axis=1), atol=1e-5)


def test_a_slice_sequence_of_the_right_depth_is_the_volume_itself():
    assert_array_equal(planes_of(CUBE[:16], InputPart(size=32, volume="slices", depth=16)), CUBE[:16])


def test_a_prone_volume_is_turned_where_the_recipe_wants_the_bodys_axes():
    prone, cosines = CUBE[:16, ::-1, ::-1], (-1, 0, 0, 0, -1, 0)
    turned, stored = (
        planes_of(prone, InputPart(size=32, volume="slices", depth=16, orientation=how), orientation=cosines)
        for how in ("standard", "as_stored")
    )
    assert_array_equal(turned, CUBE[:16])
    assert_array_equal(stored, prone)


def test_mixed_depths_and_sizes_become_one_array_that_reads_what_is_asked_for():
    mixed = [RNG.normal(0, 1, shape).astype(np.float32) for shape in ((5, 40, 30), (20, 32, 32), (1, 64, 64))]
    seen = VolumeList(mixed, InputPart(size=32, volume="slices", depth=8))
    assert seen.shape == (3, 8, 32, 32)
    assert np.asarray(seen).shape == seen.shape
    assert_array_equal(seen[np.array([2, 0])][1], seen[0])
    assert seen[1:].shape == (2, 8, 32, 32)
    assert seen[:0].shape == (0, 8, 32, 32)


@pytest.mark.parametrize("volume", WAYS)
def test_networks_take_what_the_reader_gives_and_pooled_maps_are_their_embedding(volume: str):
    made = recipe(volume)
    batch = make_reader([CUBE, CUBE[:9, :20]], made.input).batch(np.arange(2))
    assert tuple(batch.shape[1:]) == WAYS[volume] == input_shape(made.input)
    assert float(batch.min()) >= -2
    assert float(batch.max()) <= 2
    net = build_network(made, ("A",), seed=0).eval()
    with torch.no_grad():
        assert_allclose(net.pool_maps(net.feature_maps(batch)), net.features(batch), atol=1e-5)


@pytest.mark.parametrize(("volume", "name"), [
    ("middle", "resnet18"), ("middle", "densenet121"), ("slices", "resnet18"), ("3d", "resnet10_3d"),
])
def test_larger_networks_have_maps_that_pool_to_their_embedding(volume: str, name: str):
    made = recipe(volume, network={"name": name}, input={"depth": 8})
    net = build_network(made, ("A",), seed=0).eval()
    batch = torch.randn(1, *input_shape(made.input))
    with torch.no_grad():
        assert_allclose(net.pool_maps(net.feature_maps(batch)), net.features(batch), atol=1e-4)


@pytest.mark.parametrize(("name", "thousands"), [("small_cnn3d", 56), ("resnet10_3d", 14_355)])
def test_a_volume_costs_parameters(name: str, thousands: int):
    net = build_network(recipe("3d", network={"name": name}), ("A",), seed=0)
    assert sum(p.numel() for p in net.backbone.parameters()) // 1000 == thousands


def test_residual_volumes_have_the_published_names_and_shapes():
    state = build_network(recipe("3d", network={"name": "resnet10_3d"}), ("A",), seed=0).state_dict()
    shapes = {name.removeprefix("backbone."): tuple(value.shape) for name, value in state.items()}
    assert shapes["conv1.weight"] == (64, 1, 7, 7, 7)
    assert shapes["layer2.0.downsample.0.weight"] == (128, 64, 1, 1, 1)
    assert shapes["layer4.0.conv2.weight"] == (512, 512, 3, 3, 3)


@pytest.mark.parametrize(("shape", "words"), [
    ((2, 20, 32, 32), "VolumeList"), ((2, 32, 32), "VolumeList"), ((2, 16, 32, 32, 1), "VolumeList"),
])
def test_volumes_of_another_depth_are_refused_with_the_remedy(shape: tuple[int, ...], words: str):
    with pytest.raises(DataError, match=words):
        make_reader(np.zeros(shape, np.float32), InputPart(size=32, volume="slices"))


@pytest.mark.parametrize(("volume", "words"), [
    (np.zeros((4, 4)), "slices x rows x columns"), (np.zeros((0, 4, 4)), "slices x rows x columns"),
])
def test_what_is_no_volume_is_refused(volume: np.ndarray, words: str):
    with pytest.raises(DataError, match=words):
        planes_of(volume, InputPart(volume="3d"))


def test_positions_must_rise():
    with pytest.raises(DataError, match="rising"):
        planes_of(CUBE[:3], InputPart(volume="3d"), positions=[0, 2, 1])


def test_a_constant_slice_is_no_fault_and_a_slice_of_no_numbers_is_named():
    volumes = np.stack([CUBE[:16], CUBE[:16]])
    volumes[0, 3] = 7
    spec = InputPart(size=32, volume="slices")
    assert make_reader(volumes, spec).batch(np.arange(2)).isfinite().all()
    volumes[1, 3] = np.nan
    with pytest.raises(DataError, match="Image 1 holds values that are not numbers"):
        make_reader(volumes, spec)


def test_memory_is_bounded_by_taking_fewer_volumes_at_once():
    assert cases_at_once(InputPart(size=512), 64) == 64
    assert cases_at_once(InputPart(size=256, volume="slices", depth=64), 64) == 2
    assert cases_at_once(InputPart(size=1024, volume="slices", depth=64), 64) == 1


def test_prediction_halves_what_it_takes_at_once_and_gives_the_same(monkeypatch: pytest.MonkeyPatch):
    net = build_network(recipe("slices"), ("A",), seed=0)
    volumes = [CUBE[k : k + 8] for k in range(6)]
    whole, taken = predict(net, volumes), []
    real = type(net).features

    def scarce(model: object, batch: torch.Tensor) -> torch.Tensor:
        taken.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(model, batch)

    monkeypatch.setattr(type(net), "features", scarce)
    done: list[int] = []
    halved = predict(net, volumes, batch_size=6, on_batch=done.append)
    assert taken == [6, 3, 1, 1, 1, 1, 1, 1]
    assert done == [1, 2, 3, 4, 5, 6]
    assert_allclose(halved.probabilities, whole.probabilities, atol=1e-6)


def test_another_error_is_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch):
    net = build_network(recipe("slices"), ("A",), seed=0)

    def broken(model: object, batch: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(type(net), "features", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        predict(net, [CUBE])
    assert predicting.ran_out_of_memory(MemoryError())


@pytest.mark.parametrize("combine", ["mean", "max", "attention", "gru"])
def test_only_what_keeps_order_changes_when_the_slices_are_turned_round(combine: str):
    net = build_network(recipe("slices", input={"combine": combine}), ("A",), seed=0).eval()
    batch = torch.randn(2, 16, 1, 32, 32)
    with torch.no_grad():
        change = float((net.features(batch) - net.features(batch.flip(1))).abs().max())
    assert change > 1e-3 if combine in ("attention", "gru") else change < 1e-6


def test_the_recurrent_unit_reads_in_both_directions():
    """With the same weights both ways, the half that reads backwards is what reads the reversed sequence forwards."""
    unit, views = Recurrent(8), torch.randn(3, 5, 8)
    weights = unit.gru.state_dict()
    unit.gru.load_state_dict({n: weights[n.removesuffix("_reverse")] for n in weights})
    with torch.no_grad():
        there, back = unit(views), unit(views.flip(1))
    torch.testing.assert_close(there[:, 4:], back[:, :4])
    assert not torch.allclose(there[:, 4:], there[:, :4], atol=1e-3)


def test_a_volume_network_knows_where_along_the_depth_a_feature_lies():
    net = build_network(recipe("3d"), ("A",), seed=0).eval()
    batch = torch.randn(2, 1, 16, 32, 32)
    with torch.no_grad():
        assert float((net.features(batch) - net.features(batch.flip(2))).abs().max()) > 1e-3


@pytest.mark.parametrize("combine", ["mean", "max", "attention", "gru"])
def test_an_absent_view_weighs_nothing(combine: str):
    net = build_network(recipe("views", input={"combine": combine, "views": 3}), ("A",), seed=0).eval()
    images = RNG.random((2, 3, 32, 32)).astype(np.float32)
    images[:, 2] = np.nan
    batch = make_reader(images, net.input).batch(np.arange(2))
    with torch.no_grad():
        seen, there = net.features(batch), net.backbone.encoder(batch[:, :2].flatten(0, 1)).unflatten(0, (2, 2))
        assert seen.isfinite().all()
        if combine in ("mean", "max"):
            assert_allclose(seen, there.mean(dim=1) if combine == "mean" else there.amax(dim=1), atol=1e-5)
        elif combine == "gru":
            assert_allclose(seen, net.backbone.combine(there), atol=1e-5)
        else:
            joined = net.backbone.combine.joined(torch.cat([there, there[:, :1]], dim=1))
            weights = net.backbone.combine.weights(joined, torch.tensor([[True, True, False]] * 2))
            assert float(weights[:, 2].abs().max()) == 0
            assert_allclose(weights.sum(dim=1), 1, atol=1e-6)






def auc_of_order(tmp_path: Path, volume: str, *, epochs: int = 14, **how: object) -> float:
    """On 200 held-out volumes, after a short training on 120."""
    made = recipe(
        volume, input={"depth": SLICES, **how}, regularisation={"dropout_hidden": 0.0},
        optimiser={"max_epochs": epochs, "batch_size": 20, "learning_rate": 0.004, "keep": "last"},
    )
    train, test = ordered_volumes(120, seed=1), ordered_volumes(200, seed=2)
    if volume == "middle":
        seen = [replace(part, images=part.images[:, SLICES // 2]) for part in (train, test)]
    else:
        seen = [replace(part, images=np.asarray(VolumeList(list(part.images), made.input))) for part in (train, test)]
    model = fit(seen[0], None, made, workdir=tmp_path).model
    found = auroc(predict(model, seen[1].images).probabilities[:, 0], test.targets[:, 0])
    assert found is not None
    return found


@pytest.mark.parametrize(("volume", "how"), [
    ("slices", {"combine": "gru"}),
    ("3d", {}),
])
def test_the_order_of_slices_is_learned_where_it_is_kept(tmp_path: Path, volume: str, how: dict[str, object]):
    assert auc_of_order(tmp_path, volume, epochs=18, **how) >= 0.9


@pytest.mark.parametrize(("volume", "how"), [
    ("middle", {}),
    ("2.5d", {}),
    ("tri_planar", {}),
    ("projections", {"views": 4}),
    ("slices", {"combine": "mean"}),
])
def test_the_order_of_slices_is_lost_to_planes_projections_and_means(
    tmp_path: Path, volume: str, how: dict[str, object]
):
    assert abs(auc_of_order(tmp_path, volume, **how) - 0.5) <= 0.12


@pytest.mark.parametrize("volume", ["slices", "3d"])
def test_the_map_of_a_volume_points_at_the_lesion_and_its_slice(tmp_path: Path, volume: str):
    rng = np.random.default_rng(3)
    volumes = rng.normal(0, 0.3, (80, SLICES, SIDE, SIDE)).astype(np.float32)
    places = rng.integers(0, SLICES, 80), rng.integers(0, SIDE - 10, 80), rng.integers(0, SIDE - 10, 80)
    for n in range(0, 80, 2):
        z, y, x = (place[n] for place in places)
        volumes[n, z, y : y + 10, x : x + 10] += 2.5
    labels = (np.arange(80) % 2 == 0).astype(np.float32)[:, None]
    examples = Examples.of(volumes, labels, patients=[str(i) for i in range(80)], findings=("LESION",))
    # percentiles would make the noise of volumes without a lesion louder, which tells them apart everywhere
    made = recipe(
        volume, input={"depth": SLICES, "normalise": "window", "windows": "1/6"},
        optimiser={"max_epochs": 8, "batch_size": 16, "keep": "last", "learning_rate": 0.005},
        regularisation={"dropout_hidden": 0.0},
    )
    model = fit(examples.take(np.arange(40)), None, made, workdir=tmp_path).model
    shown = np.arange(40, 80, 2)
    maps = class_activation(model, volumes[shown])
    assert maps.shape[:2] == (20, 1)
    assert maps.ndim == 5
    on_slice, in_plane = 0, 0
    for box in activation_boxes(maps, np.ones((20, 1), np.float32), size=SIDE):
        z, y, x = (place[shown[box.row]] for place in places)
        on_slice += abs((box.plane + 0.5) * SLICES / maps.shape[2] - 0.5 - z) <= 1
        in_plane += abs(box.x + box.w / 2 - x - 5) <= 8 and abs(box.y + box.h / 2 - y - 5) <= 8
    assert on_slice >= 14
    assert in_plane >= 14


def test_a_run_on_volumes_repeats_bit_for_bit_and_resumes(tmp_path: Path):
    made = recipe("slices", input={"depth": SLICES, "combine": "gru"}, augmentation={"kind": "limited"})
    train = ordered_volumes(12, seed=1)
    whole = fit(train, None, made, workdir=tmp_path / "a").model.state_dict()
    calls = iter(range(100))
    fit(train, None, made, workdir=tmp_path / "b", should_stop=lambda: next(calls) >= 4)
    resumed = fit(train, None, made, workdir=tmp_path / "b", resume=True).model.state_dict()
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items())


def test_a_volume_network_starts_from_another_volume_network(tmp_path: Path):
    made = recipe("3d", input={"depth": SLICES})
    source = fit(ordered_volumes(8, seed=3), None, made, workdir=tmp_path / "a").model
    write_checkpoint(tmp_path / "source.safetensors", dict(source.state_dict()), {})
    fresh = build_network(made, ("ORDER",), seed=1)
    before = {name: t.clone() for name, t in fresh.state_dict().items()}
    told = start_from(fresh, tmp_path / "source.safetensors")
    after, wanted = fresh.state_dict(), source.state_dict()
    assert (told.loaded, told.fresh, told.unused) == (len(wanted), (), ())
    assert all(torch.equal(after[name], wanted[name]) for name in wanted)
    assert sum(not torch.equal(after[name], before[name]) for name in before) > len(before) / 2
