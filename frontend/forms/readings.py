"""What of one's own readings to show."""

from __future__ import annotations

from typing import Any

from django import forms

from annotation.models import Finding, ReadingState, Worklist
from core.models import Project
from frontend.forms.styled import StyledForm


class ReadingFilters(StyledForm):
    """All may be left empty."""

    state = forms.ChoiceField(choices=[("", "all"), *ReadingState.choices], required=False, label="State")
    worklist = forms.ModelChoiceField(Worklist.objects.none(), required=False, empty_label="all", label="Worklist")
    finding = forms.ChoiceField(choices=[("", "any")], required=False, label="I said present")
    flagged = forms.BooleanField(required=False, label="Flagged, still open")
    since = forms.DateField(required=False, label="Saved from", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="to", widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(
        required=False, max_length=80, label="Text", widget=forms.TextInput(attrs={"placeholder": "pseudonym, comment"})
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists, finding = self.fields["worklist"], self.fields["finding"]
        assert isinstance(lists, forms.ModelChoiceField)
        assert isinstance(finding, forms.ChoiceField)
        lists.queryset = Worklist.objects.listed().filter(project=project)
        known = Finding.objects.active().filter(project=project).values_list("code", "name")
        finding.choices = [("", "any"), *known]
