"""A withdrawn patient's lines: who said something when stays, what was said goes, geometry and pixels with it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from annotation.models import CurrentObservation, Observation, ObservationState, Region
from annotation.services.masks import drop_unused
from imaging.models import Patient


def entomb_patient(*, patient: Patient) -> int:
    """Lines become tombstones. Returns how many."""
    with transaction.atomic():
        lines = Observation.objects.filter(study__patient=patient)
        CurrentObservation.objects.filter(study__patient=patient).delete()
        count = lines.update(
            state=ObservationState.TOMBSTONE, grade=None, laterality="", location="", note="", all_marked=None,
            probability=None, shown=None, region=None,
        )
        _drop_regions(patient)
    return count


def _drop_regions(patient: Patient) -> None:
    """With the pixels of their masks, unless another patient's mask happens to be the same."""
    regions = Region.objects.filter(
        Q(instance__series__study__patient=patient) | Q(series__study__patient=patient)
    )
    masks = list(regions.filter(mask__isnull=False).values_list("mask_id", flat=True).distinct())
    regions.delete()
    transaction.on_commit(lambda: drop_unused(only=masks, older_than=timedelta(0)))
