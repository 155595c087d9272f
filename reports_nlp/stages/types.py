"""What the stages find in a text. All positions are characters of the text as given: `text[start:end]`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Polarity(StrEnum):
    """What the text says of a mentioned finding."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


class Context(StrEnum):
    """Whether the text says it of this patient now. Only asserted mentions become labels."""

    ASSERTED = "asserted"
    HYPOTHETICAL = "hypothetical"
    HISTORICAL = "historical"
    RECOMMENDED = "recommended"
    FAMILY = "family"


class SectionKind(StrEnum):
    INDICATION = "indication"
    COMPARISON = "comparison"
    TECHNIQUE = "technique"
    FINDINGS = "findings"
    IMPRESSION = "impression"
    ADDENDUM = "addendum"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def holds(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Section:
    kind: SectionKind
    span: Span
    """Body, without the heading."""
    heading: Span | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase that decided something about a mention: the evidence a person sees."""

    role: str
    """negation, pseudo-negation, uncertainty, hypothetical, history, recommendation, family, normal, alternative, …"""
    span: Span
    rule: str
    """Id of the rule in the pack, e.g. `en/scope/negation/no-evidence-of`."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A size in the text, in millimetres, largest first as written: 12 x 8 mm is (12.0, 8.0)."""

    span: Span
    millimetres: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ImageReference:
    """"series 4 image 32", "(4/32)"."""

    span: Span
    series: int | None
    image: int


@dataclass(frozen=True, slots=True)
class Mention:
    """One finding named once."""

    finding: str
    """Name in the lexicon, e.g. `Pleural Effusion`."""
    span: Span
    sentence: Span
    section: SectionKind
    polarity: Polarity = Polarity.PRESENT
    context: Context = Context.ASSERTED
    rule: str = ""
    """Id of the phrase that named it."""
    cues: tuple[Cue, ...] = ()
    laterality: str = ""
    """left, right, both or empty."""
    anatomy: tuple[str, ...] = ()
    severity: str = ""
    """trace, mild, moderate, severe or empty."""
    temporal: str = ""
    """new, stable, better, worse, resolved or empty."""
    measurements: tuple[Measurement, ...] = ()
    image_references: tuple[ImageReference, ...] = ()
    subfinding: str = ""
    """Narrower name in the lexicon that the phrase also says, e.g. `Nodule` under `Lung Lesion`; or empty."""
    implied: bool = False
    """Whether another finding's words imply it (heart failure: the heart); what is said of it itself counts more."""
    abnormal: bool = True
    """Whether its presence stands against No Finding."""


@dataclass(frozen=True, slots=True)
class Label:
    """What the report as a whole says of one finding under a policy: 1 present, 0 absent, -1 uncertain."""

    finding: str
    value: int
    mentions: tuple[int, ...] = ()
    """Indices into `Extraction.mentions` that decided it; empty for No Finding and for what closure added."""
    reason: str = ""
    """Which step of the policy: mention, closure:<finding>, normal-statement, no-finding."""
    cues: tuple[Cue, ...] = ()
    """Statements of normality that decided, where no mention did."""


@dataclass(frozen=True, slots=True)
class Extraction:
    text: str
    sections: tuple[Section, ...]
    sentences: tuple[Span, ...]
    mentions: tuple[Mention, ...]
    labels: tuple[Label, ...]
    definition: str
    """sha256 of rules + policy: with the text it determines everything here."""
    measurements: tuple[Measurement, ...] = ()
    image_references: tuple[ImageReference, ...] = ()
    headings: tuple[str, ...] = field(default=())
    """MeSH headings, `Finding/modifier/anatomy`."""

    def label(self, finding: str) -> Label | None:
        return next((one for one in self.labels if one.finding == finding), None)

    def mentions_of(self, finding: str) -> Iterator[Mention]:
        return (one for one in self.mentions if one.finding == finding)
