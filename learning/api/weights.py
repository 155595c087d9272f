"""Public weights of the site."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import generics, serializers

from core.api.lookup import person
from learning.models import WeightsFile


class WeightsSerializer(serializers.ModelSerializer[WeightsFile]):
    class Meta:
        model = WeightsFile
        fields = [
            "name", "network", "publisher", "licence", "source", "sha256", "source_sha256", "tensors", "unused",
            "added_at",
        ]
        read_only_fields = fields


class Weights(generics.ListAPIView[WeightsFile]):
    """Public weights that recipes can start from, with their licences"""

    queryset = WeightsFile.objects.none()
    serializer_class = WeightsSerializer

    def get_queryset(self) -> QuerySet[WeightsFile]:
        return WeightsFile.objects.visible_to(person(self.request))
