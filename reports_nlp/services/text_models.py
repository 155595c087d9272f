"""Which text model is in force, if any: promoted only where it beats the rules, and only while those rules stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Finding
from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from core.transitions import Transitions
from imaging.models import Patient
from reports_nlp.learning.types import LearningError, Prediction
from reports_nlp.models import Report, ReportVoice, TextModel
from reports_nlp.services.rules_versions import Rules, rules_in_force
from reports_nlp.stages.types import Extraction, Span
from workers.engine import JobContext, defer
from workers.models import Job

if TYPE_CHECKING:
    from reports_nlp.learning.train import TextReader

VOICES = "reports.text-voices"
BATCH = 200
TRANSITIONS = Transitions(
    "state",
    {
        "promoted": frozenset({"candidate", "retired"}),
        "retired": frozenset({"candidate", "promoted"}),
    },
)
VALUES = {"present": 1, "absent": 0, "equivocal": -1}


@dataclass(frozen=True)
class ModelLabel:
    """What a promoted model says a report says; it takes the place of the rules' label of this finding.

    `value` is None where the model says that the finding is not mentioned: then there is no label.
    """

    finding: Finding
    state: str
    value: int | None
    probability: float | None
    """Calibrated; None for a language model, which gives none."""
    spans: tuple[Span, ...]
    source: str
    definition: str


class PromotedReaders:
    """A project's promoted models, loaded once and kept by whoever goes through many reports."""

    def __init__(self, project: Project) -> None:
        rows = list(TextModel.objects.filter(project=project, state="promoted").select_related("finding"))
        rules = rules_in_force(project=project) if rows else None
        self._models: list[tuple[TextModel, TextReader]] = []
        self.unusable: list[tuple[TextModel, str]] = []
        for row in rows:
            try:
                if rules is not None and is_stale(row, rules):
                    raise LearningError("Measured against other rules than those in force; the rules stay.")
                self._models.append((row, reader_of(row)))
            except LearningError as error:
                self.unusable.append((row, str(error)))

    @property
    def rows(self) -> list[TextModel]:
        return [row for row, _ in self._models]

    def __bool__(self) -> bool:
        return bool(self._models)

    def predict(self, extraction: Extraction, language: str = "en") -> list[tuple[TextModel, Prediction]]:
        """Of models that were measured against the rules that made this extraction; the others are silent."""
        return [
            (row, reader.predict(extraction)) for row, reader in self._models
            if row.metrics.get("rules", {}).get(language) == extraction.definition
        ]

    def labels(self, extraction: Extraction, language: str = "en") -> list[ModelLabel]:
        """A label whose evidence is not in the text is not given: the rules' word stays."""
        return [
            ModelLabel(
                row.finding, p.state, VALUES.get(p.state), p.probability, p.spans, source_name(row), row.definition
            )
            for row, p in self.predict(extraction, language) if p.state == "not_mentioned" or p.spans
        ]


def predict_labels(*, project: Project, extraction: Extraction, language: str = "en") -> list[ModelLabel]:
    """Labels of the project's promoted models for one extracted text. For many texts keep a `PromotedReaders`."""
    return PromotedReaders(project).labels(extraction, language)


def source_name(model: TextModel) -> str:
    """What its voices are called, and its source (of kind `report`) in the ledger: that of the model in force."""
    return f"{'text' if model.state == 'promoted' else 'candidate'}:{model.kind}"


def reader_of(model: TextModel) -> TextReader:
    """Raises LearningError for a file that is gone or damaged."""
    from reports_nlp.learning.train import load_reader

    return load_reader(Path(settings.HOME) / model.artefact, sha256=str(model.metrics.get("sha256", "")))


def is_stale(model: TextModel, rules: Rules) -> bool:
    """Whether it was measured against other rules, or other names of the finding, than those in force."""
    if list(rules.finding_map.get(model.finding.code, ())) != model.metrics.get("names", []):
        return True
    known: dict[str, str] = model.metrics.get("rules", {})
    return any(rules.definition(language) != definition for language, definition in known.items())


def promote_automatically(*, model: TextModel) -> bool:
    """Take the rules' place after a gain, unless another model that still counts holds it: then a person decides."""
    if model.verdict != "gain":
        return False
    with transaction.atomic():
        holder = TextModel.objects.select_for_update().filter(finding=model.finding, state="promoted").first()
        if holder is not None and not is_stale(holder, rules_in_force(project=model.project)):
            return False
        if holder is not None:
            TRANSITIONS.move(holder, "retired")
        TRANSITIONS.move(model, "promoted")
        enqueue_voices(project=model.project)
    audit.record(
        "text_model.promoted", project=model.project, subject=f"text_model:{model.pk}", finding=model.finding.code,
        why="gain on held-out verdicts",
    )
    return True


