"""Fills the home of the service under test: `python -m tests.browser.prepare` with RADLOOP_HOME set.

The data come from the demo's own builder, only smaller; the model is really trained, on what simulated readers read.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import django

# The key decides which patients are drawn and read: always the same, so that no draw leaves a finding without examples.
Path(os.environ["RADLOOP_HOME"], "vault.key").write_text("the same draw in every run of the browser tests")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from annotation.models import ReadingMode, Worklist  # noqa: E402
from annotation.services.preferences import keep_preferences  # noqa: E402
from annotation.services.schema import create_finding  # noqa: E402
from annotation.services.worklists import add_items, create_worklist, write_ranking  # noqa: E402
from benchmarks.grey import kinds  # noqa: E402
from core.models import Project, Role, User  # noqa: E402
from imaging.models import Split, Study  # noqa: E402
from imaging.services.import_files import import_paths  # noqa: E402
from imaging.services.patients import assign_split  # noqa: E402
from learning.demo import project as demo  # noqa: E402
from learning.demo.accounts import ensure_accounts  # noqa: E402
from learning.demo.build import build  # noqa: E402
from learning.demo.plan import DemoPlan  # noqa: E402
from learning.models import Prediction  # noqa: E402
from learning.recipe import Recipe  # noqa: E402
from learning.services.loops import DEFAULT_RECIPE, start_loop  # noqa: E402
from learning.services.runs import validated  # noqa: E402
from tests.browser.hanging import make_hanging_studies  # noqa: E402
from tests.browser.lists import KINDS_LIST, KINDS_PROJECT, LISTS, REPORT_STUDIES, TALK_STUDIES  # noqa: E402
from tests.browser.marks import make_marks_study, make_masks_study, make_spacings_study  # noqa: E402
from tests.browser.planes import make_planes_study  # noqa: E402
from tests.browser.report_links import make_links_project  # noqa: E402
from tests.factories import add_member, make_studies  # noqa: E402
from workers.engine import run_pending  # noqa: E402
from workers.models import Job  # noqa: E402

PLAN = DemoPlan(
    radiographs=40, full_size=0, ct_series=1, first=8, gate=12, calibration=6, labelled=20, size=(256, 256),
    ct_shape=(8, 48, 48),
)


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    ensure_accounts()
    for person in User.objects.all():  # the tour begins by itself on the demo's project; its own test begins it
        keep_preferences(user=person, tour="dismissed")
    project = demo.ensure_project()
    build(project=project, plan=PLAN, progress=lambda fraction, message: print(f"{fraction:.0%} {message}", flush=True))
    start_loop(project=project, user=None, recipe=_recipe(), corrections_per_turn=1000)
    run_pending()
    for job in Job.objects.exclude(state="done"):
        raise SystemExit(f"{job.label} is {job.state}: {job.failure}")
    studies = list(Study.objects.filter(projects=project, patient__split=Split.POOL).exclude(series__modality="CT"))
    assert Prediction.objects.filter(instance__series__study__in=studies).exists(), "the teacher predicted nothing"
    for name, mode in LISTS.items():
        _list(project, name, mode, studies)
    _reports_project()
    _talk_project()
    _hanging_project()
    _planes_project()
    _marks_project()
    _masks_project()
    _kinds_project()
    make_links_project()


def _reports_project() -> None:
    """A project of its own for reports: findings and three studies that nobody reads, so no report is held back."""
    project = Project.objects.create(slug="reports", name="Reports")
    for username, role in (("admin", Role.MANAGER), ("radiologist", Role.REVIEWER)):
        add_member(project, role, User.objects.get(username=username))
    for name in ("Pleural effusion", "Pneumothorax", "Pneumonia"):
        create_finding(project=project, user=None, name=name)
    make_studies(project, 3, first=REPORT_STUDIES)


def _talk_project() -> None:
    """A project of its own for talk: no study is on two lists, so only its own list says whether talk has to wait."""
    project = Project.objects.create(slug="talk", name="Talk")
    for username, role in (("admin", Role.MANAGER), ("radiologist", Role.REVIEWER)):
        add_member(project, role, User.objects.get(username=username))
    create_finding(project=project, user=None, name="Nodule")
    for study, mode in zip(make_studies(project, 2, first=TALK_STUDIES), ("concurrent", "second_reader"), strict=True):
        _list(project, f"Talk, {mode}", mode, [study])


def _hanging_project() -> None:
    """A project of its own for viewports: a CT with an earlier study, a frontal and a lateral radiograph."""
    project = Project.objects.create(slug="hanging", name="Hanging")
    for username, role in (("admin", Role.MANAGER), ("radiologist", Role.REVIEWER)):
        add_member(project, role, User.objects.get(username=username))
    create_finding(project=project, user=None, name="Nodule")
    studies = make_hanging_studies(project)
    _list(project, "Hanging", "concurrent", studies)
    _list(project, "Copies", "concurrent", studies[:1])


def _planes_project() -> None:
    """A project of its own for planes: one CT, on a list for each test."""
    project = Project.objects.create(slug="planes", name="Planes")
    for username, role in (("admin", Role.MANAGER), ("radiologist", Role.REVIEWER)):
        add_member(project, role, User.objects.get(username=username))
    create_finding(project=project, user=None, name="Nodule")
    study = make_planes_study(project)
    for name in ("Planes", "Without WebGL", "Marks on planes"):
        _list(project, name, "concurrent", [study])


def _marks_project() -> None:
    """A project of its own for marks: radiographs of oblong pixels."""
    project = Project.objects.create(slug="marks", name="Marks")
    for username, role in (("admin", Role.MANAGER), ("radiologist", Role.REVIEWER)):
        add_member(project, role, User.objects.get(username=username))
    create_finding(project=project, user=None, name="Nodule", wants_boxes=True)
    study = make_marks_study(project)
    for name in ("Marks", "Without a mouse"):
        _list(project, name, "concurrent", [study])
    _list(project, "Coordinates", "concurrent", [make_spacings_study(project)])


def _masks_project() -> None:
    """A project of its own for masks that a model suggests: one radiograph with one."""
    project = Project.objects.create(slug="masks", name="Masks")
    add_member(project, Role.REVIEWER, User.objects.get(username="radiologist"))
    create_finding(project=project, user=None, name="Nodule")
    _list(project, "Suggested masks", "concurrent", [make_masks_study(project)])


def _kinds_project() -> None:
    """A project of its own for files that viewers get wrong: one study, a series for each kind."""
    project = Project.objects.create(slug=KINDS_PROJECT, name="Kinds")
    for username, role in (("admin", Role.MANAGER), ("radiologist", Role.REVIEWER)):
        add_member(project, role, User.objects.get(username=username))
    create_finding(project=project, user=None, name="Nodule")
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, content) in enumerate(kinds.files()):
            Path(folder, f"{number:02d} {name}.dcm").write_bytes(content)
        batch = import_paths(project=project, user=None, paths=[Path(folder)])
    assert batch.counts["stored"] == len(kinds.KINDS), list(batch.verdicts.values_list("name", "reason"))
    study = Study.objects.get(projects=project)
    assign_split(patient=study.patient, split=Split.POOL)
    _list(project, KINDS_LIST, "concurrent", [study])


def _recipe() -> Recipe:
    """The loop's own, shortened: these tests need a model, not a good one."""
    short = DEFAULT_RECIPE["optimiser"] | {"max_steps": 40}
    return validated(DEFAULT_RECIPE | {"optimiser": short})


def _list(project: Project, name: str, mode: str, studies: list[Study]) -> Worklist:
    """A list for one test alone, where nothing depends on what other tests read."""
    # What a small model is sure of hangs on the machine: no test here waits for a second look that may not come.
    worklist = create_worklist(
        project=project, name=name, mode=ReadingMode(mode), unaided_share=0, has_second_look=False
    )
    add_items(worklist=worklist, studies=studies)
    entries = [(study.pk, -float(place), "the model is unsure about a nodule") for place, study in enumerate(studies)]
    write_ranking(worklist=worklist, entries=entries, query="margin", model_version="model 1")
    return worklist


if __name__ == "__main__":
    main()
