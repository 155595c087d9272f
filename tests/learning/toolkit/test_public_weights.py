"""Public weights onto our networks.

tests/golden/weights/FAMILY_NETWORK.csv holds the keys and shapes that the publisher's own source gives its network
(torchvision 0.28.0, torchxrayvision 1.5.7, BMEII-AI/RadImageNet's notebooks over torchvision, Tencent/MedicalNet
models/resnet.py). answers.json holds the first six features that the publisher's own forward pass gives for weights
and an image made by `made_weights` and `image`.
"""

import csv
import json
import math
import pickle
import sys
import types
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from learning.recipe import RecipeError
from learning.recipe_parts.families import FAMILIES
from learning.toolkit.nets import build_network
from learning.toolkit.weights import ModelFileError, adopt, read_weights, start_from
from learning.toolkit.weights_file import flat_tensors
from tests.learning.toolkit.shapes import tiny_recipe

GOLDEN = Path(__file__).parents[2] / "golden" / "weights"
ANSWERS = json.loads((GOLDEN / "answers.json").read_text())
MANIFESTS = sorted(path.stem for path in GOLDEN.glob("*.csv"))
HEADS = {
    "imagenet_resnet18": {"fc.weight", "fc.bias"},
    "imagenet_resnet50": {"fc.weight", "fc.bias"},
    "imagenet_densenet121": {"classifier.weight", "classifier.bias"},
    "xrv_densenet121": {"classifier.weight", "classifier.bias"},
}


def manifest(name):
    """Key → shape."""
    with (GOLDEN / f"{name}.csv").open() as file:
        return {
            row["key"]: tuple(int(n) for n in row["shape"].split("x")) if row["shape"] != "scalar" else ()
            for row in csv.DictReader(file)
        }


def made_weights(name):
    """Numbers that depend on a key's place in the sorted table alone."""
    made = {}
    for place, (key, shape) in enumerate(sorted(manifest(name).items())):
        numbers = torch.randn(shape, generator=torch.Generator().manual_seed(place))
        if key.endswith("num_batches_tracked"):
            numbers = torch.zeros((), dtype=torch.int64)
        elif key.endswith("running_var"):
            numbers = 0.5 + numbers.abs()
        elif numbers.ndim == 1:
            numbers = 0.1 * numbers + (1.0 if key.endswith("weight") else 0.0)
        else:
            numbers = numbers / math.sqrt(numbers[0].numel())
        made[key] = numbers
    return made


def image(channels):
    return torch.rand((1, channels, 64, 64), generator=torch.Generator().manual_seed(123)) * 2 - 1


def network_for(name, **changes):
    family, _, network = name.partition("_")
    sections = {
        "input": {
            "size": 64, "normalise": FAMILIES[family].normalise or "percentile",
            "channels": 1 if family in ("xrv", "medicalnet") else 3,
            **({"volume": "3d"} if network.endswith("3d") else {}),
        },
        "network": {"name": network},
        "start": {"kind": "weights", "weights": f"{family}/test"},
    }
    return build_network(tiny_recipe(**{**sections, **changes}), ("A", "B"), seed=3).eval(), f"{family}/test"


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_published_tensor_of_the_backbone_finds_its_place(name):
    model, weights = network_for(name)
    given = {
        key: torch.zeros(shape, dtype=torch.int64 if key.endswith("tracked") else torch.float32)
        for key, shape in manifest(name).items()
    }
    transfer = adopt(model, flat_tensors({"state_dict": given}, name), weights)
    assert set(transfer.fresh) == {"head.weight", "head.bias"}
    assert set(transfer.unused) == HEADS.get(name, set())
    assert transfer.adapted == ()
    used = sum(not key.endswith("num_batches_tracked") for key in given) - len(transfer.unused)
    zero_biases = sum(key.endswith("downsample.0.bias") for key in model.state_dict())
    assert transfer.loaded == used + zero_biases
    assert all(not tensor.any() for key, tensor in model.state_dict().items() if key.startswith("backbone."))


