"""What pages do when their buttons are pressed, and what they say when it can't be done."""

from __future__ import annotations

import pytest

from annotation.models import Batch, CurrentObservation, Finding, ReservedSet, Worklist
from core.models import Membership, Project
from imaging.models import Split
from tests.factories import (
    Team,
    make_findings,
    make_studies,
    make_team,
    make_user,
    make_worklist,
    open_next,
    submit,
)
from tests.frontend.pages import browser_of, messages_of, text_of
from workers.models import Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def test_a_project_is_begun_and_led_to_its_first_worklist() -> None:
    person = make_user("founder")
    client = browser_of(person)
    assert "No project yet" in text_of(client.get("/"))
    answer = client.post("/projects/new/", {"act": "create", "name": "Chest triage", "question": "Which?"})
    assert answer.url == "/p/chest-triage/start/findings/"
    project = Project.objects.get(slug="chest-triage")
    assert Membership.objects.get(project=project, user=person).role == "manager"
    client.post(answer.url, {"act": "add_set", "set": "chest"})
    assert Finding.objects.filter(project=project).count() == 5
    assert "There are no images yet" in text_of(client.get("/p/chest-triage/start/worklist/"))
    make_studies(project, 10, split=Split.UNASSIGNED)
    chosen = {"act": "begin", "gate": "2", "calibration": "1", "name": "L"}
    begun = client.post("/p/chest-triage/start/worklist/", chosen)
    assert begun.url == "/p/chest-triage/start/members/"
    sets = {s.purpose: s.cases.count() for s in ReservedSet.objects.filter(project=project)}
    assert sets == {"gate": 2, "calibration": 1}
    assert {w.name: w.items.count() for w in Worklist.objects.filter(project=project)} == {"L": 7, "Reference": 3}
    assert "7 left for you" in text_of(client.get("/p/chest-triage/read/"))


def test_a_second_click_on_create_does_not_make_a_second_project() -> None:
    client = browser_of(make_user())
    for expected in (302, 409):
        answer = client.post("/projects/new/", {"act": "create", "name": "Same name"})
        assert answer.status_code == expected
    assert "address 'same-name' already" in messages_of(answer)
    assert Project.objects.filter(name="Same name").count() == 1


def test_a_step_can_be_left_and_the_overview_leads_back_to_it(team: Team) -> None:
    page = text_of(browser_of(team.manager).get(f"/p/{team.project.slug}/"))
    assert "Define what readers look for." in page
    make_findings(team.project, ["Nodule"])
    page = text_of(browser_of(team.manager).get(f"/p/{team.project.slug}/"))
    assert "Define what readers look for." not in page
    assert "Drop a folder" in page


WRONG = [
    ("findings/", {"act": "add", "name": ""}, 400, "Name"),
    ("findings/", {"act": "add", "name": "Nodule"}, 400, "already"),
    ("findings/", {"act": "add", "name": "Edema", "kind": "ordinal", "grades": "one"}, 400, "at least two grades"),
    ("findings/", {"act": "add", "name": "Edema", "kind": "binary", "shortcut": "z"}, 400, "can't be used"),
    ("findings/", {"act": "add_set", "set": "knee"}, 400, "No starter set"),
    ("members/", {"act": "add", "username": "nobody-here", "role": "annotator"}, 400, "Nobody here is called"),
    ("members/", {"act": "add", "username": "nobody-here", "role": "king"}, 400, "choose a role"),
    ("worklists/", {"act": "draw", "gate": "many"}, 400, "whole number"),
    ("worklists/", {"act": "draw", "gate": "99"}, 400, "Ask for fewer"),
    ("worklists/", {"act": "create", "name": ""}, 400, "see below"),
    ("", {"act": "edit", "name": " "}, 400, "needs a name"),
    ("jobs/", {"act": "paint"}, 400, "no such button"),
]


@pytest.mark.parametrize(("page", "posted", "status", "said"), WRONG)
def test_wrong_input_comes_back_with_the_page_and_a_message(
    team: Team, page: str, posted: dict[str, str], status: int, said: str
) -> None:
    make_findings(team.project, ["Nodule"])
    make_studies(team.project, 1, split=Split.UNASSIGNED)
    answer = browser_of(team.manager).post(f"/p/{team.project.slug}/{page}", {"kind": "binary"} | posted)
    assert answer.status_code == status
    assert said in text_of(answer)


