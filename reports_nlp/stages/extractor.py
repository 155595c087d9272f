"""The pipeline: text → sections → sentences → mentions → attributes → labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from reports_nlp.stages.attributes import Attributes
from reports_nlp.stages.headings import headings_of
from reports_nlp.stages.images import image_references
from reports_nlp.stages.labels import NO_FINDING, counted_sections, label
from reports_nlp.stages.measurements import measurements
from reports_nlp.stages.mentions import Reader
from reports_nlp.stages.policy import Policy, load_policy
from reports_nlp.stages.rules import Rules, load_rules
from reports_nlp.stages.sections import Sections
from reports_nlp.stages.sentences import split
from reports_nlp.stages.tokens import Page, Pages
from reports_nlp.stages.types import (
    Context,
    Extraction,
    ImageReference,
    Measurement,
    Mention,
    Polarity,
    Section,
    SectionKind,
)


class Extractor:
    """Reads reports under one pack and one policy. Cheap to keep; calls may come from any thread."""

    def __init__(self, rules: Rules | None = None, policy: Policy | None = None) -> None:
        self.rules = rules or load_rules()
        self.policy = policy or load_policy()
        self.definition = hashlib.sha256(f"{self.rules.definition} {self.policy.definition}".encode()).hexdigest()
        self._pages = Pages(
            self.rules.language, self.rules.words, self.rules.settings.get("compound_parts", ())
        )
        self._unfinished = frozenset(self.rules.words(word) for word in self.rules.settings.get("unfinished", ()))
        self._sections = Sections(self.rules.headings)
        self._read = Reader(self.rules, self.policy)
        self._attributes = Attributes(self.rules)

    def __call__(self, text: str, *, labels_only: bool = False) -> Extraction:
        """What the text says. `labels_only` leaves out attributes, measurements, image references and headings."""
        laid_out = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
        sections = self._sections(laid_out)
        page = self._pages(laid_out)
        reads = [
            self._read(page, first, last, section)
            for first, last, section in self._sentences(page, sections)
        ]
        sizes: tuple[Measurement, ...] = ()
        images: tuple[ImageReference, ...] = ()
        if not labels_only:
            sizes, images = measurements(text, self.rules), image_references(text, self.rules)
            for read in reads:
                self._attributes(page, read, sizes, images)
        mentions = _said(tuple(mention for read in reads for mention in read.mentions))
        counted = counted_sections([section.kind for section in sections], self.policy)
        normals = [normal for read in reads if read.section in counted for normal in read.normals]
        labels = label(mentions, normals, counted, self.policy)
        normal = any(one.finding == NO_FINDING for one in labels)
        return Extraction(
            text=text, sections=sections, sentences=tuple(read.span for read in reads), mentions=mentions,
            labels=labels, definition=self.definition, measurements=sizes, image_references=images,
            headings=() if labels_only else headings_of(reads, counted, normal=normal),
        )

    def pipe(self, texts: Iterable[str], *, labels_only: bool = False) -> Iterator[Extraction]:
        """One extraction per text, in order, holding no more than one at a time."""
        for text in texts:
            yield self(text, labels_only=labels_only)

    def _sentences(self, page: Page, sections: tuple[Section, ...]) -> Iterator[tuple[int, int, SectionKind]]:
        number = 0
        for first, last in split(page, sections, self.rules.abbreviations, self._unfinished):
            while number + 1 < len(sections) and page.starts[first] >= sections[number].span.end:
                number += 1
            yield first, last, sections[number].kind


def _said(mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Without what is only implied where the report itself denies it: a heart that is described needs no inference."""
    if not any(mention.implied for mention in mentions):
        return mentions
    denied = {one.finding for one in mentions if one.polarity is Polarity.ABSENT and one.context is Context.ASSERTED}
    return tuple(mention for mention in mentions if not (mention.implied and mention.finding in denied))
