"""Reports to answer before anything is suggested."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.models import Finding
from core.access import require
from core.api.lookup import one, person, project_for
from core.errors import NotFound
from reports_nlp.learning.types import STATES
from reports_nlp.models import Report
from reports_nlp.selectors.labels import active_findings
from reports_nlp.services.blind import answer_blind, next_blind_report


class BlindFinding(serializers.ModelSerializer[Finding]):
    class Meta:
        model = Finding
        fields = ["id", "code", "name", "definition"]
        read_only_fields = fields


class BlindReport(serializers.Serializer[Any]):
    """A text and the form; nothing of what the text is taken to say."""

    report = serializers.IntegerField()
    digest = serializers.CharField(help_text="Send it back with the answers.")
    text = serializers.CharField()
    findings = BlindFinding(many=True)


class BlindAnswers(serializers.Serializer[Any]):
    digest = serializers.CharField(max_length=64)
    answers = serializers.DictField(
        child=serializers.ChoiceField(choices=list(STATES)), help_text="Every finding's code → state."
    )


class BlindAnswered(serializers.Serializer[Any]):
    report = serializers.IntegerField()
    findings = serializers.IntegerField(help_text="How many were answered.")


class NextBlindReport(APIView):
    """The next report to answer blind"""

    @extend_schema(responses=BlindReport)
    def get(self, request: Request, slug: str) -> Response:
        """A report drawn at random that you have not opened, without any suggestion; 404 when there is none"""
        user = person(request)
        project = project_for(user, slug, "annotate")
        report = next_blind_report(project=project, reader=user)
        if report is None:
            raise NotFound("There is no report left that you have not opened.")
        told = {
            "report": report.pk, "digest": report.digest, "text": report.text, "findings": active_findings(project),
        }
        return Response(BlindReport(told).data)


class AnswerBlindReport(APIView):
    """Answer a report blind"""

    @extend_schema(request=BlindAnswers, responses={201: BlindAnswered})
    def post(self, request: Request, pk: int) -> Response:
        """Keep your answer to every finding; 409 once you have seen what the report is taken to say"""
        user = person(request)
        report = one(Report.objects.visible_to(user).select_related("project", "study__patient"), pk)
        require(user, "annotate", report.project)
        given = BlindAnswers(data=request.data)
        given.is_valid(raise_exception=True)
        answer_blind(report=report, reader=user, **given.validated_data)
        told = {"report": report.pk, "findings": len(given.validated_data["answers"])}
        return Response(BlindAnswered(told).data, status=status.HTTP_201_CREATED)
