"""What a language model answered, held to the evidence contract: quotes that are not in the text are thrown away."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from reports_nlp.stages.types import Span

LONGEST_QUOTE = 400
"""Characters; a quote of half the report shows nothing."""
MOST_LABELS = 200
STATE_OF = {"present": "present", "absent": "absent", "uncertain": "equivocal"}


class UnreadableAnswer(ValueError):
    """Not the JSON that was asked for."""


class _Label(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    finding: str
    state: Literal["present", "absent", "uncertain"]
    quotes: list[str]


@dataclass(frozen=True, slots=True)
class LlmLabel:
    finding: str
    """Name, as it was asked."""
    state: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What survived, and what did not: reason -> how many."""

    labels: tuple[LlmLabel, ...]
    rejected: dict[str, int]
    rejected_findings: frozenset[str]

    def state_of(self, finding: str) -> str | None:
        """not_mentioned where the model left it out; None where what it said was thrown away."""
        found = next((label.state for label in self.labels if label.finding == finding), "not_mentioned")
        return None if finding in self.rejected_findings else found


def schema_for(findings: Sequence[str]) -> dict[str, Any]:
    """JSON schema of the answer."""
    label = {
        "type": "object", "additionalProperties": False, "required": ["finding", "state", "quotes"],
        "properties": {
            "finding": {"type": "string", "enum": list(findings)},
            "state": {"type": "string", "enum": list(STATE_OF)},
            "quotes": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        },
    }
    return {
        "type": "object", "additionalProperties": False, "required": ["labels"],
        "properties": {"labels": {"type": "array", "items": label}},
    }


def checked_answer(content: str, *, text: str, findings: Sequence[str]) -> Answer:
    """Labels whose every quote stands in the text. Raises UnreadableAnswer when there is no list of labels at all."""
    kept: dict[str, LlmLabel] = {}
    rejected: Counter[str] = Counter()
    refused: set[str] = set()
    for raw in _labels_in(content)[:MOST_LABELS]:
        name = raw.get("finding") if isinstance(raw, dict) else None
        try:
            label = _Label.model_validate(raw)
            spans = _spans(label, text, findings)
        except (ValidationError, ValueError) as error:
            rejected["no label" if isinstance(error, ValidationError) else str(error)] += 1
            refused |= {name} if isinstance(name, str) and name in findings else set()
            continue
        found = LlmLabel(label.finding, STATE_OF[label.state], spans)
        before = kept.get(label.finding)
        if before is not None and before.state != found.state:
            rejected["two answers for one finding"] += 1
            refused.add(label.finding)
        else:
            kept[label.finding] = found if before is None else LlmLabel(
                found.finding, found.state, tuple(dict.fromkeys([*before.spans, *spans]))
            )
    labels = tuple(label for name, label in kept.items() if name not in refused)
    return Answer(labels, dict(rejected), frozenset(refused))


def _labels_in(content: str) -> list[Any]:
    """The list of labels in an answer, with or without words and fences around it."""
    start, end = content.find("{"), content.rfind("}")
    if start < 0 or end < start:
        raise UnreadableAnswer("The answer holds no JSON object.")
    try:
        found = json.loads(content[start : end + 1])
    except (ValueError, RecursionError):
        raise UnreadableAnswer("The answer is no valid JSON.") from None
    labels = found.get("labels") if isinstance(found, dict) else None
    if not isinstance(labels, list):
        raise UnreadableAnswer("The answer has no list of labels.")
    return labels


def _spans(label: _Label, text: str, findings: Sequence[str]) -> tuple[Span, ...]:
    if label.finding not in findings:
        raise ValueError("finding that was not asked for")
    if not label.quotes:
        raise ValueError("no quote")
    return tuple(place(quote, text) for quote in label.quotes)


def place(quote: str, text: str) -> Span:
    """Where the quote stands, word for word; only white space may differ, as lines are wrapped.

    Raises ValueError when it does not stand there, is no word, or is too long to show anything.
    """
    words = quote.split()
    if not any(sign.isalnum() for sign in quote) or sum(map(len, words)) < 3:
        raise ValueError("quote without a word")
    if len(quote) > LONGEST_QUOTE:
        raise ValueError("quote too long")
    pattern = r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)"
    found = re.search(pattern, text)
    if found is None:
        raise ValueError("quote not in the text")
    return Span(found.start(), found.end())
