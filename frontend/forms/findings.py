"""Defining a finding."""

from __future__ import annotations

from typing import Any

from django import forms

from annotation.models import Finding, FindingKind, Invariance
from annotation.services.schema_checks import ROOM_KEYS
from core.models import Project
from frontend.forms.styled import StyledForm

SCHEMES = [("", "none"), ("RadLex", "RadLex"), ("SNOMED CT", "SNOMED CT")]


class FindingForm(StyledForm):
    """What readers are told about a finding, and how it is asked for."""

    name = forms.CharField(max_length=80, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    definition = forms.CharField(
        required=False, max_length=2000, label="Definition", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="When does it count, and what does not count? Readers see it beside the image.",
    )
    kind = forms.ChoiceField(choices=FindingKind.choices, initial=FindingKind.BINARY, label="Type")
    grades = forms.CharField(
        required=False, label="Grades", widget=forms.TextInput(attrs={"placeholder": "small, moderate, large"}),
        help_text="For a grade on a scale: lowest first, with commas between.",
    )
    parent = forms.ModelChoiceField(
        Finding.objects.none(), required=False, label="Part of", empty_label="nothing: it stands alone",
        help_text="The broader finding that it is a kind of.",
    )
    shortcut = forms.CharField(
        required=False, max_length=1, label="Key",
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 2}),
        help_text=f"One letter in the reading room; not {' '.join(sorted(k for k in ROOM_KEYS if k.isalpha()))}.",
    )
    synonyms = forms.CharField(
        required=False, max_length=2000, label="Also called", widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Other words, with commas between: the reading room's search finds it by them.",
    )
    scheme = forms.ChoiceField(choices=SCHEMES, required=False, label="Code system")
    scheme_code = forms.CharField(required=False, max_length=40, label="Code",
                                  widget=forms.TextInput(attrs={"placeholder": "RID34539"}))
    code = forms.SlugField(
        required=False, max_length=60, label="Name in files",
        help_text="Used in labels.csv, exports and recipes. Empty: made from the name. It can't be changed later.",
    )
    invariances = forms.MultipleChoiceField(
        choices=Invariance.choices, required=False, label="Altered training images keep",
        widget=forms.CheckboxSelectMultiple,
        help_text="Training varies images at random. Tick what would make the answer untrue if it changed; alterations "
        "that change it are then left out whenever this finding is learned.",
    )
    has_laterality = forms.BooleanField(required=False, label="Ask for the side")
    wants_boxes = forms.BooleanField(required=False, initial=True, label="Readers may draw boxes")

    def __init__(self, *args: Any, project: Project, finding: Finding | None = None, **kwargs: Any) -> None:
        if finding is not None:
            kwargs.setdefault("initial", initial_of(finding))
        super().__init__(*args, **kwargs)
        others = Finding.objects.active().filter(project=project)
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ModelChoiceField)
        parent.queryset = others.exclude(pk=finding.pk) if finding is not None else others
        if finding is not None:
            del self.fields["code"], self.fields["kind"]

    def clean_grades(self) -> list[str]:
        return [grade.strip() for grade in str(self.cleaned_data["grades"]).split(",") if grade.strip()]

    def clean_synonyms(self) -> list[str]:
        return [word.strip() for word in str(self.cleaned_data["synonyms"]).split(",") if word.strip()]

    def clean_invariances(self) -> list[str]:
        return list(self.cleaned_data["invariances"])

    def clean_shortcut(self) -> str:
        return str(self.cleaned_data["shortcut"]).lower()


def initial_of(finding: Finding) -> dict[str, Any]:
    fields = (
        "name", "definition", "parent", "shortcut", "scheme", "scheme_code", "has_laterality", "wants_boxes",
        "invariances",
    )
    lists = {field: ", ".join(getattr(finding, field)) for field in ("grades", "synonyms")}
    return {field: getattr(finding, field) for field in fields} | lists
