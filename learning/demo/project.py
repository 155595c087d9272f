"""The demo's project, its findings and its worklists."""

from __future__ import annotations

from annotation.models import Finding, FindingKind, ReadingMode, ReportPolicy, Worklist, WorklistKind
from annotation.services.schema import create_finding
from annotation.services.worklists import create_worklist
from core.models import Project, User
from learning.demo.accounts import ensure_memberships
from learning.demo.plan import FINDINGS

SLUG = "thorax"
READING, CT, REFERENCE, ROUND_ZERO = "Chest radiographs", "Chest CT", "Reference (gate, calibration)", "First labels"


def ensure_project(slug: str = SLUG) -> Project:
    """The project with members, findings and worklists; running it again changes nothing."""
    admin = User.objects.get(username="admin")
    project, _ = Project.objects.get_or_create(
        slug=slug,
        defaults={
            "name": "Thorax demo (phantoms)", "created_by": admin,
            "question": "How few labelled radiographs does it take to find five chest findings?",
        },
    )
    ensure_memberships(project)
    _ensure_findings(project, admin)
    for name, kind, mode in (
        (READING, WorklistKind.RANKED, ReadingMode.CONCURRENT),
        (CT, WorklistKind.RANKED, ReadingMode.CONCURRENT),
        (REFERENCE, WorklistKind.REFERENCE, ReadingMode.UNAIDED),
        (ROUND_ZERO, WorklistKind.RANKED, ReadingMode.UNAIDED),
    ):
        if not Worklist.objects.filter(project=project, name=name).exists():
            create_worklist(project=project, name=name, kind=kind, mode=mode, report_policy=ReportPolicy.AFTER)
    return project


def _ensure_findings(project: Project, admin: User) -> None:
    known = set(Finding.objects.filter(project=project).values_list("code", flat=True))
    for code, name, key, grades, radlex, has_laterality, definition in FINDINGS:
        if code in known:
            continue
        create_finding(
            project=project, user=admin, code=code, name=name, shortcut=key, definition=definition, grades=grades,
            kind=FindingKind.ORDINAL if grades else FindingKind.BINARY, has_laterality=has_laterality,
            scheme="RadLex", scheme_code=radlex, wants_boxes=True,
        )


def worklist(project: Project, name: str) -> Worklist:
    return Worklist.objects.get(project=project, name=name)
