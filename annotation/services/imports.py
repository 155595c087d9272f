"""An import from the page: options, uploaded files, one job, and what becomes of the new studies afterwards."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotation.models import Worklist
from annotation.services.coco_uploads import import_coco_files
from annotation.services.filling import fill_worklist
from annotation.services.import_labels import check_columns, label_sink, parse_source
from annotation.services.reserve import join_pool
from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.models import ImportBatch, ImportVerdict, Patient, Split, Study
from imaging.services import staging
from imaging.services.equipment import checked_site
from imaging.services.import_files import import_paths, start_batch
from workers.engine import JobContext, PermanentFailure, defer
from workers.models import Job, JobState

KIND = "annotation.import"
_LABELS = "(labels)"
"""Under this name a verdict says why no label file could be used."""


def open_import(
    *, project: Project, user: User, source: str = "", column_map: dict[str, str] | None = None,
    create_findings: bool = True, worklist: Worklist | None = None, site: str = "",
) -> ImportBatch:
    """A batch that waits for files.

    Raises Invalid for an unknown kind of source, another project's worklist, or a site that can't be called so.
    """
    kind, name = parse_source(source)
    if worklist is not None and worklist.project_id != project.pk:
        raise Invalid("That worklist belongs to another project.", field="worklist")
    options = {
        "source": f"{kind}:{name}", "map": column_map or {}, "create_findings": create_findings,
        "worklist": None if worklist is None else worklist.pk, "site": checked_site(site),
    }
    return start_batch(project=project, user=user, options=options)


def settle_import(*, batch: ImportBatch) -> ImportBatch:
    """A job that ended without a word (cancelled, its worker lost each time) leaves the import failed."""
    if batch.state in ("queued", "running") and batch.job_id is not None:
        ended = Job.objects.filter(pk=batch.job_id, state__in=[JobState.FAILED, JobState.CANCELLED]).exists()
        if ended:
            ImportBatch.objects.filter(pk=batch.pk, state__in=["queued", "running"]).update(state="failed")
            batch.refresh_from_db()
    return batch


def start_import(*, batch: ImportBatch, user: User) -> Job:
    """Queue the job. Raises Invalid without files, Conflict when it has been started already."""
    files, _ = staging.measure(batch.pk)
    if not files:
        raise Invalid("No files have arrived yet. Drop some first.")
    with transaction.atomic():
        moved = ImportBatch.objects.filter(pk=batch.pk, state__in=staging.OPEN_STATES).update(state="queued")
        if not moved:
            batch.refresh_from_db()
            raise Conflict(f"This import is {batch.state} already.", state=batch.state)
        job = defer(
            KIND, payload={"batch": batch.pk}, project=batch.project, user=user, label=f"Import {files} files",
            dedupe_key=f"import:{batch.pk}",
        )
        ImportBatch.objects.filter(pk=batch.pk).update(job_id=job.pk)
        audit.record("import.started", actor=user, project=batch.project, subject=f"import:{batch.pk}", files=files)
    batch.refresh_from_db()
    return job


def run_import(*, job: JobContext) -> dict[str, Any]:
    """Import what was uploaded. Cut off and run again, it ends with the same rows.

    Raises PermanentFailure without any name or content of a file: a project's members see its jobs.
    """
    batch = ImportBatch.objects.select_related("project", "created_by").get(pk=job.payload["batch"])
    if batch.state != "done":
        _import(batch, job)
    result = {**batch.counts, **queue_imported(batch=batch)}
    ImportBatch.objects.filter(pk=batch.pk).update(counts=result)
    staging.remove_staging(batch.pk)
    return result


def _import(batch: ImportBatch, job: JobContext) -> None:
    folder = staging.folder_of(batch.pk)
    if not folder.is_dir():
        ImportBatch.objects.filter(pk=batch.pk).update(state="failed")
        raise PermanentFailure("The uploaded files are gone; they are kept for a day. Upload them again.")
    ImportVerdict.objects.filter(batch=batch, name=_LABELS).delete()
    try:
        import_paths(
            project=batch.project, user=batch.created_by, paths=[folder], sink=label_sink, check=check_columns,
            progress=job.progress, batch=batch, documents=import_coco_files,
        )
    except OSError as error:
        # Its text holds the file's name.
        raise RuntimeError(f"A file could not be read or written: {error.strerror}.") from None
    except Invalid as error:
        ImportVerdict.objects.update_or_create(
            batch=batch, name=_LABELS, defaults={"verdict": "refused", "reason": error.message[:300]}
        )
        ImportBatch.objects.filter(pk=batch.pk).update(state="failed")
        raise PermanentFailure(
            "A label file can't be used, so nothing was imported. The import page tells its uploader which line."
        ) from None


def studies_of(batch: ImportBatch) -> list[Study]:
    """The studies that the batch's images belong to."""
    return list(Study.objects.filter(series__instances__in=batch.verdicts.values("instance")).distinct())


def queue_imported(*, batch: ImportBatch) -> dict[str, int]:
    """After the draw, new patients join the pool and their studies the chosen worklist; before it, they wait.

    Returns `queued` and `awaiting_draw`, in studies.
    """
    join_pool(project=batch.project)
    studies = studies_of(batch)
    splits = dict(Patient.objects.filter(studies__in=studies).values_list("pk", "split"))
    worklist = Worklist.objects.filter(project=batch.project, pk=batch.options.get("worklist")).first()
    queued = 0
    if worklist is not None:
        fitting = [study for study in studies if splits[study.patient_id] in worklist.splits]
        queued = fill_worklist(worklist=worklist, user=batch.created_by, studies=fitting)
    awaiting = sum(splits[study.patient_id] == Split.UNASSIGNED for study in studies)
    return {"queued": queued, "awaiting_draw": awaiting}
