"""The shape of a job."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from workers.models import Job, JobLine, JobState
from workers.selectors import UNFINISHED, Steering


class JobSerializer(serializers.ModelSerializer[Job]):
    """Needs `steering` in its context (workers.selectors.Steering of who asks)."""

    project = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=JobState.choices, read_only=True)
    may_cancel = serializers.SerializerMethodField(help_text="Unfinished, and this person may cancel it.")
    may_retry = serializers.SerializerMethodField(help_text="Failed or cancelled, and this person may try it again.")

    class Meta:
        model = Job
        fields = [
            "id", "kind", "label", "project", "state", "progress", "message", "seconds_left", "failure", "result",
            "attempt", "cancel_requested", "created_at", "started_at", "finished_at", "may_cancel", "may_retry",
        ]
        read_only_fields = fields

    def get_may_cancel(self, job: Job) -> bool:
        return job.state in UNFINISHED and self._steering().includes(job)

    def get_may_retry(self, job: Job) -> bool:
        return job.state in (JobState.FAILED, JobState.CANCELLED) and self._steering().includes(job)

    def _steering(self) -> Steering:
        steering = self.context["steering"]
        assert isinstance(steering, Steering)
        return steering


class JobLineSerializer(serializers.ModelSerializer[JobLine]):
    class Meta:
        model = JobLine
        fields = ["id", "at", "attempt", "text"]
        read_only_fields = fields
