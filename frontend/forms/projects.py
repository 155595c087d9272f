"""A project's name and question; a member; an account."""

from __future__ import annotations

from django import forms

from core.models import Role
from frontend.forms.styled import StyledForm


class ProjectForm(StyledForm):
    name = forms.CharField(max_length=120, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}),
                           help_text="What your group calls it, e.g. Chest triage 2026.")
    question = forms.CharField(
        required=False, max_length=500, label="Question", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What you want to find out, in a sentence. Readers see it.",
    )


class MemberForm(StyledForm):
    username = forms.CharField(max_length=150, label="Username", widget=forms.TextInput(
        attrs={"autocomplete": "off", "spellcheck": "false", "list": "people-found"}
    ))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.ANNOTATOR, label="Role")


class AccountForm(StyledForm):
    username = forms.CharField(max_length=150, label="Username", help_text="Letters, digits and @ . + - _",
                               widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))
    first_name = forms.CharField(required=False, max_length=150, label="First name")
    last_name = forms.CharField(required=False, max_length=150, label="Last name")
    is_site_admin = forms.BooleanField(required=False, label="Site admin",
                                       help_text="Sees every project, makes accounts, reads the whole audit log.")
