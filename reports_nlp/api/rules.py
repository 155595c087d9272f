"""How a project reads its reports: versions, the one in force, what a change would change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.lookup import person, project_for
from core.models import Project
from reports_nlp.api.rules_shapes import (
    NewRulesSerializer,
    RulesInForceSerializer,
    RulesPreviewSerializer,
    RulesSerializer,
    RulesVersionSerializer,
)
from reports_nlp.models import RulesVersion
from reports_nlp.services.extraction import enqueue_extraction
from reports_nlp.services.finding_map import lexicon_names
from reports_nlp.services.rules_preview import preview_rules
from reports_nlp.services.rules_versions import checked, rules_in_force, save_rules
from reports_nlp.stages import policies


@extend_schema(methods=["GET"], operation_id="report_rules", responses=RulesInForceSerializer)
@extend_schema(
    methods=["POST"], operation_id="report_rules_save", request=NewRulesSerializer,
    responses={201: RulesInForceSerializer},
)
@api_view(["GET", "POST"])
def rules(request: Request, slug: str) -> Response:
    """The rules in force with every earlier version; a new one is in force at once, and the reports are read again."""
    user = person(request)
    if request.method == "GET":
        return _in_force(project_for(user, slug), status.HTTP_200_OK)
    project = project_for(user, slug, "manage")
    shape = NewRulesSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    save_rules(project=project, user=user, **shape.validated_data)
    enqueue_extraction(project=project, user=user)
    return _in_force(project, status.HTTP_201_CREATED)


@extend_schema(request=RulesSerializer, responses=RulesPreviewSerializer)
@api_view(["POST"])
def preview(request: Request, slug: str) -> Response:
    """What this change would change, over a sample of reports; nothing is saved."""
    user = person(request)
    project = project_for(user, slug, "manage")
    shape = RulesSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    tried = checked(project=project, **shape.validated_data)
    return Response(RulesPreviewSerializer(asdict(preview_rules(project=project, user=user, rules=tried))).data)


def _in_force(project: Project, code: int) -> Response:
    now = rules_in_force(project=project)
    versions = RulesVersion.objects.filter(project=project).select_related("created_by")
    told: dict[str, Any] = {
        "number": now.number, "policy": now.policy, "settings": now.settings, "phrases": list(now.phrases),
        "finding_map": {name: list(names) for name, names in now.finding_map.items()},
        "generated": list(now.generated), "policies": policies(), "lexicon": lexicon_names(phrases=now.phrases),
        "versions": RulesVersionSerializer(versions, many=True).data,
    }
    return Response(RulesInForceSerializer(told).data, status=code)


