"""What the sweep removes because keeping it would keep PHI: names of files, and uploads nobody imported."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from imaging.services.retention import NAMES_KEPT
from reports_nlp.models import IntakeVerdict, ReportIntake
from reports_nlp.services import intake_staging as staging
from workers.schedule import every


@every(3600)
def forget_report_names() -> int:
    """Verdicts go after thirty days, names and all, and so do the columns of a table that could not be used; the
    counts stay. Returns how many verdicts went."""
    before = timezone.now() - NAMES_KEPT
    deleted, _ = IntakeVerdict.objects.filter(intake__created_at__lt=before).delete()
    told = ReportIntake.objects.filter(created_at__lt=before).exclude(message="", options__columns__isnull=True)
    for intake in told:
        options = {name: value for name, value in intake.options.items() if name != "columns"}
        ReportIntake.objects.filter(pk=intake.pk).update(message="", options=options)
    return deleted


@every(3600)
def close_cut_off() -> int:
    """Imports of a command or a listener that was killed; a listener's connection that lives still says its own end."""
    old = ReportIntake.objects.filter(state="running", job_id=None, created_at__lt=timezone.now() - timedelta(days=2))
    return old.update(state="failed", message="It was cut off. Import the files again; what is there stays.")


@every(3600)
def forget_report_uploads() -> int:
    return staging.remove_old()
