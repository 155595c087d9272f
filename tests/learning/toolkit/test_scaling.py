"""What published weights are fed with: their publishers' scales, exact; Hounsfield windows; nothing else changes."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from learning.recipe import load_recipe
from learning.recipe_parts import InputPart
from learning.toolkit.export import ModelCard
from learning.toolkit.nets import build_network
from learning.toolkit.nets.scaling import input_scaling
from learning.toolkit.onnx_file import export_onnx
from learning.toolkit.readers import make_reader

GREY = np.linspace(0, 65535, 32 * 32).reshape(1, 32, 32).astype(np.uint16)


def fed(images: np.ndarray, **input: object) -> np.ndarray:
    """What reaches the first layer."""
    spec = load_recipe({"input": {"size": 32} | input}).input
    return input_scaling(spec)(make_reader(images, spec).batch(np.arange(len(images)))).numpy()


def test_xrv_runs_from_minus_1024_to_1024_as_its_normalise_gives_it():
    assert_allclose(fed(GREY, normalise="xrv")[0, 0], (2 * (GREY[0] / 65535) - 1) * 1024, atol=1e-3)


def test_imagenet_subtracts_the_mean_of_each_colour_and_divides_by_its_deviation():
    made = fed(GREY, normalise="imagenet", channels=3)[0]
    for colour, (mean, std) in enumerate([(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)]):
        assert_allclose(made[colour], (GREY[0] / 65535 - mean) / std, atol=1e-5)
    assert_allclose(fed(GREY, normalise="imagenet")[0, 0], (GREY[0] / 65535 - 0.449) / 0.226, atol=1e-5)


def test_symmetric_runs_from_minus_one_to_one():
    assert_allclose(fed(GREY, normalise="symmetric")[0, 0], 2 * (GREY[0] / 65535) - 1, atol=1e-6)


def test_zscore_has_mean_0_and_deviation_1_over_what_is_not_background():
    image = np.zeros((1, 32, 32), np.float32)
    image[0, 8:24, 8:24] = np.random.default_rng(0).normal(100, 20, (16, 16))
    body = fed(image, normalise="zscore")[0, 0, 8:24, 8:24]
    # the 1st percentile of the whole is background, the 99th cuts the brightest
    assert_allclose([body.mean(), body.std()], [0, 1], atol=0.05)


def test_windows_are_exact_and_clipped_and_each_is_a_channel():
    hu = np.array([-2000, -1350, -600, 150, 3000, -160, 40, 240], np.int16)
    image = np.tile(hu, 128).reshape(1, 32, 32)
    made = make_reader(image, InputPart(size=32, windows="lung, mediastinum", normalise="window")).batch(np.arange(1))
    assert tuple(made.shape) == (1, 2, 32, 32)
    unit = (made[0, :, 0, :8] * 0.25 + 0.5).numpy()
    assert_allclose(unit[0], [0, 0, 0.5, 1, 1, 1190 / 1500, 1390 / 1500, 1], atol=1e-6)
    assert_allclose(unit[1], [0, 0, 0, 310 / 400, 1, 0, 0.5, 1], atol=1e-6)


def test_sixteen_bits_stay_sixteen_bits():
    fine = np.array([1000, 1001] * 512, np.uint16).reshape(1, 32, 32)
    made = make_reader(fine, InputPart(size=32, normalise="none")).batch(np.arange(1))[0, 0, 0]
    assert_allclose(float(made[1] - made[0]), 4 / 65535, rtol=1e-2)


def test_scaling_has_no_weights_and_none_is_the_identity():
    plain, scaled = (build_network(load_recipe({"input": {"normalise": n}}), ("A",), seed=0) for n in ("none", "xrv"))
    assert plain.state_dict().keys() == scaled.state_dict().keys()
    x = torch.randn(1, 1, 96, 96)
    assert_array_equal(plain.scaling(x), x)
    assert not torch.equal(plain(x), scaled(x))


@pytest.mark.parametrize(("input", "network"), [
    ({"volume": "slices", "depth": 4, "combine": "gru"}, "small_cnn"),
    ({"volume": "slices", "depth": 4, "combine": "attention"}, "small_cnn"),
    ({"volume": "tri_planar"}, "small_cnn"),
    ({"volume": "2.5d", "windows": "lung", "normalise": "window"}, "small_cnn"),
    ({"volume": "3d", "depth": 4, "normalise": "zscore"}, "small_cnn3d"),
    ({"normalise": "xrv"}, "small_cnn"),
])
def test_what_is_exported_answers_like_torch(tmp_path, input: dict[str, object], network: str):
    recipe = load_recipe({"input": {"size": 32} | input, "network": {"name": network}})
    model = build_network(recipe, ("A", "B"), seed=0).eval()
    check = export_onnx(tmp_path / "model.onnx", model, ModelCard(name="m", findings=("A", "B"), recipe=recipe))
    assert check.largest_difference < 1e-4
