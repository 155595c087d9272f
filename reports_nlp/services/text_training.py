"""Training text models from readers' verdicts: one per finding and kind, judged against the rules in the same run."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from annotation.models import Finding
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Split
from reports_nlp.learning.types import KINDS, Example, LearningError, rule_state
from reports_nlp.models import Report, TextModel
from reports_nlp.selectors.verdict_cases import VerdictCase, active_by_code, patients_of, verdict_cases
from reports_nlp.services.rules_versions import Rules, rules_in_force
from reports_nlp.services.text_models import keep_voices, promote_automatically
from reports_nlp.stages.types import Extraction
from workers.engine import JobContext, PermanentFailure, defer
from workers.models import Job

if TYPE_CHECKING:
    from reports_nlp.learning.evaluate import Case
    from reports_nlp.learning.train import TextReader

KIND = "reports.train-text-models"
LEAST_VERDICTS = 30
"""Verdicts to train on below which none is trained."""
CAVEATS = (
    "Verdicts given while seeing a suggestion lean towards it; the blind ones do not.",
    "Reports picked because voices disagree are harder than the average report.",
)


@dataclass(frozen=True)
class JudgedReport:
    """A case with its text extracted by the rules in force."""

    case: VerdictCase
    extraction: Extraction
    language: str


def enqueue_training(
    *, project: Project, user: User | None, findings: Sequence[str] = (), kinds: Sequence[str] = KINDS
) -> Job:
    """Queue the training; an unfinished one is returned instead. Raises Invalid for an unknown finding or kind."""
    known = active_by_code(project)
    for code in findings:
        if code not in known:
            raise Invalid(f"This project has no finding {code!r}; it has: {', '.join(known) or 'none'}.")
    for kind in kinds:
        if kind not in KINDS:
            raise Invalid(f"{kind!r} is no kind of text model; known: {', '.join(KINDS)}.")
    return defer(
        KIND, payload={"findings": list(findings), "kinds": list(kinds or KINDS)}, project=project, user=user,
        label="Train text models on readers' verdicts", dedupe_key=f"text-models:{project.pk}",
    )


def execute_training(*, job: JobContext) -> dict[str, Any]:
    """The handler's work. A second attempt keeps what the first has written.

    Raises PermanentFailure where no finding has enough verdicts.
    """
    assert job.project_id is not None
    project = Project.objects.get(pk=job.project_id)
    wanted = job.payload.get("findings") or None
    given = verdict_cases(project=project, findings=wanted)
    # Who is used for training belongs to the pool from now on, for ever.
    patients_of(given.cases).filter(split=Split.UNASSIGNED).update(split=Split.POOL)
    findings = active_by_code(project)
    by_finding: dict[str, list[VerdictCase]] = defaultdict(list)
    for case in given.cases:
        if case.finding in findings:
            by_finding[case.finding].append(case)
    able = [c for c in sorted(by_finding) if sum(not k.is_held_out for k in by_finding[c]) >= LEAST_VERDICTS]
    if not able:
        raise PermanentFailure(
            f"No finding has {LEAST_VERDICTS} verdicts to train on yet. Accept or correct more reports."
        )
    rules = rules_in_force(project=project)
    told: dict[str, str] = {}
    kinds = job.payload["kinds"]
    for place, code in enumerate(able):
        judged = _extracted(by_finding[code], rules)
        for number, kind in enumerate(kinds):
            done = (place + number / len(kinds)) / len(able)
            step = 1 / (len(able) * len(kinds))
            job.progress(done, f"{findings[code].name}: {kind}")
            told[f"{code}:{kind}"] = _one(job, findings[code], kind, judged, rules, given.left_out, done, step)
    return {"models": told, "too_few": sorted(set(by_finding) - set(able)), "left_out": given.left_out}


def _extracted(cases: Sequence[VerdictCase], rules: Rules) -> list[JudgedReport]:
    rows = Report.objects.in_bulk({case.report_id for case in cases})
    found: dict[int, Extraction] = {}
    for language in sorted({row.language for row in rows.values()}):
        mine = [row for row in rows.values() if row.language == language]
        pairs = zip(mine, rules.extractor(language).pipe([row.text for row in mine]), strict=True)
        found |= {row.pk: extraction for row, extraction in pairs}
    # A patient may have been withdrawn since the cases were listed.
    return [
        JudgedReport(case, found[case.report_id], rows[case.report_id].language)
        for case in cases if case.report_id in found
    ]


def _one(
    job: JobContext, finding: Finding, kind: str, judged: Sequence[JudgedReport], rules: Rules,
    left_out: dict[str, int], done: float, step: float,
) -> str:
    """Train, judge, keep one model; returns what came of it in a word."""
    from reports_nlp.learning.artefact import write_model
    from reports_nlp.learning.train import load_reader, train

    kept = TextModel.objects.filter(job_id=job.id, finding=finding, kind=kind).first()
    if kept is not None:
        return kept.verdict
    names = tuple(rules.finding_map.get(finding.code, ()))
    inside = [one for one in judged if not one.case.is_held_out]
    outside = [one for one in judged if one.case.is_held_out]
    examples = [Example(one.extraction, one.case.patient, one.case.state) for one in inside]
    try:
        model = train(kind, examples, names, progress=lambda f: job.progress(done + f * step, f"{finding}: {kind}"))
    except LearningError as error:
        job.log(f"{finding} ({kind}): {error}")
        return f"not trained: {error}"
    definitions = {language: rules.definition(language) for language in sorted({one.language for one in judged})}
    path = Path("text_models") / f"{job.id}-{finding.code}-{kind}.safetensors"
    sha256 = write_model(Path(settings.HOME) / path, model.arrays(), model.card() | {"rules_in_force": definitions})
    reader = load_reader(Path(settings.HOME) / path, sha256=sha256)
    metrics = judge(reader, outside, names) | {
        "n_train": len(inside), "n_train_patients": len({one.case.patient for one in inside}),
        "trained_on": dict(Counter(one.case.state for one in inside)), "left_out": left_out,
        "rules": definitions, "names": list(names), "sha256": sha256, "seed": 0, "caveats": list(CAVEATS),
        "patients": sorted(patients_of(one.case for one in inside).values_list("pk", flat=True)),
        "simulated": sum(one.case.is_simulated for one in judged),
        "looks": 1 + TextModel.objects.filter(finding=finding, kind=kind).count(),
    }
    definition = hashlib.sha256(f"{sha256}:{sorted(definitions.items())}".encode()).hexdigest()
    with job.fenced():
        row = TextModel.objects.create(
            project_id=finding.project_id, finding=finding, kind=kind, definition=definition, artefact=str(path),
            metrics=metrics, verdict=metrics["verdict"], job_id=job.id,
        )
        keep_voices(row, [(one.case.report_id, reader.predict(one.extraction)) for one in outside])
        promote_automatically(model=row)
    return row.verdict


def judge(reader: TextReader, outside: Sequence[JudgedReport], names: tuple[str, ...]) -> dict[str, Any]:
    """Rules and model on the same held-out verdicts, all of them and the blind ones."""
    import numpy as np

    from reports_nlp.learning.evaluate import Case
    from reports_nlp.learning.probabilities import calibration_error

    predicted = [reader.predict(one.extraction) for one in outside]
    pairs: list[tuple[Case, Case]] = []
    for one, prediction in zip(outside, predicted, strict=True):
        ruled = rule_state(one.extraction, names)
        said = prediction.state if prediction.state == "not_mentioned" or prediction.spans else ruled
        pairs.append((Case(one.case.patient, one.case.state, ruled), Case(one.case.patient, one.case.state, said)))
    blind = [pair for pair, one in zip(pairs, outside, strict=True) if one.case.is_blind]
    told = _compared(pairs)
    right = np.array([p.state == one.case.state for p, one in zip(predicted, outside, strict=True)], dtype=bool)
    return {
        "held_out": told, "blind": _compared(blind) if blind else None,
        "verdict": told["comparison"]["verdict"] if told["comparison"] else "undecided",
        "calibration_error": calibration_error(np.array([p.probability for p in predicted]), right)
        if predicted else None,
        "accepted_share": sum(one.case.is_accepted for one in outside) / len(outside) if outside else None,
        "without_evidence": sum(p.state != "not_mentioned" and not p.spans for p in predicted),
    }


def _compared(pairs: Sequence[tuple[Case, Case]]) -> dict[str, Any]:
    from reports_nlp.learning.compare import compare
    from reports_nlp.learning.evaluate import score

    rules, model = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    try:
        comparison = compare(rules, model)
    except LearningError as error:
        return {"rules": score(rules).as_dict(), "model": score(model).as_dict(), "comparison": None, "why": str(error)}
    return {
        "rules": score(rules).as_dict(), "model": score(model).as_dict(),
        "comparison": comparison.as_dict() | {"sentence": comparison.sentence},
    }
