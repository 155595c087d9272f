"""Phrases and rules into logistic regression: light, calibrated, and able to say which words decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from reports_nlp.learning.artefact import Arrays
from reports_nlp.learning.evidence import strongest
from reports_nlp.learning.features import FEATURES, RULE_FEATURES, TextView, view_of
from reports_nlp.learning.folds import folds_by_patient
from reports_nlp.learning.probabilities import Targets, fit_temperature, log_loss, softmax
from reports_nlp.learning.types import STATES, Example, Floats, LearningError, Prediction
from reports_nlp.stages.types import Extraction

STRENGTHS = (0.5, 2.0, 8.0, 32.0)
"""Inverse penalties tried by inner cross-validation."""
RULE_SCALE = 2.0
"""Rules weigh more than a phrase at equal penalty, so that few corrections leave the rules' answer as it is."""
LARGEST_VOCABULARY = 20_000
NEVER = -30.0
"""Score of an answer that no correction gave."""


@dataclass(frozen=True)
class LinearModel:
    """Scores = phrases · weights + rules · rule_weights + bias, over a temperature."""

    names: tuple[str, ...]
    vocabulary: dict[str, int]
    rarity: Floats
    weights: Floats
    rule_weights: Floats
    bias: Floats
    temperature: float

    kind = "linear"

    def predict(self, extraction: Extraction) -> Prediction:
        """Needs no scikit-learn: a product of a few hundred numbers."""
        view = view_of(extraction, self.names)
        columns, values = _row(view, self.vocabulary, self.rarity)
        rules = np.asarray(view.rules) * RULE_SCALE
        scores = self.weights[:, columns] @ values + self.rule_weights @ rules + self.bias
        chances = softmax(scores[None] / self.temperature)[0]
        best = int(chances.argmax())
        return Prediction(
            STATES[best], dict(zip(STATES, map(float, chances), strict=True)),
            self._spans(view, best, columns, values),
        )

    def _spans(self, view: TextView, best: int, columns: Any, values: Floats) -> Any:
        against = np.delete(self.weights[:, columns], best, axis=0)
        known = self.bias > NEVER / 2
        others = np.delete(known, best)
        pull = (self.weights[best, columns] - (against[others].mean(axis=0) if others.any() else 0)) * values
        phrase_of = {self.vocabulary[phrase]: phrase for phrase in view.places if phrase in self.vocabulary}
        weighed = [
            (float(weight), start, end)
            for weight, column in zip(pull, columns, strict=True) for start, end in view.places[phrase_of[int(column)]]
        ]
        return strongest(weighed, view.mentions)

    def arrays(self) -> Arrays:
        return {
            "rarity": self.rarity.astype(np.float32), "weights": self.weights.astype(np.float32),
            "rule_weights": self.rule_weights, "bias": self.bias, "temperature": np.array([self.temperature]),
        }

    def card(self) -> dict[str, Any]:
        ordered = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        return {
            "kind": self.kind, "features": FEATURES, "states": list(STATES), "rules": list(RULE_FEATURES),
            "names": list(self.names), "vocabulary": ordered,
        }


def restore(arrays: Arrays, card: dict[str, Any]) -> LinearModel:
    """From its file. Raises LearningError for another version's."""
    if card.get("features") != FEATURES or card.get("rules") != list(RULE_FEATURES):
        raise LearningError("This model was trained by another version of the service. Train it again.")
    vocabulary = {phrase: place for place, phrase in enumerate(card["vocabulary"])}
    parts = {name: np.asarray(arrays[name], dtype=np.float64) for name in ("rarity", "weights", "rule_weights", "bias")}
    if parts["weights"].shape != (len(STATES), len(vocabulary)):
        raise LearningError("The model's file does not fit together. Train it again.")
    return LinearModel(tuple(card["names"]), vocabulary, **parts, temperature=float(arrays["temperature"][0]))


