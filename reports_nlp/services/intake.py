"""An import of reports: options, files, one job; every record gets a verdict, and none stops the others."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from core import audit
from core.errors import Conflict, DomainError, Invalid
from core.models import Project, User
from imaging.services.staging import Received
from reports_nlp.models import ReportIntake
from reports_nlp.services import intake_staging as staging
from reports_nlp.services.intake_door import plain_text
from reports_nlp.services.intake_files import import_files
from reports_nlp.services.intake_options import checked_options
from reports_nlp.sources import SourceError
from workers.engine import JobContext, JobStopped, PermanentFailure, defer
from workers.models import Job, JobState

KIND = "reports.intake"
OPEN_STATES = ("receiving", "failed")
Progress = Callable[[float, str], None]


def open_intake(*, project: Project, user: User | None, options: dict[str, Any] | None = None) -> ReportIntake:
    """An intake to receive files into. Raises Invalid for an unknown format, column name or encoding."""
    return ReportIntake.objects.create(project=project, created_by=user, options=checked_options(options or {}))


def receive_files(
    *, project: Project, user: User, files: Iterable[tuple[str, UploadedFile[Any]]], options: dict[str, Any]
) -> tuple[ReportIntake, list[Received]]:
    """Keep uploaded files and queue the job that reads them; names that can't be taken come back with the reason.

    Raises Invalid when none can be taken, or for options that make no sense.
    """
    intake = open_intake(project=project, user=user, options=options)
    received = staging.stage(intake=intake, files=files)
    if all(one.reason for one in received):
        staging.remove(intake.pk)
        intake.delete()
        raise Invalid(received[0].reason if received else "Send files in the field 'files'.", field="files")
    start_intake(intake=intake, user=user)
    return intake, received


def start_intake(*, intake: ReportIntake, user: User, options: dict[str, Any] | None = None) -> Job:
    """Queue the job; after a failure also with other options, on the files that wait still.

    Raises Invalid without files or for options that make no sense, Conflict when it has been started already.
    """
    files, _ = staging.measure(intake.pk)
    if not files:
        raise Invalid("The uploaded files are gone; they are kept for a day. Upload them again.")
    with transaction.atomic():
        changes: dict[str, Any] = {"state": "queued", "message": ""}
        if options is not None:
            changes["options"] = checked_options(options)
        moved = ReportIntake.objects.filter(pk=intake.pk, state__in=OPEN_STATES).update(**changes)
        if not moved:
            intake.refresh_from_db()
            raise Conflict(f"This import is {intake.state} already.", state=intake.state)
        job = defer(
            KIND, payload={"intake": intake.pk}, project=intake.project, user=user,
            label=f"Import reports from {files} files", dedupe_key=f"report-intake:{intake.pk}",
        )
        ReportIntake.objects.filter(pk=intake.pk).update(job_id=job.pk)
        audit.record(
            "reports.intake.started", actor=user, project=intake.project, subject=f"report-intake:{intake.pk}",
            files=files,
        )
    intake.refresh_from_db()
    return job


def settle_intake(*, intake: ReportIntake) -> ReportIntake:
    """A job that ended without a word (cancelled, its worker lost each time) leaves the intake failed."""
    if intake.state in ("queued", "running") and intake.job_id is not None:
        ended = Job.objects.filter(pk=intake.job_id, state__in=[JobState.FAILED, JobState.CANCELLED]).exists()
        if ended:
            ReportIntake.objects.filter(pk=intake.pk, state__in=["queued", "running"]).update(state="failed")
            intake.refresh_from_db()
    return intake


def run_intake(*, job: JobContext) -> dict[str, Any]:
    """Read what was uploaded. Cut off and run again, it ends with the same rows.

    Raises PermanentFailure without any name or content of a file: a project's members see its jobs.
    """
    intake = ReportIntake.objects.select_related("project", "created_by").get(pk=job.payload["intake"])
    if intake.state == "done":
        return dict(intake.counts)
    folder = staging.folder_of(intake.pk)
    if not folder.is_dir():
        fail_intake(intake=intake, message="The uploaded files are gone; they are kept for a day. Upload them again.")
        raise PermanentFailure("The uploaded files are gone; they are kept for a day. Upload them again.")
    try:
        import_files(intake=intake, paths=[folder], progress=job.progress)
    except OSError as error:
        # Its text holds the file's name.
        raise RuntimeError(f"A file could not be read or written: {error.strerror}.") from None
    except SourceError as error:
        fail_intake(intake=intake, message=str(error), columns=error.columns)
        raise PermanentFailure("A file can't be used as it is. The import page tells its uploader why.") from None
    except (JobStopped, PermanentFailure, DomainError):
        raise
    except Exception as error:
        # Its text may quote a record, and so would the log; where it was raised does not.
        raise RuntimeError(f"{type(error).__name__} at {_place_of(error)}.") from None
    staging.remove(intake.pk)
    intake.refresh_from_db()
    return dict(intake.counts)


def _place_of(error: Exception) -> str:
    """File and line that raised it."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def fail_intake(*, intake: ReportIntake, message: str, columns: tuple[str, ...] = ()) -> None:
    """Say to the uploader why nothing was imported, and which columns there are to choose from."""
    options = {**intake.options, "columns": [plain_text(column)[:120] for column in columns[:200]]}
    ReportIntake.objects.filter(pk=intake.pk).update(
        state="failed", message=plain_text(message)[:300], options=options
    )
    intake.refresh_from_db()
