"""A person's access tokens for notebooks and scripts. A new one is shown once and kept nowhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone

from core.errors import Invalid, NotFound
from core.models import AccessToken
from core.services.tokens import LONGEST_DAYS, make_token, revoke_token
from frontend.views.page import Page


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=60, label="Name", help_text="Where it is used, for instance “notebook on the lab server”.",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    days = forms.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, initial=30, label="Days it works",
        help_text=f"1 to {LONGEST_DAYS}; it can be revoked at any time before.",
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )


class Tokens(Page):
    template = "frontend/tokens.html"
    acts = {"make": ("make", ""), "revoke": ("revoke", "")}
    form: TokenForm | None = None
    issued: tuple[str, str] | None = None

    def context(self) -> dict[str, Any]:
        tokens = AccessToken.objects.visible_to(self.person)
        valid = set(tokens.valid_at(timezone.now()).values_list("pk", flat=True))
        return super().context() | {
            "tokens": [{"row": token, "works": token.pk in valid} for token in tokens], "issued": self.issued,
            "form": self.form or TokenForm(), "address": self.request.build_absolute_uri("/"),
        }

    def make(self) -> HttpResponse:
        self.form = TokenForm(self.request.POST)
        if not self.form.is_valid():
            raise Invalid("Something in the form is wrong: see below.")
        token, secret = make_token(user=self.person, **self.form.cleaned_data)
        self.form, self.issued = None, (token.name, secret)
        answer = self.show()
        answer["Cache-Control"] = "no-store"
        return answer

    def revoke(self) -> None:
        pk = self.request.POST.get("token", "")
        token = AccessToken.objects.visible_to(self.person).filter(pk=pk).first() if pk.isdigit() else None
        if token is None:
            raise NotFound("There is no such token of yours.")
        revoke_token(token=token, user=self.person)
        messages.success(self.request, f"“{token.name}” no longer works.")
