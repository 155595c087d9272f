"""How right the labelers of reports are, who labels what and why, and the errors themselves to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet

from core.errors import NotFound
from frontend.views.page import ProjectPage
from reports_nlp.api.text_model_shapes import AccuracySerializer
from reports_nlp.models import Report, TextModel
from reports_nlp.selectors.accuracy import AGAINST, ONLY, Judged, accuracy, errors
from reports_nlp.selectors.labelers import labelers, sentence_of
from reports_nlp.selectors.labels import active_findings
from reports_nlp.services.language_model import enqueue_reading, state_of
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.services.text_models import is_stale, promote, retire
from reports_nlp.services.text_training import LEAST_VERDICTS, enqueue_training
from workers.models import Job, JobState

TASKS = [("mention", "Mention"), ("negation", "Negation"), ("uncertainty", "Uncertainty"), ("presence", "Presence")]
LABELERS = {"rules": "Rules", "text:linear": "Linear model", "text:cnn": "Small CNN"}
WORK = ("reports.train-text-models", "reports.text-voices", "reports.ask-language-model")
PER_PAGE, AROUND = 25, 90


@dataclass(frozen=True)
class ErrorLine:
    """A case where labeler and reader differ, with the words that misled (or, where none did, how the text begins)."""

    case: Judged
    labeler: str
    before: str
    words: str
    after: str


class AccuracyPage(ProjectPage):
    template = "frontend/reports/accuracy.html"
    partial = "frontend/reports/errors.html"
    acts = {
        "train": ("train", "train"), "promote": ("promote", "train"), "retire": ("retire", "train"),
        "ask": ("ask", "train"),
    }

    @cached_property
    def chosen(self) -> dict[str, str]:
        """What is compared with what; anything unknown is the default."""
        against = self.request.GET.get("against", "")
        only = self.request.GET.get("only", "")
        against = against if against in AGAINST else AGAINST[0]
        return {"against": against, "only": only if only in ONLY and against == "verdicts" else ONLY[0]}

    def context(self) -> dict[str, Any]:
        context = super().context() | self._errors()
        if self.partial and self.request.headers.get("HX-Request") == "true":
            return context
        found = AccuracySerializer(accuracy(project=self.project, **self.chosen)).data
        models = list(TextModel.objects.filter(project=self.project).select_related("finding", "project")[:60])
        return context | {
            "found": found, "tasks": TASKS, "labeler_names": LABELERS, "lines": self._lines(found),
            "labelers": labelers(project=self.project), "models": self._models(models),
            "language_model": state_of(self.project), "jobs": self._jobs(), "least": LEAST_VERDICTS,
        }

    def _lines(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        """One line per finding and labeler, all findings first; the name stands on the first of each."""
        groups = [("All findings", "", found["overall"])]
        groups += [(one["finding"]["name"], one["finding"]["code"], one["labelers"]) for one in found["findings"]]
        return [
            {
                "name": name if n == 0 else "", "for": name, "code": code, "rowspan": len(told) if n == 0 else 0,
                "labeler": LABELERS.get(one["labeler"], one["labeler"]), "key": one["labeler"], **one["scores"],
                "rules": one["rules"],
            }
            for name, code, told in groups for n, one in enumerate(told)
        ]

    def _models(self, models: Sequence[TextModel]) -> list[dict[str, Any]]:
        rules = rules_in_force(project=self.project)
        stale = {model.pk: is_stale(model, rules) for model in models}
        return [
            {
                "model": model, "kind": LABELERS.get(f"text:{model.kind}", model.kind), "is_stale": stale[model.pk],
                "sentence": sentence_of(model),
                "may_promote": model.verdict == "gain" and model.state != "promoted" and not stale[model.pk],
            }
            for model in models
        ]

    def _jobs(self) -> list[Job]:
        rows = Job.objects.filter(
            project=self.project, kind__in=WORK, parent=None, state__in=[JobState.QUEUED, JobState.RUNNING]
        )
        return list(rows.order_by("created_at"))

    def _errors(self) -> dict[str, Any]:
        asked = {name: self.request.GET.get(name, "") for name in ("finding", "labeler")}
        rows = errors(project=self.project, user=self.person, **self.chosen, **asked)
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        texts = dict(Report.objects.filter(pk__in={row.report_id for row in page}).values_list("pk", "text"))
        return {
            "page": page, "errors": [_line(row, texts.get(row.report_id, "")) for row in page], "asked": asked,
            "chosen": self.chosen, "known_labelers": [*LABELERS.items()],
            "findings": [(one.code, one.name) for one in active_findings(self.project)],
        }

    def train(self) -> None:
        enqueue_training(project=self.project, user=self.person)
        messages.success(self.request, "Training has begun. A model takes the rules' place only where it beats them.")

    def promote(self) -> None:
        promote(model=self._model(), user=self.person, note=self.request.POST.get("note", ""))
        messages.success(self.request, "The model labels this finding now, in the rules' place.")

    def retire(self) -> None:
        retire(model=self._model(), user=self.person, note=self.request.POST.get("note", ""))
        messages.success(self.request, "The rules label this finding again.")

    def ask(self) -> None:
        enqueue_reading(project=self.project, user=self.person)
        messages.success(self.request, "The language model is being asked. What it can't quote is thrown away.")

    def _model(self) -> TextModel:
        number = self.request.POST.get("model", "")
        rows: QuerySet[TextModel] = TextModel.objects.visible_to(self.person).filter(project=self.project)
        found = rows.filter(pk=int(number) if number.isdigit() else 0).select_related("finding", "project").first()
        if found is None:
            raise NotFound("There is no such text model in this project.")
        return found


def _line(case: Judged, text: str) -> ErrorLine:
    spans = case.spans or case.reader_spans
    labeler = LABELERS.get(case.labeler, case.labeler)
    if not spans:
        return ErrorLine(case, labeler, "", "", " ".join(text[: 2 * AROUND].split()))
    start, end = spans[0]
    before = text[max(0, start - AROUND) : start]
    return ErrorLine(
        case, labeler, ("…" if start > AROUND else "") + " ".join(before.split()), " ".join(text[start:end].split()),
        " ".join(text[end : end + AROUND].split()) + ("…" if end + AROUND < len(text) else ""),
    )
