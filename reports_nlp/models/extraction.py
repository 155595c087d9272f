from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import F, Q

from annotation.models import ReadingVersion, Region
from core.models import Project
from imaging.models import Instance
from reports_nlp.models.report import Report

if TYPE_CHECKING:
    from core.models import User


class RulesVersionQuerySet(models.QuerySet["RulesVersion"]):
    def visible_to(self, user: User) -> RulesVersionQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class RulesVersion(models.Model):
    """How a project reads its reports: packs, policy, its own phrases. The newest is in force; none is edited."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rules_versions")
    number = models.PositiveIntegerField()
    policy = models.CharField(max_length=40, default="chexpert")
    settings = models.JSONField(default=dict, help_text="What differs from the shipped policy.")
    phrases = models.JSONField(default=list, help_text="The project's own phrases, as a rule pack writes them.")
    finding_map = models.JSONField(default=dict, help_text="finding code -> names in the lexicon")
    definition = models.CharField(max_length=64, help_text="sha256 of packs + policy + phrases + map.")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(max_length=300, blank=True)

    objects = RulesVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="rules_number_once_per_project")]


Row = TypeVar("Row", bound=models.Model)


class OfReportQuerySet(models.QuerySet[Row]):
    """Rows that hang on a report are seen by whoever sees the report."""

    def visible_to(self, user: User) -> Self:
        return self.filter(report__in=Report.objects.visible_to(user))


class Extraction(models.Model):
    """What one definition found in one version of a report. Never edited; the newest counts.

    Rules that find the same again only put their name to it: nothing that points here moves.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="extractions")
    definition = models.CharField(max_length=64, help_text="sha256 of the rules + policy that found it first.")
    confirmed = models.CharField(max_length=64, help_text="The newest rules + policy that find exactly the same.")
    content = models.CharField(max_length=64, help_text="sha256 of all that was found: equal, so nothing changed.")
    is_current = models.BooleanField(default=True)
    sections = models.JSONField(default=list, help_text="[kind, start, end] of each body.")
    headings = models.JSONField(default=list, help_text="MeSH headings found.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfReportQuerySet["Extraction"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["confirmed", "report"], condition=Q(is_current=True), name="extraction_in_force")
        ]
        constraints = [
            models.UniqueConstraint(fields=["report", "definition"], name="one_extraction_per_definition"),
            models.UniqueConstraint(
                fields=["report"], condition=Q(is_current=True), name="one_current_extraction_per_report"
            ),
        ]


class Mention(models.Model):
    """A span of a report that names a finding, and the phrases that decided what is said of it."""

    extraction = models.ForeignKey(Extraction, on_delete=models.CASCADE, related_name="mentions")
    finding = models.CharField(max_length=80, help_text="Name in the lexicon.")
    start = models.PositiveIntegerField(help_text="Characters from the start of the text.")
    end = models.PositiveIntegerField()
    sentence_start = models.PositiveIntegerField()
    sentence_end = models.PositiveIntegerField()
    section = models.CharField(max_length=12)
    polarity = models.CharField(max_length=10)
    context = models.CharField(max_length=14)
    rule = models.CharField(max_length=120, blank=True)
    cues = models.JSONField(default=list, help_text="[role, start, end, rule]")
    attributes = models.JSONField(
        default=dict, help_text="laterality, anatomy, severity, temporal, measurements, images"
    )

    class Meta:
        ordering = ["start", "pk"]
        indexes = [models.Index(fields=["finding", "polarity"], name="mention_finding")]
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="mention_has_length")]


class ReportLabel(models.Model):
    """What the report as a whole says of one lexicon finding: 1 present, 0 absent, -1 uncertain."""

    extraction = models.ForeignKey(Extraction, on_delete=models.CASCADE, related_name="labels")
    finding = models.CharField(max_length=80)
    value = models.SmallIntegerField()
    reason = models.CharField(max_length=120, blank=True, help_text="Which step of the policy decided.")
    mentions = models.ManyToManyField(Mention, related_name="labels")
    cues = models.JSONField(default=list, help_text="[role, start, end, rule]: what decided where no mention did.")

    class Meta:
        ordering = ["finding"]
        constraints = [
            models.UniqueConstraint(fields=["extraction", "finding"], name="one_label_per_finding"),
            models.CheckConstraint(condition=Q(value__in=[-1, 0, 1]), name="label_value_is_known"),
        ]


class ReportLink(models.Model):
    """A span tied to an image or a region: found in the text ("series 4 image 32") or made by a reader.

    A reader's belongs to a submitted version of their reading: its quote stood at [start, end) of its text version when
    it was written (services.reader_links). Triggers refuse to edit it, and to edit the text of any report.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="links")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    series_number = models.IntegerField(null=True)
    image_number = models.IntegerField(null=True)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, null=True, related_name="+")
    frame = models.PositiveIntegerField(default=0)
    region = models.ForeignKey(Region, on_delete=models.CASCADE, null=True, related_name="report_links")
    track = models.UUIDField(null=True, help_text="The region's.")
    quote = models.CharField(max_length=400, blank=True, help_text="What stands at the span, as a check.")
    reading_version = models.ForeignKey(
        ReadingVersion, on_delete=models.CASCADE, null=True, related_name="report_links"
    )
    linked_at = models.DateTimeField(null=True, help_text="By the clock of the reader's room.")
    finding = models.CharField(max_length=80, blank=True)
    millimetres = models.JSONField(default=list, help_text="Sizes in the same sentence.")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfReportQuerySet["ReportLink"].as_manager()

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="link_has_length"),
            models.CheckConstraint(
                condition=Q(reading_version=None)
                | (Q(region__isnull=False, track__isnull=False, created_by__isnull=False) & ~Q(quote="")),
                name="reader_link_is_whole",
            ),
        ]
