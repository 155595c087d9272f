"""What annotation removes when a patient is withdrawn (invariant 8)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from annotation.models import (
    Comment,
    GazeRecording,
    RankingEntry,
    Reading,
    ReadingVersion,
    Slot,
    SlotState,
    Worklist,
    WorklistItem,
)
from annotation.services import queue
from annotation.services.gaze.staging import delete_rows
from annotation.services.reserve import note_change
from annotation.services.tombstones import entomb_patient
from core.models import Project
from imaging.models import Patient


def withdraw_patient_here(patient: Patient) -> None:
    """Cases leave their worklists, readings lose what they say, comments go, ledger lines become tombstones.

    Reserved sets that held a case are new versions. Runs inside the transaction of the withdrawal.
    """
    items = WorklistItem.objects.filter(study__patient=patient)
    for worklist in Worklist.objects.filter(items__in=items).distinct().order_by("pk"):
        with queue.turn(worklist.pk, alone=True):
            _retire(items.filter(worklist=worklist))
    readings = Reading.objects.filter(item__study__patient=patient)
    ReadingVersion.objects.filter(reading__in=readings).update(
        content={}, shown=None, unaided=None, second_look=None
    )
    readings.update(draft={}, shown=None, unaided=None, second_look=None, skip_reason="", reason="")
    Comment.objects.filter(study__patient=patient).delete()
    delete_rows(GazeRecording.objects.filter(reading__in=readings))
    entomb_patient(patient=patient)
    for project in Project.objects.filter(reserved_sets__cases__study__patient=patient).distinct():
        note_change(project=project, studies=patient.studies.values_list("pk", flat=True))


def _retire(items: QuerySet[WorklistItem]) -> None:
    RankingEntry.objects.filter(item__in=items, slots_open__gt=0).update(slots_open=0)
    Slot.objects.filter(item__in=items, state=SlotState.RESERVED).delete()
    items.filter(retired_at=None).update(retired_at=timezone.now())
