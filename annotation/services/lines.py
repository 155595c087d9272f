"""From what a reader said to the lines of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotation.models import CurrentObservation, Finding, ObservationState, Reading, Region, Source
from annotation.services.content import Content, RegionAnswer, SuggestionAct
from annotation.services.ledger import Line
from imaging.models import Instance


def lines_of(*, reading: Reading, content: Content, source: Source) -> list[Line]:
    """The lines of one submitted version; what an earlier version said and this one doesn't is withdrawn."""
    findings = {f.pk: f for f in Finding.objects.filter(project=reading.project)}
    lines = [*_study_lines(reading, content, findings), *_region_lines(reading, content, findings)]
    return [*lines, *_withdrawals(reading, lines, findings, source)]


def _study_lines(reading: Reading, content: Content, findings: dict[int, Finding]) -> Iterator[Line]:
    study = reading.item.study
    active = [f for f in findings.values() if f.state == "active"]
    if content.not_assessable is not None:
        yield from (Line(f, study, ObservationState.NOT_ASSESSABLE) for f in active)
        return
    said = {finding_id: answer.state for finding_id, answer in content.findings.items()}
    for region in content.regions:
        # A box says that the finding is there, whatever else was clicked.
        said[region.finding_id] = "present"
    if content.no_finding:
        said = {f.pk: "absent" for f in active}
    for finding_id, state in said.items():
        answer = content.findings.get(finding_id)
        act = answer.suggestion if answer is not None else None
        yield Line(
            findings[finding_id], study, state, grade=answer.grade if answer else None,
            laterality=answer.laterality if answer else "", shown=_as_shown(reading, act),
        )


def _region_lines(reading: Reading, content: Content, findings: dict[int, Finding]) -> Iterator[Line]:
    for answer in content.regions:
        yield Line(
            findings[answer.finding_id], reading.item.study, ObservationState.PRESENT, region=_region(reading, answer),
            laterality=answer.laterality, shown=_as_shown(reading, answer.suggestion),
        )


def _region(reading: Reading, answer: RegionAnswer) -> Region:
    """The region as it is: an unmoved box keeps its row, a moved one gets a new row with the same track."""
    geometry = answer.geometry.model_dump()
    instance = Instance.objects.get(pk=answer.instance_id)
    same = Region.objects.filter(
        track=answer.track, project=reading.project, instance=instance, frame=answer.frame, kind=answer.kind
    )
    for region in same.order_by("-pk"):
        if region.geometry == geometry:
            return region
        break
    return Region.objects.create(
        track=answer.track, project=reading.project, instance=instance, frame=answer.frame, kind=answer.kind,
        geometry=geometry,
    )


def _as_shown(reading: Reading, act: SuggestionAct | None) -> dict[str, Any] | None:
    """What was on the screen when the reader accepted, rejected or corrected it: from the server's own record."""
    if act is None:
        return None
    for suggestion in reading.shown or []:
        ids = {str(suggestion.get("id")), *(str(box.get("id")) for box in suggestion.get("boxes", []))}
        if act.id in ids:
            return {"act": act.act, "suggestion": suggestion}
    return None


def _withdrawals(
    reading: Reading, lines: list[Line], findings: dict[int, Finding], source: Source
) -> Iterator[Line]:
    """What this reading said before. Imported answers of the same reader, and findings off the form, are left alone."""
    kept = {line.key for line in lines}
    answered = {line.finding.pk for line in lines}
    before = CurrentObservation.objects.filter(
        source=source, study=reading.item.study, observation__batch__reading_version__reading=reading
    ).select_related("observation__region")
    for current in before:
        if (current.finding_id, current.study_id, current.subject) in kept:
            continue
        finding = findings[current.finding_id]
        if finding.state != "active" and finding.merged_into_id not in answered:
            continue
        region = current.observation.region
        yield Line(
            finding, reading.item.study, ObservationState.WITHDRAWN,
            instance=current.observation.instance if region is None else None, region=region,
        )
