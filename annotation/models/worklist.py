from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from core.models import Project
from imaging.models import Split, Study

if TYPE_CHECKING:
    from core.models import User


class WorklistKind(models.TextChoices):
    RANKED = "ranked", "ranked (the loop)"
    REFERENCE = "reference", "reference (reserved sets, read unaided)"


class ReadingMode(models.TextChoices):
    UNAIDED = "unaided", "unaided: no suggestions"
    SECOND_READER = "second_reader", "second reader: own answer locked, then suggestions"
    CONCURRENT = "concurrent", "concurrent: suggestions from the start"


class ReportPolicy(models.TextChoices):
    NEVER = "never"
    AFTER = "after", "after the unaided answer is locked"
    ALWAYS = "always"


class WorklistQuerySet(models.QuerySet["Worklist"]):
    def visible_to(self, user: User) -> WorklistQuerySet:
        """Lists of re-reads are nobody's to look at: their cases come with those of the list they belong to."""
        return self.listed().filter(project__in=Project.objects.visible_to(user))

    def listed(self) -> WorklistQuerySet:
        """Lists as people know them."""
        return self.filter(rereads_of=None)


class Worklist(models.Model):
    """What to read, by whom it may be read, and how."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="worklists")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=WorklistKind, default=WorklistKind.RANKED)
    mode = models.CharField(max_length=14, choices=ReadingMode, default=ReadingMode.CONCURRENT)
    report_policy = models.CharField(max_length=8, choices=ReportPolicy, default=ReportPolicy.NEVER)
    unaided_share = models.FloatField(default=0.05, help_text="Share of cases always read unaided, 0 to 1.")
    has_second_look = models.BooleanField(
        default=True, help_text="Submit is asked back once where it contradicts a sure model; never unaided."
    )
    readings_needed = models.PositiveSmallIntegerField(default=1)
    reservation_minutes = models.PositiveSmallIntegerField(default=30)
    cases_ahead = models.PositiveSmallIntegerField(default=2, help_text="Cases laid ready after the open one.")
    reread_share = models.FloatField(
        default=0.0, help_text="Share of cases handed out that the reader has read before, 0 to 0.5: unaided, untold."
    )
    reread_after_days = models.PositiveSmallIntegerField(default=14, help_text="Days before a case may come again.")
    rereads_of = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, related_name="rereads",
        help_text="Holds the re-reads of that list. What is said there enters no ledger; it is its reader's alone.",
    )
    ranking = models.ForeignKey(
        "annotation.Ranking", on_delete=models.PROTECT, null=True, related_name="+", help_text="The one in force."
    )
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorklistQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="worklist_name_once_per_project"),
            models.CheckConstraint(condition=Q(readings_needed__gte=1), name="worklist_needs_a_reading"),
            models.CheckConstraint(
                condition=~Q(kind="reference") | Q(mode="unaided"), name="reference_worklist_is_unaided"
            ),
            models.CheckConstraint(
                condition=Q(unaided_share__gte=0) & Q(unaided_share__lte=1), name="unaided_share_0_to_1"
            ),
            models.CheckConstraint(
                condition=Q(reread_share__gte=0) & Q(reread_share__lte=0.5), name="reread_share_0_to_half"
            ),
            models.CheckConstraint(condition=Q(rereads_of=None) | Q(mode="unaided"), name="rereads_are_unaided"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def as_known(self) -> Worklist:
        """The list under which its reader knows the case: a re-read is not told from a first reading."""
        return self.rereads_of or self

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits whose studies may stand on it: reserved sets are never ranked."""
        if self.kind == WorklistKind.REFERENCE:
            return (Split.GATE, Split.CALIBRATION, Split.TEST)
        return (Split.POOL,)


class WorklistItem(models.Model):
    """A study to read. It has `slots_total` slots; `slots_open` of them are free to take."""

    worklist = models.ForeignKey(Worklist, on_delete=models.CASCADE, related_name="items")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="worklist_items")
    slots_total = models.PositiveSmallIntegerField(default=1)
    is_always_unaided = models.BooleanField(default=False, help_text="Drawn by the worklist's unaided share.")
    retired_at = models.DateTimeField(null=True, help_text="Taken off the list unread (e.g. patient withdrawn).")

    class Meta:
        indexes = [  # the length of a list is counted at every case: from the index alone
            models.Index(fields=["worklist"], name="items_on_the_list", condition=Q(retired_at=None)),
        ]
        constraints = [models.UniqueConstraint(fields=["worklist", "study"], name="study_once_per_worklist")]


class SlotState(models.TextChoices):
    RESERVED = "reserved"
    DONE = "done"


class Slot(models.Model):
    """A taken place: one reader's claim on one item. A released slot is deleted (its reading stays)."""

    item = models.ForeignKey(WorklistItem, on_delete=models.CASCADE, related_name="slots")
    ordinal = models.PositiveSmallIntegerField(help_text="0 … slots_total-1: the database refuses a second holder.")
    reader = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=SlotState, default=SlotState.RESERVED)
    reserved_until = models.DateTimeField(null=True)
    ranking = models.ForeignKey("annotation.Ranking", on_delete=models.SET_NULL, null=True, related_name="+")
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["reader", "state"]), models.Index(fields=["state", "reserved_until"])]
        constraints = [
            models.UniqueConstraint(fields=["item", "ordinal"], name="one_holder_per_slot"),
            models.UniqueConstraint(fields=["item", "reader"], name="one_slot_per_reader_and_item"),
            models.CheckConstraint(
                condition=Q(state="done") | Q(reserved_until__isnull=False), name="reservation_expires"
            ),
        ]


class Ranking(models.Model):
    """An order of a worklist with priority and reason per item. Written whole, then pointed to."""

    worklist = models.ForeignKey(Worklist, on_delete=models.CASCADE, related_name="rankings")
    created_at = models.DateTimeField(auto_now_add=True)
    query = models.CharField(max_length=40, help_text="entropy, margin, core_set, random, import order…")
    model_version = models.CharField(max_length=60, blank=True, help_text="Id of the model version that ranked.")
    is_complete = models.BooleanField(default=False)
    entries_total = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]


class RankingEntry(models.Model):
    """One item's place. `slots_open` is kept only on the ranking in force: it is the queue."""

    ranking = models.ForeignKey(Ranking, on_delete=models.CASCADE, related_name="entries")
    item = models.ForeignKey(WorklistItem, on_delete=models.CASCADE, related_name="+")
    priority = models.FloatField()
    reason = models.CharField(max_length=300)
    slots_open = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index("ranking", models.F("priority").desc(), "id", condition=Q(slots_open__gt=0), name="queue"),
        ]
        constraints = [models.UniqueConstraint(fields=["ranking", "item"], name="item_once_per_ranking")]
