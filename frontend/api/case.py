"""GET readings/<id>/case/: what the reading room shows."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.selectors.examples import examples_for
from annotation.services.readings import my_reading
from core.access import require
from core.api.lookup import person
from frontend.api.case_shapes import CaseSerializer
from frontend.services.case import case_of
from imaging.dicomweb.access import note_opening


@extend_schema(responses=CaseSerializer)
@api_view(["GET"])
def case(request: Request, pk: int) -> Response:
    """One's own reading with images, findings, and what of suggestions and report may be seen now."""
    user = person(request)
    reading = my_reading(reading_id=pk, reader=user)
    require(user, "annotate", reading.project)
    note_opening(user, reading.item.study, reading.project)
    shown = case_of(reading=reading)
    examples = examples_for(user=user, findings=list(shown["findings"]))
    return Response(CaseSerializer(shown, context={"examples": examples}).data)
