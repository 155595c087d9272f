"""A group of admitted reports becomes rows: versions, matched studies and verdicts, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from core.models import Project
from imaging.models import Study
from reports_nlp.models import IntakeVerdict, Report, ReportIntake
from reports_nlp.services.intake_door import GONE, Admitted, Door, digest_of, plain_text
from reports_nlp.services.matching import find_studies
from reports_nlp.sources import ReportRecord

ADDENDUM = "\n\nADDENDUM:\n"
_TRIES = 4
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Stored:
    """What became of one record."""

    place: str
    verdict: str
    reason: str = ""
    report: Report | None = None


@dataclass
class _History:
    """The versions of one report as they stand while a group is written."""

    latest: Report | None = None
    highest: int = 0
    received: set[str] = field(default_factory=set)
    has_body: bool = False
    """Whether any version is more than an addendum."""


def store_reports(
    *, intake: ReportIntake, door: Door, name: str, records: Sequence[ReportRecord]
) -> list[Stored]:
    """De-identify, match and keep the records, with a verdict each. Committed when it returns.

    Another process that stores the same report at the same moment makes this one look again: one version results.
    """
    records = [door.plain(record) for record in records]
    door.look_up([record.identity for record in records])
    admitted = [door.admit(record) for record in records]
    _scrub_new(door.project, admitted)
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                outcomes = _store(intake, door, admitted)
                write_verdicts(intake=intake, name=name, outcomes=outcomes)
            return outcomes
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _scrub_new(project: Project, admitted: Sequence[Admitted]) -> None:
    """De-identify outside the transaction, which others wait for; what is here already needs none of it."""
    keys = {one.key for one in admitted}
    known = Report.objects.filter(project=project, key__in=keys).values_list("received", flat=True)
    here = set(known)
    for one in admitted:
        if one.received not in here:
            _ = one.text


def write_verdicts(*, intake: ReportIntake, name: str, outcomes: Sequence[Stored], coded: Any = None) -> None:
    """One row per record. What an attempt that was cut off had stored was stored by this intake, though it is there
    already now."""
    name = plain_text(name)[-400:]
    rows = {
        plain_text(one.place)[:60]: IntakeVerdict(
            intake=intake, name=name, place=plain_text(one.place)[:60], verdict=one.verdict,
            reason=plain_text(one.reason)[:300], report=one.report, coded_record=(coded or {}).get(one.place),
        )
        for one in outcomes
    }
    again = [place for place, row in rows.items() if row.verdict == "already-there"]
    before = IntakeVerdict.objects.filter(
        intake=intake, name=name, place__in=again, verdict__in=["stored", "new-version"]
    )
    for one in before:
        if one.report_id == rows[one.place].report_id and one.coded_record_id == rows[one.place].coded_record_id:
            rows[one.place].verdict, rows[one.place].reason = one.verdict, one.reason
    IntakeVerdict.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["intake", "name", "place"],
        update_fields=["verdict", "reason", "report", "coded_record"], batch_size=500,
    )


def _store(intake: ReportIntake, door: Door, admitted: Sequence[Admitted]) -> list[Stored]:
    project = door.project
    gone = door.gone([one.keyed for one in admitted])
    histories = _histories(project, {one.key for one in admitted})
    studies = find_studies(project=project, keyed=[one.keyed for one in admitted])
    outcomes = []
    fresh: list[Report] = []
    superseded: set[int] = set()
    for one, (study, _) in zip(admitted, studies, strict=True):
        history = histories.setdefault(one.key, _History())
        if one.keyed in gone:
            outcomes.append(Stored(one.place, "refused", GONE))
            continue
        outcome = _decide(intake, project, one, study, history)
        outcomes.append(outcome)
        if outcome.report is not None and outcome.verdict != "already-there":
            _enter(history, outcome.report, fresh, superseded)
    _supersede(superseded)
    Report.objects.bulk_create(fresh, batch_size=200)
    return outcomes


def _histories(project: Project, keys: set[str]) -> dict[str, _History]:
    histories: dict[str, _History] = {}
    for report in Report.objects.filter(project=project, key__in=keys).order_by("version"):
        history = histories.setdefault(report.key, _History())
        history.highest = max(history.highest, report.version)
        history.received.add(report.received)
        history.has_body |= report.status != "addendum"
        if report.is_latest:
            history.latest = report
    return histories


def _decide(
    intake: ReportIntake, project: Project, one: Admitted, study: Study | None, history: _History
) -> Stored:
    latest = history.latest
    if latest is not None and one.keyed.pseudonym and latest.pseudonym not in ("", one.keyed.pseudonym):
        return Stored(
            one.place, "refused",
            "A report with this number belongs to another patient here. If two senders use the same numbers, name the "
            "sender; if the patient was corrected, merge the two patients first.",
        )
    if one.received not in history.received and not one.text:
        return Stored(one.place, "refused", "The report has no text.")
    if latest is None:
        return Stored(one.place, "stored", report=_row(intake, project, one, study, history, one.text, True))
    if one.received in history.received or _says_nothing_new(one, latest):
        _take_over(one, latest, study)
        return Stored(one.place, "already-there", report=latest)
    study = study or latest.study
    if latest.status == "addendum" and not history.has_body and one.status != "addendum":
        report = _row(intake, project, one, study, history, _below(one.text, latest.text), True)
        report.issued_at = latest.issued_at  # of the newest that is in it
        return Stored(one.place, "new-version", "Its addendum was here before it and stands below it now.", report)
    if _is_older(one, latest):
        report = _row(intake, project, one, study, history, one.text, False)
        return Stored(one.place, "stored", "Older than the version here; kept in its history.", report)
    text = _below(latest.text, one.text) if one.status == "addendum" else one.text
    return Stored(one.place, "new-version", report=_row(intake, project, one, study, history, text, True))


def _says_nothing_new(one: Admitted, latest: Report) -> bool:
    if one.status == "addendum" and _squeezed(latest.text).endswith(_squeezed(ADDENDUM + one.text)):
        return True
    return one.digest == latest.digest and one.status == latest.status and list(one.headings) == latest.headings


def _is_older(one: Admitted, latest: Report) -> bool:
    """By the time of issue where both tell it; a preliminary text never replaces a signed one."""
    if one.issued_at is not None and latest.issued_at is not None and one.issued_at != latest.issued_at:
        return one.issued_at < latest.issued_at
    return one.status == "preliminary" and latest.status != "preliminary"


def _below(body: str, addition: str) -> str:
    """An addendum that repeats the report replaces it; one that does not is put below it, as a section of its own."""
    if _squeezed(body) in _squeezed(addition):
        return addition
    return f"{body}\n\n{addition}" if addition[:8].upper() == "ADDENDUM" else body + ADDENDUM + addition


def _squeezed(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _row(
    intake: ReportIntake, project: Project, one: Admitted, study: Study | None, history: _History, text: str,
    is_latest: bool,
) -> Report:
    return Report(
        project=project, study=study, key=one.key, version=history.highest + 1, is_latest=is_latest,
        status=one.status, language=one.language, text=text, digest=digest_of(text), received=one.received,
        accession=one.keyed.accession, study_uid=one.keyed.study_uid, pseudonym=one.keyed.pseudonym,
        date=one.keyed.date, issued_at=one.issued_at, headings=list(one.headings), intake=intake,
    )


def _enter(history: _History, report: Report, fresh: list[Report], superseded: set[int]) -> None:
    """The report takes its place in the history; the one before it, stored or of this group, is the latest no more."""
    history.highest = report.version
    history.received.add(report.received)
    history.has_body |= report.status != "addendum"
    fresh.append(report)
    if not report.is_latest:
        return
    if history.latest is not None and history.latest.pk is not None:
        superseded.add(history.latest.pk)
    elif history.latest is not None:
        history.latest.is_latest = False
    history.latest = report


def _supersede(reports: set[int]) -> None:
    """Raises IntegrityError when another process superseded one of them first."""
    changed = Report.objects.filter(pk__in=reports, is_latest=True).update(is_latest=False)
    if changed != len(reports):
        raise IntegrityError("A report was superseded meanwhile.")


def _take_over(one: Admitted, latest: Report, study: Study | None) -> None:
    """The same text with keys that the first delivery lacked: a waiting report takes them over."""
    if latest.pk is None or latest.study_id is not None:
        return
    lacking: dict[str, Any] = {
        name: getattr(one.keyed, name) for name in ("accession", "study_uid", "pseudonym", "date")
        if getattr(one.keyed, name) and not getattr(latest, name)
    }
    if study is not None:
        lacking["study"] = study
    if lacking:
        Report.objects.filter(pk=latest.pk, study=None).update(**lacking)
