"""The champion's word on studies, for those who compare it with the reports'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from core.models import Project
from learning.models import Prediction
from learning.services.predictions import champion_of
from learning.toolkit.tasks import presence_columns
from reports_nlp.services.image_word import ImageWord


def champions_word(project: Project, studies: Iterable[int]) -> dict[tuple[int, str], ImageWord]:
    """(study, finding code) → word, as suggestions give it: the mean over the study's images."""
    champion = champion_of(project)
    if champion is None:
        return {}
    rows = Prediction.objects.filter(model_version=champion, instance__series__study__in=list(studies))
    said: dict[tuple[int, str], list[float]] = defaultdict(list)
    named = presence_columns(champion.findings)
    for study, probabilities in rows.values_list("instance__series__study_id", "probabilities"):
        for code, place in named.items():
            if champion.findings[place] in probabilities:
                said[(study, code)].append(float(probabilities[champion.findings[place]]))
    chosen = champion.card.get("points") or []
    points = {code: chosen[place]["threshold"] for code, place in named.items() if place < len(chosen)}
    return {
        key: ImageWord(sum(values) / len(values), float(points.get(key[1], 0.5)), f"model {champion.number}")
        for key, values in said.items()
    }
