from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Lower

from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class SavedRecipeQuerySet(models.QuerySet["SavedRecipe"]):
    def visible_to(self, user: User) -> SavedRecipeQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class SavedRecipe(models.Model):
    """A recipe that a project keeps under a name. Runs and comparisons copy it, so changing it changes none of them."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="saved_recipes")
    name = models.CharField(max_length=60)
    recipe = models.JSONField()
    saved_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    objects = SavedRecipeQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name")]
        constraints = [
            models.UniqueConstraint(Lower("name"), "project", name="recipe_name_once_per_project"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_recipe_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
