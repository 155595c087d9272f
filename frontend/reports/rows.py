"""The findings beside a report's text: what it says of each, why, and what readers said about that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from annotation.models import Finding
from core.models import User
from frontend.reports import words
from frontend.reports.marks import Why
from reports_nlp.models import Report, ReportLabel, ReportVerdict, ReportVoice
from reports_nlp.selectors.labels import STATE_OF, FindingLabel


@dataclass(frozen=True)
class Flag:
    """A reader's word on something that has changed since: what was shown then, what is said now."""

    verdict: ReportVerdict
    is_mine: bool
    is_new_text: bool
    then: str
    """What the page showed, as a state."""
    quotes: tuple[str, ...]
    """The words that were the evidence then."""
    now: str


@dataclass(frozen=True)
class Evidence:
    """Mentions that decided, told once where the report says the same again."""

    first: Why
    times: int
    cues: tuple[str, ...]


def evidence_of(whys: Sequence[Why]) -> tuple[Evidence, ...]:
    groups: dict[tuple[object, ...], list[Why]] = {}
    for why in whys:
        cues = tuple(dict.fromkeys(cue.text for cue in why.cues))
        groups.setdefault((why.text.lower(), why.state, cues, why.attributes), []).append(why)
    return tuple(Evidence(same[0], len(same), key[2]) for key, same in groups.items())  # type: ignore[arg-type]


@dataclass(frozen=True)
class Row:
    """One finding of the project, or one that only the lexicon knows (`finding` is None: nothing can be said of it)."""

    name: str
    finding: Finding | None
    state: str
    """present, absent, equivocal or not_mentioned: what the extraction says."""
    reason: str
    evidence: tuple[Evidence, ...]
    mine: ReportVerdict | None = None
    others: tuple[ReportVerdict, ...] = ()
    flags: tuple[Flag, ...] = ()
    voices: tuple[ReportVoice, ...] = ()
    marks: tuple[int, ...] = field(default=())
    """Every mention of it, evidence or not."""

    @property
    def sign(self) -> str:
        return words.SIGNS[self.state]

    @property
    def words(self) -> str:
        return words.STATE_WORDS[self.state]

    @property
    def is_said(self) -> bool:
        return self.state != "not_mentioned" or bool(self.marks) or self.mine is not None or bool(self.others)

    @property
    def needs_me(self) -> bool:
        return self.finding is not None and (self.mine is None or any(flag.is_mine for flag in self.flags))

    @property
    def mine_sign(self) -> str:
        return words.SIGNS[self.mine.state] if self.mine else ""


@dataclass(frozen=True)
class Said:
    """What readers and models said of a report: verdicts on any version of its text, with what has changed since."""

    report: Report
    person: User
    verdicts: Sequence[ReportVerdict]
    changed: Mapping[int, Sequence[str]]
    """Verdict → its flags."""
    voices: Sequence[ReportVoice]


def rows_of(
    *, labels: Sequence[FindingLabel], lexicon: Sequence[ReportLabel], whys: Sequence[Why], said: Said
) -> list[Row]:
    """Findings in the project's order, then what the lexicon found beyond them."""
    rows = [_row(label, whys, said) for label in labels]
    known = {name for label in labels for name in label.names} | {"No Finding"}
    beyond = {one.finding: one.value for one in lexicon if one.finding not in known}
    return rows + [
        Row(name, None, STATE_OF[value], "", (), marks=tuple(w.mention for w in whys if name in w.names))
        for name, value in sorted(beyond.items())
    ]


def _row(label: FindingLabel, whys: Sequence[Why], said: Said) -> Row:
    finding = label.finding
    of_finding = [verdict for verdict in said.verdicts if verdict.finding_id == finding.pk]
    here = [verdict for verdict in of_finding if verdict.report_id == said.report.pk]
    deciding = {mention.pk for mention in label.mentions}
    return Row(
        name=finding.name, finding=finding, state=label.state, reason=words.reason_words(label.reason, label.value),
        evidence=evidence_of([why for why in whys if why.mention in deciding]),
        mine=next((v for v in here if v.reader_id == said.person.pk), None),
        others=tuple(v for v in here if v.reader_id != said.person.pk), flags=_flags(of_finding, label.state, said),
        voices=tuple(voice for voice in said.voices if voice.finding_id == finding.pk),
        marks=tuple(why.mention for why in whys if why.names & set(label.names)),
    )


def _flags(verdicts: Sequence[ReportVerdict], state: str, said: Said) -> tuple[Flag, ...]:
    """Of each reader the word on the newest version; what was accepted stays what it was, and is quoted from there."""
    newest = {verdict.reader_id: verdict for verdict in sorted(verdicts, key=lambda v: (v.report.version, v.pk))}
    return tuple(
        Flag(
            verdict, verdict.reader_id == said.person.pk, "new-text" in said.changed[verdict.pk],
            verdict.shown.get("state", verdict.state), _quotes(verdict), state,
        )
        for verdict in newest.values() if verdict.pk in said.changed
    )


def _quotes(verdict: ReportVerdict) -> tuple[str, ...]:
    text = verdict.report.text
    return tuple(text[one["start"] : one["end"]] for one in verdict.shown.get("mentions", [])[:3])
