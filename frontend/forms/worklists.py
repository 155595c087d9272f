"""A new worklist; which studies to put on it; how many cases to set aside."""

from __future__ import annotations

from django import forms

from annotation.models import ReadingMode, ReportPolicy, WorklistKind
from frontend.forms.styled import StyledForm


class WorklistForm(StyledForm):
    name = forms.CharField(max_length=80, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    kind = forms.ChoiceField(choices=WorklistKind.choices, initial=WorklistKind.RANKED, label="Kind")
    mode = forms.ChoiceField(
        choices=ReadingMode.choices, initial=ReadingMode.CONCURRENT, label="How it is read",
        help_text="Reference lists are always read unaided.",
    )
    report_policy = forms.ChoiceField(
        choices=ReportPolicy.choices, initial=ReportPolicy.NEVER, label="Show the report",
        help_text="A report seen before the own answer makes the answer the report's.",
    )
    readings_needed = forms.IntegerField(min_value=1, max_value=20, initial=1, label="Readers per case")
    unaided_percent = forms.FloatField(
        min_value=0, max_value=100, initial=5, label="Read unaided, %",
        help_text="This share of the cases is read without suggestions, to see what suggestions do to readers.",
    )
    has_second_look = forms.BooleanField(
        required=False, initial=True, label="Second look",
        help_text="Where Submit contradicts a sure model (calibrated, 95 % or more), a line asks back. Never unaided.",
    )
    reservation_minutes = forms.IntegerField(min_value=1, max_value=1440, initial=30, label="Reserved for, minutes",
                                             help_text="After that an abandoned case goes back to the list.")


class WorklistSettingsForm(StyledForm):
    """How a list is read from now on: holds for the cases that nobody has opened."""

    mode = forms.ChoiceField(choices=ReadingMode.choices, label="How it is read")
    report_policy = forms.ChoiceField(choices=ReportPolicy.choices, label="Show the report")
    unaided_percent = forms.FloatField(
        min_value=0, max_value=100, label="Read unaided, %",
        help_text="Drawn by chance under the site's key: nobody chooses which, and a larger share keeps those drawn.",
    )
    has_second_look = forms.BooleanField(
        required=False, label="Second look",
        help_text="Where Submit contradicts a sure model (calibrated, 95 % or more), a line asks back. Never unaided.",
    )
    reservation_minutes = forms.IntegerField(min_value=1, max_value=1440, label="Reserved for, minutes")
    cases_ahead = forms.IntegerField(
        min_value=0, max_value=5, label="Laid ready ahead",
        help_text="Cases reserved for each reader after the open one, so that the next is there at once.",
    )
    reread_percent = forms.FloatField(
        min_value=0, max_value=50, label="Read again, %",
        help_text="Cases handed to their reader once more, unaided and untold. Only the reader sees what comes of it.",
    )
    reread_after_days = forms.IntegerField(min_value=1, max_value=3650, label="Again after, days")


class FillForm(StyledForm):
    """Which studies to add. An empty number means all."""

    modality = forms.CharField(required=False, max_length=16)
    number = forms.IntegerField(required=False, min_value=1, max_value=100_000)
