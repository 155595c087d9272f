"""Writing the ledger and keeping its one projection. Every line written anywhere comes through here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Batch, CurrentObservation, Finding, Observation, ObservationState, Region, Source
from annotation.services.reserve import note_change
from core import audit
from core.errors import Conflict, Gone
from core.models import Project, User
from imaging.models import Instance, Patient, Series, Study

SILENT = (ObservationState.WITHDRAWN, ObservationState.TOMBSTONE)


@dataclass(frozen=True)
class Line:
    """What one source says about one finding on one subject: a study, a series or an image of it, or a region.

    `frame` only of an image that has several.
    """

    finding: Finding
    study: Study
    state: str
    instance: Instance | None = None
    frame: int | None = None
    region: Region | None = None
    series: Series | None = None
    grade: int | None = None
    laterality: str = ""
    location: str = ""
    note: str = ""
    all_marked: bool | None = None
    probability: float | None = None
    shown: dict[str, Any] | None = None
    track: UUID | None = None
    """Subject of a withdrawn region, when there is no new geometry."""

    @property
    def subject(self) -> str:
        if self.region is not None or self.track is not None:
            return f"region:{self.region.track if self.region is not None else self.track}"
        if self.instance is not None:
            return f"instance:{self.instance.pk}" + ("" if self.frame is None else f":{self.frame}")
        return "study" if self.series is None else f"series:{self.series.pk}"

    @property
    def key(self) -> tuple[int, int, str]:
        return (self.finding.pk, self.study.pk, self.subject)


def get_source(*, project: Project, kind: str, name: str, user: User | None = None) -> Source:
    """The source, made on first use."""
    source, _ = Source.objects.get_or_create(
        project=project, kind=kind, name=name,
        defaults={"user": user, "is_simulated": bool(user is not None and user.is_simulated)},
    )
    return source


def reader_source(*, project: Project, reader: User) -> Source:
    return get_source(project=project, kind="reader", name=reader.username, user=reader)


def open_batch(
    *, project: Project, source: Source, act: str, key: str | None = None, user: User | None = None, note: str = ""
) -> Batch:
    """A batch to write lines into. With a key that exists, raises Conflict: that act has been written already."""
    try:
        with transaction.atomic():
            return Batch.objects.create(
                project=project, source=source, act=act, key=key, created_by=user, note=note[:300]
            )
    except IntegrityError:
        raise Conflict("This has been written already.", key=key) from None


def record_observations(*, batch: Batch, lines: Iterable[Line]) -> list[Observation]:
    """Add lines to the ledger and move the projection, in one transaction.

    Of several lines on the same subject the last counts. Raises ValueError for a line of another project, Conflict when
    the batch has been withdrawn, Gone when a patient has.
    """
    unique = {line.key: line for line in lines}
    if any(line.finding.project_id != batch.project_id for line in unique.values()):
        raise ValueError("A line's finding belongs to another project than its batch.")
    with transaction.atomic():
        _hold(batch.source_id)
        if Batch.objects.filter(pk=batch.pk, withdrawn_at__isnull=False).exists():
            raise Conflict("This batch has been withdrawn; nothing can be added to it.")
        _require_present({line.study.pk for line in unique.values()})
        present = _current_of(batch.source, unique)
        rows = [_row(batch, line, present.get(line.key)) for line in unique.values()]
        written = Observation.objects.bulk_create(rows)
        CurrentObservation.objects.filter(observation__in=list(present.values())).delete()
        CurrentObservation.objects.bulk_create([_projection(o) for o in written if o.state not in SILENT])
    return written


def _hold(*sources: int) -> None:
    """One act at a time moves a source's projection; others wait here. Locks are taken in one order."""
    list(Source.objects.select_for_update(no_key=True).filter(pk__in=sources).order_by("pk"))


def _require_present(studies: set[int]) -> None:
    patients = Patient.objects.filter(pk__in=Study.objects.filter(pk__in=studies).values("patient"))
    if any(p.withdrawn_at for p in patients.select_for_update(no_key=True).order_by("pk")):
        raise Gone("A patient has been withdrawn; nothing more can be said about these images.")


