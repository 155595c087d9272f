"""What a project holds, and what the person who looks should do next."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.models import Finding, Reading, ReadingVersion, ReservedSet, WorklistItem
from annotation.selectors.comments import asked_of
from core.access import may
from core.models import AuditEvent, Membership, Project, User
from frontend.selectors.worklists import WorklistLine, worklist_lines
from frontend.setup_steps import steps_of
from imaging.models import Instance, ProjectStudy
from learning.models import Loop, ModelVersion
from reports_nlp.models import Report
from reports_nlp.selectors.reports import ReportFilter, report_list

EVENTS_SHOWN, EVENTS_LOOKED_AT = 8, 400


@dataclass(frozen=True)
class Fact:
    """One figure of the overview, with the page that tells more."""

    value: int
    name: str
    href: str


@dataclass(frozen=True)
class NextAct:
    """Something worth doing now. The first one is the page's main button."""

    title: str
    why: str
    button: str
    href: str


def facts(project: Project) -> list[Fact]:
    base = f"/p/{project.slug}/"
    studies = ProjectStudy.objects.filter(project=project, study__patient__withdrawn_at=None)
    images = Instance.objects.filter(series__study__projects=project, series__study__patient__withdrawn_at=None)
    return [
        Fact(studies.count(), "studies", f"{base}studies/"),
        Fact(images.count(), "images", f"{base}studies/"),
        *_report_facts(project, base),
        Fact(Finding.objects.active().filter(project=project).count(), "findings", f"{base}findings/"),
        Fact(WorklistItem.objects.filter(worklist__project=project, retired_at=None).count(), "cases on worklists",
             f"{base}worklists/"),
        Fact(ReadingVersion.objects.filter(reading__project=project, number=1).count(), "readings",
             f"{base}worklists/"),
        _one_or_more(ModelVersion.objects.filter(project=project).count(), "model", f"{base}models/"),
        _one_or_more(Membership.objects.filter(project=project).count(), "member", f"{base}members/"),
    ]


def _one_or_more(value: int, name: str, href: str) -> Fact:
    return Fact(value, name if value == 1 else f"{name}s", href)


def _report_facts(project: Project, base: str) -> list[Fact]:
    """Nothing of a project without reports: its overview stays as short as it was."""
    reports = Report.objects.filter(project=project, is_latest=True).count()
    return [Fact(reports, "reports", f"{base}reports/")] if reports else []


def next_acts(project: Project, user: User) -> list[NextAct]:
    """In the order of what is most wanted of this person; empty when there is nothing to do."""
    acts: list[NextAct] = []
    manages = may(user, "manage", project)
    if manages:
        acts += _set_up(project)
    if may(user, "annotate", project):
        acts += _reading(project, user)
        acts += _asked(project, user)
        acts += _reports(project, user)
    if may(user, "train", project):
        acts += _learning(project)
    if manages and not acts:
        acts.append(NextAct("Bring in more images", "New studies join the pool and the end of the queue.", "Import",
                            f"/p/{project.slug}/import/"))
    return acts


def _set_up(project: Project) -> list[NextAct]:
    """The next steps of the guided way that reading depends on."""
    open_steps = [step for step in steps_of(project) if step.is_needed and not step.is_done]
    return [NextAct(step.title, f"{step.invitation}.", "Go on", step.href) for step in open_steps]


def _reading(project: Project, user: User) -> list[NextAct]:
    lines = [line for line in worklist_lines(project, user, only_open=True) if line.left]
    if not lines:
        return []
    best = max(lines, key=lambda line: (line.held > 0, line.worklist.kind == "ranked", line.left))
    return [NextAct(
        "Go on reading" if best.held else "Read cases", _reading_why(best, len(lines)), "Read",
        f"/p/{project.slug}/read/" if len(lines) > 1 else f"/p/{project.slug}/read/{best.worklist.pk}/",
    )]


def _reading_why(best: WorklistLine, lists: int) -> str:
    cases = f"{best.left} case{'' if best.left == 1 else 's'} left for you on {best.worklist.name}"
    return f"{cases}, and {lists - 1} more list{'' if lists == 2 else 's'}." if lists > 1 else f"{cases}."


def _asked(project: Project, user: User) -> list[NextAct]:
    waiting = asked_of(user=user, project=project).count()
    if not waiting:
        return []
    who = "A colleague's question waits" if waiting == 1 else f"{waiting} questions of colleagues wait"
    return [NextAct("Answer colleagues", f"{who} for you.", "Answer", f"/p/{project.slug}/readings/#asked")]


def _reports(project: Project, user: User) -> list[NextAct]:
    waiting = report_list(project=project, user=user, chosen=ReportFilter(show="to_review")).count()
    if not waiting:
        return []
    why = f"Nobody has answered {waiting} report{'' if waiting == 1 else 's'}: accept or correct what they are read as."
    return [NextAct("Review reports", why, "Review", f"/p/{project.slug}/reports/?show=to_review")]


def _learning(project: Project) -> list[NextAct]:
    base = f"/p/{project.slug}/"
    if Loop.objects.filter(project=project, is_running=True).exists():
        why = "Every turn says what it cost, what it gained and why."
        return [NextAct("Watch the loop", why, "Open the loop", f"{base}loop/")]
    drawn = ReservedSet.objects.filter(project=project, purpose="gate").exists()
    read = Reading.objects.filter(project=project, version__gte=1).exists()
    if drawn and read:
        why = "There are readings to learn from and a gate to judge by."
        return [NextAct("Start the loop", why, "Open the loop", f"{base}loop/")]
    return []


@dataclass
class EventLine:
    """The same act by the same person, done `times` times in a row; `event` is the latest."""

    event: AuditEvent
    times: int = 1


def latest_events(project: Project, user: User) -> list[EventLine]:
    """The newest lines of the project's log, openings of studies aside, for those who may see the log."""
    if not may(user, "manage", project):
        return []
    events = AuditEvent.objects.filter(project=project).exclude(action="study.opened").select_related("actor")
    lines: list[EventLine] = []
    for event in events.order_by("-sequence")[:EVENTS_LOOKED_AT]:
        last = lines[-1].event if lines else None
        if last is not None and (last.action, last.actor_id) == (event.action, event.actor_id):
            lines[-1].times += 1
        else:
            lines.append(EventLine(event))
    return lines[:EVENTS_SHOWN]
