from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from reports_nlp.learning.artefact import read_model, write_model
from reports_nlp.learning.features import RULE_FEATURES
from reports_nlp.learning.linear import train_linear
from reports_nlp.learning.train import TextReader, load_reader, train
from reports_nlp.learning.types import KINDS, STATES, Example, LearningError, rule_state
from tests.reports_nlp.learning.texts import NAMES, examples, told


@pytest.fixture(scope="module", params=KINDS)
def trained(request: pytest.FixtureRequest) -> TextReader:
    return train(request.param, examples(300), NAMES, seed=1)


def share_right(model: TextReader, held_out: list[Example]) -> float:
    return float(np.mean([model.predict(one.extraction).state == one.state for one in held_out]))


def test_it_learns_the_words_that_the_rules_do_not_know(trained: TextReader) -> None:
    unseen = examples(200, seed=9)
    by_rule = float(np.mean([rule_state(one.extraction, NAMES) == one.state for one in unseen]))
    assert by_rule < 0.92
    assert share_right(trained, unseen) > by_rule + 0.05


def test_shuffled_corrections_teach_nothing() -> None:
    rows = examples(300)
    order = np.random.default_rng(4).permutation(len(rows))
    shuffled = [dataclasses.replace(row, state=rows[int(place)].state) for row, place in zip(rows, order, strict=True)]
    # Three answers of equal frequency: chance is a third.
    assert share_right(train_linear(shuffled, NAMES, seed=1), examples(200, seed=9)) < 0.5


def test_evidence_is_in_the_text_and_names_what_decided(trained: TextReader) -> None:
    text = "Portable film. Blunting of the left costophrenic sulcus. The patient is rotated."
    prediction = trained.predict(told(text))
    assert prediction.state == "present"
    assert prediction.spans
    assert all(0 <= span.start < span.end <= len(text) for span in prediction.spans)
    said = " ".join(span.of(text) for span in prediction.spans)
    assert "costophrenic" in said or "Blunting" in said


def test_probabilities_sum_to_one_and_an_answer_never_given_has_none(trained: TextReader) -> None:
    chances = trained.predict(told("Small effusion.")).probabilities
    assert tuple(chances) == STATES
    assert sum(chances.values()) == pytest.approx(1)
    assert chances["equivocal"] < 1e-6


def test_confidence_is_about_as_high_as_accuracy(trained: TextReader) -> None:
    from reports_nlp.learning.probabilities import calibration_error

    rows = examples(400, seed=5)
    predictions = [trained.predict(one.extraction) for one in rows]
    right = np.array([p.state == one.state for p, one in zip(predictions, rows, strict=True)])
    assert calibration_error(np.array([p.probability for p in predictions]), right) < 0.1


def test_the_file_gives_back_the_same_model(trained: TextReader, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    sha256 = write_model(path, trained.arrays(), trained.card())
    again = load_reader(path, sha256=sha256)
    for one in examples(20, seed=3):
        before, after = trained.predict(one.extraction), again.predict(one.extraction)
        assert (after.state, after.spans) == (before.state, before.spans)
        assert after.probability == pytest.approx(before.probability, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_corrections_and_seed_give_the_same_model(kind: str, tmp_path: Path) -> None:
    digests = set()
    for number in range(2):
        model = train(kind, examples(80), NAMES, seed=2)
        digests.add(write_model(tmp_path / f"{number}.safetensors", model.arrays(), model.card()))
    assert len(digests) == 1
    other = train(kind, examples(80, seed=1), NAMES, seed=2)
    assert write_model(tmp_path / "other.safetensors", other.arrays(), other.card()) not in digests


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_answer_cannot_be_learned_from(kind: str) -> None:
    rows = [dataclasses.replace(row, state="absent") for row in examples(40)]
    with pytest.raises(LearningError, match="same answer"):
        train(kind, rows, NAMES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "   ", "Ünïcödé — 大きな影 .", "no " * 5000])
def test_any_text_gets_an_answer(kind: str, text: str) -> None:
    model = train(kind, examples(60), NAMES, seed=0)
    prediction = model.predict(told(text))
    assert prediction.state in STATES
    assert all(span.end <= len(text) for span in prediction.spans)


def test_a_phrase_of_one_patient_alone_is_not_kept() -> None:
    rows = examples(60)
    secret = Example(told("Zanzibar beacon effusion. Zanzibar beacon."), rows[0].patient, "present")
    same = [dataclasses.replace(secret, patient="P-secret") for _ in range(3)]
    vocabulary = train_linear([*rows, *same], NAMES, seed=0).card()["vocabulary"]
    assert not [phrase for phrase in vocabulary if "zanzibar" in phrase]


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff" * 64])
def test_a_damaged_file_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(LearningError, match="Train it again"):
        load_reader(path)


def test_another_file_in_its_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    model = train_linear(examples(40), NAMES, seed=0)
    sha256 = write_model(path, model.arrays(), model.card())
    write_model(path, model.arrays(), model.card() | {"vocabulary": []})
    with pytest.raises(LearningError, match="not the file"):
        read_model(path, sha256=sha256)
    with pytest.raises(LearningError, match="does not fit"):
        load_reader(path)


def test_a_model_of_other_features_asks_to_be_trained_again(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    model = train_linear(examples(40), NAMES, seed=0)
    write_model(path, model.arrays(), model.card() | {"rules": list(RULE_FEATURES[1:])})
    with pytest.raises(LearningError, match="Train it again"):
        load_reader(path)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(LearningError, match="linear, cnn"):
        train("forest", examples(10), NAMES)
