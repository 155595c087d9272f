"""A reader's own recordings of pointing, looking and speaking: allowed, added to, deleted. For the reader alone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages

from annotation.models import GazeRecording, Reading
from annotation.selectors.my_list import own_readings
from annotation.services import gaze
from annotation.services.gaze import lag_in_words
from annotation.services.gaze.staging import FILES
from annotation.services.readings import my_reading
from core.errors import NotFound
from frontend.views.page import ProjectPage

RECENT = 50


class Looking(ProjectPage):
    """Off until this person switches it on, for this project."""

    needs = "annotate"
    template = "frontend/looking.html"
    acts = {
        "allow": ("allow_recording", "annotate"), "stop": ("stop", "annotate"), "forget": ("forget", "annotate"),
        "delete": ("delete", "annotate"), "add": ("add", "annotate"),
    }

    def context(self) -> dict[str, Any]:
        gaze.settle(self._rows())
        rows = self._rows().select_related("reading__item__study__patient").order_by("-pk").defer("samples")
        readings = own_readings(user=self.person, project=self.project).select_related("item__study__patient")
        return super().context() | {
            "consent": gaze.consent_of(user=self.person, project=self.project),
            "recordings": [{"row": row, "lag": lag_in_words(row)} for row in rows[:RECENT]], "count": rows.count(),
            "readings": readings.order_by("-saved_at", "-pk")[:RECENT], "has_recogniser": gaze.has_recogniser(),
        }

    def _rows(self) -> Any:
        return GazeRecording.objects.visible_to(self.person).filter(project=self.project)

    def allow_recording(self) -> None:
        gaze.give_consent(user=self.person, project=self.project)

    def stop(self) -> None:
        gaze.take_consent_back(user=self.person, project=self.project, delete=False)

    def forget(self) -> None:
        gaze.take_consent_back(user=self.person, project=self.project, delete=True)

    def delete(self) -> None:
        pk = self.request.POST.get("recording", "")
        row = self._rows().filter(pk=int(pk) if pk.isdigit() else 0).first()
        if row is None:
            raise NotFound("There is no such recording of yours.")
        gaze.delete_recording(recording=row, reader=self.person)

    def add(self) -> None:
        """An eye tracker's file, a transcript or speech for one reading. Raises Invalid with the remedy."""
        reading = self._reading()
        files = {name: file for name in FILES if (file := self.request.FILES.get(name)) is not None}
        series = reading.item.study.series.order_by("number", "pk").first() if self._is_of_image() else None
        gaze.receive_files(
            reading=reading, reader=self.person, files=files,
            instance=series.instances.order_by("number", "pk").first() if series else None,
        )
        messages.success(self.request, "Received. It is being read; the list below says when it is ready.")

    def _is_of_image(self) -> bool:
        return self.request.POST.get("pixels") == "image"

    def _reading(self) -> Reading:
        pk = self.request.POST.get("reading", "")
        reading = my_reading(reading_id=int(pk) if pk.isdigit() else 0, reader=self.person)
        if reading.project_id != self.project.pk:
            raise NotFound("There is no such reading of yours.")
        return reading