def promote(*, model: TextModel, user: User, note: str) -> None:
    """A person chooses among models that beat the rules.

    Raises Invalid without a note, Conflict for a model that does not beat them or can't be used.
    """
    note = _note(note)
    if model.verdict != "gain":
        raise Conflict(f"This model does not beat the rules ({model.verdict}); the rules stay.", verdict=model.verdict)
    if is_stale(model, rules_in_force(project=model.project)):
        raise Conflict("The rules have changed since this model was measured against them. Train it again.")
    try:
        reader_of(model)
    except LearningError as error:
        raise Conflict(str(error)) from None
    with transaction.atomic():
        for holder in TextModel.objects.filter(finding=model.finding, state="promoted").exclude(pk=model.pk):
            TRANSITIONS.move(holder, "retired")
        TRANSITIONS.move(model, "promoted")
        _recorded("text_model.promoted", model, user, note)
        enqueue_voices(project=model.project, user=user)


def retire(*, model: TextModel, user: User, note: str) -> None:
    """The rules take over again. Raises Invalid without a note, Conflict where it is retired already."""
    note = _note(note)
    with transaction.atomic():
        TRANSITIONS.move(model, "retired")
        _recorded("text_model.retired", model, user, note)


def _note(note: str) -> str:
    if not note.strip():
        raise Invalid("Say why; the note stays in the log.", field="note")
    return note.strip()[:300]


def _recorded(action: str, model: TextModel, user: User, note: str) -> None:
    audit.record(
        action, actor=user, project=model.project, subject=f"text_model:{model.pk}", finding=model.finding.code,
        note=note,
    )


def enqueue_voices(*, project: Project, user: User | None = None) -> Job | None:
    """Queue asking the promoted models about reports they have not read; None where no model is promoted."""
    if not TextModel.objects.filter(project=project, state="promoted").exists():
        return None
    return defer(
        VOICES, payload={}, project=project, user=user, label="Ask the text models about reports",
        dedupe_key=f"text-voices:{project.pk}",
    )


def speak_of_all(*, job: JobContext) -> dict[str, Any]:
    """The handler's work: promoted models on the newest reports that they have not read; again changes nothing."""
    assert job.project_id is not None
    project = Project.objects.get(pk=job.project_id)
    readers, rules = PromotedReaders(project), rules_in_force(project=project)
    for row, why in readers.unusable:
        job.log(f"{row.finding} ({row.kind}): {why}")
    reports = unheard(project, readers.rows)
    total, seen, after = max(1, reports.count()), 0, 0
    while readers and (batch := list(reports.filter(pk__gt=after).order_by("pk")[:BATCH])):
        for language in sorted({report.language for report in batch}):
            mine = [report for report in batch if report.language == language]
            found = zip(mine, rules.extractor(language).pipe([report.text for report in mine]), strict=True)
            said = [(r.pk, row, p) for r, extraction in found for row, p in readers.predict(extraction, language)]
            with job.fenced():
                _keep(said)
        seen, after = seen + len(batch), batch[-1].pk
        job.progress(min(1.0, seen / total), f"{seen} of {total} reports")
    return {"reports": seen}


def unheard(project: Project, models: Sequence[TextModel]) -> QuerySet[Report]:
    """Newest reports about which at least one of these models has said nothing."""
    heard = Q()
    for model in models:
        said = ReportVoice.objects.filter(
            report=OuterRef("pk"), finding=model.finding_id, source=source_name(model), definition=model.definition
        )
        heard |= Q(~Exists(said))
    latest = Report.objects.filter(project=project, is_latest=True)
    return latest.filter(heard) if models else latest.none()


def keep_voices(model: TextModel, said: Sequence[tuple[int, Prediction]]) -> None:
    """Keep what a candidate says of held-out reports, in place of what the one before it of its kind said."""
    ReportVoice.objects.filter(finding=model.finding, source=source_name(model)).delete()
    _keep([(pk, model, prediction) for pk, prediction in said])


def _keep(said: Sequence[tuple[int, TextModel, Prediction]]) -> None:
    """A word that nothing in the text speaks for is not kept: the rules' word stays."""
    # A patient may have been withdrawn since the texts were read.
    known = set(Report.objects.filter(pk__in={pk for pk, *_ in said}).values_list("pk", flat=True))
    rows = [
        ReportVoice(
            report_id=pk, finding=model.finding, source=source_name(model), definition=model.definition, state=p.state,
            probability=min(1.0, max(0.0, p.probability)), spans=[[s.start, s.end] for s in p.spans],
        )
        for pk, model, p in said if pk in known and (p.spans or p.state == "not_mentioned")
    ]
    ReportVoice.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["report", "finding", "source"],
        update_fields=["definition", "state", "probability", "spans", "created_at"],
    )


def mark_models_of(patient: Patient) -> None:
    """Models that learned from a patient's reports are marked when the patient is withdrawn (invariant 8)."""
    for model in TextModel.objects.only("metrics"):
        if patient.pk in model.metrics.get("patients", []) and not model.metrics.get("used_withdrawn_patients"):
            model.metrics["used_withdrawn_patients"] = True
            model.save(update_fields=["metrics"])
