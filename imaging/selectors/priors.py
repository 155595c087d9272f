"""Earlier studies of the same patient, to compare with. Nothing here says what anybody found on them."""

from __future__ import annotations

from core.models import Project, User
from imaging.models import Study

MOST = 12
"""Earlier studies that are offered; of more, the newest."""


def prior_studies(*, study: Study, project: Project, user: User) -> list[Study]:
    """The patient's earlier studies in this project that the person may see, newest first.

    Without a date it is not known what was before. All dates of a patient are shifted alike, so the days between them
    are true.
    """
    if study.date is None:
        return []
    visible = Study.objects.visible_to(user).filter(projects=project, patient=study.patient_id)
    return list(visible.filter(date__lt=study.date).order_by("-date", "-pk")[:MOST])


def days_before(study: Study, prior: Study) -> int:
    """Days from the earlier study to this one."""
    assert study.date is not None
    assert prior.date is not None
    return (study.date - prior.date).days
