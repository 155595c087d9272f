"""A language model on the site's own network as one more voice on reports. Off unless the operator has set one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Finding
from core import audit
from core.errors import Conflict
from core.models import Project, User
from imaging.models import Split
from reports_nlp.models import Report, ReportVerdict, ReportVoice
from reports_nlp.selectors.labels import active_findings
from workers.engine import JobContext, PermanentFailure, defer
from workers.models import Job

if TYPE_CHECKING:
    from reports_nlp.learning.llm import LanguageModel
    from reports_nlp.learning.llm_answer import Answer

KIND = "reports.ask-language-model"
MOST_REPORTS = 5000
RESERVED = (Split.CALIBRATION, Split.GATE, Split.TEST)
GIVE_UP = 5
"""Reports in a row that got no answer, after which the job waits and tries again."""


@dataclass(frozen=True)
class LanguageModelState:
    is_on: bool
    model: str
    why_not: str
    reports_read: int
    answers: dict[str, int]
    """Of the last job that ended: read, unreadable, unavailable, rejected: <reason>."""


def configured() -> LanguageModel | None:
    """The language model that the operator has set; None when it is off."""
    if not settings.LLM_URL or not settings.LLM_MODEL:
        return None
    from reports_nlp.learning.llm import LanguageModel

    return LanguageModel(
        settings.LLM_URL, settings.LLM_MODEL, settings.LLM_KEY, seconds=settings.LLM_SECONDS,
        may_leave_network=settings.LLM_MAY_LEAVE_NETWORK,
    )


def state_of(project: Project) -> LanguageModelState:
    model = configured()
    if model is None:
        why = "Off. An operator turns it on with RADLOOP_LLM_URL and RADLOOP_LLM_MODEL."
        return LanguageModelState(False, "", why, 0, {})
    read = ReportVoice.objects.filter(report__project=project, source=model.source).values("report").distinct().count()
    last = Job.objects.filter(kind=KIND, project=project, state="done").order_by("-finished_at").first()
    return LanguageModelState(True, model.model, "", read, dict(last.result or {}) if last else {})


def enqueue_reading(*, project: Project, user: User, limit: int = 200) -> Job:
    """Queue asking about reports it has not read; those with verdicts first, so that it can be measured.

    Raises Conflict while no language model is set.
    """
    model = configured()
    if model is None:
        raise Conflict("No language model is set for this installation. An operator sets RADLOOP_LLM_URL.")
    job = defer(
        KIND, payload={"limit": min(limit, MOST_REPORTS)}, project=project, user=user,
        label=f"Ask {model.model} about reports", dedupe_key=f"llm:{project.pk}",
    )
    audit.record("language_model.asked", actor=user, project=project, model=model.model, limit=limit)
    return job


def execute_reading(*, job: JobContext) -> dict[str, Any]:
    """The handler's work: answers are kept as they come, so a second attempt asks only about the rest.

    Raises PermanentFailure for a server that refuses, ConnectionError for one that does not answer (tried again later).
    """
    from reports_nlp.learning.llm import Asker, LlmRefused, LlmUnavailable, definition_of, read_many
    from reports_nlp.learning.llm_answer import Answer

    model = configured()
    if model is None:
        raise PermanentFailure("No language model is set for this installation any more.")
    assert job.project_id is not None
    project = Project.objects.get(pk=job.project_id)
    findings = active_findings(project)
    asked = {finding.name: finding.definition for finding in findings}
    definition = definition_of(model, asked)
    chosen = _unread(project, model.source, definition)[: int(job.payload["limit"])]
    keys = list(chosen.values_list("pk", flat=True))
    counts: Counter[str] = Counter()
    in_a_row = 0
    try:
        with Asker(model, asked) as asker:
            for seen, (pk, told) in enumerate(read_many(asker, _texts(keys), at_once=settings.LLM_AT_ONCE), start=1):
                if isinstance(told, Answer):
                    with job.fenced():
                        _keep(pk, told, findings, model.source, definition)
                    counts["read"] += 1
                    counts.update({f"rejected: {reason}": number for reason, number in told.rejected.items()})
                    in_a_row = 0
                else:
                    is_away = isinstance(told, LlmUnavailable)
                    counts["unavailable" if is_away else "unreadable"] += 1
                    in_a_row = in_a_row + 1 if is_away else 0
                if in_a_row >= GIVE_UP:
                    raise ConnectionError(f"The language model has not answered for {in_a_row} reports in a row.")
                job.progress(seen / len(keys), f"{seen} of {len(keys)} reports")
    except LlmRefused as error:
        raise PermanentFailure(str(error)) from None
    except LlmUnavailable as error:
        raise ConnectionError(str(error)) from None
    return dict(counts)


def _unread(project: Project, source: str, definition: str) -> QuerySet[Report]:
    """Newest reports that it has not read as it is asked now; patients of reserved sets stay out."""
    said = ReportVoice.objects.filter(report=OuterRef("pk"), source=source, definition=definition)
    judged = ReportVerdict.objects.filter(report=OuterRef("pk"), is_current=True)
    rows = Report.objects.filter(project=project, is_latest=True).exclude(Q(study__patient__split__in=RESERVED))
    rows = rows.filter(Q(study=None) | Q(study__patient__withdrawn_at=None)).filter(~Exists(said))
    return rows.order_by(Exists(judged).desc(), "-pk")


def _texts(keys: list[int]) -> Iterator[tuple[int, str]]:
    """One at a time: a year of reports is never in memory."""
    for pk in keys:
        text = Report.objects.filter(pk=pk).values_list("text", flat=True).first()
        if text is not None:
            yield pk, text


def _keep(pk: int, answer: Answer, findings: list[Finding], source: str, definition: str) -> None:
    if not Report.objects.filter(pk=pk).exists():
        return
    spans = {label.finding: [[span.start, span.end] for span in label.spans] for label in answer.labels}
    rows = [
        ReportVoice(
            report_id=pk, finding=finding, source=source, definition=definition, state=state,
            spans=spans.get(finding.name, []),
        )
        for finding in findings if (state := answer.state_of(finding.name)) is not None
    ]
    ReportVoice.objects.filter(report=pk, source=source).delete()
    ReportVoice.objects.bulk_create(rows)
