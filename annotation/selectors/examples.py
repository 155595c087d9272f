"""Example images of findings, as far as a person may know them: an example is an answer about its study."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.models import Finding
from annotation.selectors.unaided import studies_read_unaided
from core.models import Project, User
from imaging.models import Instance


def examples_for(*, user: User, findings: Sequence[Finding]) -> dict[int, Instance]:
    """Finding → its example image, but for studies that are gone or that this person is yet to read unaided."""
    wanted = [finding.example_id for finding in findings if finding.example_id is not None]
    if not wanted:
        return {}
    seen = Instance.objects.visible_to(user).filter(pk__in=wanted, series__study__patient__withdrawn_at=None)
    for project in Project.objects.filter(findings__in=findings).distinct():
        seen = seen.exclude(series__study__in=studies_read_unaided(user=user, project=project))
    shown = {instance.pk: instance for instance in seen.select_related("series__study")}
    return {
        finding.pk: shown[finding.example_id] for finding in findings
        if finding.example_id is not None and finding.example_id in shown
    }