def test_a_refusal_asked_for_by_htmx_leaves_the_page_and_brings_a_message(team: Team) -> None:
    client = browser_of(team.annotator)
    answer = client.get(f"/p/{team.project.slug}/export/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Reswap"]) == (403, "none")
    assert 'hx-swap-oob="true"' in answer.content.decode()


def test_a_finding_is_previewed_changed_and_its_history_kept(team: Team) -> None:
    findings = make_findings(team.project, ["Nodule", "Mass"])
    worklist = make_worklist(team.project, make_studies(team.project, 2))
    nodule, mass = findings["nodule"], findings["mass"]
    submit(open_next(worklist, team.annotator), {nodule.pk: "present"})
    client, place = browser_of(team.manager), f"/p/{team.project.slug}/findings/{nodule.pk}/"
    would = {"would": "edit", "name": "Lung nodule", "wants_boxes": "on"}
    preview = text_of(client.post(f"{place}preview/", would))
    assert "Name Nodule Lung nodule" in preview
    assert "1 observation on 1 study by 1 reader." in preview
    nodule.refresh_from_db()
    assert nodule.name == "Nodule", "a preview changes nothing"
    client.post(place, {"act": "edit", "name": "Lung nodule", "wants_boxes": "on", "note": "clearer"})
    page = text_of(client.get(place))
    assert "Name: Nodule → Lung nodule" in page
    assert "“clearer”" in page
    assert "becomes part of Mass" in text_of(client.get(f"{place}preview/?would=merge&into={mass.pk}"))
    client.post(place, {"act": "merge", "into": mass.pk})
    nodule.refresh_from_db()
    assert (nodule.state, nodule.merged_into) == ("merged", mass)
    assert "Undo the merge" in text_of(client.get(place))
    client.post(place, {"act": "unmerge", "note": "two things"})
    nodule.refresh_from_db()
    assert (nodule.state, nodule.merged_into) == ("active", None)
    assert "unmerged" in text_of(client.get(place))


def test_a_finding_is_retired_and_restored(team: Team) -> None:
    finding = make_findings(team.project, ["Nodule"])["nodule"]
    client, place = browser_of(team.manager), f"/p/{team.project.slug}/findings/{finding.pk}/"
    for act, state in (("retire", "archived"), ("restore", "active")):
        client.post(place, {"act": act})
        finding.refresh_from_db()
        assert finding.state == state
    assert client.post(place, {"act": "restore"}).status_code == 409


def test_members_are_added_changed_and_removed_but_a_manager_stays(team: Team) -> None:
    newcomer = make_user("newcomer")
    client, place = browser_of(team.manager), f"/p/{team.project.slug}/members/"
    client.post(place, {"act": "add", "username": "newcomer", "role": "annotator"})
    membership = Membership.objects.get(project=team.project, user=newcomer)
    assert client.post(place, {"act": "add", "username": "newcomer", "role": "annotator"}).status_code == 409
    client.post(place, {"act": "role", "member": membership.pk, "role": "reviewer"})
    membership.refresh_from_db()
    assert membership.role == "reviewer"
    client.post(place, {"act": "remove", "member": membership.pk})
    assert not Membership.objects.filter(pk=membership.pk).exists()
    own = Membership.objects.get(project=team.project, user=team.manager)
    answer = client.post(place, {"act": "remove", "member": own.pk})
    assert (answer.status_code, "needs a manager" in text_of(answer)) == (409, True)


def test_a_member_of_another_project_can_not_be_touched_from_here(team: Team) -> None:
    other = make_team()
    foreign = Membership.objects.get(project=other.project, user=other.annotator)
    client = browser_of(team.manager)
    answer = client.post(f"/p/{team.project.slug}/members/", {"act": "remove", "member": foreign.pk})
    assert answer.status_code == 404
    assert Membership.objects.filter(pk=foreign.pk).exists()


def test_a_worklist_is_made_filled_closed_and_opened(team: Team) -> None:
    make_findings(team.project, ["Nodule"])
    make_studies(team.project, 3)
    client = browser_of(team.manager)
    fields = {"name": "List", "kind": "ranked", "mode": "concurrent", "report_policy": "never", "readings_needed": 1,
              "unaided_percent": 5, "reservation_minutes": 30}
    place = client.post(f"/p/{team.project.slug}/worklists/", {"act": "create"} | fields).url
    client.post(place, {"act": "fill", "number": "2"})
    worklist = Worklist.objects.get(project=team.project)
    assert (worklist.items.count(), worklist.unaided_share) == (2, 0.05)
    client.post(place, {"act": "fill"})
    assert worklist.items.count() == 3
    client.post(place, {"act": "close"})
    assert "No open worklist" in text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/read/"))
    worklist.refresh_from_db()
    assert not worklist.is_open
    client.post(place, {"act": "open"})
    worklist.refresh_from_db()
    assert worklist.is_open