def _row(batch: Batch, line: Line, before: int | None) -> Observation:
    return Observation(
        project_id=batch.project_id, batch=batch, source_id=batch.source_id, finding=line.finding, study=line.study,
        instance=line.instance, region=line.region, series=line.series, subject=line.subject, state=line.state,
        grade=line.grade, laterality=line.laterality, location=line.location, note=line.note,
        all_marked=line.all_marked, probability=line.probability, definition_hash=line.finding.definition_hash,
        supersedes_id=before, shown=line.shown,
    )


def _projection(observation: Observation) -> CurrentObservation:
    return CurrentObservation(
        observation=observation, project_id=observation.project_id, source_id=observation.source_id,
        finding_id=observation.finding_id, study_id=observation.study_id, subject=observation.subject,
    )


def _current_of(source: Source, lines: dict[tuple[int, int, str], Line]) -> dict[tuple[int, int, str], int]:
    studies = {line.study.pk for line in lines.values()}
    rows = CurrentObservation.objects.filter(source=source, study__in=studies).values_list(
        "finding_id", "study_id", "subject", "observation_id"
    )
    return {(f, s, subject): pk for f, s, subject, pk in rows if (f, s, subject) in lines}


def withdraw_batch(*, batch: Batch, user: User | None, note: str = "") -> int:
    """Undo one act: its lines stop counting, what they had superseded counts again. Returns how many lines.

    Raises Conflict when it has been withdrawn already.
    """
    with transaction.atomic():
        _hold(batch.source_id)
        changed = Batch.objects.filter(pk=batch.pk, withdrawn_at__isnull=True).update(
            withdrawn_at=timezone.now(), withdrawn_by=user
        )
        if not changed:
            raise Conflict("This batch has been withdrawn already.")
        tracks = list(
            Observation.objects.filter(batch=batch).values_list("source_id", "finding_id", "study_id", "subject")
        )
        _refresh(tracks)
        if batch.source.kind == "reader":
            note_change(project=batch.project, studies={track[2] for track in tracks})
        audit.record(
            "batch.withdrawn", actor=user, project=batch.project, subject=f"batch:{batch.pk}", lines=len(tracks),
            note=note,
        )
    batch.refresh_from_db()
    return len(tracks)


def rebuild_projections(*, project: Project | None = None) -> int:
    """Write the projection anew from the ledger alone; returns how many lines count."""
    with transaction.atomic():
        sources = Source.objects.all() if project is None else Source.objects.filter(project=project)
        _hold(*sources.values_list("pk", flat=True))
        lines = Observation.objects.filter(batch__withdrawn_at__isnull=True, source__in=sources)
        current = CurrentObservation.objects.filter(source__in=sources)
        newest: dict[tuple[int, int, int, str], Observation] = {}
        for line in lines.order_by("id").iterator():
            newest[(line.source_id, line.finding_id, line.study_id, line.subject)] = line
        current.delete()
        rows = [_projection(line) for line in newest.values() if line.state not in SILENT]
        CurrentObservation.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _refresh(tracks: Sequence[tuple[int, int, int, str]]) -> None:
    """Recompute the projection of some (source, finding, study, subject) tracks."""
    if not tracks:
        return
    wanted = set(tracks)
    sources, studies = {t[0] for t in tracks}, {t[2] for t in tracks}
    newest: dict[tuple[int, int, int, str], Observation] = {}
    lines = Observation.objects.filter(batch__withdrawn_at__isnull=True, source__in=sources, study__in=studies)
    for line in lines.order_by("id"):
        track = (line.source_id, line.finding_id, line.study_id, line.subject)
        if track in wanted:
            newest[track] = line
    stale = CurrentObservation.objects.filter(source__in=sources, study__in=studies)
    gone = [c.pk for c in stale if (c.source_id, c.finding_id, c.study_id, c.subject) in wanted]
    CurrentObservation.objects.filter(pk__in=gone).delete()
    CurrentObservation.objects.bulk_create([_projection(o) for o in newest.values() if o.state not in SILENT])
