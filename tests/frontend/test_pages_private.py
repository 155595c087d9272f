"""What only one person may see: names of imported files, one-time passwords; and who is kept out."""

from __future__ import annotations

from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.test import Client

from core.models import User
from tests.factories import PASSWORD, import_folder, make_team, make_user, phantom_file
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db


def test_names_of_imported_files_are_shown_to_the_uploader_alone(tmp_path: Path) -> None:
    team = make_team()
    phantom_file(tmp_path / "MUELLER_ANNA_1950", 0)
    (tmp_path / "MUELLER_ANNA_1950" / "broken.dcm").write_bytes(b"")
    batch = import_folder(team.project, tmp_path, user=team.manager)
    place = f"/p/{team.project.slug}/import/{batch.pk}/"
    page = text_of(browser_of(team.manager).get(place))
    assert "MUELLER_ANNA_1950" in page
    assert "The file is empty" in page
    for other in (team.admin, team.reviewer, team.researcher, team.annotator, team.stranger):
        assert browser_of(other).get(place).status_code in (403, 404), other.username
        for listing in ("import/", "", "jobs/", "studies/", "audit/"):
            answer = browser_of(other).get(f"/p/{team.project.slug}/{listing}")
            assert "MUELLER" not in answer.content.decode(), (other.username, listing)


def test_verdicts_are_filtered_by_kind_and_name(tmp_path: Path) -> None:
    team = make_team()
    phantom_file(tmp_path, 0)
    (tmp_path / "empty.dcm").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("hello")
    batch = import_folder(team.project, tmp_path, user=team.manager)
    client, place = browser_of(team.manager), f"/p/{team.project.slug}/import/{batch.pk}/"
    part = {"HX-Request": "true"}
    assert "empty.dcm" in text_of(client.get(place, {"verdict": "refused"}, headers=part))
    assert "dx0000" not in text_of(client.get(place, {"verdict": "refused"}, headers=part))
    assert "1 in all" in text_of(client.get(place, {"name": "notes"}, headers=part))


def test_a_new_account_replaces_its_one_time_password_before_anything_else() -> None:
    admin = make_user(is_superuser=True, is_staff=True)
    page = browser_of(admin).post("/people/", {"act": "make", "username": "new.reader"})
    password = page.context["issued"][1]
    assert password in page.content.decode()
    assert password not in browser_of(admin).get("/people/").content.decode()
    client = Client()
    client.post("/sign-in/", {"username": "new.reader", "password": password})
    assert client.get("/").url == "/password/"
    assert client.get("/api/me/").status_code == 403
    changed = {"old_password": password, "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert client.post("/password/", changed).url == "/"
    assert client.get("/").status_code == 200
    assert not User.objects.get(username="new.reader").password_is_one_time


def test_a_renewed_password_ends_the_old_one_and_open_sessions() -> None:
    admin = make_user(is_superuser=True, is_staff=True)
    person = make_user("reader", password=PASSWORD)
    session = Client()
    session.post("/sign-in/", {"username": "reader", "password": PASSWORD})
    assert session.get("/").status_code == 200
    browser_of(admin).post("/people/", {"act": "password", "person": person.pk})
    assert session.get("/").status_code == 302
    assert Client().post("/sign-in/", {"username": "reader", "password": PASSWORD}).status_code == 400


def test_a_closed_account_can_not_sign_in_and_nobody_closes_their_own() -> None:
    admin = make_user(is_superuser=True, is_staff=True)
    person = make_user("reader", password=PASSWORD)
    browser_of(admin).post("/people/", {"act": "close", "person": person.pk})
    assert Client().post("/sign-in/", {"username": "reader", "password": PASSWORD}).status_code == 400
    assert browser_of(admin).post("/people/", {"act": "close", "person": admin.pk}).status_code == 409


def test_wrong_passwords_lock_the_account_for_a_while_and_the_page_says_so(settings: object) -> None:
    make_user("reader", password=PASSWORD)
    settings.AXES_FAILURE_LIMIT = 3  # type: ignore[attr-defined]
    client = Client()
    statuses = [client.post("/sign-in/", {"username": "reader", "password": "wrong"}).status_code for _ in range(3)]
    assert statuses == [400, 400, 429]
    answer = client.post("/sign-in/", {"username": "reader", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Locked for 15 minutes" in text_of(answer)
    AccessAttempt.objects.all().delete()
    assert client.post("/sign-in/", {"username": "reader", "password": PASSWORD}).status_code == 302


def test_signing_out_takes_a_form_not_a_link() -> None:
    client = browser_of(make_user())
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/").status_code == 302


def test_a_form_without_its_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/projects/new/", {"act": "create", "name": "X"})
    assert answer.status_code == 403
    assert "This form has expired" in text_of(answer)


def test_signing_in_leads_back_only_to_pages_of_this_service() -> None:
    make_user("reader", password=PASSWORD)
    for wanted, led in (("/projects/new/", "/projects/new/"), ("https://elsewhere.example/", "/")):
        answer = Client().post("/sign-in/", {"username": "reader", "password": PASSWORD, "next": wanted})
        assert answer.url == led
