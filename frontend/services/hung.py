"""How a case hangs, and the earlier studies that hang beside it: their images, never what was said about them."""

from __future__ import annotations

from typing import Any

from annotation.models import Reading
from core.errors import NotFound
from imaging.api.hanging import plan_of
from imaging.models import Study
from imaging.selectors.hanging import decision_for, rules_in_force
from imaging.selectors.priors import days_before, prior_studies


def hanging_of(reading: Reading) -> dict[str, Any]:
    """The plan by the project's protocols, and the patient's earlier studies, newest first. Opens none of them."""
    study = reading.item.study
    priors = priors_of(reading)
    decision = decision_for(rules=rules_in_force(reading.project), study=study, priors=priors)
    return {"hanging": plan_of(decision.chosen), "priors": [_told(study, prior) for prior in priors]}


def priors_of(reading: Reading) -> list[Study]:
    return prior_studies(study=reading.item.study, project=reading.project, user=reading.reader)


def prior_of(reading: Reading, uid: str) -> Study:
    """Raises NotFound for a study that is no earlier one of this case's patient, or not for this reader."""
    found = next((prior for prior in priors_of(reading) if prior.uid == uid), None)
    if found is None:
        raise NotFound("There is no such earlier study of this patient in this project.")
    return found


def _told(study: Study, prior: Study) -> dict[str, Any]:
    series = prior.series.all()
    return {
        "uid": prior.uid, "date": prior.date, "days": days_before(study, prior),
        "modalities": sorted({one.modality for one in series}),
        "body_parts": sorted({one.body_part for one in series if one.body_part}),
    }
