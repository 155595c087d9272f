"""An encoder that has outlined one finding begins to outline another: from the form's choice to the run's page."""

from __future__ import annotations

import numpy as np

from learning.services.start_state import models_to_start_from
from tests.learning.tasks.conftest import Small, Words

PRESENT, ABSENT = ("present", None), ("absent", None)


def both_outlined(number: int) -> Words:
    high, low = np.zeros((64, 64), bool), np.zeros((64, 64), bool)
    high[8:24, 20:40], low[40:56, 10 : 30 + number] = True, True
    if number % 4 == 0:
        return Words({"nodule": ABSENT, "effusion": ABSENT})
    return Words({"nodule": PRESENT, "effusion": PRESENT}, {"nodule": high, "effusion": low})


def test_a_model_of_one_finding_is_offered_taken_and_named_as_the_parent_of_anothers(small: Small):
    small.read(both_outlined)
    first = small.train(targets={"kind": "segmentation", "findings": ["nodule"]})
    ((reference, words),) = models_to_start_from(small.manager, small.project)
    assert "12 images" in words
    second = small.train(
        targets={"kind": "segmentation", "findings": ["effusion"]}, start={"kind": "checkpoint", "model": reference},
        optimiser={"max_steps": 1, "learning_rate": 1e-9, "batch_size": 4, "patience": 0, "keep": "last"},
    )
    assert second.parent == first
    told = second.run.metrics["start"]
    assert told["from"].endswith(f": {first}")
    assert "backbone" in same_weights(first, second)
    assert second.findings == ["effusion"]


def same_weights(first, second) -> set[str]:
    """First names of the modules that one step of nearly nothing left as the first model has them."""
    from learning.services.gate import model_path
    from learning.toolkit.export import load_model

    states = [load_model(model_path(version))[0].state_dict() for version in (first, second)]
    same = {
        name for name, tensor in states[0].items()
        if tensor.is_floating_point() and tensor.ndim > 1 and np.allclose(tensor, states[1][name], atol=1e-6)
    }
    return {name.partition(".")[0] for name in same}
