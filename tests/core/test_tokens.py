"""Access tokens: a person's rights, by a secret that is shown once and ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.errors import Conflict, Invalid
from core.models import AccessToken, AuditEvent
from core.services import tokens
from core.services.accounts import close_account, renew_password
from core.services.tokens import make_token, owner_of, revoke_token
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db


def asked_with(secret, path="/api/me/", **more):
    return Client().get(path, headers={"Authorization": f"Bearer {secret}"}, **more)


def page_of(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_token_stands_for_its_person_and_nobody_else():
    team = make_team()
    _, secret = make_token(user=team.annotator, name="notebook", days=30)
    assert asked_with(secret).json()["username"] == team.annotator.username
    assert asked_with(secret, f"/api/projects/{team.project.slug}/").status_code == 200
    assert asked_with(secret, f"/api/projects/{make_team().project.slug}/").status_code == 404
    assert Client().get("/api/me/").status_code == 401


def test_a_token_needs_no_cookie_and_works_without_one_in_posts():
    team = make_team()
    _, secret = make_token(user=team.researcher, name="script", days=1)
    answer = Client(enforce_csrf_checks=True).post(
        f"/api/projects/{team.project.slug}/recipes/estimate/", {"recipe": {"seed": 1}},
        content_type="application/json", headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code not in (401, 403)


def test_the_secret_is_kept_nowhere():
    token, secret = make_token(user=make_user(), name="notebook", days=30)
    kept = [str(value) for value in AccessToken.objects.values().get().values()]
    kept += [str(row) for row in AuditEvent.objects.values()]
    assert not any(secret in value for value in kept)
    assert secret.startswith(token.start)


ENDS = {
    "revoked": lambda token, admin: revoke_token(token=token, user=token.user),
    "expired": lambda token, admin: AccessToken.objects.update(
        created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(seconds=1)
    ),
    "account closed": lambda token, admin: close_account(person=token.user, user=admin),
    "password renewed by an admin": lambda token, admin: renew_password(person=token.user, user=admin),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_token_that_has_ended_opens_nothing(end):
    token, secret = make_token(user=make_user(), name="notebook", days=30)
    assert asked_with(secret).status_code == 200
    ENDS[end](token, make_user(is_superuser=True))
    answer = asked_with(secret)
    assert answer.status_code == 401
    assert "revoked or expired" in answer.content.decode()


@pytest.mark.parametrize("secret", ["", "rl_", "rl_wrong", "ä", "x" * 5000])
def test_words_that_are_no_token_get_401(secret):
    make_token(user=make_user(), name="notebook", days=30)
    assert owner_of(secret) is None
    assert asked_with(secret.encode().decode("latin-1")).status_code == 401


@pytest.mark.parametrize(("name", "days"), [("", 30), ("  ", 30), ("x" * 61, 30), ("n", 0), ("n", 366)])
def test_a_token_without_name_or_bounds_is_refused(name, days):
    with pytest.raises(Invalid):
        make_token(user=make_user(), name=name, days=days)


def test_a_person_has_so_many_tokens_and_no_more(monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 2)
    user = make_user()
    first, _ = make_token(user=user, name="a", days=1)
    make_token(user=user, name="b", days=1)
    with pytest.raises(Conflict, match="Revoke one"):
        make_token(user=user, name="c", days=1)
    revoke_token(token=first, user=user)
    make_token(user=user, name="c", days=1)


def test_the_page_shows_a_new_token_once_and_only_its_owner_revokes_it():
    user = make_user()
    page = page_of(user)
    made = page.post("/tokens/", {"act": "make", "name": "notebook", "days": "30"})
    token = AccessToken.objects.get()
    assert made.headers["Cache-Control"] == "no-store"
    secret = made.content.decode().split("data-one-time>")[1].split("<")[0]
    assert owner_of(secret) == user
    assert secret not in page.get("/tokens/").content.decode()
    assert page_of(make_user()).post("/tokens/", {"act": "revoke", "token": token.pk}).status_code == 404
    assert owner_of(secret) == user
    assert page.post("/tokens/", {"act": "revoke", "token": token.pk}).status_code == 302
    assert owner_of(secret) is None
    assert [e.action for e in AuditEvent.objects.order_by("pk")] == ["token.made", "token.revoked"]


def test_use_is_noted_to_the_minute():
    token, secret = make_token(user=make_user(), name="notebook", days=30)
    owner_of(secret)
    token.refresh_from_db()
    first = token.last_used_at
    owner_of(secret)
    token.refresh_from_db()
    assert first is not None
    assert token.last_used_at == first
