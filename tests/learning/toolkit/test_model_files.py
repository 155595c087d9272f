import json
import pickle

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from learning.toolkit.calibrate import OperatingPoint
from learning.toolkit.export import STATEMENT, ModelCard, load_model, read_card, save_model
from learning.toolkit.fingerprints import TrainingPrint
from learning.toolkit.nets import build_network
from learning.toolkit.prediction import predict
from learning.toolkit.weights import ModelFileError
from tests.learning.toolkit.shapes import FINDINGS, squares, tiny_recipe

EXAMPLES = squares(12, seed=0)
RECIPE = tiny_recipe()


def card(**changes):
    given = {
        "name": "model 3",
        "findings": FINDINGS,
        "recipe": RECIPE,
        "temperatures": (1.5, 0.8),
        "points": (OperatingPoint(0.4, "youden", 60), OperatingPoint(0.5, "youden", 0, "only one class")),
        "metrics": {"macro_auroc": 0.9},
        "seen": TrainingPrint.of(keys=EXAMPLES.keys, patients=EXAMPLES.patients, images=EXAMPLES.images),
    }
    return ModelCard(**(given | changes))


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model-3.safetensors"
    save_model(path, build_network(RECIPE, FINDINGS, seed=4), card())
    return path


def test_model_comes_back_with_its_card_and_predicts_the_same(saved):
    model, read = load_model(saved)
    assert read == card(seen=read.seen)
    before = predict(build_network(RECIPE, FINDINGS, seed=4), EXAMPLES.images)
    np.testing.assert_array_equal(predict(model, EXAMPLES.images).probabilities, before.probabilities)
    assert read_card(saved).statement == STATEMENT
    assert "Research use only" in STATEMENT


def test_card_is_json_in_the_header_and_holds_no_hashes_of_patients(saved):
    with safe_open(saved, framework="pt") as stream:
        data = json.loads(stream.metadata()["radloop_card"])
    assert data["findings"] == list(FINDINGS)
    assert data["points"][0]["threshold"] == 0.4
    assert "seen" not in data
    assert data == card().as_dict()


def test_card_applies_its_temperatures():
    p = np.array([[0.9, 0.9]])
    calibrated = card().calibrated(p)
    assert calibrated[0, 0] < 0.9 < calibrated[0, 1]
    np.testing.assert_array_equal(card(temperatures=None).calibrated(p), p)


def test_model_knows_the_images_and_patients_it_was_trained_on(saved):
    seen = read_card(saved).seen
    assert seen is not None
    fresh = squares(4, seed=8, prefix="new-")
    assert not seen.overlap(keys=fresh.keys, patients=fresh.patients, images=fresh.images)
    by_key = seen.overlap(keys=["new", EXAMPLES.keys[5]], patients=["x", "y"])
    assert (by_key.images, by_key.patients) == ((1,), ())
    by_patient = seen.overlap(keys=["new"], patients=[EXAMPLES.patients[0]])
    assert (by_patient.images, by_patient.patients) == ((), (0,))
    renamed = seen.overlap(keys=["copy"], patients=["x"], images=EXAMPLES.images[7:8])
    assert renamed.images == (0,)
    assert "flatter" in renamed.sentence


def test_training_hashes_are_salted_anew():
    prints = [TrainingPrint.of(keys=["1.2"], patients=["a"]) for _ in range(2)]
    assert prints[0].keys != prints[1].keys


def rewrite(path, change):
    with safe_open(path, framework="pt") as stream:
        header = dict(stream.metadata())
    tensors = load_file(path)
    data = json.loads(header["radloop_card"])
    change(data, tensors, header)
    header.setdefault("radloop_card", json.dumps(data))
    if header["radloop_card"] is None:
        del header["radloop_card"]
    elif data:
        header["radloop_card"] = json.dumps(data)
    save_file(tensors, path, metadata=header)


CHANGES = {
    "newer version": (lambda c, t, h: c.update(version=2), "version 2"),
    "unknown network": (lambda c, t, h: c["recipe"]["network"].update(name="evil"), "not valid"),
    "extra field": (lambda c, t, h: c.update(hook="os.system"), "not valid"),
    "no findings": (lambda c, t, h: c.update(findings=[]), "not valid"),
    "other findings": (lambda c, t, h: c.update(findings=["A"]), "do not fit"),
    "missing weights": (lambda c, t, h: t.pop("weights/head.bias"), "do not fit"),
    "weights not numbers": (lambda c, t, h: t["weights/head.bias"].fill_(torch.nan), "not numbers"),
    "no card": (lambda c, t, h: h.update(radloop_card=None), "without a RadLoop card"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_file_that_is_not_what_its_card_says_is_refused(saved, name):
    change, told = CHANGES[name]
    rewrite(saved, change)
    with pytest.raises(ModelFileError, match=told):
        load_model(saved)


class _Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize("kind", ["pickle", "torch", "empty", "text", "cut", "huge header", "absent"])
def test_foreign_damaged_or_malicious_file_is_refused_and_nothing_runs(saved, tmp_path, kind):
    trap = tmp_path / "executed"
    whole = saved.read_bytes()
    content = {
        "pickle": pickle.dumps(_Payload(str(trap))),
        "empty": b"",
        "text": b"hello",
        "cut": whole[: len(whole) // 2],
        "huge header": (2**62).to_bytes(8, "little") + whole[8:],
    }
    if kind == "torch":
        torch.save(_Payload(str(trap)), saved)
    elif kind == "absent":
        saved.unlink()
    else:
        saved.write_bytes(content[kind])
    with pytest.raises(ModelFileError):
        load_model(saved)
    assert not trap.exists()


def test_model_is_not_saved_under_a_card_of_another(tmp_path):
    model = build_network(RECIPE, FINDINGS, seed=4)
    for wrong in (card(findings=("A", "B")), card(temperatures=(1.0,)), card(recipe=tiny_recipe(input={"size": 64}))):
        with pytest.raises(ModelFileError):
            save_model(tmp_path / "model.safetensors", model, wrong)
    assert not list(tmp_path.glob("model*"))