@pytest.mark.parametrize("name", ANSWERS)
def test_network_gives_the_features_that_the_publishers_own_code_gives(name):
    model, weights = network_for(name)
    adopt(model, made_weights(name), weights)
    family = name.partition("_")[0]
    x = image(1) * 1024 if family == "xrv" else image(3)
    with torch.no_grad():
        features = model.backbone(x)[0, :6]
    torch.testing.assert_close(features, torch.tensor(ANSWERS[name]), rtol=1e-3, atol=1e-4)


def test_names_of_the_densenet_file_of_2017_are_understood():
    given = {key.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2."): t
             for key, t in made_weights("imagenet_densenet121").items()}
    model, weights = network_for("imagenet_densenet121")
    assert set(adopt(model, given, weights).fresh) == {"head.weight", "head.bias"}


SCALED = {  # what the network's first layer gets for black, mid-grey and white
    "imagenet_resnet18": [(0 - 0.485) / 0.229, (0.5 - 0.485) / 0.229, (1 - 0.485) / 0.229],
    "xrv_densenet121": [-1024.0, 0.0, 1024.0],
    "radimagenet_resnet50": [-1.0, 0.0, 1.0],
}


@pytest.mark.parametrize("name", SCALED)
def test_brightness_reaches_the_weights_as_their_publisher_scaled_it(name):
    model, _ = network_for(name)
    readers_scale = (torch.tensor([0.0, 0.5, 1.0]) - 0.5) / 0.25
    grey = readers_scale.reshape(3, 1, 1, 1).expand(3, model.input.channels, 4, 4)
    torch.testing.assert_close(model.scaling(grey)[:, 0, 0, 0], torch.tensor(SCALED[name]), rtol=1e-4, atol=1e-4)


