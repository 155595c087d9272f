"""What the language model reads in reports as observations of a source of its own (`report`, llm:<model>): by an act.

It is beside the rules' word and not in its place. Reserved sets are left out, and so is what a reader has judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from annotation.models import Batch, CurrentObservation, Finding, Observation, ObservationState
from annotation.services.ledger import Line, get_source, record_observations
from core import audit
from core.errors import Conflict
from core.models import Project, User
from imaging.models import Split, Study
from reports_nlp.models import Report, ReportVerdict, ReportVoice
from reports_nlp.services.language_model import configured
from workers.engine import JobContext, PermanentFailure, defer
from workers.models import Job

KIND = "reports.publish-language-model"
CHUNK = 200
STRONGEST_FIRST = ("present", "equivocal", "absent")


def enqueue_publishing_of_language_model(*, project: Project, user: User | None) -> Job:
    """Queue it; an unfinished job is returned instead. Raises Conflict while no language model is set."""
    model = configured()
    if model is None:
        raise Conflict("No language model is set for this installation. An operator sets RADLOOP_LLM_URL.")
    return defer(
        KIND, payload={}, project=project, user=user, label=f"Publish what {model.model} reads in reports",
        dedupe_key=f"publish-llm:{project.pk}",
    )


def run_publishing_of_language_model(*, job: JobContext) -> dict[str, Any]:
    """The handler's work: the ledger says what the model's quotes say now; a second time writes nothing."""
    model = configured()
    if model is None or job.project_id is None:
        raise PermanentFailure("No language model is set for this installation any more.")
    project = Project.objects.get(pk=job.project_id)
    source = get_source(project=project, kind="report", name=model.source)
    batch: Batch | None = None
    counts = {"written": 0, "withdrawn": 0}
    for studies in _chunks(project):
        lines = list(_differing(project, studies, source.name, counts))
        if not lines:
            continue
        with job.fenced():
            batch, _ = Batch.objects.get_or_create(
                project=project, key=f"publish-llm:{job.id}",
                defaults={"source": source, "act": "report", "created_by": job.created_by(), "note": source.name},
            )
            record_observations(batch=batch, lines=lines)
        job.check()
    if batch is not None:
        audit.record(
            "reports.published", actor=job.created_by(), project=project, subject=f"batch:{batch.pk}",
            lines=batch.observations.count(),
        )
    return counts


def _chunks(project: Project) -> Iterator[list[Study]]:
    reports = Report.objects.filter(project=project).exclude(study=None)
    rows = Study.objects.filter(pk__in=reports.values("study"), patient__withdrawn_at=None)
    rows = rows.select_related("patient").order_by("pk")
    after = 0
    while chunk := list(rows.filter(pk__gt=after)[:CHUNK]):
        yield chunk
        after = chunk[-1].pk


def _differing(project: Project, studies: list[Study], name: str, counts: dict[str, int]) -> Iterator[Line]:
    wanted, standing = _wanted(project, studies, name), _standing(project, studies, name)
    for key, line in wanted.items():
        before = standing.get(key)
        if before is None or before.state != line.state:
            counts["written"] += 1
            yield line
    for key, gone in standing.items():
        if key not in wanted:
            counts["withdrawn"] += 1
            yield Line(gone.finding, gone.study, ObservationState.WITHDRAWN)


def _wanted(project: Project, studies: list[Study], name: str) -> dict[tuple[int, int], Line]:
    """(finding, study) → the strongest word on the study's newest reports."""
    usable = {
        study.pk: study for study in studies
        if study.patient.split in (Split.POOL, Split.UNASSIGNED) and not study.patient.is_quarantined
    }
    newest = Report.objects.filter(project=project, is_latest=True, study__in=usable)
    judged = set(
        ReportVerdict.objects.filter(report__in=newest, is_current=True).values_list("finding", "report__study")
    )
    said: dict[tuple[int, int], list[ReportVoice]] = defaultdict(list)
    voices = ReportVoice.objects.filter(report__in=newest, source=name, finding__state="active")
    for voice in voices.exclude(state="not_mentioned").select_related("finding", "report"):
        assert voice.report.study_id is not None
        key = (voice.finding_id, voice.report.study_id)
        if key not in judged and voice.spans:
            said[key].append(voice)
    return {key: _line(usable[key[1]], voices) for key, voices in said.items()}


def _line(study: Study, voices: list[ReportVoice]) -> Line:
    first = min(voices, key=lambda voice: STRONGEST_FIRST.index(voice.state))
    finding: Finding = first.finding
    shown = {"report": first.report_id, "spans": first.spans, "definition": first.definition}
    return Line(finding, study, first.state, shown={"evidence": [shown]})


def _standing(project: Project, studies: list[Study], name: str) -> dict[tuple[int, int], Observation]:
    rows = CurrentObservation.objects.filter(
        project=project, study__in=studies, subject="study", source__kind="report", source__name=name
    ).select_related("observation__finding", "observation__study")
    return {(row.finding_id, row.study_id): row.observation for row in rows}
