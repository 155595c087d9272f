"""What one sentence says, while it is being found out."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports_nlp.stages.matching import Hit
from reports_nlp.stages.rules import Rule
from reports_nlp.stages.scope import Event
from reports_nlp.stages.tokens import Page
from reports_nlp.stages.types import Cue, Mention, SectionKind, Span


@dataclass(slots=True)
class Read:
    """What one sentence says."""

    first: int
    last: int
    span: Span
    section: SectionKind
    mentions: list[Mention] = field(default_factory=list)
    tokens: list[tuple[int, int]] = field(default_factory=list)
    """Token range of each mention."""
    normals: list[tuple[str, Cue]] = field(default_factory=list)
    """Normal statements: kind and evidence."""
    events: list[Event] = field(default_factory=list)
    qualities: list[tuple[str, ...]] = field(default_factory=list)
    """Of each mention, once its attributes have been read: words of degree and appearance."""


def cue_of(page: Page, role: str, hit: Hit, rule: Rule) -> Cue:
    """Evidence: a phrase at its place, with the rule that it belongs to."""
    return Cue(role, Span(page.starts[hit.start], page.ends[hit.end - 1]), rule.id)
