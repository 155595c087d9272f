"""One's own recordings of pointing, looking and speaking. There is no address for another's."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view, parser_classes
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.gaze_shapes import (
    ConsentChangeSerializer,
    ConsentSerializer,
    GazeProposalsSerializer,
    GazeUploadSerializer,
    LookedAtSerializer,
    PointerBatchSerializer,
    PointerKeptSerializer,
    RecordingSerializer,
)
from annotation.models import GazeRecording, Reading
from annotation.services import gaze
from annotation.services.gaze.shapes import parse_batch
from annotation.services.gaze.staging import FILES
from annotation.services.readings import my_reading
from core.api.lookup import one, person, project_for
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Instance


@extend_schema(methods=["GET"], operation_id="gaze_consent", responses=ConsentSerializer)
@extend_schema(
    methods=["PUT"], operation_id="change_gaze_consent", request=ConsentChangeSerializer, responses=ConsentSerializer
)
@api_view(["GET", "PUT"])
def consent(request: Request, slug: str) -> Response:
    """Whether my pointer and words may be recorded in this project; off until I say so"""
    user = person(request)
    project = project_for(user, slug, "annotate")
    if request.method == "PUT":
        shape = ConsentChangeSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        if shape.validated_data["is_on"]:
            gaze.give_consent(user=user, project=project)
        else:
            gaze.take_consent_back(user=user, project=project, delete=shape.validated_data["delete"])
    return Response(ConsentSerializer(_consent(user, project)).data)


def _consent(user: User, project: Project) -> dict[str, Any]:
    given = gaze.consent_of(user=user, project=project)
    return {
        "is_on": given is not None, "given_at": given.given_at if given else None,
        "recordings": GazeRecording.objects.visible_to(user).filter(project=project).count(),
        "has_recogniser": gaze.has_recogniser(),
    }


@extend_schema(methods=["GET"], operation_id="gaze_recordings", responses=RecordingSerializer(many=True))
@extend_schema(
    methods=["POST"], operation_id="upload_gaze", request={"multipart/form-data": GazeUploadSerializer},
    responses={201: RecordingSerializer},
)
@api_view(["GET", "POST"])
@parser_classes([MultiPartParser, JSONParser])
def recordings(request: Request, pk: int) -> Response:
    """My recordings of a reading of mine; an eye tracker's file, a transcript or speech is added"""
    user = person(request)
    reading = my_reading(reading_id=pk, reader=user)
    if request.method == "GET":
        rows = GazeRecording.objects.visible_to(user).filter(reading=reading)
        gaze.settle(rows)
        return Response(RecordingSerializer(rows, many=True).data)
    project_for(user, reading.project.slug, "annotate")
    shape = GazeUploadSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    data = shape.validated_data
    made = gaze.receive_files(
        reading=reading, reader=user, files={name: data[name] for name in FILES if data.get(name)},
        begun=data.get("begun"), instance=_instance(data.get("instance"), reading),
    )
    return Response(RecordingSerializer(made).data, status=status.HTTP_201_CREATED)


def _instance(pk: int | None, reading: Reading) -> Instance | None:
    if pk is None:
        return None
    found = Instance.objects.filter(pk=pk, series__study=reading.item.study_id).first()
    if found is None:
        raise Invalid("The image is not in this study.", field="instance")
    return found


@extend_schema(request=PointerBatchSerializer, responses=PointerKeptSerializer)
@api_view(["POST"])
def pointer(request: Request, pk: int) -> Response:
    """Where my pointer rested in a reading of mine, a batch at a time; a batch that is lost does no harm"""
    user = person(request)
    reading = my_reading(reading_id=pk, reader=user)
    project_for(user, reading.project.slug, "annotate")
    row = gaze.add_pointer(reading=reading, reader=user, batch=parse_batch(request.data))
    return Response(PointerKeptSerializer({"samples": row.sample_count}).data)


@extend_schema(operation_id="gaze_proposals", responses=GazeProposalsSerializer)
@api_view(["GET"])
def proposals(request: Request, pk: int) -> Response:
    """Findings I named, where I looked; null until the reading's mode lets suggestions be seen"""
    user = person(request)
    reading = my_reading(reading_id=pk, reader=user)
    return Response(GazeProposalsSerializer({"proposals": gaze.proposals_for(reading=reading, reader=user)}).data)


@extend_schema(request=None, responses={204: None})
@api_view(["DELETE"])
def recording(request: Request, pk: int) -> Response:
    """Delete a recording of mine for good"""
    user = person(request)
    gaze.delete_recording(recording=one(GazeRecording.objects.visible_to(user), pk), reader=user)
    return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(
    operation_id="gaze_replay", responses=LookedAtSerializer(many=True),
    parameters=[OpenApiParameter("until", float, description="Share of the recording that has passed, 0 to 1.")],
)
@api_view(["GET"])
def replay(request: Request, pk: int) -> Response:
    """Where I looked or pointed, as heat over each image, up to a moment"""
    found = one(GazeRecording.objects.visible_to(person(request)), pk)
    asked = serializers.FloatField(min_value=0, max_value=1).run_validation(request.query_params.get("until", "1"))
    return Response(LookedAtSerializer(gaze.heat_maps(recording=found, until=asked), many=True).data)
