"""Who labels each finding of a project now, and why: the rules, or a text model that beat them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from annotation.models import Finding
from core.models import Project
from reports_nlp.models import TextModel
from reports_nlp.selectors.labels import active_findings
from reports_nlp.selectors.verdict_cases import VerdictCase, counts_of, verdict_cases
from reports_nlp.services.rules_versions import Rules, rules_in_force
from reports_nlp.services.text_models import is_stale
from reports_nlp.services.text_training import LEAST_VERDICTS


@dataclass(frozen=True)
class Labeler:
    finding: Finding
    in_force: str
    """rules, or text:<kind>."""
    model: TextModel | None
    """The model in force."""
    candidate: TextModel | None
    """The newest model that is not in force."""
    sentence: str
    verdicts: dict[str, Any]
    """n, patients, held_out, blind."""


def labelers(*, project: Project) -> list[Labeler]:
    """One per active finding."""
    rules = rules_in_force(project=project)
    cases: dict[str, list[VerdictCase]] = defaultdict(list)
    for case in verdict_cases(project=project).cases:
        cases[case.finding].append(case)
    models: dict[int, list[TextModel]] = defaultdict(list)
    for model in TextModel.objects.filter(project=project).select_related("finding").order_by("-pk"):
        models[model.finding_id].append(model)
    return [_labeler(one, models[one.pk], cases[one.code], rules) for one in active_findings(project)]


def _labeler(finding: Finding, models: list[TextModel], cases: list[VerdictCase], rules: Rules) -> Labeler:
    promoted = next((model for model in models if model.state == "promoted"), None)
    is_in_force = promoted is not None and not is_stale(promoted, rules)
    candidate = next((model for model in models if model.state == "candidate"), None)
    counts = counts_of(cases)
    if promoted is not None and is_in_force:
        sentence = f"A {promoted.kind} text model labels: {sentence_of(promoted)}"
    elif promoted is not None:
        sentence = "The rules label: the promoted model was measured against other rules. Train it again."
    elif candidate is not None:
        sentence = f"The rules stay: {candidate.kind} model {sentence_of(candidate)}"
    else:
        trainable = counts["n"] - counts["held_out"]
        sentence = f"The rules label: no model has been trained ({trainable} of {LEAST_VERDICTS} verdicts to train on)."
    in_force = f"text:{promoted.kind}" if promoted is not None and is_in_force else "rules"
    return Labeler(finding, in_force, promoted if is_in_force else None, candidate, sentence, counts)


def sentence_of(model: TextModel) -> str:
    """How it compares with the rules on held-out verdicts."""
    held_out: dict[str, Any] = model.metrics.get("held_out") or {}
    comparison = held_out.get("comparison")
    if comparison is None:
        return f"undecided. {held_out.get('why', 'There are no held-out verdicts.')}"
    return str(comparison["sentence"])
