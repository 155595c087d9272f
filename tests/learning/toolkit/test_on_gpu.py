"""What must hold on a CUDA device too. Left out, and said so, where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from learning.toolkit.controls import determinism_and_resume
from learning.toolkit.device import choose_device, uses_bf16
from learning.toolkit.images import ImageReader
from learning.toolkit.nets import build_network
from learning.toolkit.prediction import predict
from learning.toolkit.rows import Rows
from learning.toolkit.step import Stepper
from learning.toolkit.streams import Streams
from learning.toolkit.train import fit
from tests.learning.toolkit.shapes import FINDINGS, squares, tiny_recipe

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="gpu: no CUDA device on this machine"),
]
NETWORKS = ("small_cnn", "resnet18", "densenet121")
TRAIN, VAL, EXTRA = squares(96, seed=1, prefix="t"), squares(48, seed=2, prefix="v"), squares(32, seed=3, prefix="x")


def test_the_device_is_chosen_by_itself() -> None:
    assert choose_device().type == "cuda"


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("kill_at_batch", [3, 7])
def test_a_killed_run_resumed_on_the_gpu_ends_bit_identical(tmp_path, network: str, kill_at_batch: int) -> None:
    recipe = tiny_recipe(network={"name": network}, pseudolabels={"weight": 0.5})
    control = determinism_and_resume(TRAIN, VAL, recipe, kill_at_batch=kill_at_batch, workdir=tmp_path, extra=EXTRA)
    assert control.passed, control.sentence


@pytest.mark.parametrize("network", NETWORKS)
def test_gpu_and_processor_predict_the_same(network: str) -> None:
    model = build_network(tiny_recipe(network={"name": network}), FINDINGS, seed=4)
    here = predict(model, VAL.images, precision="fp32", device="cpu")
    there = predict(model, VAL.images, precision="fp32", device="cuda")
    np.testing.assert_allclose(there.probabilities, here.probabilities, atol=2e-4)
    np.testing.assert_allclose(there.embeddings, here.embeddings, atol=5e-3, rtol=5e-3)


def test_a_model_trained_on_the_gpu_is_as_good_as_one_trained_here(tmp_path) -> None:
    recipe = tiny_recipe(optimiser={"max_epochs": 25, "learning_rate": 0.005}, augmentation={"kind": "none"})
    train, val = squares(300, seed=1, prefix="t"), squares(150, seed=2, prefix="v")
    best = {}
    for device in ("cpu", "cuda"):
        result = fit(train, val, recipe, workdir=tmp_path / device, device=device)
        best[device] = min(result.history[result.kept_epoch - 1].val_auroc.values())
    assert best["cuda"] > 0.85
    assert abs(best["cuda"] - best["cpu"]) < 0.06


def test_large_networks_compute_in_bfloat16_and_say_nearly_the_same() -> None:
    assert uses_bf16("auto", "resnet18", torch.device("cuda"))
    model = build_network(tiny_recipe(network={"name": "resnet18"}), FINDINGS, seed=4)
    exact = predict(model, VAL.images, precision="fp32", device="cuda").probabilities
    rough = predict(model, VAL.images, precision="auto", device="cuda").probabilities
    np.testing.assert_allclose(rough, exact, atol=0.03)


def test_out_of_memory_halves_the_batch_and_the_update_stays_the_same() -> None:
    """The device's memory is really spent; the gradient of a batch in parts is that of the whole."""
    recipe = tiny_recipe(
        input={"size": 256}, network={"name": "resnet18"}, precision="fp32", optimiser={"batch_size": 64},
        regularisation={"dropout_hidden": 0.0}, augmentation={"kind": "none"},
    )
    device = torch.device("cuda")
    whole, notes = _one_update(recipe, device), []
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info()
    ballast = torch.empty(free - 900 * 2**20, dtype=torch.uint8, device=device)
    try:
        parts = _one_update(recipe, device, notes)
    finally:
        del ballast
        torch.cuda.empty_cache()
    assert notes, "the memory was not used up: the test shows nothing"
    assert "computed in parts" in notes[0]
    assert parts == pytest.approx(whole, rel=0.02)


def _one_update(recipe, device: torch.device, notes: list[str] | None = None) -> float:
    rows = Rows(TRAIN, recipe, device)
    assert isinstance(rows.reader.reader, ImageReader)
    model = build_network(recipe, FINDINGS, seed=4)
    for layer in model.modules():  # statistics of a batch do depend on how it is cut
        if isinstance(layer, torch.nn.modules.batchnorm._BatchNorm):
            layer.eval()
            layer.train = lambda mode=True, layer=layer: layer  # type: ignore[method-assign,misc]
    stepper = Stepper(model, rows, None, recipe, Streams(0), device)
    told = stepper.update(np.arange(64), step=0, of=10, notes=notes if notes is not None else [])
    return float(told["loss"])