def train_linear(
    examples: Sequence[Example], names: tuple[str, ...], *, seed: int,
    progress: Callable[[float], None] = lambda _: None,
) -> LinearModel:
    """Penalty by inner cross-validation over patients, temperature on the same held-out rows, then all rows.

    Raises LearningError where the corrections hold a single answer.
    """
    views = [view_of(example.extraction, names) for example in examples]
    patients = [example.patient for example in examples]
    targets = np.array([STATES.index(example.state) for example in examples])
    if len(set(targets)) < 2:
        raise LearningError("All corrections give the same answer; a model needs at least two.")
    folds = folds_by_patient(patients, 4, seed=seed)
    tried: dict[float, Floats] = {strength: np.zeros((len(views), len(STATES))) for strength in STRENGTHS}
    for fold in range(int(folds.max()) + 1):
        held = folds == fold
        if held.all():
            continue
        vocabulary, rarity = _vocabulary(views, patients, ~held)
        table = _table(views, vocabulary, rarity)
        for strength in STRENGTHS:
            weights, bias = _fit(table[~held], targets[~held], strength)
            tried[strength][held] = table[held] @ weights.T + bias
        progress((fold + 1) / (folds.max() + 2))
    best = min(STRENGTHS, key=lambda strength: log_loss(tried[strength], targets))
    vocabulary, rarity = _vocabulary(views, patients, folds >= 0)
    weights, bias = _fit(_table(views, vocabulary, rarity), targets, best)
    size = len(vocabulary)
    return LinearModel(
        names, vocabulary, rarity, weights[:, :size], weights[:, size:], bias, fit_temperature(tried[best], targets)
    )


def _vocabulary(views: Sequence[TextView], patients: Sequence[str], used: Any) -> tuple[dict[str, int], Floats]:
    """Phrases from reports of at least two patients, the commonest first, and how rare each is among patients."""
    said: dict[str, set[str]] = defaultdict(set)
    for view, patient, is_used in zip(views, patients, used, strict=True):
        if is_used:
            said[patient].update(view.places)
    counted = Counter(phrase for phrases in said.values() for phrase in phrases)
    kept = sorted((item for item in counted.items() if item[1] > 1), key=lambda item: (-item[1], item[0]))
    kept = kept[:LARGEST_VOCABULARY]
    rarity = np.array([np.log((1 + len(said)) / (1 + count)) + 1 for _, count in kept], dtype=np.float64)
    return {phrase: place for place, (phrase, _) in enumerate(kept)}, rarity


def _row(view: TextView, vocabulary: dict[str, int], rarity: Floats) -> tuple[Any, Floats]:
    """Columns and values of one report; phrases near the finding and elsewhere each have length 1."""
    near = [vocabulary[p] for p in view.places if p in vocabulary and p.startswith("near ")]
    far = [vocabulary[p] for p in view.places if p in vocabulary and p.startswith("in ")]
    blocks = [rarity[columns] for columns in (near, far)]
    scaled = [block / max(float(np.linalg.norm(block)), 1e-12) for block in blocks]
    return np.array(near + far, dtype=np.int64), np.concatenate(scaled)


def _table(views: Sequence[TextView], vocabulary: dict[str, int], rarity: Floats) -> Any:
    rows = [_row(view, vocabulary, rarity) for view in views]
    starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([columns for columns, _ in rows])
    values = np.concatenate([values for _, values in rows])
    phrases = csr_matrix((values, columns, starts), shape=(len(views), len(vocabulary)))
    rules = csr_matrix(np.array([view.rules for view in views]) * RULE_SCALE)
    return hstack([phrases, rules], format="csr")


def _fit(table: Any, targets: Targets, strength: float) -> tuple[Floats, Floats]:
    """Weights and bias of every state; of those never answered, NEVER."""
    from sklearn.linear_model import LogisticRegression

    weights, bias = np.zeros((len(STATES), table.shape[1])), np.full(len(STATES), NEVER)
    known = np.unique(targets)
    if len(known) == 1:
        bias[known] = 0.0
        return weights, bias
    model = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(table, targets)
    if len(known) == 2:
        weights[known[1]], bias[known[0]], bias[known[1]] = model.coef_[0], 0.0, model.intercept_[0]
    else:
        weights[known], bias[known] = model.coef_, model.intercept_
    return weights, bias
