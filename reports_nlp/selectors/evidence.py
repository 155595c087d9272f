"""One report with all that was found in it and why, and what people said about that: for the review page, the room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from annotation.models import CurrentObservation, Finding
from core.models import User
from reports_nlp.models import Extraction, Mention, Report, ReportLink, ReportVerdict, ReportVoice
from reports_nlp.selectors.flags import flags_of
from reports_nlp.selectors.labels import FindingLabel, active_findings, finding_labels, mentions_of
from reports_nlp.services.links import resolve_links
from reports_nlp.services.rules_versions import Rules, rules_in_force

Row = TypeVar("Row", ReportVerdict, ReportVoice)


def text_evidence(*, report: Report) -> dict[str, Any]:
    """The text with its sections, mentions, labels and links; without anybody's verdict. Positions are characters."""
    extraction = _current(report)
    rules = rules_in_force(project=report.project)
    return {
        "id": report.pk, "version": report.version, "is_latest": report.is_latest, "status": report.status,
        "language": report.language, "date": report.date, "text": report.text, "digest": report.digest,
        "definition": None if extraction is None else extraction.definition, "rules": rules.number,
        "policy": rules.policy,
        "sections": [] if extraction is None else [_section(section) for section in extraction.sections],
        "headings": [] if extraction is None else extraction.headings,
        "mentions": [] if extraction is None else [_mention(m) for m in extraction.mentions.all()],
        "labels": [] if extraction is None else _labels(extraction),
        "links": _links(report),
    }


def report_evidence(*, report: Report, user: User) -> dict[str, Any]:
    """`text_evidence` and, per finding of the project: label, verdicts with their flags, other voices, the ledger.

    The caller has asked whether this person may see the report yet (`is_withheld`).
    """
    extraction, rules = _current(report), rules_in_force(project=report.project)
    findings = active_findings(report.project)
    labels = _finding_labels(extraction, findings, rules)
    verdicts = list(
        ReportVerdict.objects.filter(report__project=report.project, report__key=report.key, is_current=True)
        .select_related("reader", "finding__merged_into", "report").order_by("pk")
    )
    flags = flags_of(verdicts=verdicts, project=report.project)
    voices = list(ReportVoice.objects.filter(report=report).select_related("finding"))
    published = _published(report)
    return text_evidence(report=report) | {
        "study_uid": None if report.study is None else report.study.uid,
        "patient": None if report.study is None else report.study.patient.pseudonym,
        "findings": [
            _finding(label) | {
                "verdicts": [_verdict(v, flags.get(v.pk, []), user) for v in _of(label, verdicts)],
                "voices": [_voice(voice) for voice in _of(label, voices)],
                "published": published.get(label.finding.pk),
            }
            for label in labels
        ],
        "versions": [
            {"id": pk, "version": version, "status": status, "created_at": at}
            for pk, version, status, at in Report.objects.filter(project=report.project, key=report.key)
            .order_by("-version").values_list("pk", "version", "status", "created_at")
        ],
    }


def _of(label: FindingLabel, rows: Sequence[Row]) -> list[Row]:
    """Of the finding, and of those that were merged into it."""
    return [row for row in rows if label.finding.pk in (row.finding_id, row.finding.merged_into_id)]


def _current(report: Report) -> Extraction | None:
    return Extraction.objects.filter(report=report, is_current=True).prefetch_related("mentions").first()


def _finding_labels(extraction: Extraction | None, findings: Sequence[Finding], rules: Rules) -> list[FindingLabel]:
    if extraction is None:
        return [FindingLabel(finding, rules.finding_map.get(finding.code, ()), None) for finding in findings]
    return finding_labels(extraction=extraction, findings=findings, finding_map=rules.finding_map)


def _section(section: Sequence[Any]) -> dict[str, Any]:
    kind, start, end = section
    return {"kind": kind, "start": start, "end": end}


def _mention(mention: Mention) -> dict[str, Any]:
    told = mention.attributes
    return {
        "id": mention.pk, "finding": mention.finding, "start": mention.start, "end": mention.end,
        "sentence_start": mention.sentence_start, "sentence_end": mention.sentence_end, "section": mention.section,
        "polarity": mention.polarity, "context": mention.context, "rule": mention.rule,
        "cues": [_cue(*cue) for cue in mention.cues],
        "subfinding": told.get("subfinding", ""), "laterality": told.get("laterality", ""),
        "anatomy": told.get("anatomy", []), "severity": told.get("severity", ""), "temporal": told.get("temporal", ""),
        "measurements": [
            {"start": start, "end": end, "millimetres": sizes} for start, end, sizes in told.get("measurements", [])
        ],
    }


def _labels(extraction: Extraction) -> list[dict[str, Any]]:
    rows = {row.finding: row for row in extraction.labels.prefetch_related("mentions")}
    return [
        {"finding": row.finding, "value": row.value, "reason": row.reason, "cues": [_cue(*cue) for cue in row.cues],
         "mentions": [mention.pk for mention in mentions_of(row, rows)]}
        for row in rows.values()
    ]


def _cue(role: str, start: int, end: int, rule: str) -> dict[str, Any]:
    return {"role": role, "start": start, "end": end, "rule": rule}


def _links(report: Report) -> list[dict[str, Any]]:
    resolve_links(report=report)
    # Readers' own links are part of their answers: see selectors.reader_links.
    rows = ReportLink.objects.filter(report=report, created_by=None).select_related("instance__series__study")
    return [
        {
            "id": row.pk, "start": row.start, "end": row.end, "series_number": row.series_number,
            "image_number": row.image_number, "instance_id": row.instance_id, "frame": row.frame,
            "sop_uid": None if row.instance is None else row.instance.sop_uid,
            "series_uid": None if row.instance is None else row.instance.series.uid,
            "finding": row.finding, "millimetres": row.millimetres,
        }
        for row in rows
    ]


def _finding(label: FindingLabel) -> dict[str, Any]:
    return {
        "id": label.finding.pk, "code": label.finding.code, "name": label.finding.name, "names": list(label.names),
        "value": label.value, "state": label.state, "reason": label.reason,
        "mentions": [mention.pk for mention in label.mentions], "cues": [_cue(*cue) for cue in label.cues],
    }


def _verdict(verdict: ReportVerdict, flags: list[str], user: User) -> dict[str, Any]:
    return {
        "id": verdict.pk, "reader": verdict.reader.username, "is_simulated": verdict.reader.is_simulated,
        "is_mine": verdict.reader_id == user.pk, "act": verdict.act, "state": verdict.state, "spans": verdict.spans,
        "note": verdict.note, "created_at": verdict.created_at, "report": verdict.report_id,
        "version": verdict.report.version, "shown": verdict.shown, "flags": flags,
    }


def _voice(voice: ReportVoice) -> dict[str, Any]:
    return {
        "source": voice.source, "state": voice.state, "probability": voice.probability, "spans": voice.spans,
    }


def _published(report: Report) -> dict[int, str]:
    """Finding → what stands in the ledger from this study's reports; a person's word before the labeler's."""
    if report.study_id is None:
        return {}
    lines = CurrentObservation.objects.filter(
        project=report.project, study=report.study_id, subject="study", source__kind="report"
    ).select_related("observation", "source").order_by("observation_id")
    ordered = sorted(lines, key=lambda line: line.source.user_id is not None)
    return {line.finding_id: line.observation.state for line in ordered}
