from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotation.models import Finding
from reports_nlp.models.extraction import OfReportQuerySet
from reports_nlp.models.report import Report


class ReportVoice(models.Model):
    """What a trained text model or a language model says of a finding in a report: derived, replaced when asked again.

    It is neither a verdict nor an observation. Publishing turns voices into observations; until then they are what
    readers' verdicts are compared with, and what makes a report worth reading where voices disagree.
    """

    STATES = [(s, s) for s in ("present", "absent", "equivocal", "not_mentioned")]

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="voices")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="report_voices")
    source = models.CharField(max_length=80, help_text="text:<kind> or llm:<model>.")
    definition = models.CharField(max_length=64, help_text="sha256 of what said it.")
    state = models.CharField(max_length=14, choices=STATES)
    probability = models.FloatField(null=True, help_text="Calibrated, of the state; unset for a language model.")
    spans = models.JSONField(default=list, help_text="[start, end] of the text that decided; they are in the text.")
    created_at = models.DateTimeField(auto_now=True)

    objects = OfReportQuerySet["ReportVoice"].as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["finding", "source"], name="voice_of_source")]
        constraints = [
            models.UniqueConstraint(fields=["report", "finding", "source"], name="one_voice_per_source"),
            models.CheckConstraint(
                condition=Q(state__in=["present", "absent", "equivocal", "not_mentioned"]), name="voice_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | (Q(probability__gte=0) & Q(probability__lte=1)),
                name="voice_probability_0_to_1",
            ),
        ]
