"""A report as a text model sees it: phrases near the finding, phrases of the whole, and what the rules said."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from reports_nlp.learning.tokens import masked, phrases, tokens_of
from reports_nlp.learning.types import STATES, rule_state
from reports_nlp.stages.types import Context, Extraction, Mention, Polarity, SectionKind, Span

FEATURES = "1"
"""Changes with anything here that changes what a trained model would be given."""
LEFT_OUT = frozenset({SectionKind.INDICATION, SectionKind.COMPARISON, SectionKind.TECHNIQUE})
"""What is asked and what was done before says nothing of this image."""
_ROLES = (
    "negation", "pseudo-negation", "uncertainty", "hypothetical", "history", "recommendation", "family", "normal",
    "alternative",
)
RULE_FEATURES: tuple[str, ...] = (
    *(f"rules say {state}" for state in STATES),
    *(f"mentioned as {polarity}" for polarity in Polarity),
    *(f"mentioned as {context}" for context in Context),
    "mentioned in the impression", "mentioned in the findings", "mentioned elsewhere", "mentioned more than once",
    *(f"decided by {role}" for role in _ROLES),
    "rules say No Finding", "by closure", "by a statement of normality",
)


@dataclass(frozen=True, slots=True)
class TextView:
    """What of one report is counted for one finding."""

    places: dict[str, tuple[tuple[int, int], ...]]
    """Phrase -> where it stands. Keys begin with `near ` (in a sentence that names the finding) or `in ` (anywhere)."""
    rules: tuple[float, ...]
    """In the order of RULE_FEATURES, 0 or 1."""
    state: str
    """What the rules say."""
    mentions: tuple[Span, ...]


def view_of(extraction: Extraction, names: tuple[str, ...]) -> TextView:
    """The report seen for a finding that has these names in the lexicon."""
    mentions = tuple(m for m in extraction.mentions if m.finding in names)
    spans = tuple(m.span for m in mentions)
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for sentence in dict.fromkeys(m.sentence for m in mentions):
        for phrase, start, end in phrases(masked(tokens_of(extraction.text, sentence), spans), 3):
            places[f"near {phrase}"].append((start, end))
    for part in read_parts(extraction):
        for phrase, start, end in phrases(tokens_of(extraction.text, part), 2):
            places[f"in {phrase}"].append((start, end))
    found = {phrase: tuple(spots) for phrase, spots in places.items()}
    return TextView(found, rule_features(extraction, names, mentions), rule_state(extraction, names), spans)


def read_parts(extraction: Extraction) -> list[Span]:
    """The parts of the text that speak of this image; all of it where no section was found."""
    parts = [section.span for section in extraction.sections if section.kind not in LEFT_OUT]
    return parts or [Span(0, len(extraction.text))]


def rule_features(
    extraction: Extraction, names: tuple[str, ...], mentions: tuple[Mention, ...]
) -> tuple[float, ...]:
    state = rule_state(extraction, names)
    roles = {cue.role for mention in mentions for cue in mention.cues}
    sections = {mention.section for mention in mentions}
    reasons = [label.reason for label in extraction.labels if label.finding in names]
    told = [
        *(state == known for known in STATES),
        *(any(m.polarity == polarity for m in mentions) for polarity in Polarity),
        *(any(m.context == context for m in mentions) for context in Context),
        SectionKind.IMPRESSION in sections, SectionKind.FINDINGS in sections,
        bool(sections - {SectionKind.IMPRESSION, SectionKind.FINDINGS}), len(mentions) > 1,
        *(role in roles for role in _ROLES),
        rule_state(extraction, ("No Finding",)) == "present",
        any(reason.startswith("closure") for reason in reasons), "normal-statement" in reasons,
    ]
    return tuple(float(value) for value in told)
