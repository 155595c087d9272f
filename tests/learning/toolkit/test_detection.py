"""A detector is whatever answers with boxes; class activation is one."""

import torch

from learning.recipe import load_recipe
from learning.toolkit.detection import ActivationDetector, Detector, TaughtImage
from learning.toolkit.nets import build_network
from tests.learning.toolkit.shapes import squares


def test_activation_boxes_are_a_detector_that_boxes_do_not_change():
    model = build_network(load_recipe({"input": {"size": 32}}), ("BRIGHT", "DARK"), seed=0).eval()
    images = squares(6, seed=0).images
    detector: Detector = ActivationDetector(model, least=0.0, most=1.0)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    detector.teach(images, [TaughtImage({"BRIGHT": ((1.0, 1.0, 8.0, 8.0),)})] * 6)
    found = detector.detect(images)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert {one.finding for one in found} == {"BRIGHT", "DARK"}
    assert all(0 <= one.row < 6 and 0 <= one.score <= 1 and min(one.place[2:]) > 0 for one in found)
    assert ActivationDetector(model, least=1.1).detect(images) == []
