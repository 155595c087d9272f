"""The audit log: looked at by managers, taken away by site admins."""

from __future__ import annotations

import tempfile
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.views import APIView

from core import audit
from core.access import require_site_admin
from core.api.lookup import person, project_for
from core.api.shapes import AuditEventSerializer
from core.models import AuditEvent

_ACTOR = OpenApiParameter("actor", OpenApiTypes.STR, description="Username.")


@extend_schema_view(get=extend_schema(parameters=[_ACTOR]))
class AuditLog(generics.ListAPIView[AuditEvent]):
    """The audit log, newest first: all of it for site admins, their projects' for managers"""

    queryset = AuditEvent.objects.none()
    serializer_class = AuditEventSerializer
    filterset_fields = ["action", "subject"]

    def get_queryset(self) -> QuerySet[AuditEvent]:
        events = AuditEvent.objects.visible_to(person(self.request)).select_related("actor", "project")
        actor = self.request.query_params.get("actor")
        return (events.filter(actor__username=actor) if actor else events).order_by("-sequence")


class ProjectAudit(AuditLog):
    """A project's part of the audit log, newest first; for managers"""

    def get_queryset(self) -> QuerySet[AuditEvent]:
        return super().get_queryset().filter(project=project_for(person(self.request), self.kwargs["slug"], "manage"))


class AuditExport(APIView):
    """Take the log away"""

    @extend_schema(responses={
        (200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.STR, "One event a line, then the verdict.")
    })
    def get(self, request: Request) -> Any:
        """The whole log as JSON lines, the last line says whether the chain of hashes is whole; for site admins"""
        user = require_site_admin(person(request))
        audit.record("audit.exported", actor=user)
        file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
        audit.export_to(file)
        file.seek(0)
        return FileResponse(
            file, as_attachment=True, filename="radloop-audit.jsonl", content_type="application/x-ndjson"
        )
