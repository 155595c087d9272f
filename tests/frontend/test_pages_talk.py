"""Talk about cases on the pages: what a person was asked, and where it is answered."""

from __future__ import annotations

import pytest

from annotation.models import Comment
from annotation.services.comments import add_comment
from imaging.models import Study
from tests.factories import Team, make_findings, make_studies, make_team, make_worklist, open_next, submit
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made = make_team()
    make_findings(made.project, ["Nodule"])
    return made


@pytest.fixture
def study(team: Team) -> Study:
    return make_studies(team.project, 1)[0]


def asked(team: Team, study: Study) -> Comment:
    return add_comment(
        project=team.project, study=study, author=team.reviewer, text="Is this a nodule?", asked=team.annotator
    )


def seen(team: Team, role: str, page: str) -> str:
    return text_of(browser_of(team.person(role)).get(f"/p/{team.project.slug}/{page}"))


def test_a_question_is_told_to_the_colleague_alone_until_it_is_resolved(team: Team, study: Study) -> None:
    question = asked(team, study)
    assert "A colleague's question waits for you." in seen(team, "annotator", "")
    assert "Is this a nodule?" in seen(team, "annotator", "readings/")
    assert "question waits" not in seen(team, "manager", "")
    assert "Asked of me" not in seen(team, "reviewer", "readings/")
    address = f"/p/{team.project.slug}/studies/{study.uid}/"
    client = browser_of(team.annotator)
    assert f'href="{address}#talk"' in client.get(f"/p/{team.project.slug}/readings/").content.decode()
    client.post(address, {"act": "say", "text": "A vessel.", "reply_to": question.pk})
    client.post(address, {"act": "resolve", "comment": question.pk})
    assert "question waits" not in seen(team, "annotator", "")
    assert Comment.objects.get(reply_to=question).author == team.annotator
    told = seen(team, "reviewer", f"studies/{study.uid}/")
    assert f"resolved by {team.annotator.username} Is this a nodule?" in told
    assert "A vessel." in told


def test_what_could_not_be_said_stays_in_its_field(team: Team, study: Study) -> None:
    question = asked(team, study)
    address = f"/p/{team.project.slug}/studies/{study.uid}/"
    refused = browser_of(team.annotator).post(address, {"act": "say", "text": "x" * 2001})
    assert refused.status_code == 400
    assert f"{'x' * 2001}</textarea>" in refused.content.decode()
    answer = browser_of(team.annotator).post(address, {"act": "say", "text": "y" * 2001, "reply_to": question.pk})
    assert f'value="{"y" * 2001}"' in answer.content.decode()


def test_a_question_about_a_case_to_be_read_unaided_is_named_and_its_words_wait(team: Team, study: Study) -> None:
    worklist = make_worklist(team.project, [study], mode="unaided")
    reading = open_next(worklist, team.annotator)
    question = asked(team, study)
    room = f"/p/{team.project.slug}/read/{worklist.pk}/?reading={reading.pk}&amp;comment={question.pk}"
    assert room in browser_of(team.annotator).get(f"/p/{team.project.slug}/readings/").content.decode()
    for page in ("readings/", f"studies/{study.uid}/"):
        assert "nodule?" not in seen(team, "annotator", page)
    place = f"/p/{team.project.slug}/studies/{study.uid}/"
    answer = {"act": "say", "text": "No.", "reply_to": question.pk}
    assert browser_of(team.annotator).post(place, answer).status_code == 404
    submit(reading)
    for page in ("readings/", f"studies/{study.uid}/"):
        assert "Is this a nodule?" in seen(team, "annotator", page)
