from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from annotation.models import Finding, Observation
from core.models import Project
from reports_nlp.models.extraction import OfReportQuerySet
from reports_nlp.models.report import Report

if TYPE_CHECKING:
    from core.models import User


class ReportVerdict(models.Model):
    """A reader's word on what a report says of a finding: accepted or corrected, never edited, the newest counts.

    `shown` keeps what was on the screen (definition, value, spans, text version), so that an acceptance keeps pointing
    at what was accepted when the rules change later.
    """

    STATES = [(s, s) for s in ("present", "absent", "equivocal", "not_mentioned")]

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="verdicts")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="report_verdicts")
    reader = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=10, choices=[(a, a) for a in ("accepted", "corrected")])
    state = models.CharField(max_length=14, choices=STATES)
    shown = models.JSONField(default=dict)
    spans = models.JSONField(default=list, help_text="[start, end] that the reader marked, when corrected.")
    note = models.CharField(max_length=300, blank=True)
    is_current = models.BooleanField(default=True)
    observation = models.ForeignKey(Observation, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfReportQuerySet["ReportVerdict"].as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "finding", "reader"], condition=Q(is_current=True),
                name="one_current_verdict_per_reader",
            )
        ]


class TextModelQuerySet(models.QuerySet["TextModel"]):
    def visible_to(self, user: User) -> TextModelQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class TextModel(models.Model):
    """A model that reads reports for one finding, trained on corrections; promoted only where it beats the rules."""

    STATES = [(s, s) for s in ("candidate", "promoted", "retired")]

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="text_models")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="text_models")
    kind = models.CharField(max_length=20, help_text="A name in reports_nlp.learning.KINDS.")
    state = models.CharField(max_length=10, choices=STATES, default="candidate")
    definition = models.CharField(max_length=64, help_text="sha256 of artefact + features + rules.")
    artefact = models.CharField(max_length=200, blank=True, help_text="Path under the installation's home.")
    metrics = models.JSONField(default=dict, help_text="Rules and model on held-out verdicts, with n and intervals.")
    verdict = models.CharField(max_length=20, blank=True, help_text="gain, equivalent, harm or undecided")
    job_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TextModelQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "finding"], condition=Q(state="promoted"), name="one_promoted_text_model"
            )
        ]
