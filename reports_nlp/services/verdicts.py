"""A reader accepts or corrects what a report is taken to say: one act per finding, kept with what was on the screen.

It is a reading of the text, not of the image: its line in the ledger comes from a source of kind `report` that belongs
to the reader. Readers' answers on images (what models are judged by, and learn from unasked) are of kind `reader`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotation.models import Finding
from core import audit
from core.errors import Conflict, Invalid
from core.models import User
from reports_nlp.models import Extraction, Mention, Report, ReportVerdict
from reports_nlp.selectors.labels import VALUE_OF, FindingLabel, finding_labels
from reports_nlp.selectors.withheld import is_withheld
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.services.verdict_lines import write_line

STATES = tuple(VALUE_OF)


@dataclass(frozen=True)
class Shown:
    """What the page showed: the definition and the text version, and which verdict of one's own, if any."""

    definition: str
    digest: str
    verdict: int | None = None


def accept_label(*, report: Report, finding: Finding, reader: User, shown: Shown, note: str = "") -> ReportVerdict:
    """The reader says that the report is understood rightly.

    The same act again is answered as the first was. Raises Conflict with both versions when the text, the rules or
    the reader's own verdict are not what the page showed, Invalid for a finding that is off the form.
    """
    return _give(report, finding, reader, shown, None, (), note)


def correct_label(
    *, report: Report, finding: Finding, reader: User, shown: Shown, state: str,
    spans: Sequence[tuple[int, int]] = (), note: str = "",
) -> ReportVerdict:
    """The reader says what the report really says: present, absent, equivocal or not_mentioned.

    spans  [start, end) of the text that the reader marked. Raises as `accept_label`.
    """
    if state not in STATES:
        raise Invalid(f"{state!r} is no answer; known: {', '.join(STATES)}.", field="state")
    if any(not 0 <= start < end <= len(report.text) for start, end in spans):
        raise Invalid("A marked span lies outside the text.", field="spans")
    return _give(report, finding, reader, shown, state, spans, note)


def blind_verdict(*, report: Report, finding: Finding, reader: User, state: str) -> ReportVerdict:
    """What the reader says without having seen what the report is taken to say; `services.blind` has made sure.

    Kept beside it is what the reader was not shown. Raises Conflict for a report that has not been extracted.
    """
    with transaction.atomic():
        extraction = Extraction.objects.filter(report=report, is_current=True).first()
        if extraction is None:
            raise Conflict("This report has not been extracted yet. Try again in a moment.")
        finding_map = rules_in_force(project=report.project).finding_map
        label = finding_labels(extraction=extraction, findings=[finding], finding_map=finding_map)[0]
        made = ReportVerdict.objects.create(
            report=report, finding=finding, reader=reader, act="corrected", state=state,
            shown=as_shown(extraction=extraction, label=label) | {"blind": True, "picked": "random"},
        )
        write_line(made, label)
    return made


def _give(
    report: Report, finding: Finding, reader: User, shown: Shown, state: str | None,
    spans: Sequence[tuple[int, int]], note: str,
) -> ReportVerdict:
    if finding.project_id != report.project_id or finding.state != "active":
        raise Invalid("This finding is not on the project's form any more. Reload the page.", finding=finding.pk)
    if is_withheld(user=reader, report=report):
        raise Conflict("You may yet read this case unaided; its report waits until your answer is in.")
    with transaction.atomic():
        held = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
        mine = ReportVerdict.objects.filter(report=held, finding=finding, reader=reader, is_current=True).first()
        if mine is not None and _is_repeated(mine, shown, state, spans):
            return mine
        extraction, label = _label_shown(held, finding, shown, state)
        if (None if mine is None else mine.pk) != shown.verdict:
            raise Conflict(
                "You have judged this label in another tab meanwhile. Reload the page.", yours=state or label.state,
                theirs=None if mine is None else mine.state, verdict=None if mine is None else mine.pk,
            )
        ReportVerdict.objects.filter(report=held, finding=finding, reader=reader, is_current=True).update(
            is_current=False
        )
        made = ReportVerdict.objects.create(
            report=held, finding=finding, reader=reader, act="accepted" if state is None else "corrected",
            state=state or label.state, shown=as_shown(extraction=extraction, label=label),
            spans=[list(span) for span in spans], note=note[:300],
        )
        write_line(made, label)
        audit.record(
            "report.judged", actor=reader, project=held.project, subject=f"report:{held.pk}", finding=finding.code,
            act=made.act,
        )
    return made


def _is_repeated(
    mine: ReportVerdict, shown: Shown, state: str | None, spans: Sequence[tuple[int, int]]
) -> bool:
    """A second click, or the same request sent again because its answer was lost."""
    same = (mine.shown.get("definition"), mine.shown.get("digest")) == (shown.definition, shown.digest)
    if state is None:
        return same and mine.act == "accepted"
    return same and (mine.act, mine.state, mine.spans) == ("corrected", state, [list(span) for span in spans])


def _label_shown(
    report: Report, finding: Finding, shown: Shown, state: str | None
) -> tuple[Extraction, FindingLabel]:
    """The label as it stands. Raises Conflict unless it is the one that was on the page."""
    extraction = Extraction.objects.filter(report=report, is_current=True).first()
    if extraction is None:
        raise Conflict("This report has not been extracted yet. Try again in a moment.")
    finding_map = rules_in_force(project=report.project).finding_map
    label = finding_labels(extraction=extraction, findings=[finding], finding_map=finding_map)[0]
    if report.is_latest and (extraction.definition, report.digest) == (shown.definition, shown.digest):
        return extraction, label
    newest = Report.objects.filter(project=report.project, key=report.key, is_latest=True).first() or report
    what = "The text has a new version." if newest.digest != shown.digest else "The rules have changed meanwhile."
    raise Conflict(
        f"{what} Look at the report as it stands now, then decide.",
        yours={"definition": shown.definition, "digest": shown.digest, "state": state},
        theirs={
            "definition": extraction.definition, "digest": newest.digest, "state": label.state, "report": newest.pk,
            "version": newest.version,
        },
    )


def as_shown(*, extraction: Extraction, label: FindingLabel) -> dict[str, Any]:
    """A label with its evidence, complete in itself: rules may change, what was accepted stays readable."""
    return {
        "definition": extraction.definition, "digest": extraction.report.digest, "report": extraction.report_id,
        "version": extraction.report.version, "value": label.value, "state": label.state, "reason": label.reason,
        "names": list(label.names), "mentions": [_mention(mention) for mention in label.mentions],
        "cues": [list(cue) for cue in label.cues],
    }


def _mention(mention: Mention) -> dict[str, Any]:
    return {
        "finding": mention.finding, "start": mention.start, "end": mention.end, "section": mention.section,
        "polarity": mention.polarity, "context": mention.context, "rule": mention.rule, "cues": mention.cues,
    }
