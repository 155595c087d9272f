from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from core.models import User


class WeightsFileQuerySet(models.QuerySet["WeightsFile"]):
    def visible_to(self, user: User) -> WeightsFileQuerySet:
        """Public weights belong to the site: whoever may sign in may see which there are."""
        return self.all() if user.is_authenticated else self.none()


class WeightsFile(models.Model):
    """Public weights that an administrator has added: tensors alone, with where they came from and on which terms."""

    name = models.CharField(max_length=200, unique=True, help_text="FAMILY/NAME, as a recipe names them.")
    network = models.CharField(max_length=40, help_text="Our network that takes them.")
    path = models.CharField(max_length=300, help_text="Of the safetensors file, below HOME.")
    sha256 = models.CharField(max_length=64, help_text="Of the file at path; checked before each use.")
    publisher = models.CharField(max_length=300)
    licence = models.CharField(max_length=300)
    source = models.CharField(max_length=500, help_text="Address or file name that they were added from.")
    source_sha256 = models.CharField(max_length=64, help_text="Of the publisher's own file.")
    tensors = models.PositiveIntegerField(help_text="Tensors that the network takes.")
    unused = models.JSONField(default=list, help_text="Names in the file that the network does not have: its head.")
    added_at = models.DateTimeField(auto_now_add=True)

    objects = WeightsFileQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
