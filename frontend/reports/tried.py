"""Marks of a text that was only tried: nothing of it is in the database, so mentions are counted from 1."""

from __future__ import annotations

from frontend.reports import words
from frontend.reports.marks import CueLine, Why
from frontend.reports.pieces import Mark
from reports_nlp.stages.types import Extraction, Mention


def tried_marks(extraction: Extraction) -> tuple[list[Mark], list[Why]]:
    whys = [_why(number, mention, extraction.text) for number, mention in enumerate(extraction.mentions, start=1)]
    marks = []
    for why, mention in zip(whys, extraction.mentions, strict=True):
        label = f"{why.called}: {why.state if why.name != 'aside' else why.context_words}"
        marks.append(Mark("mention", why.mention, mention.span.start, mention.span.end, why.name, label))
        marks += [Mark("cue", why.mention, cue.span.start, cue.span.end, cue.role) for cue in mention.cues]
    marks += [Mark("link", n, r.span.start, r.span.end) for n, r in enumerate(extraction.image_references, start=1)]
    return marks, whys


def _why(number: int, mention: Mention, text: str) -> Why:
    attributes = {
        "laterality": mention.laterality, "severity": mention.severity, "temporal": mention.temporal,
        "anatomy": list(mention.anatomy), "measurements": [[0, 0, list(m.millimetres)] for m in mention.measurements],
    }
    return Why(
        mention=number, finding=mention.finding, narrower=mention.subfinding, text=mention.span.of(text),
        state=words.STATE_WORDS[mention.polarity.value], context=mention.context.value,
        context_words=words.CONTEXT_WORDS.get(mention.context.value, mention.context.value),
        section=words.SECTION_WORDS.get(mention.section.value, mention.section.value), rule=mention.rule,
        rule_name=words.rule_words(mention.rule), attributes=tuple(words.attribute_words(attributes)),
        cues=tuple(
            CueLine(cue.span.of(text), words.role_words(cue.role), cue.rule, words.rule_words(cue.rule))
            for cue in mention.cues
        ),
        sentence=" ".join(mention.sentence.of(text).split()),
    )
