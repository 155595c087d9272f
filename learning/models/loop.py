from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from annotation.models import Batch, Ranking, Worklist
from core.models import Project
from learning.models.model_version import ModelVersion
from learning.models.run import Run
from workers.models import Job

if TYPE_CHECKING:
    from core.models import User


class LoopQuerySet(models.QuerySet["Loop"]):
    def visible_to(self, user: User) -> LoopQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class Loop(models.Model):
    """Teacher → pseudolabels + ranking → corrections → student → promoted by the project's rule, or not."""

    RULES = [("superior", "superior: the interval of the difference lies above 0"),
             ("non_inferior", "non-inferior within the margin, and ahead")]

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="loop")
    worklist = models.ForeignKey(Worklist, on_delete=models.PROTECT, related_name="+")
    is_running = models.BooleanField(default=False)
    recipe = models.JSONField()
    query = models.CharField(max_length=40, default="margin")
    corrections_per_turn = models.PositiveIntegerField(default=10)
    rule = models.CharField(max_length=12, choices=RULES, default="non_inferior")
    margin = models.FloatField(default=0.02, help_text="In AUROC, macro average over findings.")
    pseudolabel_threshold = models.FloatField(default=0.95)
    pseudolabel_thresholds = models.JSONField(
        default=dict, blank=True, help_text="finding code -> its own threshold; the others use pseudolabel_threshold."
    )
    pseudolabel_weight = models.FloatField(default=0.3)
    audited_share = models.FloatField(default=0.1)
    has_random_arm = models.BooleanField(default=True)
    started_at = models.DateTimeField(null=True)

    objects = LoopQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(corrections_per_turn__gte=1), name="turn_needs_a_correction"),
            models.CheckConstraint(
                condition=Q(pseudolabel_threshold__gt=0.5) & Q(pseudolabel_threshold__lte=1),
                name="pseudolabel_threshold_above_half",
            ),
            models.CheckConstraint(
                condition=Q(audited_share__gte=0) & Q(audited_share__lte=1), name="audited_share_0_to_1"
            ),
        ]


class IterationQuerySet(models.QuerySet["Iteration"]):
    def visible_to(self, user: User) -> IterationQuerySet:
        return self.filter(loop__in=Loop.objects.visible_to(user))


class Iteration(models.Model):
    """One turn of the loop, as a row anyone can read."""

    STATES = [(s, s) for s in ("training", "judging", "ranking", "done", "failed", "cancelled")]

    loop = models.ForeignKey(Loop, on_delete=models.CASCADE, related_name="iterations")
    number = models.PositiveIntegerField(help_text="0 is the first teacher.")
    state = models.CharField(max_length=10, choices=STATES, default="training")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="iteration", null=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    control_run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    champion = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="+", help_text="Before this turn."
    )
    challenger = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")
    pseudolabels = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    ranking = models.ForeignKey(Ranking, on_delete=models.SET_NULL, null=True, related_name="+")
    labels_spent = models.PositiveIntegerField(default=0, help_text="Readers' studies in the training snapshot.")
    gate = models.JSONField(null=True, help_text="Challenger: macro AUROC with interval, n, per finding.")
    comparison = models.JSONField(null=True, help_text="Challenger minus champion, paired: delta, low, high, verdict.")
    control = models.JSONField(null=True, help_text="Random arm at equal budget, same gate cases.")
    promoted = models.BooleanField(null=True)
    decision = models.TextField(blank=True, help_text="Promoted or not, and why, in a sentence.")
    overridden_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    override_note = models.CharField(max_length=300, blank=True)
    moved = models.JSONField(default=list, help_text="Cases that moved most in the queue: item, from, to, why.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = IterationQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["loop", "number"], name="turn_number_once_per_loop")]
