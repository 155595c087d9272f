"""From what a reader said to the lines of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotation.models import CurrentObservation, Finding, ObservationState, Reading, Source
from annotation.selectors.gaze import shown_by_gaze
from annotation.services.content import Content, FindingAnswer, SuggestionAct
from annotation.services.ledger import Line
from annotation.services.regions import regions_of
from imaging.models import Instance, Series, Study

_UNSAID = FindingAnswer(state="present")


def lines_of(*, reading: Reading, content: Content, source: Source) -> list[Line]:
    """The lines of one submitted version; what an earlier version said and this one doesn't is withdrawn."""
    findings = {f.pk: f for f in Finding.objects.filter(project=reading.project)}
    elsewhere = _earlier_studies(reading, content)
    lines = list(_study_lines(reading, content, findings, elsewhere))
    if content.not_assessable is None:
        lines += _level_lines(reading, content, findings)
    lines += _region_lines(reading, content, findings, elsewhere)
    return [*lines, *_withdrawals(reading, lines, findings, source)]


def _earlier_studies(reading: Reading, content: Content) -> dict[int, Study]:
    """Instance → its study, for marks that lie on an earlier study of the patient."""
    marked = [region.instance_id for region in content.regions if region.instance_id is not None]
    images = Instance.objects.filter(pk__in=marked).exclude(series__study=reading.item.study_id)
    return {i.pk: i.series.study for i in images.select_related("series__study").defer("metadata", "frame_table")}


def _study_lines(
    reading: Reading, content: Content, findings: dict[int, Finding], elsewhere: dict[int, Study]
) -> Iterator[Line]:
    study = reading.item.study
    active = [f for f in findings.values() if f.state == "active"]
    if content.not_assessable is not None:
        yield from (Line(f, study, ObservationState.NOT_ASSESSABLE) for f in active)
        return
    for finding_id, state in _said(content, active, elsewhere).items():
        answer = content.findings.get(finding_id, _UNSAID)
        yield Line(
            findings[finding_id], study, state, grade=answer.grade, laterality=answer.laterality,
            location=answer.location, note=answer.note, shown=_as_shown(reading, answer.suggestion),
            all_marked=answer.all_marked if state == ObservationState.PRESENT else None,
        )


def _said(content: Content, active: list[Finding], elsewhere: dict[int, Study]) -> dict[int, str]:
    """Finding → state on the study. What is marked, or present on a part of it, is there, whatever else was clicked."""
    said: dict[int, str] = {finding_id: answer.state for finding_id, answer in content.findings.items()}
    said |= {level.finding_id: "present" for level in content.levels if level.state == "present"}
    said |= {region.finding_id: "present" for region in content.regions if region.instance_id not in elsewhere}
    return {f.pk: "absent" for f in active} if content.no_finding else said


def _level_lines(reading: Reading, content: Content, findings: dict[int, Finding]) -> Iterator[Line]:
    images = Instance.objects.filter(pk__in=[level.instance_id for level in content.levels if level.instance_id])
    instances = {i.pk: i for i in images.only("pk", "frames", "series_id")}
    series = Series.objects.in_bulk([level.series_id for level in content.levels if level.series_id])
    for level in content.levels:
        instance = instances.get(level.instance_id or 0)
        yield Line(
            findings[level.finding_id], reading.item.study, level.state, instance=instance,
            frame=level.frame if instance is not None and instance.frames > 1 else None,
            series=series.get(level.series_id or 0), grade=level.grade, laterality=level.laterality, note=level.note,
        )


def _region_lines(
    reading: Reading, content: Content, findings: dict[int, Finding], elsewhere: dict[int, Study]
) -> Iterator[Line]:
    regions = regions_of(project=reading.project, answers=content.regions)
    for answer in content.regions:
        study = elsewhere.get(answer.instance_id or 0, reading.item.study)
        yield Line(
            findings[answer.finding_id], study, ObservationState.PRESENT, region=regions[answer.track],
            grade=answer.grade, laterality=answer.laterality, location=answer.location, note=answer.note,
            shown=_as_shown(reading, answer.suggestion),
        )


def _as_shown(reading: Reading, act: SuggestionAct | None) -> dict[str, Any] | None:
    """What was on the screen when the reader accepted, rejected or corrected it: from the server's own record."""
    if act is None:
        return None
    for suggestion in reading.shown or []:
        parts = [*suggestion.get("boxes", []), *suggestion.get("masks", [])]
        ids = {str(suggestion.get("id")), *(str(part.get("id")) for part in parts)}
        if act.id in ids:
            return {"act": act.act, "suggestion": suggestion}
    own = shown_by_gaze(reading=reading, suggestion=act.id) if act.id.startswith("gaze:") else None
    return {"act": act.act, "suggestion": own} if own is not None else None


def _withdrawals(
    reading: Reading, lines: list[Line], findings: dict[int, Finding], source: Source
) -> Iterator[Line]:
    """What this reading said before. Imported answers of the same reader, and findings off the form, are left alone."""
    kept = {line.key for line in lines}
    answered = {line.finding.pk for line in lines}
    before = CurrentObservation.objects.filter(
        source=source, observation__batch__in=list(reading.versions.values_list("batch", flat=True))
    ).select_related("study", "observation__region", "observation__instance", "observation__series")
    for current in before:
        if (current.finding_id, current.study_id, current.subject) in kept:
            continue
        finding = findings[current.finding_id]
        if finding.state != "active" and finding.merged_into_id not in answered:
            continue
        said = current.observation
        yield Line(
            finding, current.study, ObservationState.WITHDRAWN, region=said.region,
            instance=said.instance if said.region is None else None, frame=_frame(current.subject), series=said.series,
        )


def _frame(subject: str) -> int | None:
    """Of `instance:<pk>:<frame>`."""
    kind, *numbers = subject.split(":")
    return int(numbers[1]) if kind == "instance" and len(numbers) == 2 else None
