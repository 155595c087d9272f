"""Where a text model has been promoted for a finding, its word on a report stands in the rules' place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from annotation.models import Finding
from core.models import Project
from reports_nlp.models import ReportVoice, TextModel
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.services.text_models import is_stale

_STRONGEST_FIRST = ("present", "equivocal", "absent", "not_mentioned")


@dataclass(frozen=True)
class Override:
    """One model's word on one report. `source` names it in the ledger: text:<kind>."""

    source: str
    report: int
    state: str
    probability: float | None
    """That the finding is present; unset for an equivocal word."""
    definition: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Overrides:
    """The words of promoted models on some reports: finding → report → word."""

    words: Mapping[int, Mapping[int, ReportVoice]] = field(default_factory=dict)

    def of(self, *, finding: Finding, reports: Sequence[int]) -> Override | None:
        """The strongest word on these reports; None without a promoted model, or while it has not read them all."""
        words = self.words.get(finding.pk, {})
        if not reports or any(report not in words for report in reports):
            return None
        first = min((words[report] for report in reports), key=lambda row: _STRONGEST_FIRST.index(row.state))
        spans = tuple((start, end) for start, end in first.spans)
        return Override(first.source, first.report_id, first.state, _of_presence(first), first.definition, spans)


def _of_presence(voice: ReportVoice) -> float | None:
    if voice.probability is None or voice.state == "equivocal":
        return None
    return voice.probability if voice.state == "present" else 1.0 - voice.probability


def source_of(model: TextModel) -> str:
    """As the model's voices and its lines in the ledger are called."""
    return f"text:{model.kind}"


def promoted_overrides(*, project: Project, reports: Iterable[int]) -> Overrides:
    """What the project's promoted models have said of these reports, under the definition that was promoted.

    A model that was measured against other rules than those in force is silent.
    """
    keys = list(reports)
    words: dict[int, dict[int, ReportVoice]] = defaultdict(dict)
    models = list(TextModel.objects.filter(project=project, state="promoted").select_related("finding"))
    rules = rules_in_force(project=project) if models else None
    for model in models:
        if rules is None or is_stale(model, rules):
            continue
        voices = ReportVoice.objects.filter(
            report__in=keys, finding=model.finding_id, source=source_of(model), definition=model.definition
        )
        words[model.finding_id].update({voice.report_id: voice for voice in voices})
    return Overrides(words)
