"""A project of its own for the report beside the image: one CT, its report extracted and shown from the beginning."""

from __future__ import annotations

import tempfile
from pathlib import Path

from annotation.models import Worklist
from annotation.services.schema import create_finding
from annotation.services.worklists import add_items, create_worklist, write_ranking
from core.models import Project, Role, User
from imaging.models import Instance, Split, Study
from imaging.services.patients import assign_split
from reports_nlp.services import store_report
from reports_nlp.services.extraction import extract_reports
from tests.factories import add_member, import_folder, phantom_ct

FIRST = 985
"""Index of the phantom: no other test has this patient."""
TEXT = (
    "FINDINGS: Nodule of 8 mm in the left upper lobe (image {number}). "
    "Small left pleural effusion, possible pneumonia.\n"
    "Heart of normal size.\n\nIMPRESSION: Nodule as above. No pneumothorax."
)


def make_links_project() -> Worklist:
    project = Project.objects.create(slug="links", name="Links")
    for username, role in (("admin", Role.MANAGER), ("radiologist", Role.REVIEWER)):
        add_member(project, role, User.objects.get(username=username))
    for name in ("Nodule", "Pleural effusion", "Pneumothorax", "Pneumonia"):
        create_finding(project=project, user=None, name=name)
    with tempfile.TemporaryDirectory() as folder:
        phantom_ct(Path(folder), FIRST, slices=6)
        import_folder(project, Path(folder))
    study = Study.objects.get(projects=project)
    assign_split(patient=study.patient, split=Split.POOL)
    last = Instance.objects.filter(series__study=study).order_by("number").last()
    assert last is not None
    store_report(project=project, study=study, text=TEXT.format(number=last.number))
    extract_reports(project=project)
    worklist = create_worklist(
        project=project, name="Links", mode="concurrent", unaided_share=0, has_second_look=False,
        report_policy="always",
    )
    add_items(worklist=worklist, studies=[study])
    write_ranking(worklist=worklist, entries=[(study.pk, 0.0, "")], query="random", model_version="")
    return worklist
