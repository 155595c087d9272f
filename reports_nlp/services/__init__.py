"""Reports of studies: stored in versions, idempotent."""

from __future__ import annotations

import hashlib

from django.db import transaction

from core.errors import Invalid
from core.models import Project
from imaging.models import Study
from reports_nlp.models import Report


def store_report(*, project: Project, study: Study, text: str) -> Report:
    """Keep a report's (de-identified) text; the same text again changes nothing, another one is a new version.

    Raises Invalid for an empty text.
    """
    if not text.strip():
        raise Invalid("The report has no text.")
    digest = hashlib.sha256(text.encode()).hexdigest()
    key = f"study:{study.uid}"
    with transaction.atomic():
        last = Report.objects.filter(project=project, key=key, is_latest=True).first()
        if last is not None and last.digest == digest:
            return last
        Report.objects.filter(project=project, key=key, is_latest=True).update(is_latest=False)
        version = 1 if last is None else last.version + 1
        return Report.objects.create(
            project=project, study=study, key=key, version=version, text=text, digest=digest
        )


def latest_report(*, project: Project, study: Study) -> Report | None:
    return Report.objects.filter(project=project, study=study, is_latest=True).order_by("-pk").first()
