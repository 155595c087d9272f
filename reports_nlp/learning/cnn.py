"""A small convolutional network over hashed words (row Z3): phrases it was never told, found by their company.

Loads torch: import it in jobs, not in the web process.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from reports_nlp.learning.artefact import Arrays
from reports_nlp.learning.evidence import strongest
from reports_nlp.learning.features import FEATURES, RULE_FEATURES, TextView, read_parts, view_of
from reports_nlp.learning.folds import folds_by_patient
from reports_nlp.learning.probabilities import Targets, fit_temperature, log_loss, softmax
from reports_nlp.learning.tokens import Token, tokens_of
from reports_nlp.learning.types import STATES, Example, Floats, LearningError, Prediction
from reports_nlp.stages.types import Extraction, Span

BUCKETS, WIDTH, FILTERS, FLAGS = 8192, 32, 48, 2
REACHES = (1, 2, 3, 5)
"""Words a filter sees at once."""
LONGEST = 320
"""Words read of a report; the sentences that name the finding first."""
RULE_SCALE = 2.0
NEVER = -30.0
BATCH, EPOCHS, PATIENCE = 32, 40, 6


@dataclass(frozen=True, slots=True)
class WordRow:
    """One report as the network reads it."""

    tokens: tuple[Token, ...]
    words: tuple[int, ...]
    """Bucket of each word; 0 is nothing."""
    flags: tuple[tuple[float, float], ...]
    """Is it part of a mention; is it in a sentence that holds one."""
    view: TextView


class Net(nn.Module):
    """Embedded words → filters → their strongest answers → with the rules' word, a score per state."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(BUCKETS, WIDTH, padding_idx=0)
        self.filters = nn.ModuleList(
            nn.Conv1d(WIDTH + FLAGS, FILTERS, reach, padding=reach - 1) for reach in REACHES
        )
        self.drop = nn.Dropout(0.3)
        self.answer = nn.Linear(FILTERS * len(REACHES), len(STATES))
        self.rules = nn.Linear(len(RULE_FEATURES), len(STATES), bias=False)
        with torch.no_grad():
            self.embedding.weight.mul_(0.3)
            self.embedding.weight[0] = 0
            self.answer.weight.mul_(0.3)
            # Begins as what the rules say; corrections move it from there.
            self.rules.weight.zero_()
            self.rules.weight[:, : len(STATES)] = torch.eye(len(STATES))

    def heard(self, words: Any, flags: Any) -> list[Any]:
        """Answers of the filters at every place, one table per reach: reports x filters x places."""
        seen = torch.cat([self.embedding(words), flags], dim=2).transpose(1, 2)
        return [torch.relu(layer(seen)) for layer in self.filters]

    def forward(self, words: Any, flags: Any, rules: Any) -> Any:
        strongest_of = torch.cat([table.amax(dim=2) for table in self.heard(words, flags)], dim=1)
        return self.answer(self.drop(strongest_of)) + self.rules(rules * RULE_SCALE)


@dataclass(frozen=True)
class CnnModel:
    names: tuple[str, ...]
    net: Net
    known: Floats
    """0 for states that corrections gave, NEVER for the others."""
    temperature: float

    kind = "cnn"

    def predict(self, extraction: Extraction) -> Prediction:
        row = words_of(extraction, self.names)
        with torch.no_grad(), one_thread():
            words, flags, rules = _tensors([row])
            tables = self.net.heard(words, flags)
            peaks = [table[0].max(dim=1) for table in tables]
            found = torch.cat([peak.values for peak in peaks])
            scores = self.net.answer(found) + self.net.rules(rules[0] * RULE_SCALE)
        chances = softmax((scores.double().numpy() + self.known)[None] / self.temperature)[0]
        best = int(chances.argmax())
        pull = self._pull(best) * found.double().numpy()
        weighed = []
        for place, (reach, peak) in enumerate(zip(REACHES, peaks, strict=True)):
            for number, at in enumerate(peak.indices.tolist()):
                inside = row.tokens[max(0, at - reach + 1) : at + 1]
                if inside:
                    weighed.append((float(pull[place * FILTERS + number]), inside[0].start, inside[-1].end))
        return Prediction(
            STATES[best], dict(zip(STATES, map(float, chances), strict=True)), strongest(weighed, row.view.mentions)
        )

    def _pull(self, best: int) -> Floats:
        weights = self.net.answer.weight.detach().double().numpy()
        others = [place for place in range(len(STATES)) if place != best and self.known[place] == 0]
        return np.asarray(weights[best] - (weights[others].mean(axis=0) if others else 0))

    def arrays(self) -> Arrays:
        state = {f"net.{name}": value.detach().numpy() for name, value in self.net.state_dict().items()}
        return {**state, "known": self.known, "temperature": np.array([self.temperature])}

    def card(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "features": FEATURES, "states": list(STATES), "rules": list(RULE_FEATURES),
            "names": list(self.names),
        }


@contextmanager
def one_thread() -> Iterator[None]:
    """Layers this small are slower on two threads that wait for each other, and their sums are not repeatable."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def restore(arrays: Arrays, card: dict[str, Any]) -> CnnModel:
    """From its file. Raises LearningError for another version's."""
    if card.get("features") != FEATURES or card.get("rules") != list(RULE_FEATURES):
        raise LearningError("This model was trained by another version of the service. Train it again.")
    net = Net()
    weights = {name[4:]: torch.from_numpy(array.copy()) for name, array in arrays.items() if name.startswith("net.")}
    try:
        net.load_state_dict(weights)
    except RuntimeError:
        raise LearningError("The model's file does not fit together. Train it again.") from None
    net.eval()
    return CnnModel(tuple(card["names"]), net, np.asarray(arrays["known"]), float(arrays["temperature"][0]))


