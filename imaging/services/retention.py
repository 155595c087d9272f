"""What the sweep removes because keeping it would keep PHI: file names of imports, and uploads nobody imported."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from imaging.models import ImportVerdict, Patient
from imaging.services.patients import erase_withdrawn
from imaging.services.staging import remove_old_stagings
from workers.schedule import every

NAMES_KEPT = timedelta(days=30)


@every(3600)
def forget_file_names() -> int:
    """Verdicts go after thirty days, names and all; the counts stay on the batch. Returns how many went."""
    old = ImportVerdict.objects.filter(batch__created_at__lt=timezone.now() - NAMES_KEPT)
    deleted, _ = old.delete()
    return deleted


@every(3600)
def finish_withdrawals() -> int:
    """Erase what a process that died between a withdrawal's commit and its clean-up left. Returns how many files."""
    return sum(erase_withdrawn(patient) for patient in Patient.objects.filter(withdrawn_at__isnull=False))


@every(3600)
def forget_uploads() -> int:
    return remove_old_stagings()
