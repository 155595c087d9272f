"""GET readings/<id>/priors/<uid>/: an earlier study of the patient, to hang beside the case."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.services.readings import my_reading
from core.access import require
from core.api.lookup import person
from frontend.api.case_shapes import CaseSeriesSerializer, CaseStudySerializer
from frontend.services.case import series_of, study_of
from frontend.services.hung import prior_of
from imaging.dicomweb.access import note_opening


class PriorSerializer(serializers.Serializer[Any]):
    """Images alone: what was found on them, suggested or reported is no part of this."""

    study = CaseStudySerializer()
    series = CaseSeriesSerializer(many=True)


@extend_schema(responses=PriorSerializer)
@api_view(["GET"])
def prior(request: Request, pk: int, uid: str) -> Response:
    """The images of an earlier study of the patient whose case one reads. Opening it is on record."""
    user = person(request)
    reading = my_reading(reading_id=pk, reader=user)
    require(user, "annotate", reading.project)
    study = prior_of(reading, uid)
    note_opening(user, study, reading.project)
    return Response(PriorSerializer({"study": study_of(study), "series": series_of(study)}).data)