def words_of(extraction: Extraction, names: tuple[str, ...]) -> WordRow:
    """The words that are read, in the order of the text."""
    view = view_of(extraction, names)
    sentences = [m.sentence for m in extraction.mentions if m.finding in names]
    tokens = [token for part in read_parts(extraction) for token in tokens_of(extraction.text, part)]
    near = [any(s.start <= t.start < s.end for s in sentences) for t in tokens]
    if len(tokens) > LONGEST:
        # Impressions stand last.
        first = sorted(range(len(tokens)), key=lambda place: (not near[place], -place))[:LONGEST]
        kept = sorted(first)
        tokens, near = [tokens[place] for place in kept], [near[place] for place in kept]
    inside = [_is_in(token, view.mentions) for token in tokens]
    return WordRow(
        tuple(tokens), tuple(1 + zlib.crc32(t.text.encode()) % (BUCKETS - 1) for t in tokens),
        tuple((float(a), float(b)) for a, b in zip(inside, near, strict=True)), view,
    )


def _is_in(token: Token, spans: Sequence[Span]) -> bool:
    return any(span.start <= token.start and token.end <= span.end for span in spans)


def _tensors(rows: Sequence[WordRow]) -> tuple[Any, Any, Any]:
    longest = max(1, *(len(row.words) for row in rows))
    words = torch.zeros((len(rows), longest), dtype=torch.long)
    flags = torch.zeros((len(rows), longest, FLAGS))
    for place, row in enumerate(rows):
        if row.words:
            words[place, : len(row.words)] = torch.tensor(row.words)
            flags[place, : len(row.words)] = torch.tensor(row.flags)
    return words, flags, torch.tensor([row.view.rules for row in rows])


def train_cnn(
    examples: Sequence[Example], names: tuple[str, ...], *, seed: int,
    progress: Callable[[float], None] = lambda _: None,
) -> CnnModel:
    """Number of epochs and temperature by patients held out within the corrections, then all corrections.

    One thread and seeded: the same corrections give the same network. Raises LearningError where they hold a single
    answer.
    """
    rows = [words_of(example.extraction, names) for example in examples]
    targets = np.array([STATES.index(example.state) for example in examples])
    if len(set(targets)) < 2:
        raise LearningError("All corrections give the same answer; a model needs at least two.")
    known = np.where(np.isin(np.arange(len(STATES)), targets), 0.0, NEVER)
    held = folds_by_patient([example.patient for example in examples], 6, seed=seed) == 0
    with one_thread(), torch.random.fork_rng(devices=[]):
        epochs, scores = _search(rows, targets, held, known, seed, lambda f: progress(f / 2))
        net = _fit(rows, targets, known, seed, epochs, lambda f: progress(0.5 + f / 2))
    return CnnModel(names, net, known, fit_temperature(scores, targets[held]))


def _search(
    rows: Sequence[WordRow], targets: Targets, held: Any, known: Floats, seed: int, progress: Callable[[float], None]
) -> tuple[int, Floats]:
    """The best number of epochs, and the scores of the rows left out at that moment."""
    inside = [row for row, out in zip(rows, held, strict=True) if not out]
    outside = [row for row, out in zip(rows, held, strict=True) if out]
    best: tuple[float, int, Floats] | None = None
    if not inside or not outside:
        return EPOCHS // 4, np.zeros((len(outside), len(STATES)))
    for epoch, net in _epochs(inside, targets[~held], known, seed, EPOCHS):
        scores = _scores(net, outside) + known
        loss = log_loss(scores, targets[held])
        if best is None or loss < best[0] - 1e-4:
            best = (loss, epoch, scores)
        elif epoch >= best[1] + PATIENCE:
            break
        progress(epoch / EPOCHS)
    assert best is not None
    return best[1], best[2]


def _fit(
    rows: Sequence[WordRow], targets: Targets, known: Floats, seed: int, epochs: int, progress: Callable[[float], None]
) -> Net:
    net = Net()
    for epoch, trained in _epochs(rows, targets, known, seed, epochs):
        net = trained
        progress(epoch / epochs)
    net.eval()
    return net


def _epochs(rows: Sequence[WordRow], targets: Targets, known: Floats, seed: int, epochs: int) -> Any:
    """Train; yields (epoch, network) after each."""
    torch.manual_seed(seed)
    net = Net()
    draw = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    answers, mask = torch.from_numpy(targets), torch.from_numpy(known).float()
    for epoch in range(1, epochs + 1):
        net.train()
        order = draw.permutation(len(rows))
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            scores = net(*_tensors([rows[place] for place in chosen])) + mask
            loss = nn.functional.cross_entropy(scores, answers[chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        yield epoch, net


def _scores(net: Net, rows: Sequence[WordRow]) -> Floats:
    net.eval()
    with torch.no_grad():
        parts = [net(*_tensors(rows[first : first + 128])) for first in range(0, len(rows), 128)]
    return np.asarray(torch.cat(parts).double().numpy())
