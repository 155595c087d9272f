"""One row of everything: the project that the permission table is tested on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from annotation.models import Finding, GazeRecording, Reading
from annotation.services.comments import add_comment
from annotation.services.imports import open_import
from core.models import Membership, Project, User
from imaging.models import Instance, Study
from learning.models import SavedRecipe, Snapshot
from learning.services.foreign import register_foreign
from learning.services.runs import held_out_path
from reports_nlp.models import Extraction, ReportIntake, TextModel
from reports_nlp.services.extraction import extract_reports
from tests.factories import (
    Team,
    add_member,
    make_findings,
    make_studies,
    make_team,
    make_user,
    make_worklist,
    open_next,
    submit,
)
from tests.learning.rows import make_comparison, make_loop, make_model, make_turn
from tests.reports_nlp.reports import bare_report
from workers.models import Job


@dataclass(frozen=True)
class SmallProject:
    """The people, and what the placeholders of the table's addresses stand for."""

    team: Team
    names: dict[str, Any]


def build() -> SmallProject:
    """A team's project with a study, readings of the annotator, an import of the manager, a run, a model, a turn."""
    team = make_team(slug="small")
    project = team.project
    newcomer = make_user("newcomer", password="something long enough", email="newcomer@example.org")
    findings = make_findings(project, ["nodule", "effusion"])
    studies = make_studies(project, 3)
    worklist = make_worklist(project, studies, mode="second_reader")
    submitted = submit(open_next(worklist, team.annotator), {findings["nodule"].pk: "present"})
    submit(open_next(worklist, team.reviewer), {findings["nodule"].pk: "absent"})
    Finding.objects.filter(pk=findings["nodule"].pk).update(example=Instance.objects.get(series__study=studies[0]))
    draft = open_next(worklist, team.annotator)
    earlier = _earlier(project, draft.item.study)
    spare = add_member(project, "annotator", make_user("spare"))
    job = Job.objects.create(kind="tests.none", label="Count", project=project)
    ended = Job.objects.create(
        kind="tests.none", label="Counted", project=project, state="failed", finished_at=timezone.now()
    )
    batch = open_import(
        project=project, user=team.manager, source="", column_map={}, create_findings=False, worklist=None
    )
    champion, student = make_model(project, state="champion"), make_model(project, state="rejected")
    turn = make_turn(make_loop(project, worklist), champion=champion, challenger=student, promoted=False)
    held_out_path(student.run).parent.mkdir(parents=True)
    held_out_path(student.run).write_text("sop_uid,patient,fold\n")
    report = bare_report(project, studies[0])
    extract_reports(project=project)
    shown = Extraction.objects.get(report=report)
    names = {
        "text_model": _text_model(project),
        "report": report.pk, "shown_definition": shown.definition, "shown_digest": report.digest,
        "waiting_report": bare_report(project).pk,
        "report_intake": ReportIntake.objects.create(project=project, created_by=team.manager).pk,
        "project": project.slug, "person": newcomer.username, "person_id": newcomer.pk,
        "member": _membership(project, spare).pk, "worklist": worklist.pk,
        "finding": findings["nodule"].pk, "other_finding": findings["effusion"].pk,
        "reading": draft.pk, "prior": earlier.uid, "submitted": submitted.pk, "job": job.pk, "ended_job": ended.pk,
        "import": batch.pk,
        "gaze": _gaze(draft), "image": Instance.objects.get(series__study=draft.item.study).pk,
        "batch": _batch(submitted), "comment": _comment(project, studies[0], team.reviewer),
        "comparison": make_comparison(project).pk, "queued_comparison": make_comparison(project, state="queued").pk,
        "cancelled_comparison": make_comparison(project, state="cancelled").pk,
        "saved_recipe": SavedRecipe.objects.create(project=project, name="Kept", recipe={}).pk,
        "run": student.run_id, "model": student.pk, "turn": turn.pk,
        **_trained_elsewhere(project, team.researcher), **_uids(studies[0]),
    }
    return SmallProject(team, names)


def _earlier(project: Project, study: Study) -> Study:
    """An earlier study of the same patient."""
    (earlier,) = make_studies(project, 1, first=40)
    Study.objects.filter(pk=study.pk).update(date=date(2024, 5, 1))
    Study.objects.filter(pk=earlier.pk).update(patient=study.patient_id, date=date(2023, 5, 1))
    return earlier


def _membership(project: Project, user: Any) -> Membership:
    return Membership.objects.get(project=project, user=user)


def _comment(project: Project, study: Study, author: User) -> int:
    return add_comment(project=project, study=study, author=author, text="Look here.").pk


def _text_model(project: Project) -> int:
    """A candidate that does not beat the rules."""
    finding = project.findings.earliest("pk")
    return TextModel.objects.create(project=project, finding=finding, kind="linear", verdict="undecided").pk


def _gaze(reading: Reading) -> int:
    return GazeRecording.objects.create(
        project=reading.project, reading=reading, reader=reading.reader, source="pointer", samples=b"",
        consented_at=timezone.now(),
    ).pk


def _batch(reading: Reading) -> int:
    return reading.versions.get().batch_id


def _trained_elsewhere(project: Project, user: User) -> dict[str, int]:
    snapshot = Snapshot.objects.filter(project=project).latest("pk")
    foreign = register_foreign(
        project=project, user=user, name="A forest", description="", findings=["nodule"], snapshot=snapshot
    )
    return {"foreign": foreign.pk, "snapshot": snapshot.pk}


def _uids(study: Study) -> dict[str, str]:
    instance = Instance.objects.select_related("series").get(series__study=study)
    return {"study": study.uid, "series": instance.series.uid, "instance": instance.sop_uid}
