"""The label schema through the API: changed with a preview, kept with its history."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Finding, Observation
from annotation.selectors.answers import verified_answers
from core.models import AuditEvent
from tests import factories
from tests.factories import Team, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def create(team: Team, who: str = "manager", **fields: Any) -> Any:
    return signed_in(team.person(who)).post(f"/api/projects/{team.project.slug}/findings/", fields)


WHO = [("annotator", 200, 403), ("reviewer", 200, 403), ("researcher", 200, 403), ("manager", 200, 201),
       ("admin", 200, 201), ("stranger", 404, 404)]


@pytest.mark.parametrize(("who", "reads", "writes"), WHO)
def test_every_member_sees_the_schema_and_managers_change_it(team: Team, who: str, reads: int, writes: int) -> None:
    client = signed_in(team.person(who))
    assert client.get(f"/api/projects/{team.project.slug}/findings/").status_code == reads
    assert create(team, who, name="Nodule").status_code == writes


def test_a_finding_is_created_with_all_that_a_reader_is_told(team: Team) -> None:
    parent = create(team, name="Opacity").json()
    made = create(
        team, name="Pleural effusion", kind="ordinal", grades=["small", "large"], shortcut="e", parent=parent["id"],
        definition="Fluid.", scheme="RadLex", scheme_code="RID34539", has_laterality=True,
    )
    assert made.status_code == 201
    shown = made.json()
    assert (shown["code"], shown["grades"], shown["parent"]) == ("pleural-effusion", ["small", "large"], parent["id"])
    assert signed_in(team.annotator).get(f"/api/findings/{shown['id']}/").json() == shown


REFUSED = [
    ({"name": ""}, "name"),
    ({"name": "  "}, "name"),
    ({}, "name"),
    ({"name": "Nodule", "code": "taken"}, "code 'taken'"),
    ({"name": "Graded", "kind": "ordinal", "grades": ["one"]}, "two grades"),
    ({"name": "Odd", "kind": "fuzzy"}, "kind"),
    ({"name": "Key", "shortcut": "k"}, "belongs to Taken"),
    ({"name": "Key", "shortcut": "z"}, "can't be used"),
    ({"name": "Key", "shortcut": "t"}, "can't be used"),
    ({"name": "Key", "shortcut": "5"}, "can't be used"),
    ({"name": "Child", "parent": 999999}, "no such finding"),
    ({"name": "肺"}, "Latin"),
]


@pytest.mark.parametrize(("fields", "says"), REFUSED)
def test_a_finding_that_does_not_fit_is_refused_with_the_remedy(
    team: Team, fields: dict[str, Any], says: str
) -> None:
    create(team, name="Taken", code="taken", shortcut="k")
    refused = create(team, **fields)
    assert refused.status_code in (400, 404)
    assert says in refused.json()["title"]
    assert Finding.objects.count() == 1


def test_another_projects_finding_is_no_parent(team: Team) -> None:
    elsewhere = factories.make_findings(factories.make_project(), ["Opacity"])["opacity"]
    factories.add_member(elsewhere.project, "manager", team.manager)
    assert "not a finding of this project" in create(team, name="Nodule", parent=elsewhere.pk).json()["title"]


def test_editing_keeps_history_and_changes_the_definition_hash(team: Team) -> None:
    made = create(team, name="Nodule").json()
    client = signed_in(team.manager)
    url = f"/api/findings/{made['id']}/"
    edited = client.patch(url, {"definition": "Up to 3 cm.", "note": "asked by readers"}).json()
    assert edited["definition_hash"] != made["definition_hash"]
    history = client.get(f"{url}history/").json()
    assert [h["act"] for h in history] == ["edited", "created"]
    assert (history[0]["before"]["definition"], history[0]["note"]) == ("", "asked by readers")
    assert history[0]["by"] == team.manager.username
    assert signed_in(team.reviewer).patch(url, {"name": "X"}).status_code == 403


def test_a_finding_never_stands_below_itself(team: Team) -> None:
    top, low = create(team, name="Top").json(), None
    low = create(team, name="Low", parent=top["id"]).json()
    refused = signed_in(team.manager).patch(f"/api/findings/{top['id']}/", {"parent": low["id"]})
    assert (refused.status_code, refused.json()["field"]) == (400, "parent")


def test_archive_and_restore(team: Team) -> None:
    made = create(team, name="Nodule", shortcut="n").json()
    client = signed_in(team.manager)
    assert client.post(f"/api/findings/{made['id']}/archive/", {"note": "unused"}).json()["state"] == "archived"
    assert client.get(f"/api/projects/{team.project.slug}/findings/?state=active").json() == []
    assert client.post(f"/api/findings/{made['id']}/archive/").status_code == 409
    assert client.post(f"/api/findings/{made['id']}/restore/").json()["state"] == "active"
    assert signed_in(team.annotator).post(f"/api/findings/{made['id']}/archive/").status_code == 403


def test_a_merge_says_before_what_changes_and_answers_read_through_it(team: Team) -> None:
    found = factories.make_findings(team.project, ["Nodule", "Lung lesion", "Mass"])
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 3))
    said = [("present", "absent"), ("absent", "absent"), ("present", None)]
    for nodule, lesion in said:
        answers = {found["nodule"].pk: nodule} | ({found["lung-lesion"].pk: lesion} if lesion else {})
        factories.submit(factories.open_next(worklist, team.annotator), answers)
    client = signed_in(team.manager)
    nodule, lesion = found["nodule"], found["lung-lesion"]
    preview = client.get(f"/api/findings/{nodule.pk}/preview/", {"into": lesion.pk}).json()
    assert {k: preview[k] for k in ("observations", "studies", "readers", "both", "disagreeing")} == {
        "observations": 3, "studies": 3, "readers": 1, "both": 2, "disagreeing": 1,
    }
    assert "3 observations on 3 studies by 1 reader." in preview["sentence"]
    merged = client.post(f"/api/findings/{nodule.pk}/merge/", {"into": lesion.pk, "note": "same thing"}).json()
    assert (merged["state"], merged["merged_into"]) == ("merged", lesion.pk)
    assert client.post(f"/api/findings/{nodule.pk}/merge/", {"into": lesion.pk}).status_code == 409
    assert client.get(f"/api/findings/{nodule.pk}/preview/", {"into": lesion.pk}).status_code == 409
    # A second merge on top of it still leads to one finding.
    assert client.post(f"/api/findings/{lesion.pk}/merge/", {"into": found["mass"].pk}).status_code == 200
    states = {key[1]: answer.state for key, answer in verified_answers(project=team.project).items()}
    assert set(states) == {"mass"}
    assert [o.finding_id for o in nodule.observations.all()] == [nodule.pk] * 3


def test_a_merge_leaves_no_child_below_a_finding_off_the_form(team: Team) -> None:
    top, middle = create(team, name="Top").json(), None
    middle = create(team, name="Middle", parent=top["id"]).json()
    low = create(team, name="Low", parent=middle["id"]).json()
    client = signed_in(team.manager)
    client.post(f"/api/findings/{middle['id']}/merge/", {"into": low["id"]})
    assert client.get(f"/api/findings/{low['id']}/").json()["parent"] == top["id"]
    client.post(f"/api/findings/{top['id']}/merge/", {"into": low["id"]})
    assert client.get(f"/api/findings/{low['id']}/").json()["parent"] is None


def test_an_undone_merge_leaves_everything_as_it_was_and_what_was_said_since_where_it_was_said(team: Team) -> None:
    found = factories.make_findings(team.project, ["Nodule", "Lung lesion"])
    nodule, lesion = found["nodule"], found["lung-lesion"]
    client = signed_in(team.manager)
    client.patch(f"/api/findings/{nodule.pk}/", {"shortcut": "n"})
    below = create(team, name="Cavity", parent=nodule.pk).json()["id"]
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 2))
    factories.submit(factories.open_next(worklist, team.annotator), {nodule.pk: "present", lesion.pk: "absent"})
    before = client.get(f"/api/findings/{nodule.pk}/").json()
    lines = list(Observation.objects.order_by("pk").values_list("pk", "finding", "state"))
    client.post(f"/api/findings/{nodule.pk}/merge/", {"into": lesion.pk})
    assert client.post(f"/api/findings/{nodule.pk}/restore/").status_code == 409
    factories.submit(factories.open_next(worklist, team.annotator), {lesion.pk: "present"})
    assert client.post(f"/api/findings/{nodule.pk}/unmerge/", {"note": "not the same"}).json()["state"] == "active"
    assert client.get(f"/api/findings/{nodule.pk}/").json() == before
    assert client.get(f"/api/findings/{below}/").json()["parent"] == nodule.pk
    assert list(Observation.objects.order_by("pk").values_list("pk", "finding", "state"))[: len(lines)] == lines
    states = {key[1]: answer.state for key, answer in verified_answers(project=team.project).items()}
    assert states == {"nodule": "present", "lung-lesion": "present"}
    assert AuditEvent.objects.filter(action="finding.unmerged", actor=team.manager).count() == 1
    assert client.post(f"/api/findings/{nodule.pk}/unmerge/").status_code == 409


def test_undoing_a_merge_takes_back_nothing_that_somebody_moved_since(team: Team) -> None:
    top = create(team, name="Top").json()["id"]
    nodule = create(team, name="Nodule", parent=top, shortcut="n").json()["id"]
    low, cavity = (create(team, name=name, parent=nodule).json()["id"] for name in ("Low", "Cavity"))
    part = create(team, name="Part").json()["id"]
    client = signed_in(team.manager)
    client.post(f"/api/findings/{part}/merge/", {"into": nodule})
    client.post(f"/api/findings/{nodule}/merge/", {"into": low})
    client.patch(f"/api/findings/{cavity}/", {"parent": None})
    create(team, name="New", shortcut="n")
    back = client.post(f"/api/findings/{nodule}/unmerge/").json()
    assert (back["state"], back["parent"], back["shortcut"]) == ("active", top, ""), "its key is another's by now"
    parents = {pk: client.get(f"/api/findings/{pk}/").json()["parent"] for pk in (low, cavity)}
    assert parents == {low: nodule, cavity: None}
    assert client.get(f"/api/findings/{part}/").json()["merged_into"] == nodule


def test_findings_that_do_not_match_are_not_merged(team: Team) -> None:
    one = create(team, name="Nodule").json()
    two = create(team, name="Effusion", kind="ordinal", grades=["small", "large"]).json()
    client = signed_in(team.manager)
    assert client.post(f"/api/findings/{one['id']}/merge/", {"into": two["id"]}).status_code == 400
    assert client.post(f"/api/findings/{one['id']}/merge/", {"into": one["id"]}).status_code == 400


def test_a_grade_in_use_stays(team: Team) -> None:
    made = create(team, name="Effusion", kind="ordinal", grades=["small", "moderate", "large"]).json()
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 1))
    reading = factories.open_next(worklist, team.annotator)
    factories.submit(reading, None, no_finding=False, findings={str(made["id"]): {"state": "present", "grade": 2}})
    client = signed_in(team.manager)
    refused = client.patch(f"/api/findings/{made['id']}/", {"grades": ["small", "moderate"]})
    assert (refused.status_code, refused.json()["field"]) == (400, "grades")
    assert client.patch(f"/api/findings/{made['id']}/", {"grades": ["s", "m", "l"]}).status_code == 200
