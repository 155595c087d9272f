"""A project's hanging protocols: seen by members, saved by managers, tried on a study before."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.lookup import person, project_for
from core.errors import NotFound
from imaging.api.hanging_shapes import (
    DecisionSerializer,
    HangingSerializer,
    SaveHangingSerializer,
    TryHangingSerializer,
)
from imaging.hanging import Candidate
from imaging.models import Study
from imaging.selectors.hanging import decision_for, newest_version, rules_in_force
from imaging.selectors.priors import prior_studies
from imaging.services.hanging import checked_rules, save_hanging


@extend_schema(methods=["GET"], operation_id="hanging_read", responses=HangingSerializer)
@extend_schema(
    methods=["PUT"], operation_id="hanging_save", request=SaveHangingSerializer, responses=HangingSerializer
)
@api_view(["GET", "PUT"])
def hanging(request: Request, slug: str) -> Response:
    """The protocols in force. A save that another one has overtaken is refused with 409."""
    user = person(request)
    if request.method == "GET":
        return Response(_in_force(project_for(user, slug)))
    project = project_for(user, slug, "manage")
    sent = SaveHangingSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    save_hanging(
        project=project, user=user, base_number=sent.validated_data["base_number"],
        rules={"rules": sent.validated_data["rules"]},
    )
    return Response(_in_force(project))


def _in_force(project: Any) -> dict[str, Any]:
    newest = newest_version(project)
    rules = rules_in_force(project).model_dump(mode="json")
    return HangingSerializer({"number": newest.number if newest else 0, **rules}).data


@extend_schema(operation_id="hanging_try", request=TryHangingSerializer, responses=DecisionSerializer)
@api_view(["POST"])
def try_hanging(request: Request, slug: str) -> Response:
    """Which layout a study gets by these rules, with what every rule was given; nothing is saved or opened."""
    user = person(request)
    project = project_for(user, slug, "manage")
    sent = TryHangingSerializer(data=request.data)
    sent.is_valid(raise_exception=True)
    study = Study.objects.visible_to(user).filter(projects=project, uid=sent.validated_data["study"]).first()
    if study is None:
        raise NotFound("There is no such study in this project.")
    priors = prior_studies(study=study, project=project, user=user)
    rules = checked_rules({"rules": sent.validated_data["rules"]})
    decision = decision_for(rules=rules, study=study, priors=priors)
    weighed = [
        {"rule": one.rule.name, "points": one.points, "reasons": one.reasons} for one in decision.weighed
    ]
    return Response(DecisionSerializer({**plan_of(decision.chosen), "weighed": weighed}).data)


def plan_of(chosen: Candidate) -> dict[str, Any]:
    """The layout and what hangs in it, as answers tell it."""
    return {
        "rule": chosen.rule.name, "why": chosen.reasons, "rows": chosen.rule.rows, "columns": chosen.rule.columns,
        "panes": [
            {
                "study": one.study.uid if one.study else None, "is_prior": one.wish.study == "prior",
                "series": one.hangable.series if one.hangable else None,
                "image": (one.hangable.image or None) if one.hangable else None, "why": one.why,
            }
            for one in chosen.panes
        ],
    }
