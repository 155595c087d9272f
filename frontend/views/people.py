"""Accounts of this installation, for site admins. A one-time password is shown once and kept nowhere."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse

from core.errors import Invalid, NotFound
from core.models import User
from core.services.accounts import close_account, make_account, open_account, renew_password
from frontend.forms.projects import AccountForm
from frontend.views.page import SitePage


class People(SitePage):
    template = "frontend/people.html"
    acts = {
        "make": ("make", ""), "password": ("new_password", ""), "close": ("close", ""), "open": ("open_again", ""),
    }
    form: AccountForm | None = None
    issued: tuple[str, str] | None = None

    def context(self) -> dict[str, Any]:
        people = User.objects.annotate(projects=Count("memberships")).order_by("is_simulated", "username")
        return {"people": people, "form": self.form or AccountForm(), "issued": self.issued}

    def make(self) -> HttpResponse:
        self.form = AccountForm(self.request.POST)
        if not self.form.is_valid():
            raise Invalid("Something in the form is wrong: see below.")
        person, password = make_account(user=self.person, **self.form.cleaned_data)
        self.form = None
        return self._hand_over(person, password)

    def new_password(self) -> HttpResponse:
        person = self._named()
        return self._hand_over(person, renew_password(person=person, user=self.person))

    def close(self) -> None:
        person = self._named()
        close_account(person=person, user=self.person)
        messages.success(self.request, f"{person.username} can't sign in any more. What they did stays.")

    def open_again(self) -> None:
        person = self._named()
        open_account(person=person, user=self.person)
        messages.success(self.request, f"{person.username} can sign in again.")

    def _hand_over(self, person: User, password: str) -> HttpResponse:
        """Shown in this answer alone: a redirect would have to keep it somewhere."""
        self.issued = (person.username, password)
        answer = self.show()
        answer["Cache-Control"] = "no-store"
        return answer

    def _named(self) -> User:
        pk = self.request.POST.get("person", "")
        found = User.objects.filter(pk=int(pk) if pk.isdigit() else 0).first()
        if found is None:
            raise NotFound("There is no such account.")
        return found
