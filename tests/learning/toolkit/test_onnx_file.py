"""ONNX files: equal to torch, with the card inside, and none where they would not be."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from learning.recipe import load_recipe
from learning.toolkit import onnx_file
from learning.toolkit.export import STATEMENT, ModelCard
from learning.toolkit.nets import build_network
from learning.toolkit.onnx_file import export_onnx
from learning.toolkit.weights import ModelFileError

FINDINGS = ("EFF", "NOD")


def model_and_card(network="small_cnn", **more):
    recipe = load_recipe({"network": {"name": network}, "input": {"size": 32}})
    return build_network(recipe, FINDINGS, seed=1).eval(), ModelCard(
        name="made", findings=FINDINGS, recipe=recipe, **more
    )


@pytest.mark.parametrize("network", ["small_cnn", "resnet18"])
def test_onnx_gives_the_calibrated_probabilities_of_the_card(network, tmp_path):
    model, card = model_and_card(network, temperatures=(2.0, 0.5), shifts=(0.3, -0.2))
    check = export_onnx(tmp_path / "m.onnx", model, card)
    assert check.largest_difference < 1e-5
    assert "random inputs" in check.sentence
    x = torch.randn(5, 1, 32, 32, generator=torch.Generator().manual_seed(9))  # a batch size it was not made with
    found = onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, {"image": x.numpy()})[0]
    raw = torch.sigmoid(model(x)).detach().numpy()
    np.testing.assert_allclose(found, card.calibrated(raw), atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "scaling"),
    [
        ("binary", {"shifts": (1.5, -0.7)}),
        ("multiclass", {"temperatures": (2.0,) * 3, "shifts": (0.0,) * 3}),
        ("ordinal", {"temperatures": (0.5, 0.5), "shifts": (0.4, 0.4)}),
    ],
)
def test_a_prevalence_that_was_corrected_and_every_kind_of_task_come_out_as_the_card_has_them(kind, scaling, tmp_path):
    recipe = load_recipe({"input": {"size": 32}, "targets": {"kind": kind}})
    findings = {"ordinal": ("EFF>=1", "EFF>=2"), "multiclass": (*FINDINGS, "MASS")}.get(kind, FINDINGS)
    model = build_network(recipe, findings, seed=1).eval()
    card = ModelCard(name="made", findings=findings, recipe=recipe, **scaling)
    export_onnx(tmp_path / "m.onnx", model, card)
    x = 2 * torch.randn(4, 1, 32, 32, generator=torch.Generator().manual_seed(9))
    found = onnxruntime.InferenceSession(tmp_path / "m.onnx").run(None, {"image": x.numpy()})[0]
    raw = model.probabilities(model(x)).detach().numpy()
    np.testing.assert_allclose(found, card.calibrated(raw), atol=1e-5)
    assert np.abs(found - raw).max() > 0.01
    assert kind != "multiclass" or np.allclose(found.sum(axis=1), 1, atol=1e-6)


def test_the_file_says_what_it_is_and_carries_its_card(tmp_path):
    model, card = model_and_card()
    export_onnx(tmp_path / "m.onnx", model, card)
    proto = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(proto)
    about = {entry.key: entry.value for entry in proto.metadata_props}
    assert about["statement"] == STATEMENT
    assert proto.doc_string == STATEMENT
    assert ModelCard.model_validate(json.loads(about["radloop_card"])) == card
    assert about["network input"].startswith("batch x 1 x 32 x 32")


def test_a_graph_that_differs_from_torch_is_not_kept(tmp_path, monkeypatch):
    model, card = model_and_card()
    other = build_network(card.recipe, FINDINGS, seed=2)
    wrong = onnx_file._graph(onnx_file._Calibrated(other, card).eval(), torch.zeros(1, 1, 32, 32))
    monkeypatch.setattr(onnx_file, "_graph", lambda whole, example: wrong)
    with pytest.raises(ModelFileError, match="other probabilities than torch"):
        export_onnx(tmp_path / "m.onnx", model, card)
    assert list(tmp_path.glob("m*")) == []


def test_a_network_that_onnx_cannot_hold_is_refused_in_words(tmp_path):
    model, card = model_and_card()

    model.backbone.register_forward_hook(lambda module, args, output: torch.special.bessel_j0(output))
    with pytest.raises(ModelFileError, match="cannot be written as ONNX"):
        export_onnx(tmp_path / "m.onnx", model, card)
    assert list(tmp_path.glob("m*")) == []
