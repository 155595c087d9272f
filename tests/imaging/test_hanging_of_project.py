"""Protocols of a project applied to stored studies, and earlier studies of the same patient."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.errors import Conflict, Invalid
from core.models import AuditEvent
from imaging.models import Instance, Series, Study
from imaging.selectors.hanging import decision_for, facts_of, newest_version, rules_in_force
from imaging.selectors.priors import prior_studies
from imaging.services.hanging import save_hanging
from tests import factories
from tests.factories import Team

pytestmark = pytest.mark.django_db
ONE_RULE = {"rules": [{"name": "Ours", "rows": 1, "columns": 2, "panes": [{}, {"study": "prior"}]}]}


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def _same_patient(first: Study, *others: Study, days: tuple[int, ...]) -> None:
    """`others` become studies of the first one's patient, so many days before it."""
    Study.objects.filter(pk=first.pk).update(date=date(2024, 5, 1))
    for other, before in zip(others, days, strict=True):
        Study.objects.filter(pk=other.pk).update(
            patient=first.patient, date=date.fromordinal(date(2024, 5, 1).toordinal() - before)
        )
    first.refresh_from_db()


def test_an_earlier_study_hangs_beside_the_current_one(team: Team) -> None:
    now, old, older = factories.make_studies(team.project, 3)
    _same_patient(now, old, older, days=(30, 400))
    priors = prior_studies(study=now, project=team.project, user=team.annotator)
    assert priors == [old, older]
    decision = decision_for(rules=rules_in_force(team.project), study=now, priors=priors)
    assert decision.chosen.rule.name == "Radiograph beside the earlier one"
    current, prior = decision.chosen.panes
    assert (current.study and current.study.uid, prior.study and prior.study.uid) == (now.uid, old.uid)


def test_earlier_studies_are_the_patients_own_before_the_case_and_in_the_project(team: Team) -> None:
    now, later, undated, elsewhere, stranger = factories.make_studies(team.project, 5)
    _same_patient(now, later, undated, elsewhere, days=(-3, 1, 2))
    Study.objects.filter(pk=undated.pk).update(date=None)
    elsewhere.projects.set([factories.make_project()])
    assert prior_studies(study=now, project=team.project, user=team.annotator) == []
    later.refresh_from_db()
    assert prior_studies(study=later, project=team.project, user=team.annotator) == [now]
    assert prior_studies(study=later, project=team.project, user=team.stranger) == []
    assert stranger.patient_id != now.patient_id


def test_a_withdrawn_patient_has_no_earlier_study(team: Team) -> None:
    now, old = factories.make_studies(team.project, 2)
    _same_patient(now, old, days=(30,))
    now.patient.withdrawn_at = "2024-06-01T00:00Z"
    now.patient.save()
    assert prior_studies(study=now, project=team.project, user=team.annotator) == []


def test_radiographs_hang_image_by_image_and_stacks_whole(team: Team) -> None:
    (study,) = factories.make_studies(team.project, 1)
    series = study.series.get()
    image = series.instances.get()
    again = Instance.objects.get(pk=image.pk)
    again.pk, again.sop_uid, again.path, again.number = None, "2.25.1", "elsewhere", 9
    again.metadata = image.metadata | {"00185101": {"vr": "CS", "Value": ["LL"]}}
    again.save()
    stack = Series.objects.create(uid="2.25.2", study=study, modality="CT", number=99, body_part="CHEST")
    for n in range(3):
        again.pk, again.sop_uid, again.path, again.series = None, f"2.25.3{n}", f"ct{n}", stack
        again.metadata = {"00200037": {"vr": "DS", "Value": [1, 0, 0, 0, 0, -1]},
                          "0008103E": {"vr": "LO", "Value": ["LUNG THIN"]}}
        again.save()
    told = [(one.modality, one.image, one.view, one.images, one.plane, sorted(one.words))
            for one in facts_of([study])[study.pk]]
    assert told == [
        ("DX", image.sop_uid, "PA", 1, "", []), ("DX", "2.25.1", "LL", 1, "", []),
        ("CT", "", "", 3, "coronal", ["LUNG", "THIN"]),
    ]


def test_saved_protocols_are_in_force_and_on_record(team: Team) -> None:
    assert newest_version(team.project) is None
    made = save_hanging(project=team.project, user=team.manager, base_number=0, rules=ONE_RULE)
    assert made.number == 1
    assert [rule.name for rule in rules_in_force(team.project).rules] == ["Ours"]
    assert AuditEvent.objects.filter(action="hanging.saved", actor=team.manager).exists()


def test_a_stale_page_does_not_overwrite_what_another_manager_saved(team: Team) -> None:
    save_hanging(project=team.project, user=team.manager, base_number=0, rules=ONE_RULE)
    with pytest.raises(Conflict, match="Version 1"):
        save_hanging(project=team.project, user=team.manager, base_number=0, rules=ONE_RULE)


@pytest.mark.parametrize(("rules", "words"), [
    ({"rules": [{"name": "Wide", "rows": 1, "columns": 3, "panes": [{}]}]}, "Rule Wide: 1 × 3 needs 3 viewports"),
    ({"rules": [{"name": "A", "rows": 1, "columns": 1, "panes": [{"views": ["P.A"]}]}]}, "Rule A: panes.0.views.0"),
    ({"rules": "all"}, "rules"), ("nothing", "rules"),
])
def test_a_refusal_names_the_rule(team: Team, rules: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words.replace(".", r"\.")):
        save_hanging(project=team.project, user=team.manager, base_number=0, rules=rules)