WRONG = {
    "another scaling": ({"input": {"normalise": "percentile", "channels": 3}}, "input.normalise to 'imagenet'"),
    "another network": ({"network": {"name": "small_cnn"}}, "come for resnet18, resnet50, densenet121"),
    "no name": ({"start": {"kind": "weights"}}, "give it in start.weights"),
    "an unknown family": ({"start": {"kind": "weights", "weights": "nowhere/x"}}, "a family of imagenet, xrv"),
    "weights from scratch": ({"start": {"kind": "scratch", "weights": "imagenet/a"}}, "choose 'weights' or empty it"),
    "a model beside weights": (
        {"start": {"kind": "weights", "weights": "imagenet/a", "model": "model 1"}}, "choose 'checkpoint' or empty it"
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_recipe_refuses_weights_with(name):
    sections, told = WRONG[name]
    base = {
        "input": {"normalise": "imagenet", "channels": 3}, "network": {"name": "resnet18"},
        "start": {"kind": "weights", "weights": "imagenet/resnet18"},
    }
    with pytest.raises(RecipeError, match=told):
        tiny_recipe(**{**base, **sections})


def test_three_channels_become_one_with_the_same_answer_on_grey():
    given = made_weights("radimagenet_resnet50")
    three, weights = network_for("radimagenet_resnet50")
    one, _ = network_for("radimagenet_resnet50", input={"size": 64, "normalise": "symmetric", "channels": 1})
    adopt(three, given, weights)
    transfer = adopt(one, given, weights)
    assert transfer.adapted == ("backbone.conv1.weight",)
    assert "fitted to the channels: backbone.conv1.weight" in transfer.sentence
    grey = image(1)
    with torch.no_grad():
        torch.testing.assert_close(one.features(grey), three.features(grey.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-5)


def test_what_is_not_matched_is_reported_both_ways(tmp_path):
    given = made_weights("imagenet_resnet18") | {"aux.weight": torch.zeros(2)}
    save_file(given, tmp_path / "w.safetensors")
    model, weights = network_for("imagenet_resnet18")
    transfer = start_from(model, tmp_path / "w.safetensors", weights)
    assert transfer.fresh == ("head.weight", "head.bias")
    assert set(transfer.unused) == {"fc.weight", "fc.bias", "aux.weight"}
    assert "not used:" in transfer.sentence
    assert transfer.as_dict()["fresh"] == ("head.weight", "head.bias")


def test_weights_that_leave_part_of_the_network_untouched_are_refused():
    given = made_weights("imagenet_resnet18")
    given.pop("layer3.0.conv1.weight")
    given["layer2.0.conv1.weight"] = torch.zeros(3, 3)
    model, weights = network_for("imagenet_resnet18")
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    with pytest.raises(ModelFileError, match=r"2 tensors .*layer2\.0\.conv1\.weight"):
        adopt(model, given, weights)
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())


class Trap:
    """Runs when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def whole_model(folder, module="torchxrayvision.models", extra=None):
    """A network pickled whole, as TorchXRayVision publishes its own, under another library's name."""
    fake = types.ModuleType(module)

    class DenseNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
            self.classifier = nn.Linear(2, 1)
            self.note = extra

    DenseNet.__module__, DenseNet.__qualname__ = module, "DenseNet"
    fake.DenseNet = DenseNet
    known = {name: sys.modules.get(name) for name in (module.split(".")[0], module)}
    sys.modules.update({module.split(".")[0]: types.ModuleType(module.split(".")[0]), module: fake})
    try:
        net = DenseNet()
        torch.save(net, folder / "whole.pt")
    finally:
        for name, old in known.items():
            sys.modules.pop(name) if old is None else sys.modules.update({name: old})
    return folder / "whole.pt", net.state_dict()


def test_tensors_are_taken_out_of_a_network_that_was_pickled_whole_without_its_code(tmp_path):
    path, expected = whole_model(tmp_path)
    with pytest.raises(ModelFileError, match="could execute code"):
        read_weights(path)
    found = read_weights(path, whole_models=True)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert "torchxrayvision" not in sys.modules


@pytest.mark.parametrize("whole_models", [False, True])
@pytest.mark.parametrize("where", ["inside a network", "in a table", "alone", "a plain pickle"])
def test_code_in_a_file_never_runs(tmp_path, where, whole_models):
    trap, path = tmp_path / "executed", tmp_path / "evil.pt"
    if where == "inside a network":
        path, _ = whole_model(tmp_path, extra=Trap(str(trap)))
    elif where == "in a table":
        torch.save({"state_dict": {"a": torch.zeros(2), "b": Trap(str(trap))}}, path)
    elif where == "alone":
        torch.save(Trap(str(trap)), path)
    else:
        path.write_bytes(pickle.dumps(Trap(str(trap))))
    with pytest.raises(ModelFileError):
        read_weights(path, whole_models=whole_models)
    assert not trap.exists()


def test_a_class_of_another_library_ends_the_reading_by_its_name(tmp_path):
    path, _ = whole_model(tmp_path, module="somebodys.library")
    with pytest.raises(ModelFileError, match=r"somebodys\.library\.DenseNet, which is no part of a network"):
        read_weights(path, whole_models=True)


@pytest.mark.parametrize("kind", ["truncated", "empty", "text", "absent", "a list", "no tensors"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_damaged_file_is_refused_in_words(tmp_path, kind, suffix):
    path = tmp_path / f"weights{suffix}"
    if kind == "truncated":
        (save_file if suffix == ".safetensors" else torch.save)({"a": torch.zeros(500)}, path)
        path.write_bytes(path.read_bytes()[:700])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("<html>404</html>")
    elif kind == "a list":
        torch.save([torch.zeros(2)], path)
    elif kind == "no tensors":
        torch.save({"epoch": 3}, path)
    with pytest.raises(ModelFileError, match=path.name):
        read_weights(path)


def test_a_file_that_unpacks_to_many_times_its_size_is_refused(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 50_000_000)
    with pytest.raises(ModelFileError, match="times its size"):
        read_weights(path)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "large.pth"
    torch.save({"a": torch.zeros(100)}, path)
    monkeypatch.setattr("learning.toolkit.weights_file.LARGEST", 100)
    with pytest.raises(ModelFileError, match="at most"):
        read_weights(path)