def test_why_a_case_waits_is_not_shown_to_those_who_may_read_it_unaided(team: Team) -> None:
    reason = "uncertain about nodule at 0.51"
    worklist = make_worklist(team.project, make_studies(team.project, 1), mode="unaided", reason=reason)
    place = f"/p/{team.project.slug}/worklists/{worklist.pk}/"
    seen = {role: reason in text_of(browser_of(team.person(role)).get(place)) for role in
            ("annotator", "reviewer", "researcher", "manager")}
    assert seen == {"annotator": False, "reviewer": False, "researcher": True, "manager": False}


def test_a_submitted_reading_is_opened_for_amendment_by_its_reader_alone(team: Team) -> None:
    make_findings(team.project, ["Nodule"])
    worklist = make_worklist(team.project, make_studies(team.project, 1))
    reading = submit(open_next(worklist, team.annotator))
    place = f"/p/{team.project.slug}/readings/"
    assert browser_of(team.reviewer).post(place, {"act": "amend", "reading": reading.pk}).status_code == 404
    answer = browser_of(team.annotator).post(place, {"act": "amend", "reading": reading.pk})
    assert answer.url == f"/p/{team.project.slug}/read/{worklist.pk}/?reading={reading.pk}"
    reading.refresh_from_db()
    assert reading.state == "amending"


def test_a_job_is_cancelled_and_tried_again_by_those_who_may(team: Team) -> None:
    job = Job.objects.create(kind="tests.none", project=team.project, label="Some work")
    place = f"/p/{team.project.slug}/jobs/"
    assert browser_of(team.annotator).post(place, {"act": "cancel", "job": job.pk}).status_code == 403
    browser_of(team.researcher).post(place, {"act": "cancel", "job": job.pk})
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    browser_of(team.researcher).post(place, {"act": "retry", "job": job.pk})
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert browser_of(team.researcher).post(place, {"act": "retry", "job": job.pk}).status_code == 409


def test_a_failed_job_says_why_on_its_page(team: Team) -> None:
    from django.utils import timezone

    job = Job.objects.create(kind="tests.none", project=team.project, label="Some work", state=JobState.FAILED,
                             failure="The disk is full. Free some space.", finished_at=timezone.now())
    for page in (f"jobs/{job.pk}/", "jobs/"):
        assert "The disk is full." in text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/{page}"))


def test_the_ledger_lists_acts_and_undoes_one(team: Team) -> None:
    finding = make_findings(team.project, ["nodule"])["nodule"]
    worklist = make_worklist(team.project, make_studies(team.project, 1))
    submit(open_next(worklist, team.annotator), {finding.pk: "present"})
    client = browser_of(team.manager)
    address = f"/p/{team.project.slug}/ledger/"
    assert "a reading" in text_of(client.get(address))
    batch = Batch.objects.get(project=team.project, act="reading")
    refused = client.post(address, {"act": "withdraw", "batch": batch.pk, "note": " "})
    assert "why it is withdrawn" in messages_of(refused)
    assert client.post(address, {"act": "withdraw", "batch": batch.pk, "note": "wrong patient"}).status_code == 302
    assert "withdrawn" in text_of(client.get(address))
    assert not CurrentObservation.objects.filter(project=team.project).exists()
    again = client.post(address, {"act": "withdraw", "batch": batch.pk, "note": "twice"})
    assert "withdrawn already" in messages_of(again)


def test_an_archived_project_is_put_away_found_and_taken_up_again(team: Team) -> None:
    client = browser_of(team.manager)
    address = f"/p/{team.project.slug}/"
    assert client.post(address, {"act": "archive"}).status_code == 302
    assert "1 archived project" in text_of(client.get("/"))
    assert "Archived" in text_of(client.get(address))
    assert client.get(f"{address}import/").status_code == 409
    client.post(address, {"act": "restore"})
    assert client.get(f"{address}import/").status_code == 200
