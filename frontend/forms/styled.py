"""Forms that wear the design system's classes; what they check is shape only, the services decide."""

from __future__ import annotations

from typing import Any

from django import forms


class StyledForm(forms.Form):
    """Every widget gets its class; Django itself marks wrong fields (aria-invalid) and ties them to their messages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.dress()

    def dress(self) -> None:
        """For forms that add fields of their own after they are made, once more."""
        for field in self.fields.values():
            field.widget.attrs["class"] = _css(field.widget)


def _css(widget: forms.Widget) -> str:
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.HiddenInput):
        return ""
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"
