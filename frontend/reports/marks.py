"""What an extraction marked in a report, as marks of its text and as the explanation that each mark gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from frontend.reports import words
from frontend.reports.pieces import Mark
from reports_nlp.models import Mention, ReportLink


@dataclass(frozen=True)
class CueLine:
    """A phrase that decided, in the text's own words."""

    text: str
    role: str
    rule: str
    rule_name: str


@dataclass(frozen=True)
class Why:
    """What a mark says when it is pointed at or has the focus."""

    mention: int
    finding: str
    """Name in the lexicon; the narrower one is what people would call it."""
    narrower: str
    text: str
    state: str
    context: str
    context_words: str
    section: str
    rule: str
    rule_name: str
    cues: tuple[CueLine, ...]
    attributes: tuple[str, ...]
    sentence: str

    @property
    def called(self) -> str:
        return self.narrower or self.finding

    @property
    def names(self) -> set[str]:
        return {self.finding, self.narrower} - {""}

    @property
    def name(self) -> str:
        """What decides how the mark looks: polarity, or why it does not count."""
        return self.state if self.context == "asserted" else "aside"

    @property
    def sign(self) -> str:
        return words.SIGNS[self.state] if self.context == "asserted" else "·"


def why_of(mention: Mention, text: str) -> Why:
    cues = tuple(
        CueLine(text[start:end], words.role_words(role), rule, words.rule_words(rule))
        for role, start, end, rule in mention.cues
    )
    return Why(
        mention=mention.pk, finding=mention.finding, narrower=str(mention.attributes.get("subfinding", "")),
        text=text[mention.start : mention.end],
        state=words.STATE_WORDS[mention.polarity], context=mention.context,
        context_words=words.CONTEXT_WORDS.get(mention.context, mention.context),
        section=words.SECTION_WORDS.get(mention.section, mention.section), rule=mention.rule,
        rule_name=words.rule_words(mention.rule), cues=cues,
        attributes=tuple(words.attribute_words(mention.attributes)),
        sentence=" ".join(text[mention.sentence_start : mention.sentence_end].split()),
    )


def marks_of(mentions: Iterable[Mention], links: Iterable[ReportLink], text: str) -> list[Mark]:
    marks = []
    for mention in mentions:
        why = why_of(mention, text)
        said = why.state if mention.context == "asserted" else f"{why.state}, {why.context_words}"
        marks.append(Mark("mention", mention.pk, mention.start, mention.end, why.name, f"{why.called}: {said}"))
        marks += [Mark("cue", mention.pk, start, end, role) for role, start, end, _ in mention.cues]
    return marks + [Mark("link", link.pk, link.start, link.end) for link in links]
