"""How far the voices on a report are apart: rules, text model, language model, image model. Ranks reports to read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from reports_nlp.learning.types import STATES

IMAGE_WEIGHT = 0.5
"""Images show what reports leave out, so the image's voice counts less."""
CERTAINTY = 0.9
"""Probability that a voice without probabilities (rules, language model) is taken to give to its state."""
SILENT_ABOUT_ABSENCE = 0.8
"""Of reports that do not mention a finding: probability that it is taken to be absent."""
_WORDS = {"present": "present", "absent": "absent", "equivocal": "uncertain", "not_mentioned": "not mentioned"}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """0: all say the same; 1: as far apart as can be."""

    score: float
    reason: str
    """rules: absent; model: present 0.91; image 0.88"""


def disagreement(
    *, rules: str, model: Mapping[str, float] | None = None, llm: str | None = None, image: float | None = None
) -> Disagreement:
    """How far apart the voices on one finding of one report are.

    rules, llm  a state
    model       probability by state
    image       probability that the finding is there, as the image model gives it

    With fewer than two voices the score is 0. The score is the larger of two: the Jensen–Shannon divergence of what the
    text's voices say, and how far the image's probability is from what they, taken together, say of presence.
    """
    texts = {"rules": of_state(rules)}
    if model is not None:
        texts["model"] = [float(model.get(state, 0.0)) for state in STATES]
    if llm is not None:
        texts["llm"] = of_state(llm)
    score = divergence(list(texts.values()))
    if image is not None:
        together = [sum(column) / len(texts) for column in zip(*texts.values(), strict=True)]
        score = max(score, IMAGE_WEIGHT * abs(image - presence(together)))
    return Disagreement(round(min(1.0, score), 4), _reason(rules, model, llm, image))


def of_state(state: str) -> list[float]:
    """A state as probabilities in the order of STATES. Raises ValueError for an unknown one."""
    rest = (1 - CERTAINTY) / (len(STATES) - 1)
    chances = [rest] * len(STATES)
    chances[STATES.index(state)] = CERTAINTY
    return chances


def presence(chances: list[float]) -> float:
    """Probability that the finding is there, for an image to be compared with; an open question counts half."""
    by_state = dict(zip(STATES, chances, strict=True))
    silent = by_state["not_mentioned"] * (1 - SILENT_ABOUT_ABSENCE)
    return by_state["present"] + 0.5 * by_state["equivocal"] + silent


def divergence(voices: list[list[float]]) -> float:
    """Jensen–Shannon divergence over its largest possible value for so many voices: 0 to 1."""
    if len(voices) < 2:
        return 0.0
    middle = [sum(column) / len(voices) for column in zip(*voices, strict=True)]
    spread = _entropy(middle) - sum(_entropy(voice) for voice in voices) / len(voices)
    return max(0.0, spread / math.log(min(len(voices), len(STATES))))


def strongest(by_finding: Mapping[str, Disagreement]) -> Disagreement:
    """A report's place in the queue: that of the finding on which its voices are furthest apart, and its name."""
    if not by_finding:
        return Disagreement(0.0, "")
    name, most = max(by_finding.items(), key=lambda item: (item[1].score, item[0]))
    return Disagreement(most.score, f"{name}: {most.reason}")


def _entropy(chances: list[float]) -> float:
    return -sum(chance * math.log(chance) for chance in chances if chance > 0)


def _reason(rules: str, model: Mapping[str, float] | None, llm: str | None, image: float | None) -> str:
    parts = [f"rules: {_WORDS[rules]}"]
    if model is not None:
        best = max(STATES, key=lambda state: model.get(state, 0.0))
        parts.append(f"model: {_WORDS[best]} {model.get(best, 0.0):.2f}")
    if llm is not None:
        parts.append(f"language model: {_WORDS[llm]}")
    if image is not None:
        parts.append(f"image {image:.2f}")
    return "; ".join(parts)
