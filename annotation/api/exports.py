"""Labels as a file: audited before the first byte leaves, streamed, research use only written inside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.formats import EXPORTERS, Selection, exporter
from annotation.models import SourceKind
from annotation.selectors.unaided import studies_read_unaided
from annotation.services.reserve import open_test_set
from core import audit
from core.access import require
from core.api.lookup import person, project_for
from core.errors import Invalid

CHUNK_BYTES = 64 * 1024


class _WhateverIsAccepted(BaseContentNegotiation):
    """The address says the format; an Accept header of text/csv must not be refused."""

    def select_parser(self, request: Request, parsers: object) -> None:
        return None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class Export(APIView):
    """Current observations as CSV or COCO"""

    content_negotiation_class = _WhateverIsAccepted

    @extend_schema(
        operation_id="labels_export",
        parameters=[
            OpenApiParameter("format", str, OpenApiParameter.PATH, enum=list(EXPORTERS)),
            OpenApiParameter("kinds", str, description="Kinds of sources, comma-separated; readers if empty."),
            OpenApiParameter("with_test", bool, description="Managers: the test set too; counted as an opening of it."),
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, slug: str, format: str) -> Response | StreamingHttpResponse:
        """Readers' labels unless other kinds of sources are asked for; nothing is aggregated

        Studies that the person who asks is yet to read unaided are left out; X-Radloop-Left-Out says how many.
        """
        user = person(request)
        project = project_for(user, slug, "export")
        export, media, extension = exporter(format)
        kinds = _kinds(",".join(request.query_params.getlist("kinds")))
        with_test = request.query_params.get("with_test", "").lower() in ("1", "true")
        if with_test:
            require(user, "manage", project)
            open_test_set(project=project, user=user, model_version="", note=f"Labels exported ({format})")
        audit.record("labels.exported", actor=user, project=project, subject=f"format:{format}", kinds=list(kinds))
        chunks = _joined(export(Selection(project, kinds, with_test, taken_by=user)))
        is_async = isinstance(request._request, ASGIRequest)
        answer = StreamingHttpResponse(_awaited(chunks) if is_async else chunks, content_type=media)
        answer["Content-Disposition"] = f'attachment; filename="{project.slug}-labels.{extension}"'
        answer["Cache-Control"] = "no-store"
        answer["X-Radloop-Left-Out"] = str(studies_read_unaided(user=user, project=project).count())
        return answer


def _kinds(text: str) -> tuple[str, ...]:
    """Raises Invalid naming the known kinds."""
    kinds = tuple(kind.strip() for kind in text.split(",") if kind.strip()) or (SourceKind.READER.value,)
    unknown = [kind for kind in kinds if kind not in SourceKind.values]
    if unknown:
        raise Invalid(f"No such kind of source: {', '.join(unknown)}; known: {', '.join(SourceKind.values)}.")
    return kinds


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces of at least CHUNK_BYTES, so that a row is not a packet."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


async def _awaited(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same under ASGI, where a plain iterator would be read whole before anything is sent."""
    while chunk := await sync_to_async(lambda: next(chunks, b""))():
        yield chunk
